//! Recorded answers, replayed to the action's client: does it read in them what they say?

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use documents::recording::Interaction;
use run_azure_pipeline::azure::{
    Client, Credential, Error, PipelineName, ProjectAddress, QueueStatus, RunRequest,
};
use run_azure_pipeline::build::{
    Build, BuildId, BuildResult, BuildStatus, IssueKind, JobRecords, Mishap, Record, RecordId,
    RecordResult, RunPage, Timeline, Waits,
};
use run_azure_pipeline::network::{Network, Settings};
use run_azure_pipeline::outcome::{Cause, Failure};
use run_azure_pipeline::secret::Secret;
use serde_json::Value;

use crate::replay::Replay;
use crate::support::{documents, interactions, tell};

#[test]
fn builds_are_read_as_recorded() {
    let documents = documents();
    let (mut answers, mut builds) = (0, BTreeSet::new());
    for (name, interaction) in interactions(&documents.recordings()) {
        let route = interaction.route();
        let Some((_, rest)) = route.split_once("/_apis/build/builds") else {
            continue;
        };
        let is_build = interaction.status == 200 && !rest.trim_start_matches('/').contains('/');
        if !is_build {
            continue;
        }
        answers += 1;
        let list = interaction.body["value"].as_array();
        let items = list.map_or_else(|| vec![interaction.body.clone()], Clone::clone);
        for item in items {
            let one = Interaction {
                body: item.clone(),
                ..interaction.clone()
            };
            let read = match (interaction.method.as_str(), list.is_some()) {
                ("POST", false) => ask(&one, |client| async move {
                    let queued = client.queue(&RunRequest::default()).await;
                    queued.map(|(build, _tags)| build)
                }),
                ("PATCH", false) => {
                    let cancelled = ask(
                        &one,
                        |client| async move { client.cancel(BuildId(1)).await },
                    );
                    cancelled.unwrap_or_else(|error| panic!("{name}: {error}"));
                    ask(
                        &one,
                        |client| async move { client.get_build(BuildId(1)).await },
                    )
                }
                _ => ask(
                    &one,
                    |client| async move { client.get_build(BuildId(1)).await },
                ),
            };
            let read = read.unwrap_or_else(|error| panic!("{name}: {error}"));
            same_build(name, &read, &item);
            builds.insert((name.to_owned(), read.id));
        }
    }
    assert!(builds.len() > 20, "{}", builds.len());
    tell(&format!(
        "{answers} recorded answers with builds replayed ({} builds)",
        builds.len()
    ));
}

fn same_build(name: &str, read: &Build, raw: &Value) {
    let text = |key: &str| raw[key].as_str();
    // The service spells the state of a build with two l; the action spells it as it does the result.
    let status = text("status").map(|status| status.replace("cancelling", "canceling"));
    assert_eq!(Some(read.id.0), raw["id"].as_u64(), "{name}");
    assert_eq!(Some(read.number.as_str()), text("buildNumber"), "{name}");
    assert_eq!(Some(read.status.as_str()), status.as_deref(), "{name}");
    assert_eq!(
        read.result.as_ref().map(BuildResult::as_str),
        text("result"),
        "{name}"
    );
    assert_eq!(
        Some(read.pipeline.as_str()),
        raw["definition"]["name"].as_str(),
        "{name}"
    );
    assert_eq!(
        read.source_branch.as_deref(),
        text("sourceBranch"),
        "{name}"
    );
    assert_eq!(
        read.source_version.as_deref(),
        text("sourceVersion"),
        "{name}"
    );
    assert_eq!(
        read.last_changed_by.as_deref(),
        raw["lastChangedBy"]["displayName"].as_str(),
        "{name}"
    );
    assert_eq!(read.queue_position, raw["queuePosition"].as_u64(), "{name}");
    assert_eq!(
        read.validation.len(),
        raw["validationResults"].as_array().map_or(0, Vec::len),
        "{name}"
    );
    for (time, key) in [
        (read.queued, "queueTime"),
        (read.started, "startTime"),
        (read.finished, "finishTime"),
    ] {
        assert_eq!(
            time.and_then(|time| time.timestamp_nanos_opt()),
            instant(text(key)),
            "{name} {key}"
        );
    }
}

