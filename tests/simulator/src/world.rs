//! Azure's state: a project, its pipelines, its builds and their tags, at the present simulated moment.
//!
//! No HTTP here. What a caller does wrong comes back as a [`Refusal`].

use std::sync::Arc;

use crate::clock::{Clock, Moment};
use crate::ids;
use crate::refusal::Refusal;
use crate::schedule::{BuildStatus, Cancellation, Occasion, Schedule};
use crate::script::run::{BuildResult, RunScript};
use crate::script::{PipelineScript, QueueStatus, Scenario};
use crate::snapshot::{BuildSnapshot, TaskLog};

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
    pub(crate) asked: QueueRequest,
    pub(crate) source_branch: String,
    pub(crate) source_version: String,
    pub(crate) tags: Vec<String>,
    pub(crate) canceled: Option<Moment>,
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
    pub(crate) reason: Option<String>,
    pub(crate) priority: Option<String>,
    pub(crate) ignore_warnings: bool,
}

impl Build {
    pub(crate) fn status(&self, now: Moment) -> BuildStatus {
        self.schedule.status(now, self.canceled)
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
            self.canceled,
            self.start_time(now),
            self.finish_time(now),
        ];
        moments.into_iter().flatten().max().unwrap_or(self.queued)
    }
}

impl World {
    pub(crate) fn new(scenario: Scenario) -> Self {
        let clock = Clock::start(scenario.pace());
        Self {
            scenario,
            clock,
            builds: Vec::new(),
        }
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

    /// One GET of a build: the stepped clock moves on before the answer.
    pub(crate) fn poll(&mut self, id: u32) -> Result<&Build, Refusal> {
        self.build(id)?;
        self.clock.poll();
        self.build(id)
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
        let number = self
            .builds
            .iter()
            .filter(|build| build.pipeline == place)
            .count();
        let run = pipeline.run(number);
        validate(pipeline, run, &asked)?;
        let id =
            self.scenario.first_build_id + u32::try_from(self.builds.len()).unwrap_or(u32::MAX);
        let queued = self.now();
        let paused = pipeline.queue_status == QueueStatus::Paused;
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
            source_version: source_version.unwrap_or_else(|| ids::commit(&source_branch)),
            source_branch,
            asked,
            tags: Vec::new(),
            canceled: None,
            schedule: Arc::new(Schedule::of(
                run,
                Occasion {
                    build_id: id,
                    queued,
                    paused,
                    cancellation: None,
                },
            )),
        };
        self.builds.push(build);
        self.build(id)
    }

    /// Docs: "Builds - Update Build" with a status. Asking twice changes nothing.
    pub(crate) fn cancel(&mut self, id: u32) -> Result<&Build, Refusal> {
        let now = self.now();
        let build = self.build(id)?;
        if build.status(now) == BuildStatus::Completed {
            return Err(Refusal::completed_build(id));
        }
        if build.canceled.is_none() {
            let run = self.run_of(build);
            let cancellation = Some(Cancellation {
                at: now,
                obeyed: now.plus(run.cancel_takes),
            });
            let paused = self.pipeline_of(build).queue_status == QueueStatus::Paused;
            let occasion = Occasion {
                build_id: id,
                queued: build.queued,
                paused,
                cancellation,
            };
            let schedule = Arc::new(Schedule::of(run, occasion));
            let build = self.build_mut(id)?;
            (build.canceled, build.schedule) = (Some(now), schedule);
        }
        self.build(id)
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
}

/// What the service checks before it takes a run. All errors are reported at once.
fn validate(
    pipeline: &PipelineScript,
    run: &RunScript,
    asked: &QueueRequest,
) -> Result<(), Refusal> {
    let mut errors = run.validation.clone();
    errors.extend(unseen_source(pipeline, asked));
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
    if let Some(declared) = &pipeline.parameters {
        let is_declared =
            |name: &String| declared.contains(name) || pipeline.required_parameters.contains(name);
        for (name, _) in asked
            .template_parameters
            .iter()
            .filter(|(name, _)| !is_declared(name))
        {
            errors.push(format!(
                "/azure-pipelines.yml (Line: 1, Col: 1): Unexpected parameter '{name}'"
            ));
        }
    }
    let settable = pipeline.variables.as_ref();
    for name in asked
        .variables
        .iter()
        .filter(|name| settable.is_some_and(|settable| !settable.contains(name)))
    {
        errors.push(format!("You can't set the following variables ({name}). If you want to be able to set these variables, then edit the pipeline and select Settable at queue time on the variables tab of the pipeline editor."));
    }
    if !errors.is_empty() {
        return Err(Refusal::validation_failed(&errors, &run.warnings));
    }
    if !run.warnings.is_empty() && !asked.ignore_warnings {
        return Err(Refusal::validation_warned(&run.warnings));
    }
    Ok(())
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
}
