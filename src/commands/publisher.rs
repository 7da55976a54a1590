//! Telling GitHub of a run, beside following it.

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::reported::Reported;
use crate::github::api::{
    Api, ApiError, CheckAnnotation, CheckRun, CheckStatus, Comment, CommitStatus,
};
use crate::inputs::ReportKind;
use crate::mark;
use crate::report::{Standing, wording};
use crate::source::{Target, TargetCommit, commit_id};

/// The pause between two updates: GitHub asks callers to write no more often than every second, and
/// nobody reads faster than this.
const BETWEEN: Duration = Duration::from_secs(15);

/// How long the end may take to be told when GitHub does not answer, and where it wants to be left alone
/// for a while.
const END: Duration = Duration::from_secs(20);
const END_WHERE_LIMITED: Duration = Duration::from_secs(90);

/// The pause before the end is told again; it doubles.
const AGAIN: Duration = Duration::from_secs(1);

/// Tells GitHub how a run stands, in a task of its own: following never waits for it.
#[derive(Debug)]
pub(super) struct Publisher {
    end: oneshot::Sender<Option<Standing>>,
    task: JoinHandle<Vec<String>>,
}

/// Everything that is needed to tell it.
#[derive(Debug)]
pub(super) struct Teller {
    pub(super) api: Api,
    pub(super) target: Target,
    pub(super) kinds: Vec<ReportKind>,
    /// The name of status, check run and comment.
    pub(super) name: String,
    /// The file for the post step's state.
    pub(super) state_file: Option<PathBuf>,
    /// Whether the workflow's own token can only read, whatever it was given.
    pub(super) is_fork: bool,
    /// How many times as fast as the wall's the clock goes by which pauses are taken.
    pub(super) haste: f64,
}

impl Publisher {
    /// Tells what stands in `news` from now on.
    pub(super) fn start(teller: Teller, news: watch::Receiver<Option<Standing>>) -> Self {
        let (end, ended) = oneshot::channel();
        let task = tokio::spawn(Publishing::new(teller).follow(news, ended));
        Self { end, task }
    }

    /// Tells the end, if there is one to tell; gives a warning for each thing that could not be told.
    pub(super) async fn finish(self, standing: Option<Standing>) -> Vec<String> {
        // It listens until it ends.
        drop(self.end.send(standing));
        self.task.await.unwrap_or_default()
    }
}

/// What has been told, and what could not be.
struct Publishing {
    teller: Teller,
    reported: Reported,
    status: Option<CommitStatus>,
    check: Option<CheckRun>,
    /// Whether there may be a check run whose id is not known.
    is_check_unclear: bool,
    comment: Option<Comment>,
    /// The id of the comment that was made here.
    own_comment: Option<u64>,
    warnings: Vec<String>,
}

impl Publishing {
    fn new(teller: Teller) -> Self {
        Self {
            reported: Reported {
                repository: teller.api.repository().to_owned(),
                name: teller.name.clone(),
                ..Reported::default()
            },
            teller,
            status: None,
            check: None,
            is_check_unclear: false,
            comment: None,
            own_comment: None,
            warnings: Vec::new(),
        }
    }

    async fn follow(
        mut self,
        mut news: watch::Receiver<Option<Standing>>,
        mut ended: oneshot::Receiver<Option<Standing>>,
    ) -> Vec<String> {
        let end = loop {
            tokio::select! {
                biased;
                end = &mut ended => break end,
                () = changed(&mut news) => {}
            }
            // A request that is on its way is waited for: the end must not be overtaken by it.
            let standing = news.borrow_and_update().clone();
            if let Some(standing) = standing {
                self.tell(&standing).await;
            }
            let pause = BETWEEN.div_f64(self.teller.haste);
            tokio::select! {
                biased;
                end = &mut ended => break end,
                () = wait(pause.max(self.teller.api.pause())) => {}
            }
        };
        if let Ok(Some(standing)) = end {
            self.tell_end(&standing).await;
        }
        self.warnings
    }

    /// Tells how the run stands, once: what fails in a way that may pass is told the next time.
    async fn tell(&mut self, standing: &Standing) {
        for kind in self.teller.kinds.clone() {
            match self.tell_one(kind, standing, None).await {
                Err(error) if !error.may_pass() => self.give_up(kind, &error),
                Err(ApiError::Limited { .. } | ApiError::Unreached { .. }) => return,
                Ok(()) | Err(_) => {}
            }
        }
    }

