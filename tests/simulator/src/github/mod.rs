//! GitHub's side, as a GitHub Enterprise Server has it below `/api/v3`: pull requests, commit statuses, check runs,
//! comments. Shapes, fields and limits are those of GitHub's published OpenAPI description.

mod checks;
mod comments;
mod people;
mod pulls;
mod script;
mod statuses;

use serde::Serialize;
use serde_json::{Value, json};

use crate::call::Query;
use crate::clock::Moment;
use crate::reply::Reply;

use checks::CheckRun;
use comments::Comment;
pub(crate) use pulls::PullRequest;
pub(crate) use script::GitHubScript;
use script::{Access, Permission};
use statuses::Status;

/// Where GitHub's documentation of its API begins.
const DOCUMENTATION: &str = "https://docs.github.com/rest";

/// What GitHub knows.
#[derive(Debug)]
pub(crate) struct GitHub {
    script: GitHubScript,
    pull_requests: Vec<PullRequest>,
    statuses: Vec<Status>,
    check_runs: Vec<CheckRun>,
    comments: Vec<Comment>,
    /// The last id that was given away; they grow.
    last_id: u64,
}

/// What a test may look at: statuses, check runs with all annotations, and comments, each as GitHub's API tells them,
/// in the order in which they were made.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GitHubSnapshot {
    /// Commit statuses; the last one of a context counts.
    pub statuses: Vec<Value>,
    /// Check runs, `annotations` added.
    pub check_runs: Vec<Value>,
    /// Comments that have not been deleted.
    pub comments: Vec<Value>,
}

/// One request, taken apart.
pub(crate) struct GitHubCall<'a> {
    pub(crate) method: &'a str,
    /// What follows `/api/v3`.
    pub(crate) segments: &'a [String],
    pub(crate) query: Query,
    pub(crate) authorization: Option<&'a str>,
    pub(crate) body: &'a [u8],
    pub(crate) now: Moment,
}

/// A refusal: the status and GitHub's words.
struct Problem {
    status: u16,
    message: String,
    errors: Vec<Value>,
}

type Answer = Result<Reply, Problem>;

impl Problem {
    fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            errors: Vec::new(),
        }
    }

    fn not_found() -> Self {
        Self::new(404, "Not Found")
    }

    /// What GitHub says of a field that it does not take.
    fn invalid(resource: &str, field: &str, message: &str) -> Self {
        let errors = vec![
            json!({"resource": resource, "code": "custom", "field": field, "message": message}),
        ];
        Self {
            status: 422,
            message: "Validation Failed".to_owned(),
            errors,
        }
    }

    fn reply(&self) -> Reply {
        let mut body = json!({
            "message": self.message,
            "documentation_url": DOCUMENTATION,
            "status": self.status.to_string(),
        });
        if !self.errors.is_empty() {
            body["errors"] = json!(self.errors);
        }
        answer_json(self.status, &body)
    }
}

impl GitHub {
    pub(crate) fn new(script: GitHubScript, pull_requests: Vec<PullRequest>) -> Self {
        let mut github = Self {
            script,
            pull_requests,
            statuses: Vec::new(),
            check_runs: Vec::new(),
            comments: Vec::new(),
            last_id: 1_000_000,
        };
        let scripted = std::mem::take(&mut github.script.comments);
        for comment in scripted {
            for _ in 0..comment.times {
                let id = github.next_id();
                github.comments.push(comment.clone().into_comment(id));
            }
        }
        github
    }

    pub(crate) fn snapshot(&self) -> GitHubSnapshot {
        GitHubSnapshot {
            statuses: self.statuses.iter().map(Status::json).collect(),
            check_runs: self.check_runs.iter().map(CheckRun::whole).collect(),
            comments: self.comments.iter().map(Comment::json).collect(),
        }
    }

    /// Answers a request; nothing for an address that the simulator does not know.
    pub(crate) fn answer(&mut self, call: &GitHubCall<'_>) -> Option<Reply> {
        let answer = match self.sign_in(call.authorization) {
            Ok(is_known) => self.route(call, is_known)?,
            Err(problem) => Err(problem),
        };
        let reply = answer.unwrap_or_else(|problem| problem.reply());
        Some(
            reply
                .with_header("date", call.now.http_date())
                .with_header("x-github-media-type", "github.v3; format=json")
                .with_header("x-github-request-id", "A1B2:3C4D:5E6F70:718293:69A5505C"),
        )
    }

    /// Whether the caller has given a token.
    fn sign_in(&self, authorization: Option<&str>) -> Result<bool, Problem> {
        let sent = authorization
            .and_then(|header| header.split_once(' '))
            .map(|(_, token)| token.trim());
        match (self.script.token.as_deref(), sent) {
            (Some(token), sent) if sent != Some(token) => Err(Problem::new(401, "Bad credentials")),
            (_, sent) => Ok(sent.is_some()),
        }
    }

