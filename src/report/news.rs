//! How the run stands, for those who do not read the log.

use tokio::sync::watch;

use super::attempt::Attempt;
use super::standing::Standing;
use super::wording;
use crate::build::{BuildEvent, Timeline};
use crate::secret::Secret;
use crate::untrusted::Masks;

/// Where it is told, without what is secret: no runner masks it.
#[derive(Debug)]
pub(super) struct News {
    told: watch::Sender<Option<Standing>>,
    masks: Masks,
}

impl News {
    pub(super) fn new(told: watch::Sender<Option<Standing>>, secrets: &[Secret]) -> Self {
        Self {
            told,
            masks: Masks::new(secrets.iter().flat_map(Secret::masks)),
        }
    }

    /// Tells how the run stands after an event, if that is new; `last` is the attempt before.
    pub(super) fn event(&self, event: &BuildEvent<'_>, last: Option<&Attempt>) {
        let Some(standing) = standing_after(event, last) else {
            return;
        };
        let standing = self.masked(standing);
        self.told.send_if_modified(|known| {
            let is_new = known.as_ref() != Some(&standing);
            *known = Some(standing);
            is_new
        });
    }

    /// The same without what is secret.
    pub(super) fn masked(&self, standing: Standing) -> Standing {
        standing.masked(&self.masks)
    }
}

/// How the run stands after an event, where that can have changed.
fn standing_after(event: &BuildEvent<'_>, last: Option<&Attempt>) -> Option<Standing> {
    match event {
        BuildEvent::Queued { build, .. } => Some(Standing::going(build, &Timeline::default())),
        BuildEvent::Progressed { build, timeline } => Some(Standing::going(build, timeline)),
        BuildEvent::Retrying {
            attempt,
            max_attempts,
            delay,
            why,
        } => {
            let again = wording::tried_again(*attempt, *max_attempts, *delay, why);
            let Attempt {
                build, timeline, ..
            } = last?;
            Some(Standing::tried_again(build, timeline, again))
        }
        _ => None,
    }
}
