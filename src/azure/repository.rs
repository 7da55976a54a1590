//! Where the code of a pipeline is.

use super::wire::{WireBuild, WireRepository};
use super::{Client, Error, Request};
use crate::build::BuildId;

/// The repository of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// `GitHub`, `GitHubEnterprise`, `TfsGit`, …
    pub kind: String,
    /// `owner/name` on GitHub, the name elsewhere.
    pub name: String,
    /// Its URL, where the service says it.
    pub url: Option<String>,
}

impl Repository {
    /// Whether this is the repository `owner/name` of the GitHub at `server_url`.
    #[must_use]
    pub fn is_on_github(&self, repository: &str, server_url: &str) -> bool {
        let host = |url: &str| {
            reqwest::Url::parse(url)
                .ok()
                .and_then(|url| url.host_str().map(str::to_lowercase))
        };
        let server = host(server_url);
        let is_this_server = match self.kind.to_ascii_lowercase().as_str() {
            "github" => server.as_deref() == Some("github.com"),
            // Its own URL says which server, if it is there; one company rarely has two.
            "githubenterprise" => self
                .url
                .as_deref()
                .and_then(host)
                .is_none_or(|own| Some(own) == server),
            _ => false,
        };
        is_this_server && self.name.eq_ignore_ascii_case(repository)
    }
}

impl Client {
    /// Where the code of a run is, if the service says it.
    ///
    /// REST: Builds - Get.
    pub async fn repository_of(&self, run: BuildId) -> Result<Option<Repository>, Error> {
        let segments = ["builds", &run.to_string()];
        let wire: WireBuild = self.json(&Request::get(&segments)).await?;
        Ok(wire.repository.map(Repository::from))
    }
}

impl From<WireRepository> for Repository {
    fn from(wire: WireRepository) -> Self {
        let kind = wire.kind.unwrap_or_default();
        let is_github = kind.to_ascii_lowercase().starts_with("github");
        let name = if is_github {
            wire.id.or(wire.name)
        } else {
            wire.name.or(wire.id)
        };
        Self {
            kind,
            name: name.unwrap_or_default(),
            url: wire.url,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_repository_on_the_same_server_is_the_workflows_own() {
        let check = |kind: &str, url: Option<&str>, server: &str| {
            Repository {
                kind: kind.into(),
                name: "Octo/Demo".into(),
                url: url.map(str::to_owned),
            }
            .is_on_github("octo/demo", server)
        };
        assert!(check("GitHub", None, "https://github.com"));
        assert!(!check("GitHub", None, "https://github.example.com"));
        assert!(check(
            "GitHubEnterprise",
            None,
            "https://github.example.com"
        ));
        assert!(check(
            "GitHubEnterprise",
            Some("https://github.example.com/octo/demo.git"),
            "https://github.example.com"
        ));
        assert!(!check(
            "GitHubEnterprise",
            Some("https://other.example.com/octo/demo.git"),
            "https://github.example.com"
        ));
        assert!(!check("TfsGit", None, "https://github.com"));
    }
}
