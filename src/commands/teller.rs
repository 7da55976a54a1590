//! Telling GitHub how one run stands: by a status, a check run, a comment.

use std::path::PathBuf;
use std::time::Duration;

use super::reported::Reported;
use crate::github::api::{
    Api, ApiError, CheckAnnotation, CheckRun, CheckStatus, Comment, CommitStatus,
};
use crate::inputs::ReportKind;
use crate::mark;
use crate::report::{Standing, wording};
use crate::source::{Target, TargetCommit, commit_id};

/// Tells GitHub of a run, and knows what stands there.
#[derive(Debug)]
pub(super) struct Teller {
    api: Api,
    target: Target,
    /// The file for the post step's state.
    state_file: Option<PathBuf>,
    /// Whether the workflow's own token can only read, whatever it was given.
    is_fork: bool,
    /// What the post step would have to end.
    reported: Reported,
    status: Option<CommitStatus>,
    check: Option<CheckRun>,
    /// Whether there may be a check run whose id is not known.
    is_check_unclear: bool,
    comment: Option<Comment>,
    /// The id of the comment that was made here.
    own_comment: Option<u64>,
    /// What could not be told, or left to the post step, a sentence each.
    warnings: Vec<String>,
}

impl Teller {
    /// Has told nothing itself; `reported` is what stands there.
    pub(super) fn new(
        api: Api,
        target: Target,
        reported: Reported,
        state_file: Option<PathBuf>,
        is_fork: bool,
    ) -> Self {
        Self {
            api,
            target,
            state_file,
            is_fork,
            reported,
            status: None,
            check: None,
            is_check_unclear: false,
            comment: None,
            own_comment: None,
            warnings: Vec::new(),
        }
    }

    /// How long GitHub wants no further request.
    pub(super) fn pause(&self) -> Duration {
        self.api.pause()
    }

    /// Tells it in one way, unless that is what was told last. `end` are the annotations of a run that
    /// is over.
    pub(super) async fn tell(
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

    async fn tell_status(&mut self, standing: &Standing) -> Result<(), ApiError> {
        let status = standing.status(&self.reported.name);
        let Some(commit) = self.commit(standing) else {
            return Ok(());
        };
        if self.status.as_ref() == Some(&status) {
            return Ok(());
        }
        self.api.set_status(&commit, &status).await?;
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
        let run = standing.check_run(&self.reported.name);
        if end.is_none() && self.check.as_ref() == Some(&run) {
            return Ok(());
        }
        let known = self.reported.check;
        let id = match (known, self.commit(standing)) {
            (Some(id), _) => id,
            (None, Some(commit)) => self.make_check(&commit, &run).await?,
            (None, None) => return Ok(()),
        };
        match end {
            Some(annotations) => {
                let api = &mut self.api;
                api.complete_check_run(id, &run, annotations).await?;
            }
            None if known.is_some() => self.api.update_check_run(id, &run).await?,
            None => {}
        }
        self.check = Some(run);
        Ok(())
    }

    /// Makes the check run, or finds the one that was made when the answer was lost.
    async fn make_check(&mut self, commit: &str, run: &CheckRun) -> Result<u64, ApiError> {
        let api = &mut self.api;
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
        let Some(pull_request) = self.target.pull_request else {
            return Ok(());
        };
        let comment = standing.comment(&key(&self.reported.name));
        if self.comment.as_ref() == Some(&comment) {
            return Ok(());
        }
        // It is found again by its marker, whether or not the answer comes.
        if self.reported.comment.replace(pull_request).is_none() {
            self.keep();
        }
        let api = &mut self.api;
        let own = &mut self.own_comment;
        api.write_comment(pull_request, &comment, own).await?;
        self.comment = Some(comment);
        Ok(())
    }

    /// The commit to tell of; nothing while it is not known.
    fn commit(&self, standing: &Standing) -> Option<String> {
        commit(&self.target.commit, standing.built())
    }

    /// Leaves to the post step what says that the run goes on.
    fn keep(&mut self) {
        let kept = self.reported.keep(self.state_file.as_deref());
        self.warnings
            .extend(kept.err().map(|error| error.to_string()));
    }

    /// Nothing of this kind is left to the post step.
    pub(super) fn has_ended(&mut self, kind: ReportKind) {
        self.reported.take_back(kind);
        self.keep();
    }

    /// Takes note that it could not be told.
    pub(super) fn warn(&mut self, kind: ReportKind, error: &ApiError) {
        let warning = wording::not_reported(what(kind), error, self.is_fork);
        self.warnings.push(warning);
    }

    /// What could not be told, a sentence each.
    pub(super) fn into_warnings(self) -> Vec<String> {
        self.warnings
    }
}

/// Ends what a step that was killed has left on GitHub; gives a warning for each thing that could not
/// be.
pub(super) async fn end_reported(api: Api, reported: Reported, standing: &Standing) -> Vec<String> {
    let target = Target {
        commit: match &reported.status {
            Some(commit) => TargetCommit::Known(commit.clone()),
            None => TargetCommit::Unknown,
        },
        pull_request: reported.comment,
    };
    let kinds = reported.kinds();
    let mut teller = Teller::new(api, target, reported, None, false);
    for kind in kinds {
        if let Err(error) = teller.tell(kind, standing, None).await {
            teller.warn(kind, &error);
        }
    }
    teller.warnings
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
