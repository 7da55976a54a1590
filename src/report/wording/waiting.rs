//! What a run waits for, and what can be done about it.

use super::super::line::Line;
use crate::build::{RunPage, Waiting};

pub(in crate::report) fn waiting(what: &Waiting, page: &RunPage) -> Line {
    match what {
        Waiting::Queue(Some(position)) => Line::new("Waiting in the queue, at position ")
            .foreign(position.to_string())
            .ours("; runs before it come first. The run's page says more: ")
            .foreign(page.url()),
        Waiting::Queue(None) => {
            Line::new("Waiting in the queue; the run's page says more: ").foreign(page.url())
        }
        Waiting::Postponed => Line::new(
            "Azure DevOps has postponed the run: it goes on when the pipeline, or what stands before it, is resumed. \
             The run's page says more: ",
        )
        .foreign(page.url()),
        Waiting::Agent {
            job,
            others,
            is_first,
        } => agent(job, *others, Some(page).filter(|_| *is_first)),
        Waiting::MoreAgents => Line::new(
            "More jobs of the run wait for an agent or a parallel job to be free; they start when others end.",
        ),
        Waiting::Check { stage, kind, .. } => check(stage.as_deref(), kind)
            .ours(": ")
            .foreign(page.url()),
        Waiting::Canceling { by } => {
            let line = match by {
                Some(by) => Line::new("").foreign(by).ours(" has canceled the run"),
                None => Line::new("Azure DevOps is canceling the run"),
            };
            line.ours("; tasks that always run may still run.")
        }
        Waiting::Unknown(word) => Line::new("Azure DevOps calls the run \"")
            .foreign(word)
            .ours("\"; it is not over yet."),
    }
}

/// What can be done about it only where the run's page is given.
fn agent(job: &str, others: usize, page: Option<&RunPage>) -> Line {
    let others = match others {
        0 => String::new(),
        1 => " and another job".to_owned(),
        others => format!(" and {others} other jobs"),
    };
    let line = Line::new("Waiting for an agent for ")
        .foreign(job)
        .foreign(others);
    let Some(page) = page else {
        return line.ours(".");
    };
    line.ours(
        ". If none comes, agents may be busy or offline, none may offer what the job demands, or all parallel jobs \
         may be in use (Organization settings > Parallel jobs); the run's page says more: ",
    )
    .foreign(page.url())
}

/// Without the page's address, which follows.
fn check(stage: Option<&str>, kind: &str) -> Line {
    let start = |words: &'static str| {
        let line = Line::new(words);
        match stage {
            Some(stage) => line.ours("the stage ").foreign(stage),
            None => line.ours("the run"),
        }
    };
    match kind {
        "Approval" => {
            start("Waiting for somebody to approve ").ours("; the run's page has the button")
        }
        "Authorization" => start("Waiting for permission to use a resource in ")
            .ours("; the run's page says which, and has the button"),
        // Business hours, calls of functions and REST services, and the like.
        "TaskCheck" => start("Waiting for a check in front of ").ours(
            ", such as business hours or another service's answer; the run's page says which",
        ),
        "ExtendsCheck" => {
            start("Waiting for the check of the template that is required in front of ")
        }
        _ => start("Waiting for a check in front of ")
            .ours(" (")
            .foreign(kind)
            .ours("); the run's page says more"),
    }
}
