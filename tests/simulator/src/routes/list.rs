//! The list of builds and its filters (docs: "Builds - List").

use std::collections::BTreeMap;

use super::Answer;
use crate::call::{Call, Query};
use crate::clock::Moment;
use crate::enumeration::{DELETED, REASON, RESULT, STATUS};
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::wire::build::{Build as WireBuild, build_number};
use crate::wire::identity;
use crate::wire::queue::QUEUE_ID;
use crate::wire::word;
use crate::world::{Build, World};

mod order;

use order::Order;

const CONTINUATION: &str = "x-ms-continuationtoken";

pub(super) fn builds(world: &World, call: &Call) -> Answer {
    let order = Order::parse(call.query.get("queryOrder"))?;
    let now = world.now();
    let filter = Filter::of(world, &call.query, order)?;
    let builds = world.builds().iter();
    let mut found: Vec<&Build> = builds.filter(|build| filter.takes(build)).collect();
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

/// What a caller wants to see.
struct Filter<'a> {
    world: &'a World,
    query: &'a Query,
    order: Order,
    since: Option<Moment>,
    until: Option<Moment>,
}

impl<'a> Filter<'a> {
    fn of(world: &'a World, query: &'a Query, order: Order) -> Result<Self, Refusal> {
        Ok(Self {
            world,
            query,
            order,
            since: time(query, "minTime")?,
            until: time(query, "maxTime")?,
        })
    }

    fn takes(&self, build: &Build) -> bool {
        self.takes_identity(build)
            && self.takes_state(build)
            && self.takes_request(build)
            && self.takes_time(build)
    }

    fn takes_identity(&self, build: &Build) -> bool {
        let pipeline = self.world.pipeline_of(build);
        let number = build_number(self.world, build);
        self.has_one("definitions", |item| item == pipeline.id.to_string())
            && self.has_one("buildIds", |item| item == build.id.to_string())
            && self.is("buildNumber", |pattern| matches_number(pattern, &number))
            && self.is("repositoryId", |id| {
                id.eq_ignore_ascii_case(&pipeline.repository.id)
            })
    }

    fn takes_state(&self, build: &Build) -> bool {
        let now = self.world.now();
        let status = word(&build.status(now));
        let result = build.result(now).map(|result| word(&result));
        let result = result.unwrap_or_else(|| "none".to_owned());
        self.has_one("statusFilter", |item| STATUS.holds(item, &status))
            && self.has_one("resultFilter", |item| RESULT.holds(item, &result))
            // Nothing is ever deleted here.
            && self.is("deletedFilter", |filter| {
                DELETED.word(filter) != "onlyDeleted"
            })
    }

    fn takes_request(&self, build: &Build) -> bool {
        let queue = build.asked.queue.unwrap_or(QUEUE_ID).to_string();
        let is_for = |who: &str| {
            let mut people = identity::all(&self.world.scenario);
            people.any(|person| person.asked_for(build) && person.is_called(who))
        };
        let has_tag = |tag: &String| {
            let mut tags = build.tags.iter();
            tags.any(|known| known.eq_ignore_ascii_case(tag))
        };
        let tags = self.query.list("tagFilters");
        self.has_one("queues", |item| item == queue)
            && self.has_one("reasonFilter", |item| {
                REASON.holds(item, build.asked.reason())
            })
            && self.is("branchName", |branch| branch == build.source_branch)
            && self.is("requestedFor", is_for)
            && tags.is_none_or(|tags| tags.iter().all(has_tag))
    }

    fn takes_time(&self, build: &Build) -> bool {
        let moment = self.order.time(build, self.world.now());
        self.since.is_none_or(|since| moment >= since)
            && self.until.is_none_or(|until| moment <= until)
    }

    /// Whether a parameter fits, or is absent.
    fn is(&self, name: &str, fits: impl Fn(&str) -> bool) -> bool {
        self.query.get(name).is_none_or(fits)
    }

    /// Whether an item of a comma list fits, or the list is absent.
    fn has_one(&self, name: &str, fits: impl Fn(&str) -> bool) -> bool {
        let wanted = self.query.list(name);
        wanted.is_none_or(|wanted| wanted.iter().any(|item| fits(item)))
    }
}

fn time(query: &Query, name: &str) -> Result<Option<Moment>, Refusal> {
    let Some(text) = query.get(name) else {
        return Ok(None);
    };
    let bad = || Refusal::bad_query(format!("The value '{text}' is not valid for {name}."));
    Moment::parse(text).map(Some).ok_or_else(bad)
}

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
