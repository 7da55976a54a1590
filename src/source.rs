//! Which code is built: from the inputs and the event to a ref and a commit. Pure.
//!
//! What GitHub offers for each event: GitHub Docs, "Events that trigger workflows". The rules are these:
//!
//! 1. `source-branch` decides alone, if it is given; `source-version` decides the commit, if it is given.
//! 2. `pull_request*` events build the pull request's own head, or the side that `pull-request-ref` names. A merged pull
//!    request is on its base branch.
//! 3. `pull_request_target` and comments on pull requests have secrets and may carry a stranger's code: nothing is built
//!    until `pull-request-ref` says what is meant, and then the guards hold.
//! 4. Any other event builds what a checkout would give: `GITHUB_REF` and `GITHUB_SHA`.

use crate::github::context::{Context, PullRequest};
use crate::inputs::{PullRequestRef, SourceInputs};

/// The code to build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The full ref, such as `refs/heads/main`.
    pub branch: String,
    /// The commit: 40 or 64 lower-case hexadecimal digits. `None` means the tip of the branch.
    pub version: Option<String>,
    /// Why this code, as a clause for people: `the head of pull request #7`.
    pub why: String,
    /// What a person should know before relying on it, a sentence each.
    pub notes: Vec<String>,
}

/// What the inputs and the event say about the code to build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourcePlan {
    /// This is it.
    Known(Source),
    /// The payload names a pull request but no commit: get the pull request from GitHub's API and give it to
    /// [`from_pull_request`].
    AskGitHub {
        /// The pull request's number, in the workflow's own repository.
        number: u64,
        /// The side that was asked for: head or merge.
        side: PullRequestRef,
    },
}

/// Why nothing may be built. Foreign text in the sentences is quoted, with control characters escaped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentence of each variant says it")]
pub enum SourceError {
    #[error(
        "`source-branch` and `pull-request-ref` contradict each other: give `source-branch` to name the ref, or \
         `pull-request-ref` (`head`, `merge` or `base`) to take it from the event"
    )]
    Contradiction,
    #[error(
        "`source-branch` is {given:?}, which cannot be a ref: allowed are the name of a branch, `refs/heads/NAME`, \
         `refs/tags/NAME`, `refs/pull/NUMBER/head` and `refs/pull/NUMBER/merge`"
    )]
    InputBranch { given: String },
    #[error(
        "`source-version` is {given:?}: allowed is a whole commit id, 40 or 64 hexadecimal digits, not all zero"
    )]
    InputVersion { given: String },
    #[error(
        "GITHUB_REF is {given:?}, from which nothing can be built: give `source-branch` (`refs/heads/NAME`)"
    )]
    EventRef { given: String },
    #[error(
        "GITHUB_REF is empty, so the event names no branch: give `source-branch` (`refs/heads/NAME`)"
    )]
    NoEventRef,
    #[error(
        "the event names {given:?} as the commit of {branch:?}, which is no commit id: give `source-version` (40 or 64 \
         hexadecimal digits)"
    )]
    EventCommit { given: String, branch: String },
    #[error(
        "the event names no commit for {branch:?}: give `source-version` (40 or 64 hexadecimal digits)"
    )]
    NoEventCommit { branch: String },
    #[error(
        "the push deleted {deleted:?}, so there is nothing of it to build: give `source-branch` (`refs/heads/NAME`), or \
         skip the job with `if: ${{{{ !github.event.deleted }}}}`"
    )]
    Deleted { deleted: String },
    #[error(
        "the event {event:?} has secrets and may carry a stranger's code: say with `pull-request-ref` what is to be \
         built, `base` (what the workflow itself runs on), `head` or `merge`"
    )]
    PullRequestRefNeeded { event: String },
    #[error(
        "pull request #{number} comes from {}, and the event {event:?} has secrets: give `allow-fork-code: true` to \
         build it all the same, or `pull-request-ref: base`",
        repository.as_ref().map_or("an unknown repository".to_owned(), |name| format!("the repository {name:?}"))
    )]
    ForkCode {
        number: u64,
        repository: Option<String>,
        event: String,
    },
    #[error(
        "the comment is by someone whose association with the repository is {association:?}: `allow-associations` \
         allows {allowed}"
    )]
    AssociationNotAllowed {
        association: String,
        allowed: String,
    },
    #[error(
        "GITHUB_REF is {given:?}, but the event's payload is about pull request #{number}: give `source-branch` and \
         `source-version`"
    )]
    NumbersDiffer { given: String, number: u64 },
    #[error(
        "the payload of the event {event:?} lacks {missing}: give `source-branch` (`refs/pull/NUMBER/head`) and \
         `source-version`"
    )]
    PayloadIncomplete {
        event: String,
        missing: &'static str,
    },
    #[error(
        "GitHub has no merge commit for pull request #{number} (there are conflicts, or it is not ready yet): give \
         `pull-request-ref: head`, or run the job again later"
    )]
    NoMergeCommit { number: u64 },
}