/// Nanoseconds, by another way than the client's.
fn instant(text: Option<&str>) -> Option<i64> {
    let text = text?;
    let (seconds, fraction) = text
        .trim_end_matches('Z')
        .split_once('.')
        .unwrap_or((text.trim_end_matches('Z'), ""));
    let days: Vec<i64> = seconds
        .split(['-', 'T', ':'])
        .filter_map(|part| part.parse().ok())
        .collect();
    let [year, month, day, hour, minute, second] = days[..] else {
        panic!("{text}");
    };
    // Days from the civil calendar: years begin in March.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days =
        365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 719_469;
    let nanos: i64 = format!("{fraction:0<9}").parse().expect("digits");
    Some(((days * 24 + hour) * 60 + minute) * 60_000_000_000 + second * 1_000_000_000 + nanos)
}

#[test]
fn timelines_are_read_as_recorded() {
    let documents = documents();
    let (mut answers, mut records) = (0, 0);
    for (name, interaction) in interactions(&documents.recordings()) {
        if !interaction.route().contains("/timeline/") {
            continue;
        }
        answers += 1;
        let raw = interaction.body["records"].as_array().expect("records");
        let raw: BTreeMap<&str, &Value> = raw
            .iter()
            .map(|raw| (raw["id"].as_str().expect("an id"), raw))
            .collect();
        let timeline = timeline(interaction);
        let read = reachable(&timeline);
        let expected: BTreeSet<&str> = raw
            .keys()
            .copied()
            .filter(|id| is_below_a_stage(id, &raw))
            .collect();
        let found: BTreeSet<&str> = read.iter().map(|record| record.id.0.as_str()).collect();
        assert_eq!(found, expected, "{name}");
        if name.starts_with("timeline-full") {
            assert_eq!(
                (found.len(), raw.len()),
                (2750, 2750),
                "the tree holds every record"
            );
        }
        for record in read {
            same_record(name, record, raw[record.id.0.as_str()]);
            records += 1;
        }
    }
    assert!(answers >= 8, "{answers}");
    tell(&format!(
        "{answers} recorded timelines replayed ({records} records)"
    ));
}

#[test]
fn lost_agents_are_known_in_recorded_timelines() {
    let documents = documents();
    let mut lost = 0;
    for interaction in &documents.recording("timeline-agent-lost").interactions {
        let timeline = timeline(interaction);
        let (known, others): (Vec<_>, Vec<_>) = timeline
            .jobs()
            .into_iter()
            .filter(JobRecords::has_failed)
            .partition(|job| job.mishap() == Some(Mishap::AgentLost));
        assert!(!known.is_empty(), "{}", interaction.path);
        lost += known.len();
        // Where another job failed of its own, that has to be mended first.
        let failure = Failure::of(&build(Some(BuildResult::Failed)), &timeline);
        assert_eq!(failure.is_infrastructure, others.is_empty());
        assert_eq!(
            matches!(failure.cause, Cause::AgentLost(_)),
            others.is_empty(),
            "{failure:?}"
        );
    }
    tell(&format!(
        "{lost} recorded jobs are known to have lost their agents"
    ));
}

/// A run that is over with this result, or still goes.
fn build(result: Option<BuildResult>) -> Build {
    Build {
        id: BuildId(1),
        number: String::new(),
        status: match result {
            Some(_) => BuildStatus::Completed,
            None => BuildStatus::InProgress,
        },
        result,
        pipeline: String::new(),
        source_branch: None,
        source_version: None,
        queued: None,
        started: None,
        finished: None,
        queue_position: None,
        last_changed_by: None,
        plan: None,
        validation: Vec::new(),
        page: RunPage::new(run_azure_pipeline::untrusted::Link::literal("")),
    }
}

fn timeline(interaction: &Interaction) -> Timeline {
    let read = ask(interaction, |client| async move {
        client.get_timeline(BuildId(1)).await
    });
    read.unwrap_or_else(|error| panic!("{}: {error}", interaction.path))
}

/// Every record of the tree, from its stages down, and jobs that stand alone.
fn reachable(timeline: &Timeline) -> Vec<&Record> {
    let mut found = Vec::new();
    let mut open: Vec<&Record> = timeline.stages().collect();
    while let Some(record) = open.pop() {
        found.push(record);
        open.extend(timeline.children(record));
    }
    found
}

fn is_below_a_stage(id: &str, raw: &BTreeMap<&str, &Value>) -> bool {
    let Some(record) = raw.get(id) else {
        return false;
    };
    match record["parentId"].as_str() {
        Some(parent) => is_below_a_stage(parent, raw),
        None => record["type"] == "Stage",
    }
}

