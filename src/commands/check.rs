//! `check`: resolves all that `run` would, and has the YAML expanded; starts nothing.

use std::io::Write;
use std::rc::Rc;

use super::explain::{alone, explain};
use super::step::Step;
use super::{exit_code, github, pipeline, request, run};
use crate::azure::{self, Error, Pipeline, Process, QueueStatus, RunRequest, backoff};
use crate::inputs::RunInputs;
use crate::outcome;
use crate::report::{Checked, wording};
use crate::source::{self, Source};
use crate::untrusted::Link;

/// Says what would be run, or what is wrong; gives the exit code.
pub(super) async fn check<W: Write>(step: Step<'_, W>, run: &RunInputs) -> anyhow::Result<u8> {
    let mut shutdown = step.shutdown.clone();
    let mut check = Check {
        step,
        found: Checked::default(),
        is_introduced: false,
        exit_code: outcome::SUCCESS,
    };
    let resolved = shutdown.unless_requested(1, check.resolve(run)).await;
    if resolved.is_none() {
        return Ok(check.step.interrupted().exit_code());
    }
    let end = check.found.end();
    check.step.reports.line(&end);
    check.step.write_summary(&check.found.summary());
    Ok(check.exit_code)
}

/// A step that checks, and what it has found so far.
struct Check<'a, W: Write> {
    step: Step<'a, W>,
    found: Checked,
    /// Whether it has been said who asks, and whom.
    is_introduced: bool,
    /// That of the worst problem: wrong inputs are to be mended first.
    exit_code: u8,
}

