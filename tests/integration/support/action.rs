//! A step, as the runner would start it.

use std::collections::BTreeMap;

use azure_pipelines_simulator::{Simulator, TEST_TOKEN};
use tempfile::TempDir;

use super::canary;
use super::finished::Finished;
use super::running::Running;

/// A step before it runs.
#[must_use]
pub(crate) struct Action {
    pub(super) directory: TempDir,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) entrypoint: &'static str,
    /// What may be seen nowhere but in the commands that mask it.
    secrets: Vec<String>,
}

impl Action {
    /// A step on a push to `main` of `octo/demo`, with the inputs that every step needs.
    pub(crate) fn new(project_url: &str) -> Self {
        let directory = TempDir::new().expect("a directory");
        let path = |name: &str| directory.path().join(name).display().to_string();
        for file in ["output", "state", "summary"] {
            std::fs::write(path(file), "").expect("an empty file");
        }
        let commit = "1111111111111111111111111111111111111111";
        let planted = canary::PLANTED.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut environment: BTreeMap<String, String> = [
            ("INPUT_AZURE-DEVOPS-PROJECT-URL", project_url),
            ("INPUT_AZURE-DEVOPS-TOKEN", TEST_TOKEN),
            ("INPUT_AZURE-PIPELINE-NAME", "App CI"),
            ("INPUT_POLL-INTERVAL", "1ms"),
            ("INPUT_RETRY-DELAY", "1ms"),
            ("RUNNER_DEBUG", "1"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", "push"),
            ("GITHUB_REF", "refs/heads/main"),
            ("GITHUB_SHA", commit),
            ("GITHUB_REPOSITORY", "octo/demo"),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_RUN_ID", "4711"),
            ("GITHUB_RUN_ATTEMPT", "1"),
            ("GITHUB_JOB", "azure"),
            ("GITHUB_ACTION", "pipeline"),
            ("GITHUB_OUTPUT", &path("output")),
            ("GITHUB_STATE", &path("state")),
            ("GITHUB_STEP_SUMMARY", &path("summary")),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        environment.extend(planted);
        Self {
            directory,
            environment,
            entrypoint: "/run-azure-pipeline",
            secrets: Vec::new(),
        }
    }

    pub(crate) fn on(simulator: &Simulator) -> Self {
        Self::new(&simulator.project_url())
    }

    pub(crate) fn input(self, name: &str, value: &str) -> Self {
        self.variable(&format!("INPUT_{}", name.to_uppercase()), value)
    }

    pub(crate) fn inputs<N, V>(self, inputs: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: AsRef<str>,
        V: AsRef<str>,
    {
        inputs.into_iter().fold(self, |action, (name, value)| {
            action.input(name.as_ref(), value.as_ref())
        })
    }

    /// An input that is secret.
    pub(crate) fn secret(self, name: &str, value: &str) -> Self {
        self.input(name, value).also_secret(value)
    }

    /// What else may not be seen.
    pub(crate) fn also_secret(mut self, secret: &str) -> Self {
        self.secrets.push(secret.to_owned());
        self
    }

    /// Searches what the step wrote, when its log is this, for all that is secret.
    #[track_caller]
    pub(crate) fn search(&self, log: &str) {
        canary::search(log, self.directory.path(), &self.all_secrets());
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.environment.remove(name);
        self
    }

    /// The post step of a step that has run, or was killed: the same inputs, and its state.
    pub(crate) fn after(mut self, step: &Finished) -> Self {
        let state = step.state.iter();
        let state = state.map(|(name, value)| (format!("STATE_{name}"), value.clone()));
        self.environment.extend(state);
        self.entrypoint = "/clean-up";
        self
    }

    /// The variables that the step starts with.
    pub(crate) fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// A file in the workspace.
    pub(crate) fn file(self, name: &str, text: &str) -> Self {
        std::fs::write(self.path(name), text).expect("a file");
        self
    }

    /// The path of a file in the workspace.
    pub(crate) fn path(&self, name: &str) -> String {
        self.directory.path().join(name).display().to_string()
    }

    /// The event's payload.
    pub(crate) fn payload(self, json: &str) -> Self {
        let path = self.path("event.json");
        self.file("event.json", json)
            .variable("GITHUB_EVENT_PATH", &path)
    }

    pub(crate) fn start(self) -> Running {
        Running::start(self)
    }

    /// Runs the step without judging what it writes: its exit code, its log, and the most memory that
    /// it was seen to have taken, in KiB (Linux: `VmHWM`).
    pub(crate) fn measured(self) -> (Option<i32>, String, u64) {
        self.start().measured()
    }

    pub(crate) fn run(self) -> Finished {
        self.start().finish()
    }

    pub(super) fn all_secrets(&self) -> Vec<String> {
        let planted = canary::planted(&self.environment);
        let given = self.secrets.iter().cloned();
        given.chain(planted).chain(self.token()).collect()
    }

    pub(super) fn token(&self) -> Option<String> {
        self.environment.get("INPUT_AZURE-DEVOPS-TOKEN").cloned()
    }
}
