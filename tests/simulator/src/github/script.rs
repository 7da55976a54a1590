//! GitHub's side of a scenario: who asks, and what they may.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Problem;
use super::comments::CommentScript;

/// `[github]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct GitHubScript {
    /// The token that is taken; absent: any.
    pub(crate) token: Option<String>,
    /// Whose token it is; absent: the workflow's own, which belongs to an app.
    pub(super) user: Option<String>,
    /// What the token may, as a job's `permissions` say it: what is not named it may not. Absent: everything.
    permissions: Option<BTreeMap<Permission, Access>>,
    /// What the token may not is told to be missing.
    hides: bool,
    /// What has been written already.
    #[serde(rename = "comment")]
    pub(super) comments: Vec<CommentScript>,
}

/// What a permission is about.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Permission {
    Statuses,
    Checks,
    PullRequests,
    Issues,
    /// Of pull requests: `pull-requests` or `issues`.
    #[serde(skip)]
    Comments,
}

/// How far a permission goes.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Access {
    Read,
    Write,
}

impl GitHubScript {
    /// What the token is told that may not do so.
    pub(super) fn refusal(&self, permission: Permission, access: Access) -> Option<Problem> {
        let is_app = self.user.is_none();
        if permission == Permission::Checks && access == Access::Write && !is_app {
            return Some(Problem::new(403, "You must authenticate via a GitHub App."));
        }
        let permissions = self.permissions.as_ref()?;
        let has = |permission| {
            permissions
                .get(&permission)
                .is_some_and(|has| *has >= access)
        };
        let is_allowed = match permission {
            Permission::Comments => has(Permission::PullRequests) || has(Permission::Issues),
            other => has(other),
        };
        if is_allowed {
            return None;
        }
        Some(match (self.hides, is_app) {
            (true, _) => Problem::not_found(),
            (false, true) => Problem::new(403, "Resource not accessible by integration"),
            (false, false) => Problem::new(403, "Resource not accessible by personal access token"),
        })
    }
}
