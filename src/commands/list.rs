//! `list`: the runs that match, as a table and as JSON.

use std::io::Write;

use chrono::{DateTime, Utc};

use super::pipeline;
use super::step::Step;
use crate::azure::{Client, DescribedRun, Error, Person, RunFilters, backoff};
use crate::inputs::{ListInputs, When};
use crate::outcome::Outcome;
use crate::report::{self, wording};

/// Lists runs. That one of them failed is no failure of the step.
pub(super) async fn list<W: Write>(
    mut step: Step<'_, W>,
    list: &ListInputs,
) -> anyhow::Result<Outcome> {
    let find = Box::pin(find(&step.client, list));
    let Some(found) = step.unless_interrupted(find).await? else {
        return Ok(step.interrupted());
    };
    let (runs, json): (Vec<_>, Vec<_>) = found
        .into_iter()
        .map(|DescribedRun { run, json }| (run, json))
        .unzip();
    step.write_document(&report::runs(&json), json.len());
    step.reports.lines(&report::run_table(&runs, &list.zone));
    let project = step.inputs.project.project();
    step.write_summary(&report::runs_summary(&runs, &list.zone, project));
    Ok(Outcome::Succeeded)
}

async fn find(client: &Client, list: &ListInputs) -> anyhow::Result<Vec<DescribedRun>> {
    let mut filters = list.filters.clone();
    for name in &list.pipelines {
        filters.pipelines.extend(pipeline::ids(client, name).await?);
    }
    for name in &list.requested_for {
        filters.people.push(person(client, name).await?);
    }
    (filters.since, filters.until) = (list.since.map(moment), list.until.map(moment));
    Ok(client.list_runs(&dedup(filters), list.top).await?)
}

/// A pipeline or person that was named in two ways is asked for once.
fn dedup(mut filters: RunFilters) -> RunFilters {
    filters.pipelines.sort_unstable();
    filters.pipelines.dedup();
    filters.people.sort_unstable();
    filters.people.dedup();
    filters
}

/// The id of the one person that is meant.
async fn person(client: &Client, name: &str) -> anyhow::Result<String> {
    let found = backoff::resend(|| client.find_person(name)).await;
    let found = found.map_err(|error| {
        let is_refused = matches!(error, Error::Unauthorized { .. } | Error::Forbidden { .. })
            && !name.eq_ignore_ascii_case("me");
        let error = anyhow::Error::new(error);
        if is_refused {
            error.context(wording::identities_refused(name))
        } else {
            error
        }
    })?;
    match found {
        Person::Found(id) => Ok(id),
        Person::Unknown => anyhow::bail!(wording::unknown_person(name)),
        Person::Several(names) => anyhow::bail!(wording::ambiguous_person(name, &names)),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "what is so long ago depends on the present"
)]
fn moment(when: When) -> DateTime<Utc> {
    match when {
        When::At(time) => time,
        When::Ago(ago) => Utc::now() - ago,
    }
}
