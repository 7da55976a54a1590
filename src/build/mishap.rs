//! What ended a job that its tasks did not end, by the service's own words.

use super::Record;

/// What the service, or the agent, says of a job that its tasks cannot be blamed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mishap {
    /// Its agent was lost.
    AgentLost,
    /// It ran longer than it may.
    TimedOut {
        /// How long it may run, where the service says it.
        minutes: Option<u64>,
    },
    /// The organization has no parallel job to run it.
    NoParallelism,
    /// No agent of its pool may take it.
    NoAgent,
    /// The service itself failed.
    Service,
}

/// Words of the service in lower case, and what they mean. Where several are said of a job, the
/// first counts. Sources: "Timeouts and disconnects", "Specify demands", "Configure and pay for
/// parallel jobs", agent: `JobDispatcher`, `JobRunner`, and recorded timelines.
const WORDS: [(&str, Mishap); 14] = [
    ("we stopped hearing from agent", Mishap::AgentLost),
    ("did not renew the lock", Mishap::AgentLost),
    ("received request to deprovision", Mishap::AgentLost),
    (
        "an error occurred while provisioning resources",
        Mishap::AgentLost,
    ),
    (
        "the agent has received a shutdown signal",
        Mishap::AgentLost,
    ),
    ("lost communication with the server", Mishap::AgentLost),
    ("worker exited with code 137", Mishap::AgentLost),
    (
        "ran longer than the maximum time",
        Mishap::TimedOut { minutes: None },
    ),
    ("no hosted parallelism", Mishap::NoParallelism),
    ("no agent found in pool", Mishap::NoAgent),
    ("the agent request is not running because", Mishap::NoAgent),
    ("tf400898", Mishap::Service),
    ("an internal error", Mishap::Service),
    ("internal server error", Mishap::Service),
];

impl Mishap {
    /// What the issues of these records tell, if anything. They may be warnings: that is all a
    /// hosted agent that was withdrawn leaves behind. To be asked of jobs and what is above them
    /// only, since a task's issues can say anything.
    pub(super) fn told_by<'a>(records: impl IntoIterator<Item = &'a Record>) -> Option<Self> {
        let messages: Vec<String> = records
            .into_iter()
            .flat_map(|record| &record.issues)
            .map(|issue| issue.message.to_lowercase())
            .collect();
        WORDS.iter().find_map(|(words, mishap)| {
            let message = messages.iter().find(|message| message.contains(words))?;
            Some(match mishap {
                Self::TimedOut { .. } => Self::TimedOut {
                    minutes: minutes(message),
                },
                other => *other,
            })
        })
    }

    /// Whether another run may fare better although nothing was changed.
    #[must_use]
    pub fn is_infrastructure(self) -> bool {
        matches!(self, Self::AgentLost | Self::Service)
    }
}

/// The number in front of `minutes`.
fn minutes(message: &str) -> Option<u64> {
    let (before, _) = message.split_once(" minutes")?;
    before.rsplit(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::fixture::record;
    use crate::build::{IssueKind, RecordKind};

    const SENTENCES: [(&str, Mishap); 12] = [
        (
            "We stopped hearing from agent Azure Pipelines 2. Verify the agent machine is running and has a \
             healthy network connection.",
            Mishap::AgentLost,
        ),
        (
            "The job has been abandoned because agent a1 did not renew the lock. Ensure agent is running, not \
             sleeping, and has not lost communication with the service.",
            Mishap::AgentLost,
        ),
        (
            "Received request to deprovision: The request was cancelled by the remote provider.",
            Mishap::AgentLost,
        ),
        (
            "An error occurred while provisioning resources (Error Type: Disconnect).",
            Mishap::AgentLost,
        ),
        (
            "The agent has received a shutdown signal. This can happen when the agent service is stopped, or a \
             manually started agent is canceled.",
            Mishap::AgentLost,
        ),
        (
            "The agent worker exited with code 137, which means it ran out of memory.",
            Mishap::AgentLost,
        ),
        (
            "The job running on agent a 1 ran longer than the maximum time of 60 minutes. For more information, \
             see https://go.microsoft.com/fwlink/?linkid=2077134",
            Mishap::TimedOut { minutes: Some(60) },
        ),
        (
            "The job ran longer than the maximum time.",
            Mishap::TimedOut { minutes: None },
        ),
        (
            "##[error]No hosted parallelism has been purchased or granted. To request a free parallelism grant, \
             please fill out the following form https://aka.ms/azpipelines-parallelism-request",
            Mishap::NoParallelism,
        ),
        (
            "No agent found in pool Default which satisfies the specified demands: docker, Agent.Version \
             -gtVersion 2.163.1",
            Mishap::NoAgent,
        ),
        (
            "The agent request is not running because all potential agents are running other requests. Current \
             position in queue: 1",
            Mishap::NoAgent,
        ),
        (
            "TF400898: An Internal Error Occurred. Activity Id: 7c3c27a4-…",
            Mishap::Service,
        ),
    ];

    fn told_by(messages: &[&str]) -> Option<Mishap> {
        let job = record(RecordKind::Job, "Linux", "");
        let job = messages.iter().fold(job, |job, message| {
            job.with_issue(IssueKind::Warning, message)
        });
        Mishap::told_by([&job])
    }

    #[test]
    fn the_services_sentences_are_known() {
        for (message, mishap) in SENTENCES {
            assert_eq!(told_by(&[message]), Some(mishap), "{message}");
        }
        assert_eq!(told_by(&["The operation was canceled."]), None);
        assert_eq!(told_by(&[]), None);
    }

    #[test]
    fn a_lost_agent_explains_what_else_is_said() {
        let said = ["TF400898: …", "Received request to deprovision: …"];
        assert_eq!(told_by(&said), Some(Mishap::AgentLost));
    }
}
