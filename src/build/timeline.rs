//! The tree of a build's records.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{JobRecords, LogSource, Mishap, Record, RecordId, RecordKind, RecordState, TaskKey};

/// All records of a build at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Timeline {
    id: Option<String>,
    records: Vec<Record>,
    children: HashMap<RecordId, Vec<usize>>,
    roots: Vec<usize>,
}

impl Timeline {
    /// Builds the tree. The service sends records in no order; of two with one id the last counts,
    /// and a record whose ancestors form a circle, or are missing, is taken for a root.
    #[must_use]
    pub fn new(records: Vec<Record>) -> Self {
        let mut unique: HashMap<RecordId, Record> = HashMap::with_capacity(records.len());
        for record in records {
            unique.insert(record.id.clone(), record);
        }
        let mut records: Vec<Record> = unique.into_values().collect();
        records.sort_by(|a, b| (a.order, &a.name, &a.id).cmp(&(b.order, &b.name, &b.id)));
        let below_a_root = below_a_root(&records);
        let mut roots = Vec::new();
        let mut children: HashMap<RecordId, Vec<usize>> = HashMap::new();
        for (index, record) in records.iter().enumerate() {
            match &record.parent {
                Some(parent) if below_a_root.contains(&record.id) => {
                    children.entry(parent.clone()).or_default().push(index);
                }
                _ => roots.push(index),
            }
        }
        Self {
            id: None,
            records,
            children,
            roots,
        }
    }

    /// Whether the service has not made any record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Whether a job has ever begun. The service may put a start time on a run that never did.
    #[must_use]
    pub fn has_started(&self) -> bool {
        self.records
            .iter()
            .any(|record| record.kind == RecordKind::Job && record.started.is_some())
    }

    /// The same, known by its id.
    #[must_use]
    pub fn with_id(self, id: Option<String>) -> Self {
        Self { id, ..self }
    }

    /// Its id, where the service says it.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The ids of the timelines that hold the records of earlier attempts, which are not in this one.
    #[must_use]
    pub fn earlier(&self) -> BTreeSet<&str> {
        let earlier = self.records.iter().flat_map(|record| &record.earlier);
        earlier.map(String::as_str).collect()
    }

    /// Whether it has stages, and all of them are over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let mut roots = self.roots.iter().map(|&index| &self.records[index]);
        !self.roots.is_empty() && roots.all(Record::is_completed)
    }

    /// How often stages were started, all together.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.stages()
            .fold(0, |sum, stage| sum.saturating_add(stage.attempt))
    }

    /// The stages in their order.
    pub fn stages(&self) -> impl Iterator<Item = &Record> {
        self.roots
            .iter()
            .map(|&index| &self.records[index])
            .filter(|record| record.kind == RecordKind::Stage)
    }

    /// The records directly below `record`, in their order.
    pub fn children<'a>(&'a self, record: &Record) -> impl Iterator<Item = &'a Record> + use<'a> {
        self.children
            .get(&record.id)
            .into_iter()
            .flatten()
            .map(|&index| &self.records[index])
    }

    /// What the stage waits for, or has waited for, before it begins, in order.
    pub fn checks<'a>(&'a self, stage: &Record) -> impl Iterator<Item = &'a Record> + use<'a> {
        self.children(stage)
            .filter(|record| record.kind == RecordKind::Checkpoint)
            .flat_map(|checkpoint| self.children(checkpoint))
    }

    /// All jobs in reading order: by stage, phase and job. A phase or a stage without a job stands for
    /// itself.
    #[must_use]
    pub fn jobs(&self) -> Vec<JobRecords<'_>> {
        let mut jobs = Vec::new();
        for root in self.roots.iter().map(|&index| &self.records[index]) {
            match root.kind {
                RecordKind::Stage => {
                    let before = jobs.len();
                    for child in self.children(root) {
                        self.jobs_below(Some(root), child, &mut jobs);
                    }
                    if jobs.len() == before {
                        jobs.push(JobRecords {
                            stage: Some(root),
                            phase: None,
                            job: None,
                        });
                    }
                }
                _ => self.jobs_below(None, root, &mut jobs),
            }
        }
        jobs
    }

    fn jobs_below<'a>(
        &'a self,
        stage: Option<&'a Record>,
        record: &'a Record,
        jobs: &mut Vec<JobRecords<'a>>,
    ) {
        match record.kind {
            RecordKind::Phase => {
                let before = jobs.len();
                let below = self
                    .children(record)
                    .filter(|child| child.kind == RecordKind::Job);
                jobs.extend(below.map(|job| JobRecords {
                    stage,
                    phase: Some(record),
                    job: Some(job),
                }));
                if jobs.len() == before {
                    jobs.push(JobRecords {
                        stage,
                        phase: Some(record),
                        job: None,
                    });
                }
            }
            RecordKind::Job => jobs.push(JobRecords {
                stage,
                phase: None,
                job: Some(record),
            }),
            _ => {}
        }
    }

    /// The logs to show of one job, in order: its tasks'. A phase that failed before it had a job, and
    /// a job that has no tasks, have only their own.
    #[must_use]
    pub fn log_sources(&self, job: &JobRecords<'_>) -> Vec<LogSource> {
        let path = job.path();
        let title = job.title();
        let is_over = job.is_over();
        let is_lost = job.mishap().is_some_and(Mishap::is_infrastructure);
        let source = |record: &Record| LogSource {
            key: TaskKey {
                job: path.clone(),
                order: record.order,
                name: record.name.clone(),
            },
            record: record.id.clone(),
            job_title: title.clone(),
            task: (record.kind == RecordKind::Task).then(|| record.name.clone()),
            log: record.log,
            is_running: record.state == RecordState::InProgress && !is_over,
            is_over: record.is_completed() || is_over,
            // What an agent that was lost has not uploaded never comes.
            is_expected: record.has_run() && !is_lost,
            result: record.result.clone(),
            duration: record.duration(),
        };
        match (job.job, job.phase) {
            (Some(record), _) => {
                let tasks = self.children(record);
                let sources: Vec<LogSource> = tasks
                    .filter(|child| child.kind == RecordKind::Task)
                    .map(&source)
                    .collect();
                let has_own_only = sources.is_empty() && is_over && record.log.is_some();
                if has_own_only {
                    vec![source(record)]
                } else {
                    sources
                }
            }
            (None, Some(phase)) if phase.has_failed() && phase.log.is_some() => {
                vec![source(phase)]
            }
            _ => Vec::new(),
        }
    }
}

/// The records whose chain of parents ends at one without a parent.
fn below_a_root(records: &[Record]) -> HashSet<RecordId> {
    let mut below: HashMap<&RecordId, Vec<&RecordId>> = HashMap::new();
    let mut next = Vec::new();
    for record in records {
        match &record.parent {
            Some(parent) => below.entry(parent).or_default().push(&record.id),
            None => next.push(&record.id),
        }
    }
    let mut found = HashSet::new();
    while let Some(id) = next.pop() {
        next.extend(below.remove(id).into_iter().flatten());
        found.insert(id.clone());
    }
    found
}
