//! Azure's state: a project, its pipelines, its builds and their tags, at the present simulated moment.
//!
//! No HTTP here. What a caller does wrong comes back as a [`Refusal`].

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::clock::{Clock, Moment, Pace, Span};
use crate::ids;
use crate::refusal::Refusal;
use crate::schedule::{
    BuildStatus, Cancellation, Decision, Event, Occasion, Record, RecordResult, Retry, Schedule,
    Turns, expanded_yaml, share,
};
use crate::script::run::{BuildResult, CheckResult, RunScript};
use crate::script::{PastRun, Person, PipelineScript, QueueStatus, Scenario};
use crate::snapshot::{BuildSnapshot, LineAppearance, TaskLog};
use crate::wire::{QUEUE_ID, QUEUE_NAME};

/// The state of one simulated organization.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) scenario: Scenario,
    pub(crate) clock: Clock,
    builds: Vec<Build>,
}

/// One run of a pipeline.
#[derive(Clone, Debug)]
pub(crate) struct Build {
    pub(crate) id: u32,
    /// Place of its pipeline in the scenario.
    pub(crate) pipeline: usize,
    /// How many runs of that pipeline were queued before.
    pub(crate) number: usize,
    pub(crate) queued: Moment,
    postponed_until: Moment,
    pub(crate) asked: QueueRequest,
    pub(crate) source_branch: String,
    pub(crate) source_version: String,
    pub(crate) tags: Vec<String>,
    pub(crate) trigger_info: BTreeMap<String, String>,
    pub(crate) keep_forever: bool,
    pub(crate) without_queue_time: bool,
    /// What callers did to it, in that order.
    events: Vec<Event>,
    pub(crate) schedule: Arc<Schedule>,
}

/// What a caller wants to be queued.
#[derive(Clone, Debug, Default)]
pub(crate) struct QueueRequest {
    pub(crate) pipeline: u32,
    pub(crate) source_branch: Option<String>,
    pub(crate) source_version: Option<String>,
    /// The JSON text with the variables, as sent.
    pub(crate) parameters: Option<String>,
    pub(crate) variables: Vec<String>,
    pub(crate) template_parameters: Vec<(String, String)>,
    /// By their names in the YAML.
    pub(crate) stages_to_skip: Vec<String>,
    pub(crate) demands: Vec<String>,
    /// The id of an agent queue; absent: the pipeline's own.
    pub(crate) queue: Option<u32>,
    /// What only the Pipelines API asks for; absent: the Build API was asked.
    pub(crate) run: Option<RunParameters>,
    pub(crate) reason: Option<String>,
    pub(crate) priority: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) ignore_warnings: bool,
    /// The unique name of the person; absent: the caller.
    pub(crate) requested_for: Option<String>,
}

/// The part of a request to the Pipelines API that its own answers repeat, or nothing does.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunParameters {
    /// Values of secret variables are not kept.
    pub(crate) variables: BTreeMap<String, Option<String>>,
    /// As sent, without the repository `self`.
    pub(crate) resources: Value,
}

impl Build {
    pub(crate) fn status(&self, now: Moment) -> BuildStatus {
        match self.schedule.status(now, self.canceled()) {
            BuildStatus::NotStarted if now < self.postponed_until => BuildStatus::Postponed,
            status => status,
        }
    }

    /// When the present attempt was canceled as a whole.
    fn canceled(&self) -> Option<Moment> {
        self.cancellation().map(|cancellation| cancellation.at)
    }

    /// The cancellation of the present attempt as a whole.
    pub(crate) fn cancellation(&self) -> Option<Cancellation> {
        let of_attempt = self
            .events
            .rsplit(|event| matches!(event, Event::Retried(_)))
            .next();
        of_attempt.into_iter().flatten().find_map(cancellation)
    }

    pub(crate) fn was_ever_canceled(&self) -> bool {
        self.events
            .iter()
            .any(|event| cancellation(event).is_some())
    }

