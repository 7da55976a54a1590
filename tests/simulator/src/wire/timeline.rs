//! The timeline (docs: "Timeline - Get").

use serde::Serialize;

use super::home;
use super::identity::USER_ID;
use super::identity_ref::SERVICE_ID;
use super::record::Record;
use crate::clock::Moment;
use crate::ids;
use crate::world::Build;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Timeline {
    records: Vec<Record>,
    last_changed_by: &'static str,
    last_changed_on: Moment,
    id: String,
    change_id: usize,
    url: String,
}

impl Timeline {
    /// `None` while there is no timeline.
    pub(crate) fn new(build: &Build, now: Moment, base: &str) -> Option<Self> {
        let schedule = &build.schedule;
        if now < schedule.expanded {
            return None;
        }
        let address = address(build, base);
        let logs = format!("{address}/logs");
        let mut records: Vec<Record> = schedule
            .visible_records(now)
            .map(|record| Record::new(schedule, record, now, &logs))
            .collect();
        // The service keeps no order; neither tree nor time may be relied on.
        records.sort_by_key(|record| ids::hash(&record.id, u64::from(build.id)));
        let id = ids::plan(build.id);
        Some(Self {
            records,
            last_changed_by: SERVICE_ID,
            last_changed_on: schedule.last_change(now),
            change_id: schedule.change_id(now),
            url: format!("{address}/Timeline/{id}"),
            id,
        })
    }

    /// The timeline of an attempt that is over. Its change number is 1, as recorded.
    pub(crate) fn earlier(build: &Build, now: Moment, base: &str, id: &str) -> Option<Self> {
        let schedule = &build.schedule;
        let timeline = schedule.earlier(id, now)?;
        let address = address(build, base);
        let logs = format!("{address}/logs");
        let records = timeline.records.iter();
        Some(Self {
            records: records
                .map(|record| Record::new(schedule, record, now, &logs))
                .collect(),
            last_changed_by: if timeline.is_the_callers {
                USER_ID
            } else {
                SERVICE_ID
            },
            last_changed_on: timeline.at,
            change_id: 1,
            url: format!("{address}/Timeline/{id}"),
            id: id.to_owned(),
        })
    }
}

/// Where a build's parts are.
fn address(build: &Build, base: &str) -> String {
    format!("{}/_apis/build/builds/{}", home(base), build.id)
}
