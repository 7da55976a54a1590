//! A step that runs.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::act::ActView;
use super::action::Action;
use super::canary;
use super::files::{Reader, is_summary_shown, parse_env_file};
use super::finished::Finished;
use super::runner::{Culture, Executed, RunnerView};

/// The commands that the action may give; anything else that is executed came out of foreign text.
const COMMANDS: [&str; 5] = ["add-mask", "endgroup", "error", "group", "warning"];

/// A step that runs.
pub(crate) struct Running {
    directory: TempDir,
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// What it has written, as far as that was waited for.
    written: Vec<u8>,
    token: String,
    /// What may be seen nowhere but in the commands that mask it.
    secrets: Vec<String>,
    /// Those of them that must be masked.
    planted: Vec<String>,
}

impl Running {
    /// Starts it as the runner does.
    pub(super) fn start(action: Action) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_run-azure-pipeline"))
            .arg0(action.entrypoint)
            .env_clear()
            .envs(&action.environment)
            .current_dir(action.directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the action starts");
        Self {
            stdout: BufReader::new(child.stdout.take().expect("a pipe")),
            written: Vec::new(),
            child,
            token: action.token().unwrap_or_default(),
            secrets: action.all_secrets(),
            planted: canary::planted(&action.environment),
            directory: action.directory,
        }
    }

    /// Sends a signal, as `docker run` passes it on.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status()
            .expect("kill runs");
        assert!(status.success());
    }

    /// Interrupts it as the runner does, and waits for the end that comes of it.
    #[track_caller]
    pub(crate) fn interrupt(self) -> Finished {
        self.signal("INT");
        let finished = self.finish();
        finished.ended_with(130);
        finished
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
            let written = String::from_utf8_lossy(&self.written);
            assert!(!is_over, "{text} in\n{written}");
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
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            stderr, "",
            "stderr, which the runner reads too; stdout:\n{stdout}"
        );
        let view = judge(&stdout);
        assert_masked_first(&stdout, &self.token);
        canary::search(&stdout, self.directory.path(), &self.secrets);
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
        Finished {
            exit_code: output.status.code(),
            stdout,
            view,
            outputs,
            state,
            summary: String::from_utf8(summary).expect("UTF-8"),
        }
    }

    /// Waits for the end without judging what was written: the exit code, the log, and the most memory
    /// that the step was seen to have taken, in KiB (Linux: `VmHWM`).
    pub(super) fn measured(mut self) -> (Option<i32>, String, u64) {
        let status = format!("/proc/{}/status", self.child.id());
        let sampler = std::thread::spawn(move || {
            let mut peak = 0;
            // It has no memory any more once it has ended.
            while let Some(now) = peak_in(&status) {
                peak = peak.max(now);
                std::thread::sleep(Duration::from_millis(2));
            }
            peak
        });
        self.stdout
            .read_to_end(&mut self.written)
            .expect("the pipe is read");
        let status = self.child.wait().expect("the action ends");
        let peak = sampler.join().expect("a figure");
        let log = String::from_utf8(self.written).expect("UTF-8");
        (status.code(), log, peak)
    }
}

fn peak_in(status: &str) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Nothing but our own commands is obeyed.
#[track_caller]
fn judge(stdout: &str) -> RunnerView {
    let only_ours = |executed: &[Executed], who: &str| {
        let mut foreign = executed.iter();
        let foreign = foreign.find(|one| !COMMANDS.contains(&one.name.as_str()));
        assert_eq!(foreign, None, "{who}:\n{stdout}");
    };
    let [icu, invariant] = [Culture::Icu, Culture::Invariant]
        .map(|culture| RunnerView::of(stdout.as_bytes(), b"", culture));
    for view in [&icu, &invariant] {
        assert_eq!(view.errors, Vec::<String>::new(), "{stdout}");
        only_ours(&view.executed, "the runner");
    }
    only_ours(&ActView::of(stdout.as_bytes(), b"").executed, "act");
    icu
}

/// The token is not said before it is masked.
#[track_caller]
fn assert_masked_first(stdout: &str, token: &str) {
    // So short a one is not masked.
    if token.len() <= 3 {
        return;
    }
    if let Some(line) = stdout.lines().find(|line| line.contains(token)) {
        assert!(
            line.contains("add-mask"),
            "said before it is masked: {line}"
        );
    }
}
