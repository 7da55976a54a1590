//! `retry`: starts the failed stages of a run again, and follows it.

use std::io::Write;
use std::rc::Rc;

use super::in_place::{self, InPlace};
use super::step::Step;
use crate::azure::backoff;
use crate::build::BuildId;
use crate::outcome::Outcome;
use crate::report::wording;

/// Retries the run and says how the new attempt ended. What is still going, or has nothing that
/// failed, is left as it is.
pub(super) async fn retry<W: Write>(mut step: Step<'_, W>, id: BuildId) -> anyhow::Result<Outcome> {
    let client = Rc::clone(&step.client);
    let look = Box::pin(async {
        let build = backoff::resend(|| client.get_build(id)).await?;
        Ok((build, backoff::resend(|| client.get_timeline(id)).await?))
    });
    let Some((build, timeline)) = step.unless_interrupted(look).await? else {
        return Ok(step.interrupted());
    };
    if !build.is_completed() {
        anyhow::bail!(wording::still_going(&build));
    }
    match in_place::retry_failed_stages(&mut step, &build, &timeline).await {
        InPlace::Started => {}
        InPlace::Refused(why) => anyhow::bail!(wording::not_retried_at_all(&build, &why)),
        InPlace::Failed(error) => return Err(error.into()),
    }
    step.publish_existing(&build).await;
    step.write_known(&build, 1);
    let mut follower = step.follower(&client, build);
    follower.skip(timeline);
    follower.retried();
    let outcome = step.follow(&mut follower).await;
    step.conclude(&outcome).await;
    outcome
}
