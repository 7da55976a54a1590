//! That the comparison finds what is wrong: an output that was right is spoilt in every way that matters.

use std::collections::HashSet;

use crate::compare::{Expected, Kind, Truth, differences};
use crate::shown::Shown;

const OUTPUT: &str = "\
Run 20260302.1 started on commit 30d240d\n\
::group::S1 / J1 / Compile (3s)\n\
one\n\
two\n\
two\n\
three\n\
::endgroup::\n\
::group::S1 / J1 / Test (failed)\n\
four\n\
\n\
::endgroup::\n\
\x1b[31mS1 / J1 failed in 3s\x1b[0m\n\
\x1b[33mThe log of S1 / J1 / Silent never came.\x1b[0m\n";

fn truth() -> Truth {
    let log = |order, task: &str, lines: &[&str]| Expected {
        job: "S1 / J1".to_owned(),
        order,
        title: format!("S1 / J1 / {task}"),
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        needed: lines.len(),
    };
    Truth {
        logs: vec![
            log(2, "Compile", &["one", "two", "two", "three"]),
            log(3, "Test", &["four", ""]),
            log(4, "Empty", &[]),
        ],
        job_titles: vec!["S1 / J1".to_owned()],
        without_log: HashSet::from(["S1 / J1 / Silent".to_owned()]),
    }
}

fn kinds(output: &str) -> Vec<Kind> {
    let found = differences(&Shown::read(output.as_bytes()), &truth());
    found
        .into_iter()
        .map(|difference| difference.kind)
        .collect()
}

#[test]
fn what_is_right_is_found_right() {
    assert_eq!(kinds(OUTPUT), []);
    // What the follower has to say at once may stand amid a log.
    let trouble = "one\n» \x1b[33mAzure DevOps had a problem with GET x (503): y; asking again, for some minutes.\x1b[0m\n";
    assert_eq!(kinds(&OUTPUT.replace("one\n", trouble)), []);
}

#[test]
fn every_line_matters() {
    let lines: Vec<&str> = OUTPUT.split_inclusive('\n').collect();
    let (first, last) = (2, 9);
    for place in (first..=last).filter(|place| !lines[*place].starts_with("::")) {
        let spoilt = |change: &dyn Fn(&mut Vec<&'static str>)| {
            let mut lines = lines.clone();
            change(&mut lines);
            kinds(&lines.concat())
        };
        let dropped = spoilt(&|lines| {
            lines.remove(place);
        });
        assert_eq!(dropped, [Kind::Lines], "without line {place}");
        let doubled = spoilt(&|lines| lines.insert(place, lines[place]));
        assert_eq!(doubled, [Kind::Lines], "with line {place} twice");
        let changed = spoilt(&|lines| lines[place] = "other\n");
        assert_eq!(changed, [Kind::Lines], "with another line {place}");
        let next = lines[place + 1];
        if !next.starts_with("::") && next != lines[place] {
            let swapped = spoilt(&|lines| lines.swap(place, place + 1));
            assert_eq!(swapped, [Kind::Lines], "with line {place} behind the next");
        }
    }
}

#[test]
fn every_group_matters() {
    let check = |from: &str, to: &str, expected: &[Kind]| {
        assert!(OUTPUT.contains(from), "{from}");
        assert_eq!(
            kinds(&OUTPUT.replacen(from, to, 1)),
            expected,
            "{from:?} -> {to:?}"
        );
    };
    check(
        "two\n",
        "two\n::endgroup::\n::group::S1 / J1 / Compile\n",
        &[Kind::Split],
    );
    check("::endgroup::\n", "", &[Kind::Structure]);
    check(
        "::endgroup::\n",
        "::endgroup::\n::endgroup::\n",
        &[Kind::Structure],
    );
    check("Compile (3s)", "Other", &[Kind::Unknown, Kind::Lines]);
    let unmarked = "two\n\x1b[33mAzure DevOps had a problem; asking again.\x1b[0m\n";
    check("two\n", unmarked, &[Kind::Lines]);
    check("Run 2026", "A line\nRun 2026", &[Kind::Stray]);
    check("Silent", "Test", &[Kind::SaidMissing]);
    let again = "never came.\x1b[0m\n\x1b[33mThe log of S1 / J1 / Silent never came.\x1b[0m";
    check("never came.\x1b[0m", again, &[Kind::SaidMissing]);
    let (head, test) = OUTPUT.split_at(OUTPUT.find("::group::S1 / J1 / Test").unwrap());
    let end = test.find("::endgroup::\n").unwrap() + "::endgroup::\n".len();
    assert_eq!(
        kinds(&format!("{}{head}{}", &test[..end], &test[end..])),
        [Kind::Order]
    );
}

#[test]
fn of_a_lost_agent_more_may_be_shown_than_has_arrived() {
    let mut truth = truth();
    truth.logs[0].needed = 1;
    let shown = |output: &str| differences(&Shown::read(output.as_bytes()), &truth).len();
    assert_eq!(shown(OUTPUT), 0);
    assert_eq!(shown(&OUTPUT.replace("two\nthree\n", "")), 0);
    assert_eq!(shown(&OUTPUT.replace("three\n", "other\n")), 1);
    assert_eq!(shown(&OUTPUT.replace("one\ntwo\ntwo\nthree\n", "")), 1);
}
