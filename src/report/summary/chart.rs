//! When the jobs ran: a Gantt chart, which GitHub draws (GitHub Docs, "Creating diagrams"; Mermaid, "Gantt diagrams").

use chrono::{DateTime, Utc};

use super::jobs::sign;
use super::{short, words};
use crate::build::{JobRecords, Record, RecordKind, Timeline, duration};
use crate::untrusted::Markdown;

/// With more jobs than these the chart shows stages, and is folded.
const MOST_JOBS: usize = 60;

/// Stages beyond these are not drawn.
const MOST_STAGES: usize = 60;

/// The longest name in characters that leaves room for the bars.
const LONGEST_LABEL: usize = 40;

/// The jobs by stage, with the checks in front of each; nothing where there are fewer than two bars to compare.
pub(super) fn render(timeline: &Timeline) -> Markdown {
    let jobs = timeline.jobs();
    let ran: Vec<&JobRecords<'_>> = jobs
        .iter()
        .filter(|job| job.job.is_some_and(|job| job.started.is_some()))
        .collect();
    if ran.len() < 2 {
        return Markdown::new();
    }
    let bars = if ran.len() > MOST_JOBS {
        by_stage(timeline, &ran)
    } else {
        by_job(timeline, &ran)
    };
    let chart = Markdown::new()
        .ours("```mermaid\ngantt\n    dateFormat x\n    axisFormat ")
        .ours(axis(&ran))
        .ours("\n")
        .markdown(&bars)
        .ours("```\n\n");
    if ran.len() > MOST_JOBS {
        Markdown::new()
            .ours("<details><summary>")
            .ours(words::WHEN_STAGES_RAN)
            .ours("</summary>\n\n")
            .markdown(&chart)
            .ours("</details>\n\n")
    } else {
        chart
    }
}

