//! Random scenarios.

use crate::plan::{Act, Fault, Job, Plan, Stage, Task, Text};
use crate::random::Random;

/// The longest delay of a log that the follower promises to wait for has room below its patience.
const LONGEST_DELAY: u64 = 4_000;
/// By polls, the follower's patience is a number of polls, and the machine may be slow.
const LONGEST_DELAY_BY_POLLS: u64 = 2_000;

/// Pieces of text that have meant something to somebody.
const PIECES: [&str; 48] = [
    "::error::no",
    "::warning file=a.rs,line=3::no",
    "::add-mask::a",
    "::set-output name=x::y",
    "::stop-commands::x",
    "::group::g",
    "::endgroup::",
    "::debug::d",
    "  ::notice::n",
    ":",
    "::",
    ":: ",
    "##[error]Bash exited with code '1'.",
    "##[warning]w",
    "##[section]Starting: x",
    "##[section]s",
    "##[command]ls -l",
    "##[debug]d",
    "##[group]g",
    "##[endgroup]",
    "##[ENDGROUP]",
    "##[Error]e",
    "##[add-mask]a",
    "##vso[task.complete result=Failed;]done",
    "##vso[task.logissue type=error]no",
    "##[",
    "[group]",
    "[EndGroup]",
    "]",
    "##",
    "#",
    "error CS0103: The name",
    "src/a.rs:3:5: error: no",
    "2026-03-02T08:27:01.1234567Z ",
    "2026-03-02T08:27:01.123Z ",
    "\u{1b}[31mred\u{1b}[0m",
    "\u{1b}[2K",
    "\u{1b}]0;title\u{7}",
    "\u{1b}",
    "\u{200b}",
    "\u{301}",
    "\u{2028}",
    "\u{85}",
    "\u{202e}",
    "\u{feff}",
    "✓ naïve",
    "\t",
    " ",
];

/// The scenario of a seed.
pub(crate) fn plan(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let random = &mut random;
    let dead_from = random.chance(3).then(|| 1 + random.below(25));
    let is_stepped = random.chance(20) || dead_from.is_some();
    let times_as_fast = match (dead_from, is_stepped) {
        (Some(_), _) => 1500.0,
        // A poll has to take less time than it moves the simulator's clock on.
        (None, true) => 5.0,
        (None, false) => 40.0,
    };
    let is_without_stages = random.chance(15);
    let count = if is_without_stages {
        1
    } else {
        random.pick(&[1, 1, 1, 2, 2, 3, 4])
    };
    let mut stages: Vec<Stage> = (1..=count)
        .map(|number| stage(random, number, is_stepped))
        .collect();
    if is_without_stages {
        stages[0].name = None;
    }
    // Without the wall's clock nobody knows when to do it.
    let act =
        act(random, count).filter(|act| !is_stepped || matches!(act, Act::RetryInPlace { .. }));
    Plan {
        speed: times_as_fast,
        is_stepped,
        // A poll is a second of the stepped clock: the follower's must not be far ahead.
        interval: if is_stepped {
            random.pick(&[Some(300), Some(1_000)])
        } else {
            random.pick(&[None, Some(300), Some(1_000), Some(3_000), Some(20_000)])
        },
        is_live: random.chance(75),
        feed_refused: random.chance(20),
        stages,
        faults: faults(random),
        act: act.filter(|_| dead_from.is_none()),
        dead_from,
    }
}

/// What somebody does with a run of so many stages; mostly nothing.
fn act(random: &mut Random, stages: usize) -> Option<Act> {
    match random.below(20) {
        0 | 1 => Some(Act::Cancel {
            after: random.between(0, 9_000),
        }),
        2 | 3 => Some(Act::Retry {
            stage: random.below(stages),
            all: random.chance(50),
            after: random.between(0, 2_500),
        }),
        4 | 5 => Some(Act::RetryInPlace {
            stage: random.below(stages),
            all: random.chance(50),
        }),
        _ => None,
    }
}

