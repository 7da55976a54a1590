//! `show`: one run in full.

use std::io::Write;

use super::step::Step;
use crate::azure::backoff;
use crate::inputs::ShowInputs;
use crate::outcome::Outcome;
use crate::report::{self, RunInFull};

/// Shows a run. That it failed is no failure of the step.
pub(super) async fn show<W: Write>(
    mut step: Step<'_, W>,
    show: &ShowInputs,
) -> anyhow::Result<Outcome> {
    let (client, id) = (&step.client, show.run);
    let ask = Box::pin(async {
        let described = backoff::resend(|| client.describe_run(id)).await?;
        let timeline = backoff::resend(|| client.get_timeline(id)).await?;
        let artifacts = backoff::resend(|| client.artifacts(id)).await?;
        Ok((described, timeline, artifacts))
    });
    let Some((described, timeline, artifacts)) = step.unless_interrupted(ask).await? else {
        return Ok(step.interrupted());
    };
    step.write_document(&report::run(&described.json), 1);
    let run = RunInFull {
        run: &described.run,
        timeline: &timeline,
        artifacts: &artifacts,
    };
    step.reports.lines(&run.lines(&show.zone));
    step.write_summary(&run.summary(&show.zone));
    Ok(Outcome::Succeeded)
}