/// Decides what is built.
pub fn plan(inputs: &SourceInputs, context: &Context) -> Result<SourcePlan, SourceError> {
    let event = event_name(context);
    let draft = if let Some(branch) = &inputs.branch {
        from_input(inputs, branch)?
    } else if event == "pull_request_target" {
        from_pull_request_target(inputs, context)?
    } else if event.starts_with("pull_request") {
        from_pull_request_event(inputs, context)?
    } else if event == "issue_comment" {
        let Some(comment) = context.issue_comment() else {
            return Err(incomplete(context, "the issue's number"));
        };
        match inputs.pull_request_ref {
            _ if !comment.is_on_pull_request => from_checkout(context)?,
            None => return Err(pull_request_ref_needed(context)),
            Some(PullRequestRef::Base) => from_checkout(context)?,
            Some(side @ (PullRequestRef::Head | PullRequestRef::Merge)) => {
                check_association(inputs, comment.author_association)?;
                let number = comment.number;
                return Ok(SourcePlan::AskGitHub { number, side });
            }
        }
    } else {
        from_checkout(context)?
    };
    finish(inputs, context, draft).map(SourcePlan::Known)
}

/// Decides what is built of a pull request that was asked for at [`SourcePlan::AskGitHub`].
///
/// The commit is the one the pull request has now; it may have been pushed to after the comment.
pub fn from_pull_request(
    inputs: &SourceInputs,
    context: &Context,
    pull_request: &PullRequest,
) -> Result<Source, SourceError> {
    if let Some(comment) = context.issue_comment() {
        if comment.number != pull_request.number {
            return Err(incomplete(context, "the pull request that was asked for"));
        }
        check_association(inputs, comment.author_association)?;
    }
    check_fork(inputs, context, pull_request)?;
    let draft = match inputs.pull_request_ref {
        Some(PullRequestRef::Head) => head(pull_request),
        Some(PullRequestRef::Merge) => merge(inputs, pull_request)?,
        Some(PullRequestRef::Base) | None => return Err(pull_request_ref_needed(context)),
    };
    finish(inputs, context, draft)
}

/// A source that has not been checked yet. No commit means that none is known, not the tip.
struct Draft {
    branch: String,
    version: Option<String>,
    why: String,
    notes: Vec<String>,
    /// Whether the ref was given by the user, who then need not give a commit.
    is_explicit: bool,
}

impl Draft {
    fn new(branch: String, version: Option<String>, why: String) -> Self {
        Self {
            branch,
            version,
            why,
            notes: Vec::new(),
            is_explicit: false,
        }
    }
}

fn from_input(inputs: &SourceInputs, given: &str) -> Result<Draft, SourceError> {
    if inputs.pull_request_ref.is_some() {
        return Err(SourceError::Contradiction);
    }
    let branch = if given.starts_with("refs/") {
        given.to_owned()
    } else {
        format!("refs/heads/{given}")
    };
    if !is_ref(&branch) {
        let given = given.to_owned();
        return Err(SourceError::InputBranch { given });
    }
    let mut draft = Draft::new(branch, None, "`source-branch` names it".to_owned());
    draft.is_explicit = true;
    Ok(draft)
}

/// `pull_request`, `pull_request_review`, `pull_request_review_comment`: no secrets for forks, so no guard.
fn from_pull_request_event(inputs: &SourceInputs, context: &Context) -> Result<Draft, SourceError> {
    let pull_request = context.pull_request();
    let merge_ref = pull_request_merge_ref(context, pull_request.as_ref())?;
    let is_merged = pull_request
        .as_ref()
        .is_some_and(|pull_request| pull_request.merged);
    let required = || {
        let missing = "the pull request";
        pull_request
            .as_ref()
            .ok_or_else(|| incomplete(context, missing))
    };
    match (inputs.pull_request_ref, merge_ref) {
        (None, _) if is_merged => merge(inputs, required()?),
        (None | Some(PullRequestRef::Head), _) => {
            let mut draft = head(required()?);
            draft
                .notes
                .extend(reviewed_note(context, draft.version.as_deref()));
            Ok(draft)
        }
        (Some(PullRequestRef::Merge), Some((branch, number))) if !is_merged => {
            let why = merge_why(number);
            let mut draft = Draft::new(branch, context.sha.clone(), why);
            draft
                .notes
                .extend(pull_request.as_ref().and_then(stale_note));
            Ok(draft)
        }
        (Some(PullRequestRef::Merge), _) => merge(inputs, required()?),
        (Some(PullRequestRef::Base), _) => base(context, required()?),
    }
}

