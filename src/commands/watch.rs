//! `watch`: follows a run that exists.

use std::io::Write;
use std::rc::Rc;

use super::step::Step;
use crate::build::BuildId;
use crate::outcome::Outcome;
use crate::report::wording;

/// Follows the run and says how it ended. One that is over is shown whole.
pub(super) async fn watch<W: Write>(mut step: Step<'_, W>, id: BuildId) -> anyhow::Result<Outcome> {
    let Some(build) = step.get_build(id).await? else {
        return Ok(step.interrupted());
    };
    step.reports.line(&wording::watching(&build));
    step.publish_existing(&build).await;
    // This step has started no run.
    step.write_known(&build, 0);
    let client = Rc::clone(&step.client);
    let mut follower = step.follower(&client, build);
    let outcome = step.follow(&mut follower).await;
    step.conclude(&outcome).await;
    outcome
}
