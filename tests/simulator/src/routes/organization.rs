//! What lies above a project: projects, connection data, and what clients ask for first, locations and areas.

use serde_json::json;

use super::{Answer, check_project};
use crate::call::Call;
use crate::reply::Reply;
use crate::script::Product;
use crate::wire::area::resource_areas;
use crate::wire::connection_data::ConnectionData;
use crate::wire::location;
use crate::wire::project::{Project, capabilities};
use crate::world::World;

/// There is one.
pub(super) fn projects(world: &World, call: &Call) -> Reply {
    let project = Project::new(&call.base, &world.scenario);
    Reply::list(&call.version, &[project])
}

/// By its name or id.
pub(super) fn project(world: &World, call: &Call) -> Answer {
    check_project(world, call.last_segment())?;
    let mut project = Project::alone(&call.base, &world.scenario);
    if call.query.is_true("includeCapabilities") {
        project["capabilities"] = capabilities();
    }
    Ok(Reply::json(&call.version, &project))
}

pub(super) fn locations(world: &World, call: &Call, area: Option<&str>) -> Reply {
    let locations = location::locations(world.scenario.product, area);
    Reply::list(&call.version, &locations)
}

/// A server of one's own has one address for everything and lists no areas, with a null for the list (the
/// official Node client knows: "on prem we get {count: 0, value: null}").
pub(super) fn areas(world: &World, call: &Call) -> Reply {
    if world.scenario.product == Product::Services {
        Reply::list(&call.version, &resource_areas(&call.base))
    } else {
        Reply::json(&call.version, &json!({"count": 0, "value": null}))
    }
}

pub(super) fn area(world: &World, call: &Call, id: &str) -> Option<Reply> {
    let mut areas = resource_areas(&call.base).into_iter();
    let found = areas.find(|area| area.id == id);
    let found = found.filter(|_| world.scenario.product == Product::Services)?;
    Some(Reply::json(&call.version, &found))
}

pub(super) fn connection_data(world: &World, call: &Call) -> Answer {
    // The official Node client names no version when it connects.
    if call.is_version_named {
        call.version.needs_preview()?;
    }
    let data = ConnectionData::new(&world.scenario);
    Ok(Reply::json(&call.version, &data))
}