fn from_pull_request_target(
    inputs: &SourceInputs,
    context: &Context,
) -> Result<Draft, SourceError> {
    let side = match inputs.pull_request_ref {
        None => return Err(pull_request_ref_needed(context)),
        Some(PullRequestRef::Base) => return from_checkout(context),
        Some(side) => side,
    };
    let pull_request = context
        .pull_request()
        .ok_or_else(|| incomplete(context, "the pull request"))?;
    check_fork(inputs, context, &pull_request)?;
    match side {
        PullRequestRef::Merge => merge(inputs, &pull_request),
        PullRequestRef::Head | PullRequestRef::Base => Ok(head(&pull_request)),
    }
}

/// The last commit pushed to the pull request. The ref is in the base repository, for forks too; the branch's own name
/// is not used, because a fork's may be `main`.
fn head(pull_request: &PullRequest) -> Draft {
    let number = pull_request.number;
    Draft::new(
        format!("refs/pull/{number}/head"),
        pull_request.head_sha.clone(),
        format!("the head of pull request #{number}"),
    )
}

/// The test merge, or what the merge put on the base branch.
fn merge(inputs: &SourceInputs, pull_request: &PullRequest) -> Result<Draft, SourceError> {
    let number = pull_request.number;
    let version = pull_request.merge_commit_sha.clone();
    if version.is_none() && inputs.version.is_none() {
        return Err(SourceError::NoMergeCommit { number });
    }
    if let (true, Some(base)) = (pull_request.merged, &pull_request.base_ref) {
        let why = format!("pull request #{number} has been merged");
        return Ok(Draft::new(format!("refs/heads/{base}"), version, why));
    }
    let mut draft = Draft::new(
        format!("refs/pull/{number}/merge"),
        version,
        merge_why(number),
    );
    draft.notes.extend(stale_note(pull_request));
    Ok(draft)
}

fn merge_why(number: u64) -> String {
    format!("pull request #{number}, merged into its base for testing")
}

fn base(context: &Context, pull_request: &PullRequest) -> Result<Draft, SourceError> {
    let Some(branch) = &pull_request.base_ref else {
        return Err(incomplete(context, "the pull request's base branch"));
    };
    let why = format!("the base of pull request #{}", pull_request.number);
    Ok(Draft::new(
        format!("refs/heads/{branch}"),
        pull_request.base_sha.clone(),
        why,
    ))
}

/// What a checkout in this workflow would give.
fn from_checkout(context: &Context) -> Result<Draft, SourceError> {
    if context.deleted() {
        let deleted = context
            .payload
            .pointer("/ref")
            .and_then(|name| name.as_str());
        return Err(SourceError::Deleted {
            deleted: deleted.unwrap_or("a ref").to_owned(),
        });
    }
    let event = event_name(context);
    let mut draft = match (&context.ref_, context.default_branch()) {
        (Some(branch), default) => {
            let why = checkout_why(event, branch, default.as_deref());
            Draft::new(branch.clone(), context.sha.clone(), why)
        }
        // A deployment of a commit has no ref, and Azure takes no commit without one.
        (None, Some(default)) if event.starts_with("deployment") => {
            let branch = format!("refs/heads/{default}");
            let note = format!(
                "The deployment was made from a commit, not from a branch: {branch:?} is sent along, on which the \
                 commit need not be."
            );
            let mut draft = Draft::new(
                branch,
                context.sha.clone(),
                "the commit that is deployed".to_owned(),
            );
            draft.notes.push(note);
            draft
        }
        _ => return Err(SourceError::NoEventRef),
    };
    draft.notes.extend(other_commit_note(context));
    Ok(draft)
}

fn checkout_why(event: &str, branch: &str, default: Option<&str>) -> String {
    let kind = if branch.starts_with("refs/tags/") {
        "tag"
    } else {
        "branch"
    };
    match event {
        "push" => format!("the {kind} that was pushed"),
        "create" => format!("the {kind} that was created"),
        "workflow_dispatch" => format!("the {kind} that the workflow was started on"),
        "release" => "the tag of the release".to_owned(),
        "merge_group" => "the group in the merge queue".to_owned(),
        "deployment" | "deployment_status" => format!("the {kind} that is deployed"),
        _ if branch
            .strip_prefix("refs/heads/")
            .is_some_and(|name| Some(name) == default) =>
        {
            format!("the default branch, on which the event {event:?} runs")
        }
        _ => format!("the {kind} on which the event {event:?} runs"),
    }
}

