//! What the commands around runs that exist are told: filters, ids, tags.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::InputError;
use super::given::Given;
use super::parse::{id, position, unique};
use crate::azure::{PipelineName, ProjectAddress, RunFilters, RunOrder};
use crate::build::BuildId;
use crate::zone::Zone;

/// Most lists that one step asks the service for.
const MOST_QUERIES: usize = 50;

/// Most runs that `top` can ask for.
const MOST_RUNS: u32 = 10_000;

/// The longest time ago that can be meant.
const LONGEST_AGO: Duration = Duration::from_hours(10 * 366 * 24);

/// What the service calls reasons, states and results, as far as the vendor's command line lists
/// them.
const REASONS: [&str; 11] = [
    "all",
    "batchedCI",
    "buildCompletion",
    "checkInShelveset",
    "individualCI",
    "manual",
    "pullRequest",
    "schedule",
    "triggered",
    "userCreated",
    "validateShelveset",
];
const STATUSES: [&str; 7] = [
    "all",
    "cancelling",
    "completed",
    "inProgress",
    "none",
    "notStarted",
    "postponed",
];
const RESULTS: [&str; 5] = [
    "canceled",
    "failed",
    "none",
    "partiallySucceeded",
    "succeeded",
];
const ORDERS: [(&str, RunOrder); 6] = [
    ("FinishTimeAsc", RunOrder::FinishTimeAscending),
    ("FinishTimeDesc", RunOrder::FinishTimeDescending),
    ("QueueTimeAsc", RunOrder::QueueTimeAscending),
    ("QueueTimeDesc", RunOrder::QueueTimeDescending),
    ("StartTimeAsc", RunOrder::StartTimeAscending),
    ("StartTimeDesc", RunOrder::StartTimeDescending),
];

/// The inputs of the command `list`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListInputs {
    /// What is known without asking: `branch`, `build-number`, `pipeline-ids`, `query-order`,
    /// `reason`, `result`, `status`, `tags`.
    pub filters: RunFilters,
    /// `pipeline-name`.
    pub pipelines: Vec<PipelineName>,
    /// `requested-for`: `me`, names, e-mail addresses or ids.
    pub requested_for: Vec<String>,
    /// `min-time`.
    pub since: Option<When>,
    /// `max-time`.
    pub until: Option<When>,
    /// `top`.
    pub top: Option<usize>,
    /// `time-zone`.
    pub zone: Zone,
}

/// A moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// By the calendar.
    At(DateTime<Utc>),
    /// So long before now.
    Ago(Duration),
}

/// The inputs of the command `show`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShowInputs {
    /// `run-id`.
    pub run: BuildId,
    /// `time-zone`.
    pub zone: Zone,
}

/// The inputs of the commands `tag-add` and `tag-delete`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagInputs {
    /// `run-id`.
    pub run: BuildId,
    /// `tags`, of which there is at least one.
    pub tags: Vec<String>,
}

impl ListInputs {
    pub(super) fn read(given: &Given, project: &ProjectAddress) -> Result<Self, InputError> {
        let (since, until) = range(given)?;
        let order = given.choice("query-order", &ORDERS)?;
        // Times are of what orders the list; without an order most people mean the queue time.
        let by_queue_time = since.or(until).map(|_| RunOrder::QueueTimeDescending);
        let (ids, pipelines) = pipelines(given, project)?;
        let branches = given.list("branch");
        let list = Self {
            filters: RunFilters {
                pipelines: ids,
                branches: unique(branches.iter().map(|name| full(name))),
                numbers: numbers(given.list("build-number"))?,
                people: Vec::new(),
                reasons: words("reason", &given.list("reason"), &REASONS)?,
                statuses: words("status", &given.list("status"), &STATUSES)?,
                results: words("result", &given.list("result"), &RESULTS)?,
                tags: given.list("tags"),
                since: None,
                until: None,
                order: order.or(by_queue_time),
            },
            pipelines,
            requested_for: given.list("requested-for"),
            since,
            until,
            top: given.count("top", MOST_RUNS)?.map(|top| top as usize),
            zone: zone(given.text("time-zone"))?,
        };
        let people = list.requested_for.len().max(1);
        let queries = list.filters.queries().saturating_mul(people);
        if queries > MOST_QUERIES {
            return Err(InputError::new(format!(
                "`branch`, `build-number`, `requested-for`, `reason`, `status` and `result` have {queries} combinations: \
                 allowed are {MOST_QUERIES}, each of which is asked for by itself"
            )));
        }
        Ok(list)
    }
}

