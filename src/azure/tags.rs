//! The tags of a run. Adding and deleting them is safe to send again: what is there is not added
//! twice.

use reqwest::Method;
use serde_json::json;

use super::wire::WireList;
use super::{Client, Error, Request, ability};
use crate::build::BuildId;

impl Client {
    /// The run's tags.
    ///
    /// REST: Tags - Get Build Tags.
    pub async fn tags(&self, id: BuildId) -> Result<Vec<String>, Error> {
        let id = id.to_string();
        let segments = ["builds", &id, "tags"];
        let list: WireList<String> = self.json(&Request::get(&segments)).await?;
        Ok(list.value)
    }

    /// Adds tags; gives all that the run has then. They travel in the body, where any character is
    /// taken.
    ///
    /// REST: Tags - Add Build Tags.
    pub async fn add_tags(&self, id: BuildId, tags: &[String]) -> Result<Vec<String>, Error> {
        let id = id.to_string();
        let segments = ["builds", &id, "tags"];
        let body = json!(tags);
        let request = Request::write(Method::POST, &segments, &body);
        let list: WireList<String> = self.json(&request).await?;
        Ok(list.value)
    }

    /// Deletes a tag; gives those that the run has then. Before api-version 6.1 the tag travels in
    /// the path, where the service refuses characters such as `/` and `:` however they are written.
    ///
    /// REST: Tags - Update Build Tags, before 6.1 Tags - Delete Build Tag.
    pub async fn delete_tag(&self, id: BuildId, tag: &str) -> Result<Vec<String>, Error> {
        let id = id.to_string();
        let segments = ["builds", &id, "tags"];
        if self.can(ability::TAGS_IN_BODY) {
            let body = json!({ "tagsToAdd": [], "tagsToRemove": [tag] });
            let answer = self
                .json(&Request::write(Method::PATCH, &segments, &body))
                .await;
            // This request may have been the one that told the server's version.
            if answer.is_ok() || self.can(ability::TAGS_IN_BODY) {
                return answer.map(|list: WireList<String>| list.value);
            }
        }
        let segments = ["builds", &id, "tags", tag];
        let request = Request {
            method: Method::DELETE,
            ..Request::get(&segments)
        };
        let list: WireList<String> = self.json(&request).await?;
        Ok(list.value)
    }
}
