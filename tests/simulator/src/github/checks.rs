//! Check runs: `POST /repos/{owner}/{repo}/check-runs`, `PATCH …/check-runs/{id}`, and those of a commit.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::field::{needed, text, word};
use super::page::Page;
use super::{Answer, GitHub, Problem, address, answer_json, commit, people};
use crate::call::Query;
use crate::clock::Moment;

const RESOURCE: &str = "CheckRun";
/// Most annotations in one request.
const MOST_ANNOTATIONS: usize = 50;
/// The longest summary and text.
const LONGEST: usize = 65_535;
/// The longest message and details of an annotation: 64 KB.
const LONGEST_MESSAGE: usize = 64 * 1024;

const CONCLUSIONS: [&str; 7] = [
    "action_required",
    "cancelled",
    "failure",
    "neutral",
    "success",
    "skipped",
    "timed_out",
];

/// One check run.
#[derive(Clone, Debug)]
pub(super) struct CheckRun {
    id: u64,
    repository: String,
    sha: String,
    name: String,
    external_id: Option<String>,
    details_url: Option<String>,
    status: String,
    conclusion: Option<String>,
    started: Option<String>,
    completed: Option<String>,
    title: Option<String>,
    summary: Option<String>,
    text: Option<String>,
    annotations: Vec<Value>,
}

impl CheckRun {
    fn json(&self) -> Value {
        let url = address(&self.repository, &format!("check-runs/{}", self.id));
        let page = format!("https://github.com/{}/runs/{}", self.repository, self.id);
        json!({
            "id": self.id,
            "node_id": format!("CR_{}", self.id),
            "head_sha": self.sha,
            "external_id": self.external_id,
            "url": url,
            "html_url": page,
            "details_url": self.details_url.as_ref().unwrap_or(&page),
            "status": self.status,
            "conclusion": self.conclusion,
            "started_at": self.started,
            "completed_at": self.completed,
            "output": {
                "title": self.title,
                "summary": self.summary,
                "text": self.text,
                "annotations_count": self.annotations.len(),
                "annotations_url": format!("{url}/annotations"),
            },
            "name": self.name,
            "check_suite": {"id": 5},
            "app": people::actions_app(),
            "pull_requests": [],
        })
    }

    /// With its annotations, which the real answers only count.
    pub(super) fn whole(&self) -> Value {
        let mut whole = self.json();
        whole["annotations"] = json!(self.annotations);
        whole
    }

    /// Takes over what the body has.
    fn change(&mut self, body: &Value, now: Moment) -> Result<(), Problem> {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        if let Some(name) = text(body, RESOURCE, "name", 255)? {
            name.clone_into(&mut self.name);
        }
        for (field, place) in [
            ("external_id", &mut self.external_id),
            ("details_url", &mut self.details_url),
        ] {
            if let Some(text) = text(body, RESOURCE, field, usize::MAX)? {
                *place = Some(text.to_owned());
            }
        }
        let statuses = ["queued", "in_progress", "completed"];
        let status = word(body, RESOURCE, "status", &statuses)?;
        let conclusion = word(body, RESOURCE, "conclusion", &CONCLUSIONS)?;
        let completed = time(body, "completed_at")?;
        if (status == Some("completed") || completed.is_some()) && conclusion.is_none() {
            let message = "conclusion is required with a status of completed";
            return Err(Problem::invalid(RESOURCE, "conclusion", message));
        }
        if let Some(status) = status {
            status.clone_into(&mut self.status);
        }
        self.started = time(body, "started_at")?
            .or(self.started.take())
            .or_else(|| (self.status != "queued").then(|| now.utc_seconds()));
        if conclusion.is_some() {
            "completed".clone_into(&mut self.status);
            self.conclusion = owned(conclusion);
            self.completed = completed.or_else(|| Some(now.utc_seconds()));
        } else if status.is_some() {
            // One that goes on again is not concluded.
            self.conclusion = None;
            self.completed = None;
        }
        self.change_output(&body["output"])
    }

    fn change_output(&mut self, output: &Value) -> Result<(), Problem> {
        if output.is_null() {
            return Ok(());
        }
        let title = needed(output, RESOURCE, "title", usize::MAX)?;
        let Some(summary) = text(output, RESOURCE, "summary", LONGEST)? else {
            let message = "summary wasn't supplied";
            return Err(Problem::invalid(RESOURCE, "summary", message));
        };
        let details = text(output, RESOURCE, "text", LONGEST)?;
        let annotations = annotations(&output["annotations"])?;
        self.title = Some(title.to_owned());
        self.summary = Some(summary.to_owned());
        self.text = details.map(str::to_owned).or(self.text.take());
        // They are added to those that are there.
        self.annotations.extend(annotations);
        Ok(())
    }
}

