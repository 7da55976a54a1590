//! Console lines of a running task.

use std::time::Duration;

use serde::Deserialize;

use super::{Area, Client, Error, Request, Time};
use crate::build::RecordId;

/// Lines that take longer are not worth waiting for: the log will have them.
const FEED_TIME: Duration = Duration::from_secs(5);

/// Where the console lines of a task are.
#[derive(Debug, Clone, Copy)]
pub struct FeedAddress<'a> {
    /// The id of the run's plan.
    pub plan: &'a str,
    /// The id of the timeline.
    pub timeline: &'a str,
    /// The job's record.
    pub job: &'a RecordId,
    /// The task's record.
    pub task: &'a RecordId,
}

/// Some lines of a task, as they stand one after the other in its log, without time stamps.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct FeedLines {
    /// The number of the first line within the task, from 1.
    pub first: u64,
    /// The lines; one that was longer than 1,024 characters is cut and ends in `...`.
    pub lines: Vec<String>,
}

/// `TimelineRecordFeedLinesWrapper`, as the vendor's Node client knows it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireFeed {
    start_line: Option<u64>,
    end_line: Option<u64>,
    value: Option<Vec<String>>,
}

impl Client {
    /// The newest lines that the service keeps of a running task, `most` of them at most; none where
    /// the answer does not say which lines they are. The call is in the map of locations and in the
    /// vendor's Node client (`TaskApi.getLines`), but not documented: it may be refused at any time.
    pub async fn feed(&self, address: FeedAddress<'_>, most: u32) -> Result<FeedLines, Error> {
        let segments = [
            "distributedtask",
            "hubs",
            "build",
            "plans",
            address.plan,
            "timelines",
            address.timeline,
            "records",
            &address.job.0,
            "feed",
        ];
        let most = most.to_string();
        let query = [
            ("stepId", address.task.0.as_str()),
            ("takeCount", most.as_str()),
        ];
        let request = Request {
            time: Time::Limited(FEED_TIME),
            ..Request::get(&segments).below(Area::Project).query(&query)
        };
        let feed: Option<WireFeed> = self.json(&request).await?;
        Ok(feed.and_then(numbered).unwrap_or_default())
    }
}

/// The lines, if their numbers are beyond doubt.
fn numbered(feed: WireFeed) -> Option<FeedLines> {
    let first = feed.start_line.filter(|first| *first > 0)?;
    let lines = feed.value?;
    let last = first
        .checked_add(u64::try_from(lines.len()).ok()?)?
        .checked_sub(1)?;
    (feed.end_line? == last).then_some(FeedLines { first, lines })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_whose_numbers_are_certain_count() {
        let read = |text: &str| numbered(serde_json::from_str(text).expect("a feed"));
        let lines = FeedLines {
            first: 3,
            lines: vec!["a".into(), "b".into()],
        };
        assert_eq!(
            read(r#"{"count":2,"startLine":3,"endLine":4,"stepId":"x","value":["a","b"]}"#),
            Some(lines)
        );
        for text in [
            r#"{"startLine":3,"endLine":5,"value":["a","b"]}"#,
            r#"{"startLine":0,"endLine":1,"value":["a","b"]}"#,
            r#"{"startLine":3,"value":["a","b"]}"#,
            r#"{"endLine":4,"value":["a","b"]}"#,
            r#"{"startLine":18446744073709551615,"endLine":4,"value":["a","b"]}"#,
            r#"{"startLine":3,"endLine":4,"value":null}"#,
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