fn same_record(name: &str, read: &Record, raw: &Value) {
    let text = |key: &str| raw[key].as_str();
    let id = &read.id.0;
    assert_eq!(
        read.parent,
        text("parentId").map(|id| RecordId(id.to_owned())),
        "{name} {id}"
    );
    assert_eq!(Some(read.name.as_str()), text("name"), "{name} {id}");
    assert_eq!(Some(read.state.as_str()), text("state"), "{name} {id}");
    assert_eq!(
        read.result.as_ref().map(RecordResult::as_str),
        text("result"),
        "{name} {id}"
    );
    assert_eq!(
        Some(u64::from(read.attempt)),
        raw["attempt"].as_u64(),
        "{name} {id}"
    );
    assert_eq!(
        read.log.map(|log| log.0),
        raw["log"]["id"].as_u64(),
        "{name} {id}"
    );
    assert_eq!(
        read.order,
        raw["order"].as_i64().unwrap_or_default(),
        "{name} {id}"
    );
    assert_eq!(
        read.identifier.as_deref(),
        text("identifier").or(text("refName")),
        "{name} {id}"
    );
    let issues = raw["issues"].as_array().map_or(&[][..], Vec::as_slice);
    assert_eq!(read.issues.len(), issues.len(), "{name} {id}");
    for (read, raw) in read.issues.iter().zip(issues) {
        assert_eq!(
            read.kind == IssueKind::Error,
            raw["type"] == "error",
            "{name} {id}"
        );
        assert_eq!(
            Some(read.message.as_str()),
            raw["message"].as_str(),
            "{name} {id}"
        );
        let line = raw["data"]["logFileLineNumber"]
            .as_str()
            .and_then(|line| line.parse().ok());
        assert_eq!(read.log_line, line, "{name} {id}");
    }
    for (time, key) in [(read.started, "startTime"), (read.finished, "finishTime")] {
        assert_eq!(
            time.and_then(|time| time.timestamp_nanos_opt()),
            instant(text(key)),
            "{name} {id} {key}"
        );
    }
}

#[test]
fn definitions_are_read_as_recorded() {
    let documents = documents();
    let mut answers = 0;
    for (name, interaction) in interactions(&documents.recordings()) {
        let is_definition = interaction.route().contains("/_apis/build/definitions");
        if !is_definition || interaction.status != 200 {
            continue;
        }
        answers += 1;
        let Some(list) = interaction.body["value"].as_array() else {
            same_definition(name, interaction);
            continue;
        };
        let all = ask(interaction, |client| async move {
            client.pipeline_names().await
        });
        assert_eq!(all.expect(name).len(), list.len(), "{name}");
        for raw in list {
            let wanted = PipelineName::parse(raw["name"].as_str().expect("a name"));
            let found = ask(interaction, |client| async move {
                client.find_pipelines(&wanted).await
            })
            .expect(name);
            let ids: Vec<u64> = found.iter().map(|(id, _)| *id).collect();
            let same = list.iter().filter(|other| other["name"] == raw["name"]);
            assert_eq!(
                ids,
                same.filter_map(|raw| raw["id"].as_u64())
                    .collect::<Vec<_>>(),
                "{name}"
            );
        }
    }
    assert!(answers > 5, "{answers}");
    tell(&format!(
        "{answers} recorded answers with definitions replayed"
    ));
}

fn same_definition(name: &str, interaction: &Interaction) {
    let raw = &interaction.body;
    let id = raw["id"].as_u64().expect("an id");
    let read = ask(interaction, |client| async move {
        client.get_pipeline(id).await
    })
    .expect(name);
    assert_eq!(read.id, id, "{name}");
    assert_eq!(Some(read.name.as_str()), raw["name"].as_str(), "{name}");
    assert_eq!(Some(read.folder.as_str()), raw["path"].as_str(), "{name}");
    assert_eq!(
        read.queue_status == QueueStatus::Enabled,
        raw["queueStatus"] == "enabled",
        "{name}"
    );
    let repository = read.repository.expect("a repository");
    assert_eq!(
        Some(repository.kind.as_str()),
        raw["repository"]["type"].as_str(),
        "{name}"
    );
    assert_eq!(
        Some(repository.name.as_str()),
        raw["repository"]["name"].as_str(),
        "{name}"
    );
    assert_eq!(
        repository.url.as_deref(),
        raw["repository"]["url"].as_str(),
        "{name}"
    );
}

#[test]
fn errors_are_told_apart_as_recorded() {
    let documents = documents();
    let (mut recorded, mut reported) = (0, 0);
    for (name, interaction) in interactions(&documents.recordings()) {
        if interaction.status >= 300 {
            check_error(name, interaction);
            recorded += 1;
        }
    }
    for interaction in documents.recording("examples-not-recorded").interactions {
        if interaction.status == 203 || interaction.status >= 300 {
            check_error("examples-not-recorded", &interaction);
            reported += 1;
        }
    }
    assert!(recorded >= 9 && reported >= 17, "{recorded} {reported}");
    tell(&format!(
        "{recorded} recorded and {reported} reported error answers replayed"
    ));
}

