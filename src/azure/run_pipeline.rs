//! The Pipelines API: starting a run, and expanding the YAML without one.

use reqwest::Method;
use serde_json::Value;

use super::lenient::time;
use super::{Ability, Area, Client, Error, Request, RunRequest, ability};
use crate::build::{Build, BuildId, BuildStatus};

impl Client {
    /// The YAML that the run would consist of, with all its templates. Nothing is started: the
    /// address that is asked cannot do so.
    ///
    /// REST: Preview - Preview.
    pub async fn preview(&self, run: &RunRequest) -> Result<String, Error> {
        self.needs(ability::PREVIEW)?;
        let mut body = run.as_run();
        body["previewRun"] = true.into();
        let answer = self.ask_pipeline(run.pipeline, "preview", &body, ability::PREVIEW);
        let answer = answer.await?;
        let yaml = answer["finalYaml"].as_str().map(str::to_owned);
        yaml.ok_or_else(|| unreadable(run.pipeline, "preview", "it has no `finalYaml`"))
    }

    /// Puts a run into the queue. What is told of it is less than the Build API tells: whether it has
    /// started is not known, nor are its tags.
    ///
    /// REST: Runs - Run Pipeline.
    pub(super) async fn run_pipeline(&self, run: &RunRequest) -> Result<Build, Error> {
        let body = run.as_run();
        let ability = ability::RESOURCES;
        let answer = self.ask_pipeline(run.pipeline, "runs", &body, ability);
        let answer = answer.await?;
        let id = answer["id"].as_u64().filter(|id| *id > 0).map(BuildId);
        let id = id.ok_or_else(|| unreadable(run.pipeline, "runs", "it has no `id`"))?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let own = &answer["resources"]["repositories"]["self"];
        Ok(Build {
            id,
            number: text(&answer["name"]).unwrap_or_else(|| id.to_string()),
            status: BuildStatus::NotStarted,
            result: None,
            pipeline: text(&answer["pipeline"]["name"]).unwrap_or_default(),
            source_branch: text(&own["refName"]),
            source_version: text(&own["version"]),
            queued: time(&answer["createdDate"]),
            started: None,
            finished: None,
            queue_position: None,
            last_changed_by: None,
            plan: None,
            validation: Vec::new(),
            page: self.address().run_page(id),
        })
    }

    async fn ask_pipeline(
        &self,
        pipeline: u64,
        what: &str,
        body: &Value,
        ability: Ability,
    ) -> Result<Value, Error> {
        let pipeline = pipeline.to_string();
        let segments = ["pipelines", &pipeline, what];
        let request = Request::write(Method::POST, &segments, body)
            .below(Area::Project)
            .needing(ability);
        self.json(&request).await
    }
}

fn unreadable(pipeline: u64, what: &str, reason: &str) -> Error {
    Error::Decode {
        request: format!("POST pipelines/{pipeline}/{what}"),
        reason: reason.to_owned(),
    }
}
