//! Runs: queue, find, get, cancel, retry, timeline.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::wire::{WireBuild, WireList, WireTimeline};
use super::{Api, Client, Error, Request, RunRequest, Time, ability};
use crate::build::{Build, BuildId, Record, Timeline};

/// A cancel request has to fit into what the runner leaves: 7.5 s from the first signal.
const CANCEL_TIME: Duration = Duration::from_secs(4);

/// Which runs are looked for; the latest come first.
#[derive(Debug, Clone, Copy)]
pub struct RunQuery<'a> {
    /// The definition's id.
    pub pipeline: u64,
    /// The full ref.
    pub source_branch: Option<&'a str>,
    /// By the service's clock.
    pub queued_since: Option<DateTime<Utc>>,
    /// One tag.
    pub tag: Option<&'a str>,
}

/// A run that was looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundRun {
    /// The run.
    pub build: Build,
    /// The definition's id.
    pub pipeline: Option<u64>,
    /// Its tags.
    pub tags: Vec<String>,
    /// The id of the identity that it was queued for.
    pub requested_for: Option<String>,
    /// The JSON text with the variables that it was queued with.
    pub variables: Option<String>,
    /// The template parameters as the service tells them, what is no text as JSON; nothing where its
    /// version does not know them.
    pub template_parameters: Option<Vec<(String, String)>>,
}

impl Client {
    /// The part of the service that can carry the request; an error where none can, or the server is
    /// too old for it.
    pub fn api_for(&self, run: &RunRequest) -> Result<Api, Error> {
        let is_secret_at_stake = run.has_secret_at_stake();
        let has_parameters = !run.template_parameters.is_empty();
        if let Some(input) = run.only_for_builds() {
            if is_secret_at_stake {
                return Err(Error::SecretAtStake { input });
            }
            if has_parameters {
                // Older models drop them without a word.
                self.needs(ability::BUILD_TEMPLATE_PARAMETERS)?;
            }
            return Ok(Api::Build);
        }
        // Those that the pipeline itself keeps secret can go either way, and rather by the one that says so.
        let has_secret = !run.secret_variables.is_empty();
        let is_secret_at_stake =
            is_secret_at_stake || has_secret && self.can(ability::SECRET_VARIABLES);
        let needed = [
            (!run.stages_to_skip.is_empty(), ability::STAGES_TO_SKIP),
            (!run.resources.0.is_empty(), ability::RESOURCES),
            (is_secret_at_stake, ability::SECRET_VARIABLES),
            (
                has_parameters && !self.can(ability::BUILD_TEMPLATE_PARAMETERS),
                ability::TEMPLATE_PARAMETERS,
            ),
        ];
        let mut needed = needed.iter().filter(|(is_needed, _)| *is_needed).peekable();
        if needed.peek().is_none() {
            return Ok(Api::Build);
        }
        needed.try_for_each(|(_, ability)| self.needs(*ability))?;
        Ok(Api::Pipelines)
    }

    /// Puts a run into the queue. Not to be sent twice: an answer that is lost may belong to a run
    /// that exists. Warnings do not prevent the run and come back with it. Gives the run and its tags,
    /// as far as they are known.
    ///
    /// REST: Builds - Queue, or Runs - Run Pipeline for what only that carries.
    pub async fn queue(&self, run: &RunRequest) -> Result<(Build, Vec<String>), Error> {
        if self.api_for(run)? == Api::Pipelines {
            return Ok((self.run_pipeline(run).await?, Vec::new()));
        }
        let body = run.as_build();
        let request =
            Request::write(Method::POST, &["builds"], &body).query(&[("ignoreWarnings", "true")]);
        let mut wire: WireBuild = self.json(&request).await?;
        let tags = std::mem::take(&mut wire.tags);
        Ok((self.build(wire), tags))
    }

    /// The runs that `query` describes, as far as they fit on one page of a thousand.
    ///
    /// REST: Builds - List.
    pub async fn find_runs(&self, query: &RunQuery<'_>) -> Result<Vec<FoundRun>, Error> {
        let pipeline = query.pipeline.to_string();
        let since = query
            .queued_since
            .map(|since| since.to_rfc3339_opts(SecondsFormat::Secs, true));
        let optional = [
            ("branchName", query.source_branch),
            ("minTime", since.as_deref()),
            ("tagFilters", query.tag),
        ];
        let fixed = [
            ("definitions", pipeline.as_str()),
            // It says which time `minTime` means, too.
            ("queryOrder", "queueTimeDescending"),
            ("$top", "1000"),
        ];
        let given = optional
            .iter()
            .filter_map(|(name, value)| Some((*name, (*value)?)));
        let query: Vec<(&str, &str)> = fixed.into_iter().chain(given).collect();
        let list: WireList<WireBuild> = self.json(&Request::get(&["builds"]).query(&query)).await?;
        let tells_parameters = self.can(ability::BUILD_TEMPLATE_PARAMETERS);
        let found = list.value.into_iter().map(|wire| {
            let page = self.address().run_page(BuildId(wire.id));
            let found = wire.into_found(page);
            FoundRun {
                template_parameters: found.template_parameters.filter(|_| tells_parameters),
                ..found
            }
        });
        Ok(found.collect())
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
            time: Time::Limited(CANCEL_TIME),
            ..Request::write(Method::PATCH, &segments, &body)
        };
        self.send(&request).await.map(drop)
    }

    /// Starts what failed in a stage again, in the same run. Not to be sent twice before the run was
    /// looked at.
    ///
    /// REST: Stages - Update; not in Server 2019.
    pub async fn retry_stage(&self, id: BuildId, stage: &str) -> Result<(), Error> {
        self.needs(ability::STAGE_RETRY)?;
        let id = id.to_string();
        let segments = ["builds", &id, "stages", stage];
        let body = json!({ "state": "retry", "forceRetryAllJobs": false });
        let request = Request::write(Method::PATCH, &segments, &body).needing(ability::STAGE_RETRY);
        self.send(&request).await.map(drop)
    }

    /// Starts everything that failed or was canceled in a run again, in the same run. Not to be sent
    /// twice before the run was looked at.
    ///
    /// REST: Builds - Update Build, `retry`. The body, which is documented as required, has to be
    /// empty on the service, and an object before api-version 7.0.
    pub async fn retry_build(&self, id: BuildId) -> Result<(), Error> {
        let id = id.to_string();
        let segments = ["builds", &id];
        let object = json!({});
        let request = Request {
            method: Method::PATCH,
            body: (!self.can(ability::RETRY_WITHOUT_BODY)).then_some(&object),
            ..Request::get(&segments).query(&[("retry", "true")])
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
