//! The property: many scenarios, several at a time.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use azure_pipelines_simulator::Exchange;
use run_azure_pipeline::network::{Network, Settings};

use crate::compare::{Difference, Kind, Truth, differences};
use crate::plan::Plan;
use crate::play::{Ending, Played, play};
use crate::shown::Shown;
use crate::{generate, known, requests};

/// How many scenarios a plain `cargo test` plays.
const USUAL: u64 = 60;
/// Played at once: they wait most of the time.
const WORKERS: usize = 20;
/// How long a failing scenario is made smaller.
const SHRINKING: Duration = Duration::from_secs(20);

/// What was played, for the line in the end.
#[derive(Debug, Default)]
struct Figures {
    scenarios: u64,
    logs: usize,
    lines: usize,
    bytes: usize,
    requests: usize,
    faults: usize,
    lost: usize,
    retried: usize,
    /// Differences by the defect that explains them.
    known: BTreeMap<&'static str, usize>,
}

impl Figures {
    fn add(&mut self, plan: &Plan, played: &Played) {
        let shown = Shown::read(&played.output);
        self.scenarios += 1;
        self.logs += shown.groups.len();
        self.lines += shown
            .groups
            .iter()
            .map(|group| group.lines.len())
            .sum::<usize>();
        self.bytes += played.output.len();
        self.requests += played.journal.len();
        self.faults += requests::faults_served(plan, &played.journal);
        self.lost += usize::from(played.ending == Ending::Lost);
        let was_retried = played.truth.iter().any(|log| !log.is_current);
        self.retried += usize::from(was_retried);
    }

    fn know(&mut self, causes: &[&'static str]) {
        for cause in causes {
            *self.known.entry(cause).or_default() += 1;
        }
    }
}

/// A scenario that went wrong.
#[derive(Clone, Debug)]
struct Failure {
    seed: u64,
    plan: Plan,
    wrong: Vec<Difference>,
    /// What was asked, a line for each request.
    requests: String,
}

impl Failure {
    /// Nothing where all is well, or explained by a known defect.
    fn of(seed: u64, plan: Plan, played: &Played) -> (Vec<&'static str>, Option<Self>) {
        let (known, wrong) = known::separate(&plan, played, wrong(&plan, played));
        let requests: Vec<String> = played.journal.iter().map(Exchange::line).collect();
        let failure = Self {
            seed,
            plan,
            wrong,
            requests: requests.join("\n"),
        };
        let is_one = !failure.wrong.is_empty();
        (known, is_one.then_some(failure))
    }
}

/// What is wrong with how a scenario went; nothing in most cases.
pub(crate) fn wrong(plan: &Plan, played: &Played) -> Vec<Difference> {
    let output = String::from_utf8_lossy(&played.output);
    let is_unchecked = output.contains("but its logs may be incomplete here");
    let is_lost = plan.dead_from.is_some() && (played.ending == Ending::Lost || is_unchecked);
    let truth = Truth::of(plan, &played.truth, !is_lost);
    let mut found = differences(&Shown::read(&played.output), &truth);
    if played.ending != Ending::Completed && !is_lost {
        let text = format!("following ended as {:?}", played.ending);
        found.push(Difference::new(Kind::Ending, "", text));
    }
    if is_unchecked && !is_lost {
        found.push(Difference::new(Kind::Ending, "", "the logs are unchecked"));
    }
    found.extend(requests::repeated(plan, &played.journal, &played.truth));
    let problems = played.problems.iter();
    found.extend(problems.map(|problem| Difference::new(Kind::Request, "", problem)));
    found
}

/// A number from a variable of the environment: what a person may choose.
#[expect(
    clippy::disallowed_methods,
    reason = "cargo passes a test no arguments of its own"
)]
pub(crate) fn chosen(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime")
}

pub(crate) fn network() -> Network {
    Network::new(&Settings::default(), Duration::from_mins(1)).expect("a client")
}

#[test]
fn the_printed_lines_are_the_lines_of_the_service() {
    let scenarios = chosen("SCENARIOS").unwrap_or(USUAL);
    let seed = chosen("SEED").unwrap_or(1);
    let started = Instant::now();
    let next = AtomicU64::new(0);
    let figures = Mutex::new(Figures::default());
    let failures = Mutex::new(Vec::<Failure>::new());
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                let (runtime, network) = (runtime(), network());
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= scenarios {
                        break;
                    }
                    let seed = seed.wrapping_add(number);
                    let plan = generate::plan(seed);
                    let played = runtime.block_on(play(&plan, &network));
                    figures.lock().expect("figures").add(&plan, &played);
                    let (known, failure) = Failure::of(seed, plan, &played);
                    figures.lock().expect("figures").know(&known);
                    failures.lock().expect("failures").extend(failure);
                }
            });
        }
    });
    println!(
        "seed {seed}, {:?}: {:?}",
        started.elapsed(),
        figures.into_inner().expect("figures")
    );
    let failures = failures.into_inner().expect("failures");
    assert!(failures.is_empty(), "{}", told(&failures));
}

/// The failures in short, and the first one made smaller.
fn told(failures: &[Failure]) -> String {
    let mut text = format!("{} scenarios went wrong\n", failures.len());
    for Failure {
        seed,
        wrong,
        requests,
        ..
    } in failures
    {
        let _ = writeln!(text, "seed {seed}:\n{}\n{requests}", listed(wrong));
    }
    let Failure {
        seed,
        plan,
        wrong,
        requests,
    } = shrunk(failures[0].clone());
    let _ = writeln!(
        text,
        "\nseed {seed}, made smaller:\n{}\n{plan:?}\n{}\n{requests}",
        listed(&wrong),
        plan.toml()
    );
    text
}

/// The same, as small as halving makes it while it still fails.
fn shrunk(mut failure: Failure) -> Failure {
    let (runtime, network, started) = (runtime(), network(), Instant::now());
    'smaller: loop {
        for smaller in generate::smaller(&failure.plan) {
            if started.elapsed() > SHRINKING {
                break 'smaller;
            }
            let played = runtime.block_on(play(&smaller, &network));
            if let (_, Some(found)) = Failure::of(failure.seed, smaller, &played) {
                failure = found;
                continue 'smaller;
            }
        }
        break;
    }
    failure
}

fn listed(wrong: &[Difference]) -> String {
    let lines = wrong
        .iter()
        .map(|Difference { kind, title, text }| format!("  {kind:?}: {title} {text}"));
    lines.collect::<Vec<_>>().join("\n")
}
