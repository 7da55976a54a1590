//! Every kind of request × every fault × before or after it is carried out × once and always: how
//! many runs there are in the end, what the step's verdict is, and what it says.
//!
//! In one process and hurried, because time-outs are part of it.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

use azure_pipelines_simulator::{Scenario, Simulator};
use run_azure_pipeline::azure::Patience;
use run_azure_pipeline::shutdown::{self, ShutdownSender};
use tokio::sync::Semaphore;
use tokio::task::LocalSet;

use crate::support::action::Action;

/// A run whose stage fails at first, so that it is retried in place.
const RETRIED: &str = r#"
[[pipeline]]
id = 12
name = "App CI"
[[pipeline.run]]
[[pipeline.run.task]]
name = "Check"
lines = ["checked"]
attempts = [{ result = "failed" }, { result = "succeeded" }]
"#;

/// The same, and the answer to the request that queues it is lost.
const LOST: &str = "[[fault]]\non = \"POST builds\"\nat = [1]\nclose = \"after\"\n";

/// The Pipelines API is asked for a run, and of a variable that the pipeline does not have it is asked
/// before whether it can be set.
const BY_PIPELINES: Inputs = &[("secret-variables", "password=hunter2")];

type Inputs = &'static [(&'static str, &'static str)];

/// A run that goes on until it is canceled.
const ENDLESS: &str = r#"
clock = { real = 50.0 }
[[pipeline]]
id = 12
name = "App CI"
[[pipeline.run]]
queue-for = "0s"
[[pipeline.run.task]]
name = "Soak"
duration = "forever"
"#;

/// A way to go wrong.
struct Fault {
    name: &'static str,
    script: &'static str,
    /// Whether the request is carried out all the same.
    is_handled: bool,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// No answer, or none that can be used.
    Lost,
    /// No answer in time.
    Late,
    /// Too many requests.
    Throttled,
    /// A page to sign in at.
    SignIn,
}

const FAULTS: [Fault; 12] = [
    fault("closed before", "close = 'before'", false, Kind::Lost),
    fault("closed after", "close = 'after'", true, Kind::Lost),
    fault("500", "answer = 'server-error'", false, Kind::Lost),
    fault(
        "500, handled",
        "answer = 'server-error'\ncarried-out = true",
        true,
        Kind::Lost,
    ),
    fault("503", "answer = 'offline-bom'", false, Kind::Lost),
    fault("429", "answer = 'throttled'", false, Kind::Throttled),
    fault(
        "sign-in page",
        "answer = 'sign-in-203'",
        false,
        Kind::SignIn,
    ),
    fault(
        "garbage",
        "status = 200\nbody = 'garbage'",
        false,
        Kind::Lost,
    ),
    fault(
        "garbage, handled",
        "status = 200\nbody = 'garbage'\ncarried-out = true",
        true,
        Kind::Lost,
    ),
    fault("cut", "cut = 1", true, Kind::Lost),
    fault(
        "stalled",
        "status = 200\nbody = '{}'\nstall = 1",
        false,
        Kind::Late,
    ),
    fault("stalled, handled", "stall = 1", true, Kind::Late),
];

impl Fault {
    /// Whether it looks like a success where the status alone counts.
    fn is_believed(&self) -> bool {
        self.script.starts_with("status = 200")
    }
}

const fn fault(name: &'static str, script: &'static str, is_handled: bool, kind: Kind) -> Fault {
    Fault {
        name,
        script,
        is_handled,
        kind,
    }
}

/// A kind of request.
struct Target {
    on: &'static str,
    pipeline: &'static str,
    more: &'static str,
    inputs: Inputs,
    expected: fn(&Fault, bool) -> Expected,
}

