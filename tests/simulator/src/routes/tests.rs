//! Test runs and results of builds (docs: "Runs - List", "Results - List", "Result Summary By Build - Query").

use serde_json::Value;

use super::Answer;
use crate::call::Call;
use crate::enumeration::OUTCOME;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::wire::test_run::{TestResult, TestRun, test_runs};
use crate::wire::test_summary::Summary;
use crate::world::{Build, World};

/// The service gives at most so many test runs at once.
const PAGE: usize = 1000;

fn all_runs(world: &World) -> impl Iterator<Item = TestRun<'_>> {
    let runs = |build| test_runs(build, world.now());
    world.builds().iter().flat_map(runs)
}

/// Pages by `$skip` and `$top`.
pub(super) fn list(world: &World, call: &Call) -> Answer {
    let uri = call.query.get("buildUri");
    let is_wanted = |run: &TestRun<'_>| {
        uri.is_none_or(|uri| {
            uri.eq_ignore_ascii_case(&format!("vstfs:///Build/Build/{}", run.build.id))
        })
    };
    let skip = call.query.number("$skip")?.unwrap_or(0);
    let top = call.query.number("$top")?.unwrap_or(PAGE).min(PAGE);
    let details = call.query.is_true("includeRunDetails");
    let is_automated = !call
        .query
        .get("automated")
        .is_some_and(|value| value.eq_ignore_ascii_case("false"));
    let found = all_runs(world).filter(|run| is_automated && is_wanted(run));
    let page = found.skip(skip).take(top);
    let items: Vec<Value> = page
        .map(|run| run.json(&world.scenario, &call.base, details))
        .collect();
    Ok(Reply::list(&call.version, &items))
}

fn run<'a>(world: &'a World, id: &str) -> Result<TestRun<'a>, Refusal> {
    let number: Option<u32> = id.parse().ok();
    let found = all_runs(world).find(|run| Some(run.id) == number);
    found.ok_or_else(|| Refusal::test_run_not_found(id))
}

pub(super) fn get(world: &World, call: &Call, id: &str) -> Answer {
    let run = run(world, id)?.json(&world.scenario, &call.base, true);
    Ok(Reply::json(&call.version, &run))
}

pub(super) fn results(world: &World, call: &Call, id: &str) -> Answer {
    let run = run(world, id)?;
    let (skip, top) = (call.query.number("$skip")?, call.query.number("$top")?);
    let found = run
        .results()
        .into_iter()
        .filter(|result| is_wanted(call, result));
    let page = found.skip(skip.unwrap_or(0)).take(top.unwrap_or(PAGE));
    let project = &world.scenario.project;
    let items: Vec<Value> = page
        .map(|result| result.json(&run, &call.base, project))
        .collect();
    Ok(Reply::list(&call.version, &items))
}

fn is_wanted(call: &Call, result: &TestResult) -> bool {
    let wanted = call.query.list("outcomes");
    wanted.is_none_or(|wanted| {
        wanted
            .iter()
            .any(|outcome| OUTCOME.word(outcome) == result.outcome)
    })
}

fn build<'a>(world: &'a World, call: &Call) -> Result<&'a Build, Refusal> {
    let id = call.query.number("buildId")?;
    let id = id.ok_or_else(|| Refusal::bad_query("The buildId parameter is missing."))?;
    world.build(u32::try_from(id).unwrap_or(u32::MAX))
}

pub(super) fn summary(world: &World, call: &Call) -> Answer {
    call.version.needs_preview()?;
    let build = build(world, call)?;
    let runs = test_runs(build, world.now());
    let summary = Summary::new(build, &runs, &world.scenario, &call.base);
    Ok(Reply::json(&call.version, &summary))
}

/// Pages by a continuation token; here it is the number of results before the page.
pub(super) fn results_by_build(world: &World, call: &Call) -> Answer {
    call.version.needs_preview()?;
    let runs = test_runs(build(world, call)?, world.now());
    let mut items: Vec<Value> = Vec::new();
    for run in &runs {
        let wanted = run
            .results()
            .into_iter()
            .filter(|result| is_wanted(call, result));
        items.extend(wanted.map(|result| result.shallow_json(run)));
    }
    let first = call
        .query
        .number("continuationToken")?
        .unwrap_or(0)
        .min(items.len());
    let top = call.query.number("$top")?.unwrap_or(10_000);
    let end = items.len().min(first.saturating_add(top));
    let reply = Reply::list(&call.version, &items[first..end]);
    Ok(if end < items.len() {
        reply.with_header("x-ms-continuationtoken", end.to_string())
    } else {
        reply
    })
}
