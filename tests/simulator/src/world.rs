//! Azure's state: a project, its pipelines, its builds and their tags, at the present simulated moment.
//!
//! No HTTP here. What a caller does wrong comes back as a [`Refusal`].

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::clock::{Clock, Moment, Pace, Span};
use crate::ids;
use crate::refusal::Refusal;
use crate::schedule::{Event, Occasion, Schedule, Turns, expanded_yaml, share};
use crate::script::run::RunScript;
use crate::script::{PastRun, Person, PipelineScript, QueueStatus, Scenario};
use crate::snapshot::{BuildSnapshot, LineAppearance, TaskLog};
use crate::wire::queue::{QUEUE_ID, QUEUE_NAME};

mod build;
mod change;
mod queue_request;
#[cfg(test)]
mod tests;
mod validation;

pub(crate) use build::Build;
pub(crate) use queue_request::{QueueRequest, RunParameters};
use validation::validate;

/// The state of one simulated organization.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) scenario: Scenario,
    pub(crate) clock: Clock,
    builds: Vec<Build>,
}

impl World {
    pub(crate) fn new(scenario: Scenario) -> Self {
        // No time passes while the past is played.
        let clock = Clock::start(Pace::Polls(Span::ZERO));
        let mut world = Self {
            scenario,
            clock,
            builds: Vec::new(),
        };
        let history = std::mem::take(&mut world.scenario.history);
        for run in &history {
            world.remember(run);
        }
        world.scenario.history = history;
        world.clock = Clock::start(world.scenario.pace());
        world
            .clock
            .set(Moment::EPOCH.plus(world.scenario.starts_at));
        world
    }

    /// Plays a run from before the scenario.
    fn remember(&mut self, run: &PastRun) {
        let at = Moment::EPOCH.plus(run.at);
        self.clock.set(at);
        let Ok(place) = self.place_of(run.pipeline) else {
            return;
        };
        let id = self.enter(
            place,
            QueueRequest {
                pipeline: run.pipeline,
                source_branch: run.branch.clone(),
                source_version: run.commit.clone(),
                parameters: run.parameters.clone(),
                reason: run.reason.clone(),
                priority: run.priority.clone(),
                requested_for: run.requested_for.clone(),
                ..QueueRequest::default()
            },
        );
        if let Ok(build) = self.build_mut(id) {
            build.tags.clone_from(&run.tags);
            build.tags.sort();
            build.trigger_info.clone_from(&run.trigger_info);
            build.keep_forever = run.keep_forever;
            build.without_queue_time = run.without_queue_time;
        }
        if let Some(after) = run.canceled_after {
            self.clock.set(at.plus(after));
            // One that was over by then stays as it was.
            let _ = self.cancel(id);
        }
    }

    /// Who asked for a build; nothing for the caller.
    pub(crate) fn person_of(&self, build: &Build) -> Option<&Person> {
        let name = build.asked.requested_for.as_ref()?;
        let mut people = self.scenario.people.iter();
        people.find(|person| person.unique_name == *name)
    }

    pub(crate) fn now(&self) -> Moment {
        self.clock.now()
    }

    pub(crate) fn builds(&self) -> &[Build] {
        &self.builds
    }

    pub(crate) fn pipeline_of(&self, build: &Build) -> &PipelineScript {
        &self.scenario.pipelines[build.pipeline]
    }

    pub(crate) fn run_of(&self, build: &Build) -> &RunScript {
        self.pipeline_of(build).run(build.number)
    }

    pub(crate) fn pipeline(&self, id: u32) -> Result<&PipelineScript, Refusal> {
        self.place_of(id)
            .map(|place| &self.scenario.pipelines[place])
    }

    fn place_of(&self, id: u32) -> Result<usize, Refusal> {
        let place = self
            .scenario
            .pipelines
            .iter()
            .position(|pipeline| pipeline.id == id);
        place.ok_or_else(|| Refusal::definition_not_found(id))
    }

    pub(crate) fn build(&self, id: u32) -> Result<&Build, Refusal> {
        let found = self.builds.iter().find(|build| build.id == id);
        found.ok_or_else(|| Refusal::build_not_found(id))
    }

    fn build_mut(&mut self, id: u32) -> Result<&mut Build, Refusal> {
        let found = self.builds.iter_mut().find(|build| build.id == id);
        found.ok_or_else(|| Refusal::build_not_found(id))
    }

    /// One GET of a build's timeline.
    pub(crate) fn look(&mut self, id: u32) -> Result<(), Refusal> {
        self.build(id)?;
        self.clock.look();
        self.let_another_cancel(id)
    }

    /// One GET of a build: the stepped clock moves on before the answer.
    pub(crate) fn poll(&mut self, id: u32) -> Result<&Build, Refusal> {
        self.build(id)?;
        self.clock.poll();
        self.let_another_cancel(id)?;
        self.build(id)
    }

    /// Somebody cancels the run when the scenario says so.
    fn let_another_cancel(&mut self, id: u32) -> Result<(), Refusal> {
        let build = self.build(id)?;
        let after = self.run_of(build).canceled_after;
        let is_due = after.is_some_and(|after| build.queued.plus(after) <= self.now());
        if !is_due || build.was_ever_canceled() || build.result(self.now()).is_some() {
            return Ok(());
        }
        let event = self.cancellation(build, None, true);
        self.happen(id, event)
    }

