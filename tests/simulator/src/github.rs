//! GitHub's side, as a GitHub Enterprise Server has it below `/api/v3`: pull requests, commit statuses, check runs,
//! comments. Shapes, fields and limits are those of GitHub's published OpenAPI description.

mod checks;
mod comments;
mod field;
mod page;
mod people;
mod problem;
mod pulls;
mod script;
mod statuses;

use serde::Serialize;
use serde_json::Value;

use crate::call::Query;
use crate::clock::Moment;
use crate::reply::Reply;

use checks::CheckRun;
use comments::Comment;
use problem::Problem;
pub(crate) use pulls::PullRequest;
pub(crate) use script::GitHubScript;
use script::{Access, Permission};
use statuses::Status;

/// The repository of pull requests and comments that a scenario begins with.
const DEMO: &str = "octo/demo";

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

type Answer = Result<Reply, Problem>;

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
        let parts: Vec<&str> = call.segments.iter().map(String::as_str).collect();
        if parts == ["user"] && call.method == "GET" {
            return Some(self.user(is_known));
        }
        let ["repos", owner, name, rest @ ..] = parts.as_slice() else {
            return None;
        };
        let needed = needed(call.method, rest)?;
        match self.allowed_body(call, is_known, needed) {
            Ok(body) => self.carry_out(call, &format!("{owner}/{name}"), rest, &body),
            Err(problem) => Some(Err(problem)),
        }
    }

    /// The body, null where there is none, if the caller may do what is asked for.
    fn allowed_body(
        &self,
        call: &GitHubCall<'_>,
        is_known: bool,
        (permission, access): (Permission, Access),
    ) -> Result<Value, Problem> {
        let writes = access == Access::Write;
        if writes && !is_known {
            return Err(Problem::new(401, "Requires authentication"));
        }
        if let Some(problem) = self.script.refusal(permission, access) {
            return Err(problem);
        }
        let body: Value = serde_json::from_slice(call.body).unwrap_or_default();
        if writes && call.method != "DELETE" && !body.is_object() {
            return Err(Problem::new(400, "Problems parsing JSON"));
        }
        Ok(body)
    }

    fn carry_out(
        &mut self,
        call: &GitHubCall<'_>,
        repository: &str,
        rest: &[&str],
        body: &Value,
    ) -> Option<Answer> {
        let (query, now) = (&call.query, call.now);
        Some(match (call.method, rest) {
            ("GET", ["pulls", number]) => self.pull_request(repository, number),
            ("POST", ["statuses", sha]) => self.create_status(repository, sha, body, now),
            ("GET", ["commits", sha, "check-runs"]) => self.list_check_runs(repository, sha, query),
            ("POST", ["check-runs"]) => self.create_check_run(repository, body, now),
            ("PATCH", ["check-runs", id]) => self.update_check_run(repository, id, body, now),
            ("GET", ["issues", number, "comments"]) => {
                Ok(self.list_comments(repository, number, query))
            }
            ("POST", ["issues", number, "comments"]) => {
                self.create_comment(repository, number, body, now)
            }
            ("PATCH", ["issues", "comments", id]) => self.update_comment(repository, id, body, now),
            ("DELETE", ["issues", "comments", id]) => self.delete_comment(repository, id),
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
}

/// What a caller needs to be allowed; nothing for an address that the simulator does not know.
fn needed(method: &str, below_repository: &[&str]) -> Option<(Permission, Access)> {
    use Access::{Read, Write};
    use Permission::{Checks, Comments, PullRequests, Statuses};

    Some(match (method, below_repository) {
        ("GET", ["pulls", _]) => (PullRequests, Read),
        ("POST", ["statuses", _]) => (Statuses, Write),
        ("GET", ["commits", _, "check-runs"]) => (Checks, Read),
        ("POST", ["check-runs"]) | ("PATCH", ["check-runs", _]) => (Checks, Write),
        ("GET", ["issues", _, "comments"]) => (Comments, Read),
        ("POST", ["issues", _, "comments"]) | ("PATCH" | "DELETE", ["issues", "comments", _]) => {
            (Comments, Write)
        }
        _ => return None,
    })
}

/// The id of a commit in lower case. GitHub has every commit that can be.
fn commit(sha: &str) -> Result<String, Problem> {
    let sha = sha.to_ascii_lowercase();
    if sha.len() == 40 && sha.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(sha)
    } else {
        Err(Problem::new(422, format!("No commit found for SHA: {sha}")))
    }
}

fn answer_json(status: u16, body: &Value) -> Reply {
    Reply::text(status, "application/json; charset=utf-8", body.to_string())
}

/// Where GitHub's API tells of something in a repository.
fn address(repository: &str, rest: &str) -> String {
    format!("https://api.github.com/repos/{repository}/{rest}")
}
