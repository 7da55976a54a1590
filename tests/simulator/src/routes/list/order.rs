//! The order of a list of builds, and the tokens that lead to its pages.

use crate::clock::Moment;
use crate::enumeration::BUILD_ORDER;
use crate::refusal::Refusal;
use crate::world::Build;

/// .NET's greatest time, for what has none yet.
const LATEST: &str = "9999-12-31T23:59:59.9999999Z";

/// By which time, and in which direction.
#[derive(Clone, Copy)]
pub(super) struct Order {
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
    pub(super) fn parse(text: Option<&str>) -> Result<Self, Refusal> {
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
    pub(super) fn time(self, build: &Build, now: Moment) -> Moment {
        match self.field {
            Field::Queue if build.without_queue_time => Moment::NEVER,
            Field::Queue => build.queued,
            Field::Start => build.start_time(now).unwrap_or(Moment::NEVER),
            Field::Finish | Field::Unnamed => build.finish_time(now).unwrap_or(Moment::NEVER),
        }
    }

    /// The place of a build in the list. No two builds have the same.
    pub(super) fn key(self, build: &Build, now: Moment) -> Key {
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
    pub(super) fn token(self, build: &Build, now: Moment) -> String {
        let time = self.time(build, now);
        let time = if time == Moment::NEVER {
            LATEST.to_owned()
        } else {
            time.to_string()
        };
        format!("{time}~{}", build.id)
    }

    pub(super) fn parse_token(self, token: &str) -> Result<Key, Refusal> {
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
pub(super) struct Key(i128, i64);
