//! Where a person looks at a run.

use std::fmt;

use super::{FailedTest, RecordId};
use crate::untrusted::Link;

/// The page of a run, and what is below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunPage(Link);

impl RunPage {
    /// The page at `url`, which has a query already.
    #[must_use]
    pub fn new(url: Link) -> Self {
        Self(url)
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> &Link {
        &self.0
    }

    /// What the run published.
    #[must_use]
    pub fn artifacts(&self) -> Link {
        let page = self.0.with("view", "artifacts");
        page.with("type", "publishedArtifacts")
    }

    /// Its tests.
    #[must_use]
    pub fn tests(&self) -> Link {
        self.0
            .with("view", "ms.vss-test-web.build-test-results-tab")
    }

    /// One result of its tests.
    #[must_use]
    pub fn test(&self, test: &FailedTest) -> Link {
        let page = self.tests().with("runId", test.test_run.to_string());
        page.with("resultId", test.result.to_string())
    }

    /// The log of a job.
    #[must_use]
    pub fn job(&self, job: &RecordId) -> Link {
        self.0.with("view", "logs").with("j", &job.0)
    }

    /// The log of a task, at one of its lines where that is known.
    #[must_use]
    pub fn task(&self, job: &RecordId, task: &RecordId, line: Option<u64>) -> Link {
        let page = self.job(job).with("t", &task.0);
        match line {
            Some(line) => page.with("l", line.to_string()),
            None => page,
        }
    }
}

impl fmt::Display for RunPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_go_down_to_the_line() {
        let page = RunPage::new(Link::literal(
            "https://example.com/_build/results?buildId=7",
        ));
        let (job, task) = (RecordId("a-1".into()), RecordId("b)<\n2".into()));
        assert_eq!(
            page.job(&job).as_str(),
            "https://example.com/_build/results?buildId=7&view=logs&j=a-1"
        );
        let link = page.task(&job, &task, Some(3)).to_string();
        assert!(link.ends_with("&j=a-1&t=b%29%3C%0A2&l=3"), "{link}");
        let link = page.task(&job, &task, None).to_string();
        assert!(link.ends_with("&t=b%29%3C%0A2"), "{link}");
    }
}
