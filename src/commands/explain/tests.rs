//! Every error that can end a step leads to its paragraph, and every end of a run has its row.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::azure::{ApiVersion, Caller, EntraRefusal, Issuer, ProjectAddress, SignInError};
use crate::build::fixture::build;
use crate::build::{Limit, RecordId, Validation};
use crate::github::api::{ApiError, LookupError};
use crate::github::context::ContextError;
use crate::github::files::FileError;
use crate::inputs::InputError;
use crate::network::{self, SetupError};
use crate::outcome::{Cause, FailedTask, Failure, Outcome};
use crate::source::{RefOrigin, SourceError};

const PAGE: &str = include_str!("../../../docs/troubleshooting.md");

/// Checks where an error leads: the line below it, to a heading of the page.
fn leads(error: impl Into<anyhow::Error>, heading: &str) {
    let mut log = Vec::new();
    let mut reports = Reports::new(&mut log, &[]);
    reports.explain_at(Some("PAGE".to_owned()));
    let project = ProjectAddress::parse("https://dev.azure.com/o/p").expect("a project");
    reports.about("App CI", project.organization());
    tell(&mut reports, &error.into());
    reports.finish().expect("a log");
    let log = String::from_utf8(log).expect("text");
    let anchor: String = heading
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            'a'..='z' | '0'..='9' | '_' | '-' => Some(c),
            _ => None,
        })
        .collect();
    let line = format!(": PAGE#{anchor}\n");
    assert!(log.ends_with(&line), "{heading}: {log}");
    let mut lines = PAGE.lines();
    let is_there = lines.any(|line| line.strip_prefix("### ") == Some(heading));
    assert!(is_there, "{heading}");
}