fn annotations(list: &Value) -> Result<Vec<Value>, Problem> {
    const ANNOTATION: &str = "CheckAnnotation";
    let list = list.as_array().cloned().unwrap_or_default();
    if list.len() > MOST_ANNOTATIONS {
        let message = format!(
            "Invalid request.\n\nNo more than {MOST_ANNOTATIONS} items are allowed; {} were supplied.",
            list.len()
        );
        return Err(Problem::new(422, message));
    }
    for annotation in &list {
        needed(annotation, ANNOTATION, "path", usize::MAX)?;
        needed(annotation, ANNOTATION, "message", LONGEST_MESSAGE)?;
        text(annotation, ANNOTATION, "title", 255)?;
        text(annotation, ANNOTATION, "raw_details", LONGEST_MESSAGE)?;
        let levels = ["notice", "warning", "failure"];
        if word(annotation, ANNOTATION, "annotation_level", &levels)?.is_none() {
            let message = "annotation_level wasn't supplied";
            return Err(Problem::invalid(ANNOTATION, "annotation_level", message));
        }
        let number = |field: &str| annotation[field].as_u64().filter(|number| *number > 0);
        let (Some(start), Some(end)) = (number("start_line"), number("end_line")) else {
            let message = "start_line and end_line must be positive";
            return Err(Problem::invalid(ANNOTATION, "start_line", message));
        };
        let has_columns = ["start_column", "end_column"]
            .iter()
            .any(|field| !annotation[*field].is_null());
        if start > end || has_columns && start != end {
            let message = "columns need a start_line and an end_line that are the same";
            return Err(Problem::invalid(ANNOTATION, "start_column", message));
        }
    }
    Ok(list)
}

/// A time in the form that GitHub takes.
fn time(body: &Value, field: &str) -> Result<Option<String>, Problem> {
    let Some(given) = text(body, RESOURCE, field, usize::MAX)? else {
        return Ok(None);
    };
    match Moment::parse(given) {
        Some(moment) => Ok(Some(moment.utc_seconds())),
        None => Err(Problem::new(
            422,
            format!("Invalid request.\n\n\"{given}\" is not a date-time."),
        )),
    }
}

impl GitHub {
    pub(super) fn create_check_run(
        &mut self,
        repository: &str,
        body: &Value,
        now: Moment,
    ) -> Answer {
        let name = needed(body, RESOURCE, "name", 255)?;
        let sha = commit(needed(body, RESOURCE, "head_sha", usize::MAX)?)?;
        let mut run = CheckRun {
            repository: repository.to_owned(),
            sha,
            name: name.to_owned(),
            external_id: None,
            details_url: None,
            status: "queued".to_owned(),
            conclusion: None,
            started: None,
            completed: None,
            title: None,
            summary: None,
            text: None,
            annotations: Vec::new(),
            id: self.next_id(),
        };
        run.change(body, now)?;
        let reply = answer_json(201, &run.json());
        self.check_runs.push(run);
        Ok(reply)
    }

    pub(super) fn update_check_run(
        &mut self,
        repository: &str,
        id: &str,
        body: &Value,
        now: Moment,
    ) -> Answer {
        let mut runs = self.check_runs.iter_mut();
        let found = runs.find(|run| run.id.to_string() == id && run.repository == repository);
        let run = found.ok_or_else(Problem::not_found)?;
        let mut changed = run.clone();
        changed.change(body, now)?;
        *run = changed;
        Ok(answer_json(200, &run.json()))
    }

    pub(super) fn list_check_runs(&self, repository: &str, sha: &str, query: &Query) -> Answer {
        let sha = commit(sha)?;
        let name = query.get("check_name");
        let of_commit = self.check_runs.iter().filter(|run| {
            run.repository == repository
                && run.sha == sha
                && name.is_none_or(|name| run.name == name)
        });
        let mut runs: Vec<&CheckRun> = of_commit.collect();
        // The latest come first, and alone unless all are asked for.
        runs.reverse();
        if query.get("filter") != Some("all") {
            let mut names = BTreeSet::new();
            runs.retain(|run| names.insert(run.name.clone()));
        }
        let address = address(repository, &format!("commits/{sha}/check-runs"));
        let page = Page::of(&runs, query, &address);
        let shown: Vec<Value> = page.items.iter().map(|run| run.json()).collect();
        let body = json!({"total_count": runs.len(), "check_runs": shown});
        Ok(page.reply(&body))
    }
}