    fn route(&mut self, call: &GitHubCall<'_>, is_known: bool) -> Option<Answer> {
        use Access::{Read, Write};
        use Permission::{Checks, Comments, PullRequests, Statuses};

        let parts: Vec<&str> = call.segments.iter().map(String::as_str).collect();
        if parts == ["user"] && call.method == "GET" {
            return Some(self.user(is_known));
        }
        let ["repos", owner, name, rest @ ..] = parts.as_slice() else {
            return None;
        };
        let repository = format!("{owner}/{name}");
        let (permission, access) = match (call.method, rest) {
            ("GET", ["pulls", _]) => (PullRequests, Read),
            ("POST", ["statuses", _]) => (Statuses, Write),
            ("GET", ["commits", _, "check-runs"]) => (Checks, Read),
            ("POST", ["check-runs"]) | ("PATCH", ["check-runs", _]) => (Checks, Write),
            ("GET", ["issues", _, "comments"]) => (Comments, Read),
            ("POST", ["issues", _, "comments"])
            | ("PATCH" | "DELETE", ["issues", "comments", _]) => (Comments, Write),
            _ => return None,
        };
        if access == Write && !is_known {
            return Some(Err(Problem::new(401, "Requires authentication")));
        }
        if let Some(problem) = self.script.refusal(permission, access) {
            return Some(Err(problem));
        }
        let body: Value = serde_json::from_slice(call.body).unwrap_or_default();
        if access == Write && call.method != "DELETE" && !body.is_object() {
            return Some(Err(Problem::new(400, "Problems parsing JSON")));
        }
        Some(match (call.method, rest) {
            ("GET", ["pulls", number]) => self.pull_request(&repository, number),
            ("POST", ["statuses", sha]) => self.create_status(&repository, sha, &body, call.now),
            ("GET", ["commits", sha, "check-runs"]) => {
                self.list_check_runs(&repository, sha, &call.query)
            }
            ("POST", ["check-runs"]) => self.create_check_run(&repository, &body, call.now),
            ("PATCH", ["check-runs", id]) => {
                self.update_check_run(&repository, id, &body, call.now)
            }
            ("GET", ["issues", number, "comments"]) => {
                Ok(self.list_comments(&repository, number, &call.query))
            }
            ("POST", ["issues", number, "comments"]) => {
                self.create_comment(&repository, number, &body, call.now)
            }
            ("PATCH", ["issues", "comments", id]) => {
                self.update_comment(&repository, id, &body, call.now)
            }
            ("DELETE", ["issues", "comments", id]) => self.delete_comment(&repository, id),
            _ => return None,
        })
    }

    fn user(&self, is_known: bool) -> Answer {
        match self.script.user.as_deref() {
            _ if !is_known => Err(Problem::new(401, "Requires authentication")),
            None => Err(Problem::new(403, "Resource not accessible by integration")),
            Some(login) => Ok(answer_json(200, &people::whole_user(login))),
        }
    }

    fn pull_request(&self, repository: &str, number: &str) -> Answer {
        let wanted = |pull: &&PullRequest| pull.is_at(repository, number);
        match self.pull_requests.iter().find(wanted) {
            Some(pull) => Ok(answer_json(200, &pull.json())),
            None => Err(Problem::not_found()),
        }
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// A commit that GitHub has, in lower case.
    fn commit(&self, sha: &str) -> Result<String, Problem> {
        let sha = sha.to_ascii_lowercase();
        let is_id = sha.len() == 40 && sha.bytes().all(|byte| byte.is_ascii_hexdigit());
        let commits = self.script.commits.as_ref();
        let is_known = commits.is_none_or(|commits| commits.contains(&sha));
        if is_id && is_known {
            Ok(sha)
        } else {
            Err(Problem::new(422, format!("No commit found for SHA: {sha}")))
        }
    }
}

/// A text within its limit, if the body has it.
fn text<'b>(
    body: &'b Value,
    resource: &str,
    field: &str,
    longest: usize,
) -> Result<Option<&'b str>, Problem> {
    let text = match &body[field] {
        Value::Null => None,
        Value::String(text) => Some(text.as_str()),
        _ => {
            let message = format!("{field} is not a string");
            return Err(Problem::invalid(resource, field, &message));
        }
    };
    match text {
        Some(text) if text.chars().count() > longest => {
            let message = format!("{field} is too long (maximum is {longest} characters)");
            Err(Problem::invalid(resource, field, &message))
        }
        text => Ok(text),
    }
}

/// A text that must be there.
fn needed<'b>(
    body: &'b Value,
    resource: &str,
    field: &str,
    longest: usize,
) -> Result<&'b str, Problem> {
    let missing = || Problem::invalid(resource, field, &format!("{field} wasn't supplied"));
    let text = text(body, resource, field, longest)?.filter(|text| !text.is_empty());
    text.ok_or_else(missing)
}

/// One of a few words, if the body has it.
fn word<'b>(
    body: &'b Value,
    resource: &str,
    field: &str,
    words: &[&str],
) -> Result<Option<&'b str>, Problem> {
    let word = text(body, resource, field, usize::MAX)?;
    if word.is_none_or(|word| words.contains(&word)) {
        return Ok(word);
    }
    let message = format!("{field} is not included in the list");
    Err(Problem::invalid(resource, field, &message))
}

/// One page of `all`, and the header `Link` to the others.
fn page<'v, T>(all: &'v [T], query: &Query, address: &str) -> (&'v [T], Option<String>) {
    let number = |name, default| query.number(name).ok().flatten().unwrap_or(default);
    let size = number("per_page", 30).clamp(1, 100);
    let page = number("page", 1).max(1);
    let last = all.len().div_ceil(size).max(1);
    let start = ((page - 1) * size).min(all.len());
    let link = |page: usize, relation: &str| {
        format!("<{address}?per_page={size}&page={page}>; rel=\"{relation}\"")
    };
    let links = (page < last).then(|| [link(page + 1, "next"), link(last, "last")].join(", "));
    (&all[start..(start + size).min(all.len())], links)
}

fn linked(reply: Reply, links: Option<String>) -> Reply {
    match links {
        Some(links) => reply.with_header("link", links),
        None => reply,
    }
}

fn answer_json(status: u16, body: &Value) -> Reply {
    Reply::text(status, "application/json; charset=utf-8", body.to_string())
}

/// Where GitHub's API tells of something in a repository.
fn address(repository: &str, rest: &str) -> String {
    format!("https://api.github.com/repos/{repository}/{rest}")
}
