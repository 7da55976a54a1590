//! How a run stands, as GitHub is told: by a commit status, a check run or a comment.

use chrono::{DateTime, Utc};

use super::finding::Finding;
use super::{Attempt, short, summary, wording};
use crate::build::{Build, IssueKind, Published, Timeline};
use crate::github::api::{
    CheckAnnotation, CheckRun, CheckStatus, Comment, CommitState, CommitStatus, Conclusion,
    LONGEST_DESCRIPTION,
};
use crate::outcome::Outcome;
use crate::untrusted::{Link, Markdown, Masks, Plain};

/// The longest number of a run, in characters.
const LONGEST_NAME: usize = 100;

/// The longest name of a status or a check run, and of a file, in characters: GitHub takes 255 bytes and
/// 4,096 characters or so.
const LONGEST_NAME_OF_ALL: usize = 200;
const LONGEST_PATH: usize = 4_000;

/// The longest title of a check run, in characters.
const LONGEST_TITLE: usize = 200;

/// The longest title and message of an annotation, in characters: GitHub takes 255, and 64 KB.
const LONGEST_ANNOTATION_TITLE: usize = 250;
const LONGEST_MESSAGE: usize = 10_000;

/// Most annotations: fifty go with each request.
const MOST_ANNOTATIONS: usize = 1_000;

/// How a run stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    run: u64,
    page: String,
    /// The commit, as soon as the service says which.
    built: Option<String>,
    state: State,
    started: Option<DateTime<Utc>>,
    /// What is said of the run where there is room for a line.
    title: String,
    /// The same, which changes more seldom.
    description: String,
    summary: Markdown,
    comment: Markdown,
    annotations: Vec<CheckAnnotation>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Queued,
    Running,
    Over {
        conclusion: Conclusion,
        /// Whether it is known how the run ended.
        is_known: bool,
        at: Option<DateTime<Utc>>,
    },
}

impl Standing {
    /// A run that is in the queue, or goes on.
    pub(super) fn going(build: &Build, timeline: &Timeline) -> Self {
        if timeline.has_started() {
            let progress = jobs_over(timeline);
            Self::told(
                build,
                timeline,
                State::Running,
                wording::IS_RUNNING,
                progress,
            )
        } else {
            Self::told(build, timeline, State::Queued, wording::IS_QUEUED, None)
        }
    }

    /// A run that is tried again; `why` says when and why.
    pub(super) fn tried_again(build: &Build, timeline: &Timeline, why: String) -> Self {
        Self::told(
            build,
            timeline,
            State::Running,
            wording::IS_TRIED_AGAIN,
            Some(why),
        )
    }

    fn told(
        build: &Build,
        timeline: &Timeline,
        state: State,
        words: &'static str,
        progress: Option<String>,
    ) -> Self {
        let number = short(&build.number, LONGEST_NAME);
        Self {
            title: match progress {
                Some(progress) => format!("{number}: {progress}"),
                None => named(build, words),
            },
            description: named(build, words),
            summary: summary::of_going(build, timeline),
            comment: summary::head::titled("### ", "⏳", build)
                .ours(words)
                .ours("\n"),
            ..Self::bare(build, state)
        }
    }

    /// A run whose step ends; nothing if there was none.
    pub(super) fn over(
        attempts: &[Attempt],
        outcome: &Outcome,
        published: &Published,
    ) -> Option<Self> {
        let Attempt {
            build, findings, ..
        } = attempts.last()?;
        let title = named(build, &wording::verdict_words(build, outcome));
        let annotations = findings.list.iter().filter_map(annotation);
        Some(Self {
            description: title.clone(),
            title,
            summary: summary::of_check(attempts, outcome, published)?,
            comment: summary::of_comment(attempts, outcome)?,
            annotations: annotations.take(MOST_ANNOTATIONS).collect(),
            ..Self::bare(build, State::of(build, outcome))
        })
    }

    /// The same without what is secret.
    pub(super) fn masked(self, masks: &Masks) -> Self {
        let annotations = self.annotations.into_iter();
        Self {
            title: masks.mask(&self.title),
            description: masks.mask(&self.description),
            summary: self.summary.masked(masks),
            comment: self.comment.masked(masks),
            annotations: annotations
                .map(|annotation| CheckAnnotation {
                    title: annotation.title.masked(masks),
                    message: annotation.message.masked(masks),
                    ..annotation
                })
                .collect(),
            ..self
        }
    }

    /// A run whose step was killed: nobody knows how it ends.
    #[must_use]
    pub fn abandoned(run: u64, page: &Link) -> Self {
        let words = wording::STEP_IS_GONE;
        let comment = Markdown::new()
            .ours("### 🚫 ")
            .ours(words)
            .ours("\n\n")
            .link(wording::RUN_PAGE, page)
            .ours("\n");
        Self {
            run,
            page: page.as_str().to_owned(),
            built: None,
            state: State::Over {
                conclusion: Conclusion::Canceled,
                is_known: false,
                at: None,
            },
            started: None,
            title: words.to_owned(),
            description: words.to_owned(),
            summary: comment.clone(),
            comment,
            annotations: Vec::new(),
        }
    }

