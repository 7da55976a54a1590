//! Scenarios for one thing each, compared as the random ones are.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::compare::Difference;
use crate::generate::{NO_TIMELINE, NULL_TIMELINE};
use crate::plan::{Act, Fault, Plan, Stage, Task};
use crate::play::{Ending, Played, play_text};
use crate::requests::ON_LINES;
use crate::scenarios::{network, runtime, wrong};

const RUN: &str = "[[pipeline]]\nid = 12\nname = 'App CI'\n[[pipeline.run]]\n";

/// A run whose one task is still to be given its lines.
const TASK: &str =
    "[[pipeline]]\nid = 12\nname = 'App CI'\n[[pipeline.run]]\n[[pipeline.run.task]]\n";

/// What a scenario that was written by hand leaves to the test.
fn plan() -> Plan {
    Plan {
        speed: 20.0,
        is_stepped: true,
        interval: Some(300),
        is_live: false,
        feed_refused: false,
        stages: vec![Stage::of_one_job()],
        faults: Vec::new(),
        act: None,
        dead_from: None,
    }
}

fn played(plan: &Plan, text: &str) -> (Played, Vec<Difference>) {
    let played = runtime().block_on(play_text(plan, text, &network()));
    let wrong = wrong(plan, &played);
    (played, wrong)
}

#[track_caller]
fn check(plan: &Plan, text: &str) -> Played {
    let (played, wrong) = played(plan, text);
    let output = String::from_utf8_lossy(&played.output);
    let output: String = output.chars().take(4_000).collect();
    assert!(wrong.is_empty(), "{wrong:#?}\n{text}\n{output}");
    assert_eq!(played.ending, Ending::Completed);
    played
}

fn requests_for_lines(played: &Played) -> Vec<&str> {
    let gets = played.journal.iter().map(|exchange| exchange.path.as_str());
    gets.filter(|path| path.contains("/logs/")).collect()
}

/// One of the requests for lines goes wrong.
fn cut_lines(at: usize, cut: usize, packed: bool) -> Fault {
    Fault {
        on: ON_LINES,
        at,
        keys: format!("cut = {cut}\npacked = {packed}"),
    }
}

#[test]
fn a_line_of_ten_megabytes_is_shown_whole() {
    let mut plan = plan();
    plan.faults.push(cut_lines(2, 7_000_000, false));
    let text = format!("{TASK}generate = {{ lines = 1, bytes = 10_000_000 }}\n");
    let played = check(&plan, &(text + &plan.faults[0].toml()));
    assert!(played.output.len() > 10_000_000);
}

/// Wherever a connection breaks: what was whole is shown, and is not asked for again.
#[test]
fn a_cut_body_goes_on_at_the_line_where_it_broke() {
    let body = b"one\r\ntwo \xe2\x9c\x93\n\n##[error]three\nfour";
    let task = format!(
        "bare = true\n[[pipeline.run.job.task]]\nraw-base64 = '{}'\nframe = false\nstamps = false\n\
         no-final-newline = true\n",
        STANDARD.encode(body)
    );
    let text = format!("{RUN}[[pipeline.run.job]]\n{task}");
    for packed in [false, true] {
        for cut in 0..=body.len() {
            let mut plan = plan();
            plan.speed = 200.0;
            plan.faults.push(cut_lines(1, cut, packed));
            let played = check(&plan, &(text.clone() + &plan.faults[0].toml()));
            if packed {
                continue;
            }
            // The byte order mark is the first line's.
            let start = "\u{feff}".len();
            let sent = &body[..cut.saturating_sub(start)];
            let whole = memchr::memchr_iter(b'\n', sent).count();
            let asked = requests_for_lines(&played);
            let next = format!("startLine={}&", whole + 1);
            assert!(asked[0].contains("startLine=1&"), "{asked:?}");
            assert!(asked[1].contains(&next), "cut at {cut}: {asked:?}");
        }
    }
}

/// The follower looks before the run begins and after it has ended.
#[test]
fn a_run_that_begins_and_ends_between_two_polls_is_shown_whole() {
    let text = format!(
        "clock = {{ polls = '30s' }}\n{RUN}queue-for = '40s'\n[[pipeline.run.task]]\nduration = '500ms'\n\
         lines = ['a', 'b']\n"
    );
    let played = check(&plan(), &text);
    let polls = played
        .journal
        .iter()
        .filter(|exchange| exchange.path.contains("/timeline?"));
    assert_eq!(polls.clone().next().and_then(|poll| poll.status), Some(204));
    let output = String::from_utf8_lossy(&played.output);
    assert!(output.contains("\na\nb\n"), "{output}");
}