fn check_error(name: &str, interaction: &Interaction) {
    let answered = match interaction.method.as_str() {
        "POST" => ask(interaction, |client| async move {
            client.queue(&RunRequest::default()).await.map(drop)
        }),
        "PATCH" => ask(interaction, |client| async move {
            client.cancel(BuildId(1)).await
        }),
        _ => ask(interaction, |client| async move {
            client.get_build(BuildId(1)).await.map(drop)
        }),
    };
    let error = answered.expect_err(name);
    let expected = expected_kind(interaction);
    assert_eq!(
        kind(&error),
        expected,
        "{name} {} {}: {error}",
        interaction.method,
        interaction.path
    );
    // Where the service gives its reasons, they stand for the sentence that there are some.
    let results = &interaction.body["customProperties"]["ValidationResults"];
    let reasons: Vec<&str> = results
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|result| result["message"].as_str())
        .collect();
    let said = if reasons.is_empty() {
        interaction.body["message"].as_str().into_iter().collect()
    } else {
        reasons
    };
    for message in said {
        assert!(
            error.to_string().contains(message),
            "{error} does not say {message}"
        );
    }
    let results = interaction
        .body
        .pointer("/customProperties/ValidationResults");
    let results = results
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    for result in results {
        let message = result["message"].as_str().expect("a message");
        assert!(
            error.to_string().contains(message),
            "{error} does not say {message}"
        );
    }
    let wait = interaction
        .headers
        .get("retry-after")
        .map(|seconds| seconds.parse().expect("a number"));
    assert_eq!(
        error.retry_after(),
        wait.map(Duration::from_secs),
        "{error}"
    );
}

/// By the exception's name first, by the status then.
fn expected_kind(interaction: &Interaction) -> &'static str {
    const MISSING: [&str; 5] = [
        "BuildNotFoundException",
        "PipelineNotFoundException",
        "ProjectDoesNotExistException",
        "ProjectDoesNotExistWithNameException",
        "WikiPageNotFoundException",
    ];
    match interaction.body["typeKey"].as_str() {
        Some("AccessDeniedException") => return "forbidden",
        Some(key) if MISSING.contains(&key) => return "not found",
        _ => {}
    }
    match interaction.status {
        203 | 302 | 401 => "unauthorized",
        404 => "not found",
        429 => "throttled",
        500.. => "server",
        _ => "refused",
    }
}

fn kind(error: &Error) -> &'static str {
    match error {
        Error::Unauthorized { .. } => "unauthorized",
        Error::Forbidden { .. } => "forbidden",
        Error::NotFound { .. } => "not found",
        Error::Refused { .. } => "refused",
        Error::Throttled { .. } => "throttled",
        Error::Server { .. } => "server",
        _ => "another",
    }
}

#[test]
fn reported_answers_are_read() {
    let documents = documents();
    let examples = documents.recording("examples-not-recorded").interactions;
    let of = |part: &str, status: u16| {
        let mut all = examples.iter();
        let found = all.find(|one| one.path.contains(part) && one.status == status);
        found.unwrap_or_else(|| panic!("no example for {part} {status}"))
    };
    let nothing = timeline(of("/builds/99/timeline", 204));
    assert_eq!(nothing.stages().count(), 0);
    let blocked = of("/builds/531/timeline", 200);
    let waiting = Waits::default().news(&build(None), &timeline(blocked));
    assert!(
        !waiting.is_empty(),
        "a stage waits for an approval: {:?}",
        blocked.body
    );
    let delayed = of("/build/builds?", 200);
    let wait = ask(delayed, |client| async move {
        let _ = client.pipeline_names().await?;
        Ok(client.take_retry_after())
    });
    assert_eq!(
        wait.expect("an answer"),
        Some(Duration::from_secs(5)),
        "Retry-After comes with a success, too"
    );
}

/// Replays one answer to one call of the client.
fn ask<T, F>(interaction: &Interaction, call: impl FnOnce(Client) -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let replay = Replay::of(interaction);
    let address = ProjectAddress::parse(&replay.project_url()).expect("an address");
    let credential = Credential::from_token(&Secret::new("token"));
    let network = Network::new(&Settings::default(), Duration::from_mins(1)).expect("a client");
    let client = Client::new(network, address, &credential).expect("a client");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(call(client))
}