fn stage(random: &mut Random, number: usize, is_stepped: bool) -> Stage {
    let jobs = random.pick(&[1, 1, 1, 2, 2, 3, 5]);
    Stage {
        name: Some(format!("S{number}")),
        condition: random.pick(&[
            "succeeded",
            "succeeded",
            "succeededOrFailed",
            "always",
            "failed",
        ]),
        stands_alone: random.chance(25),
        jobs: (1..=jobs)
            .map(|number| job(random, number, is_stepped))
            .collect(),
    }
}

fn job(random: &mut Random, number: usize, is_stepped: bool) -> Job {
    let mut tasks = random.pick(&[0, 1, 1, 2, 2, 3, 4, 8]);
    let is_bare = random.chance(15);
    // A job without any step has a log of its own only.
    tasks += usize::from(is_bare && tasks == 0);
    let loss = random.pick(&["deprovisioned", "disconnected", "stopped-hearing"]);
    Job {
        name: format!("J{number}"),
        condition: if random.chance(8) {
            "never"
        } else {
            "succeeded"
        },
        waits_for_agent: if random.chance(25) {
            random.between(0, 3_000)
        } else {
            0
        },
        abandoned_attempts: u64::from(random.chance(8)) * random.between(1, 2),
        lost: random.chance(12).then(|| (loss, random.between(0, 5_000))),
        is_bare,
        tasks: (1..=tasks)
            .map(|number| task(random, number, is_stepped))
            .collect(),
    }
}

fn task(random: &mut Random, number: usize, is_stepped: bool) -> Task {
    let duration = random.pick(&[0, 100, 500, 1_000, 1_500, 3_000]);
    let form = form(random);
    let pages = if duration > 0 && random.chance(40) {
        random.between(1, 4)
    } else {
        0
    };
    let mut pages_at: Vec<u64> = (0..pages).map(|_| random.between(0, duration)).collect();
    pages_at.sort_unstable();
    let longest = if is_stepped {
        LONGEST_DELAY_BY_POLLS
    } else {
        LONGEST_DELAY
    };
    Task {
        // Names need not be unique.
        name: if random.chance(6) {
            "Same".to_owned()
        } else {
            format!("T{number}")
        },
        condition: random.pick(&[
            "succeeded",
            "succeeded",
            "succeeded",
            "always",
            "failed",
            "never",
        ]),
        duration,
        result: random.pick(&[
            "succeeded",
            "succeeded",
            "succeeded",
            "succeeded",
            "succeededWithIssues",
            "failed",
            "skipped",
        ]),
        text: text(random),
        form,
        log_delay: if random.chance(50) {
            500
        } else {
            random.between(0, longest)
        },
        pages_at,
    }
}

/// Keys of the simulator, and in how many of a hundred tasks they are there.
const ODD: [(&str, u64); 7] = [
    ("frame = false", 8),
    ("stamps = false", 8),
    ("crlf = true", 20),
    ("no-final-newline = true", 10),
    ("empty-log = true", 4),
    ("no-log = true", 3),
    ("spread = true", 40),
];

fn form(random: &mut Random) -> Vec<&'static str> {
    let odd = ODD.iter().filter(|(_, percent)| random.chance(*percent));
    let mut form: Vec<&'static str> = odd.map(|(key, _)| *key).collect();
    form.extend(random.pick(&[None, None, Some("bom = 'none'"), Some("bom = 'every-page'")]));
    if random.chance(30) {
        form.push(random.pick(&["page-lines = 1", "page-lines = 3", "page-lines = 40"]));
    }
    form
}

fn text(random: &mut Random) -> Text {
    match random.below(10) {
        0 | 1 => Text::Lines(
            (0..random.below(12))
                .map(|number| format!("message {number}\nof {}", random.pick(&PIECES)))
                .collect(),
        ),
        2 => Text::Generated {
            lines: random.pick(&[0, 1, 50, 500, 1_000]),
            bytes: random.pick(&[0, 9, 80, 200]),
        },
        3 => Text::Generated {
            lines: random.between(1, 3),
            bytes: random.pick(&[1_100, 70_000, 200_000]),
        },
        _ => Text::Raw(raw(random)),
    }
}

