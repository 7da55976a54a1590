//! The list of builds and its filters (docs: "Builds - List").

use std::collections::BTreeMap;

use super::Answer;
use crate::call::Call;
use crate::clock::Moment;
use crate::enumeration::{BUILD_ORDER, DELETED, Enumeration, REASON, RESULT, STATUS};
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::wire::QUEUE_ID;
use crate::wire::build::{Build as WireBuild, build_number};
use crate::wire::identity;
use crate::world::{Build, World};

const CONTINUATION: &str = "x-ms-continuationtoken";

pub(super) fn builds(world: &World, call: &Call) -> Answer {
    let order = Order::parse(call.query.get("queryOrder"))?;
    let now = world.now();
    let mut found = Vec::new();
    for build in world.builds() {
        if is_wanted(world, build, call)? {
            found.push(build);
        }
    }
    found.sort_by_key(|build| order.key(build, now));
    if let Some(token) = call.query.get("continuationToken") {
        let from = order.parse_token(token)?;
        found.retain(|build| order.key(build, now) >= from);
    }
    keep_some_of_each(
        world,
        &mut found,
        call.query.number("maxBuildsPerDefinition")?,
    );
    let largest = world.scenario.largest_page;
    let limit = call.query.number("$top")?.unwrap_or(largest).min(largest);
    let next = found.get(limit).map(|build| order.token(build, now));
    found.truncate(limit);
    let items: Vec<WireBuild> = found
        .into_iter()
        .map(|build| WireBuild::new(world, build, &call.base, &call.version))
        .collect();
    let reply = Reply::list(&call.version, &items);
    Ok(match next {
        Some(token) => reply.with_header(CONTINUATION, token),
        None => reply,
    })
}

fn is_wanted(world: &World, build: &Build, call: &Call) -> Result<bool, Refusal> {
    let now = world.now();
    let query = &call.query;
    let among = |name: &str, value: &str| {
        let mut wanted = query.list(name).into_iter().flatten();
        query.list(name).is_none() || wanted.any(|item| item == value)
    };
    let holds = |name: &str, kind: Enumeration, value: &str| {
        let mut wanted = query.list(name).into_iter().flatten();
        query.list(name).is_none() || wanted.any(|item| kind.holds(&item, value))
    };
    let result = build
        .result(now)
        .map_or_else(|| "none".to_owned(), |result| word(&result));
    let has_tag = |tag: &String| {
        build
            .tags
            .iter()
            .any(|known| known.eq_ignore_ascii_case(tag))
    };
    let since = query
        .get("minTime")
        .map(|text| time(text, "minTime"))
        .transpose()?;
    let until = query
        .get("maxTime")
        .map(|text| time(text, "maxTime"))
        .transpose()?;
    let order = Order::parse(query.get("queryOrder"))?;
    let moment = order.time(build, now);
    let is_for = |who: &str| {
        let mut people = identity::all(&world.scenario);
        people.any(|person| person.asked_for(build) && person.is_called(who))
    };
    Ok(
        among("definitions", &world.pipeline_of(build).id.to_string())
            && among("buildIds", &build.id.to_string())
            && among("queues", &build.asked.queue.unwrap_or(QUEUE_ID).to_string())
            && holds("statusFilter", STATUS, &word(&build.status(now)))
            && holds("resultFilter", RESULT, &result)
            && holds("reasonFilter", REASON,
                build.asked.reason.as_deref().unwrap_or("manual"),
            )
            && query
                .get("branchName")
                .is_none_or(|branch| branch == build.source_branch)
            && query
                .get("requestedFor")
                .is_none_or(|who| !world.run_of(build).by_another && is_for(who))
            && query
                .get("buildNumber")
                .is_none_or(|pattern| matches_number(pattern, &build_number(world, build)))
            && query
                .get("repositoryId")
                .is_none_or(|id| id.eq_ignore_ascii_case(&world.pipeline_of(build).repository.id))
            // Nothing is ever deleted here.
            && query
                .get("deletedFilter")
                .is_none_or(|filter| DELETED.word(filter) != "onlyDeleted")
            && query
                .list("tagFilters")
                .is_none_or(|tags| tags.iter().all(has_tag))
            && since.is_none_or(|since| moment >= since)
            && until.is_none_or(|until| moment <= until),
    )
}

