//! Runs: queue, get, cancel, timeline.

use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::wire::{WireBuild, WireTimeline};
use super::{CANCEL_TIME, Client, Error, Request};
use crate::build::{Build, BuildId, Record, Timeline};

/// What is queued.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunRequest {
    /// The definition's id.
    pub pipeline: u64,
    /// The full ref; nothing for the pipeline's default branch.
    pub source_branch: Option<String>,
    /// The commit; nothing for the tip of the branch.
    pub source_version: Option<String>,
    /// Variables set for this run; each must be settable at queue time.
    pub variables: Vec<(String, String)>,
    /// Runtime parameters of the YAML.
    pub template_parameters: Vec<(String, String)>,
}

impl RunRequest {
    fn body(&self) -> Value {
        let mut body = Map::new();
        body.insert("definition".into(), json!({ "id": self.pipeline }));
        if let Some(branch) = &self.source_branch {
            body.insert("sourceBranch".into(), branch.as_str().into());
        }
        if let Some(version) = &self.source_version {
            body.insert("sourceVersion".into(), version.as_str().into());
        }
        if !self.variables.is_empty() {
            // A string that holds JSON, not JSON ("Builds - Queue", `parameters`).
            body.insert(
                "parameters".into(),
                strings(&self.variables).to_string().into(),
            );
        }
        if !self.template_parameters.is_empty() {
            body.insert(
                "templateParameters".into(),
                strings(&self.template_parameters),
            );
        }
        body.into()
    }
}

fn strings(pairs: &[(String, String)]) -> Value {
    let object: Map<String, Value> = pairs
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().into()))
        .collect();
    object.into()
}

impl Client {
    /// Puts a run into the queue. Not to be sent twice: an answer that is lost may belong to a run
    /// that exists. Warnings do not prevent the run and come back with it.
    ///
    /// REST: Builds - Queue.
    pub async fn queue(&self, run: &RunRequest) -> Result<Build, Error> {
        if !run.template_parameters.is_empty() && !self.is_at_least(7, 0) {
            // It would ignore them, and build something else than was asked for.
            let version = self.api_version.borrow().clone();
            return Err(Error::TooOld { version });
        }
        let body = run.body();
        let request =
            Request::write(Method::POST, &["builds"], &body).query(&[("ignoreWarnings", "true")]);
        Ok(self.build(self.json(&request).await?))
    }

    /// The run as it is now.
    ///
    /// REST: Builds - Get.
    pub async fn get_build(&self, id: BuildId) -> Result<Build, Error> {
        let segments = ["builds", &id.to_string()];
        Ok(self.build(self.json(&Request::get(&segments)).await?))
    }

    fn build(&self, wire: WireBuild) -> Build {
        let page = self.address().run_page(BuildId(wire.id));
        wire.into_build(page)
    }

    /// Asks the service to cancel the run, within a few seconds.
    ///
    /// REST: Builds - Update Build.
    pub async fn cancel(&self, id: BuildId) -> Result<(), Error> {
        let id = id.to_string();
        let segments = ["builds", &id];
        let body = json!({ "status": "cancelling" });
        let request = Request {
            time: Some(CANCEL_TIME),
            ..Request::write(Method::PATCH, &segments, &body)
        };
        self.send(&request).await.map(drop)
    }

    /// All records of the run as they are now; none while it has not started. Always the whole
    /// timeline: asking for what changed since a `changeId` misses the final states, because the
    /// service closes stages and lost jobs without raising it.
    ///
    /// REST: Timeline - Get.
    pub async fn get_timeline(&self, id: BuildId) -> Result<Timeline, Error> {
        self.timeline(&["builds", &id.to_string(), "timeline"])
            .await
    }

    /// The records of earlier attempts, by the id of their timeline; none where the service does not
    /// keep them.
    ///
    /// REST: Timeline - Get.
    pub async fn get_earlier_timeline(
        &self,
        id: BuildId,
        timeline: &str,
    ) -> Result<Timeline, Error> {
        self.timeline(&["builds", &id.to_string(), "timeline", timeline])
            .await
    }

    async fn timeline(&self, segments: &[&str]) -> Result<Timeline, Error> {
        let request = Request::get(segments);
        let response = match self.send(&request).await {
            // While nothing has been planned, the answer is empty, or that there is no timeline.
            Err(Error::NotFound { type_key, .. }) if type_key == "TimelineNotFoundException" => {
                return Ok(Timeline::default());
            }
            answer => answer?,
        };
        if response.status() == StatusCode::NO_CONTENT {
            return Ok(Timeline::default());
        }
        let timeline: Option<WireTimeline> = self.decode(&request, response).await?;
        let Some(timeline) = timeline else {
            return Ok(Timeline::default());
        };
        let records = timeline.records.into_iter().map(Record::from).collect();
        Ok(Timeline::new(records).with_id(timeline.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_sent_that_was_not_asked_for() {
        let run = RunRequest {
            pipeline: 12,
            ..RunRequest::default()
        };
        assert_eq!(run.body(), json!({"definition": {"id": 12}}));
    }

    #[test]
    fn variables_travel_as_a_string_of_json() {
        let run = RunRequest {
            pipeline: 12,
            source_branch: Some("refs/heads/main".into()),
            source_version: Some("1".repeat(40)),
            variables: vec![("who".into(), "a \"b\"".into())],
            template_parameters: vec![("environment".into(), "test".into())],
        };
        assert_eq!(
            run.body(),
            json!({
                "definition": {"id": 12},
                "sourceBranch": "refs/heads/main",
                "sourceVersion": "1".repeat(40),
                "parameters": "{\"who\":\"a \\\"b\\\"\"}",
                "templateParameters": {"environment": "test"},
            })
        );
    }
}
