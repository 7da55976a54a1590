//! The action's outputs.

use serde_json::{Value, json};

use crate::build::{Build, Record, RecordResult, Timeline};

/// One output: its name in `action.yml` and its value.
pub type ActionOutput = (&'static str, String);

/// What is known as soon as a run is queued, so that it is there whatever happens later.
#[must_use]
pub fn queued(build: &Build, attempt: u32) -> Vec<ActionOutput> {
    vec![
        ("run-id", build.id.to_string()),
        ("run-url", build.page.to_string()),
        ("pipeline-url", build.page.to_string()),
        ("build-number", build.number.clone()),
        ("status", build.status.as_str().to_owned()),
        // Those of an earlier attempt do not belong to this run.
        ("result", String::new()),
        ("source-branch", String::new()),
        ("source-version", String::new()),
        ("failed-jobs", String::new()),
        ("attempts", attempt.to_string()),
    ]
}

/// What is known in the end. The source is what was really built, as the service reports it.
#[must_use]
pub fn finished(build: &Build, timeline: &Timeline) -> Vec<ActionOutput> {
    let result = build
        .result
        .as_ref()
        .map(|result| result.as_str().to_owned());
    vec![
        ("build-number", build.number.clone()),
        ("status", build.status.as_str().to_owned()),
        ("result", result.unwrap_or_default()),
        (
            "source-branch",
            build.source_branch.clone().unwrap_or_default(),
        ),
        (
            "source-version",
            build.source_version.clone().unwrap_or_default(),
        ),
        ("failed-jobs", failed_jobs(build, timeline)),
    ]
}

/// The runs that were listed.
#[must_use]
pub fn runs(json: &[Value]) -> ActionOutput {
    ("runs", json!(json).to_string())
}

/// The run that was shown.
#[must_use]
pub fn run(json: &Value) -> ActionOutput {
    ("run", json.to_string())
}

/// All tags of a run.
#[must_use]
pub fn tags(tags: &[String]) -> ActionOutput {
    ("tags", json!(tags).to_string())
}

/// The size of an output that GitHub would not pass on: 1 MiB is the most, counted in UTF-16
/// ("Workflow syntax", `jobs.<job_id>.outputs`).
#[must_use]
pub fn too_long(value: &str) -> Option<usize> {
    let bytes = 2 * value.encode_utf16().count();
    (bytes > 1024 * 1024).then_some(bytes)
}

fn failed_jobs(build: &Build, timeline: &Timeline) -> String {
    let failed: Vec<serde_json::Value> = timeline
        .jobs()
        .iter()
        .filter(|job| job.has_failed())
        .filter_map(|job| {
            let record = job.record()?;
            Some(json!({
                "stage": job.stage.and_then(Record::display_name),
                "job": job.job.or(job.phase).map(|job| job.display_name().unwrap_or("Job")),
                "attempt": record.attempt,
                "result": job.result().map(RecordResult::as_str),
                "url": build.page.job(&record.id).as_str(),
            }))
        })
        .collect();
    serde_json::Value::from(failed).to_string()
}
