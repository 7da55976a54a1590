//! The list of a build's logs (docs: "Builds - Get Build Logs").

use serde::Serialize;

use super::home;
use crate::clock::Moment;
use crate::schedule::Log;
use crate::world::Build;

/// An item of the list of logs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LogItem {
    line_count: usize,
    created_on: Moment,
    last_changed_on: Moment,
    id: usize,
    #[serde(rename = "type")]
    kind: &'static str,
    url: String,
}

pub(crate) fn log_items(build: &Build, now: Moment, base: &str) -> Vec<LogItem> {
    let home = home(base);
    let numbered = build.schedule.logs.iter().zip(1..);
    let visible = numbered.filter(|(log, _)| log.created() <= now);
    let item = |(log, id): (&Log, usize)| LogItem {
        line_count: log.visible_lines(now),
        created_on: log.created(),
        last_changed_on: log.last_change(now),
        id,
        kind: "Container",
        url: format!("{home}/_apis/build/Builds/{}/logs/{id}", build.id),
    };
    visible.map(item).collect()
}