    fn bare(build: &Build, state: State) -> Self {
        Self {
            run: build.id.0,
            page: build.page.url().as_str().to_owned(),
            built: build.source_version.clone(),
            state,
            started: build.started.filter(|_| state != State::Queued),
            title: String::new(),
            description: String::new(),
            summary: Markdown::new(),
            comment: Markdown::new(),
            annotations: Vec::new(),
        }
    }

    /// The run's id.
    #[must_use]
    pub fn run(&self) -> u64 {
        self.run
    }

    /// The commit that the service builds, once it says so.
    #[must_use]
    pub fn built(&self) -> Option<&str> {
        self.built.as_deref()
    }

    /// As a commit status.
    #[must_use]
    pub fn status(&self, name: &str) -> CommitStatus {
        let state = match self.state {
            State::Queued | State::Running => CommitState::Pending,
            State::Over {
                is_known: false, ..
            } => CommitState::Error,
            State::Over { conclusion, .. } => match conclusion {
                Conclusion::Success => CommitState::Success,
                Conclusion::Failure | Conclusion::TimedOut => CommitState::Failure,
                Conclusion::Canceled => CommitState::Error,
            },
        };
        CommitStatus {
            context: Plain::line(name, LONGEST_NAME_OF_ALL),
            state,
            description: Plain::line(&self.description, LONGEST_DESCRIPTION),
            target_url: self.page.clone(),
        }
    }

    /// As a check run.
    #[must_use]
    pub fn check_run(&self, name: &str) -> CheckRun {
        CheckRun {
            name: Plain::line(name, LONGEST_NAME_OF_ALL),
            external_id: self.run.to_string(),
            details_url: self.page.clone(),
            status: match self.state {
                State::Queued => CheckStatus::Queued,
                State::Running => CheckStatus::InProgress,
                State::Over { conclusion, at, .. } => CheckStatus::Completed { conclusion, at },
            },
            started: self.started,
            title: Plain::line(&self.title, LONGEST_TITLE),
            summary: self.summary.clone(),
        }
    }

    /// What is remarked on lines of files.
    #[must_use]
    pub fn annotations(&self) -> &[CheckAnnotation] {
        &self.annotations
    }

    /// As a comment.
    #[must_use]
    pub fn comment(&self, key: &str) -> Comment {
        Comment {
            key: key.to_owned(),
            number: self.run,
            text: self.comment.clone(),
        }
    }
}

impl State {
    fn of(build: &Build, outcome: &Outcome) -> Self {
        let conclusion = match outcome {
            _ if outcome.exit_code() == 0 => Conclusion::Success,
            Outcome::Canceled { .. } | Outcome::Interrupted => Conclusion::Canceled,
            Outcome::TimedOut(_) => Conclusion::TimedOut,
            _ => Conclusion::Failure,
        };
        Self::Over {
            conclusion,
            is_known: !matches!(outcome, Outcome::Lost),
            at: build.finished,
        }
    }
}

/// `3 of 8 jobs done, 1 failed`, by the jobs that are over; nothing while no job is known. The log counts those of them
/// that it has shown ([`RunProgress`](crate::build::RunProgress)).
fn jobs_over(timeline: &Timeline) -> Option<String> {
    let jobs = timeline.jobs();
    let jobs = jobs
        .iter()
        .filter(|job| job.job.is_some() || job.phase.is_some());
    let (mut all, mut over, mut failed) = (0, 0, 0);
    for job in jobs {
        all += 1;
        over += usize::from(job.is_over());
        failed += usize::from(job.is_over() && job.has_failed());
    }
    (all > 0).then(|| wording::jobs_done(over, all, failed))
}

/// `NUMBER words`.
fn named(build: &Build, words: &str) -> String {
    format!("{} {words}", short(&build.number, LONGEST_NAME))
}

/// A finding as an annotation; GitHub has none without a file.
fn annotation(finding: &Finding) -> Option<CheckAnnotation> {
    let path = finding.file.as_deref()?;
    let message = short(finding.message.trim(), LONGEST_MESSAGE);
    Some(CheckAnnotation {
        is_warning: finding.kind == IssueKind::Warning,
        path: Plain::line(path, LONGEST_PATH),
        line: finding.line.unwrap_or(1),
        column: finding.column.filter(|_| finding.line.is_some()),
        title: Plain::line(&finding.title, LONGEST_ANNOTATION_TITLE),
        message: Plain::lines(format!("{message}\n{}", finding.link), usize::MAX),
    })
}
