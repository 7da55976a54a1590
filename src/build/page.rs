//! Where a person looks at a run.

use std::fmt;

use super::RecordId;

/// The page of a run, and what is below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunPage(String);

impl RunPage {
    /// The page at `url`, which has a query already.
    #[must_use]
    pub fn new(url: String) -> Self {
        Self(url)
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.0
    }

    /// What the run published.
    #[must_use]
    pub fn artifacts(&self) -> String {
        format!("{}&view=artifacts&type=publishedArtifacts", self.0)
    }

    /// The log of a job.
    #[must_use]
    pub fn job(&self, job: &RecordId) -> String {
        format!("{}&view=logs&j={}", self.0, plain(job))
    }

    /// The log of a task, at one of its lines where that is known.
    #[must_use]
    pub fn task(&self, job: &RecordId, task: &RecordId, line: Option<u64>) -> String {
        let page = format!("{}&t={}", self.job(job), plain(task));
        match line {
            Some(line) => format!("{page}&l={line}"),
            None => page,
        }
    }
}

impl fmt::Display for RunPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Ids are GUIDs; whatever else the service may send does not get into a link.
fn plain(id: &RecordId) -> String {
    id.0.chars()
        .filter(|character| character.is_ascii_alphanumeric() || *character == '-')
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_go_down_to_the_line() {
        let page = RunPage::new("https://example.com/_build/results?buildId=7".into());
        let (job, task) = (RecordId("a-1".into()), RecordId("b)<\n2".into()));
        assert_eq!(
            page.job(&job),
            "https://example.com/_build/results?buildId=7&view=logs&j=a-1"
        );
        assert!(page.task(&job, &task, Some(3)).ends_with("&j=a-1&t=b2&l=3"));
        assert!(page.task(&job, &task, None).ends_with("&t=b2"));
    }
}