impl ShowInputs {
    pub(super) fn read(given: &Given) -> Result<Self, InputError> {
        Ok(Self {
            run: run_id(given)?,
            zone: zone(given.text("time-zone"))?,
        })
    }
}

impl TagInputs {
    pub(super) fn read(given: &Given) -> Result<Self, InputError> {
        let (run, tags) = (run_id(given)?, given.list("tags"));
        if tags.is_empty() {
            return Err(InputError::new(
                "`tags` is missing: give one or more, separated by commas or line ends",
            ));
        }
        Ok(Self { run, tags })
    }
}

/// `run-id`, where it must be given.
pub(super) fn run_id(given: &Given) -> Result<BuildId, InputError> {
    let text = given.text("run-id").ok_or_else(|| {
        InputError::new("`run-id` is missing: give the `buildId` from the run's page")
    })?;
    id(text).map(BuildId).ok_or_else(|| {
        InputError::new(format!(
            "`run-id` is \"{text}\", which is no number above 0: give the `buildId` from the run's page"
        ))
    })
}

/// `pipeline-ids` and `pipeline-name`; where they are not given, the pipeline that `run` would run.
fn pipelines(
    given: &Given,
    project: &ProjectAddress,
) -> Result<(Vec<u64>, Vec<PipelineName>), InputError> {
    let mut pipeline_ids = ids("pipeline-ids", given.whole("pipeline-ids"))?;
    let mut names = given.list("pipeline-name");
    if pipeline_ids.is_empty() && names.is_empty() {
        pipeline_ids = ids("azure-pipeline-id", given.whole("azure-pipeline-id"))?;
        let name = given.text("azure-pipeline-name");
        names.extend(name.map(str::to_owned));
    }
    if pipeline_ids.is_empty() && names.is_empty() {
        pipeline_ids.extend(project.definition_id);
    }
    let names = names.iter().map(|name| PipelineName::parse(name));
    Ok((pipeline_ids, names.collect()))
}

/// `min-time` and `max-time`.
fn range(given: &Given) -> Result<(Option<When>, Option<When>), InputError> {
    let since = when("min-time", given.text("min-time"))?;
    let until = when("max-time", given.text("max-time"))?;
    let is_empty = match (since, until) {
        (Some(When::At(since)), Some(When::At(until))) => since > until,
        (Some(When::Ago(since)), Some(When::Ago(until))) => since < until,
        _ => false,
    };
    if is_empty {
        return Err(InputError::new(
            "`min-time` is after `max-time`: no run can be between them",
        ));
    }
    Ok((since, until))
}

/// Ids between commas, blanks and line ends.
fn ids(input: &str, text: Option<&str>) -> Result<Vec<u64>, InputError> {
    let text = text.unwrap_or_default();
    let parts = text.split(|c: char| c == ',' || c.is_whitespace());
    let ids = parts.filter(|part| !part.is_empty()).map(|part| {
        id(part).ok_or_else(|| {
            InputError::new(format!(
                "`{input}` has \"{part}\": allowed are numbers above 0, separated by commas"
            ))
        })
    });
    Ok(unique(ids.collect::<Result<Vec<_>, _>>()?.into_iter()))
}

/// Words of an enumeration, in any case; `all` is all there is.
fn words(
    input: &str,
    given: &[String],
    allowed: &[&'static str],
) -> Result<Vec<&'static str>, InputError> {
    let found = given
        .iter()
        .map(|word| Ok(allowed[position(input, word, allowed)?]));
    let found = found.collect::<Result<Vec<_>, _>>()?;
    if found.contains(&"all") {
        return Ok(vec!["all"]);
    }
    Ok(unique(found.into_iter()))
}

