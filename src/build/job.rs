//! A job of a run, as people know it.

use super::{Mishap, Record, RecordResult, RecordState};

/// A job with the records around it.
#[derive(Debug, Clone, Copy)]
pub struct JobRecords<'a> {
    /// Its stage; classic pipelines may have none.
    pub stage: Option<&'a Record>,
    /// Its phase; a stage that never got as far has none.
    pub phase: Option<&'a Record>,
    /// The job itself; a phase or stage that never got as far has none.
    pub job: Option<&'a Record>,
}

/// What makes a job the same one in two timelines. Record ids do not: a retry gives new ones, and
/// jobs that did not run again are hung under the new stage.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobPath {
    /// The stage's name in the YAML.
    pub stage: String,
    /// The phase's name in the YAML.
    pub phase: String,
    /// The job's name in the YAML.
    pub job: String,
    /// How often the job was started, from 1.
    pub attempt: u32,
}

impl JobRecords<'_> {
    /// What makes it the same job in another timeline.
    #[must_use]
    pub fn path(&self) -> JobPath {
        let name = |record: Option<&Record>| {
            record.map_or_else(String::new, |record| {
                record.identifier.as_ref().unwrap_or(&record.name).clone()
            })
        };
        JobPath {
            stage: name(self.stage),
            phase: name(self.phase),
            job: name(self.job),
            attempt: self.record().map_or(1, |record| record.attempt),
        }
    }

    /// The job, or the lowest record above it where there is none.
    #[must_use]
    pub fn record(&self) -> Option<&Record> {
        self.job.or(self.phase).or(self.stage)
    }

    /// `Stage / Job`, as people know them.
    #[must_use]
    pub fn title(&self) -> String {
        let names = [self.stage, self.job.or(self.phase)];
        let parts: Vec<&str> = names
            .into_iter()
            .flatten()
            .filter_map(Record::display_name)
            .collect();
        let title = if parts.is_empty() {
            "Job".to_owned()
        } else {
            parts.join(" / ")
        };
        match self.record().map_or(1, |record| record.attempt) {
            1 => title,
            attempt => format!("{title} (attempt {attempt})"),
        }
    }

    /// Whether an agent works on it.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.job
            .is_some_and(|job| job.state == RecordState::InProgress)
    }

    /// Whether it did not do what it should. The service may close the phase of a lost agent as
    /// canceled and its job as failed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        let records = [self.job.or(self.phase).or(self.stage), self.phase];
        records.into_iter().flatten().any(Record::has_failed)
    }

    /// What ended it that its tasks did not, if the service says so.
    #[must_use]
    pub fn mishap(&self) -> Option<Mishap> {
        let above = self.stage.filter(|_| self.job.is_none());
        Mishap::told_by([self.job, self.phase, above].into_iter().flatten())
    }

    /// How it ended. When an agent is lost, the phase says so long before the job.
    #[must_use]
    pub fn result(&self) -> Option<&RecordResult> {
        let records = match (self.job, self.phase) {
            (None, None) => [self.stage, None],
            (job, phase) => [job, phase],
        };
        let mut records = records.into_iter().flatten();
        records.find_map(|record| record.result.as_ref())
    }

    /// Whether nothing more will happen in it. When an agent is lost, the phase ends long before
    /// the service closes the job.
    #[must_use]
    pub fn is_over(&self) -> bool {
        [self.job, self.phase, self.stage]
            .into_iter()
            .flatten()
            .any(Record::is_completed)
    }
}
