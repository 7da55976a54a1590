//! Requests that fail while a run is followed.

use std::time::Duration;

use crate::azure::{Error, backoff};
use crate::build::{BuildEvent, Report};

/// Answers in a row that are taken for a slip of the service although they say that nothing can be
/// had: 401 was seen in the middle of a session whose other requests succeeded, and an answer may be
/// garbled on its way.
const SLIPS: u32 = 2;

/// A row of failures without a success in between.
pub(super) struct Trouble {
    backoff: backon::ExponentialBackoff,
    is_said: bool,
    slips: u32,
}

impl Default for Trouble {
    fn default() -> Self {
        Self {
            backoff: backoff::patient(),
            is_said: false,
            slips: 0,
        }
    }
}

impl Trouble {
    /// How long to wait after `error`, or the error where waiting does not help.
    pub(super) fn pause(
        &mut self,
        error: Error,
        report: &mut dyn Report,
    ) -> Result<Duration, Error> {
        let is_slip = matches!(
            error,
            Error::Unauthorized { .. } | Error::Decode { .. } | Error::Intercepted { .. }
        ) && self.slips < SLIPS;
        self.slips += u32::from(is_slip);
        let pause = (error.is_transient() || is_slip)
            .then(|| self.backoff.next())
            .flatten();
        let Some(pause) = pause else {
            return Err(error);
        };
        let pause = backoff::pause(pause, error.retry_after());
        if !is_slip && !self.is_said {
            self.is_said = true;
            report.event(&BuildEvent::ServiceTrouble {
                error: &error.to_string(),
                pause,
            });
        }
        Ok(pause)
    }
}