    /// Tells how the run ended, several times if need be.
    async fn tell_end(&mut self, standing: &Standing) {
        let start = Instant::now();
        let mut annotations = standing.annotations().to_vec();
        let mut left = self.teller.kinds.clone();
        let mut again = AGAIN;
        loop {
            let mut failed: Vec<(ReportKind, ApiError)> = Vec::new();
            for kind in left {
                // Who has not answered now will not answer the next request either.
                if let Some((_, lost @ ApiError::Unreached { .. })) = failed.last() {
                    let lost = lost.clone();
                    failed.push((kind, lost));
                    continue;
                }
                match self.tell_one(kind, standing, Some(&mut annotations)).await {
                    Ok(()) => self.has_ended(kind),
                    Err(error) if error.may_pass() => failed.push((kind, error)),
                    Err(error) => self.give_up(kind, &error),
                }
            }
            let longest = match failed.first() {
                None => return,
                Some((_, ApiError::Limited { .. })) => END_WHERE_LIMITED,
                Some(_) => END,
            };
            let pause = again.max(self.teller.api.pause());
            if start.elapsed() + pause > longest {
                // What stands there is left to the post step.
                for (kind, error) in &failed {
                    self.warn(*kind, error);
                }
                return;
            }
            wait(pause).await;
            again *= 2;
            left = failed.into_iter().map(|(kind, _)| kind).collect();
        }
    }

    /// A kind that cannot be told, by the post step neither.
    fn give_up(&mut self, kind: ReportKind, error: &ApiError) {
        self.teller.kinds.retain(|known| *known != kind);
        self.warn(kind, error);
        self.has_ended(kind);
    }

    fn warn(&mut self, kind: ReportKind, error: &ApiError) {
        let warning = wording::not_reported(what(kind), error, self.teller.is_fork);
        self.warnings.push(warning);
    }

    /// Nothing of this kind is left to the post step.
    fn has_ended(&mut self, kind: ReportKind) {
        self.reported.take_back(kind);
        self.keep();
    }

    /// Tells it in one way, unless that is what was told last. `end` are the annotations of a run that
    /// is over.
    async fn tell_one(
        &mut self,
        kind: ReportKind,
        standing: &Standing,
        end: Option<&mut Vec<CheckAnnotation>>,
    ) -> Result<(), ApiError> {
        self.reported.run = standing.run();
        match kind {
            ReportKind::CommitStatus => self.tell_status(standing).await,
            ReportKind::CheckRun => self.tell_check(standing, end).await,
            ReportKind::Comment => self.tell_comment(standing).await,
        }
    }

    /// The commit to tell of; nothing while it is not known.
    fn commit(&self, standing: &Standing) -> Option<String> {
        commit(&self.teller.target.commit, standing.built())
    }

    async fn tell_status(&mut self, standing: &Standing) -> Result<(), ApiError> {
        let status = standing.status(&self.teller.name);
        let Some(commit) = self.commit(standing) else {
            return Ok(());
        };
        if self.status.as_ref() == Some(&status) {
            return Ok(());
        }
        self.teller.api.set_status(&commit, &status).await?;
        self.status = Some(status);
        if self.reported.status.replace(commit).is_none() {
            self.keep();
        }
        Ok(())
    }

    async fn tell_check(
        &mut self,
        standing: &Standing,
        end: Option<&mut Vec<CheckAnnotation>>,
    ) -> Result<(), ApiError> {
        let run = standing.check_run(&self.teller.name);
        let Some(commit) = self.commit(standing) else {
            return Ok(());
        };
        if end.is_none() && self.check.as_ref() == Some(&run) {
            return Ok(());
        }
        let known = self.reported.check;
        let id = match known {
            Some(id) => id,
            None => self.make_check(&commit, &run).await?,
        };
        match end {
            Some(annotations) => {
                let api = &mut self.teller.api;
                api.complete_check_run(id, &run, annotations).await?;
            }
            None if known.is_some() => self.teller.api.update_check_run(id, &run).await?,
            None => {}
        }
        self.check = Some(run);
        Ok(())
    }

