//! The main job against a simulated Azure DevOps: a pull request builds a pipeline, whose first run
//! fails and whose second one succeeds. Shows the log as GitHub would.
//!
//! `cargo run --example demo`

#![expect(
    clippy::print_stdout,
    reason = "an example talks to the person who runs it"
)]

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use azure_pipelines_simulator::{Scenario, Simulator};
use run_azure_pipeline::inputs::Environment;
use run_azure_pipeline::shutdown;

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let scenario = Scenario::from_toml(include_str!("demo/pipeline.toml"))?;
    let token = scenario.token().to_owned();
    let simulator = Simulator::start(scenario);
    let files = tempfile::Builder::new()
        .prefix("run-azure-pipeline-")
        .tempdir()?
        .keep();
    let environment = environment(&simulator, &token, &files)?;

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (_sender, shutdown) = shutdown::channel();
    let exit_code = runtime.block_on(run_azure_pipeline::run(
        &environment,
        shutdown,
        Viewer::default(),
    ));

    println!("\nExit code: {exit_code}");
    println!("Job summary: {}", files.join("summary.md").display());
    println!("Outputs: {}", files.join("output").display());
    Ok(ExitCode::from(exit_code))
}

/// What the runner gives a step of a workflow on `pull_request`.
fn environment(simulator: &Simulator, token: &str, files: &Path) -> io::Result<Environment> {
    let event = files.join("event.json");
    std::fs::write(&event, include_str!("demo/pull_request.json"))?;
    let path = |name: &str| files.join(name).display().to_string();
    Ok([
        ("INPUT_AZURE-DEVOPS-PROJECT-URL", simulator.project_url()),
        ("INPUT_AZURE-DEVOPS-TOKEN", token.to_owned()),
        ("INPUT_AZURE-PIPELINE-NAME", "team/App CI".to_owned()),
        ("INPUT_POLL-INTERVAL", "250ms".to_owned()),
        ("INPUT_RETRY-ON", "failure".to_owned()),
        ("INPUT_RETRY-DELAY", "1s".to_owned()),
        ("GITHUB_EVENT_NAME", "pull_request".to_owned()),
        ("GITHUB_EVENT_PATH", event.display().to_string()),
        ("GITHUB_REF", "refs/pull/7/merge".to_owned()),
        (
            "GITHUB_SHA",
            "4444444444444444444444444444444444444444".to_owned(),
        ),
        ("GITHUB_REPOSITORY", "octo/demo".to_owned()),
        ("GITHUB_SERVER_URL", "https://github.com".to_owned()),
        ("GITHUB_OUTPUT", path("output")),
        ("GITHUB_STEP_SUMMARY", path("summary.md")),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into())
}

/// Shows workflow commands on a terminal as GitHub's log viewer does: groups as headings,
/// annotations in colour, masks not at all.
#[derive(Default)]
struct Viewer {
    begun: Vec<u8>,
}

impl Write for Viewer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.begun.extend_from_slice(bytes);
        while let Some(end) = self.begun.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.begun.drain(..=end).collect();
            show(String::from_utf8_lossy(&line).trim_end_matches('\n'));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}

fn show(line: &str) {
    let command = line
        .strip_prefix("::")
        .and_then(|rest| rest.split_once("::"));
    let name = command.map(|(name, _)| name.split(' ').next().unwrap_or_default());
    let text = |data: &str| {
        data.replace("%0D", "\r")
            .replace("%0A", "\n")
            .replace("%25", "%")
    };
    match (name, command) {
        (Some("group"), Some((_, title))) => println!("\x1b[1m▼ {}\x1b[0m", text(title)),
        (Some("error"), Some((_, message))) => println!("\x1b[31mError: {}\x1b[0m", text(message)),
        (Some("warning"), Some((_, message))) => {
            println!("\x1b[33mWarning: {}\x1b[0m", text(message));
        }
        (Some("add-mask" | "endgroup"), _) => {}
        _ => println!("{line}"),
    }
}
