//! The process edge: reads the environment, listens for signals, picks the exit code.

use std::io::stdout;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;

use run_azure_pipeline::github::command::{Annotation, Command};
use run_azure_pipeline::github::log_writer::LogWriter;
use run_azure_pipeline::inputs::Environment;
use run_azure_pipeline::outcome;
use run_azure_pipeline::shutdown::{self, ShutdownSender};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The name under which the binary is the action's post step. The runner gives a stage of a Docker
/// action its own entrypoint, a path without arguments (runner: `ContainerActionHandler.cs`).
const CLEAN_UP: &str = "clean-up";

/// What the process is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The step itself.
    Main,
    /// The post step, which never fails.
    CleanUp,
}

fn main() -> ExitCode {
    if std::env::args_os()
        .nth(1)
        .is_some_and(|argument| argument == "--version")
    {
        let mut out = LogWriter::new(stdout());
        let written = out
            .text(concat!("run-azure-pipeline ", env!("CARGO_PKG_VERSION")))
            .and_then(|()| out.flush());
        return ExitCode::from(u8::from(written.is_err()));
    }
    // The runner reads stderr for commands, too, so that a panic goes through the same writer.
    std::panic::set_hook(Box::new(|panic| {
        fail(format!(
            "Internal error: {panic}. Please report it with this log."
        ));
    }));
    let stage = stage();
    let exit_code = catch_unwind(AssertUnwindSafe(|| process(stage)));
    ExitCode::from(match stage {
        Stage::Main => exit_code.unwrap_or(outcome::SERVICE_FAILED),
        Stage::CleanUp => outcome::SUCCESS,
    })
}

fn stage() -> Stage {
    let path = std::env::args_os().next().unwrap_or_default();
    if Path::new(&path).file_name() == Some(CLEAN_UP.as_ref()) {
        Stage::CleanUp
    } else {
        Stage::Main
    }
}

fn process(stage: Stage) -> u8 {
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            fail(format!("failed to start: {error}"));
            return outcome::SERVICE_FAILED;
        }
    };
    let (sender, shutdown) = shutdown::channel();
    let exit_code = runtime.block_on(async {
        // Before anything else: the kernel gives PID 1 no default handlers, so that without ours a
        // canceled workflow would leave the container, and the run, going.
        let signals = (
            signal(SignalKind::interrupt()),
            signal(SignalKind::terminate()),
        );
        if let (Ok(interrupt), Ok(terminate)) = signals {
            tokio::spawn(pass_on(interrupt, terminate, sender));
        }
        match stage {
            Stage::Main => run_azure_pipeline::step(&environment(), shutdown, stdout()).await,
            Stage::CleanUp => {
                run_azure_pipeline::clean_up(&environment(), shutdown, stdout()).await;
                outcome::SUCCESS
            }
        }
    });
    // A name that is still being resolved must not hold up the end.
    runtime.shutdown_background();
    exit_code
}

async fn pass_on(mut interrupt: Signal, mut terminate: Signal, sender: ShutdownSender) {
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        sender.request();
    }
}

/// The variables that are text; others are none of ours.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
fn environment() -> Environment {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

fn fail(message: String) {
    let mut out = LogWriter::new(stdout());
    let written = out.command(&Command::Error(Annotation::new(message)));
    // There is nowhere else to say it.
    drop(written.and_then(|()| out.flush()));
}
