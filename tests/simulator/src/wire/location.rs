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

/// Ids, templates and versions are the recorded ones; those of the area `testresults`, which the cloud serves
/// from another host, come from the source of the vendor's clients.
const ROWS: [Row; 24] = [
    Row {
        id: "0cd358e1-9217-4d94-8269-1c1ee6f93dcf",
        area: "Build",
        name: "Builds",
        route: "{project}/_apis/build/{resource}/{buildId}",
        versions: [5, 6, 7],
        since: (1, 0),
        released: Released::Always,
    },
    Row {
        id: "dbeaf647-6167-421a-bda9-c9327b25e2e6",
        area: "Build",
        name: "Definitions",
        route: "{project}/_apis/build/{resource}/{definitionId}",
        versions: [7, 7, 7],
        since: (1, 0),
        released: Released::Always,
    },
    Row {
        id: "35a80daf-7f30-45fc-86e8-6b813d9c90df",
        area: "build",
        name: "logs",
        route: "{project}/_apis/{area}/builds/{buildId}/{resource}/{logId}",
        versions: [2, 2, 2],
        since: (2, 0),
        released: Released::Always,
    },
    Row {
        id: "8baac422-4c6e-4de5-8532-db96d92acffa",
        area: "build",
        name: "Timeline",
        route: "{project}/_apis/{area}/builds/{buildId}/{resource}/{timelineId}",
        versions: [2, 2, 3],
        since: (2, 0),
        released: Released::Always,
    },
    Row {
        id: "6e6114b2-8161-44c8-8f6c-c5505782427f",
        area: "build",
        name: "tags",
        route: "{project}/_apis/{area}/builds/{buildId}/{resource}/{*tag}",
        versions: [2, 3, 3],
        since: (2, 0),
        released: Released::Always,
    },
    Row {
        id: "d84ac5c6-edc7-43d5-adc9-1b34be5dea09",
        area: "build",
        name: "tags",
        route: "{project}/_apis/{area}/{resource}/{*tag}",
        versions: [2, 3, 3],
        since: (2, 0),
        released: Released::Always,
    },
    Row {
        id: "1db06c96-014e-44e1-ac91-90b2d4b3e984",
        area: "build",
        name: "artifacts",
        route: "{project}/_apis/{area}/builds/{buildId}/{resource}/{artifactName}",
        versions: [5, 5, 5],
        since: (2, 0),
        released: Released::Always,
    },
    Row {
        id: "54481611-01f4-47f3-998f-160da0f0c229",
        area: "build",
        name: "latest",
        route: "{project}/_apis/{area}/{resource}/{*definition}",
        versions: [1, 1, 1],
        since: (5, 0),
        released: Released::Never,
    },
    Row {
        id: "b8aac6c9-744b-46e1-88fc-3550969f9313",
        area: "build",
        name: "stages",
        route: "{project}/_apis/{area}/builds/{buildId}/{resource}/{stageRefName}",
        versions: [1, 5, 5],
        since: (5, 2),
        released: Released::In(7, 0),
    },
    Row {
        id: "c4aefd19-30ff-405b-80ad-aca021e7242a",
        area: "build",
        name: "generalSettings",
        route: "{project}/_apis/{area}/{resource}",
        versions: [1, 1, 1],
        since: (6, 0),
        released: Released::In(7, 0),
    },
    Row {
        id: "7859261e-d2e9-4a68-b820-a5d84cc5bb3d",
        area: "Pipelines",
        name: "runs",
        route: "{project}/_apis/{area}/{pipelineId}/{resource}/{runId}",
        versions: [1, 1, 2],
        since: (5, 1),
        released: Released::In(7, 0),
    },
    Row {
        id: "53df2d18-29ea-46a9-bee0-933540f80abf",
        area: "pipelines",
        name: "preview",
        route: "{project}/_apis/{area}/{pipelineId}/{resource}",
        versions: [1, 1, 2],
        // The service has it since 5.1; no document of Server 2020 does.
        since: (6, 1),
        released: Released::In(7, 0),
    },
    Row {
        id: "900fa995-c559-4923-aae7-f8424fe4fbea",
        area: "distributedtask",
        name: "queues",
        route: "{project}/_apis/{area}/{resource}/{queueId}",
        versions: [1, 1, 1],
        since: (2, 0),
        released: Released::In(7, 1),
    },
    Row {
        id: "603fe2ac-9723-48b9-88ad-09305aa6c6e1",
        area: "core",
        name: "projects",
        route: "_apis/{resource}/{*projectId}",
        versions: [3, 4, 4],
        since: (1, 0),
        released: Released::Always,
    },
    Row {
        id: "00d9565f-ed9c-4a06-9a50-00e7896ccab4",
        area: "Location",
        name: "ConnectionData",
        route: "_apis/{resource}",
        versions: [1, 1, 1],
        since: (1, 0),
        released: Released::Never,
    },
    Row {
        id: "e81700f7-3be2-46de-8624-2eb35882fcaa",
        area: "Location",
        name: "ResourceAreas",
        route: "_apis/{resource}/{areaId}",
        versions: [1, 1, 1],
        since: (3, 2),
        released: Released::Never,
    },
    Row {
        id: "858983e4-19bd-4c5e-864c-507b59b58b12",
        area: "distributedtask",
        name: "feed",
        route: "{scopeIdentifier}/_apis/{area}/hubs/{hubName}/plans/{planId}/timelines/{timelineId}/records/{recordId}/{resource}",
        versions: [1, 1, 1],
        since: (2, 0),
        released: Released::Always,
    },
    Row {
        id: "37794717-f36f-4d78-b2bf-4dc30d0cfbcd",
        area: "approval",
        name: "approvals",
        route: "{project}/_apis/pipelines/{resource}/{approvalId}",
        versions: [1, 1, 2],
        since: (5, 1),
        released: Released::In(7, 1),
    },
    Row {
        id: "cadb3810-d47d-4a3c-a234-fe5f3be50138",
        area: "Test",
        name: "Runs",
        route: "{project}/_apis/test/{resource}/{runId}",
        versions: [2, 3, 3],
        since: (1, 0),
        released: Released::Always,
    },
    Row {
        id: "4637d869-3a76-4468-8057-0bb02aa385cf",
        area: "Test",
        name: "Results",
        route: "{project}/_apis/test/Runs/{runId}/{resource}/{testCaseResultId}",
        versions: [5, 6, 6],
        since: (1, 0),
        released: Released::Always,
    },
    Row {
        id: "000ef77b-fea2-498d-a10d-ad1a037f559f",
        area: "Test",
        name: "ResultSummaryByBuild",
        route: "{project}/_apis/test/{resource}",
        versions: [3, 3, 3],
        since: (3, 0),
        released: Released::Never,
    },
    Row {
        id: "3c191b88-615b-4be2-b7d9-5ff9141e91d4",
        area: "Test",
        name: "ResultsByBuild",
        route: "{project}/_apis/test/{resource}",
        versions: [1, 1, 1],
        since: (4, 1),
        released: Released::Never,
    },
    Row {
        id: "e009fa95-95a5-4ad4-9681-590043ce2423",
        area: "testresults",
        name: "resultsummarybybuild",
        route: "{project}/_apis/{area}/{resource}",
        versions: [1, 1, 1],
        since: (3, 0),
        released: Released::Never,
    },
    Row {
        id: "f48cc885-dbc4-4efc-ab19-ae8c19d1e02a",
        area: "testresults",
        name: "resultsbybuild",
        route: "{project}/_apis/{area}/{resource}",
        versions: [1, 1, 1],
        since: (4, 1),
        released: Released::Never,
    },
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
