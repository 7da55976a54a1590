//! The records of earlier attempts, which are no longer in the run's timeline.

use std::collections::HashSet;
use std::time::Duration;

use super::clock::{Clock, Moment};
use super::logs::Logs;
use crate::azure::{Client, Error};
use crate::build::{BuildId, Timeline};

/// How long after a retry the last logs of the attempt before it may still come.
const UPLOAD: Duration = Duration::from_secs(10);

/// The timelines of earlier attempts of one run, as far as they are known.
#[derive(Debug)]
pub(super) struct Earlier<'a> {
    client: &'a Client,
    run: BuildId,
    clock: Clock,
    timelines: Vec<Timeline>,
    /// When the last of them was found.
    since: Moment,
    /// The ids of those that have been fetched, or need not be.
    known: HashSet<String>,
}

impl<'a> Earlier<'a> {
    pub(super) fn new(client: &'a Client, run: BuildId, clock: Clock) -> Self {
        Self {
            client,
            run,
            clock,
            timelines: Vec::new(),
            since: Moment::ZERO,
            known: HashSet::new(),
        }
    }

    /// What was found, the earliest first.
    pub(super) fn timelines(&self) -> &[Timeline] {
        &self.timelines
    }

    /// Takes note that nobody asks for what was before `timeline`.
    pub(super) fn skip(&mut self, timeline: &Timeline) {
        let ids = timeline.earlier();
        self.known.extend(ids.into_iter().map(str::to_owned));
    }

    /// Fetches the records that `timeline` no longer has, of which `logs` are shown.
    pub(super) async fn fetch(
        &mut self,
        timeline: &Timeline,
        logs: &Logs<'_>,
    ) -> Result<(), Error> {
        for id in timeline.earlier() {
            if !self.known.contains(id) {
                let found = self.get(id).await?;
                self.timelines.extend(found);
                self.since = self.clock.now();
                self.known.insert(id.to_owned());
            }
        }
        self.refresh(logs).await
    }

    /// Fetches once more what was retried so soon that its last logs had not come yet.
    async fn refresh(&mut self, logs: &Logs<'_>) -> Result<(), Error> {
        if self.clock.now() > self.since + UPLOAD {
            return Ok(());
        }
        for at in 0..self.timelines.len() {
            let timeline = &self.timelines[at];
            let Some(id) = timeline.id().filter(|_| logs.lacks(timeline)) else {
                continue;
            };
            let found = self.get(id).await?;
            if let Some(found) = found.filter(|found| !found.is_empty()) {
                self.timelines[at] = found;
            }
        }
        Ok(())
    }

    /// One of them; nothing where it is gone.
    async fn get(&self, id: &str) -> Result<Option<Timeline>, Error> {
        match self.client.get_earlier_timeline(self.run, id).await {
            Err(Error::NotFound { .. }) => Ok(None),
            found => found.map(Some),
        }
    }
}
