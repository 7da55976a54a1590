//! `tag-add`, `tag-list`, `tag-delete`: each answers with all tags that the run has then.

use std::io::Write;

use super::step::Step;
use crate::azure::{Client, Error, backoff};
use crate::build::BuildId;
use crate::inputs::TagInputs;
use crate::outcome::Outcome;
use crate::report;

/// Adds tags; those that are there stay as they are.
pub(super) async fn add<W: Write>(step: Step<'_, W>, add: &TagInputs) -> anyhow::Result<Outcome> {
    let id = BuildId(add.run);
    let client = &step.client;
    let tags = step
        .unless_interrupted(async { Ok(backoff::resend(|| client.add_tags(id, &add.tags)).await?) })
        .await?;
    Ok(answer(step, id, tags))
}

/// Lists tags.
pub(super) async fn list<W: Write>(step: Step<'_, W>, run: u64) -> anyhow::Result<Outcome> {
    let id = BuildId(run);
    let client = &step.client;
    let tags = step
        .unless_interrupted(async { Ok(backoff::resend(|| client.tags(id)).await?) })
        .await?;
    Ok(answer(step, id, tags))
}

/// Deletes tags; those that are not there are no error.
pub(super) async fn delete<W: Write>(
    step: Step<'_, W>,
    delete: &TagInputs,
) -> anyhow::Result<Outcome> {
    let id = BuildId(delete.run);
    let tags = step
        .unless_interrupted(async { Ok(without(&step.client, id, &delete.tags).await?) })
        .await?;
    Ok(answer(step, id, tags))
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

fn answer<W: Write>(mut step: Step<'_, W>, id: BuildId, tags: Option<Vec<String>>) -> Outcome {
    let Some(tags) = tags else {
        return step.interrupted();
    };
    step.write_document(&report::tags(&tags), tags.len());
    step.reports.lines(&report::tag_table(&tags));
    let page = step.client.address().run_page(id);
    step.write_summary(&report::tags_summary(&tags, id, &page));
    Outcome::Succeeded
}
