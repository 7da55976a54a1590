//! Every refusal of the service that is known, as it was recorded or reported, and the sentence that
//! a person reads. A new one is a new entry in `tests/errors`.

use std::collections::BTreeMap;
use std::sync::Mutex;

use azure_pipelines_simulator::{Scenario, Simulator};
use serde::Deserialize;

use crate::support::action::{Action, Finished, path};

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
    at: Vec<usize>,
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
            let at: Vec<i64> = self
                .at
                .iter()
                .map(|at| i64::try_from(*at).expect("a small number"))
                .collect();
            fault.insert("at".into(), at.into());
        }
        if let Some(from) = &self.from {
            fault.insert("from".into(), from.clone().into());
        }
        if let Some(status) = self.status {
            fault.insert("status".into(), i64::from(status).into());
        }
        let headers: toml::Table = self
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), value.clone().into()))
            .collect();
        fault.insert("headers".into(), headers.into());
        if let Some(body) = &self.body {
            fault.insert("body".into(), body.clone().into());
        }
        let faults: toml::Table = [("fault".to_owned(), vec![fault].into())]
            .into_iter()
            .collect();
        let faults = toml::to_string(&faults).expect("TOML");
        format!("{}\n{PIPELINE}\n{faults}", self.scenario)
    }

    fn run(&self) {
        let scenario = Scenario::from_toml(&self.scenario())
            .unwrap_or_else(|error| panic!("{}: {error}", self.name));
        let simulator = Simulator::start(scenario);
        let mut action = match &self.project {
            Some(project) => Action::new(&format!("{}/fabrikam/{project}", simulator.url())),
            None => Action::on(&simulator),
        };
        for (input, value) in &self.inputs {
            action = action.input(input, value);
        }
        let finished = action.run();
        self.compare(&finished, &simulator.url());
        assert_eq!(simulator.problems(), Vec::<String>::new(), "{}", self.name);
    }

    fn compare(&self, finished: &Finished, url: &str) {
        let host = url.trim_start_matches("http://");
        let shown = |text: &str| {
            text.replace(url, "https://azure.test")
                .replace(host, "azure.test")
        };
        let mut told: Vec<String> = Vec::new();
        let mut error = None;
        for annotation in &finished.view.annotations {
            let number = |number: Option<u32>| number.unwrap_or_default();
            let place = annotation.file.as_ref().map_or_else(String::new, |file| {
                let (line, column) = (number(annotation.line), number(annotation.column));
                format!(" {file}:{line}:{column}")
            });
            told.extend(error.take());
            error = Some(shown(&format!(
                "{}{place} {}",
                annotation.level, annotation.message
            )));
        }
        let expected = self
            .sentence
            .as_ref()
            .map(|sentence| format!("error {}", sentence.trim()));
        if expected.is_none() {
            told.extend(error.take());
        }
        let name = &self.name;
        assert_eq!(error, expected, "{name}\n{}", finished.stdout);
        assert_eq!(told, self.annotations, "{name}\n{}", finished.stdout);
        if let Some(line) = &self.log {
            let log = shown(&finished.log());
            assert!(log.contains(line.trim()), "{name}: {line}\n{log}");
        }
        assert_eq!(
            finished.exit_code,
            Some(self.exit_code),
            "{name}\n{}",
            finished.stdout
        );
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

fn cases() -> Vec<Case> {
    let mut files: Vec<_> = std::fs::read_dir(path("tests/errors"))
        .expect("the cases")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    files
        .iter()
        .flat_map(|file| {
            let text = std::fs::read_to_string(file).expect("a file");
            toml::from_str::<Cases>(&text)
                .unwrap_or_else(|error| panic!("{}: {error}", file.display()))
                .case
        })
        .collect()
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
