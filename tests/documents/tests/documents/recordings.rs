//! Recorded answers, replayed to the action's client: does it read in them what they say?

use std::time::Duration;

use chrono::{DateTime, Utc};
use documents::recording::Interaction;
use run_azure_pipeline::azure::{Authorization, Client, Credential, Error, ProjectAddress};
use run_azure_pipeline::build::{Build, BuildId, BuildResult, BuildStatus, RunPage, Timeline};
use run_azure_pipeline::network::{Network, Settings};
use run_azure_pipeline::secret::Secret;
use run_azure_pipeline::untrusted::Link;
use serde_json::Value;

use crate::replay::Replay;

mod builds;
mod definitions;
mod errors;
mod reported;
mod timelines;

/// Replays one answer to one call of the client.
fn ask<T, F>(interaction: &Interaction, call: impl FnOnce(Client) -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let replay = Replay::of(interaction);
    let address = ProjectAddress::parse(&replay.project_url()).expect("an address");
    let credential = Credential::from_token(&Secret::new("token"));
    let network = Network::new(&Settings::default(), Duration::from_mins(1)).expect("a client");
    let authorization = Authorization::given(&credential).expect("a header");
    let client = Client::new(network, address, authorization);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(call(client))
}

fn timeline(interaction: &Interaction) -> Timeline {
    let read = ask(interaction, |client| async move {
        client.get_timeline(BuildId(1)).await
    });
    read.unwrap_or_else(|error| panic!("{}: {error}", interaction.path))
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
        page: RunPage::new(Link::literal("")),
    }
}

#[track_caller]
fn same_time(context: &str, read: Option<DateTime<Utc>>, raw: &Value, key: &str) {
    let read = read.and_then(|time| time.timestamp_nanos_opt());
    assert_eq!(read, instant(raw[key].as_str()), "{context} {key}");
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
