//! Presentation: events become text. No HTTP, no waiting.

mod annotations;
mod markdown;
mod outputs;
mod problem;
mod step_log;
mod summary;
pub mod wording;

use std::io::{self, Write};

use crate::azure::ProjectAddress;
use crate::build::{Build, BuildEvent, Report, Timeline};
use crate::github::command::{Command, LogWriter};
use crate::outcome::Outcome;
use crate::secret::Secret;

pub use outputs::{ActionOutput, finished, queued};

use problem::Problem;
use step_log::StepLog;

/// What is shown, as far as inputs decide it.
#[derive(Debug, Clone, Copy)]
pub struct Choices {
    /// Keep Azure's time stamps.
    pub timestamps: bool,
    /// Show errors and warnings as annotations.
    pub annotations: bool,
}

/// One run that has ended, as the summary shows it.
#[derive(Debug, Clone)]
pub struct FinishedRun {
    build: Build,
    timeline: Timeline,
    problems: Vec<Problem>,
    page: String,
}

/// Everything that is told about a step: the log at once, the rest in the end.
#[derive(Debug)]
pub struct Reports<W: Write> {
    out: LogWriter<W>,
    step_log: StepLog,
    choices: Choices,
    address: Option<ProjectAddress>,
    /// The commit that was asked for, as long as no run has been compared with it.
    asked_version: Option<String>,
    attempts: Vec<FinishedRun>,
    failure: Option<io::Error>,
}

impl<W: Write> Reports<W> {
    /// Reports that write the log to `writer`. Each secret is masked before anything else is said.
    pub fn new(writer: W, secrets: &[Secret]) -> Self {
        let mut reports = Self {
            out: LogWriter::new(writer),
            step_log: StepLog::default(),
            choices: Choices {
                timestamps: false,
                annotations: true,
            },
            address: None,
            asked_version: None,
            attempts: Vec::new(),
            failure: None,
        };
        for mask in secrets.iter().flat_map(Secret::masks) {
            reports.command(&Command::AddMask(&mask));
        }
        reports
    }

    /// Sets what the inputs decide, once they are known.
    pub fn configure(&mut self, choices: Choices, address: &ProjectAddress) {
        self.choices = choices;
        self.step_log = StepLog::new(choices.timestamps, address.clone());
        self.address = Some(address.clone());
    }

    /// Sets the commit that the runs are asked to build.
    pub fn expect_version(&mut self, version: Option<&str>) {
        self.asked_version = version.map(str::to_owned);
    }

    /// Warns once if another commit is built than the one that was asked for.
    fn compare_version(&mut self, build: &Build) {
        let Some(built) = &build.source_version else {
            return;
        };
        let Some(asked) = self.asked_version.take() else {
            return;
        };
        if !built.eq_ignore_ascii_case(&asked) {
            self.warning(&wording::other_commit(&asked, built));
        }
    }

    /// Writes one line, at once.
    pub fn line(&mut self, line: &wording::Line) {
        let written = line.write(&mut self.out);
        self.keep(written);
        self.flush();
    }

    /// Writes an error that ends the step.
    pub fn error(&mut self, message: &str) {
        self.command(&Command::Error(annotations::plain(message)));
        self.flush();
    }

    /// Writes a warning.
    pub fn warning(&mut self, message: &str) {
        self.command(&Command::Warning(annotations::plain(message)));
        self.flush();
    }

    /// Ends the log: errors and warnings outside all groups, then the verdict.
    pub fn conclude(&mut self, outcome: &Outcome) {
        let Some(run) = self.attempts.last() else {
            self.flush();
            return;
        };
        let (problems, verdict) = (
            run.problems.clone(),
            wording::verdict(&run.build, outcome, &run.page),
        );
        if self.choices.annotations {
            for command in annotations::commands(&problems, &run.page.clone()) {
                self.command(&command);
            }
        } else {
            self.problems(&problems);
        }
        self.line(&verdict);
    }

    /// The job summary in Markdown.
    #[must_use]
    pub fn summary(&self, outcome: &Outcome) -> Option<String> {
        summary::render(&self.attempts, outcome)
    }

    /// What went wrong with writing the log, if anything.
    pub fn finish(mut self) -> io::Result<()> {
        self.flush();
        self.failure.map_or(Ok(()), Err)
    }

    fn problems(&mut self, problems: &[Problem]) {
        for problem in problems {
            let written = wording::problem(problem).write(&mut self.out);
            self.keep(written);
        }
    }

    fn command(&mut self, command: &Command<'_>) {
        let written = self.out.command(command);
        self.keep(written);
    }

    /// The first failure to write is kept until the end: a log that nobody reads any more must not
    /// keep a run from being followed or canceled.
    fn keep(&mut self, written: io::Result<()>) {
        if let Err(error) = written {
            self.failure.get_or_insert(error);
        }
    }
}

impl<W: Write> Report for Reports<W> {
    fn event(&mut self, event: &BuildEvent<'_>) {
        if let BuildEvent::Started(build) | BuildEvent::Finished { build, .. } = event {
            self.compare_version(build);
        }
        match event {
            BuildEvent::Finished {
                build, timeline, ..
            }
            | BuildEvent::Left {
                build: Some(build),
                timeline,
                ..
            } => {
                let Some(address) = &self.address else { return };
                self.attempts.push(FinishedRun {
                    build: (*build).clone(),
                    timeline: (*timeline).clone(),
                    problems: problem::problems(build, timeline, address),
                    page: address.run_page(build.id),
                });
            }
            BuildEvent::Retrying { .. } => {
                // The last attempt's problems become annotations; those of this one are shown here.
                let problems = self
                    .attempts
                    .last()
                    .map(|run| run.problems.clone())
                    .unwrap_or_default();
                self.problems(&problems);
            }
            _ => {}
        }
        let written = self.step_log.event(event, &mut self.out);
        self.keep(written);
    }

    fn flush(&mut self) {
        let written = self.out.flush();
        self.keep(written);
    }
}
