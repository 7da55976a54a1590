//! Drives the simulator through everything that it serves, and keeps what it answered.

use std::collections::BTreeSet;

use azure_pipelines_simulator::{Scenario, Simulator, TEST_TOKEN};
use serde_json::{Value, json};

use crate::http::{Http, Reply};
use crate::played::Played;
use crate::support::Shelf;

/// Runs in which everything happens that an answer can tell of.
const PIPELINES: &str = include_str!("pipelines.toml");

/// A request with its answer.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) accept: String,
    pub(crate) body: Option<Value>,
    pub(crate) reply: Reply,
}

/// A simulator of one product, asked in one api-version.
pub(crate) struct Drive<'a> {
    played: &'a Played,
    shelf: &'a Shelf,
    simulator: Simulator,
    http: Http,
    exchanges: Vec<Exchange>,
    /// What there is no route for.
    unserved: Vec<String>,
}

impl<'a> Drive<'a> {
    pub(crate) fn new(played: &'a Played, shelf: &'a Shelf) -> Self {
        let text = format!(
            "organization = \"{}\"\nproduct = \"{}\"\n{PIPELINES}",
            played.organization(),
            played.product
        );
        let scenario = Scenario::from_toml(&text).unwrap_or_else(|error| panic!("{error}"));
        let simulator = Simulator::start(scenario);
        let http = Http::new(&simulator.url(), TEST_TOKEN);
        Self {
            played,
            shelf,
            simulator,
            http,
            exchanges: Vec::new(),
            unserved: Vec::new(),
        }
    }

    /// All requests that succeed, in the order in which a client would send them.
    pub(crate) fn everything(mut self) -> Vec<Exchange> {
        self.organization();
        self.definitions();
        let builds = self.queue();
        for id in &builds[..5] {
            self.follow(*id);
        }
        self.cancel();
        self.runs();
        self.tags(builds[0]);
        self.lists(builds[0]);
        self.outputs(builds[0]);
        self.approvals(builds[0]);
        self.approve(builds[5]);
        self.retry_stage(builds[1]);
        self.retry_build(builds[2]);
        let mut problems = self.simulator.problems();
        problems.retain(|problem| !self.unserved.iter().any(|path| problem.ends_with(path)));
        assert_eq!(problems, Vec::<String>::new(), "{}", self.played.name());
        self.exchanges
    }

    fn organization(&mut self) {
        self.ask("OPTIONS", "_apis");
        self.ask("OPTIONS", "_apis/build");
        self.ask("GET", "_apis/ResourceAreas");
        self.try_send(
            "GET",
            "_apis/ResourceAreas/5d6898bb-45ec-463f-95f9-54d49c71752e",
            None,
        );
        self.ask("GET", "_apis/connectionData");
        self.ask("GET", "_apis/projects?stateFilter=all&%24top=5");
        self.ask("GET", "_apis/projects/Fabrikam?includeCapabilities=true");
        self.ask(
            "GET",
            "_apis/projects/4c1d0304-a209-464e-b614-7a0f593fe799?includeCapabilities=true",
        );
    }

    fn definitions(&mut self) {
        for query in [
            "",
            "?name=App%20CI",
            "?name=App*&%24top=1",
            "?path=%5Cteam&queryOrder=definitionNameDescending",
            "?definitionIds=12,13&queryOrder=definitionNameAscending",
            "?repositoryId=octo%2Fdemo&repositoryType=GitHub",
            "?name=nothing",
        ] {
            self.ask("GET", &format!("Fabrikam/_apis/build/definitions{query}"));
        }
        for id in [12, 13, 14] {
            self.ask("GET", &format!("Fabrikam/_apis/build/Definitions/{id}"));
        }
    }

    /// One run after the other: of the first pipeline one for each of its scripted runs.
    fn queue(&mut self) -> Vec<u64> {
        let mut full = json!({
            "definition": {"id": 12},
            "sourceBranch": "refs/heads/main",
            "sourceVersion": "1111111111111111111111111111111111111111",
            "parameters": "{\"who\":\"world\"}",
            "reason": "userCreated",
            "priority": "high",
        });
        if self.played.is_of_seven() {
            full["templateParameters"] = json!({"environment": "test"});
        }
        let plain = |id: u32| json!({"definition": {"id": id}});
        let bodies = [full, plain(12), plain(12), plain(12), plain(13), plain(15)];
        let queued = bodies.iter().map(|body| {
            let path = "Fabrikam/_apis/build/builds?ignoreWarnings=true";
            let reply = self.send("POST", path, "application/json", Some(body));
            reply.body["id"]
                .as_u64()
                .unwrap_or_else(|| panic!("{reply:?}"))
        });
        queued.collect()
    }

