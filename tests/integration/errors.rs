//! Every refusal of the service that is known, as it was recorded or reported, and the sentence that
//! a person reads. A new one is a new entry in `tests/errors`.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde::Deserialize;

use crate::support::action::Action;
use crate::support::finished::Finished;
use crate::support::runner::ShownAnnotation;
use crate::support::service::{start, without_port};
use crate::support::tree::files_below;

/// How many steps run at once: most of their time they wait before they ask again.
const AT_ONCE: usize = 12;

const PIPELINE: &str = r#"
[[pipeline]]
id = 12
name = "App CI"
[[pipeline.run.task]]
name = "Compile"
duration = "20s"
"#;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Case {
    /// What happens.
    name: String,
    /// What is put into the scenario besides the fault.
    #[serde(default)]
    scenario: String,
    /// The requests that are answered so.
    on: Option<String>,
    /// Which of them, counted from 1; all unless given.
    #[serde(default)]
    at: Vec<i64>,
    /// Who answers, if it is not the service.
    from: Option<String>,
    status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    /// Besides those that every step needs.
    #[serde(default)]
    inputs: BTreeMap<String, String>,
    /// Another project than the simulator's.
    project: Option<String>,
    /// Annotations before the error, as `level file:line:column message`.
    #[serde(default)]
    annotations: Vec<String>,
    /// The error that ends the step; nothing where the step goes on.
    sentence: Option<String>,
    /// Something else that the log says.
    log: Option<String>,
    exit_code: i32,
}

impl Case {
    fn scenario(&self) -> String {
        let mut fault = toml::Table::new();
        let Some(on) = &self.on else {
            return format!("{}\n{PIPELINE}", self.scenario);
        };
        fault.insert("on".into(), on.clone().into());
        if self.at.is_empty() {
            fault.insert("every".into(), true.into());
        } else {
            fault.insert("at".into(), self.at.clone().into());
        }
        if let Some(from) = &self.from {
            fault.insert("from".into(), from.clone().into());
        }
        if let Some(status) = self.status {
            fault.insert("status".into(), i64::from(status).into());
        }
        fault.insert("headers".into(), self.headers.clone().into());
        if let Some(body) = &self.body {
            fault.insert("body".into(), body.clone().into());
        }
        let faults = BTreeMap::from([("fault", [fault])]);
        let faults = toml::to_string(&faults).expect("TOML");
        format!("{}\n{PIPELINE}\n{faults}", self.scenario)
    }

    fn run(&self) {
        let simulator = start(&self.scenario());
        let action = match &self.project {
            Some(project) => Action::new(&format!("{}/fabrikam/{project}", simulator.url())),
            None => Action::on(&simulator),
        };
        let finished = action.inputs(&self.inputs).run();
        self.compare(&finished, |text| without_port(&simulator, text));
        assert_eq!(simulator.problems(), Vec::<String>::new(), "{}", self.name);
    }

    fn compare(&self, finished: &Finished, shown: impl Fn(&str) -> String) {
        let annotations = finished.view.annotations.iter();
        let mut told: Vec<String> = annotations.map(|one| shown(&in_a_line(one))).collect();
        let expected = self.sentence.as_ref();
        let expected = expected.map(|sentence| format!("error {}", sentence.trim()));
        let error = expected.as_ref().and_then(|_| told.pop());
        let name = &self.name;
        assert_eq!(error, expected, "{name}\n{}", finished.stdout);
        assert_eq!(told, self.annotations, "{name}\n{}", finished.stdout);
        if let Some(line) = &self.log {
            let log = shown(&finished.log());
            assert!(log.contains(line.trim()), "{name}: {line}\n{log}");
        }
        finished.ended_with(self.exit_code);
        self.read_as_a_person(&finished.stdout);
    }

    /// No sentence says a thing twice, or only a number.
    fn read_as_a_person(&self, stdout: &str) {
        let name = &self.name;
        for word in [
            "RUST_BACKTRACE",
            "panicked",
            "stack backtrace",
            "Exception",
            "None",
            "Some(",
        ] {
            assert!(!stdout.contains(word), "{name}: {word} in\n{stdout}");
        }
        let sentence = self.sentence.as_deref().unwrap_or_default();
        let clauses: Vec<&str> = sentence.split(['.', ';', ':']).map(str::trim).collect();
        for (place, clause) in clauses.iter().enumerate() {
            let is_said = clause.len() > 12 && clauses[..place].contains(clause);
            assert!(!is_said, "{name} says twice: {clause}");
        }
    }
}

/// An annotation as `level file:line:column message`.
fn in_a_line(annotation: &ShownAnnotation) -> String {
    let number = |number: Option<u32>| number.unwrap_or_default();
    let (line, column) = (number(annotation.line), number(annotation.column));
    let place = annotation.file.as_ref();
    let place = place.map_or_else(String::new, |file| format!(" {file}:{line}:{column}"));
    format!("{}{place} {}", annotation.level, annotation.message)
}

fn cases() -> Vec<Case> {
    let files = files_below("tests/errors").into_iter();
    let read = |(file, text): (String, String)| {
        let cases = toml::from_str::<Cases>(&text);
        cases.unwrap_or_else(|error| panic!("{file}: {error}")).case
    };
    files.flat_map(read).collect()
}

#[test]
fn every_refusal_is_a_sentence_that_says_what_to_do() {
    let only = std::option_env!("CASE");
    let mut waiting = cases();
    waiting.retain(|case| only.is_none_or(|only| case.name.contains(only)));
    assert!(!waiting.is_empty());
    let waiting = Mutex::new(waiting);
    let next = || {
        waiting
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .pop()
    };
    let failures: Vec<String> = std::thread::scope(|scope| {
        let work = || {
            let mut failures = Vec::new();
            while let Some(case) = next() {
                let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| case.run()));
                failures.extend(outcome.is_err().then_some(case.name));
            }
            failures
        };
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("a worker"))
            .collect()
    });
    assert_eq!(failures, Vec::<String>::new());
}
