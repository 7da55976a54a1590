//! What can be done about the end of a run.

use super::super::line::Line;
use super::super::{Attempt, short};
use crate::build::{IssueKind, Limit, RunPage};
use crate::outcome::{Cause, FailedTask, Failure, Outcome};
use crate::untrusted::Link;

/// Messages beyond this many characters are cut.
const LONGEST_MESSAGE: usize = 200;

/// Where a grant of parallel jobs is asked for (the service's own sentence names it).
const PARALLELISM_REQUEST: &str = "https://aka.ms/azpipelines-parallelism-request";
const SERVICE_STATUS: &str = "https://status.dev.azure.com";

/// What a person can do about an end, in a sentence without its last mark, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// The sentence.
    pub text: String,
    /// The page to look at.
    pub link: Option<Link>,
}

/// The line below the verdict.
pub(in crate::report) fn advice_line(advice: &Advice) -> Line {
    let text = Line::new("").foreign(&advice.text);
    match &advice.link {
        Some(link) => text.ours(": ").foreign(link),
        None => text.ours("."),
    }
}

/// What can be done about the end of a run; nothing where there is nothing to do, or where the
/// errors say it.
pub(in crate::report) fn advice(attempt: &Attempt, outcome: &Outcome) -> Option<Advice> {
    let text = match outcome {
        Outcome::PartiallySucceeded { passes: false, .. } => {
            "This fails the step; where such a run is good enough, set `partially-succeeded: pass`"
        }
        Outcome::Failed(Failure { cause, .. }) => return of_cause(attempt, cause),
        Outcome::Canceled { .. } => {
            "A canceled run is not retried; run this workflow job again to start another"
        }
        Outcome::TimedOut(Limit::Queue(_)) => {
            "What a run waits for stands on its page; a larger `queue-timeout` waits longer"
        }
        Outcome::TimedOut(Limit::Total(_)) => {
            "What took its time stands on its page; a larger `timeout` waits longer"
        }
        _ => return None,
    };
    Some(Advice::new(text, None))
}

impl Advice {
    fn new(text: &str, link: Option<Link>) -> Self {
        Self {
            text: text.to_owned(),
            link,
        }
    }
}

fn of_cause(attempt: &Attempt, cause: &Cause) -> Option<Advice> {
    let page = || Some(attempt.build.page.url().clone());
    let (text, link) = match cause {
        Cause::Tasks { first, .. } => return Some(of_task(attempt, first)),
        Cause::Check {
            kind, is_expired, ..
        } => return Some(of_check(kind, *is_expired, &attempt.build.page)),
        Cause::Invalid => ("Correct what the errors name, then run this again", None),
        Cause::NoParallelism => (
            "Buy a parallel job (Organization settings > Parallel jobs), or ask for the free ones",
            Some(Link::literal(PARALLELISM_REQUEST)),
        ),
        Cause::NoAgent(_) => (
            "Compare what the job demands with what the agents offer (Project settings > Agent pools), or choose \
             another pool",
            None,
        ),
        Cause::TimedOut { .. } => (
            "Look at what kept it, or raise the job's `timeoutInMinutes`; hosted agents have a limit besides",
            None,
        ),
        Cause::NeverStarted(_) => (
            "Look at its condition and at what it names; the run's page may say more",
            page(),
        ),
        Cause::JobsCanceled(_) => ("The run's page may say who canceled it", page()),
        Cause::AgentLost(_) => (
            "Run this again; where it happens again, look whether the agent's machine is stopped, or the job leaves \
             it without memory, processor or network",
            None,
        ),
        Cause::Service(_) => (
            "Run this again; the service's status page tells of trouble that others have, too",
            Some(Link::literal(SERVICE_STATUS)),
        ),
        Cause::Unknown { .. } => return None,
    };
    Some(Advice::new(text, link))
}

/// What can be done about a check that did not pass; `kind` is the service's name for it.
fn of_check(kind: &str, is_expired: bool, page: &RunPage) -> Advice {
    let page = || Some(page.url().clone());
    let (text, link) = match (kind, is_expired) {
        ("Approval", false) => ("The run's page says who rejected it", page()),
        ("Approval", true) => (
            "Run this again, and approve it on the new run's page before its time passes",
            None,
        ),
        ("Authorization", _) => (
            "Permit the resource, or have its owner permit it, then run this again",
            page(),
        ),
        _ => ("The run's page says what the check asked for", page()),
    };
    Advice::new(text, link)
}

fn of_task(attempt: &Attempt, task: &FailedTask) -> Advice {
    let list = attempt.findings.list.iter();
    // One on the code says more than that a script has failed.
    let mut on_code = list.filter(|finding| {
        finding.kind == IssueKind::Error && finding.title == task.title && finding.file.is_some()
    });
    let (message, link) = if let Some(finding) = on_code.next() {
        let place = finding.place().map(|place| format!("{place}: "));
        let message = format!("{}{}", place.unwrap_or_default(), finding.message);
        (Some(message), finding.link.clone())
    } else {
        let page = &attempt.build.page;
        let link = page.task(&task.job, &task.task, task.log_line);
        (task.message.clone(), link)
    };
    let message = message.as_deref().map(str::trim).unwrap_or_default();
    let text = match message.lines().next() {
        Some(first) => format!("Its first error is \"{}\"", short(first, LONGEST_MESSAGE)),
        None => "It gave no error message; its log says more".to_owned(),
    };
    Advice {
        text,
        link: Some(link),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::finding::Findings;
    use super::*;
    use crate::build::fixture::build;

    #[test]
    fn an_error_of_the_service_has_its_status_page() {
        let attempt = Attempt {
            build: build(None),
            timeline: crate::build::Timeline::default(),
            findings: Findings::default(),
            failed_tasks: (Vec::new(), 0),
            awaited_agents: Vec::new(),
        };
        let advice =
            of_cause(&attempt, &Cause::Service(Vec::new())).map(|advice| advice_line(&advice));
        let expected = Line::new("")
            .foreign(
                "Run this again; the service's status page tells of trouble that others have, too",
            )
            .ours(": ")
            .foreign(SERVICE_STATUS);
        assert_eq!(advice, Some(expected));
    }
}
