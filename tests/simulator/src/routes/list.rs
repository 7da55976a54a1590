//! The list of builds and its filters (docs: "Builds - List").

use std::cmp::Reverse;

use super::Answer;
use crate::call::Call;
use crate::clock::Moment;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::schedule::BuildStatus;
use crate::wire::build::Build as WireBuild;
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
    order.sort(&mut found, now);
    if let Some(token) = call.query.get("continuationToken") {
        let from = Moment::parse(token).ok_or_else(|| Refusal::bad_continuation_token(token))?;
        found.retain(|build| order.reaches(build, now, from));
    }
    let limit = call.query.number("$top")?.unwrap_or(1000);
    let next = found
        .get(limit)
        .map(|build| order.time(build, now).to_string());
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
        query.list(name).is_none_or(|wanted| {
            wanted
                .iter()
                .any(|item| item.eq_ignore_ascii_case(value) || item.eq_ignore_ascii_case("all"))
        })
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
    let people = [
        "test user 1",
        "user1@example.com",
        "6ade41fc-0f24-5a66-8734-5ce7aa4310d7",
    ];
    Ok(
        among("definitions", &world.pipeline_of(build).id.to_string())
            && among("buildIds", &build.id.to_string())
            && among("statusFilter", &word(&build.status(now)))
            && among("resultFilter", &result)
            && among(
                "reasonFilter",
                build.asked.reason.as_deref().unwrap_or("manual"),
            )
            && query
                .get("branchName")
                .is_none_or(|branch| branch == build.source_branch)
            && query
                .get("requestedFor")
                .is_none_or(|who| people.contains(&who.to_lowercase().as_str()))
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
fn word(value: &impl serde::Serialize) -> String {
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
        let lower = text.to_ascii_lowercase();
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
            Field::Queue => build.queued,
            Field::Start => build.start_time(now).unwrap_or(Moment::NEVER),
            Field::Finish | Field::Unnamed => build.finish_time(now).unwrap_or(Moment::NEVER),
        }
    }

    fn sort(self, builds: &mut [&Build], now: Moment) {
        let key = |build: &&Build| (self.time(build, now), build.id);
        if self.field == Field::Unnamed {
            let is_finished = |build: &Build| build.status(now) == BuildStatus::Completed;
            builds.sort_by_key(|build| {
                (is_finished(build), Reverse(self.time(build, now)), build.id)
            });
        } else if self.descending {
            builds.sort_by_key(|build| Reverse(key(build)));
        } else {
            builds.sort_by_key(key);
        }
    }

    /// A continuation token is the time of the first build of the next page.
    fn reaches(self, build: &Build, now: Moment, from: Moment) -> bool {
        let time = self.time(build, now);
        if self.descending {
            time <= from
        } else {
            time >= from
        }
    }
}