    /// The same by the Pipelines API, and what is asked for before.
    fn runs(&mut self) {
        let queues = "Fabrikam/_apis/distributedtask/queues";
        self.ask("GET", queues);
        self.ask("GET", &format!("{queues}?queueName=Azure%20Pipelines"));
        self.try_send("GET", "Fabrikam/_apis/build/generalsettings", None);
        let body = json!({
            "resources": {
                "repositories": {"self": {"refName": "refs/heads/main"}},
                "pipelines": {"base": {"version": "20260302.1"}},
            },
            "templateParameters": {"environment": "test"},
            "variables": {"who": {"value": "world", "isSecret": true}},
            "stagesToSkip": ["Guarded"],
        });
        let pipeline = "Fabrikam/_apis/pipelines/13";
        let preview = json!({"previewRun": true});
        self.try_send("POST", &format!("{pipeline}/preview"), Some(&preview));
        if self.played.version.starts_with('5') {
            // The service has had the area since 5.1; no document has.
            return;
        }
        let runs = format!("{pipeline}/runs");
        let Some(run) = self.try_send("POST", &runs, Some(&body)) else {
            return;
        };
        self.try_send("POST", &runs, Some(&preview));
        self.ask("GET", &runs);
        self.ask("GET", &format!("{runs}/{}", run.body["id"]));
    }

    /// Polls until the run is over.
    fn follow(&mut self, id: u64) {
        let build = format!("Fabrikam/_apis/build/builds/{id}");
        for _ in 0..40 {
            let reply = self.ask("GET", &build);
            let timeline = self.ask("GET", &format!("{build}/timeline"));
            if let Some(timeline) = timeline.body["id"].as_str() {
                self.ask("GET", &format!("{build}/Timeline/{timeline}"));
            }
            if reply.body["status"] == "completed" {
                break;
            }
        }
        let logs = self.ask("GET", &format!("{build}/logs"));
        for log in logs.body["value"].as_array().into_iter().flatten() {
            let path = format!("{build}/logs/{}", log["id"]);
            self.ask("GET", &path);
            self.send("GET", &path, "text/plain", None);
            self.send(
                "GET",
                &format!("{path}?startLine=2&endLine=3"),
                "text/plain",
                None,
            );
            self.ask("GET", &format!("{path}?startLine=100000"));
        }
    }

    fn cancel(&mut self) {
        let path = "Fabrikam/_apis/build/builds";
        let body = json!({"definition": {"id": 14}});
        let reply = self.send("POST", path, "application/json", Some(&body));
        let build = format!("{path}/{}", reply.body["id"]);
        for _ in 0..4 {
            self.ask("GET", &build);
        }
        self.console(&build);
        let body = json!({"status": "cancelling"});
        self.send("PATCH", &build, "application/json", Some(&body));
        for _ in 0..5 {
            self.ask("GET", &build);
            self.ask("GET", &format!("{build}/timeline"));
        }
    }

    /// The live lines of the task that runs.
    fn console(&mut self, build: &str) {
        let timeline = self.ask("GET", &format!("{build}/timeline")).body;
        let of = |kind: &str| {
            let mut records = timeline["records"].as_array().into_iter().flatten();
            let found =
                records.find(|record| record["type"] == kind && record["state"] == "inProgress");
            found
                .and_then(|record| record["id"].as_str())
                .unwrap_or("none")
                .to_owned()
        };
        let plan = timeline["id"].as_str().expect("a timeline");
        let (job, task) = (of("Job"), of("Task"));
        let path = format!(
            "Fabrikam/_apis/distributedtask/hubs/build/plans/{plan}/timelines/{plan}/records/{job}/feed?stepId={task}"
        );
        self.try_send("GET", &path, None);
    }

    fn tags(&mut self, build: u64) {
        let tags = format!("Fabrikam/_apis/build/builds/{build}/tags");
        self.ask("GET", &tags);
        self.ask("PUT", &format!("{tags}/one"));
        self.send(
            "POST",
            &tags,
            "application/json",
            Some(&json!(["two", "three"])),
        );
        let changes = json!({"tagsToAdd": ["four"], "tagsToRemove": ["two"]});
        self.try_send("PATCH", &tags, Some(&changes));
        self.ask("DELETE", &format!("{tags}/three"));
        self.ask("GET", &tags);
    }