/// A timeline that is missing or null for a while says nothing about the run.
#[test]
fn timelines_that_are_empty_while_the_run_goes_on_lose_nothing() {
    for keys in [NO_TIMELINE, NULL_TIMELINE] {
        for is_live in [false, true] {
            let text = format!(
                "{TASK}duration = '6s'\nspread = true\nlines = ['a', 'b', 'c', 'd']\npages-at = ['1s', '4s']\n\
                 [[fault]]\non = 'GET builds/*/timeline'\nat = [1, 2, 4, 5]\n{keys}\n"
            );
            check(&Plan { is_live, ..plan() }, &text);
        }
    }
}

#[test]
fn a_run_whose_service_never_recovers_shows_what_there_was() {
    let text = format!(
        "{TASK}duration = '1h'\nlines = ['a', 'b', 'c']\nspread = true\npage-lines = 1\npages-at = ['1s', '2s', '3s']\n"
    );
    let plan = Plan {
        speed: 2_000.0,
        dead_from: Some(16),
        ..plan()
    };
    let (played, wrong) = played(&plan, &(text + &plan.death()));
    assert_eq!(wrong, []);
    assert_eq!(played.ending, Ending::Lost);
    let output = String::from_utf8_lossy(&played.output);
    assert!(output.contains("Starting: CmdLine"), "{output}");
}

#[test]
fn tasks_of_one_name_are_kept_apart() {
    let task = "[[pipeline.run.task]]\nname = 'Same'\n";
    check(
        &plan(),
        &format!("{RUN}{task}lines = ['a']\n{task}lines = ['b']\n{task}lines = ['a']\n"),
    );
}

/// A failed stage runs again in place: what was shown is not shown again, what is new is shown whole.
#[test]
fn a_retry_in_place_shows_the_new_attempt_alone() {
    let text = format!(
        "{TASK}lines = ['first']\nresult = 'failed'\nattempts = [{{}}, {{ result = 'succeeded', lines = ['second'] }}]\n"
    );
    let mut plan = plan();
    plan.act = Some(Act::RetryInPlace {
        stage: 0,
        all: false,
    });
    let played = check(&plan, &text);
    let output = String::from_utf8_lossy(&played.output);
    assert_eq!(output.matches("\nfirst\n").count(), 1, "{output}");
    assert_eq!(output.matches("\nsecond\n").count(), 1, "{output}");
}

/// A finished run has records; an answer without any is a slip of the service.
#[test]
fn an_empty_timeline_does_not_end_a_run_that_had_records() {
    for keys in [NO_TIMELINE, NULL_TIMELINE] {
        let text = format!(
            "{TASK}duration = '1s'\nlines = ['a']\nlog-delay = '2s'\n\
             [[fault]]\non = 'GET builds/*/timeline'\nat = [3, 4]\n{keys}\n"
        );
        check(&plan(), &text);
    }
}

/// The first attempt leaves a log that never comes, and its patience is used up.
#[test]
fn a_late_log_of_a_further_attempt_is_waited_for() {
    let text = format!(
        "{RUN}[[pipeline.run.task]]\nname = 'Silent'\nno-log = true\n\
         [[pipeline.run.task]]\nname = 'Late'\nlines = ['late']\nlog-delay = '3s'\n"
    );
    let mut plan = plan();
    plan.act = Some(Act::RetryInPlace {
        stage: 0,
        all: true,
    });
    let (played, _) = played(&plan, &text);
    let output = String::from_utf8_lossy(&played.output);
    assert_eq!(output.matches("\nlate\n").count(), 2, "{output}");
}

/// A task without a log stands before one whose log comes in two pieces.
#[test]
fn a_task_without_a_log_does_not_split_the_log_behind_it() {
    let text = format!(
        "{RUN}[[pipeline.run.task]]\nname = 'Silent'\nno-log = true\n\
         [[pipeline.run.task]]\nname = 'Long'\nduration = '60s'\nlines = ['a', 'b', 'c', 'd']\n\
         pages-at = ['20s', '30s', '40s']\npage-lines = 1\n"
    );
    let mut plan = plan();
    let tasks = &mut plan.stages[0].jobs[0].tasks;
    tasks.push(Task::without_log("Silent"));
    check(&plan, &text);
}