    /// Docs: "Builds - Queue".
    pub(crate) fn queue(&mut self, asked: QueueRequest) -> Result<&Build, Refusal> {
        let place = self.place_of(asked.pipeline)?;
        let pipeline = &self.scenario.pipelines[place];
        if pipeline.queueing_denied {
            return Err(Refusal::queueing_denied(pipeline, &self.scenario.project));
        }
        if pipeline.queue_status == QueueStatus::Disabled {
            return Err(Refusal::definition_disabled(pipeline));
        }
        let number = self.runs_of(place);
        validate(self, pipeline, pipeline.run(number), &asked)?;
        let id = self.enter(place, asked);
        self.build(id)
    }

    /// Docs: "Preview - Preview": what would be run, expanded.
    pub(crate) fn preview(&self, asked: &QueueRequest) -> Result<String, Refusal> {
        let pipeline = self.pipeline(asked.pipeline)?;
        let number = self.runs_of(self.place_of(asked.pipeline)?);
        let run = pipeline.run(number);
        validate(self, pipeline, run, asked)?;
        Ok(expanded_yaml(&asked.applied_to(run)).join("\n") + "\n")
    }

    /// The names of the agent queues by their ids.
    pub(crate) fn queues(&self) -> Vec<(u32, &str)> {
        let others = self.scenario.queues.iter();
        let others = others.map(|queue| (queue.id, queue.name.as_str()));
        [(QUEUE_ID, QUEUE_NAME)].into_iter().chain(others).collect()
    }

    /// A new build of the pipeline at `place`; gives its id.
    fn enter(&mut self, place: usize, asked: QueueRequest) -> u32 {
        let pipeline = &self.scenario.pipelines[place];
        let number = self.runs_of(place);
        let run = pipeline.run(number);
        let id =
            self.scenario.first_build_id + u32::try_from(self.builds.len()).unwrap_or(u32::MAX);
        let queued = self.now();
        let source_branch = asked
            .source_branch
            .clone()
            .unwrap_or_else(|| pipeline.default_branch.clone());
        let source_version = run
            .source_version
            .clone()
            .or_else(|| asked.source_version.clone());
        let build = Build {
            id,
            pipeline: place,
            number,
            queued,
            postponed_until: queued.plus(run.postponed_for),
            source_version: source_version.unwrap_or_else(|| ids::commit(&source_branch)),
            source_branch,
            tags: if self.scenario.queue_tags {
                asked.tags.clone()
            } else {
                Vec::new()
            },
            asked,
            trigger_info: BTreeMap::new(),
            keep_forever: false,
            without_queue_time: false,
            events: Vec::new(),
            schedule: Arc::new(Schedule::unplanned()),
        };
        self.builds.push(build);
        self.replan(id);
        id
    }

    /// How many runs there are of the pipeline at `place`.
    fn runs_of(&self, place: usize) -> usize {
        let builds = self.builds.iter();
        builds.filter(|build| build.pipeline == place).count()
    }

    /// Works the course of a build out anew; where slots are few, that of all builds.
    fn replan(&mut self, id: u32) {
        if let Some(slots) = self.scenario.agents.slots {
            let plan = |place: usize, turns: &Turns| self.plan(&self.builds[place], Some(turns));
            let schedules = share(slots, self.builds.len(), plan);
            for (build, schedule) in self.builds.iter_mut().zip(schedules) {
                build.schedule = Arc::new(schedule);
            }
            return;
        }
        let place = self.builds.iter().position(|build| build.id == id);
        if let Some(place) = place {
            self.builds[place].schedule = Arc::new(self.plan(&self.builds[place], None));
        }
    }

    fn plan(&self, build: &Build, turns: Option<&Turns>) -> Schedule {
        let occasion = Occasion {
            build_id: build.id,
            queued: build.queued,
            paused: self.pipeline_of(build).queue_status == QueueStatus::Paused,
            events: &build.events,
            agents: &self.scenario.agents,
            turns,
        };
        Schedule::of(&build.asked.applied_to(self.run_of(build)), occasion)
    }

    fn happen(&mut self, id: u32, event: Event) -> Result<(), Refusal> {
        self.build_mut(id)?.events.push(event);
        self.replan(id);
        Ok(())
    }

    /// All tags of the project, each once.
    pub(crate) fn tags(&self) -> Vec<&String> {
        let mut tags: Vec<&String> = self.builds.iter().flat_map(|build| &build.tags).collect();
        tags.sort();
        tags.dedup();
        tags
    }

    pub(crate) fn snapshots(&self) -> Vec<BuildSnapshot> {
        self.builds
            .iter()
            .map(|build| BuildSnapshot::of(build, self))
            .collect()
    }

    pub(crate) fn task_logs(&self, id: u32) -> Vec<TaskLog> {
        self.build(id)
            .map(|build| TaskLog::all_of(&build.schedule))
            .unwrap_or_default()
    }

    pub(crate) fn line_appearances(&self, id: u32) -> Vec<LineAppearance> {
        self.build(id)
            .map(|build| LineAppearance::all_of(&build.schedule, &self.clock))
            .unwrap_or_default()
    }
}