    fn lists(&mut self, build: u64) {
        for query in [
            String::new(),
            "?definitions=12,13&%24top=2".to_owned(),
            format!("?buildIds={build}"),
            "?statusFilter=completed&resultFilter=failed&reasonFilter=manual".to_owned(),
            "?queryOrder=queueTimeDescending&branchName=refs%2Fheads%2Fmain".to_owned(),
            "?queryOrder=finishTimeAscending&minTime=2026-03-02T08:27:00Z&maxTime=2027-01-01T00:00:00Z".to_owned(),
            "?tagFilters=one&requestedFor=user1%40example.com".to_owned(),
        ] {
            self.ask("GET", &format!("Fabrikam/_apis/build/builds{query}"));
        }
        let first = self.ask(
            "GET",
            "Fabrikam/_apis/build/builds?%24top=1&queryOrder=queueTimeDescending",
        );
        let token = first
            .headers
            .get("x-ms-continuationtoken")
            .expect("there are more")
            .clone();
        self.ask(
            "GET",
            &format!("Fabrikam/_apis/build/builds?%24top=1&queryOrder=queueTimeDescending&continuationToken={token}"),
        );
    }

    fn outputs(&mut self, build: u64) {
        let artifacts = format!("Fabrikam/_apis/build/builds/{build}/artifacts");
        self.try_send("GET", &artifacts, None);
        self.try_send("GET", &format!("{artifacts}?artifactName=drop"), None);
        self.try_send(
            "GET",
            "Fabrikam/_apis/build/latest/12?branchName=refs%2Fheads%2Fmain",
            None,
        );
        self.try_send("GET", "Fabrikam/_apis/build/tags", None);
        let uri = format!("vstfs%3A%2F%2F%2FBuild%2FBuild%2F{build}");
        let runs =
            format!("Fabrikam/_apis/test/runs?buildUri={uri}&includeRunDetails=true&%24top=10");
        let found = self.try_send("GET", &runs, None);
        if let Some(run) = found.and_then(|found| found.body["value"][0]["id"].as_u64()) {
            let run = format!("Fabrikam/_apis/test/Runs/{run}");
            self.try_send("GET", &run, None);
            self.try_send(
                "GET",
                &format!("{run}/results?outcomes=Failed&%24top=10"),
                None,
            );
        }
        let results = "Fabrikam/_apis/testresults";
        self.try_send(
            "GET",
            &format!("{results}/resultsummarybybuild?buildId={build}"),
            None,
        );
        self.try_send(
            "GET",
            &format!("{results}/resultsbybuild?buildId={build}&outcomes=Failed"),
            None,
        );
    }

    /// The approvals of a build by the ids of their records.
    fn approvals(&mut self, build: u64) {
        let records = self.records(&format!("Fabrikam/_apis/build/builds/{build}"));
        let approvals = "Fabrikam/_apis/pipelines/approvals";
        let is_approval = |record: &&Value| record["type"] == "Checkpoint.Approval";
        for record in records.iter().filter(is_approval) {
            let id = record["id"].as_str().expect("an id");
            self.try_send(
                "GET",
                &format!("{approvals}?approvalIds={id}&%24expand=steps"),
                None,
            );
            self.try_send("GET", &format!("{approvals}/{id}"), None);
        }
    }

    /// Lets a stage go that waits for an approval for ever.
    fn approve(&mut self, build: u64) {
        let build = format!("Fabrikam/_apis/build/builds/{build}");
        let records = self.records(&build);
        let mut approvals = records.iter();
        let approval = approvals
            .find(|record| record["type"] == "Checkpoint.Approval")
            .expect("an approval");
        let body = json!([{"approvalId": approval["id"], "status": "approved", "comment": "go"}]);
        self.try_send("PATCH", "Fabrikam/_apis/pipelines/approvals", Some(&body));
        for _ in 0..4 {
            self.ask("GET", &build);
            self.ask("GET", &format!("{build}/timeline"));
        }
    }

