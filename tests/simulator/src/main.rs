//! Serves one scenario by hand: for people, for act, and as the only process of a container.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use azure_pipelines_simulator::{Scenario, Simulator};
use tokio::signal::unix::{SignalKind, signal};

const HELP: &str = "\
Simulates Azure DevOps: serves the scenario of a TOML file until SIGINT or SIGTERM.

Usage: azure-pipelines-simulator SCENARIO.toml [--port 8080 | --listen 127.0.0.1:8080] [--journal FILE]

  --port PORT       listen on this port of 127.0.0.1; 0 takes a free one (default 8080)
  --listen ADDRESS  listen elsewhere, for example 0.0.0.0:8080 in a container
  --journal FILE    append a line for each request
  --help            show this text

Prints the project's address and the accepted token. A page at / shows the runs as they go. Time runs with
the wall clock unless the scenario says otherwise.

Queue a run (the token is the password of any user):

  curl -u :TOKEN -H 'Content-Type: application/json' -d '{\"definition\": {\"id\": 12}}' \\
    'http://127.0.0.1:8080/fabrikam/Fabrikam/_apis/build/builds?api-version=7.1'

What a scenario can say: the README of the crate. Examples: its folder scenarios.
";

/// How often new requests are written to the journal file.
const WRITE_EVERY: Duration = Duration::from_millis(50);

fn main() -> ExitCode {
    let arguments = std::env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned());
    let outcome = match Options::parse(arguments) {
        Ok(Some(options)) => serve(&options),
        Ok(None) => io::stdout()
            .write_all(HELP.as_bytes())
            .map_err(|error| error.to_string()),
        Err(problem) => Err(format!("{problem}; try --help")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            let _ = writeln!(io::stderr(), "{problem}");
            ExitCode::FAILURE
        }
    }
}

struct Options {
    scenario: PathBuf,
    listen: SocketAddr,
    journal: Option<PathBuf>,
}

impl Options {
    /// `None`: only the help is wanted.
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let (mut scenario, mut journal) = (None, None);
        let mut listen = "127.0.0.1:8080".to_owned();
        while let Some(argument) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .ok_or_else(|| format!("{argument} needs a value"))
            };
            match argument.as_str() {
                "--help" | "-h" => return Ok(None),
                "--listen" => listen = value()?,
                "--port" => listen = format!("127.0.0.1:{}", port(&value()?)?),
                "--journal" => journal = Some(PathBuf::from(value()?)),
                option if option.starts_with('-') => {
                    return Err(format!("unknown option {option}"));
                }
                path if scenario.is_none() => scenario = Some(PathBuf::from(path)),
                path => return Err(format!("one scenario is enough: {path}")),
            }
        }
        let listen = listen
            .parse()
            .map_err(|_| format!("{listen} is not an address like 127.0.0.1:8080"))?;
        let scenario = scenario.ok_or("which scenario?")?;
        Ok(Some(Self {
            scenario,
            listen,
            journal,
        }))
    }
}

fn port(text: &str) -> Result<u16, String> {
    text.parse()
        .map_err(|_| format!("{text} is not a port like 8080"))
}

fn serve(options: &Options) -> Result<(), String> {
    let name = options.scenario.display();
    let text =
        std::fs::read_to_string(&options.scenario).map_err(|error| format!("{name}: {error}"))?;
    let scenario = Scenario::from_toml(&text).map_err(|error| format!("{name}: {error}"))?;
    let scenario = scenario.in_real_time_by_default();
    let token = scenario.token().to_owned();
    let journal = options.journal.as_ref().map(|path| {
        let opened = OpenOptions::new().create(true).append(true).open(path);
        opened.map_err(|error| format!("{}: {error}", path.display()))
    });
    let journal = journal.transpose()?;
    let simulator = Simulator::start_at(scenario, options.listen)
        .map_err(|error| format!("{}: {error}", options.listen))?;
    let greeting = writeln!(io::stdout(), "{} token {token}", simulator.project_url());
    greeting
        .and_then(|()| run(&simulator, journal))
        .map_err(|error| error.to_string())
}

/// Process 1 of a container gets no default signal handlers, so they are installed for both signals.
fn run(simulator: &Simulator, mut journal: Option<File>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut tick = tokio::time::interval(WRITE_EVERY);
        let mut written = 0;
        loop {
            tokio::select! {
                _ = interrupt.recv() => break,
                _ = terminate.recv() => break,
                _ = tick.tick(), if journal.is_some() => write_new(simulator, journal.as_mut(), &mut written)?,
            }
        }
        write_new(simulator, journal.as_mut(), &mut written)
    })
}

fn write_new(
    simulator: &Simulator,
    journal: Option<&mut File>,
    written: &mut usize,
) -> io::Result<()> {
    let Some(file) = journal else { return Ok(()) };
    let exchanges = simulator.journal();
    for exchange in &exchanges[*written..] {
        writeln!(file, "{}", exchange.line())?;
    }
    *written = exchanges.len();
    Ok(())
}
