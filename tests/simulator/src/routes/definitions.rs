//! Pipelines under their REST name (docs: "Definitions - List", "- Get").

use super::Answer;
use crate::call::Call;
use crate::enumeration::DEFINITION_ORDER;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::script::PipelineScript;
use crate::wire::definition::{Definition, DefinitionItem};
use crate::world::World;

/// Nothing found is an empty list, not an error.
pub(super) fn list(world: &World, call: &Call) -> Answer {
    let mut found: Vec<&PipelineScript> = world
        .scenario
        .pipelines
        .iter()
        .filter(|pipeline| is_wanted(pipeline, call))
        .collect();
    match call
        .query
        .get("queryOrder")
        .map(|order| DEFINITION_ORDER.word(order).to_ascii_lowercase())
        .as_deref()
    {
        Some("definitionnamedescending") => {
            found.sort_by_key(|pipeline| std::cmp::Reverse(pipeline.name.to_lowercase()));
        }
        Some("definitionnameascending") => {
            found.sort_by_key(|pipeline| pipeline.name.to_lowercase());
        }
        _ => found.sort_by_key(|pipeline| pipeline.id),
    }
    let first = call.query.number("continuationToken")?.unwrap_or(0);
    found.drain(..first.min(found.len()));
    let top = call.query.number("$top")?.unwrap_or(usize::MAX);
    let next = (top < found.len()).then(|| (first + top).to_string());
    found.truncate(top);
    let item =
        |pipeline: &PipelineScript| DefinitionItem::new(&call.base, &world.scenario, pipeline);
    let items: Vec<DefinitionItem> = found.into_iter().map(item).collect();
    let reply = Reply::list(&call.version, &items);
    Ok(match next {
        Some(token) => reply.with_header("x-ms-continuationtoken", token),
        None => reply,
    })
}

fn is_wanted(pipeline: &PipelineScript, call: &Call) -> bool {
    let query = &call.query;
    query
        .get("name")
        .is_none_or(|pattern| matches(&pattern.to_lowercase(), &pipeline.name.to_lowercase()))
        && query
            .get("path")
            .is_none_or(|path| path.eq_ignore_ascii_case(&pipeline.folder))
        && query
            .list("definitionIds")
            .is_none_or(|ids| ids.contains(&pipeline.id.to_string()))
        && query
            .get("repositoryId")
            .is_none_or(|id| id.eq_ignore_ascii_case(&pipeline.repository.id))
}

/// `*` stands for anything.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(tail) = name.strip_prefix(start) else {
        return false;
    };
    let mut ends = tail.char_indices().map(|(at, _)| at).chain([tail.len()]);
    ends.any(|at| matches(rest, &tail[at..]))
}

pub(super) fn get(world: &World, call: &Call, id: &str) -> Answer {
    let number = id.parse().map_err(|_| Refusal::definition_not_found(id))?;
    let pipeline = world.pipeline(number)?;
    Ok(Reply::json(
        &call.version,
        &Definition::new(&call.base, &world.scenario, pipeline),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        assert!(matches("app*", "app ci"));
        assert!(matches("*ci", "app ci"));
        assert!(matches("a*c*", "app ci"));
        assert!(!matches("app", "app ci"));
    }
}
