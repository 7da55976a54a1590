//! Presentation: events become text. No HTTP, no waiting.

mod annotations;
mod attempt;
mod checked;
mod checkout;
mod failed_task;
mod finding;
mod line;
mod news;
mod outputs;
mod problems;
mod run_list;
mod run_tree;
mod seen;
mod standing;
mod step_log;
mod summary;
mod table;
mod tail;
pub mod wording;

use std::io::{self, Write};

use tokio::sync::watch;

use crate::build::{Build, BuildEvent, BuildId, IssueKind, Published, Report, Validation};
use crate::github::command::{Annotation, Command};
use crate::github::log_writer::LogWriter;
use crate::outcome::Outcome;
use crate::secret::{NewSecrets, Secret};
use crate::untrusted::{Link, Markdown};

pub use checked::Checked;
pub use line::Line;
pub use outputs::{ActionOutput, finished, queued, run, runs, tags, too_long};
pub use run_list::{run_table, runs_summary, tag_table, tags_summary};
pub use run_tree::RunInFull;
pub use standing::Standing;

use attempt::Attempt;
use news::News;
use seen::Seen;
use step_log::StepLog;

/// How many findings are written as lines of the log.
const MOST_FINDINGS: usize = 50;

/// Everything that is told about a step: the log at once, the rest in the end.
#[derive(Debug)]
pub struct Reports<W: Write> {
    out: LogWriter<W>,
    step_log: StepLog,
    /// The page about errors.
    manual: Option<String>,
    annotates: bool,
    /// The commit that every run is asked to build.
    asked_version: Option<String>,
    /// The workflow's repository, `owner/name`.
    repository: Option<String>,
    is_own_repository: bool,
    /// The pipeline's name and page.
    pipeline: Option<(String, Link)>,
    /// What the current run has shown.
    seen: Seen,
    /// Warnings that were shown before the run's own.
    warnings: usize,
    attempts: Vec<Attempt>,
    /// Who else is told how the run stands, if anybody wants to know.
    news: Option<News>,
    failure: Option<io::Error>,
}

impl<W: Write> Reports<W> {
    /// Reports that write the log to `writer`. Each secret is masked before anything else is said.
    pub fn new(writer: W, secrets: &[Secret]) -> Self {
        let out = LogWriter::new(writer);
        for secret in secrets {
            out.new_secrets().add(secret.clone());
        }
        Self {
            out,
            step_log: StepLog::new(false),
            manual: None,
            annotates: true,
            asked_version: None,
            repository: None,
            is_own_repository: true,
            pipeline: None,
            seen: Seen::default(),
            warnings: 0,
            attempts: Vec::new(),
            news: None,
            failure: None,
        }
    }

    /// Where secrets are put that are obtained on the way, to be masked before anything else is said.
    #[must_use]
    pub fn new_secrets(&self) -> NewSecrets {
        self.out.new_secrets()
    }

    /// Sets whether Azure's time stamps stay in the log, whether findings become annotations, and the
    /// workflow's repository, `owner/name`.
    pub fn configure(&mut self, timestamps: bool, annotates: bool, repository: Option<String>) {
        self.step_log = StepLog::new(timestamps);
        self.annotates = annotates;
        self.repository = repository;
    }

    /// Sets the commit that the runs are asked to build, and whether files that they name are in
    /// this workflow's repository.
    pub fn expect(&mut self, version: Option<&str>, is_own_repository: bool) {
        self.asked_version = version.map(str::to_owned);
        self.is_own_repository = is_own_repository;
    }

    /// Tells there from now on how the run stands, without what is secret: no runner masks it.
    pub fn tell(&mut self, news: watch::Sender<Option<Standing>>, secrets: &[Secret]) {
        self.news = Some(News::new(news, secrets));
    }

    /// Writes one line, at once.
    pub fn line(&mut self, line: &Line) {
        let written = line.write(&mut self.out);
        self.keep(written);
        self.flush();
    }

    /// Writes several lines.
    pub fn lines(&mut self, lines: &[Line]) {
        for line in lines {
            let written = line.write(&mut self.out);
            self.keep(written);
        }
        self.flush();
    }

    /// Writes text in a group.
    pub fn group(&mut self, title: &'static str, text: &str) {
        self.command(&Command::Group(title.into()));
        let lines: Vec<Line> = text
            .lines()
            .map(|line| Line::default().foreign(line))
            .collect();
        self.lines(&lines);
        self.command(&Command::EndGroup);
        self.flush();
    }

    /// Sets the page about errors, if it is known.
    pub fn explain_at(&mut self, page: Option<String>) {
        self.manual = page;
    }

    /// Writes an error for which the step fails, and where more is said about it.
    pub fn error(&mut self, message: &str) {
        let anchor = wording::anchor(message);
        debug_assert!(
            anchor.is_some(),
            "docs/troubleshooting.md has no paragraph about: {message}"
        );
        self.command(&Command::Error(Annotation::new(message)));
        if let Some((page, anchor)) = self.manual.as_ref().zip(anchor) {
            self.line(&wording::explained_at(page, &anchor));
        }
        self.flush();
    }

