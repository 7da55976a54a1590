//! The jobs whose logs are shown.

use std::collections::HashMap;

use crate::azure::FeedAddress;
use crate::build::{JobPath, JobRecords, LogSource, Timeline};

/// What is at hand of a job, and where its console lines are.
pub(super) struct Job<'t> {
    pub(super) path: JobPath,
    pub(super) records: JobRecords<'t>,
    pub(super) timeline: &'t Timeline,
    /// How many jobs there are in its timeline.
    pub(super) beside: usize,
}

impl Job<'_> {
    /// Where the console lines of one of its tasks are.
    pub(super) fn feed<'s>(
        &'s self,
        plan: Option<&'s str>,
        source: &'s LogSource,
    ) -> Option<FeedAddress<'s>> {
        Some(FeedAddress {
            plan: plan?,
            timeline: self.timeline.id()?,
            job: &self.records.job?.id,
            task: &source.record,
        })
    }
}

/// The jobs of all timelines, each once: the later timeline knows it best.
pub(super) fn jobs<'t>(earlier: &'t [Timeline], timeline: &'t Timeline) -> Vec<Job<'t>> {
    let mut jobs: Vec<Job<'t>> = Vec::new();
    let mut known: HashMap<JobPath, usize> = HashMap::new();
    for timeline in earlier.iter().chain([timeline]) {
        let before = jobs.len();
        let found = timeline.jobs();
        let beside = found.len();
        for records in found {
            let job = Job {
                path: records.path(),
                records,
                timeline,
                beside,
            };
            // Two of one path in one timeline are two jobs.
            let earlier = known.get(&job.path).filter(|at| **at < before);
            if let Some(&at) = earlier {
                jobs[at] = job;
            } else {
                known.insert(job.path.clone(), jobs.len());
                jobs.push(job);
            }
        }
    }
    jobs
}
