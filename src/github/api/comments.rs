//! One comment on a pull request, kept up to date.

use reqwest::Method;
use serde_json::{Value, json};

use super::checks::id;
use super::{Api, ApiError};
use crate::untrusted::Markdown;

/// How many comments GitHub gives at once, and how many pages of them are looked through.
const PAGE: usize = 50;
const PAGES: usize = 60;

/// How often it is tried anew when the comment vanishes meanwhile.
const TRIES: usize = 3;

/// What a comment is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// By what it is found again: letters, digits and hyphens.
    pub key: String,
    /// The number of what it tells of. What a higher number says is not written over.
    pub number: u64,
    /// The text below the marker that nobody sees.
    pub text: Markdown,
}

/// One that is there.
#[derive(Debug)]
struct Found {
    id: u64,
    number: u64,
}

impl Comment {
    fn marker(&self) -> String {
        format!("<!-- run-azure-pipeline:{} ", self.key)
    }

    fn body(&self) -> String {
        format!(
            "{}{} -->\n{}",
            self.marker(),
            self.number,
            self.text.as_str()
        )
    }

    /// The number behind the marker, if the body begins with it.
    fn number_in(&self, body: &str) -> Option<u64> {
        let rest = body.strip_prefix(&self.marker())?;
        rest.split_once(" -->")?.0.parse().ok()
    }
}

impl Api {
    /// Writes the one comment of this key on a pull request: changes the oldest that there is, or makes
    /// one. Two who make one at once both look again, and the younger comment goes.
    ///
    /// `own` is the comment that this process has made. May be sent twice.
    ///
    /// REST: Issue comments; `pull-requests: write`.
    pub async fn write_comment(
        &mut self,
        pull_request: u64,
        comment: &Comment,
        own: &mut Option<u64>,
    ) -> Result<(), ApiError> {
        let body = json!({"body": comment.body()});
        for _ in 0..TRIES {
            let Some(oldest) = self.oldest_comment(pull_request, comment).await? else {
                let route = format!("issues/{pull_request}/comments");
                let made = self.send(Method::POST, &route, Some(&body)).await?;
                let made = id(&made)?;
                *own = Some(made);
                // Somebody else may have made one since.
                let oldest = self.oldest_comment(pull_request, comment).await?;
                if oldest.is_none_or(|oldest| oldest.id == made) {
                    return Ok(());
                }
                continue;
            };
            if let Some(younger) = own.take_if(|own| *own != oldest.id) {
                self.delete_comment(younger).await?;
            }
            if oldest.number > comment.number {
                return Ok(());
            }
            let route = format!("issues/comments/{}", oldest.id);
            match self.send(Method::PATCH, &route, Some(&body)).await {
                Err(ApiError::Refused { status: 404, .. }) => {}
                sent => return sent.map(drop),
            }
        }
        Err(ApiError::Rejected {
            status: 404,
            message: "The comment vanished again and again".to_owned(),
        })
    }

    async fn delete_comment(&mut self, id: u64) -> Result<(), ApiError> {
        let route = format!("issues/comments/{id}");
        match self.send(Method::DELETE, &route, None).await {
            Err(ApiError::Refused { status: 404, .. }) => Ok(()),
            sent => sent.map(drop),
        }
    }

    /// The oldest comment of this key that was written with the same token. Anybody can begin a
    /// comment with the marker, and theirs are not written over.
    async fn oldest_comment(
        &mut self,
        pull_request: u64,
        comment: &Comment,
    ) -> Result<Option<Found>, ApiError> {
        let mut me = None;
        for page in 1..=PAGES {
            let route = format!("issues/{pull_request}/comments?per_page={PAGE}&page={page}");
            let answer = self.send(Method::GET, &route, None).await?;
            let listed = answer.as_array().map(Vec::as_slice).unwrap_or_default();
            // GitHub lists them from the oldest on.
            for one in listed {
                let body = one["body"].as_str().unwrap_or_default();
                let Some(number) = comment.number_in(body) else {
                    continue;
                };
                if self.is_by_me(one, &mut me).await? {
                    let id = id(one)?;
                    return Ok(Some(Found { id, number }));
                }
            }
            if listed.len() < PAGE {
                break;
            }
        }
        Ok(None)
    }

    /// Whether a comment is this token's: by an app, as the workflow's own token is, or by the same
    /// user. `me` keeps the id of that user once it was asked for.
    async fn is_by_me(
        &mut self,
        comment: &Value,
        me: &mut Option<Value>,
    ) -> Result<bool, ApiError> {
        let user = &comment["user"];
        if user["type"] == "Bot" {
            return Ok(true);
        }
        let me = match me {
            Some(me) => me,
            None => me.insert(self.user().await?),
        };
        Ok(me.is_u64() && user["id"] == *me)
    }

    /// The id of the user whose token it is; null for an app's, which belongs to nobody.
    ///
    /// REST: Users - Get the authenticated user.
    async fn user(&mut self) -> Result<Value, ApiError> {
        match self.send_to(Method::GET, "/user", None).await {
            Ok(user) => Ok(user["id"].clone()),
            Err(ApiError::Refused { .. }) => Ok(Value::Null),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_known_by_its_first_line() {
        let comment = Comment {
            key: "1f".into(),
            number: 12,
            text: Markdown::new().ours("**done**"),
        };
        assert_eq!(
            comment.body(),
            "<!-- run-azure-pipeline:1f 12 -->\n**done**"
        );
        assert_eq!(comment.number_in(&comment.body()), Some(12));
        for other in [
            "> <!-- run-azure-pipeline:1f 12 -->",
            "<!-- run-azure-pipeline:1f0 12 -->",
            "<!-- run-azure-pipeline:1f x -->",
            "<!-- run-azure-pipeline:1f 12",
            "",
        ] {
            assert_eq!(comment.number_in(other), None, "{other}");
        }
    }
}
