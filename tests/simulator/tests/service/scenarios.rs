//! Every scenario that comes with the crate is played to its end, or to where it rests.

use std::fs;
use std::path::Path;

use azure_pipelines_simulator::{Scenario, Simulator};
use serde_json::{Value, json};

use crate::http::{Answer, credentials, send};

/// A client that gets over faults, below the project of one scenario.
struct Player {
    simulator: Simulator,
    version: &'static str,
    pipeline: u64,
}

/// What is done beside following.
type Hand = fn(&Player);

const ENDS: [(&str, &str, Hand); 25] = [
    ("agent-deprovisioned", "failed", watch),
    ("agent-disconnected", "canceled", watch),
    ("agent-stopped-hearing", "failed", watch),
    ("approval", "succeeded", watch),
    ("approval-by-call", "succeeded", approve),
    ("artifacts-and-tests", "failed", watch),
    ("body-cut", "succeeded", watch),
    ("body-dripped", "succeeded", watch),
    ("body-stalled", "succeeded", watch),
    ("console-feed", "succeeded", watch),
    ("demands-unmet", "failed", watch),
    ("demands-unmet-waiting", "notStarted", watch),
    ("hello", "succeeded", watch),
    ("job-rerun-by-service", "succeeded", watch),
    ("job-timeout", "canceled", watch),
    ("late-log", "succeeded", watch),
    ("log-pages", "succeeded", watch),
    ("no-parallelism", "failed", watch),
    ("parallel-jobs", "failed", watch),
    ("parallel-slots", "succeeded", queue_another),
    ("paused-definition", "notStarted", watch),
    ("server-2019", "succeeded", watch),
    ("stage-retry", "succeeded", retry),
    ("throttling", "succeeded", watch),
    ("worker-killed", "failed", watch),
];

fn watch(_: &Player) {}

fn queue_another(player: &Player) {
    player.queue();
}

fn approve(player: &Player) {
    player.follow(1);
    let timeline = player.timeline("");
    let approval = find(&timeline, "Checkpoint.Approval", "Checkpoint.Approval");
    let body = json!([{"approvalId": approval["id"], "status": "approved"}]);
    assert_eq!(
        player
            .ask("PATCH", "pipelines/approvals", &body.to_string())
            .status,
        200
    );
}

fn retry(player: &Player) {
    assert_eq!(player.follow(1), "failed");
    let body = r#"{"state": "retry"}"#;
    assert_eq!(
        player
            .ask("PATCH", "build/builds/1/stages/Test", body)
            .status,
        200
    );
}

fn find<'a>(timeline: &'a Value, kind: &str, name: &str) -> &'a Value {
    let mut records = timeline["records"].as_array().unwrap().iter();
    let found = records.find(|record| record["type"] == kind && record["name"] == name);
    found.unwrap()
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

impl Player {
    fn of(name: &str) -> Self {
        let text = fs::read_to_string(folder().join(format!("{name}.toml"))).unwrap();
        let table: toml::Table = text.parse().unwrap();
        let is_old = table
            .get("product")
            .is_some_and(|product| product.as_str() == Some("server-2019"));
        Self {
            simulator: Simulator::start(Scenario::from_toml(&text).unwrap()),
            version: if is_old { "5.0" } else { "7.1" },
            pipeline: u64::try_from(table["pipeline"][0]["id"].as_integer().unwrap()).unwrap(),
        }
    }

    /// Asks until the answer is whole and good.
    fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        let project = self
            .simulator
            .project_url()
            .replace(&self.simulator.url(), "");
        let joint = if path.contains('?') { '&' } else { '?' };
        let target = format!("{project}/_apis/{path}{joint}api-version={}", self.version);
        for _ in 0..5 {
            let answer = send(&self.simulator, method, &target, &[credentials()], body);
            if let Some(answer) = answer.filter(|answer| answer.status < 300 && is_whole(answer)) {
                return answer;
            }
        }
        panic!("no answer to {method} {path}");
    }

    fn queue(&self) {
        let body = json!({
            "definition": {"id": self.pipeline},
            "templateParameters": {"environment": "test"},
        });
        self.ask("POST", "build/builds", &body.to_string());
    }

    /// Polls until the run has ended or nothing has happened for long; answers its result or its status.
    fn follow(&self, id: u32) -> String {
        let mut build = Value::Null;
        for _ in 0..400 {
            build = self.ask("GET", &format!("build/builds/{id}"), "").json();
            if build["status"] == "completed" {
                break;
            }
        }
        let end = build.get("result").unwrap_or(&build["status"]);
        end.as_str().unwrap().to_owned()
    }

    fn timeline(&self, id: &str) -> Value {
        let answer = self.ask("GET", &format!("build/builds/1/timeline{id}"), "");
        if answer.status == 204 {
            json!({"records": []})
        } else {
            answer.json()
        }
    }
}