/// `GITHUB_REF` and its number, where it is a pull request's merge ref. One that only looks like a pull request's, or
/// is another's than the payload's, is refused whatever is to be built: something is badly wrong.
fn pull_request_merge_ref(
    context: &Context,
    pull_request: Option<&PullRequest>,
) -> Result<Option<(String, u64)>, SourceError> {
    let Some(given) = context
        .ref_
        .clone()
        .filter(|name| name.starts_with("refs/pull/"))
    else {
        return Ok(None);
    };
    let Some((number, side)) = pull_request_ref_parts(&given) else {
        return Err(SourceError::EventRef { given });
    };
    match pull_request {
        Some(pull_request) if pull_request.number != number => Err(SourceError::NumbersDiffer {
            given,
            number: pull_request.number,
        }),
        _ => Ok((side == "merge").then_some((given, number))),
    }
}

fn check_fork(
    inputs: &SourceInputs,
    context: &Context,
    pull_request: &PullRequest,
) -> Result<(), SourceError> {
    if inputs.allow_fork_code || !pull_request.head_is_fork {
        return Ok(());
    }
    Err(SourceError::ForkCode {
        number: pull_request.number,
        repository: pull_request.head_repository.clone(),
        event: event_name(context).to_owned(),
    })
}

fn check_association(
    inputs: &SourceInputs,
    association: Option<String>,
) -> Result<(), SourceError> {
    let association = association.unwrap_or_else(|| "unknown".to_owned());
    let allowed = &inputs.allow_associations;
    if allowed
        .iter()
        .any(|allowed| allowed.eq_ignore_ascii_case(&association))
    {
        return Ok(());
    }
    let quoted: Vec<_> = allowed.iter().map(|name| format!("{name:?}")).collect();
    Err(SourceError::AssociationNotAllowed {
        association,
        allowed: if quoted.is_empty() {
            "nobody".to_owned()
        } else {
            quoted.join(", ")
        },
    })
}

/// Puts `source-version` in and lets nothing through that is not a ref and a commit.
fn finish(inputs: &SourceInputs, context: &Context, draft: Draft) -> Result<Source, SourceError> {
    let Draft {
        branch,
        version,
        mut why,
        notes,
        is_explicit,
    } = draft;
    if !is_ref(&branch) {
        return Err(SourceError::EventRef { given: branch });
    }
    let version = match (&inputs.version, version) {
        (Some(given), _) => {
            why.push_str(if is_explicit {
                ", with `source-version`"
            } else {
                ", at `source-version`"
            });
            let given = given.clone();
            Some(commit_id(&given).ok_or(SourceError::InputVersion { given })?)
        }
        (None, Some(given)) => match commit_id(&given) {
            None => return Err(SourceError::EventCommit { given, branch }),
            commit => commit,
        },
        (None, None) if is_explicit => None,
        (None, None) if event_name(context).is_empty() => return Err(SourceError::NoEventRef),
        (None, None) => return Err(SourceError::NoEventCommit { branch }),
    };
    Ok(Source {
        branch,
        version,
        why,
        notes,
    })
}

fn stale_note(pull_request: &PullRequest) -> Option<String> {
    let is_closed = pull_request.state.as_deref() == Some("closed");
    is_closed.then(|| {
        format!(
            "Pull request #{} is closed: GitHub no longer updates its test merge, which may be out of date.",
            pull_request.number
        )
    })
}

fn reviewed_note(context: &Context, built: Option<&str>) -> Option<String> {
    let reviewed = context
        .reviewed_commit()
        .and_then(|commit| commit_id(&commit))?;
    let built = built.and_then(commit_id)?;
    (event_name(context) == "pull_request_review" && reviewed != built).then(|| {
        format!(
            "The review was for commit {reviewed}, which is no longer the pull request's last one."
        )
    })
}

fn other_commit_note(context: &Context) -> Option<String> {
    let other = context.other_commit()?;
    let commit = commit_id(&other.sha)?;
    if context.sha.as_deref().and_then(commit_id).as_ref() == Some(&commit) {
        return None;
    }
    let expression = format!("${{{{ {} }}}}", other.expression);
    let branch = other
        .branch
        .map(|name| format!("refs/heads/{name}"))
        .filter(|name| other.from_this_repository && is_ref(name));
    let how = match branch {
        Some(branch) => {
            format!("give `source-branch: {branch}` and `source-version: {expression}`")
        }
        None => format!(
            "give the ref that has it as `source-branch`, and `source-version: {expression}`; it may be a stranger's code"
        ),
    };
    let event = event_name(context);
    Some(format!(
        "The event {event:?} is about commit {commit}, which is not built; to build it, {how}."
    ))
}

fn event_name(context: &Context) -> &str {
    context.event_name.as_deref().unwrap_or_default()
}

fn pull_request_ref_needed(context: &Context) -> SourceError {
    SourceError::PullRequestRefNeeded {
        event: event_name(context).to_owned(),
    }
}

fn incomplete(context: &Context, missing: &'static str) -> SourceError {
    SourceError::PayloadIncomplete {
        event: event_name(context).to_owned(),
        missing,
    }
}

