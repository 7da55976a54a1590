//! Where a job has the sources, so that files are named as GitHub knows them.

use crate::build::{Record, Timeline};

/// The folder below the agent's `s` in which a job has the workflow's repository.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Checkout {
    /// Nothing where it is not known: then it is `s` itself, as in nearly every pipeline.
    folder: Option<String>,
}

impl Checkout {
    /// By the names of the job's own tasks: a job that checks several repositories out has each in a
    /// folder of its own ("Check out multiple repositories in your pipeline").
    pub(super) fn of(timeline: &Timeline, job: &Record, repository: Option<&str>) -> Self {
        let Some(repository) = repository else {
            return Self::default();
        };
        let mut tasks = timeline.children(job);
        let folder = tasks.find_map(|task| {
            let (name, folder) = parts(&task.name)?;
            name.eq_ignore_ascii_case(repository).then_some(folder)
        });
        Self {
            folder: folder.filter(|folder| !folder.is_empty()),
        }
    }

    /// The path from the root of the repository; nothing for a file that is not in it. Agents have
    /// sources in `…/WORK/NUMBER/s` ("Predefined variables", `Build.SourcesDirectory`). A path that
    /// is relative already stays, because nobody knows from where it is meant.
    pub(super) fn path(&self, path: &str) -> Option<String> {
        let path = path.replace('\\', "/");
        let is_absolute = path.starts_with('/') || path.as_bytes().get(1) == Some(&b':');
        let path = if is_absolute {
            let sources = below_sources(&path)?;
            match &self.folder {
                None => sources,
                Some(folder) => sources.strip_prefix(folder.as_str())?.strip_prefix('/')?,
            }
        } else {
            path.trim_start_matches("./")
        };
        let is_outside = path.split('/').any(|part| part == "..");
        (!path.is_empty() && !is_outside).then(|| path.to_owned())
    }
}

/// The repository and the folder of a task such as `Checkout octo/demo@refs/heads/main to s/demo`.
fn parts(task: &str) -> Option<(&str, String)> {
    let (name, rest) = task.strip_prefix("Checkout ")?.split_once('@')?;
    let (_, folder) = rest.rsplit_once(" to s")?;
    Some((name, folder.trim_matches('/').replace('\\', "/")))
}

/// What follows the first `/NUMBER/s/`.
fn below_sources(path: &str) -> Option<&str> {
    let mut from = 0;
    loop {
        let at = from + path[from..].find("/s/")?;
        let before = path[..at].rsplit('/').next().unwrap_or_default();
        let is_number = !before.is_empty() && before.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && at > before.len() {
            return Some(&path[at + "/s/".len()..]);
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::RecordKind;
    use crate::build::fixture::record;

    #[test]
    fn paths_on_the_agent_become_relative() {
        for (path, expected) in [
            ("/home/vsts/work/1/s/src/a.rs", Some("src/a.rs")),
            ("D:\\a\\1\\s\\src\\a.cs", Some("src/a.cs")),
            ("C:\\agent\\_work\\12\\s\\src\\a.cs", Some("src/a.cs")),
            ("/Users/runner/work/1/s/a.swift", Some("a.swift")),
            ("/__w/12/s/lib/3/s/b.c", Some("lib/3/s/b.c")),
            ("/home/s/work/1/s/a.c", Some("a.c")),
            ("/1/s/a.c", Some("a.c")),
            ("/usr/include/stdio.h", None),
            ("/opt/s/stdio.h", None),
            ("/home/vsts/work/1/s/", None),
            ("C:\\Program Files\\x.h", None),
            ("src\\a.rs", Some("src/a.rs")),
            ("./src/a.rs", Some("src/a.rs")),
            ("../other/a.rs", None),
            ("/home/vsts/work/1/s/../other/a.rs", None),
            ("src/a.rs", Some("src/a.rs")),
        ] {
            let found = Checkout::default().path(path);
            assert_eq!(found.as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn a_job_may_have_several_repositories() {
        let path = |tasks: &[&str], path: &str| {
            let job = record(RecordKind::Job, "Linux", "");
            let tasks = tasks
                .iter()
                .map(|name| record(RecordKind::Task, name, "Linux"));
            let timeline = Timeline::new([job.clone()].into_iter().chain(tasks).collect());
            Checkout::of(&timeline, &job, Some("octo/demo")).path(path)
        };
        let one = ["Checkout octo/demo@refs/pull/7/merge to s"];
        let two = [
            "Checkout octo/tools@main to s/tools",
            "Checkout Octo/Demo@a@b to s to s/demo",
        ];
        let file = "/home/vsts/work/1/s/demo/a.rs";
        assert_eq!(path(&one, file).as_deref(), Some("demo/a.rs"));
        assert_eq!(path(&two, file).as_deref(), Some("a.rs"));
        assert_eq!(path(&two, "D:\\a\\1\\s\\tools\\a.rs"), None);
        assert_eq!(path(&two, "/home/vsts/work/1/s/demonic/a.rs"), None);
        assert_eq!(path(&two[..1], file).as_deref(), Some("demo/a.rs"));
    }
}
