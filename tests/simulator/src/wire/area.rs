//! The areas of the API, and which address serves each (docs: "REST API versioning").

use serde::Serialize;

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
