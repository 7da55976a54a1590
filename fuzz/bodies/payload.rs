//! GitHub's variables and the event's payload → what is built.

use std::path::Path;

use run_azure_pipeline::github::context::{Context, PullRequest};
use run_azure_pipeline::inputs::{Command, Environment, Inputs, PullRequestRef, SourceInputs};
use run_azure_pipeline::source::{self, Source, SourcePlan};
use serde_json::Value;

use super::judge;

/// The inputs that decide about the source.
const INPUTS: [&str; 5] = [
    "INPUT_SOURCE-BRANCH",
    "INPUT_SOURCE-VERSION",
    "INPUT_PULL-REQUEST-REF",
    "INPUT_ALLOW-FORK-CODE",
    "INPUT_ALLOW-ASSOCIATIONS",
];

/// `NAME=VALUE` in lines, a blank line, and the payload.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (head, payload) = text.split_once("\n\n").unwrap_or((&text, ""));
    let variables: Environment = head
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let Some(inputs) = inputs(&variables) else {
        return;
    };
    let variable = |name: &str| match name {
        "GITHUB_EVENT_PATH" => Some("event.json".to_owned()).filter(|_| !payload.is_empty()),
        _ => variables.get(name).cloned(),
    };
    let context = Context::from_env(variable, |_: &Path| Ok(payload.as_bytes().to_vec()));
    let context = match context {
        Ok(context) => context,
        Err(error) => return judge::sentence(&error.to_string()),
    };
    let asked = Asked {
        inputs: &inputs,
        context: &context,
    };
    match source::plan(&inputs, &context) {
        Ok(SourcePlan::Known(source)) => asked.known(&source, context.payload.get("pull_request")),
        Ok(SourcePlan::AskGitHub { number }) => asked.ask(number),
        Err(error) => judge::sentence(&error.to_string()),
    }
}

