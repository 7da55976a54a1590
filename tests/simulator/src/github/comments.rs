//! Comments on issues and pull requests: `…/issues/{number}/comments`, `…/issues/comments/{id}`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::field::needed;
use super::page::Page;
use super::{Answer, DEMO, GitHub, Problem, address, answer_json, people};
use crate::call::Query;
use crate::clock::Moment;
use crate::reply::Reply;

const RESOURCE: &str = "IssueComment";
/// The longest comment.
const LONGEST: usize = 65_536;

/// One comment.
#[derive(Clone, Debug)]
pub(super) struct Comment {
    id: u64,
    repository: String,
    issue: String,
    body: String,
    user: String,
    created: Moment,
    updated: Moment,
}

/// `[[github.comment]]`: written before the scenario begins.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct CommentScript {
    issue: u64,
    user: String,
    body: String,
    /// So many of them.
    #[serde(default = "one")]
    pub(super) times: usize,
}

fn one() -> usize {
    1
}

impl CommentScript {
    pub(super) fn into_comment(self, id: u64) -> Comment {
        Comment {
            id,
            repository: DEMO.to_owned(),
            issue: self.issue.to_string(),
            body: self.body,
            user: self.user,
            created: Moment::EPOCH,
            updated: Moment::EPOCH,
        }
    }
}

impl Comment {
    pub(super) fn json(&self) -> Value {
        let Self {
            id,
            repository,
            issue,
            ..
        } = self;
        let url = address(repository, &format!("issues/comments/{id}"));
        let is_app = self.user.ends_with("[bot]");
        json!({
            "id": id,
            "node_id": format!("IC_{id}"),
            "url": url,
            "html_url": format!("https://github.com/{repository}/pull/{issue}#issuecomment-{id}"),
            "issue_url": address(repository, &format!("issues/{issue}")),
            "body": self.body,
            "user": people::user(&self.user),
            "created_at": self.created.utc_seconds(),
            "updated_at": self.updated.utc_seconds(),
            "author_association": if is_app { "NONE" } else { "MEMBER" },
            "performed_via_github_app": if is_app { people::actions_app() } else { Value::Null },
            "reactions": {
                "url": format!("{url}/reactions"), "total_count": 0, "+1": 0, "-1": 0, "laugh": 0, "confused": 0,
                "heart": 0, "hooray": 0, "eyes": 0, "rocket": 0,
            },
        })
    }
}

impl GitHub {
    pub(super) fn list_comments(&self, repository: &str, issue: &str, query: &Query) -> Reply {
        let of_issue: Vec<&Comment> = self
            .comments
            .iter()
            .filter(|comment| comment.repository == repository && comment.issue == issue)
            .collect();
        let address = address(repository, &format!("issues/{issue}/comments"));
        let page = Page::of(&of_issue, query, &address);
        let shown = page.items.iter().map(|comment| comment.json());
        let body = Value::Array(shown.collect());
        page.reply(&body)
    }

    pub(super) fn create_comment(
        &mut self,
        repository: &str,
        issue: &str,
        body: &Value,
        now: Moment,
    ) -> Answer {
        if !issue.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Problem::not_found());
        }
        let body = needed(body, RESOURCE, "body", LONGEST)?;
        let comment = Comment {
            repository: repository.to_owned(),
            issue: issue.to_owned(),
            body: body.to_owned(),
            user: self.login().to_owned(),
            created: now,
            updated: now,
            id: self.next_id(),
        };
        let reply = answer_json(201, &comment.json());
        self.comments.push(comment);
        Ok(reply)
    }

    pub(super) fn update_comment(
        &mut self,
        repository: &str,
        id: &str,
        body: &Value,
        now: Moment,
    ) -> Answer {
        let at = self.comment(repository, id)?;
        let body = needed(body, RESOURCE, "body", LONGEST)?;
        let comment = &mut self.comments[at];
        body.clone_into(&mut comment.body);
        comment.updated = now;
        Ok(answer_json(200, &comment.json()))
    }

    pub(super) fn delete_comment(&mut self, repository: &str, id: &str) -> Answer {
        let at = self.comment(repository, id)?;
        self.comments.remove(at);
        Ok(Reply::empty(204))
    }

    fn comment(&self, repository: &str, id: &str) -> Result<usize, Problem> {
        let mut comments = self.comments.iter();
        comments
            .position(|comment| comment.id.to_string() == id && comment.repository == repository)
            .ok_or_else(Problem::not_found)
    }
}