fn raw(random: &mut Random) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..random.below(60) {
        match random.below(12) {
            0..=4 => bytes.extend_from_slice(random.pick(&PIECES).as_bytes()),
            5 => bytes.extend_from_slice(format!("word{}", random.below(1000)).as_bytes()),
            6 => bytes.push(b'\r'),
            7 => bytes.extend_from_slice(b"\r\n"),
            8 => bytes.push(u8::try_from(random.below(256)).unwrap_or(0)),
            _ => bytes.push(b'\n'),
        }
    }
    bytes
}

/// At most so many requests of a scenario fail.
const MOST_FAULTS: usize = 24;

fn faults(random: &mut Random) -> Vec<Fault> {
    let percent = random.pick(&[0, 0, 3, 8, 15, 30]);
    // The follower takes two for slips; more in a row mean that the credential is refused.
    let mut slips = 2;
    let mut faults: Vec<Fault> = Vec::new();
    for at in 1..150 {
        if faults.len() < MOST_FAULTS && random.chance(percent) {
            faults.push(fault(random, at, &mut slips));
        }
    }
    for at in 1..=12 {
        if random.chance(percent / 2) {
            faults.push(Fault {
                on: "GET builds/*/timeline",
                at,
                keys: random.pick(&[NO_TIMELINE, NULL_TIMELINE]).to_owned(),
            });
        }
    }
    faults
}

pub(crate) const NO_TIMELINE: &str = "status = 204";
pub(crate) const NULL_TIMELINE: &str =
    "status = 200\nbody = 'null'\nheaders = { content-type = 'application/json' }";

fn fault(random: &mut Random, at: usize, slips: &mut u32) -> Fault {
    let retry_after = random.below(3);
    let cut = match random.below(3) {
        0 => random.below(40),
        1 => random.below(400),
        _ => random.below(60_000),
    };
    let keys = match random.below(13) {
        0 => "close = 'before'".to_owned(),
        1 => "close = 'after'".to_owned(),
        2 | 3 => format!("cut = {cut}"),
        4 | 5 => format!("cut = {cut}\npacked = true"),
        6 => format!("delay = '{}ms'", random.between(1, 30)),
        7 => format!("drip = '1ms'\ndrip-bytes = {}", random.between(500, 9_000)),
        8 => format!("answer = 'throttled'\nheaders = {{ retry-after = '{retry_after}' }}"),
        9 => format!("answer = 'slowed'\nheaders = {{ retry-after = '{retry_after}' }}"),
        10 => "answer = 'server-error'".to_owned(),
        11 => "answer = 'offline-bom'".to_owned(),
        _ if *slips > 0 => {
            *slips -= 1;
            "answer = 'sign-in-203'".to_owned()
        }
        _ => "status = 503".to_owned(),
    };
    Fault {
        on: "GET **",
        at,
        keys,
    }
}

/// Smaller scenarios that may still show what this one shows.
pub(crate) fn smaller(plan: &Plan) -> Vec<Plan> {
    let mut found = Vec::new();
    let mut keep = |change: &dyn Fn(&mut Plan)| {
        let mut smaller = plan.clone();
        change(&mut smaller);
        if smaller.toml() != plan.toml() || smaller.act.is_some() != plan.act.is_some() {
            found.push(smaller);
        }
    };
    keep(&|plan| plan.faults.clear());
    for second in [true, false] {
        keep(&|plan| halve(&mut plan.faults, second));
        keep(&|plan| {
            plan.stages
                .iter_mut()
                .for_each(|stage| halve(&mut stage.jobs, second));
        });
        keep(&|plan| halve(&mut plan.stages, second));
        keep(&|plan| {
            let jobs = plan.stages.iter_mut().flat_map(|stage| &mut stage.jobs);
            jobs.for_each(|job| halve(&mut job.tasks, second));
        });
    }
    keep(&|plan| plan.act = None);
    found
}

/// Keeps one of many, and half of them at least.
fn halve<T>(items: &mut Vec<T>, second: bool) {
    if items.len() < 2 {
        return;
    }
    let middle = items.len() / 2;
    if second {
        items.drain(..middle);
    } else {
        items.truncate(items.len() - middle);
    }
}
