//! What an event says about a comment.

use chrono::{DateTime, Utc};

use super::Context;
use super::json::time;

/// A comment on an issue or on a pull request, which for GitHub is an issue too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueComment {
    /// The number of the issue or pull request.
    pub number: u64,
    /// Whether it is a pull request.
    pub is_on_pull_request: bool,
    /// What its author is to the repository: `OWNER`, `MEMBER`, `COLLABORATOR`, `CONTRIBUTOR`,
    /// `NONE`, …
    pub author_association: Option<String>,
    /// Its author.
    pub author: Option<String>,
    /// What has happened to it: `created`, `edited` or `deleted`.
    pub action: Option<String>,
    /// Who did that. The payload does not tell what they are to the repository.
    pub sender: Option<String>,
    /// When it got the text that it has.
    pub written: Option<DateTime<Utc>>,
}

impl Context {
    /// The comment of an `issue_comment` event.
    #[must_use]
    pub fn issue_comment(&self) -> Option<IssueComment> {
        if self.event_name.as_deref() != Some("issue_comment") {
            return None;
        }
        let issue = self.payload.pointer("/issue")?;
        Some(IssueComment {
            number: issue
                .pointer("/number")?
                .as_u64()
                .filter(|&number| number > 0)?,
            is_on_pull_request: issue
                .pointer("/pull_request")
                .is_some_and(|link| !link.is_null()),
            author_association: self.text("/comment/author_association"),
            author: self.text("/comment/user/login"),
            action: self.text("/action"),
            sender: self.text("/sender/login"),
            written: time(&self.payload, "/comment/updated_at")
                .or_else(|| time(&self.payload, "/comment/created_at")),
        })
    }
}