fn time(text: &str, name: &str) -> Result<Moment, Refusal> {
    Moment::parse(text)
        .ok_or_else(|| Refusal::bad_query(format!("The value '{text}' is not valid for {name}.")))
}

/// The word of an enum on the wire.
pub(super) fn word(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

/// By which time, and in which direction.
#[derive(Clone, Copy)]
struct Order {
    field: Field,
    descending: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Queue,
    Start,
    Finish,
    /// Without `queryOrder`: unfinished builds first, then by finish, as recorded.
    Unnamed,
}

impl Order {
    fn parse(text: Option<&str>) -> Result<Self, Refusal> {
        let Some(text) = text else {
            return Ok(Self {
                field: Field::Unnamed,
                descending: true,
            });
        };
        let lower = BUILD_ORDER.word(text).to_ascii_lowercase();
        let (field, descending) = match lower.as_str() {
            "queuetimedescending" => (Field::Queue, true),
            "queuetimeascending" => (Field::Queue, false),
            "starttimedescending" => (Field::Start, true),
            "starttimeascending" => (Field::Start, false),
            "finishtimedescending" => (Field::Finish, true),
            "finishtimeascending" => (Field::Finish, false),
            _ => {
                return Err(Refusal::bad_query(format!(
                    "The value '{text}' is not valid for queryOrder."
                )));
            }
        };
        Ok(Self { field, descending })
    }

    /// What is not there yet counts as the latest.
    fn time(self, build: &Build, now: Moment) -> Moment {
        match self.field {
            Field::Queue if build.without_queue_time => Moment::NEVER,
            Field::Queue => build.queued,
            Field::Start => build.start_time(now).unwrap_or(Moment::NEVER),
            Field::Finish | Field::Unnamed => build.finish_time(now).unwrap_or(Moment::NEVER),
        }
    }

    /// The place of a build in the list. No two builds have the same.
    fn key(self, build: &Build, now: Moment) -> Key {
        self.key_of(self.time(build, now), build.id)
    }

    fn key_of(self, time: Moment, id: u32) -> Key {
        let id = i64::from(id);
        let forward = i128::from(time.ticks());
        match (self.field, self.descending) {
            // Recorded: builds of one time in the order of their numbers.
            (Field::Unnamed, _) => Key(-forward, id),
            (_, true) => Key(-forward, -id),
            (_, false) => Key(forward, id),
        }
    }

    /// The time of the first build of the next page, as recorded, and its number: builds can have the same
    /// time, and a page must neither repeat nor skip them. Callers have to take it as it is.
    fn token(self, build: &Build, now: Moment) -> String {
        let time = self.time(build, now);
        let time = if time == Moment::NEVER {
            LATEST.to_owned()
        } else {
            time.to_string()
        };
        format!("{time}~{}", build.id)
    }

    fn parse_token(self, token: &str) -> Result<Key, Refusal> {
        let bad = || Refusal::bad_continuation_token(token);
        let (time, id) = token.split_once('~').ok_or_else(bad)?;
        let moment = if time == LATEST {
            Moment::NEVER
        } else {
            Moment::parse(time).ok_or_else(bad)?
        };
        Ok(self.key_of(moment, id.parse().map_err(|_| bad())?))
    }
}

/// Where a build stands in a list.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key(i128, i64);

/// .NET's greatest time, for what has none yet.
const LATEST: &str = "9999-12-31T23:59:59.9999999Z";

fn keep_some_of_each(world: &World, found: &mut Vec<&Build>, limit: Option<usize>) {
    let Some(limit) = limit else { return };
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    found.retain(|build| {
        let count = counts.entry(world.pipeline_of(build).id).or_default();
        *count += 1;
        *count <= limit
    });
}

/// Exact, or a start with `*` at its end.
fn matches_number(pattern: &str, number: &str) -> bool {
    let (pattern, number) = (pattern.to_lowercase(), number.to_lowercase());
    match pattern.strip_suffix('*') {
        Some(start) => number.starts_with(start),
        None => number == pattern,
    }
}
