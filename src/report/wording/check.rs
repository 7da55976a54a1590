//! The sentences of `check`.

use super::super::line::{BOLD, Line, RESET};

/// What this command does not do.
#[must_use]
pub fn checking() -> Line {
    Line::new(BOLD)
        .ours("Checking what would be run; nothing is started")
        .ours(RESET)
}

/// How the step has signed in, and as whom.
#[must_use]
pub fn signed_in(how: &str, user: Option<&str>) -> String {
    match user {
        Some(user) => format!("Signed in as {user} ({how})"),
        None => format!("Signed in ({how})"),
    }
}

/// The token may not ask whose it is.
#[must_use]
pub fn unknown_caller(how: &str) -> String {
    format!("Azure DevOps does not say whom it takes the caller for ({how})")
}

/// Which product, and its api-version; nobody may have said whether it is Microsoft's own.
#[must_use]
pub fn server(is_hosted: Option<bool>, version: &str) -> String {
    let product = match version {
        _ if is_hosted == Some(true) => "Azure DevOps Services",
        _ if is_hosted.is_none() => "Azure DevOps",
        "5.0" => "Azure DevOps Server 2019",
        "5.1" => "Azure DevOps Server 2019.1",
        "6.0" => "Azure DevOps Server 2020",
        "7.0" => "Azure DevOps Server 2022",
        "7.1" => "Azure DevOps Server 2022.1 or newer",
        _ => "Azure DevOps Server",
    };
    format!("{product}, api-version {version}")
}

/// The project exists.
#[must_use]
pub fn project(project: &str) -> String {
    format!("Project {project}")
}

/// The pipeline, with the file that its YAML begins in.
#[must_use]
pub fn pipeline(name: &str, id: u64, file: Option<&str>) -> String {
    let file = file.map_or_else(String::new, |file| format!(", {file}"));
    format!("Pipeline {name} (id {id}{file})")
}

/// The pipeline's code is the workflow's.
#[must_use]
pub fn own_repository(repository: &str) -> String {
    format!("The pipeline's repository is this workflow's, {repository}")
}

/// What would be built, and why.
#[must_use]
pub fn source(branch: &str, version: Option<&str>, why: &str) -> String {
    let version = version.map_or_else(String::new, |version| format!(" at {version}"));
    format!("Would build {branch}{version} ({why})")
}

/// No branch would be sent.
#[must_use]
pub fn default_source() -> String {
    "Would build the pipeline's default branch".to_owned()
}

/// The names of what would be sent, by what they are the names of.
#[must_use]
pub fn would_be_queued(names: &[(&str, Vec<String>)]) -> String {
    let lists: Vec<String> = names
        .iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(what, names)| format!("{what}: {}", names.join(", ")))
        .collect();
    if lists.is_empty() {
        "Would be queued without variables or template parameters".to_owned()
    } else {
        format!("Would be queued with {}", lists.join("; "))
    }
}

/// The service has expanded the YAML.
#[must_use]
pub fn yaml(lines: usize) -> String {
    format!("The YAML is valid; expanded it has {lines} lines")
}

/// The title of the group with the expanded YAML.
pub const YAML: &str = "Expanded YAML";

/// A pipeline of the classic editor.
#[must_use]
pub fn no_yaml() -> String {
    "The pipeline has no YAML to expand: it was made in the classic editor".to_owned()
}

/// What is not checked where the service cannot be asked.
#[must_use]
pub fn not_checked() -> String {
    "Project, pipeline, what would be queued and the YAML are not checked".to_owned()
}

/// The end of a check.
#[must_use]
pub fn check_end(pipeline: Option<&str>, problems: usize) -> String {
    match (problems, pipeline) {
        (0, Some(pipeline)) => format!("All is well: the command `run` would start {pipeline}"),
        (0, None) => "all is well".to_owned(),
        (1, _) => "1 problem; the command `run` would not start a run".to_owned(),
        (count, _) => format!("{count} problems; the command `run` would not start a run"),
    }
}
