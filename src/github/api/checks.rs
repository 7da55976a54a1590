//! Check runs.

use chrono::{DateTime, SecondsFormat, Utc};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Api, ApiError};
use crate::untrusted::{Markdown, Plain};

/// Most annotations that GitHub takes with one request.
const BATCH: usize = 50;

/// The longest summary that GitHub takes. It counts characters; bytes are no fewer.
pub const LONGEST_SUMMARY: usize = 65_535;

/// How a check run is to look.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckRun {
    /// Its name.
    pub name: Plain,
    /// Its id in the system that it tells of.
    pub external_id: String,
    /// The page with more.
    pub details_url: String,
    /// Where it is.
    pub status: CheckStatus,
    /// When it began.
    pub started: Option<DateTime<Utc>>,
    /// One line.
    pub title: Plain,
    /// No more than [`LONGEST_SUMMARY`] bytes.
    pub summary: Markdown,
}

/// Where a check run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckStatus {
    /// It has not begun.
    Queued,
    /// It goes on.
    InProgress,
    /// It is over.
    Completed {
        /// How it ended.
        conclusion: Conclusion,
        /// When; nothing for now.
        at: Option<DateTime<Utc>>,
    },
}

/// How a check run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conclusion {
    /// All is well.
    Success,
    /// It is not good.
    Failure,
    /// It was canceled.
    Canceled,
    /// It took too long.
    TimedOut,
}

/// A remark about a line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckAnnotation {
    /// Whether it is a warning, and no failure.
    pub is_warning: bool,
    /// From the root of the repository.
    pub path: Plain,
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: Option<u32>,
    /// At most 255 characters.
    pub title: Plain,
    /// At most 64 KB.
    pub message: Plain,
}

impl Conclusion {
    fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Canceled => "cancelled",
            Self::TimedOut => "timed_out",
        }
    }
}

impl CheckAnnotation {
    fn json(&self) -> Value {
        let level = if self.is_warning {
            "warning"
        } else {
            "failure"
        };
        let mut json = json!({
            "path": self.path.as_str(),
            "start_line": self.line,
            "end_line": self.line,
            "annotation_level": level,
            "title": self.title.as_str(),
            "message": self.message.as_str(),
        });
        if let Some(column) = self.column {
            json["start_column"] = column.into();
            json["end_column"] = column.into();
        }
        json
    }
}

impl CheckRun {
    fn json(&self, annotations: &[CheckAnnotation]) -> Value {
        let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
        let mut json = json!({
            "name": self.name.as_str(),
            "external_id": self.external_id,
            "details_url": self.details_url,
            "output": {"title": self.title.as_str(), "summary": self.summary.as_str()},
        });
        if !annotations.is_empty() {
            json["output"]["annotations"] = annotations.iter().map(CheckAnnotation::json).collect();
        }
        if let Some(started) = self.started {
            json["started_at"] = time(started).into();
        }
        json["status"] = match self.status {
            CheckStatus::Queued => "queued".into(),
            CheckStatus::InProgress => "in_progress".into(),
            CheckStatus::Completed { conclusion, at } => {
                json["conclusion"] = conclusion.as_str().into();
                if let Some(at) = at {
                    json["completed_at"] = time(at).into();
                }
                "completed".into()
            }
        };
        json
    }
}

impl Api {
    /// Makes a check run; gives its id. Not to be sent twice: look with [`find_check_run`](Self::find_check_run)
    /// first.
    ///
    /// REST: Checks - Create a check run; `checks: write`.
    pub async fn create_check_run(
        &mut self,
        commit: &str,
        run: &CheckRun,
    ) -> Result<u64, ApiError> {
        let mut body = run.json(&[]);
        body["head_sha"] = commit.into();
        let answer = self.send(Method::POST, "check-runs", Some(&body)).await?;
        id(&answer)
    }

    /// Changes a check run. May be sent twice.
    ///
    /// REST: Checks - Update a check run; `checks: write`.
    pub async fn update_check_run(&mut self, id: u64, run: &CheckRun) -> Result<(), ApiError> {
        self.change_check_run(id, &run.json(&[])).await
    }