    /// Sets the pipeline that is run, and its page.
    pub fn about(&mut self, pipeline: &str, page: Link) {
        self.pipeline = Some((pipeline.to_owned(), page));
    }

    /// Writes what a validation of the pipeline found: annotations on the code where they can be, as
    /// many as GitHub shows beside the error that ends the step; lines where there is no room for
    /// more. Says whether it has; it has not where no pipeline is known.
    pub fn validation(&mut self, results: &[Validation]) -> bool {
        let Some((pipeline, page)) = self.pipeline.clone() else {
            return false;
        };
        let mut room = annotations::LIMIT - 1;
        for result in results {
            let mut finding = finding::of_validation(result, &pipeline, &page);
            if !self.is_own_repository {
                finding.file = None;
            }
            if self.annotates && room > 0 {
                room -= 1;
                self.command(&annotations::command(&finding));
            } else {
                self.line(&wording::finding(&finding));
            }
        }
        self.flush();
        true
    }

    /// Writes a warning.
    pub fn warning(&mut self, message: &str) {
        self.warnings += 1;
        self.command(&Command::Warning(Annotation::new(message)));
        self.flush();
    }

    /// Ends the log: errors and warnings outside all groups, then the verdict.
    pub fn conclude(&mut self, outcome: &Outcome) {
        let Some(attempt) = self.attempts.last() else {
            self.flush();
            return;
        };
        let verdict = wording::verdict(&attempt.build, outcome);
        let advice = wording::advice(attempt, outcome);
        if self.annotates {
            let page = &attempt.build.page;
            for command in annotations::commands(&attempt.findings, page, self.warnings) {
                self.command(&command);
            }
        } else {
            self.findings();
        }
        self.line(&verdict);
        if let Some(advice) = advice {
            self.line(&wording::advice_line(&advice));
        }
    }

    /// The last run, if it is over and a job of it has ever begun.
    #[must_use]
    pub fn ended_run(&self) -> Option<BuildId> {
        let Attempt {
            build, timeline, ..
        } = self.attempts.last()?;
        (build.is_completed() && timeline.has_started()).then_some(build.id)
    }

    /// The job summary in Markdown, with what the last run published; nothing where there was no run.
    #[must_use]
    pub fn summary(&self, outcome: &Outcome, published: &Published) -> Option<Markdown> {
        summary::render(&self.attempts, outcome, published)
    }

    /// How the last run stands in the end, for those who are told of it; nothing where there was no run.
    #[must_use]
    pub fn standing(&self, outcome: &Outcome, published: &Published) -> Option<Standing> {
        let news = self.news.as_ref()?;
        let standing = Standing::over(&self.attempts, outcome, published)?;
        Some(news.masked(standing))
    }

    /// What went wrong with writing the log, if anything.
    pub fn finish(mut self) -> io::Result<()> {
        self.flush();
        self.failure.map_or(Ok(()), Err)
    }

    /// The findings of the last run as plain lines, as many as a person reads.
    fn findings(&mut self) {
        let Some(attempt) = self.attempts.last() else {
            return;
        };
        let found = &attempt.findings;
        let kinds = [IssueKind::Error, IssueKind::Warning];
        let count = found.list.len() + kinds.map(|kind| found.more(kind)).iter().sum::<usize>();
        let shown = found.list.iter().take(MOST_FINDINGS);
        let mut lines: Vec<Line> = shown.map(wording::finding).collect();
        if let Some(more) = count.checked_sub(lines.len()).filter(|more| *more > 0) {
            lines.push(wording::more_findings(more, &attempt.build.page));
        }
        self.lines(&lines);
    }

    /// Warns once for each run that builds another commit than the one that was asked for.
    fn compare_version(&mut self, build: &Build) {
        let Some(version) = self.seen.new_version(build) else {
            return;
        };
        let asked = self.asked_version.as_deref();
        let other = asked.filter(|asked| !version.eq_ignore_ascii_case(asked));
        if let Some(sentence) = other.map(|asked| wording::other_commit(asked, version)) {
            self.warning(&sentence);
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
            BuildEvent::Queued { .. } => self.seen = Seen::default(),
            BuildEvent::Finished { build, timeline }
            | BuildEvent::Left {
                build, timeline, ..
            } => {
                let repository = self.repository.as_deref();
                let attempt =
                    self.seen
                        .attempt(build, timeline, repository, self.is_own_repository);
                self.attempts.push(attempt);
            }
            // The last run's findings become annotations; those of this one are shown here.
            BuildEvent::Retrying { .. } => self.findings(),
            other => self.seen.event(other),
        }
        if let Some(news) = &self.news {
            news.event(event, self.attempts.last());
        }
        let written = self.step_log.event(event, &mut self.out);
        self.keep(written);
    }

    fn flush(&mut self) {
        let written = self.out.flush();
        self.keep(written);
    }
}

/// `text`, cut to `longest` characters; a cut shows as an ellipsis.
fn short(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
