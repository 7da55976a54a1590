//! Starts the action as the runner does and collects all that it wrote.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use azure_pipelines_simulator::{Simulator, TEST_TOKEN};
use run_azure_pipeline::azure::Patience;
use run_azure_pipeline::shutdown;
use tempfile::TempDir;

use super::canary;
use super::runner::{ActView, Culture, Reader, RunnerView, is_summary_shown, parse_env_file};

/// The commands that the action may give; anything else that is executed came out of foreign text.
const COMMANDS: [&str; 5] = ["add-mask", "endgroup", "error", "group", "warning"];

/// A step before it runs.
#[must_use]
pub(crate) struct Action {
    directory: TempDir,
    environment: BTreeMap<String, String>,
    entrypoint: &'static str,
    /// What may be seen nowhere but in the commands that mask it.
    secrets: Vec<String>,
}

/// A step that runs.
pub(crate) struct Running {
    directory: TempDir,
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// What it has written, as far as that was waited for.
    written: Vec<u8>,
    token: String,
    secrets: Vec<String>,
    /// Those of them that must be masked.
    planted: Vec<String>,
}

/// A step that has run.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) exit_code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) view: RunnerView,
    pub(crate) outputs: BTreeMap<String, String>,
    pub(crate) state: BTreeMap<String, String>,
    pub(crate) summary: String,
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
        search(log, &self.directory, &self.all_secrets());
    }

    fn all_secrets(&self) -> Vec<String> {
        let planted = canary::planted(&self.environment);
        let given = self.secrets.iter().cloned();
        given.chain(planted).chain(self.token()).collect()
    }

    fn token(&self) -> Option<String> {
        self.environment.get("INPUT_AZURE-DEVOPS-TOKEN").cloned()
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
        let mut child = Command::new(env!("CARGO_BIN_EXE_run-azure-pipeline"))
            .arg0(self.entrypoint)
            .env_clear()
            .envs(&self.environment)
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the action starts");
        let token = self.token().unwrap_or_default();
        let planted = canary::planted(&self.environment);
        let secrets = self.all_secrets();
        Running {
            stdout: BufReader::new(child.stdout.take().expect("a pipe")),
            written: Vec::new(),
            directory: self.directory,
            child,
            token,
            secrets,
            planted,
        }
    }

    /// Runs the step without judging what it writes: its exit code, its log, and the most memory that
    /// it was seen to have taken, in KiB (Linux: `VmHWM`).
    pub(crate) fn measured(self) -> (Option<i32>, String, u64) {
        let mut running = self.start();
        let status = format!("/proc/{}/status", running.child.id());
        let sampler = std::thread::spawn(move || {
            let mut peak = 0;
            // It has no memory any more once it has ended.
            while let Some(now) = peak_in(&status) {
                peak = peak.max(now);
                std::thread::sleep(Duration::from_millis(2));
            }
            peak
        });
        let written = &mut running.written;
        running
            .stdout
            .read_to_end(written)
            .expect("the pipe is read");
        let status = running.child.wait().expect("the action ends");
        let peak = sampler.join().expect("a figure");
        let log = String::from_utf8(running.written).expect("UTF-8");
        (status.code(), log, peak)
    }

    pub(crate) fn run(self) -> Finished {
        self.start().finish()
    }
}

