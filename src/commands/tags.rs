//! `tag-add`, `tag-list`, `tag-delete`: each answers with all tags that the run has then.

use std::io::Write;
use std::rc::Rc;

use super::step::Step;
use crate::Work;
use crate::azure::{Client, Error, backoff};
use crate::build::BuildId;
use crate::inputs::TagInputs;
use crate::outcome::Outcome;
use crate::report;

/// Adds tags; those that are there stay as they are.
pub(super) async fn add<W: Write>(step: Step<'_, W>, add: &TagInputs) -> anyhow::Result<Outcome> {
    let client = Rc::clone(&step.client);
    let tags = backoff::resend(|| client.add_tags(add.run, &add.tags));
    answer(step, add.run, Box::pin(tags)).await
}

/// Lists tags.
pub(super) async fn list<W: Write>(step: Step<'_, W>, run: BuildId) -> anyhow::Result<Outcome> {
    let client = Rc::clone(&step.client);
    let tags = backoff::resend(|| client.tags(run));
    answer(step, run, Box::pin(tags)).await
}

/// Deletes tags; those that are not there are no error.
pub(super) async fn delete<W: Write>(
    step: Step<'_, W>,
    delete: &TagInputs,
) -> anyhow::Result<Outcome> {
    let client = Rc::clone(&step.client);
    let tags = without(&client, delete.run, &delete.tags);
    answer(step, delete.run, Box::pin(tags)).await
}

/// Asks for the tags first: only those that are there are deleted, in the spelling of the service.
async fn without(client: &Client, id: BuildId, tags: &[String]) -> Result<Vec<String>, Error> {
    let mut left = backoff::resend(|| client.tags(id)).await?;
    let is_wanted = |tag: &&String| tags.iter().any(|wanted| is_same(wanted, tag));
    let gone: Vec<String> = left.iter().filter(is_wanted).cloned().collect();
    for tag in gone {
        left = backoff::resend(|| client.delete_tag(id, &tag)).await?;
    }
    Ok(left)
}

/// The service does not distinguish case in tags.
fn is_same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

/// Tells the tags that `run` has.
async fn answer<W: Write>(
    mut step: Step<'_, W>,
    run: BuildId,
    tags: Work<'_, Result<Vec<String>, Error>>,
) -> anyhow::Result<Outcome> {
    let Some(tags) = step
        .unless_interrupted(Box::pin(async { Ok(tags.await?) }))
        .await?
    else {
        return Ok(step.interrupted());
    };
    step.write_document(&report::tags(&tags), tags.len());
    step.reports.lines(&report::tag_table(&tags));
    let page = step.client.address().run_page(run);
    step.write_summary(&report::tags_summary(&tags, run, &page));
    Ok(Outcome::Succeeded)
}