    /// Makes the check run, or finds the one that was made when the answer was lost.
    async fn make_check(&mut self, commit: &str, run: &CheckRun) -> Result<u64, ApiError> {
        let api = &mut self.teller.api;
        let mut found = None;
        if self.is_check_unclear {
            let external_id = &run.external_id;
            found = api
                .find_check_run(commit, run.name.as_str(), external_id)
                .await?;
        }
        let id = if let Some(id) = found {
            id
        } else {
            let mut going = run.clone();
            if matches!(going.status, CheckStatus::Completed { .. }) {
                going.status = CheckStatus::InProgress;
            }
            let made = api.create_check_run(commit, &going).await;
            self.is_check_unclear |= made.as_ref().is_err_and(ApiError::is_unclear);
            made?
        };
        self.reported.check = Some(id);
        self.keep();
        Ok(id)
    }

    async fn tell_comment(&mut self, standing: &Standing) -> Result<(), ApiError> {
        let Some(pull_request) = self.teller.target.pull_request else {
            return Ok(());
        };
        let comment = standing.comment(&key(&self.teller.name));
        if self.comment.as_ref() == Some(&comment) {
            return Ok(());
        }
        // It is found again by its marker, whether or not the answer comes.
        if self.reported.comment.replace(pull_request).is_none() {
            self.keep();
        }
        let api = &mut self.teller.api;
        let own = &mut self.own_comment;
        api.write_comment(pull_request, &comment, own).await?;
        self.comment = Some(comment);
        Ok(())
    }

    /// Leaves to the post step what says that the run goes on.
    fn keep(&mut self) {
        let kept = self.reported.keep(self.teller.state_file.as_deref());
        self.warnings
            .extend(kept.err().map(|error| error.to_string()));
    }
}

/// Ends what a step that was killed has left on GitHub; gives a warning for each thing that could not
/// be.
pub(super) async fn end_reported(
    api: &mut Api,
    reported: &Reported,
    standing: &Standing,
) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut note = |kind, told: Result<(), ApiError>| {
        let warning = |error| wording::not_reported(what(kind), &error, false);
        warnings.extend(told.err().map(warning));
    };
    if let Some(commit) = &reported.status {
        let status = standing.status(&reported.name);
        note(
            ReportKind::CommitStatus,
            api.set_status(commit, &status).await,
        );
    }
    if let Some(id) = reported.check {
        let run = standing.check_run(&reported.name);
        note(ReportKind::CheckRun, api.update_check_run(id, &run).await);
    }
    if let Some(pull_request) = reported.comment {
        let comment = standing.comment(&key(&reported.name));
        let told = api.write_comment(pull_request, &comment, &mut None).await;
        note(ReportKind::Comment, told);
    }
    warnings
}

/// The commit of a target whose run the service says to build `built`. That becomes part of an address of GitHub's, so that it
/// has to be a commit.
fn commit(target: &TargetCommit, built: Option<&str>) -> Option<String> {
    match target {
        TargetCommit::Known(commit) => Some(commit.clone()),
        TargetCommit::AsBuilt => built.and_then(commit_id),
        TargetCommit::Unknown => None,
    }
}

/// What a kind is called, and the permission that it needs.
fn what(kind: ReportKind) -> (&'static str, &'static str) {
    match kind {
        ReportKind::CommitStatus => ("commit status", "statuses: write"),
        ReportKind::CheckRun => ("check run", "checks: write"),
        ReportKind::Comment => ("pull request comment", "pull-requests: write"),
    }
}

/// By what a comment is found again: nothing of the name, which may be anything, is in it.
fn key(name: &str) -> String {
    format!(
        "{:016x}",
        mark::hash([name.to_lowercase().as_str()].into_iter())
    )
}

/// Waits for something new.
async fn changed(news: &mut watch::Receiver<Option<Standing>>) {
    if news.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[expect(clippy::disallowed_methods, reason = "the pauses between requests")]
async fn wait(pause: Duration) {
    tokio::time::sleep(pause).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_service_calls_a_commit_has_to_be_one() {
        let hash = "2222222222222222222222222222222222222222";
        let as_built = |built| commit(&TargetCommit::AsBuilt, built);
        assert_eq!(as_built(Some(hash)).as_deref(), Some(hash));
        for other in [
            "../../../gists",
            "7",
            "",
            "main",
            "222222222222222222222222222222222222222/",
        ] {
            assert_eq!(as_built(Some(other)), None, "{other}");
        }
        assert_eq!(as_built(None), None);
        assert_eq!(commit(&TargetCommit::Unknown, Some(hash)), None);
    }
}