fn inputs(variables: &Environment) -> Option<SourceInputs> {
    let mut environment: Environment = [
        (
            "INPUT_AZURE-DEVOPS-PROJECT-URL",
            "https://azure.test/fabrikam/Fabrikam",
        ),
        ("INPUT_AZURE-DEVOPS-TOKEN", "token"),
        ("INPUT_AZURE-PIPELINE-NAME", "App CI"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    for name in INPUTS {
        let value = variables.get(name).cloned().unwrap_or_default();
        environment.insert(name.to_owned(), value);
    }
    match Inputs::from_environment(&environment).ok()?.command {
        Command::Run(run) => Some(run.source),
        _ => None,
    }
}

struct Asked<'a> {
    inputs: &'a SourceInputs,
    context: &'a Context,
}

impl Asked<'_> {
    fn event(&self) -> &str {
        self.context.event_name.as_deref().unwrap_or_default()
    }

    fn payload(&self, pointer: &str) -> Option<&str> {
        self.context.payload.pointer(pointer)?.as_str()
    }

    fn side(&self) -> Option<PullRequestRef> {
        self.inputs.pull_request_ref
    }

    /// What is built is a ref and a commit, comes from somewhere, and may be built.
    fn known(&self, source: &Source, pull_request: Option<&Value>) {
        assert!(is_ref(&source.branch), "{source:?}");
        judge::sentence(&source.why);
        source.notes.iter().for_each(|note| judge::sentence(note));
        self.comes_from_somewhere(source, pull_request);
        if self.inputs.branch.is_none() {
            self.may_be_built(pull_request);
        }
    }

    fn comes_from_somewhere(&self, source: &Source, pull_request: Option<&Value>) {
        let text = |pointer: &str| pull_request?.pointer(pointer)?.as_str();
        let number = pull_request.and_then(|json| json.pointer("/number")?.as_u64());
        let branch = |name: &str| format!("refs/heads/{name}");
        let sides = number
            .into_iter()
            .flat_map(|number| ["head", "merge"].map(|side| format!("refs/pull/{number}/{side}")));
        let given = self
            .inputs
            .branch
            .iter()
            .flat_map(|name| [name.clone(), branch(name)]);
        let bases = [
            text("/base/ref"),
            self.payload("/repository/default_branch"),
        ];
        let mut refs = given
            .chain(self.context.ref_.clone())
            .chain(sides)
            .chain(bases.into_iter().flatten().map(branch));
        assert!(refs.any(|known| known == source.branch), "{source:?}");

        let Some(version) = &source.version else {
            assert!(self.inputs.branch.is_some(), "no commit: {source:?}");
            return;
        };
        let is_hexadecimal = |c: char| matches!(c, '0'..='9' | 'a'..='f');
        assert!(matches!(version.len(), 40 | 64) && version.chars().all(is_hexadecimal));
        let mut commits = [
            self.inputs.version.as_deref(),
            self.context
                .sha
                .as_deref()
                .filter(|_| self.inputs.version.is_none()),
            text("/head/sha"),
            text("/base/sha"),
            text("/merge_commit_sha"),
        ]
        .into_iter()
        .flatten();
        assert!(
            commits.any(|commit| commit.eq_ignore_ascii_case(version)),
            "{source:?}"
        );
        if let Some(given) = &self.inputs.version {
            assert!(given.eq_ignore_ascii_case(version), "{source:?}");
        }
    }

    /// What has secrets builds no stranger's code unless it is told to.
    fn may_be_built(&self, pull_request: Option<&Value>) {
        let is_target = self.event() == "pull_request_target";
        let is_comment = self.event() == "issue_comment"
            && self
                .context
                .payload
                .pointer("/issue/pull_request")
                .is_some_and(|link| !link.is_null());
        if !is_target && !is_comment {
            return;
        }
        let side = self.side().expect("nothing is built that nobody asked for");
        if side == PullRequestRef::Base {
            return;
        }
        let ours = self
            .context
            .repository
            .as_deref()
            .or(self.payload("/repository/full_name"));
        let theirs = pull_request.and_then(|json| json.pointer("/head/repo/full_name")?.as_str());
        let is_own = matches!((ours, theirs), (Some(a), Some(b)) if a.eq_ignore_ascii_case(b));
        assert!(is_own || self.inputs.allow_fork_code, "a stranger's code");
        assert!(!is_comment || self.is_allowed(), "a stranger's comment");
    }

    /// Whether the commenter is one of those who may ask.
    fn is_allowed(&self) -> bool {
        let who = self
            .payload("/comment/author_association")
            .unwrap_or("unknown");
        let mut allowed = self.inputs.allow_associations.iter();
        allowed.any(|name| name.eq_ignore_ascii_case(who))
    }

    /// The payload's pull request plays the one that GitHub would answer with.
    fn ask(&self, number: u64) {
        assert_eq!(self.event(), "issue_comment");
        assert!(number > 0 && self.is_allowed());
        let json = self.context.payload.get("pull_request");
        let repository = self.context.this_repository();
        let Some(found) = json.and_then(|json| PullRequest::from_json(json, repository.as_deref()))
        else {
            return;
        };
        match source::from_pull_request(self.inputs, self.context, &found) {
            Ok(source) => {
                assert_eq!(found.number, number, "another pull request");
                self.known(&source, json);
            }
            Err(error) => judge::sentence(&error.to_string()),
        }
    }
}

/// `git check-ref-format`, and of `refs/pull` the two sides.
fn is_ref(name: &str) -> bool {
    if let Some(rest) = name.strip_prefix("refs/pull/") {
        let number = rest.strip_suffix("/head").or(rest.strip_suffix("/merge"));
        return number.is_some_and(|number| {
            !number.starts_with('0')
                && !number.is_empty()
                && number.chars().all(|c| c.is_ascii_digit())
        });
    }
    let Some(short) = name
        .strip_prefix("refs/heads/")
        .or(name.strip_prefix("refs/tags/"))
    else {
        return false;
    };
    let is_refused = |c: char| c < ' ' || c == '\x7f' || "\\ ~^:?*[".contains(c);
    let refused = ["..", "//", "@{", "/."];
    let is_part = |part: &str| !part.is_empty() && part.strip_suffix(".lock").is_none();
    !short.chars().any(is_refused)
        && !refused.iter().any(|refused| short.contains(refused))
        && !short.starts_with(['.', '/'])
        && !short.ends_with(['.', '/'])
        && short.split('/').all(is_part)
}
