//! Every kind of request × every fault × before or after it is carried out × once and always: how
//! many runs there are in the end, what the step's verdict is, and what it says.
//!
//! In one process and hurried, because time-outs are part of it.

use std::rc::Rc;
use std::time::Duration;

use azure_pipelines_simulator::Simulator;
use run_azure_pipeline::azure::Patience;
use run_azure_pipeline::run_with;
use run_azure_pipeline::shutdown::{self, ShutdownSender};
use tokio::sync::Semaphore;
use tokio::task::LocalSet;

use crate::support::action::Action;
use crate::support::in_process::runtime;
use crate::support::service::{SOAKS, always, once, start};

/// How many cases are played at once: most of their time they wait.
const AT_ONCE: usize = 48;

/// How long a request may take whose fault it is to be late.
const TIMEOUT: Duration = Duration::from_millis(400);

/// The same where the machine may be in the way.
const LONG_TIMEOUT: Duration = Duration::from_secs(5);

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

static FAULTS: [Fault; 12] = [
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

static TARGETS: [Target; 14] = [
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
        pipeline: SOAKS,
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

/// One combination.
#[derive(Clone, Copy)]
struct Case {
    target: &'static Target,
    fault: &'static Fault,
    /// Whether every request of the kind goes wrong, or the first alone.
    always: bool,
}

impl Case {
    /// A sentence where it ends otherwise than expected.
    async fn wrong(self) -> Option<String> {
        let wrong = self.play(TIMEOUT).await?;
        // On a machine that has much else to do, requests that are well may have taken too long.
        if self.fault.kind == Kind::Late {
            self.play(LONG_TIMEOUT).await
        } else {
            Some(wrong)
        }
    }

    /// The same, where a request may take so long if it is its fault to be late.
    async fn play(self, timeout: Duration) -> Option<String> {
        let Self { target, fault, .. } = self;
        let simulator = start(&self.scenario());
        let action = Action::on(&simulator)
            .input("retry-on", "failure")
            .inputs(target.inputs.iter().copied());
        let is_canceled = target.pipeline == SOAKS;
        let patience = Patience {
            request: match fault.kind {
                Kind::Late => timeout,
                _ => Duration::from_mins(1),
            },
            haste: if is_canceled { 2.0 } else { 100.0 },
        };
        let (sender, shutdown) = shutdown::channel();
        let mut log = Vec::new();
        let run = run_with(action.environment(), shutdown, &mut log, patience);
        let interrupt = async {
            if is_canceled {
                interrupt(&simulator, &sender).await;
            }
        };
        let (exit_code, ()) = tokio::join!(run, interrupt);
        let (runs, expected, says) = (target.expected)(fault, self.always);
        let log = String::from_utf8_lossy(&log);
        action.search(&log);
        let builds = simulator.builds().len();
        let has_said = log.contains(says);
        (exit_code != expected || builds != runs || !has_said).then(|| {
            format!(
                "{} {} {}: exit code {exit_code} instead of {expected}, runs {builds} instead of {runs}, says \"{says}\": \
                 {has_said}\n{log}\n",
                target.on,
                fault.name,
                self.when()
            )
        })
    }

    fn scenario(self) -> String {
        let Self { target, fault, .. } = self;
        let more = match self.when() {
            "always" => always(target.on, fault.script),
            _ => once(target.on, fault.script),
        };
        format!("{}{}{more}", target.pipeline, target.more)
    }

    fn when(self) -> &'static str {
        if self.always { "always" } else { "once" }
    }
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
    let local = LocalSet::new();
    let few = Rc::new(Semaphore::new(AT_ONCE));
    let mut cases: Vec<Case> = TARGETS.iter().flat_map(cases).collect();
    // Those that wait for time-outs take longest.
    cases.sort_by_key(|case| case.fault.kind != Kind::Late || !case.always);
    let count = cases.len();
    let tasks = cases.into_iter().map(|case| {
        let few = Rc::clone(&few);
        local.spawn_local(async move {
            let _turn = few.acquire().await.expect("a turn");
            case.wrong().await
        })
    });
    let tasks: Vec<_> = tasks.collect();
    let wrong = runtime().block_on(local.run_until(async {
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

/// Every fault of one kind of request.
fn cases(target: &'static Target) -> impl Iterator<Item = Case> {
    let both = move |fault| {
        [false, true].map(|always| Case {
            target,
            fault,
            always,
        })
    };
    FAULTS.iter().flat_map(both)
}
