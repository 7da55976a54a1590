//! Looking for the run that a queue request started whose answer was lost.

use std::time::Duration;

use super::expected::{Expected, Likeness};
use crate::azure::{Client, Error, FoundRun, backoff};
use crate::build::Build;
use crate::mark::Claim;
use crate::report::wording;

/// The pauses before each look: the request may still be on its way, and other steps need a moment
/// to mark the runs that are theirs.
const LOOKS: [Duration; 4] = [
    Duration::ZERO,
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(3),
];

/// Who looks, and for what.
pub(super) struct Search<'a> {
    pub(super) client: &'a Client,
    pub(super) expected: &'a Expected,
}

/// What was found.
pub(super) enum Found {
    /// The run.
    Run(Box<Build>),
    /// No run that could be it.
    Nothing,
    /// It cannot be decided; why, as a clause.
    Unclear(String),
}

impl Search<'_> {
    /// Looks several times and decides in the end; at once when the run carries the claim. `wait` is
    /// what lets time pass.
    pub(super) async fn run(&self, mut wait: impl AsyncFnMut(Duration)) -> Found {
        let mut seen: Result<Vec<(Likeness, FoundRun)>, Error> = Ok(Vec::new());
        for pause in LOOKS {
            let asked = seen.as_ref().err().and_then(Error::retry_after);
            wait(backoff::pause(pause, asked)).await;
            seen = self.look().await;
            let runs = seen.iter().flatten();
            if let Some((_, run)) = runs.into_iter().find(|(like, _)| *like == Likeness::Own) {
                return Found::Run(Box::new(run.build.clone()));
            }
        }
        match self.decide(seen).await {
            Ok(found) => found,
            Err(error) => Found::Unclear(wording::not_searched(&error.to_string())),
        }
    }

    /// What the last look means.
    async fn decide(&self, seen: Result<Vec<(Likeness, FoundRun)>, Error>) -> Result<Found, Error> {
        let mut seen = seen?;
        if seen.is_empty() {
            return Ok(Found::Nothing);
        }
        let user = backoff::resend(|| self.client.user_id()).await?;
        seen.retain(|(_, run)| {
            let who = run.requested_for.as_deref();
            who.is_none_or(|who| who.eq_ignore_ascii_case(&user))
        });
        match (seen.pop(), seen.is_empty()) {
            (None, _) => Ok(Found::Nothing),
            (Some((Likeness::Alike, run)), true) => self.adopt(run.build).await,
            _ => Ok(Found::Unclear(wording::SEVERAL_ALIKE.to_owned())),
        }
    }

    /// The runs that may be the one that is looked for.
    async fn look(&self) -> Result<Vec<(Likeness, FoundRun)>, Error> {
        let runs = self.client.find_runs(&self.expected.query()).await?;
        let judged = runs
            .into_iter()
            .map(|run| (self.expected.likeness(&run), run));
        Ok(judged
            .filter(|(likeness, _)| *likeness != Likeness::Other)
            .collect())
    }

    /// Claims the run, unless another step does at the same time.
    async fn adopt(&self, build: Build) -> Result<Found, Error> {
        Ok(
            if claim(self.client, &build, self.expected.claim()).await? {
                Found::Run(Box::new(build))
            } else {
                Found::Unclear(wording::CLAIMED_BY_ANOTHER.to_owned())
            },
        )
    }
}

/// Puts the claim on a run that somebody else may claim, too; says whether it is this step's alone.
pub(super) async fn claim(client: &Client, build: &Build, claim: &Claim) -> Result<bool, Error> {
    let tags = backoff::resend(|| client.add_tags(build.id, claim.tags())).await?;
    if claim.is_contested(&tags) {
        return Ok(false);
    }
    // The service may have answered before it knew of a claim of the same moment.
    let tags = backoff::resend(|| client.tags(build.id)).await?;
    Ok(claim.is_in(&tags) && !claim.is_contested(&tags))
}