    pub(crate) fn decision(&self, approval: &str) -> Option<&Decision> {
        self.events.iter().find_map(|event| match event {
            Event::Decided(decision) if decision.approval == approval => Some(decision),
            _ => None,
        })
    }

    pub(crate) fn result(&self, now: Moment) -> Option<BuildResult> {
        (now >= self.schedule.finished).then_some(self.schedule.result)
    }

    /// `None` before the start and for times that are still to come.
    pub(crate) fn start_time(&self, now: Moment) -> Option<Moment> {
        Some(self.schedule.started).filter(|start| *start <= now)
    }

    pub(crate) fn finish_time(&self, now: Moment) -> Option<Moment> {
        Some(self.schedule.finished).filter(|finish| *finish <= now)
    }

    pub(crate) fn last_changed(&self, now: Moment) -> Moment {
        let moments = [
            Some(self.queued),
            self.events.last().map(Event::at),
            self.start_time(now),
            self.finish_time(now),
        ];
        moments.into_iter().flatten().max().unwrap_or(self.queued)
    }
}

fn cancellation(event: &Event) -> Option<Cancellation> {
    match event {
        Event::Canceled {
            stage: None,
            cancellation,
        } => Some(*cancellation),
        _ => None,
    }
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
        self.validate(pipeline, pipeline.run(number), &asked)?;
        let id = self.enter(place, asked);
        self.build(id)
    }

    /// Docs: "Preview - Preview": what would be run, expanded.
    pub(crate) fn preview(&self, asked: &QueueRequest) -> Result<String, Refusal> {
        let pipeline = self.pipeline(asked.pipeline)?;
        let number = self.runs_of(self.place_of(asked.pipeline)?);
        let run = pipeline.run(number);
        self.validate(pipeline, run, asked)?;
        let own = pipeline.final_yaml.clone();
        Ok(own.unwrap_or_else(|| expanded_yaml(&as_asked(run, asked)).join("\n") + "\n"))
    }

    /// The names of the agent queues by their ids.
    pub(crate) fn queues(&self) -> Vec<(u32, &str)> {
        let others = self.scenario.queues.iter();
        let others = others.map(|queue| (queue.id, queue.name.as_str()));
        [(QUEUE_ID, QUEUE_NAME)].into_iter().chain(others).collect()
    }

    /// What the service checks before it takes a run. All errors are reported at once.
    fn validate(
        &self,
        pipeline: &PipelineScript,
        run: &RunScript,
        asked: &QueueRequest,
    ) -> Result<(), Refusal> {
        let is_known = |id: u32| self.queues().iter().any(|(known, _)| *known == id);
        if let Some(unknown) = asked.queue.filter(|id| !is_known(*id)) {
            return Err(Refusal::queue_not_found(unknown));
        }
        let limits = pipeline.variables.is_some() && self.scenario.limits_variables();
        let mut errors = run.validation.clone();
        errors.extend(unseen_source(pipeline, asked));
        errors.extend(input_errors(pipeline, asked, limits));
        let is_stage = |name: &String| run.stages.iter().any(|stage| stage.identifier() == *name);
        let not_stages = asked.stages_to_skip.iter().filter(|name| !is_stage(name));
        errors.extend(not_stages.map(|name| format!("'{name}' is not a valid stage to skip.")));
        match (errors.is_empty(), &asked.run) {
            // That warnings do not count here is a guess.
            (true, Some(_)) => Ok(()),
            (false, Some(_)) => Err(Refusal::pipeline_invalid(&errors)),
            (false, None) => Err(Refusal::validation_failed(&errors, &run.warnings)),
            (true, None) if run.warnings.is_empty() || asked.ignore_warnings => Ok(()),
            (true, None) => Err(Refusal::validation_warned(&run.warnings)),
        }
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
        Schedule::of(&as_asked(self.run_of(build), &build.asked), occasion)
    }

    fn happen(&mut self, id: u32, event: Event) -> Result<(), Refusal> {
        self.build_mut(id)?.events.push(event);
        self.replan(id);
        Ok(())
    }

    /// Docs: "Builds - Update Build" with a status. Asking twice changes nothing.
    pub(crate) fn cancel(&mut self, id: u32) -> Result<&Build, Refusal> {
        let build = self.build(id)?;
        if build.status(self.now()) == BuildStatus::Completed {
            return Err(Refusal::completed_build(id));
        }
        if build.canceled().is_none() {
            let event = self.cancellation(build, None, false);
            self.happen(id, event)?;
        }
        self.build(id)
    }

    /// Docs: "Stages - Update". A stage that is over stays as it is.
    pub(crate) fn cancel_stage(&mut self, id: u32, stage: &str) -> Result<(), Refusal> {
        let build = self.build(id)?;
        let record = self.stage(build, stage)?;
        if record.finish <= self.now() {
            return Ok(());
        }
        let event = self.cancellation(build, record.identifier.clone(), false);
        self.happen(id, event)
    }

    fn cancellation(&self, build: &Build, stage: Option<String>, is_by_another: bool) -> Event {
        let at = self.now();
        let obeyed = at.plus(self.run_of(build).cancel_takes);
        Event::Canceled {
            stage,
            cancellation: Cancellation {
                at,
                obeyed,
                is_by_another,
            },
        }
    }

    /// The record of a stage, by the name in the YAML.
    fn stage<'a>(&self, build: &'a Build, name: &str) -> Result<&'a Record, Refusal> {
        let mut records = build.schedule.visible_records(self.now());
        let found = records.find(|record| record.is_stage(name));
        found.ok_or_else(|| Refusal::stage_not_found(name))
    }

    /// Runs failed and canceled jobs again, of one stage or of all; every job where all are asked for. Nothing
    /// to do is no error, which is a guess.
    pub(crate) fn retry(
        &mut self,
        id: u32,
        stage: Option<&str>,
        all_jobs: bool,
    ) -> Result<(), Refusal> {
        let now = self.now();
        let build = self.build(id)?;
        let wanted = stage.map(|name| self.stage(build, name)).transpose()?;
        let records = build.schedule.visible_records(now);
        let stages: Vec<&Record> = records.filter(|record| record.kind == "Stage").collect();
        if let Some(open) = stages.iter().find(|stage| stage.finish > now) {
            return Err(Refusal::stage_in_progress(&open.name));
        }
        if let Some(never) = wanted.filter(|stage| stage.result == RecordResult::Skipped) {
            return Err(Refusal::stage_never_ran(&never.name));
        }
        let has_work = match wanted {
            Some(stage) => all_jobs || stage.result.is_bad(),
            None => stages.iter().any(|stage| stage.result.is_bad()),
        };
        if !has_work || build.result(now).is_none() {
            return Ok(());
        }
        let stage = wanted.and_then(|stage| stage.identifier.clone());
        let retry = Retry {
            at: now,
            stage,
            all_jobs,
        };
        self.happen(id, Event::Retried(retry))
    }

    /// Docs: "Approvals - Update".
    pub(crate) fn decide(
        &mut self,
        approval: &str,
        result: CheckResult,
        comment: &str,
    ) -> Result<(), Refusal> {
        let now = self.now();
        let check = |build: &Build| {
            let mut records = build.schedule.visible_records(now);
            let found = records
                .find(|record| record.id == approval && record.kind == "Checkpoint.Approval")?;
            Some((build.id, found.finish))
        };
        let found = self.builds.iter().find_map(check);
        let (id, finish) = found.ok_or_else(|| Refusal::approval_not_found(approval))?;
        if finish <= now {
            return Err(Refusal::approval_completed(approval));
        }
        let decision = Decision {
            approval: approval.to_owned(),
            at: now,
            result,
            comment: comment.to_owned(),
        };
        self.happen(id, Event::Decided(decision))
    }

    /// Adds and removes tags; answers all tags, in the order of their names as the service does.
    pub(crate) fn change_tags(
        &mut self,
        id: u32,
        add: &[String],
        remove: &[String],
    ) -> Result<&[String], Refusal> {
        let build = self.build_mut(id)?;
        let same = |a: &String, b: &String| a.eq_ignore_ascii_case(b);
        for tag in add {
            if !build.tags.iter().any(|old| same(old, tag)) {
                build.tags.push(tag.clone());
            }
        }
        build
            .tags
            .retain(|tag| !remove.iter().any(|gone| same(gone, tag)));
        build.tags.sort();
        Ok(&build.tags)
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

/// The run as the request changes it: stages that are skipped, demands of all its jobs.
fn as_asked<'a>(run: &'a RunScript, asked: &QueueRequest) -> Cow<'a, RunScript> {
    let mut run = Cow::Borrowed(run);
    if !asked.stages_to_skip.is_empty() {
        run.to_mut().skip(&asked.stages_to_skip);
    }
    if !asked.demands.is_empty() {
        for stage in &mut run.to_mut().stages {
            for job in &mut stage.jobs {
                job.demands.extend(asked.demands.iter().cloned());
            }
        }
    }
    run
}