/// Checks examples of each variant of a type with what is expected of them. A variant that is missing does not compile.
macro_rules! each {
    (fn $test:ident: $($cases:tt)+) => {
        #[test]
        fn $test() {
            each!($($cases)+);
        }
    };
    ($check:expr; $($variant:pat => [$(($expected:literal, $example:expr)),+ $(,)?]),+ $(,)?) => {
        let cases = vec![$($((stringify!($variant), $expected, $example)),+),+];
        for (variant, expected, example) in cases {
            let name = match &example { $($variant => stringify!($variant)),+ };
            assert_eq!(name, variant);
            $check(example, expected);
        }
    };
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn request() -> String {
    text("GET /o/p/_apis/x")
}

each!(fn what_may_not_be_built: leads;
    SourceError::Contradiction => [("An input is wrong", SourceError::Contradiction)],
    SourceError::InputBranch { .. } => [
        ("An input is wrong", SourceError::InputBranch { given: text("x") })
    ],
    SourceError::InputVersion { .. } => [
        ("An input is wrong", SourceError::InputVersion { given: text("x") })
    ],
    SourceError::EventRef { .. } => [(
        "from which nothing can be built",
        SourceError::EventRef { origin: RefOrigin::Variable, given: text("x") }
    )],
    SourceError::NoEventRef => [("so the event names no branch", SourceError::NoEventRef)],
    SourceError::EventCommit { .. } => [(
        "which is no commit id",
        SourceError::EventCommit { given: text("x"), branch: text("x") }
    )],
    SourceError::NoEventCommit { .. } => [(
        "The event names no commit for",
        SourceError::NoEventCommit { branch: text("x") }
    )],
    SourceError::Deleted { .. } => [
        ("The push deleted", SourceError::Deleted { deleted: None })
    ],
    SourceError::PullRequestRefNeeded { .. } => [(
        "has secrets and may carry a stranger's code",
        SourceError::PullRequestRefNeeded { event: text("issue_comment") }
    )],
    SourceError::ForkCode { .. } => [(
        "has secrets: give",
        SourceError::ForkCode { number: 7, repository: None, event: text("issue_comment") }
    )],
    SourceError::AssociationNotAllowed { .. } => [(
        "whose association with the repository is",
        SourceError::AssociationNotAllowed { association: text("x"), allowed: text("x") }
    )],
    SourceError::CommentDeleted => [("The comment was deleted", SourceError::CommentDeleted)],
    SourceError::CommentByAnother { .. } => [(
        "The comment was changed by",
        SourceError::CommentByAnother { sender: None }
    )],
    SourceError::ForkMoved { .. } => [(
        "Something may have been pushed to",
        SourceError::ForkMoved { number: 7, repository: None }
    )],
    SourceError::ForkCommit { .. } => [(
        "has secrets: give",
        SourceError::ForkCommit { repository: None, event: text("issue_comment") }
    )],
    SourceError::NumbersDiffer { .. } => [(
        "but the event's payload is about pull request",
        SourceError::NumbersDiffer { given: text("x"), number: 7 }
    )],
    SourceError::PayloadIncomplete { .. } => [(
        "The payload of the event",
        SourceError::PayloadIncomplete { event: text("issue_comment"), missing: "x" }
    )],
    SourceError::NoMergeCommit { .. } => [(
        "GitHub has no merge commit for pull request",
        SourceError::NoMergeCommit { number: 7 }
    )],
);

fn refused(validation: Vec<Validation>) -> Error {
    Error::Refused {
        request: request(),
        status: 400,
        message: String::new(),
        type_key: String::new(),
        validation,
    }
}

fn missing(type_key: &str) -> Error {
    Error::NotFound {
        request: request(),
        status: 404,
        message: text("It could not be read"),
        type_key: type_key.to_owned(),
    }
}

fn invalid() -> Validation {
    Validation {
        is_error: true,
        message: text("Unexpected value"),
    }
}

fn version() -> ApiVersion {
    ApiVersion::parse("5.0").expect("a version")
}

each!(fn what_the_service_does_not_do: leads;
    Error::Unauthorized { .. } => [("did not accept the token", Error::Unauthorized {
        request: request(),
        answer: text("401"),
        message: String::new(),
        is_windows: false,
        caller: Caller::default(),
        proxy: None,
    })],
    Error::Forbidden { .. } => [("Azure DevOps refused", Error::Forbidden {
        request: request(),
        status: 403,
        message: String::new(),
        caller: Caller::default(),
    })],
    Error::NotFound { .. } => [
        ("has no such address", missing("")),
        ("Azure DevOps refused", missing("BuildNotFoundException")),
    ],
    Error::Redirected { .. } => [("redirects are not followed", Error::Redirected {
        request: request(),
        status: 302,
        target: text("https://example.com"),
    })],
    Error::Intercepted { .. } => [("did not come from Azure DevOps", Error::Intercepted {
        request: request(),
        status: 407,
        message: String::new(),
        retry_after: None,
    })],
    Error::Refused { .. } => [
        ("Azure DevOps refused", refused(Vec::new())),
        ("did not start the run", refused(vec![invalid()])),
    ],
    Error::Throttled { .. } => [("is throttling requests", Error::Throttled {
        request: request(),
        message: String::new(),
        retry_after: None,
    })],
    Error::Server { .. } => [("had a problem with", Error::Server {
        request: request(),
        status: 500,
        message: String::new(),
        activity: None,
        retry_after: None,
    })],
    Error::Transport { .. } => [("could not be reached at", Error::Transport {
        request: request(),
        host: text("example.com"),
        failure: network::Failure::silence(),
    })],
    Error::Decode { .. } => [("could not be read", Error::Decode {
        request: request(),
        reason: String::new(),
    })],
    Error::TooLong { .. } => [("was not read to its end", Error::TooLong {
        request: request(),
        limit: 1,
    })],
    Error::TooOld { .. } => [("needs api-version", Error::TooOld {
        what: "`stages-to-skip`",
        needed: version(),
        instead: "",
        version: version(),
    })],
    Error::SecretAtStake { .. } => [(
        "cannot be sent together",
        Error::SecretAtStake { input: "demands" }
    )],
    Error::SignIn(_) => [(
        "Entra gave a token that cannot be sent",
        Error::SignIn(SignInError::Unusable)
    )],
    Error::UnusableToken => [(
        "holds a character that cannot be part of a token",
        Error::UnusableToken
    )],
    Error::Setup(_) => [(
        "could not be set up",
        Error::Setup(SetupError::Client(String::new()))
    )],
);

fn unavailable(issuer: Issuer) -> SignInError {
    SignInError::Unavailable {
        issuer,
        reason: text("its answer could not be read"),
        retry_after: None,
    }
}

fn entra(code: Option<u64>, message: &str) -> SignInError {
    SignInError::Refused(Box::new(EntraRefusal::example(code, message)))
}

#[test]
fn what_keeps_a_step_from_signing_in() {
    each!(leads;
        SignInError::Unavailable { .. } => [
            ("gave no token", unavailable(Issuer::GitHub)),
            ("gave no token", unavailable(Issuer::Entra(text("example.com")))),
            ("gave no token", unavailable(Issuer::Machine(text("169.254.169.254")))),
        ],
        SignInError::NoAssertion { .. } => [(
            "refused to give the job an OIDC token",
            SignInError::NoAssertion { status: 403 }
        )],
        SignInError::NoIdentity { .. } => [("The machine gave no token", SignInError::NoIdentity {
            client: None,
            status: 400,
            message: String::new(),
        })],
        SignInError::Refused(_) => [
            ("found no federated credential that fits", entra(Some(70_021), "")),
            (
                "whose subject has other upper and lower case",
                entra(Some(700_213), "a case-insensitive match")
            ),
            ("Entra refused to sign in", entra(None, "")),
            ("Entra refused to sign in", entra(Some(1), "AADSTS1: no")),
            ("AADSTS", entra(Some(700_016), "")),
        ],
        SignInError::Unusable => [
            ("Entra gave a token that cannot be sent", SignInError::Unusable)
        ],
    );
}

#[test]
fn what_the_network_lacks() {
    each!(leads;
        SetupError::Certificate(_) => [
            ("An input is wrong", SetupError::Certificate(text("x")))
        ],
        SetupError::Proxy { .. } => [("An input is wrong", SetupError::Proxy {
            variable: "HTTPS_PROXY",
            problem: "is no URL",
        })],
        SetupError::Client(_) => [("could not be set up", SetupError::Client(text("x")))],
    );
}

#[test]
fn what_github_does_not_do() {
    let (status, message) = (404, || text("Not Found"));
    // That a pull request is looked up is the only thing that a step cannot do without.
    each!(|error, heading| leads(LookupError::new("octo/demo", 7, error), heading);
        ApiError::Refused { .. } => [(
            "Failed to look up pull request",
            ApiError::Refused { status, message: message() }
        )],
        ApiError::Limited { .. } => [(
            "GitHub's limit of requests is used up",
            ApiError::Limited { wait: Duration::from_mins(1) }
        )],
        ApiError::Rejected { .. } => [(
            "Failed to look up pull request",
            ApiError::Rejected { status, message: message() }
        )],
        ApiError::Unreached { .. } => [("could not be reached at", ApiError::Unreached {
            host: text("api.github.com"),
            request: request(),
            failure: network::Failure::silence(),
        })],
        ApiError::Unusable(_) => [(
            "Failed to look up pull request",
            ApiError::Unusable(text("the answer is no JSON"))
        )],
        ApiError::Address(_) => [("GITHUB_API_URL is", ApiError::Address(text("x")))],
        ApiError::UnusableToken => [(
            "holds a character that cannot be part of a token",
            ApiError::UnusableToken
        )],
        ApiError::Setup(_) => [("could not be set up", ApiError::Setup(text("x")))],
    );
}

#[test]
fn what_the_runner_lacks() {
    let path = || PathBuf::from("/github/workflow/event.json");
    let no_json = serde_json::from_str::<()>("{").expect_err("no JSON");
    let not_found = || io::Error::from(io::ErrorKind::NotFound);
    each!(leads;
        ContextError::Unreadable { .. } => [(
            "GITHUB_EVENT_PATH",
            ContextError::Unreadable { path: path(), error: not_found() }
        )],
        ContextError::NotJson { .. } => [(
            "GITHUB_EVENT_PATH",
            ContextError::NotJson { path: path(), error: no_json }
        )],
    );
    each!(leads;
        FileError::Write { .. } => [("could not be written", FileError::Write {
            variable: "GITHUB_OUTPUT",
            path: path(),
            error: not_found(),
        })],
        FileError::Name { .. } => [
            ("An output or state cannot be called", FileError::Name { name: "x" })
        ],
        FileError::Delimiter { .. } => [(
            "cannot be written: it contains the delimiter",
            FileError::Delimiter { name: "x" }
        )],
        FileError::SummaryTooLong { .. } => [
            ("The summary would have", FileError::SummaryTooLong { size: 1 })
        ],
    );
}

#[test]
fn inputs() {
    leads(InputError::new("`top` is \"x\""), "An input is wrong");
    let twice = [("INPUT_TOP", "1"), ("INPUT_top", "1")];
    let twice = twice.map(|(name, value)| (text(name), text(value)));
    let error = crate::inputs::Inputs::from_environment(&twice.into()).expect_err("wrong");
    leads(error, "The inputs could not be read");
    let file = "`ca-certificate` is \"x\", a file that could not be read: no such file";
    leads(InputError::new(file), "a file that could not be read");
}

/// Those of the commands: every function of `report::wording::error`.
#[test]
fn what_a_command_finds() {
    let organization = ProjectAddress::parse("https://dev.azure.com/o/p").expect("a project");
    let organization = organization.organization();
    let build = build(None);
    let names = [text("one"), text("other")];
    let mut tested = BTreeSet::new();
    macro_rules! each_leads {
        ($($function:ident($($argument:expr),*) => $heading:literal),+ $(,)?) => {
            $(
                leads(anyhow::Error::msg(wording::$function($($argument),*)), $heading);
                tested.insert(stringify!($function));
            )+
        };
    }
    each_leads!(
        unknown_project("p", &organization, "TF200016", Some(&names)) => "has no such project",
        unknown_pipeline("azure-pipeline-name", "x", "p", None) => "has no such pipeline",
        unknown_pipeline_id(7, "p", true) => "has no such pipeline",
        ambiguous_pipeline("x", &names) => "which several pipelines are called",
        disabled_pipeline("x") => "is disabled: enable it",
        unknown_run(7, "p") => "has no such run",
        unknown_person("x") => "but the organization knows nobody by this name",
        ambiguous_person("x", &names) => "by which the organization knows several",
        identities_refused("x") => "needs the scope Identity (read)",
        anonymous("a token") => "takes the caller for nobody",
        foreign_claim("x") => "which looks like the tag by which",
        fixed_variable("azure-pipeline-variables", "x", "p") => "which cannot be set when a run of",
        unknown_variable("azure-pipeline-variables", "x", "p", &names) => "has no such variable",
        unknown_queue("x", "p", &names) => "has no such agent queue",
        not_started("POST x", 400, 1) => "did not start the run",
        uncertain_queue_request("x") => "It is not known whether a run was started",
        lost_run("1", build.page.url()) => "can no longer be followed",
        still_going(&build) => "is still going, so nothing is retried",
        not_retried_at_all(&build, "x") => "was not retried",
        cancel_takes_long(&build, Duration::from_mins(10)) => "which has not ended after",
        cancel_unanswered(&build) => "Interrupted while Azure DevOps was asked to cancel",
    );
    let file = include_str!("../../report/wording/error.rs");
    let lines = file.lines();
    let there = lines.filter_map(|line| line.strip_prefix("pub fn ")?.split('(').next());
    assert_eq!(tested, there.collect());
}

/// Checks that the page has a row about a verdict.
fn has_row(outcome: &Outcome, words: &str) {
    let verdict = wording::verdict_words(&build(None), outcome);
    assert!(verdict.contains(words), "{words}: {verdict}");
    let row = format!("| `{words}` |");
    assert!(PAGE.lines().any(|line| line.starts_with(&row)), "{row}");
}

fn check(kind: &str, is_expired: bool) -> Cause {
    Cause::Check {
        stage: None,
        kind: text(kind),
        is_expired,
    }
}

#[test]
fn what_a_run_fails_of() {
    let jobs = || vec![text("Linux")];
    let first = FailedTask {
        title: text("Linux / Test"),
        message: None,
        log_line: None,
        job: RecordId(text("j")),
        task: RecordId(text("t")),
    };
    let has_row = |cause, words| {
        let is_infrastructure = false;
        let failure = Failure {
            cause,
            is_infrastructure,
        };
        has_row(&Outcome::Failed(failure), words);
    };
    each!(has_row;
        Cause::Invalid => [
            ("failed, because its YAML, or a resource that it names, is not valid", Cause::Invalid)
        ],
        Cause::Tasks { .. } => [("failed in", Cause::Tasks { first, others: 1 })],
        Cause::Check { .. } => [
            ("was rejected", check("Approval", false)),
            ("nobody approved", check("Approval", true)),
            ("may not use a resource that it needs", check("Authorization", false)),
            ("did not pass", check("TaskCheck", false)),
            ("did not pass", check("TaskCheck", true)),
        ],
        Cause::NoParallelism => [("has no parallel job to run it", Cause::NoParallelism)],
        Cause::NoAgent(_) => [("because no agent can take", Cause::NoAgent(jobs()))],
        Cause::TimedOut { .. } => [
            ("ran longer than", Cause::TimedOut { jobs: jobs(), minutes: None })
        ],
        Cause::NeverStarted(_) => [("could not begin", Cause::NeverStarted(jobs()))],
        Cause::JobsCanceled(_) => [("because of a cancel in", Cause::JobsCanceled(jobs()))],
        Cause::AgentLost(_) => [("because the agent of", Cause::AgentLost(jobs()))],
        Cause::Service(_) => [
            ("because Azure DevOps itself had an error with", Cause::Service(jobs()))
        ],
        Cause::Unknown { .. } => [
            ("failed before a job had begun", Cause::Unknown { has_started: false }),
            ("failed", Cause::Unknown { has_started: true }),
        ],
    );
}

#[test]
fn what_a_run_ends_as() {
    let limit = Duration::from_mins(1);
    let partially = |passes| Outcome::PartiallySucceeded {
        passes,
        with_issues: Vec::new(),
    };
    let unknown = Failure {
        cause: Cause::Unknown { has_started: false },
        is_infrastructure: false,
    };
    let has_row = |outcome: Outcome, words| {
        if outcome.exit_code() != 0 {
            has_row(&outcome, words);
        }
    };
    each!(has_row;
        Outcome::Queued => [("", Outcome::Queued)],
        Outcome::Succeeded => [("", Outcome::Succeeded)],
        Outcome::PartiallySucceeded { .. } => [
            ("", partially(true)),
            ("partially succeeded", partially(false)),
        ],
        Outcome::Failed(_) => [("failed before a job had begun", Outcome::Failed(unknown))],
        Outcome::Canceled { .. } => [
            ("was canceled", Outcome::Canceled { by: None }),
            ("was canceled", Outcome::Canceled { by: Some(text("Robin")) }),
        ],
        Outcome::TimedOut(_) => [
            ("it had not started after", Outcome::TimedOut(Limit::Queue(limit))),
            ("it had not ended after", Outcome::TimedOut(Limit::Total(limit))),
        ],
        Outcome::Interrupted => [("this step was interrupted", Outcome::Interrupted)],
        Outcome::Lost => [("can no longer be followed", Outcome::Lost)],
        Outcome::Unknown(_) => [
            ("which is not taken for a success", Outcome::Unknown(text("none")))
        ],
    );
}
