//! Asking the service to cancel a run.

use std::time::Duration;

use super::clock::{Clock, Moment};
use crate::azure::{Client, Error};
use crate::build::BuildId;
use crate::shutdown::Shutdown;

/// How long a cancel request that is on its way may go on after a second signal.
const AFTER_SECOND_SIGNAL: Duration = Duration::from_secs(1);

/// The pause after a cancel request that failed; it doubles up to the longest.
const BETWEEN_CANCELS: Duration = Duration::from_millis(300);
const LONGEST_BETWEEN_CANCELS: Duration = Duration::from_secs(5);

/// Asks the service to cancel the run, again and again until it has heard or `end` has come. Says why
/// it has not heard. After a further signal the request that is on its way has only a moment more.
pub(super) async fn cancel(
    client: &Client,
    run: BuildId,
    clock: Clock,
    end: Moment,
    shutdown: &mut Shutdown,
) -> Result<(), String> {
    let signal = shutdown.count().saturating_add(1);
    let hurry = async {
        shutdown.requested(signal).await;
        clock.sleep(AFTER_SECOND_SIGNAL).await;
    };
    let mut failure = None;
    let is_heard = tokio::select! {
        biased;
        is_heard = ask(client, run, clock, &mut failure) => is_heard,
        () = clock.sleep_until(end) => false,
        () = hurry => false,
    };
    if is_heard {
        return Ok(());
    }
    Err(failure.unwrap_or_else(|| "no answer came in time".to_owned()))
}

/// Sends the cancel request until the service has heard it; the last failure is left in `failure`.
/// Asking twice does no harm. Gives up where asking again does not help.
async fn ask(client: &Client, run: BuildId, clock: Clock, failure: &mut Option<String>) -> bool {
    let mut pause = BETWEEN_CANCELS;
    while let Err(error) = client.cancel(run).await {
        *failure = Some(error.to_string());
        if !error.is_transient() && !matches!(error, Error::Unauthorized { .. }) {
            return false;
        }
        clock.sleep(pause).await;
        pause = (2 * pause).min(LONGEST_BETWEEN_CANCELS);
    }
    true
}