/// Number and side of `refs/pull/NUMBER/head` or `…/merge`, and of nothing else: a branch may be called `pull/7/head`.
fn pull_request_ref_parts(name: &str) -> Option<(u64, &str)> {
    let (number, side) = name.strip_prefix("refs/pull/")?.split_once('/')?;
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0');
    let is_side = side == "head" || side == "merge";
    Some((number.parse().ok().filter(|_| is_number && is_side)?, side))
}

/// Whether `name` is a ref that can be built: a branch, a tag or a side of a pull request, and a name that git allows
/// (git-check-ref-format).
fn is_ref(name: &str) -> bool {
    let short = name
        .strip_prefix("refs/heads/")
        .or_else(|| name.strip_prefix("refs/tags/"));
    let Some(short) = short else {
        return pull_request_ref_parts(name).is_some();
    };
    let is_locked = |part: &str| part.strip_suffix(".lock").is_some();
    let is_part = |part: &str| !part.is_empty() && !part.starts_with('.') && !is_locked(part);
    let is_forbidden = |c: char| c.is_control() || " ~^:?*[\\".contains(c);
    short.split('/').all(is_part)
        && !short.contains(is_forbidden)
        && !short.contains("..")
        && !short.contains("@{")
        && !short.ends_with('.')
}

fn commit_id(text: &str) -> Option<String> {
    let is_commit = matches!(text.len(), 40 | 64)
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && text.bytes().any(|byte| byte != b'0');
    is_commit.then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use PullRequestRef::{Base, Head, Merge};

    fn context(env: &Value, payload: &Value) -> Context {
        let variable = |name: &str| match name {
            "GITHUB_EVENT_PATH" => Some("/event.json".to_owned()),
            _ => env[name].as_str().map(str::to_owned),
        };
        Context::from_env(variable, |_| Ok(payload.to_string().into_bytes())).unwrap()
    }

    /// An event on the default branch of `octo/demo`.
    fn event(name: &str, payload: &Value) -> Context {
        let mut context = context(
            &json!({"GITHUB_EVENT_NAME": name, "GITHUB_REF": "refs/heads/main", "GITHUB_SHA": "1".repeat(40)}),
            payload,
        );
        context.repository = Some("octo/demo".to_owned());
        context
    }

    fn pull_request_json(head_repository: &str) -> Value {
        json!({
            "number": 7, "state": "open", "merged": false, "merge_commit_sha": "4".repeat(40),
            "head": {"ref": "main", "sha": "2".repeat(40), "repo": {"full_name": head_repository}},
            "base": {"ref": "release/1.x", "sha": "3".repeat(40)},
        })
    }

    fn side(name: &Value) -> Option<PullRequestRef> {
        name.as_str().map(|name| match name {
            "head" => PullRequestRef::Head,
            "merge" => PullRequestRef::Merge,
            "base" => PullRequestRef::Base,
            other => panic!("{other}"),
        })
    }

    fn asking(side: Option<PullRequestRef>) -> SourceInputs {
        SourceInputs {
            pull_request_ref: side,
            allow_associations: ["OWNER", "MEMBER", "COLLABORATOR"]
                .map(str::to_owned)
                .to_vec(),
            ..SourceInputs::default()
        }
    }

    #[track_caller]
    fn known(inputs: &SourceInputs, context: &Context) -> Source {
        match plan(inputs, context) {
            Ok(SourcePlan::Known(source)) => source,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn assert_builds(inputs: &SourceInputs, context: &Context, expected: &Value, case: &str) {
        let source = known(inputs, context);
        assert_eq!(
            Some(source.branch.as_str()),
            expected["sourceBranch"].as_str(),
            "{case}"
        );
        assert_eq!(
            source.version.as_deref(),
            expected["sourceVersion"].as_str(),
            "{case}"
        );
    }

    #[track_caller]
    fn refusal(inputs: &SourceInputs, context: &Context) -> String {
        let sentence = plan(inputs, context).unwrap_err().to_string();
        assert!(!sentence.contains(char::is_control), "{sentence:?}");
        assert!(
            sentence.contains("source-")
                || sentence.contains("allow-")
                || sentence.contains("pull-request-ref")
        );
        sentence
    }

    #[test]
    fn every_event_of_the_table() {
        let cases: Vec<Value> =
            serde_json::from_str(include_str!("../tests/data/event-refs.json")).unwrap();
        assert!(cases.len() > 40);
        for row in &cases {
            let case = row["case"].as_str().unwrap();
            let context = context(&row["env"], &row["payload"]);
            if case == "act: pull_request, GITHUB_SHA is the local HEAD" {
                // The row expects the test merge, as GITHUB_REF has it; since then the default has become the head,
                // which the payload names.
                assert_builds(
                    &asking(Some(PullRequestRef::Merge)),
                    &context,
                    &row["expected"],
                    case,
                );
                let head =
                    json!({"sourceBranch": "refs/pull/7/head", "sourceVersion": "2".repeat(40)});
                assert_builds(&asking(None), &context, &head, case);
                continue;
            }
            if row["expected"]["refuse"] == true {
                refusal(&asking(None), &context);
                // Explicit inputs are always a way out.
                let explicit = SourceInputs {
                    branch: Some("main".to_owned()),
                    version: Some("5".repeat(40)),
                    ..asking(None)
                };
                let expected =
                    json!({"sourceBranch": "refs/heads/main", "sourceVersion": "5".repeat(40)});
                assert_builds(&explicit, &context, &expected, case);
            } else {
                assert_builds(&asking(None), &context, &row["expected"], case);
            }
            for alternative in row["alternatives"].as_array().into_iter().flatten() {
                check_alternative(alternative, &context, case);
            }
        }
    }

    fn check_alternative(alternative: &Value, context: &Context, case: &str) {
        let text = |name: &str| alternative[name].as_str().map(str::to_owned);
        let mut inputs = asking(side(&alternative["pullRequestRef"]));
        if alternative["explicit"] == true {
            inputs.branch = text("sourceBranch");
            inputs.version = text("sourceVersion");
        }
        if let Some(also) = text("alsoNeeds") {
            assert_eq!(also, "allow-fork-code");
            assert!(refusal(&inputs, context).contains("`allow-fork-code: true`"));
            inputs.allow_fork_code = true;
        }
        if text("needsApi").is_none() {
            assert_builds(&inputs, context, alternative, case);
            return;
        }
        // The comment in the table is by a stranger.
        assert!(refusal(&inputs, context).contains("allow-associations"));
        inputs.allow_associations.push("NONE".to_owned());
        let expected = SourcePlan::AskGitHub {
            number: 7,
            side: PullRequestRef::Head,
        };
        assert_eq!(plan(&inputs, context).unwrap(), expected, "{case}");
        let pull_request =
            PullRequest::from_json(&pull_request_json("octo/demo"), Some("octo/demo")).unwrap();
        let source = from_pull_request(&inputs, context, &pull_request).unwrap();
        assert_eq!(Some(source.branch), text("sourceBranch"));
        assert_eq!(source.version, Some("2".repeat(40)));
    }

    #[test]
    fn explicit_branches() {
        let check = |given: &str, expected: Option<&str>| {
            let inputs = SourceInputs {
                branch: Some(given.to_owned()),
                ..asking(None)
            };
            match expected {
                Some(expected) => {
                    let source = known(&inputs, &event("pull_request_target", &Value::Null));
                    assert_eq!((source.branch.as_str(), source.version), (expected, None));
                }
                None => {
                    assert!(refusal(&inputs, &Context::default()).contains("`source-branch` is "));
                }
            }
        };
        check("x", Some("refs/heads/x"));
        check("heads/x", Some("refs/heads/heads/x"));
        check("pull/7/head", Some("refs/heads/pull/7/head"));
        check("refs/heads/refs/heads/x", Some("refs/heads/refs/heads/x"));
        check("refs/tags/v1.2", Some("refs/tags/v1.2"));
        check("refs/pull/12/merge", Some("refs/pull/12/merge"));
        for bad in [
            "",
            "refs/heads/",
            "refs/x",
            "refs/pull/0/head",
            "refs/pull/07/head",
            "refs/pull/+7/head",
            "refs/pull/7",
            "refs/pull/7/head/x",
            "refs/pull/99999999999999999999/head",
            "a b",
            "a\nb",
            "a..b",
            "a\x1b[31m",
            "/a",
            "a/",
            "a//b",
            ".a",
            "a.lock",
            "a:b",
            "a@{1}",
            "refs/tags/",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn explicit_versions() {
        let with = |version: &str| SourceInputs {
            version: Some(version.to_owned()),
            ..asking(None)
        };
        let main = event("push", &Value::Null);
        let source = known(&with(&"Ab".repeat(20)), &main);
        assert_eq!(
            (source.branch.as_str(), source.version),
            ("refs/heads/main", Some("ab".repeat(20)))
        );
        assert_eq!(
            known(&with(&"c".repeat(64)), &main).version,
            Some("c".repeat(64))
        );
        for bad in [
            "",
            "abc1234",
            "main",
            &"0".repeat(40),
            &"g".repeat(40),
            &format!("{}\n", "a".repeat(39)),
        ] {
            assert!(refusal(&with(bad), &main).starts_with("`source-version` is "));
        }
        // The event's own commit no longer matters, its ref and the guards do.
        let mut without_commit = main;
        without_commit.sha = None;
        known(&with(&"a".repeat(40)), &without_commit);
        refusal(&asking(None), &without_commit);
        refusal(
            &with(&"a".repeat(40)),
            &event("pull_request_target", &Value::Null),
        );
    }

    #[test]
    fn contradictions() {
        let inputs = SourceInputs {
            branch: Some("x".to_owned()),
            ..asking(Some(PullRequestRef::Head))
        };
        assert_eq!(
            plan(&inputs, &Context::default()),
            Err(SourceError::Contradiction)
        );
    }

    #[test]
    fn sides_of_a_pull_request() {
        let check = |event_name: &str, payload: &Value, side, expected: Option<(&str, &str)>| {
            let inputs = SourceInputs {
                allow_fork_code: true,
                ..asking(Some(side))
            };
            let mut context = event(event_name, &json!({"pull_request": payload}));
            if event_name == "pull_request" {
                context.ref_ = Some("refs/pull/7/merge".to_owned());
            }
            match expected {
                Some((branch, digit)) => {
                    let source = known(&inputs, &context);
                    assert_eq!(
                        (source.branch.as_str(), source.version),
                        (branch, Some(digit.repeat(40)))
                    );
                }
                None => drop(refusal(&inputs, &context)),
            }
        };
        let open = pull_request_json("x/demo");
        let changed = |change: fn(&mut Value)| {
            let mut pull_request = open.clone();
            change(&mut pull_request);
            pull_request
        };
        let merged = changed(|it| it["merged"] = true.into());
        let conflicting = changed(|it| it["merge_commit_sha"] = Value::Null);
        check("pull_request", &open, Head, Some(("refs/pull/7/head", "2")));
        check(
            "pull_request",
            &open,
            Merge,
            Some(("refs/pull/7/merge", "1")),
        );
        check(
            "pull_request",
            &open,
            Base,
            Some(("refs/heads/release/1.x", "3")),
        );
        check(
            "pull_request",
            &merged,
            Head,
            Some(("refs/pull/7/head", "2")),
        );
        check(
            "pull_request",
            &merged,
            Merge,
            Some(("refs/heads/release/1.x", "4")),
        );
        check(
            "pull_request_target",
            &open,
            Head,
            Some(("refs/pull/7/head", "2")),
        );
        check(
            "pull_request_target",
            &open,
            Merge,
            Some(("refs/pull/7/merge", "4")),
        );
        check(
            "pull_request_target",
            &open,
            Base,
            Some(("refs/heads/main", "1")),
        );
        check("pull_request_target", &conflicting, Merge, None);
        check("pull_request_target", &Value::Null, Head, None);
        check("pull_request", &Value::Null, Head, None);
        check(
            "pull_request",
            &Value::Null,
            Merge,
            Some(("refs/pull/7/merge", "1")),
        );
    }

    #[test]
    fn forks_are_guarded_where_there_are_secrets() {
        let target = |repository: &str| {
            event(
                "pull_request_target",
                &json!({"pull_request": pull_request_json(repository)}),
            )
        };
        for side in [PullRequestRef::Head, PullRequestRef::Merge] {
            known(&asking(Some(side)), &target("octo/demo"));
            let sentence = refusal(&asking(Some(side)), &target("x/\u{1b}[31m"));
            assert!(sentence.contains("\"x/\\u{1b}[31m\""), "{sentence}");
            let deleted = event(
                "pull_request_target",
                &json!({"pull_request": {"number": 7}}),
            );
            assert!(refusal(&asking(Some(side)), &deleted).contains("an unknown repository"));
        }
    }

    #[test]
    fn comments_are_guarded() {
        let comment = |association: &str, issue: &Value| {
            event(
                "issue_comment",
                &json!({"issue": issue, "comment": {"author_association": association}}),
            )
        };
        let on_pull_request = json!({"number": 7, "pull_request": {}});
        let merge = asking(Some(PullRequestRef::Merge));
        let member = comment("member", &on_pull_request);
        assert!(matches!(
            plan(&merge, &member),
            Ok(SourcePlan::AskGitHub { number: 7, .. })
        ));
        assert_eq!(
            refusal(&merge, &comment("FIRST_TIMER", &on_pull_request)),
            "the comment is by someone whose association with the repository is \"FIRST_TIMER\": \
             `allow-associations` allows \"OWNER\", \"MEMBER\", \"COLLABORATOR\""
        );
        // On an issue there is no pull request to build, whatever the input says.
        assert_eq!(
            known(&merge, &comment("NONE", &json!({"number": 7}))).branch,
            "refs/heads/main"
        );
        refusal(&merge, &comment("MEMBER", &Value::Null));

        let pull_request = |json: &Value| PullRequest::from_json(json, Some("octo/demo")).unwrap();
        let ours = pull_request(&pull_request_json("octo/demo"));
        let source = from_pull_request(&merge, &member, &ours).unwrap();
        assert_eq!(
            (source.branch.as_str(), source.version),
            ("refs/pull/7/merge", Some("4".repeat(40)))
        );
        let fork = pull_request(&pull_request_json("x/demo"));
        assert!(matches!(
            from_pull_request(&merge, &member, &fork),
            Err(SourceError::ForkCode { .. })
        ));
        let other = PullRequest {
            number: 8,
            ..ours.clone()
        };
        from_pull_request(&merge, &member, &other).unwrap_err();
        let conflicting = PullRequest {
            merge_commit_sha: None,
            ..ours
        };
        assert_eq!(
            from_pull_request(&merge, &member, &conflicting),
            Err(SourceError::NoMergeCommit { number: 7 })
        );
    }

    #[test]
    fn the_side_of_a_pull_request_means_nothing_to_other_events() {
        let inputs = asking(Some(PullRequestRef::Head));
        assert_eq!(
            known(&inputs, &event("push", &Value::Null)).branch,
            "refs/heads/main"
        );
    }

    #[test]
    fn reasons_and_notes() {
        let source = known(
            &asking(None),
            &event(
                "schedule",
                &json!({"repository": {"default_branch": "main"}}),
            ),
        );
        assert_eq!(
            source.why,
            "the default branch, on which the event \"schedule\" runs"
        );
        assert_eq!(source.notes, [""; 0]);

        let workflow_run = |repository: &str| {
            json!({"workflow_run": {
                "head_branch": "topic", "head_sha": "2".repeat(40), "head_repository": {"full_name": repository},
            }})
        };
        let notes = |payload: &Value| {
            known(&asking(None), &event("workflow_run", payload))
                .notes
                .join("\n")
        };
        assert_eq!(
            notes(&workflow_run("octo/demo")),
            "The event \"workflow_run\" is about commit 2222222222222222222222222222222222222222, which is not built; \
             to build it, give `source-branch: refs/heads/topic` and \
             `source-version: ${{ github.event.workflow_run.head_sha }}`."
        );
        assert!(!notes(&workflow_run("x/demo")).contains("topic"));

        let mut closed = pull_request_json("octo/demo");
        closed["state"] = "closed".into();
        let mut context = event(
            "pull_request_review",
            &json!({
                "pull_request": closed, "review": {"commit_id": "5".repeat(40)},
            }),
        );
        context.ref_ = Some("refs/pull/7/merge".to_owned());
        let notes = |side| known(&asking(side), &context).notes.join("\n");
        assert!(notes(None).starts_with("The review was for commit 555"));
        assert!(notes(Some(PullRequestRef::Merge)).starts_with("Pull request #7 is closed"));
    }

    #[test]
    fn a_deleted_ref_is_named() {
        let payload = json!({"deleted": true, "ref": "refs/heads/old"});
        assert_eq!(
            refusal(&asking(None), &event("push", &payload)),
            "the push deleted \"refs/heads/old\", so there is nothing of it to build: give `source-branch` \
             (`refs/heads/NAME`), or skip the job with `if: ${{ !github.event.deleted }}`"
        );
    }

    proptest! {
        #[test]
        fn whatever_is_planned_is_a_ref_and_a_commit(
            event_name in prop::sample::select(vec!["push", "pull_request", "pull_request_target", "status", ""]),
            ref_ in prop_oneof!["refs/(heads|tags|pull)/.{0,6}(/merge)?", "refs/pull/7/merge", ".{0,9}"],
            sha in prop_oneof!["[0-9a-fA-F]{40}", "[0-9a-g]{39,41}", ".{0,9}"],
            base in prop_oneof!["[a-z/.]{1,6}", ".{0,6}"],
            asked in prop::sample::select(vec!["", "head", "merge", "base"]),
        ) {
            let mut pull_request = pull_request_json("octo/demo");
            pull_request["head"]["sha"] = sha.clone().into();
            pull_request["base"]["ref"] = base.into();
            let mut context = event(event_name, &json!({"pull_request": pull_request}));
            context.ref_ = Some(ref_);
            context.sha = Some(sha);
            let asked = Some(Value::from(asked)).filter(|asked| asked != "").unwrap_or_default();
            match plan(&asking(side(&asked)), &context) {
                Ok(SourcePlan::Known(source)) => {
                    prop_assert!(is_ref(&source.branch));
                    let version = source.version.unwrap();
                    prop_assert!(matches!(version.len(), 40 | 64));
                    prop_assert!(version.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
                }
                Ok(other) => prop_assert!(false, "{other:?}"),
                Err(error) => prop_assert!(!error.to_string().contains(char::is_control), "{error}"),
            }
        }
    }
}
