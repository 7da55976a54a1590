//! Commit statuses: `POST /repos/{owner}/{repo}/statuses/{sha}`.

use serde_json::{Value, json};

use super::field::{text, word};
use super::{Answer, GitHub, Problem, address, answer_json, commit, people};
use crate::clock::Moment;

/// Most statuses of one context that a commit can have.
const MOST: usize = 1000;

/// One status.
#[derive(Clone, Debug)]
pub(super) struct Status {
    id: u64,
    repository: String,
    sha: String,
    state: String,
    description: Option<String>,
    target_url: Option<String>,
    context: String,
    creator: String,
    created: Moment,
}

impl Status {
    pub(super) fn json(&self) -> Value {
        json!({
            "url": address(&self.repository, &format!("statuses/{}", self.sha)),
            "avatar_url": "https://avatars.githubusercontent.com/in/15368?v=4",
            "id": self.id,
            "node_id": format!("SC_{}", self.id),
            "state": self.state,
            "description": self.description,
            "target_url": self.target_url,
            "context": self.context,
            "created_at": self.created.utc_seconds(),
            "updated_at": self.created.utc_seconds(),
            "creator": people::user(&self.creator),
        })
    }
}

impl GitHub {
    pub(super) fn create_status(
        &mut self,
        repository: &str,
        sha: &str,
        body: &Value,
        now: Moment,
    ) -> Answer {
        const RESOURCE: &str = "Status";
        let sha = commit(sha)?;
        let known = ["error", "failure", "pending", "success"];
        let Some(state) = word(body, RESOURCE, "state", &known)? else {
            return Err(Problem::invalid(RESOURCE, "state", "state wasn't supplied"));
        };
        let target_url = text(body, RESOURCE, "target_url", usize::MAX)?;
        if target_url.is_some_and(|url| !url.starts_with("http")) {
            let message = "target_url must use http(s) scheme";
            return Err(Problem::invalid(RESOURCE, "target_url", message));
        }
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let context = text(body, RESOURCE, "context", 255)?.unwrap_or("default");
        let same = |status: &&Status| {
            status.repository == repository
                && status.sha == sha
                && status.context.eq_ignore_ascii_case(context)
        };
        if self.statuses.iter().filter(same).count() >= MOST {
            let message = "This SHA and context has reached the maximum number of statuses.";
            return Err(Problem::new(422, message));
        }
        let status = Status {
            repository: repository.to_owned(),
            state: state.to_owned(),
            description: owned(text(body, RESOURCE, "description", 140)?),
            target_url: owned(target_url),
            context: context.to_owned(),
            creator: self.login().to_owned(),
            created: now,
            sha,
            id: self.next_id(),
        };
        let reply = answer_json(201, &status.json());
        self.statuses.push(status);
        Ok(reply)
    }

    /// Who asks.
    pub(super) fn login(&self) -> &str {
        self.script.user.as_deref().unwrap_or(people::ACTIONS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::GitHubScript;

    #[test]
    fn a_context_of_a_commit_has_a_limit_in_each_repository() {
        let mut github = GitHub::new(GitHubScript::default(), Vec::new());
        let (sha, body) = ("2".repeat(40), json!({"state": "pending"}));
        let mut create = |repository: &str| {
            let answer = github.create_status(repository, &sha, &body, Moment::EPOCH);
            answer.is_ok()
        };
        assert!((0..MOST).all(|_| create("octo/demo")));
        assert!(!create("octo/demo"));
        assert!(create("octo/other"));
    }
}