    /// Completes a check run and puts annotations on it, fifty with each request. Those of a request
    /// whose fate is not known are given up, because they could stand there twice. What is left in
    /// `annotations` has not been sent.
    ///
    /// REST: Checks - Update a check run; `checks: write`.
    pub async fn complete_check_run(
        &mut self,
        id: u64,
        run: &CheckRun,
        annotations: &mut Vec<CheckAnnotation>,
    ) -> Result<(), ApiError> {
        let going = CheckRun {
            status: CheckStatus::InProgress,
            ..run.clone()
        };
        loop {
            let rest = annotations.split_off(annotations.len().min(BATCH));
            let batch = std::mem::replace(annotations, rest);
            let is_last = annotations.is_empty();
            let run = if is_last { run } else { &going };
            match self.change_check_run(id, &run.json(&batch)).await {
                Err(error) if error.may_pass() && !error.is_unclear() => {
                    annotations.splice(..0, batch);
                    return Err(error);
                }
                // Annotations that GitHub does not take must not keep the run from being completed.
                Err(ApiError::Rejected { .. }) if !batch.is_empty() => {}
                Ok(()) if !is_last => {}
                sent => return sent,
            }
        }
    }

    async fn change_check_run(&mut self, id: u64, body: &Value) -> Result<(), ApiError> {
        let route = format!("check-runs/{id}");
        self.send(Method::PATCH, &route, Some(body)).await.map(drop)
    }

    /// The latest check run of a commit with this name and external id, if there is one.
    ///
    /// REST: Checks - List check runs for a Git reference; `checks: read`.
    pub async fn find_check_run(
        &mut self,
        commit: &str,
        name: &str,
        external_id: &str,
    ) -> Result<Option<u64>, ApiError> {
        let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
        let route =
            format!("commits/{commit}/check-runs?check_name={name}&filter=all&per_page=100");
        let answer = self.send(Method::GET, &route, None).await?;
        let runs = answer["check_runs"].as_array();
        let mut runs = runs.into_iter().flatten();
        let found = runs.find(|run| run["external_id"] == external_id);
        found.map(id).transpose()
    }
}

/// The id of what an answer is about.
pub(super) fn id(answer: &Value) -> Result<u64, ApiError> {
    let id = answer["id"].as_u64();
    id.ok_or_else(|| ApiError::Unusable("the answer names no id".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(status: CheckStatus) -> CheckRun {
        CheckRun {
            name: Plain::line("Azure Pipelines / App CI", 99),
            external_id: "7".into(),
            details_url: "https://example.com".into(),
            status,
            started: Some(DateTime::UNIX_EPOCH),
            title: Plain::line("2 of 3 jobs done", 99),
            summary: Markdown::new().ours("**2**"),
        }
    }

    #[test]
    fn a_run_is_sent_as_github_describes_it() {
        let expected = json!({
            "name": "Azure Pipelines / App CI",
            "external_id": "7",
            "details_url": "https://example.com",
            "status": "in_progress",
            "started_at": "1970-01-01T00:00:00Z",
            "output": {"title": "2 of 3 jobs done", "summary": "**2**"},
        });
        assert_eq!(run(CheckStatus::InProgress).json(&[]), expected);
        let completed = CheckStatus::Completed {
            conclusion: Conclusion::Canceled,
            at: None,
        };
        let annotation = CheckAnnotation {
            is_warning: false,
            path: Plain::line("src/a.rs", 99),
            line: 3,
            column: Some(5),
            title: Plain::line("Job / Task", 99),
            message: Plain::lines("m", 99),
        };
        let json = run(completed).json(&[annotation]);
        assert_eq!(
            (&json["status"], &json["conclusion"]),
            (&json!("completed"), &json!("cancelled"))
        );
        let expected = json!([{
            "path": "src/a.rs", "start_line": 3, "end_line": 3, "start_column": 5, "end_column": 5,
            "annotation_level": "failure", "title": "Job / Task", "message": "m",
        }]);
        assert_eq!(json["output"]["annotations"], expected);
        assert_eq!(json.get("completed_at"), None);
    }
}
