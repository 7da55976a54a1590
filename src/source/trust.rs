//! Whose code is built.

/// Who may have written the code that is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Those who may push to the repository; it is on one of its branches or tags.
    Repository,
    /// The same, in a pull request.
    PullRequest,
    /// Anyone: it comes from a fork, or cannot be shown not to.
    Anyone,
}

impl Trust {
    /// Of a pull request's own code.
    pub(super) fn of_pull_request(is_fork: bool) -> Self {
        if is_fork {
            Self::Anyone
        } else {
            Self::PullRequest
        }
    }
}