/// A branch as the vendor's command line completes it.
fn full(name: &str) -> String {
    let is_full = ["refs/heads/", "refs/pull/", "refs/tags/"]
        .iter()
        .any(|start| name.starts_with(start));
    if is_full {
        name.to_owned()
    } else {
        format!("refs/heads/{name}")
    }
}

fn numbers(numbers: Vec<String>) -> Result<Vec<String>, InputError> {
    let is_wrong = |number: &&String| {
        number.trim_end_matches('*').len() + 1 < number.len()
            || number.trim_end_matches('*').contains('*')
    };
    match numbers.iter().find(is_wrong) {
        Some(number) => Err(InputError::new(format!(
            "`build-number` is \"{number}\": allowed are a number and its beginning with one `*` at the end"
        ))),
        None => Ok(numbers),
    }
}

fn when(input: &str, text: Option<&str>) -> Result<Option<When>, InputError> {
    let Some(text) = text else { return Ok(None) };
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(Some(When::At(time.with_timezone(&Utc))));
    }
    let ago = text.strip_suffix("ago").unwrap_or(text).trim_end();
    match humantime::parse_duration(ago) {
        Ok(ago) if ago <= LONGEST_AGO => Ok(Some(When::Ago(ago))),
        _ => Err(InputError::new(format!(
            "`{input}` is \"{text}\": allowed are a time such as `2026-03-02T08:27:00Z` and how long ago, such as `24h` \
             or `7days`"
        ))),
    }
}

fn zone(text: Option<&str>) -> Result<Zone, InputError> {
    let Some(text) = text else {
        return Ok(Zone::utc());
    };
    Zone::parse(text).ok_or_else(|| {
        InputError::new(format!(
            "`time-zone` is \"{text}\": allowed are `UTC`, an offset such as `+02:00` and a name such as `Europe/Berlin`"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::parse::list;

    #[test]
    fn values_stand_between_commas_and_line_ends() {
        assert_eq!(list(" a b ,c\n\n a b\r\nd,"), ["a b", "c", "d"]);
        assert_eq!(list(""), Vec::<String>::new());
        assert_eq!(
            ids("pipeline-ids", Some("12 7,12\n9")).expect("ids"),
            [12, 7, 9]
        );
    }

    #[test]
    fn words_have_any_case_and_all_is_all() {
        let words = |text| words("status", &list(text), &STATUSES);
        assert_eq!(
            words("COMPLETED, inprogress,completed").expect("words"),
            ["completed", "inProgress"]
        );
        assert_eq!(words("completed,All").expect("words"), ["all"]);
        let error = words("done").expect_err("no word").to_string();
        assert_eq!(
            error,
            "`status` is \"done\": allowed are `all`, `cancelling`, `completed`, `inProgress`, `none`, `notStarted` and \
             `postponed`"
        );
    }

    #[test]
    fn branches_are_completed_and_other_refs_left_alone() {
        for (name, expected) in [
            ("main", "refs/heads/main"),
            ("refs/heads/main", "refs/heads/main"),
            ("refs/pull/7/merge", "refs/pull/7/merge"),
            ("refs/tags/v1", "refs/tags/v1"),
            ("refs/remotes/x", "refs/heads/refs/remotes/x"),
        ] {
            assert_eq!(full(name), expected);
        }
    }

    #[test]
    fn an_asterisk_stands_at_the_end_only() {
        for number in ["20260302.*", "20260302.1", "*"] {
            assert_eq!(numbers(list(number)).expect(number), [number]);
        }
        for number in ["*.1", "1*2", "1**"] {
            assert!(numbers(list(number)).is_err(), "{number}");
        }
    }

    #[test]
    fn times_are_moments_or_how_long_ago() {
        let when = |text| when("min-time", Some(text)).map(Option::unwrap);
        assert_eq!(
            when("2026-03-02T10:27:00+02:00").expect("a time"),
            When::At("2026-03-02T08:27:00Z".parse().expect("a time"))
        );
        for text in ["24h", "24h ago", "1day"] {
            assert_eq!(when(text).expect(text), When::Ago(Duration::from_hours(24)));
        }
        for text in ["yesterday", "2026-03-02", "100years"] {
            assert!(when(text).is_err(), "{text}");
        }
    }
}