/// What is wrong with what a run is given.
fn input_errors(pipeline: &PipelineScript, asked: &QueueRequest, limits: bool) -> Vec<String> {
    const POSITION: &str = "/azure-pipelines.yml (Line: 1, Col: 1):";
    let mut errors = Vec::new();
    let given = |name: &str| asked.template_parameters.iter().any(|(key, _)| key == name);
    for name in pipeline
        .required_parameters
        .iter()
        .filter(|name| !given(name))
    {
        errors.push(format!(
            "A value for the '{name}' parameter must be provided."
        ));
    }
    for (name, value) in &asked.template_parameters {
        let mut declared = pipeline.parameters.iter().flatten();
        match declared.find(|parameter| parameter.name == *name) {
            Some(parameter) => {
                errors.extend(parameter.fault(value).map(|fault| {
                    format!("{POSITION} The '{name}' parameter value '{value}' {fault}")
                }));
            }
            None if pipeline.parameters.is_none() => {}
            None if pipeline.required_parameters.contains(name) => {}
            None => errors.push(format!("{POSITION} Unexpected parameter '{name}'")),
        }
    }
    let is_settable = |name: &String| {
        let mut known = pipeline.variables.iter().flatten();
        known.any(|known| known.settable && known.name.eq_ignore_ascii_case(name))
    };
    if limits {
        for name in asked.variables.iter().filter(|name| !is_settable(name)) {
            errors.push(format!("You can't set the following variables ({name}). If you want to be able to set these variables, then edit the pipeline and select Settable at queue time on the variables tab of the pipeline editor."));
        }
    }
    errors
}

