//! The binary that is measured.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use azure_pipelines_simulator::TEST_TOKEN;
use tempfile::TempDir;

/// How often the peak of a process's memory is read. The kernel keeps it, so that only what is taken right before the
/// end can be missed.
const GLANCE: Duration = Duration::from_millis(5);

/// The static binary of the image.
pub(crate) struct Product {
    pub(crate) binary: PathBuf,
    /// Where outputs and the summary go.
    files: TempDir,
}

impl Product {
    /// The given binary, or one that is built here as the image's is.
    pub(crate) fn new(binary: Option<PathBuf>) -> Result<Self> {
        let binary = match binary {
            Some(binary) => binary,
            None => build()?,
        };
        let files = TempDir::new()?;
        for file in ["output", "summary"] {
            std::fs::write(files.path().join(file), "")?;
        }
        Ok(Self { binary, files })
    }

    /// A step that runs pipeline 12 of the project at `url`, on a push.
    pub(crate) fn command(&self, url: &str) -> Command {
        let mut command = Command::new(&self.binary);
        self.dress(&mut command, url);
        command
    }

    /// Gives any command the environment of the step.
    pub(crate) fn dress(&self, command: &mut Command, url: &str) {
        let path = |name: &str| self.files.path().join(name);
        command
            .env_clear()
            .env("INPUT_AZURE-DEVOPS-PROJECT-URL", url)
            .env("INPUT_AZURE-DEVOPS-TOKEN", TEST_TOKEN)
            .env("INPUT_AZURE-PIPELINE-NAME", "App CI")
            .env("GITHUB_EVENT_NAME", "push")
            .env("GITHUB_REF", "refs/heads/main")
            .env("GITHUB_SHA", "1111111111111111111111111111111111111111")
            .env("GITHUB_REPOSITORY", "octo/demo")
            .env("GITHUB_SERVER_URL", "https://github.com")
            .env("GITHUB_OUTPUT", path("output"))
            .env("GITHUB_STEP_SUMMARY", path("summary"))
            .stdin(Stdio::null());
    }
}

fn build() -> Result<PathBuf> {
    let target = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    eprintln!("building the release binary for {target} …");
    let directory = env!("CARGO_MANIFEST_DIR");
    let status = Command::new(env!("CARGO"))
        .args([
            "build",
            "--release",
            "--locked",
            "--bin",
            "run-azure-pipeline",
        ])
        .args(["--target", &target])
        .current_dir(directory)
        .status()?;
    ensure!(status.success(), "the release build failed");
    let found = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let target_directory = found.parent().context("the target directory")?;
    Ok(target_directory
        .join(target)
        .join("release/run-azure-pipeline"))
}

/// A process that has ended well.
pub(crate) struct Ran {
    /// From before the start to the end.
    pub(crate) time: Duration,
    /// `VmHWM` in KiB.
    pub(crate) peak: u64,
    /// What it wrote.
    pub(crate) bytes: u64,
}

/// Runs a command to its end with its output in a pipe, as the runner has it, whose other end is read and dropped.
pub(crate) fn run(command: &mut Command) -> Result<Ran> {
    let begin = Instant::now();
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let mut output = child.stdout.take().context("its output")?;
    let reader = std::thread::spawn(move || -> std::io::Result<u64> {
        let mut buffer = vec![0; 1024 * 1024];
        let mut bytes = 0;
        loop {
            match output.read(&mut buffer)? {
                0 => return Ok(bytes),
                count => bytes += count as u64,
            }
        }
    });
    let peak = watch(&mut child)?;
    let time = begin.elapsed();
    let bytes = reader.join().ok().context("the reader")??;
    Ok(Ran { time, peak, bytes })
}

/// Waits for the end of a process and gives the peak of its memory.
fn watch(child: &mut Child) -> Result<u64> {
    let path = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        if let Some(status) = child.try_wait()? {
            ensure!(status.success(), "it ended with {status}");
            return Ok(peak);
        }
        if let Some(now) = std::fs::read_to_string(&path)
            .ok()
            .as_deref()
            .and_then(high_water)
        {
            peak = peak.max(now);
        }
        std::thread::sleep(GLANCE);
    }
}

fn high_water(status: &str) -> Option<u64> {
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
