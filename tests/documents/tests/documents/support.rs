//! Where the documents come from, and how a test says what it counted.

use std::io::Write as _;

use documents::documents::Documents;
use documents::finding::{Finding, Findings};
use documents::judge::{Answer, Judge};
use documents::recording::{Interaction, Recording};
use documents::swagger::Document;

/// The documents, or one sentence that says what is missing.
#[track_caller]
pub(crate) fn documents() -> Documents {
    Documents::find().unwrap_or_else(|missing| panic!("{missing}"))
}

/// Says a number for the report. Past the harness, which hides what a test that passes prints.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "documents: {line}");
}

/// The documents of the areas that the simulator plays, for one api-version.
pub(crate) struct Shelf {
    build: Document,
    /// Of the other areas there are a few versions only: for each the nearest that is not newer.
    others: Vec<Document>,
}

impl Shelf {
    /// `build` is a path below `specs`.
    pub(crate) fn new(documents: &Documents, build: &str, version: &str) -> Self {
        let near = if matches!(version, "7.1" | "7.2") {
            "7.1"
        } else {
            "5.0"
        };
        let approvals = if version.starts_with('7') {
            version
        } else {
            "7.0"
        };
        let (pipelines, newer) = match version {
            "5.0" | "5.1" | "6.0" => ("6.0", "7.0"),
            _ => (version, version),
        };
        let others = [
            // There is one for 5.0, too, which does not know agent queues.
            "distributedTask/7.1/taskAgent.json".to_owned(),
            format!("core/{near}/core.json"),
            format!("test/{near}/test.json"),
            "testResults/7.1/testResults.json".to_owned(),
            format!("approvalsAndChecks/{approvals}/pipelinesapproval.json"),
            // Behind that: `pipelines/approvals` is no pipeline.
            format!("pipelines/{pipelines}/pipelines.json"),
            // Expanding is older than its document.
            format!("pipelines/{newer}/pipelines.json"),
        ];
        Self {
            build: documents.document(build),
            others: others.iter().map(|path| documents.document(path)).collect(),
        }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Document> {
        [&self.build].into_iter().chain(&self.others)
    }

    /// The document that describes a request.
    pub(crate) fn judge<'a>(
        &'a self,
        organization: &'a str,
        method: &str,
        path: &str,
    ) -> Option<Judge<'a>> {
        let build = Judge::new(&self.build, organization);
        let others = self.others.iter();
        let others = others.map(|document| Judge::new(document, organization).of_any_version());
        [build]
            .into_iter()
            .chain(others)
            .find(|judge| judge.operation(method, path).is_some())
    }
}

/// Where the recorded answers themselves depart from the documents. Nobody can be blamed for the same.
pub(crate) fn recorded_departures(documents: &Documents) -> Findings {
    let old = Shelf::new(documents, "build/5.0/build.json", "5.0");
    let newer = Shelf::new(documents, "build/5.1/build.json", "5.1");
    let mut findings = Findings::new();
    for (_, interaction) in interactions(&documents.recordings()) {
        if !matches!(interaction.status, 200 | 204) {
            continue;
        }
        let shelf = if interaction.accept().contains("=5.1") {
            &newer
        } else {
            &old
        };
        if let Some(judge) = shelf.judge("fabrikam", &interaction.method, &interaction.path) {
            findings.extend(judge_answer(judge, interaction));
        }
    }
    findings
}

pub(crate) fn judge_answer(judge: Judge, interaction: &Interaction) -> Findings {
    let answer = Answer {
        status: interaction.status,
        content_type: interaction.headers.get("content-type").map(String::as_str),
        body: &interaction.body,
    };
    judge
        .answer(&interaction.method, &interaction.path, &answer)
        .unwrap_or_default()
}

/// Every interaction with the name of its recording.
pub(crate) fn interactions(recordings: &[Recording]) -> impl Iterator<Item = (&str, &Interaction)> {
    let all = recordings.iter();
    all.flat_map(|one| {
        one.interactions
            .iter()
            .map(move |each| (one.name.as_str(), each))
    })
}

/// The findings that were not recorded, each with where it was found.
pub(crate) fn unheard_of(findings: Findings, recorded: &Findings) -> Vec<Finding> {
    findings
        .into_iter()
        .filter(|one| !recorded.contains(one))
        .collect()
}