/// What comes of it: runs in the end, the exit code, and words of the log.
type Expected = (usize, u8, &'static str);

const GOOD: Expected = (1, 0, "App CI 20260302.1 succeeded");

const TARGETS: [Target; 14] = [
    target("GET definitions", before_the_run),
    target("GET definitions/*", before_the_run),
    target("POST builds", queueing),
    Target {
        inputs: BY_PIPELINES,
        ..target("POST pipelines/*/runs", queueing)
    },
    Target {
        inputs: BY_PIPELINES,
        ..target("GET generalsettings", asking_in_vain)
    },
    Target {
        inputs: &[("agent-queue", "Azure Pipelines")],
        ..target("GET distributedtask/queues", before_the_run)
    },
    target("POST builds/*/tags", tagging),
    target("GET builds/*", following),
    target("GET builds/*/timeline", records),
    target("GET builds/*/logs/*", logs),
    target("GET builds/*/logs", logs),
    target("PATCH builds/*/stages/*", retrying),
    Target {
        on: "GET builds",
        pipeline: RETRIED,
        more: LOST,
        inputs: &[],
        expected: searching,
    },
    Target {
        on: "PATCH builds/*",
        pipeline: ENDLESS,
        more: "",
        inputs: &[],
        expected: canceling,
    },
];

const fn target(on: &'static str, expected: fn(&Fault, bool) -> Expected) -> Target {
    Target {
        on,
        pipeline: RETRIED,
        more: "",
        inputs: &[],
        expected,
    }
}

fn before_the_run(fault: &Fault, always: bool) -> Expected {
    match fault.kind {
        Kind::SignIn => (0, 3, "did not accept the token"),
        _ if always => (0, 3, "::error::Azure DevOps"),
        _ => GOOD,
    }
}

fn queueing(fault: &Fault, always: bool) -> Expected {
    match fault.kind {
        Kind::SignIn => (0, 3, "did not accept the token"),
        Kind::Throttled if always => (0, 3, "is throttling requests"),
        _ if fault.is_handled => (1, 0, "It was, as run 20260302.1."),
        Kind::Late => (0, 3, "::error::It is not known whether a run was started"),
        Kind::Lost if always => (0, 3, "::error::It is not known whether a run was started"),
        Kind::Lost => (1, 0, "It was not; asking for a run again"),
        Kind::Throttled => GOOD,
    }
}

/// The service itself refuses what cannot be.
fn asking_in_vain(_: &Fault, _: bool) -> Expected {
    GOOD
}

fn tagging(fault: &Fault, always: bool) -> Expected {
    if always || fault.kind == Kind::SignIn {
        (1, 0, "::warning::The run could not be tagged")
    } else {
        GOOD
    }
}

fn following(_: &Fault, always: bool) -> Expected {
    if always {
        (1, 3, "can no longer be followed and may still be going")
    } else {
        GOOD
    }
}

/// Without them the run's end is known, but not what failed in it.
fn records(_: &Fault, always: bool) -> Expected {
    if always {
        (
            1,
            1,
            "::warning::The run's failed stages could not be started again",
        )
    } else {
        GOOD
    }
}

/// The verdict does not depend on them.
fn logs(_: &Fault, _: bool) -> Expected {
    GOOD
}

fn retrying(fault: &Fault, always: bool) -> Expected {
    match fault.kind {
        _ if fault.is_handled => (1, 0, "goes on with its one stage"),
        _ if fault.is_believed() => (1, 1, "goes on with its one stage"),
        _ if !always => (1, 0, "goes on with its one stage"),
        _ => (
            1,
            1,
            "::warning::The run's failed stages could not be started again",
        ),
    }
}

fn searching(_: &Fault, always: bool) -> Expected {
    if always {
        (1, 3, "::error::It is not known whether a run was started")
    } else {
        (1, 0, "It was, as run 20260302.1.")
    }
}

fn canceling(fault: &Fault, always: bool) -> Expected {
    if always && !fault.is_handled && !fault.is_believed() {
        (1, 130, "could not be asked to cancel the run")
    } else {
        (1, 130, "Interrupted")
    }
}

#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Plays one case; a sentence where it ends otherwise than expected.
async fn play(target: &Target, fault: &Fault, always: bool) -> Option<String> {
    let when = if always { "every = true" } else { "at = [1]" };
    let text = format!(
        "{}{}[[fault]]\non = \"{}\"\n{when}\n{}\n",
        target.pipeline, target.more, target.on, fault.script
    );
    let simulator = Simulator::start(Scenario::from_toml(&text).expect("a scenario"));
    let mut action = Action::on(&simulator).input("retry-on", "failure");
    for (input, value) in target.inputs {
        action = action.input(input, value);
    }
    let is_canceled = target.pipeline == ENDLESS;
    // Only where a time-out is the fault, so that a slow machine makes no others.
    let request = match fault.kind {
        Kind::Late => Duration::from_millis(400),
        _ => Duration::from_mins(1),
    };
    let patience = Patience {
        request,
        haste: if is_canceled { 2.0 } else { 100.0 },
    };
    let (sender, shutdown) = shutdown::channel();
    let log = Log::default();
    let run = run_azure_pipeline::run_with(action.environment(), shutdown, log.clone(), patience);
    let interrupt = async {
        if is_canceled {
            interrupt(&simulator, &sender).await;
        }
    };
    let (exit_code, ()) = tokio::join!(run, interrupt);
    let (runs, expected, says) = (target.expected)(fault, always);
    let log = String::from_utf8_lossy(&log.0.borrow()).into_owned();
    action.search(&log);
    let builds = simulator.builds().len();
    let is_good = exit_code == expected && builds == runs && log.contains(says);
    (!is_good).then(|| {
        format!(
            "{} {} {when}: exit code {exit_code} instead of {expected}, runs {builds} instead of {runs}, says \"{says}\": {}\n{log}\n",
            target.on, fault.name, log.contains(says)
        )
    })
}

/// Asks for the end as soon as the run is followed.
#[expect(clippy::disallowed_methods, reason = "a glance at the simulator")]
async fn interrupt(simulator: &Simulator, sender: &ShutdownSender) {
    let is_followed = || simulator.journal_text().contains("/timeline");
    while !is_followed() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    sender.request();
}

#[test]
fn every_fault_of_every_request_at_every_moment() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let local = LocalSet::new();
    let few = Rc::new(Semaphore::new(48));
    let cases = TARGETS.iter().flat_map(|target| {
        let faults = FAULTS.iter();
        faults.flat_map(move |fault| [false, true].map(|always| (target, fault, always)))
    });
    // Those that wait for time-outs take longest.
    let mut cases: Vec<(&Target, &Fault, bool)> = cases.collect();
    cases.sort_by_key(|(_, fault, always)| fault.kind != Kind::Late || !always);
    let tasks: Vec<_> = cases
        .into_iter()
        .map(|(target, fault, always)| {
            let few = Rc::clone(&few);
            local.spawn_local(async move {
                let _turn = few.acquire().await.expect("a turn");
                play(target, fault, always).await
            })
        })
        .collect();
    let count = tasks.len();
    let wrong = runtime.block_on(local.run_until(async {
        let mut wrong = Vec::new();
        for task in tasks {
            wrong.extend(task.await.expect("no panic"));
        }
        wrong
    }));
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
