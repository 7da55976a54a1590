//! The step's log, taken apart into groups and what stands between them.

/// Lines of one group, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) title: String,
    pub(crate) lines: Vec<String>,
}

/// A whole log.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown {
    pub(crate) groups: Vec<Group>,
    /// Lines outside of all groups.
    pub(crate) others: Vec<String>,
    /// What is wrong with the groups themselves.
    pub(crate) faults: Vec<String>,
}

impl Shown {
    pub(crate) fn read(output: &[u8]) -> Self {
        let mut shown = Self::default();
        let Ok(text) = str::from_utf8(output) else {
            shown.faults.push("the output is not UTF-8".to_owned());
            return shown;
        };
        if !text.is_empty() && !text.ends_with('\n') {
            shown.faults.push("the last line has no end".to_owned());
        }
        let mut open: Option<Group> = None;
        for line in text.split_terminator('\n') {
            let closing = line == "::endgroup::";
            if let Some(title) = line.strip_prefix("::group::") {
                if let Some(group) = open.take() {
                    shown
                        .faults
                        .push(format!("{title} opens within {}", group.title));
                    shown.groups.push(group);
                }
                open = Some(Group {
                    title: unescaped(title),
                    lines: Vec::new(),
                });
            } else if closing && open.is_none() {
                shown
                    .faults
                    .push("a group ends that was not open".to_owned());
            } else if closing {
                shown.groups.extend(open.take());
            } else if let Some(group) = &mut open {
                group.lines.push(line.to_owned());
            } else {
                shown.others.push(line.to_owned());
            }
        }
        if let Some(group) = open {
            shown.faults.push(format!("{} stays open", group.title));
            shown.groups.push(group);
        }
        shown
    }
}

/// The data of a workflow command as the runner reads it.
fn unescaped(data: &str) -> String {
    data.replace("%0D", "\r")
        .replace("%0A", "\n")
        .replace("%25", "%")
}

/// Whether a line amid a log is one of the follower's own.
pub(crate) fn is_ours_amid_a_log(line: &str, job_titles: &[String]) -> bool {
    line.strip_prefix("» ")
        .is_some_and(|line| is_ours(line, job_titles))
}

/// Whether a line outside of all groups is one of the follower's own.
pub(crate) fn is_ours(line: &str, job_titles: &[String]) -> bool {
    let plain = without_colours(line);
    let starts = [
        "Run ",
        "Waiting ",
        "The log of ",
        "More jobs of the run wait ",
        "Azure DevOps has postponed the run",
        "The run is over, but its logs may be incomplete here: ",
    ];
    let is_trouble = plain.starts_with("Azure DevOps") && plain.contains("; asking again");
    is_trouble
        || plain.ends_with("; tasks that always run may still run.")
        || starts.iter().any(|start| plain.starts_with(start))
        || job_titles.iter().any(|title| is_end_of_job(&plain, title))
}

/// `Stage / Job (attempt 2) succeeded in 3s (1 of 2 jobs done, 9s so far)`.
fn is_end_of_job(line: &str, title: &str) -> bool {
    const ENDS: [&str; 7] = [
        "succeeded",
        "succeeded with issues",
        "failed",
        "was canceled",
        "was skipped",
        "was abandoned",
        "ended without a result",
    ];
    let Some(rest) = line.strip_prefix(title) else {
        return false;
    };
    let rest = match rest.strip_prefix(" (attempt ") {
        Some(attempt) => attempt.split_once(')').map_or("", |(_, rest)| rest),
        None => rest,
    };
    let is_announced = rest == " has failed; its log comes after this task's.";
    let rest = rest.split(" (").next().unwrap_or_default();
    let rest = rest.split(" in ").next().unwrap_or_default();
    is_announced || ENDS.iter().any(|end| rest.strip_prefix(' ') == Some(*end))
}

pub(crate) fn without_colours(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("\x1b[") {
        out.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    out + rest
}
