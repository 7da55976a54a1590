//! The action's outputs.

use serde_json::json;

use crate::azure::ProjectAddress;
use crate::build::{Build, Record, RecordResult, Timeline};

/// One output: its name in `action.yml` and its value.
pub type ActionOutput = (&'static str, String);

/// What is known as soon as a run is queued, so that it is there whatever happens later.
#[must_use]
pub fn queued(build: &Build, attempt: u32, address: &ProjectAddress) -> Vec<ActionOutput> {
    let page = address.run_page(build.id);
    vec![
        ("run-id", build.id.to_string()),
        ("run-url", page.clone()),
        ("pipeline-url", page),
        ("build-number", build.number.clone()),
        ("status", build.status.as_str().to_owned()),
        // Of an earlier attempt there may be one.
        ("result", String::new()),
        ("attempts", attempt.to_string()),
    ]
}

/// What is known in the end. The source is what was really built, as the service reports it.
#[must_use]
pub fn finished(build: &Build, timeline: &Timeline, address: &ProjectAddress) -> Vec<ActionOutput> {
    vec![
        ("build-number", build.number.clone()),
        ("status", build.status.as_str().to_owned()),
        (
            "result",
            build
                .result
                .as_ref()
                .map_or_else(String::new, |result| result.as_str().to_owned()),
        ),
        (
            "source-branch",
            build.source_branch.clone().unwrap_or_default(),
        ),
        (
            "source-version",
            build.source_version.clone().unwrap_or_default(),
        ),
        ("failed-jobs", failed_jobs(build, timeline, address)),
    ]
}

fn failed_jobs(build: &Build, timeline: &Timeline, address: &ProjectAddress) -> String {
    let page = address.run_page(build.id);
    let failed: Vec<serde_json::Value> = timeline
        .jobs()
        .iter()
        .filter_map(|job| Some((job, job.record().filter(|record| record.has_failed())?)))
        .map(|(job, record): (_, &Record)| {
            json!({
                "stage": job.stage.map(|stage| stage.name.as_str()),
                "job": job.job.or(job.phase).map(|job| job.name.as_str()),
                "attempt": record.attempt,
                "result": record.result.as_ref().map(RecordResult::as_str),
                "url": format!("{page}&view=logs&j={}", record.id.0),
            })
        })
        .collect();
    serde_json::Value::from(failed).to_string()
}
