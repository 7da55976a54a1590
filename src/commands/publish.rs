//! Whether GitHub is told of a run, of which commit and pull request, and in which ways.

use std::io::Write;

use tokio::sync::watch;

use super::github::is_own_repository;
use super::publisher::Publisher;
use super::reported::Reported;
use super::step::Step;
use super::teller::Teller;
use crate::azure::backoff;
use crate::build::Build;
use crate::github::api::ApiError;
use crate::github::context::{Context, PullRequest};
use crate::inputs::ReportKind;
use crate::report::wording;
use crate::source::{self, Target, TargetCommit};

/// The longest name of a pipeline, in characters, in that of a check.
const LONGEST_PIPELINE: usize = 150;

impl<W: Write> Step<'_, W> {
    /// Tells GitHub of the run of `pipeline` from now on, as far as that is wanted and possible. `own` are
    /// the branch and the commit that it builds, where its code is in the workflow's repository, `asked`
    /// the pull request that was looked up.
    pub(super) fn publish(
        &mut self,
        pipeline: &str,
        own: Option<(&str, Option<&str>)>,
        asked: Option<&PullRequest>,
    ) {
        if self.inputs.report.kinds.is_empty() {
            return;
        }
        let Some((branch, version)) = own else {
            self.reports.line(&wording::report_elsewhere());
            return;
        };
        if self.inputs.github_token.is_none() {
            self.reports.warning(&wording::report_without_token());
            return;
        }
        let target = source::target(self.context, branch, version, asked);
        let kinds = self.kinds_for(&target);
        let teller = match self.teller(target, pipeline) {
            Ok(teller) => teller,
            Err(error) => {
                self.reports.warning(&error.to_string());
                return;
            }
        };
        let (news, told) = watch::channel(None);
        self.reports.tell(news, &self.inputs.secrets);
        let haste = self.client.patience().haste;
        self.publisher = Some(Publisher::start(teller, kinds, haste, told));
    }

    /// Tells GitHub of a run that exists.
    pub(super) async fn publish_existing(&mut self, build: &Build) {
        if self.inputs.report.kinds.is_empty() {
            return;
        }
        let repository = Box::pin(async {
            let client = &self.client;
            Ok(backoff::resend(|| client.repository_of(build.id)).await?)
        });
        // One that cannot be asked for now is not followed either.
        let repository = self.unless_interrupted(repository).await.ok().flatten();
        let repository = repository.flatten();
        let is_own = is_own_repository(self.context, repository.as_ref());
        let branch = build.source_branch.as_deref().filter(|_| is_own);
        let own = branch.map(|branch| (branch, build.source_version.as_deref()));
        self.publish(&build.pipeline, own, None);
    }

    /// The ways that are wanted and open; says which are not.
    fn kinds_for(&mut self, target: &Target) -> Vec<ReportKind> {
        let mut kinds = self.inputs.report.kinds.clone();
        let is_about_commit = |kind: &ReportKind| *kind != ReportKind::Comment;
        if target.commit == TargetCommit::Unknown && kinds.iter().any(is_about_commit) {
            self.reports.line(&wording::unknown_head());
            kinds.retain(|kind| !is_about_commit(kind));
        }
        if target.pull_request.is_none() && kinds.contains(&ReportKind::Comment) {
            self.reports.line(&wording::no_pull_request());
            kinds.retain(is_about_commit);
        }
        kinds
    }

    fn teller(&mut self, target: Target, pipeline: &str) -> Result<Teller, ApiError> {
        let api = self.github()?;
        let name = self.inputs.report.name.clone();
        let reported = Reported {
            repository: api.repository().to_owned(),
            name: name.unwrap_or_else(|| report_name(pipeline)),
            ..Reported::default()
        };
        let state_file = self.context.state_file.clone();
        let is_fork = is_of_fork(self.context);
        Ok(Teller::new(api, target, reported, state_file, is_fork))
    }
}

/// `Azure Pipelines / NAME`.
fn report_name(pipeline: &str) -> String {
    let name: String = pipeline.chars().take(LONGEST_PIPELINE).collect();
    format!("Azure Pipelines / {name}")
}

/// Whether the workflow's own token can only read, whatever it was given.
fn is_of_fork(context: &Context) -> bool {
    let pull_request = context.pull_request();
    context.event_name.as_deref() != Some("pull_request_target")
        && pull_request.is_some_and(|pull_request| pull_request.head_is_fork)
}