/// The form of the times below the chart, and how far apart they are, so that they do not overlap.
fn axis(jobs: &[&JobRecords<'_>]) -> &'static str {
    let records = || jobs.iter().filter_map(|job| job.job);
    let first = records().filter_map(|job| job.started).min();
    let last = records().filter_map(|job| job.finished).max();
    let took = duration(first, last).unwrap_or_default();
    match took.as_secs() {
        0..60 => "%H:%M:%S\n    tickInterval 10second",
        60..600 => "%H:%M:%S\n    tickInterval 1minute",
        600..3_600 => "%H:%M\n    tickInterval 10minute",
        _ => "%H:%M",
    }
}

fn by_job(timeline: &Timeline, jobs: &[&JobRecords<'_>]) -> Markdown {
    let mut out = Markdown::new();
    let mut last = None;
    for job in jobs {
        let stage = job.stage.map(|stage| &stage.id);
        if let Some(record) = job.stage.filter(|_| last != Some(stage)) {
            out = out
                .markdown(&section(record))
                .markdown(&checks(timeline, record));
        }
        last = Some(stage);
        if let Some(record) = job.job {
            out = out.markdown(&bar(record, record, "Job"));
        }
    }
    out
}

/// One bar a stage, from its first job's start to its last one's end.
fn by_stage(timeline: &Timeline, jobs: &[&JobRecords<'_>]) -> Markdown {
    let mut out = Markdown::new()
        .ours("    section ")
        .ours(words::STAGES)
        .ours("\n");
    for stage in timeline.stages().take(MOST_STAGES) {
        let of_stage = || {
            let jobs = jobs.iter();
            jobs.filter(|job| job.stage.is_some_and(|other| other.id == stage.id))
                .filter_map(|job| job.job)
        };
        let started = of_stage().filter_map(|job| job.started).min();
        if started.is_some() {
            let finished = of_stage().filter_map(|job| job.finished).max();
            let span = Record {
                started,
                finished,
                ..stage.clone()
            };
            out = out.markdown(&bar(stage, &span, "Stage"));
        }
    }
    out
}

fn section(stage: &Record) -> Markdown {
    let name = stage.display_name().unwrap_or_default();
    let name = Markdown::new().label(short(name, LONGEST_LABEL));
    let section = Markdown::new().ours("    section ");
    let section = if name.is_empty() {
        section.ours("Run")
    } else {
        section.markdown(&name)
    };
    section.ours("\n")
}

/// What was passed before the stage began.
fn checks(timeline: &Timeline, stage: &Record) -> Markdown {
    let mut out = Markdown::new();
    for check in timeline.checks(stage) {
        if let (RecordKind::Check(kind), Some(finished)) = (&check.kind, check.finished) {
            out = out
                .markdown(&label(check, kind, "Check"))
                .ours("milestone, ")
                .count(milliseconds(finished))
                .ours(", 0s\n");
        }
    }
    out
}

/// The bar of `record`, over the time of `span`.
fn bar(record: &Record, span: &Record, unnamed: &'static str) -> Markdown {
    let Some(started) = span.started else {
        return Markdown::new();
    };
    // What is still going, or was when it was last seen, is shown as begun.
    let took = span.duration().map_or(1, |took| took.as_secs().max(1));
    let kind = match sign(record.result.as_ref()) {
        "❌" => "crit, ",
        "⏳" => "active, ",
        _ => "done, ",
    };
    label(record, &record.name, unnamed)
        .ours(kind)
        .count(milliseconds(started))
        .ours(", ")
        .count(usize::try_from(took).unwrap_or(usize::MAX))
        .ours("s\n")
}

/// The sign keeps a name from being one of the chart's own words.
fn label(record: &Record, name: &str, unnamed: &'static str) -> Markdown {
    let label = Markdown::new()
        .ours("    ")
        .ours(sign(record.result.as_ref()))
        .ours(" ");
    let label = if name == "__default" {
        label.ours(unnamed)
    } else {
        label.label(short(name, LONGEST_LABEL))
    };
    label.ours(" :")
}

/// Since 1970. Mermaid takes numbers for milliseconds, also where the format says seconds (`ganttDb.js`).
fn milliseconds(time: DateTime<Utc>) -> usize {
    usize::try_from(time.timestamp_millis()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::RecordResult;
    use crate::build::fixture::record;

    fn at(seconds: i64) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(1_772_440_000 + seconds, 0)
    }

    fn over(record: Record, from: i64, to: i64) -> Record {
        Record {
            started: at(from),
            finished: at(to),
            ..record.ended(RecordResult::Succeeded)
        }
    }

    fn stage() -> Record {
        over(record(RecordKind::Stage, "Build: crit", ""), 0, 60)
    }

    /// A job of the stage.
    fn job(name: &str, from: i64, to: i64) -> Record {
        over(record(RecordKind::Job, name, "Build: crit"), from, to)
    }

    fn chart(records: Vec<Record>) -> String {
        render(&Timeline::new(records)).as_str().to_owned()
    }

    #[test]
    fn a_chart_has_a_bar_for_each_job_and_a_mark_for_each_check() {
        let approval = RecordKind::Check("Approval".into());
        let deploy = over(record(RecordKind::Stage, "Deploy", ""), 60, 200);
        let running = Record {
            started: at(90),
            ..record(RecordKind::Job, "title x", "Deploy")
        };
        insta::assert_snapshot!(chart(vec![
            stage(),
            Record { order: 2, ..deploy },
            job("Linux", 1, 31),
            job("section;\nclick", 1, 1).ended(RecordResult::Failed),
            over(record(RecordKind::Checkpoint, "gate", "Deploy"), 60, 90),
            over(record(approval, "a", "gate"), 60, 90),
            running,
        ]), @r"
        ```mermaid
        gantt
            dateFormat x
            axisFormat %H:%M:%S
            tickInterval 10second
            section Build crit
            ✅ Linux :done, 1772440001000, 30s
            ❌ section click :crit, 1772440001000, 1s
            section Deploy
            ✅ Approval :milestone, 1772440090000, 0s
            ⏳ title x :active, 1772440090000, 1s
        ```
        ");
    }

    #[test]
    fn one_bar_says_nothing() {
        assert_eq!(chart(vec![stage(), job("Linux", 1, 31)]), "");
    }

    #[test]
    fn with_many_jobs_the_stages_are_drawn() {
        let jobs = (0..100).map(|number| job(&format!("J{number}"), 1, 5));
        let records = [stage(), job("Linux", 1, 31)].into_iter().chain(jobs);
        insta::assert_snapshot!(chart(records.collect()), @r"
        <details><summary>When the stages ran</summary>

        ```mermaid
        gantt
            dateFormat x
            axisFormat %H:%M:%S
            tickInterval 10second
            section Stages
            ✅ Build crit :done, 1772440001000, 30s
        ```

        </details>
        ");
    }
}