/// The service cannot load the YAML of a branch or commit that it does not see.
fn unseen_source(pipeline: &PipelineScript, asked: &QueueRequest) -> Option<String> {
    let branch = asked
        .source_branch
        .as_ref()
        .unwrap_or(&pipeline.default_branch);
    let hidden = |visible: &Option<Vec<String>>, name: &String| {
        visible.as_ref().is_some_and(|names| !names.contains(name))
    };
    let branch_hidden = hidden(&pipeline.branches, branch);
    let commit_hidden = asked
        .source_version
        .as_ref()
        .is_some_and(|commit| hidden(&pipeline.commits, commit));
    if !branch_hidden && !commit_hidden {
        return None;
    }
    let version = asked
        .source_version
        .clone()
        .unwrap_or_else(|| ids::commit(branch));
    let repository = &pipeline.repository.id;
    let start = "An error occurred while loading the YAML build pipeline.";
    Some(match pipeline.repository.kind.as_str() {
        "TfsGit" => format!(
            "{start} File /azure-pipelines.yml not found in repository {repository} branch {branch} version {version}."
        ),
        _ => format!(
            "{start} Could not find /azure-pipelines.yml in repository {repository} using commit {version}. GitHub reported the error, \"Not Found\""
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(toml: &str) -> World {
        World::new(Scenario::from_toml(toml).unwrap())
    }

    fn request(pipeline: u32) -> QueueRequest {
        QueueRequest {
            pipeline,
            ..QueueRequest::default()
        }
    }

    #[test]
    fn builds_are_numbered_from_the_first_id_on() {
        let mut world = world("first-build-id = 70\n[[pipeline]]\nid = 1\nname = 'a'\n");
        let ids = [0, 1].map(|_| world.queue(request(1)).unwrap().id);
        assert_eq!(ids, [70, 71]);
        assert_eq!(
            world.queue(request(2)).unwrap_err(),
            Refusal::definition_not_found(2)
        );
    }

    #[test]
    fn polling_moves_the_time_on_and_cancelling_does_not() {
        let mut world = world("[[pipeline]]\nid = 1\nname = 'a'\n");
        world.queue(request(1)).unwrap();
        assert_eq!(world.poll(9).unwrap_err(), Refusal::build_not_found(9));
        assert_eq!(world.now(), Moment::EPOCH);
        world.poll(1).unwrap();
        let now = world.now();
        assert!(now > Moment::EPOCH);
        world.cancel(1).unwrap();
        assert_eq!(world.now(), now);
    }

    #[test]
    fn the_first_cancellation_counts() {
        let mut world = world(
            "[[pipeline]]\nid = 1\nname = 'a'\nrun = { task = [{ duration = 'forever' }], cancel-takes = '3s' }\n",
        );
        world.queue(request(1)).unwrap();
        world.poll(1).unwrap();
        let first = world.cancel(1).unwrap().schedule.finished;
        world.poll(1).unwrap();
        assert_eq!(world.cancel(1).unwrap().schedule.finished, first);
    }

    const SHARED: &str = "
        clock = { polls = '500ms' }
        [agents]
        slots = 1
        [[pipeline]]
        id = 1
        name = 'a'
        [[pipeline.run.stage]]
        name = 'A'
        job = [{ task = [{ duration = '2s', attempts = [{ result = 'failed' }, {}] }] }, { name = 'Second' }]
        [[pipeline.run.stage]]
        name = 'B'
        condition = 'always'
    ";

    /// What a caller sees of the second run at each step; something happens at one of them.
    fn seen(steps: usize, happens: impl Fn(&mut World, usize)) -> Vec<String> {
        let mut world = world(SHARED);
        world.queue(request(1)).unwrap();
        world.queue(request(1)).unwrap();
        let mut seen = Vec::new();
        for step in 0..steps {
            happens(&mut world, step);
            world.poll(1).unwrap();
            let now = world.now();
            let build = world.build(2).unwrap();
            let records = build.schedule.visible_records(now);
            let states: Vec<String> = records
                .map(|record| format!("{} {:?}", record.id, record.state(now)))
                .collect();
            seen.push(format!("{:?} {states:?}", build.status(now)));
        }
        seen
    }

    #[test]
    fn what_happens_to_one_run_never_changes_the_past_of_another() {
        let plain = seen(40, |_, _| {});
        for at in 0..40 {
            let canceled = seen(40, |world, step| {
                if step == at {
                    let _ = world.cancel(1);
                }
            });
            assert_eq!(plain[..at], canceled[..at], "canceled at {at}");
            let retried = seen(40, |world, step| {
                if step == at {
                    let _ = world.retry(1, None, false);
                }
            });
            assert_eq!(plain[..at], retried[..at], "retried at {at}");
        }
    }

    #[test]
    fn a_retried_run_gets_in_line_again() {
        let mut world = world(SHARED);
        world.queue(request(1)).unwrap();
        while world.build(1).unwrap().result(world.now()).is_none() {
            world.poll(1).unwrap();
        }
        assert_eq!(
            world.build(1).unwrap().result(world.now()),
            Some(BuildResult::Failed)
        );
        world.queue(request(1)).unwrap();
        world.retry(1, None, false).unwrap();
        for _ in 0..60 {
            world.poll(1).unwrap();
        }
        let result = |id| world.build(id).unwrap().result(world.now());
        assert_eq!(
            (result(1), result(2)),
            (Some(BuildResult::Succeeded), Some(BuildResult::Failed))
        );
    }
}