    /// A stage of a completed build once more.
    fn retry_stage(&mut self, build: u64) {
        let build = format!("Fabrikam/_apis/build/builds/{build}");
        let records = self.records(&build);
        let failed = records
            .iter()
            .find(|record| record["type"] == "Stage" && record["result"] == "failed");
        let stage = failed
            .and_then(|stage| stage["identifier"].as_str())
            .unwrap_or("Test");
        let mut body = json!({"state": "retry"});
        if self.played.is_of_seven() {
            body["forceRetryAllJobs"] = json!(false);
        }
        self.try_send("PATCH", &format!("{build}/stages/{stage}"), Some(&body));
        for _ in 0..8 {
            self.ask("GET", &build);
            self.ask("GET", &format!("{build}/timeline"));
        }
        self.earlier_attempts(&build);
    }

    /// All that failed in a completed build once more.
    fn retry_build(&mut self, build: u64) {
        let build = format!("Fabrikam/_apis/build/builds/{build}");
        let retry = format!("{build}?retry=true");
        let answer = self.try_send("PATCH", &retry, None);
        // Products that have heard of it in other ways want an object; the service wants nothing.
        if answer.is_some_and(|answer| answer.status == 400) {
            self.exchanges.pop();
            self.try_send("PATCH", &retry, Some(&json!({})));
        }
        self.earlier_attempts(&build);
    }

    /// The timelines to which a retry has moved the old records.
    fn earlier_attempts(&mut self, build: &str) {
        let records = self.records(build);
        let attempts = records
            .iter()
            .filter_map(|record| record["previousAttempts"].as_array())
            .flatten();
        let ids: BTreeSet<&str> = attempts
            .filter_map(|attempt| attempt["timelineId"].as_str())
            .collect();
        for id in ids {
            self.ask("GET", &format!("{build}/timeline/{id}"));
        }
    }

    /// Those of the timeline as it is now.
    fn records(&mut self, build: &str) -> Vec<Value> {
        let timeline = self.ask("GET", &format!("{build}/timeline")).body;
        timeline["records"].as_array().cloned().unwrap_or_default()
    }

    /// Sends a request that the version, or the simulator, may have no route for.
    fn try_send(&mut self, method: &str, path: &str, body: Option<&Value>) -> Option<Reply> {
        let reply = self.send(method, path, "application/json", body);
        let is_text = reply.header("content-type").starts_with("text/plain");
        if reply.status == 404 && is_text {
            self.exchanges.pop();
            let path = path.split('?').next().unwrap_or_default();
            self.unserved
                .push(format!("/{}/{path}", self.played.organization()));
            return None;
        }
        Some(reply)
    }

    fn ask(&mut self, method: &str, path: &str) -> Reply {
        self.send(method, path, "application/json", None)
    }

    /// Sends a request below the organization in the version that its document wants.
    fn send(&mut self, method: &str, path: &str, accept: &str, body: Option<&Value>) -> Reply {
        let path = format!("/{}/{path}", self.played.organization());
        let version = self.version(method, &path);
        let joint = if path.contains('?') { '&' } else { '?' };
        let path = match version {
            Some(version) => format!("{path}{joint}api-version={version}"),
            None => path,
        };
        let reply = self.http.send(method, &path, accept, body);
        self.exchanges.push(Exchange {
            method: method.to_owned(),
            path,
            accept: accept.to_owned(),
            body: body.cloned(),
            reply: reply.clone(),
        });
        reply
    }

    fn version(&self, method: &str, path: &str) -> Option<String> {
        if method == "OPTIONS" {
            return None;
        }
        let number = self.played.version;
        let judge = self.shelf.judge(self.played.organization(), method, path);
        let described = judge
            .and_then(|judge| judge.operation(method, path)?.version().map(str::to_owned))
            .filter(|version| version.starts_with(number))
            // Released with 7.1; the document of 7.0 does not say that it was a preview then.
            .filter(|version| !(version == "7.0" && path.contains("/pipelines/approvals")));
        Some(described.unwrap_or_else(|| {
            // Never released, or described for other versions only.
            let unreleased = [
                "connectionData",
                "ResourceAreas",
                "/testresults/",
                "/pipelines/approvals",
            ];
            let is_preview = unreleased.iter().any(|part| path.contains(part))
                || number == "7.2"
                || path.contains("/queues") && number != "7.1"
                || path.ends_with("/preview") && !number.starts_with('7');
            if is_preview {
                format!("{number}-preview.1")
            } else {
                number.to_owned()
            }
        }))
    }
}
