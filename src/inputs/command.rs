//! What the step does.

use super::InputError;
use super::given::Given;
use super::run::RunInputs;
use super::runs::{ListInputs, ShowInputs, TagInputs, run_id};
use crate::azure::ProjectAddress;
use crate::build::BuildId;

/// What the step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Start a run, follow it, give its verdict.
    Run(Box<RunInputs>),
    /// Say what would be run, or what is wrong; start nothing.
    Check(Box<RunInputs>),
    /// Follow a run that exists, give its verdict.
    Watch(BuildId),
    /// Start the failed stages of a run again, follow it, give its verdict.
    Retry(BuildId),
    /// Cancel a run and wait until it is over.
    Cancel(BuildId),
    /// List runs.
    List(Box<ListInputs>),
    /// Show one run in full.
    Show(ShowInputs),
    /// Add tags to a run.
    TagAdd(TagInputs),
    /// List the tags of the run with this id.
    TagList(BuildId),
    /// Delete tags of a run.
    TagDelete(TagInputs),
}

impl Command {
    pub(super) fn read(given: &Given, project: &ProjectAddress) -> Result<Self, InputError> {
        let read = given.choice("command", &COMMANDS)?;
        read.unwrap_or(read_run)(given, project)
    }

    /// The run that `run-id` names, where the command is about one.
    #[must_use]
    pub fn run_id(&self) -> Option<BuildId> {
        match self {
            Self::Watch(id) | Self::Retry(id) | Self::Cancel(id) | Self::TagList(id) => Some(*id),
            Self::Show(show) => Some(show.run),
            Self::TagAdd(tags) | Self::TagDelete(tags) => Some(tags.run),
            Self::Run(_) | Self::Check(_) | Self::List(_) => None,
        }
    }

    /// Whether what is followed goes on because of this step, so that it should end with it, too.
    pub(super) fn starts_work(&self) -> bool {
        matches!(self, Self::Run(_) | Self::Retry(_))
    }

    /// Whether a run that is followed is followed to its end.
    pub(super) fn sees_the_end(&self) -> bool {
        !matches!(self, Self::Run(run) if !run.wait)
    }
}

/// Reads what only one command is told.
type Read = fn(&Given, &ProjectAddress) -> Result<Command, InputError>;

const COMMANDS: [(&str, Read); 10] = [
    ("run", read_run),
    ("check", |given, project| {
        new_run(given, project).map(Command::Check)
    }),
    ("watch", |given, _| run_id(given).map(Command::Watch)),
    ("retry", |given, _| run_id(given).map(Command::Retry)),
    ("cancel", |given, _| run_id(given).map(Command::Cancel)),
    ("list", |given, project| {
        let list = ListInputs::read(given, project)?;
        Ok(Command::List(Box::new(list)))
    }),
    ("show", |given, _| {
        ShowInputs::read(given).map(Command::Show)
    }),
    ("tag-add", |given, _| {
        TagInputs::read(given).map(Command::TagAdd)
    }),
    ("tag-list", |given, _| run_id(given).map(Command::TagList)),
    ("tag-delete", |given, _| {
        TagInputs::read(given).map(Command::TagDelete)
    }),
];

fn read_run(given: &Given, project: &ProjectAddress) -> Result<Command, InputError> {
    new_run(given, project).map(Command::Run)
}

/// What is said about a run that does not exist yet.
fn new_run(given: &Given, project: &ProjectAddress) -> Result<Box<RunInputs>, InputError> {
    if given.whole("run-id").is_some() {
        return Err(InputError::new(
            "`run-id` is given, but the commands `run` and `check` are about a new run: choose another `command`, or leave \
             `run-id` out",
        ));
    }
    RunInputs::read(given, project).map(Box::new)
}
