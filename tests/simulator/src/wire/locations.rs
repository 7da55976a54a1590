//! Where which resource is, and in which versions: what clients ask for before they call anything else
//! (docs: "REST API versioning"). Only what is simulated is listed.

use serde::Serialize;

use crate::version::Served;

/// One resource, as `OPTIONS _apis` lists it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Location {
    id: &'static str,
    area: &'static str,
    resource_name: &'static str,
    route_template: &'static str,
    resource_version: u32,
    min_version: &'static str,
    max_version: String,
    /// `0.0`: only previews.
    released_version: String,
}

/// Id, area, name, route, resource version, oldest version, and whether it was ever released.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    u32,
    &'static str,
    bool,
);

const ROWS: [Row; 8] = [
    (
        "0cd358e1-9217-4d94-8269-1c1ee6f93dcf",
        "Build",
        "Builds",
        "{project}/_apis/build/{resource}/{buildId}",
        7,
        "1.0",
        true,
    ),
    (
        "dbeaf647-6167-421a-bda9-c9327b25e2e6",
        "Build",
        "Definitions",
        "{project}/_apis/build/{resource}/{definitionId}",
        7,
        "1.0",
        true,
    ),
    (
        "35a80daf-7f30-45fc-86e8-6b813d9c90df",
        "build",
        "logs",
        "{project}/_apis/{area}/builds/{buildId}/{resource}/{logId}",
        2,
        "2.0",
        true,
    ),
    (
        "8baac422-4c6e-4de5-8532-db96d92acffa",
        "build",
        "Timeline",
        "{project}/_apis/{area}/builds/{buildId}/{resource}/{timelineId}",
        3,
        "2.0",
        true,
    ),
    (
        "6e6114b2-8161-44c8-8f6c-c5505782427f",
        "build",
        "tags",
        "{project}/_apis/{area}/builds/{buildId}/{resource}/{*tag}",
        3,
        "2.0",
        true,
    ),
    (
        "603fe2ac-9723-48b9-88ad-09305aa6c6e1",
        "core",
        "projects",
        "_apis/{resource}/{*projectId}",
        4,
        "1.0",
        true,
    ),
    (
        "00d9565f-ed9c-4a06-9a50-00e7896ccab4",
        "Location",
        "ConnectionData",
        "_apis/{resource}",
        1,
        "1.0",
        false,
    ),
    (
        "e81700f7-3be2-46de-8624-2eb35882fcaa",
        "Location",
        "ResourceAreas",
        "_apis/{resource}/{areaId}",
        1,
        "3.2",
        false,
    ),
];

/// All resources, or those of one area.
pub(crate) fn locations(served: Served, area: Option<&str>) -> Vec<Location> {
    let text = |(major, minor): (u32, u32)| format!("{major}.{minor}");
    let wanted = ROWS
        .iter()
        .filter(|row| area.is_none_or(|area| row.1.eq_ignore_ascii_case(area)));
    let location = |row: &Row| Location {
        id: row.0,
        area: row.1,
        resource_name: row.2,
        route_template: row.3,
        resource_version: row.4,
        min_version: row.5,
        max_version: text(served.latest),
        released_version: text(if row.6 { served.released } else { (0, 0) }),
    };
    wanted.map(location).collect()
}

/// An area of the API and the address that serves it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResourceArea {
    id: &'static str,
    name: &'static str,
    location_url: String,
}

/// One host serves everything, as the products for one's own machines do.
pub(crate) fn resource_areas(base: &str) -> Vec<ResourceArea> {
    let areas = [
        ("5d6898bb-45ec-463f-95f9-54d49c71752e", "build"),
        ("79134c72-4a58-4b42-976c-04e7115f32bf", "core"),
    ];
    let area = |(id, name)| ResourceArea {
        id,
        name,
        location_url: format!("{base}/"),
    };
    areas.into_iter().map(area).collect()
}
