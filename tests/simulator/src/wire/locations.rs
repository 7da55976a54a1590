//! Where which resource is, and in which versions: what clients ask for before they call anything else
//! (docs: "REST API versioning"). Only what is simulated is listed.

use serde::Serialize;

use crate::script::Product;
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
    min_version: String,
    max_version: String,
    /// `0.0`: only previews.
    released_version: String,
}

/// When a resource left its preview.
#[derive(Clone, Copy, Debug)]
enum Released {
    Always,
    In(u32, u32),
    Never,
}

/// One resource as the service knows it.
struct Row {
    id: &'static str,
    area: &'static str,
    name: &'static str,
    route: &'static str,
    /// The resource's own version in api 5.0, 6.0 and from 7.0 on.
    versions: [u32; 3],
    since: (u32, u32),
    released: Released,
}

const fn row(
    id: &'static str,
    (area, name): (&'static str, &'static str),
    route: &'static str,
    versions: [u32; 3],
    since: (u32, u32),
    released: Released,
) -> Row {
    Row {
        id,
        area,
        name,
        route,
        versions,
        since,
        released,
    }
}

/// Ids, templates and versions are the recorded ones; those of the area `testresults`, which the cloud serves
/// from another host, come from the source of the vendor's clients.
const ROWS: [Row; 24] = [
    row(
        "0cd358e1-9217-4d94-8269-1c1ee6f93dcf",
        ("Build", "Builds"),
        "{project}/_apis/build/{resource}/{buildId}",
        [5, 6, 7],
        (1, 0),
        Released::Always,
    ),
    row(
        "dbeaf647-6167-421a-bda9-c9327b25e2e6",
        ("Build", "Definitions"),
        "{project}/_apis/build/{resource}/{definitionId}",
        [7, 7, 7],
        (1, 0),
        Released::Always,
    ),
    row(
        "35a80daf-7f30-45fc-86e8-6b813d9c90df",
        ("build", "logs"),
        "{project}/_apis/{area}/builds/{buildId}/{resource}/{logId}",
        [2, 2, 2],
        (2, 0),
        Released::Always,
    ),
    row(
        "8baac422-4c6e-4de5-8532-db96d92acffa",
        ("build", "Timeline"),
        "{project}/_apis/{area}/builds/{buildId}/{resource}/{timelineId}",
        [2, 2, 3],
        (2, 0),
        Released::Always,
    ),
    row(
        "6e6114b2-8161-44c8-8f6c-c5505782427f",
        ("build", "tags"),
        "{project}/_apis/{area}/builds/{buildId}/{resource}/{*tag}",
        [2, 3, 3],
        (2, 0),
        Released::Always,
    ),
    row(
        "d84ac5c6-edc7-43d5-adc9-1b34be5dea09",
        ("build", "tags"),
        "{project}/_apis/{area}/{resource}/{*tag}",
        [2, 3, 3],
        (2, 0),
        Released::Always,
    ),
    row(
        "1db06c96-014e-44e1-ac91-90b2d4b3e984",
        ("build", "artifacts"),
        "{project}/_apis/{area}/builds/{buildId}/{resource}/{artifactName}",
        [5, 5, 5],
        (2, 0),
        Released::Always,
    ),
    row(
        "54481611-01f4-47f3-998f-160da0f0c229",
        ("build", "latest"),
        "{project}/_apis/{area}/{resource}/{*definition}",
        [1, 1, 1],
        (5, 0),
        Released::Never,
    ),
    row(
        "b8aac6c9-744b-46e1-88fc-3550969f9313",
        ("build", "stages"),
        "{project}/_apis/{area}/builds/{buildId}/{resource}/{stageRefName}",
        [1, 5, 5],
        (5, 2),
        Released::In(7, 0),
    ),
    row(
        "c4aefd19-30ff-405b-80ad-aca021e7242a",
        ("build", "generalSettings"),
        "{project}/_apis/{area}/{resource}",
        [1, 1, 1],
        (6, 0),
        Released::In(7, 0),
    ),
    row(
        "7859261e-d2e9-4a68-b820-a5d84cc5bb3d",
        ("Pipelines", "runs"),
        "{project}/_apis/{area}/{pipelineId}/{resource}/{runId}",
        [1, 1, 2],
        (5, 1),
        Released::In(7, 0),
    ),
    row(
        "53df2d18-29ea-46a9-bee0-933540f80abf",
        ("pipelines", "preview"),
        "{project}/_apis/{area}/{pipelineId}/{resource}",
        [1, 1, 2],
        // The service has it since 5.1; no document of Server 2020 does.
        (6, 1),
        Released::In(7, 0),
    ),
    row(
        "900fa995-c559-4923-aae7-f8424fe4fbea",
        ("distributedtask", "queues"),
        "{project}/_apis/{area}/{resource}/{queueId}",
        [1, 1, 1],
        (2, 0),
        Released::In(7, 1),
    ),
    row(
        "603fe2ac-9723-48b9-88ad-09305aa6c6e1",
        ("core", "projects"),
        "_apis/{resource}/{*projectId}",
        [3, 4, 4],
        (1, 0),
        Released::Always,
    ),
    row(
        "00d9565f-ed9c-4a06-9a50-00e7896ccab4",
        ("Location", "ConnectionData"),
        "_apis/{resource}",
        [1, 1, 1],
        (1, 0),
        Released::Never,
    ),
    row(
        "e81700f7-3be2-46de-8624-2eb35882fcaa",
        ("Location", "ResourceAreas"),
        "_apis/{resource}/{areaId}",
        [1, 1, 1],
        (3, 2),
        Released::Never,
    ),
    row(
        "858983e4-19bd-4c5e-864c-507b59b58b12",
        ("distributedtask", "feed"),
        "{scopeIdentifier}/_apis/{area}/hubs/{hubName}/plans/{planId}/timelines/{timelineId}/records/{recordId}/{resource}",
        [1, 1, 1],
        (2, 0),
        Released::Always,
    ),
    row(
        "37794717-f36f-4d78-b2bf-4dc30d0cfbcd",
        ("approval", "approvals"),
        "{project}/_apis/pipelines/{resource}/{approvalId}",
        [1, 1, 2],
        (5, 1),
        Released::In(7, 1),
    ),
    row(
        "cadb3810-d47d-4a3c-a234-fe5f3be50138",
        ("Test", "Runs"),
        "{project}/_apis/test/{resource}/{runId}",
        [2, 3, 3],
        (1, 0),
        Released::Always,
    ),
    row(
        "4637d869-3a76-4468-8057-0bb02aa385cf",
        ("Test", "Results"),
        "{project}/_apis/test/Runs/{runId}/{resource}/{testCaseResultId}",
        [5, 6, 6],
        (1, 0),
        Released::Always,
    ),
    row(
        "000ef77b-fea2-498d-a10d-ad1a037f559f",
        ("Test", "ResultSummaryByBuild"),
        "{project}/_apis/test/{resource}",
        [3, 3, 3],
        (3, 0),
        Released::Never,
    ),
    row(
        "3c191b88-615b-4be2-b7d9-5ff9141e91d4",
        ("Test", "ResultsByBuild"),
        "{project}/_apis/test/{resource}",
        [1, 1, 1],
        (4, 1),
        Released::Never,
    ),
    row(
        "e009fa95-95a5-4ad4-9681-590043ce2423",
        ("testresults", "resultsummarybybuild"),
        "{project}/_apis/{area}/{resource}",
        [1, 1, 1],
        (3, 0),
        Released::Never,
    ),
    row(
        "f48cc885-dbc4-4efc-ab19-ae8c19d1e02a",
        ("testresults", "resultsbybuild"),
        "{project}/_apis/{area}/{resource}",
        [1, 1, 1],
        (4, 1),
        Released::Never,
    ),
];

