//! A step of a workflow, run by the library in this process.

use std::collections::BTreeMap;

use azure_pipelines_simulator::{Simulator, TEST_TOKEN};
use run_azure_pipeline::shutdown;
use tempfile::TempDir;

pub(crate) struct Step {
    directory: TempDir,
    environment: BTreeMap<String, String>,
}

impl Step {
    pub(crate) fn on(simulator: &Simulator) -> Self {
        let directory = TempDir::new().expect("a directory");
        let path = |name: &str| directory.path().join(name).display().to_string();
        let environment = [
            ("INPUT_AZURE-DEVOPS-PROJECT-URL", simulator.project_url()),
            ("INPUT_AZURE-DEVOPS-TOKEN", TEST_TOKEN.to_owned()),
            ("INPUT_AZURE-PIPELINE-NAME", "App CI".to_owned()),
            ("INPUT_POLL-INTERVAL", "1ms".to_owned()),
            ("INPUT_RETRY-DELAY", "1ms".to_owned()),
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_EVENT_NAME", "push".to_owned()),
            ("GITHUB_REF", "refs/heads/main".to_owned()),
            ("GITHUB_SHA", "1".repeat(40)),
            ("GITHUB_REPOSITORY", "octo/demo".to_owned()),
            ("GITHUB_SERVER_URL", "https://github.com".to_owned()),
            ("GITHUB_OUTPUT", path("output")),
            ("GITHUB_STATE", path("state")),
            ("GITHUB_STEP_SUMMARY", path("summary")),
        ];
        for file in ["output", "state", "summary"] {
            std::fs::write(path(file), "").expect("an empty file");
        }
        Self {
            environment: environment
                .map(|(name, value)| (name.to_owned(), value))
                .into(),
            directory,
        }
    }

    pub(crate) fn input(&mut self, name: &str, value: &str) {
        self.variable(&format!("INPUT_{}", name.to_uppercase()), value);
    }

    pub(crate) fn variable(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn payload(&mut self, json: &str) {
        let path = self.directory.path().join("event.json");
        std::fs::write(&path, json).expect("an event file");
        self.variable("GITHUB_EVENT_PATH", &path.display().to_string());
    }

    #[track_caller]
    pub(crate) fn run(&self, exit_code: u8) {
        let (_sender, shutdown) = shutdown::channel();
        self.run_with(shutdown, exit_code);
    }

    /// Asks for the end once `is_time` comes back, on a thread of its own.
    #[track_caller]
    pub(crate) fn run_until(&self, exit_code: u8, is_time: impl FnOnce() + Send) {
        let (sender, shutdown) = shutdown::channel();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                is_time();
                sender.request();
            });
            self.run_with(shutdown, exit_code);
        });
    }

    #[track_caller]
    fn run_with(&self, shutdown: shutdown::Shutdown, expected: u8) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let mut log = Vec::new();
        let exit_code = runtime.block_on(run_azure_pipeline::run(
            &self.environment,
            shutdown,
            &mut log,
        ));
        assert_eq!(exit_code, expected, "{}", String::from_utf8_lossy(&log));
    }
}