impl<W: Write> Check<'_, W> {
    /// Goes through all that a run needs, in the order in which a run needs it.
    async fn resolve(&mut self, run: &RunInputs) {
        self.step.reports.line(&wording::checking());
        let pipeline = if self.connection().await {
            self.pipeline(run).await
        } else {
            self.note(wording::not_checked());
            None
        };
        let source = self.source(run).await;
        let is_known = pipeline.as_ref();
        let is_own = is_known.is_none_or(|known| {
            github::is_own_repository(self.step.context, known.repository.as_ref())
        });
        let is_sent = is_own || run::is_source_given(run);
        if let Some(source) = &source {
            self.show_source(Some(source).filter(|_| is_sent));
        }
        let (Some(pipeline), Some(source)) = (pipeline, source) else {
            return;
        };
        let version = source.version.as_deref().filter(|_| is_sent);
        self.step.reports.expect(version, is_own);
        let client = Rc::clone(&self.step.client);
        let source = Some(&source).filter(|_| is_sent);
        match request::request(&client, &run.request, &pipeline, source).await {
            Ok(request) => {
                self.show_request(&request).await;
                self.preview(&pipeline, &request).await;
            }
            Err(error) => self.problem(error).await,
        }
    }

    /// Who asks, and whom; whether it makes sense to go on asking.
    async fn connection(&mut self) -> bool {
        let how = self.step.inputs.sign_in.to_string();
        let client = Rc::clone(&self.step.client);
        match backoff::resend(|| client.connection()).await {
            Ok(connection) if connection.is_anonymous => {
                self.problem(anyhow::Error::msg(wording::anonymous(&how)))
                    .await;
                false
            }
            Ok(connection) => {
                self.good(wording::signed_in(&how, connection.user.as_deref()));
                self.server(Some(connection.is_hosted));
                true
            }
            // The token may be made for less than this; the next request tells.
            Err(Error::Unauthorized { .. } | Error::Forbidden { .. } | Error::Refused { .. }) => {
                true
            }
            Err(error) => {
                self.problem(error.into()).await;
                false
            }
        }
    }

    fn server(&mut self, is_hosted: Option<bool>) {
        let client = &self.step.client;
        let server = wording::server(is_hosted, &client.api_version().to_string());
        let page = client.address().organization();
        self.good_at(server, Some(page));
        self.is_introduced = true;
    }

    async fn pipeline(&mut self, run: &RunInputs) -> Option<Pipeline> {
        let client = Rc::clone(&self.step.client);
        let found = pipeline::look_up(&client, &run.pipeline).await;
        let is_project_known = found
            .as_ref()
            .map_or_else(|error| !error.is::<azure::Error>(), |_| true);
        if is_project_known {
            if !self.is_introduced {
                let how = self.step.inputs.sign_in.to_string();
                self.note(wording::unknown_caller(&how));
                self.server(None);
            }
            self.good(wording::project(client.address().project()));
        }
        let pipeline = match found {
            Ok(pipeline) => pipeline,
            Err(error) => {
                self.problem(error).await;
                return None;
            }
        };
        let page = client.address().pipeline_page(pipeline.id);
        let file = match &pipeline.process {
            Process::Yaml { file } => file.as_deref(),
            Process::Classic => None,
        };
        let name = pipeline.full_name();
        let sentence = wording::pipeline(&name, pipeline.id, file);
        self.good_at(sentence, Some(page.clone()));
        self.found.about(&pipeline.name, page.clone());
        self.step.reports.about(&pipeline.name, page);
        match pipeline.queue_status {
            QueueStatus::Enabled => {}
            QueueStatus::Paused => self.warning(wording::paused_pipeline(&pipeline.name)),
            QueueStatus::Disabled => {
                let sentence = wording::disabled_pipeline(&pipeline.name);
                self.problem(anyhow::Error::msg(sentence)).await;
            }
        }
        let own = pipeline.repository.as_ref();
        let own = own.map(|own| (own.name.as_str(), own.kind.as_str()));
        let workflow = self.step.context.this_repository().unwrap_or_default();
        if github::is_own_repository(self.step.context, pipeline.repository.as_ref()) {
            self.good(wording::own_repository(&workflow));
        } else {
            self.note(wording::other_repository(own, &workflow));
        }
        Some(pipeline)
    }

    async fn source(&mut self, run: &RunInputs) -> Option<Source> {
        let found = match source::plan(&run.source, self.step.context) {
            Ok(plan) => run::find_source(&mut self.step, run, plan).await,
            Err(error) => Err(error.into()),
        };
        match found {
            Ok((source, _)) => Some(source),
            Err(error) => {
                self.problem(error).await;
                None
            }
        }
    }

    fn show_source(&mut self, source: Option<&Source>) {
        let Some(source) = source else {
            self.good(wording::default_source());
            return;
        };
        let version = source.version.as_deref();
        self.good(wording::source(&source.branch, version, &source.why));
        for note in &source.notes {
            self.warning(note.clone());
        }
        let event = self.step.context.event_name.as_deref();
        if let Some(sentence) = source::exposure(source.trust, event.unwrap_or_default()) {
            self.note(sentence);
        }
    }

    /// What would be sent, and whether the server can take it.
    async fn show_request(&mut self, request: &RunRequest) {
        match self.step.client.api_for(request) {
            Ok(_) => self.good(wording::would_be_queued(&names(request))),
            Err(error) => self.problem(error.into()).await,
        }
    }

    async fn preview(&mut self, pipeline: &Pipeline, request: &RunRequest) {
        if pipeline.process == Process::Classic {
            self.note(wording::no_yaml());
            return;
        }
        let client = Rc::clone(&self.step.client);
        match backoff::resend(|| client.preview(request)).await {
            Ok(yaml) => {
                self.good(wording::yaml(yaml.lines().count()));
                self.step.reports.group(wording::YAML, &yaml);
            }
            Err(error @ Error::TooOld { .. }) => self.note(error.to_string()),
            Err(error) => self.problem(error.into()).await,
        }
    }

    fn good(&mut self, sentence: String) {
        self.good_at(sentence, None);
    }

    fn good_at(&mut self, sentence: String, page: Option<Link>) {
        let line = self.found.good(sentence, page);
        self.step.reports.line(&line);
    }

    fn note(&mut self, sentence: String) {
        let line = self.found.note(sentence);
        self.step.reports.line(&line);
    }

    fn warning(&mut self, sentence: String) {
        self.step.reports.warning(&sentence);
        self.found.note(sentence);
    }

    async fn problem(&mut self, error: anyhow::Error) {
        let step = &mut self.step;
        let command = &step.inputs.command;
        let error = explain(error, &step.client, command, step.shutdown).await;
        let code = exit_code(&error);
        self.exit_code = match self.exit_code {
            outcome::WRONG_INPUTS => outcome::WRONG_INPUTS,
            _ => code,
        };
        match alone(&error) {
            Some(Error::Refused { validation, .. }) if !validation.is_empty() => {
                step.reports.validation(validation);
                for result in validation {
                    let sentence = result.message.clone();
                    if result.is_error {
                        self.found.problem(sentence);
                    } else {
                        self.found.note(sentence);
                    }
                }
            }
            _ => {
                let sentence = format!("{error:#}");
                step.reports.error(&sentence);
                self.found.problem(sentence);
            }
        }
    }
}

/// The names of what is sent beside the source, by what they are the names of. Values may be private.
fn names(request: &RunRequest) -> [(&'static str, Vec<String>); 7] {
    let first = |pairs: &[(String, String)]| pairs.iter().map(|(name, _)| name.clone()).collect();
    let secret = request.secret_variables.iter();
    let parameters = request.template_parameters.iter();
    let resources = request.resources.0.keys();
    [
        ("variables", first(&request.variables)),
        (
            "secret variables",
            secret.map(|one| one.name.clone()).collect(),
        ),
        (
            "template parameters",
            parameters.map(|(name, _)| name.clone()).collect(),
        ),
        ("resources", resources.cloned().collect()),
        ("stages to skip", request.stages_to_skip.clone()),
        ("demands", request.demands.clone()),
        (
            "priority",
            request.priority.map(str::to_owned).into_iter().collect(),
        ),
    ]
}