/// All resources, or those of one area.
pub(crate) fn locations(product: Product, area: Option<&str>) -> Vec<Location> {
    let served = Served::by(product);
    let is_wanted = |row: &&Row| area.is_none_or(|area| row.area.eq_ignore_ascii_case(area));
    let is_there = |row: &&Row| row.since <= served.latest;
    ROWS.iter()
        .filter(is_wanted)
        .filter(is_there)
        .map(|row| row.location(served))
        .collect()
}

impl Row {
    fn location(&self, served: Served) -> Location {
        let text = |(major, minor): (u32, u32)| format!("{major}.{minor}");
        let generation = match served.latest.0 {
            5 => 0,
            6 => 1,
            _ => 2,
        };
        let is_released = match self.released {
            Released::Always => true,
            Released::In(major, minor) => served.released >= (major, minor),
            Released::Never => false,
        };
        Location {
            id: self.id,
            area: self.area,
            resource_name: self.name,
            route_template: self.route,
            resource_version: self.versions[generation],
            min_version: text(self.since),
            max_version: text(served.latest),
            released_version: text(if is_released { served.released } else { (0, 0) }),
        }
    }
}

/// An area of the API and the address that serves it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResourceArea {
    pub(crate) id: &'static str,
    name: &'static str,
    location_url: String,
}

const AREAS: [(&str, &str); 11] = [
    ("79134c72-4a58-4b42-976c-04e7115f32bf", "core"),
    ("5d6898bb-45ec-463f-95f9-54d49c71752e", "build"),
    ("965220d5-5bb9-42cf-8d67-9b146df2a5a4", "Build"),
    ("2e0bf237-8973-4ec9-a581-9c3d679d1776", "pipelines"),
    ("a85b8835-c1a1-4aac-ae97-1c3d0ba72dbd", "distributedtask"),
    ("5b55a9b6-2e0f-40d7-829d-3741d2b8c4e4", "approval"),
    ("3b95fb80-fdda-4218-b60e-1052d070ae6b", "Test"),
    ("c2aa639c-3ccc-4740-b3b6-ce2a1e1d984e", "Test"),
    ("b4a54c31-29a1-41e6-b301-d35b1ed663a0", "Test"),
    ("c83eaf52-edf3-4034-ae11-17d38f25404c", "testresults"),
    ("c08c062a-b973-4754-b339-8de3b6fe53ec", "tcm"),
];

/// The simulator serves everything itself, also what the cloud has on other hosts: each address leads back to
/// the one that the caller used.
pub(crate) fn resource_areas(base: &str) -> Vec<ResourceArea> {
    let area = |(id, name)| ResourceArea {
        id,
        name,
        location_url: format!("{base}/"),
    };
    AREAS.into_iter().map(area).collect()
}
