//! Which runs are listed, and in which order.
//!
//! The service takes one value each for branch, number, person, reason, status and result. Several
//! are asked for one by one.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};

use crate::build::ListedRun;

/// Which runs are wanted. An empty list wants all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFilters {
    /// The ids of pipelines.
    pub pipelines: Vec<u64>,
    /// Full refs.
    pub branches: Vec<String>,
    /// Numbers, or their beginnings with `*` behind them.
    pub numbers: Vec<String>,
    /// The ids of people.
    pub people: Vec<String>,
    /// `BuildReason`.
    pub reasons: Vec<&'static str>,
    /// `BuildStatus`.
    pub statuses: Vec<&'static str>,
    /// `BuildResult`.
    pub results: Vec<&'static str>,
    /// Tags, all of which a run must have.
    pub tags: Vec<String>,
    /// By the time that orders the list.
    pub since: Option<DateTime<Utc>>,
    /// By the time that orders the list.
    pub until: Option<DateTime<Utc>>,
    /// Nothing for the service's own order: what has not ended, then what ended last.
    pub order: Option<RunOrder>,
}

/// The order of a list (REST: `BuildQueryOrder`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunOrder {
    /// By the end, the earliest first.
    FinishTimeAscending,
    /// By the end, the latest first.
    FinishTimeDescending,
    /// By the place in the queue, the earliest first.
    QueueTimeAscending,
    /// By the place in the queue, the latest first.
    QueueTimeDescending,
    /// By the start, the earliest first.
    StartTimeAscending,
    /// By the start, the latest first.
    StartTimeDescending,
}

/// The parameters of a request.
pub(super) type Query = Vec<(&'static str, String)>;

impl RunOrder {
    fn as_str(self) -> &'static str {
        match self {
            Self::FinishTimeAscending => "finishTimeAscending",
            Self::FinishTimeDescending => "finishTimeDescending",
            Self::QueueTimeAscending => "queueTimeAscending",
            Self::QueueTimeDescending => "queueTimeDescending",
            Self::StartTimeAscending => "startTimeAscending",
            Self::StartTimeDescending => "startTimeDescending",
        }
    }
}

impl RunFilters {
    /// How many lists have to be asked for.
    #[must_use]
    pub fn queries(&self) -> usize {
        let counts = [
            self.branches.len(),
            self.numbers.len(),
            self.people.len(),
            self.reasons.len(),
            self.statuses.len(),
            self.results.len(),
        ];
        counts
            .iter()
            .fold(1, |all, count| all.saturating_mul((*count).max(1)))
    }

    /// One list of parameters for each combination of values.
    pub(super) fn each(&self) -> Vec<Query> {
        let mut common = Query::new();
        let mut add = |name, value: String| {
            if !value.is_empty() {
                common.push((name, value));
            }
        };
        let ids: Vec<String> = self.pipelines.iter().map(u64::to_string).collect();
        add("definitions", ids.join(","));
        add("tagFilters", self.tags.join(","));
        let time = |time: DateTime<Utc>| time.format("%Y-%m-%dT%H:%M:%S%.fZ").to_string();
        add("minTime", self.since.map(time).unwrap_or_default());
        add("maxTime", self.until.map(time).unwrap_or_default());
        let order = self.order.map_or("", RunOrder::as_str);
        add("queryOrder", order.to_owned());
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let several: [(&str, Vec<String>); 6] = [
            ("branchName", self.branches.clone()),
            ("buildNumber", self.numbers.clone()),
            ("requestedFor", self.people.clone()),
            ("reasonFilter", words(&self.reasons)),
            ("statusFilter", words(&self.statuses)),
            ("resultFilter", words(&self.results)),
        ];
        several
            .into_iter()
            .filter(|(_, values)| !values.is_empty())
            .fold(vec![common], |queries, (name, values)| {
                let with = |query: &Query, value: &String| {
                    let mut query = query.clone();
                    query.push((name, value.clone()));
                    query
                };
                queries
                    .iter()
                    .flat_map(|query| values.iter().map(|value| with(query, value)))
                    .collect()
            })
    }

    /// Which of two runs comes first. A time that is not there yet counts as the latest.
    pub(super) fn compare(&self, a: &ListedRun, b: &ListedRun) -> Ordering {
        let by = |time: fn(&ListedRun) -> Option<DateTime<Utc>>| {
            let key = |run| time(run).unwrap_or(DateTime::<Utc>::MAX_UTC);
            (key(a), a.id).cmp(&(key(b), b.id))
        };
        match self.order {
            Some(RunOrder::QueueTimeAscending) => by(|run| run.queued),
            Some(RunOrder::QueueTimeDescending) => by(|run| run.queued).reverse(),
            Some(RunOrder::StartTimeAscending) => by(|run| run.started),
            Some(RunOrder::StartTimeDescending) => by(|run| run.started).reverse(),
            Some(RunOrder::FinishTimeAscending) => by(|run| run.finished),
            Some(RunOrder::FinishTimeDescending) => by(|run| run.finished).reverse(),
            // Recorded: what has not ended comes first, those by their numbers.
            None => {
                let key = |run: &ListedRun| run.finished.unwrap_or(DateTime::<Utc>::MAX_UTC);
                key(b).cmp(&key(a)).then(a.id.cmp(&b.id))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_values_are_asked_for_one_by_one() {
        let filters = RunFilters {
            pipelines: vec![12, 7],
            statuses: vec!["completed"],
            results: vec!["failed", "canceled"],
            reasons: vec!["manual", "schedule"],
            order: Some(RunOrder::QueueTimeDescending),
            ..RunFilters::default()
        };
        assert_eq!(filters.queries(), 4);
        let queries: Vec<String> = filters
            .each()
            .iter()
            .map(|query| {
                let pairs: Vec<String> = query.iter().map(|(n, v)| format!("{n}={v}")).collect();
                pairs.join("&")
            })
            .collect();
        let common = "definitions=12,7&queryOrder=queueTimeDescending";
        assert_eq!(
            queries,
            [
                ("manual", "failed"),
                ("manual", "canceled"),
                ("schedule", "failed"),
                ("schedule", "canceled"),
            ]
            .map(|(reason, result)| format!(
                "{common}&reasonFilter={reason}&statusFilter=completed&resultFilter={result}"
            ))
        );
        assert_eq!(RunFilters::default().each(), [Query::new()]);
        assert_eq!(RunFilters::default().queries(), 1);
    }
}