fn is_whole(answer: &Answer) -> bool {
    let promised = answer
        .header("content-length")
        .and_then(|length| length.parse().ok());
    promised.is_none_or(|promised: usize| promised == answer.body.len())
}

fn check_records(player: &Player, name: &str) {
    let timeline = player.timeline("");
    let records = timeline["records"].as_array().unwrap();
    let by_id = |id: &Value| records.iter().find(|record| record["id"] == *id);
    for record in records {
        let context = format!("{name}: {record}");
        let same = records.iter().filter(|other| other["id"] == record["id"]);
        assert_eq!(same.count(), 1, "{context}");
        let (start, finish) = (record["startTime"].as_str(), record["finishTime"].as_str());
        let is_over = record["state"] == "completed";
        assert_eq!(is_over, !record["result"].is_null(), "{context}");
        assert_eq!(is_over, finish.is_some(), "{context}");
        if let (Some(start), Some(finish)) = (start, finish) {
            assert!(instant(start) <= instant(finish), "{context}");
        }
        if record["type"] == "Stage" {
            assert!(record["parentId"].is_null(), "{context}");
        } else {
            let parent =
                by_id(&record["parentId"]).unwrap_or_else(|| panic!("no parent: {context}"));
            // A phase may end before its job where an agent was lost.
            if let (Some(of_parent), Some(own), false) = (
                parent["finishTime"].as_str(),
                finish,
                parent["type"] == "Phase",
            ) {
                assert!(instant(own) <= instant(of_parent), "{context}");
            }
        }
        for previous in record["previousAttempts"].as_array().unwrap() {
            let id = previous["timelineId"].as_str().unwrap();
            let old = player.timeline(&format!("/{id}"));
            let old = old["records"].as_array().unwrap();
            assert!(
                old.iter().any(|old| old["id"] == previous["recordId"]),
                "{context}"
            );
        }
    }
}

/// Times with fewer digits compare wrongly as text.
fn instant(text: &str) -> chrono::DateTime<chrono::FixedOffset> {
    chrono::DateTime::parse_from_rfc3339(text).unwrap()
}

/// Every log of a record is listed, and every listed one can be read as far as it says.
fn check_logs(player: &Player, name: &str) {
    let listed = player.ask("GET", "build/builds/1/logs", "").json();
    let listed = listed["value"].as_array().unwrap();
    for item in listed {
        let log = player
            .ask("GET", &format!("build/builds/1/logs/{}", item["id"]), "")
            .json();
        assert_eq!(log["count"], item["lineCount"], "{name}: {item}");
    }
    let timeline = player.timeline("");
    for record in timeline["records"].as_array().unwrap() {
        let id = &record["log"]["id"];
        assert!(
            id.is_null() || listed.iter().any(|item| item["id"] == *id),
            "{name}: {record}"
        );
    }
}

#[test]
fn every_scenario_ends_as_it_says() {
    for (name, end, hand) in ENDS {
        let player = Player::of(name);
        player.queue();
        hand(&player);
        assert_eq!(player.follow(1), end, "{name}");
        for _ in 0..5 {
            player.ask("GET", "build/builds/1", "");
        }
        check_records(&player, name);
        check_logs(&player, name);
        assert_eq!(player.simulator.problems(), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn every_scenario_is_played_and_says_what_it_plays() {
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let comment: String = text
            .lines()
            .take_while(|line| line.starts_with('#'))
            .collect();
        let says_where = [
            "Documented:",
            "Seen in:",
            "Source:",
            "nothing of the vendor's describes it",
        ];
        assert!(
            says_where.iter().any(|words| comment.contains(words)),
            "{}",
            path.display()
        );
        names.push(path.file_stem().unwrap().to_str().unwrap().to_owned());
    }
    names.sort();
    assert_eq!(names, ENDS.map(|(name, _, _)| name));
}

#[test]
fn the_readme_shows_keys_that_exist() {
    let readme = fs::read_to_string(folder().with_file_name("README.md")).unwrap();
    let blocks = readme.split("```toml\n").skip(1);
    let blocks = blocks.map(|rest| rest.split("```").next().unwrap());
    let text: String = blocks.collect();
    Scenario::from_toml(&text).unwrap();
}
