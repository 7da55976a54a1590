//! Runs as they are listed and shown: for tables, and whole.

use serde_json::{Map, Value};

use super::lenient::time;
use super::{ApiVersion, Client, Error, Request, run_model, version};
use crate::build::{BuildId, ListedRun};

/// The api-version in which the vendor's command line asks for runs: every server has it, and its
/// answers have all fields that are written.
pub(super) const VERSION: ApiVersion = version::OLDEST;

/// A run, described by the service.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribedRun {
    /// What a table shows.
    pub run: ListedRun,
    /// All of it, as `az pipelines runs show --output json` writes it, and `webUrl`: its page.
    pub json: Value,
}

impl Client {
    /// The run as it is now.
    ///
    /// REST: Builds - Get.
    pub async fn describe_run(&self, id: BuildId) -> Result<DescribedRun, Error> {
        let segments = ["builds", &id.to_string()];
        let request = Request {
            version: Some(VERSION),
            ..Request::get(&segments)
        };
        let answer: Map<String, Value> = self.json(&request).await?;
        Ok(self.described(answer.into()))
    }

    /// A run from an answer, which is an object.
    pub(super) fn described(&self, answer: Value) -> DescribedRun {
        let id = BuildId(answer["id"].as_u64().unwrap_or_default());
        let page = self.address().run_page(id);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let run = ListedRun {
            id,
            number: text(&answer["buildNumber"]).unwrap_or_default(),
            status: text(&answer["status"]).unwrap_or_default(),
            result: text(&answer["result"]),
            pipeline_id: answer["definition"]["id"].as_u64(),
            pipeline: text(&answer["definition"]["name"]).unwrap_or_default(),
            source_branch: text(&answer["sourceBranch"]),
            reason: text(&answer["reason"]).unwrap_or_default(),
            queued: time(&answer["queueTime"]),
            started: time(&answer["startTime"]),
            finished: time(&answer["finishTime"]),
            page,
        };
        let mut json = run_model::run(answer);
        json["webUrl"] = run.page.url().as_str().into();
        DescribedRun { run, json }
    }
}