impl Running {
    /// Sends a signal, as `docker run` passes it on.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status()
            .expect("kill runs");
        assert!(status.success());
    }

    /// Waits until it has written a line that contains `text`.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) {
        let mut start = self.written.len();
        loop {
            let count = self.stdout.read_until(b'\n', &mut self.written);
            let line = String::from_utf8_lossy(&self.written[start..]);
            if line.contains(text) {
                return;
            }
            let is_over = count.expect("the pipe is read") == 0;
            assert!(
                !is_over,
                "{text} in\n{}",
                String::from_utf8_lossy(&self.written)
            );
            start = self.written.len();
        }
    }

    /// Waits for the end and judges what was written as the runner and act do.
    #[track_caller]
    pub(crate) fn finish(mut self) -> Finished {
        self.stdout
            .read_to_end(&mut self.written)
            .expect("the pipe is read");
        let output = self.child.wait_with_output().expect("the action ends");
        let stdout = String::from_utf8(self.written).expect("UTF-8");
        assert_eq!(
            String::from_utf8_lossy(&output.stderr),
            "",
            "stderr, which the runner reads too; stdout:\n{stdout}"
        );
        let view = judge(&stdout, &self.token);
        search(&stdout, &self.directory, &self.secrets);
        let is_masked = |secret: &String| view.masks.contains(secret);
        assert!(
            stdout.is_empty() || self.planted.iter().all(is_masked),
            "{stdout}"
        );
        let read = |name: &str| std::fs::read(self.directory.path().join(name)).expect("the file");
        let entries = |name: &str| {
            let runner = parse_env_file(&read(name), Reader::Runner).expect("valid for the runner");
            let act = parse_env_file(&read(name), Reader::Act).expect("valid for act");
            assert_eq!(runner, act);
            runner
        };
        let (outputs, state) = (entries("output"), entries("state"));
        let summary = read("summary");
        assert!(
            summary.is_empty() || is_summary_shown(&summary),
            "the summary is too large"
        );
        let summary = String::from_utf8(summary).expect("UTF-8");
        Finished {
            exit_code: output.status.code(),
            stdout,
            view,
            outputs,
            state,
            summary,
        }
    }
}

/// Nothing secret is in a log, but where it is masked, or in a file.
#[track_caller]
fn search(log: &str, directory: &TempDir, secrets: &[String]) {
    let log = canary::without_masks(log);
    let written = format!("{log}{}", canary::files(directory.path()));
    assert_eq!(canary::leak(&written, secrets), None);
}

#[track_caller]
fn judge(stdout: &str, token: &str) -> RunnerView {
    for culture in [Culture::Icu, Culture::Invariant] {
        let view = RunnerView::of(stdout.as_bytes(), b"", culture);
        assert_eq!(view.errors, Vec::<String>::new(), "{stdout}");
        for executed in &view.executed {
            assert!(
                COMMANDS.contains(&executed.name.as_str()),
                "{executed:?} in\n{stdout}"
            );
        }
        let mut is_masked = false;
        for line in stdout.lines() {
            is_masked |= line.contains("add-mask") && line.contains(token);
            assert!(
                is_masked || token.len() <= 3 || !line.contains(token),
                "said before it is masked: {line}"
            );
        }
    }
    let act = ActView::of(stdout.as_bytes(), b"");
    for executed in &act.executed {
        assert!(
            COMMANDS.contains(&executed.name.as_str()),
            "act: {executed:?} in\n{stdout}"
        );
    }
    RunnerView::of(stdout.as_bytes(), b"", Culture::Icu)
}

impl Finished {
    /// The log with escape characters made visible and without the masks.
    pub(crate) fn log(&self) -> String {
        self.stdout
            .lines()
            .filter(|line| !line.contains("add-mask"))
            .fold(String::new(), |mut log, line| {
                let _ = writeln!(log, "{}", line.replace('\x1b', "␛"));
                log
            })
    }

    /// The one error that ended the step.
    #[track_caller]
    pub(crate) fn error(&self) -> &str {
        let errors: Vec<&str> = self
            .view
            .annotations
            .iter()
            .filter(|annotation| annotation.level == "error")
            .map(|annotation| annotation.message.as_str())
            .collect();
        assert_eq!(errors.len(), 1, "{}", self.stdout);
        errors[0]
    }

    /// `name=value`, a line each.
    pub(crate) fn output_lines(&self) -> String {
        self.outputs
            .iter()
            .fold(String::new(), |mut lines, (name, value)| {
                let _ = writeln!(lines, "{name}={value}");
                lines
            })
    }
}

fn peak_in(status: &str) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Runs the step in this process with so much patience: its exit code and log.
pub(crate) fn in_process(action: &Action, patience: Patience) -> (u8, String) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let (_sender, shutdown) = shutdown::channel();
    let mut log = Vec::new();
    let run = run_azure_pipeline::run_with(action.environment(), shutdown, &mut log, patience);
    let exit_code = runtime.block_on(run);
    (exit_code, String::from_utf8(log).expect("UTF-8"))
}

/// The same by a clock that goes so many times as fast as the wall's.
pub(crate) fn hurried(action: &Action, haste: f64) -> (u8, String) {
    let patience = Patience {
        haste,
        ..Patience::default()
    };
    in_process(action, patience)
}

/// How long a test waits for something that must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A path in this package.
pub(crate) fn path(relative: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(relative)
}
