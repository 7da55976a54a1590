//! Every good answer of the simulator, in every product and api-version, against the documents.

use std::collections::BTreeSet;

use documents::finding::Findings;
use documents::judge::{Answer, Request};

use crate::drive::{Drive, Exchange};
use crate::known::{Known, compare};
use crate::played::{PLAYED, Played};
use crate::support::{Shelf, documents, recorded_departures, tell, unheard_of};

/// Where the simulator departs from the documents, and no recording does.
const KNOWN: [Known; 1] = [Known {
    differences: &[
        "6.0: Repository.id is not in the document",
        "7.0: Repository.id is not in the document",
        "7.1: Repository.id is not in the document",
        "7.2: Repository.id is not in the document",
    ],
    reason: "a run tells the id of a repository in Azure Repos, by public reports",
}];

/// What has no document: the locations, which clients ask for first. Their shape is compared with
/// recordings instead.
const UNDESCRIBED: [&str; 4] = [
    "OPTIONS _apis",
    "GET Fabrikam/_apis/distributedtask/hubs/",
    "GET _apis/ResourceAreas",
    "GET _apis/connectionData",
];

#[test]
fn every_document_can_be_read() {
    let documents = documents();
    for played in &PLAYED {
        let shelf = played.shelf(&documents);
        for document in shelf.all() {
            assert_eq!(
                document.broken_references(),
                Vec::<String>::new(),
                "{}",
                document.name()
            );
        }
    }
}

#[test]
fn the_simulators_answers_fit_the_documents() {
    let documents = documents();
    let recorded = recorded_departures(&documents);
    let mut found = BTreeSet::new();
    let (mut endpoints, mut answers, mut versions) = (BTreeSet::new(), 0, 0);
    for played in &PLAYED {
        let shelf = played.shelf(&documents);
        let exchanges = Drive::new(played, &shelf).everything();
        found.extend(uncovered_locations(played, &exchanges));
        versions += 1;
        for exchange in &exchanges {
            if exchange.reply.status >= 300 {
                found.extend(refused(played, &shelf, exchange));
                continue;
            }
            let Some((operation, findings)) = judge(played, &shelf, exchange) else {
                let name = undescribed(played, exchange);
                if !UNDESCRIBED.iter().any(|start| name.starts_with(start)) {
                    found.insert(format!(
                        "{}: {name} is served and has no document",
                        played.version
                    ));
                }
                continue;
            };
            answers += 1;
            let documented = unheard_of(findings, &recorded);
            let version = played.version;
            found.extend(
                documented
                    .iter()
                    .map(|finding| format!("{version}: {finding}")),
            );
            endpoints.insert((played.name(), operation));
        }
    }
    tell(&format!(
        "{} endpoints × versions validated ({versions} pairs of product and api-version, {answers} answers)",
        endpoints.len()
    ));
    compare(&found, &KNOWN);
}

/// The operation and what is wrong with the request or its answer.
fn judge(played: &Played, shelf: &Shelf, exchange: &Exchange) -> Option<(String, Findings)> {
    let (method, path) = (exchange.method.as_str(), exchange.path.as_str());
    let judge = shelf.judge(played.organization(), method, path)?;
    let request = Request {
        method,
        path,
        accept: &exchange.accept,
        content_type: exchange.body.as_ref().map(|_| "application/json"),
        body: exchange.body.as_ref(),
    };
    let reply = &exchange.reply;
    let content_type = reply.headers.get("content-type").map(String::as_str);
    let answer = Answer {
        status: reply.status,
        content_type,
        body: &reply.body,
    };
    // The one request that departs from its document: a body is required there, and refused by the service.
    if !path.contains("?retry=true") {
        assert_eq!(
            judge.request(&request)?,
            Findings::new(),
            "the test itself asks for {path}"
        );
    }
    if let Some(text) = content_type.filter(|text| text.starts_with("application/json")) {
        let asked = path.rsplit("api-version=").next().unwrap_or_default();
        let echo = format!("application/json; charset=utf-8; api-version={asked}");
        assert_eq!(text, echo, "{}: {path}", played.name());
    }
    Some((
        judge.operation(method, path)?.name(),
        judge.answer(method, path, &answer)?,
    ))
}

/// What the document of the version describes, and the simulator refuses.
fn refused(played: &Played, shelf: &Shelf, exchange: &Exchange) -> Option<String> {
    let (method, path) = (exchange.method.as_str(), exchange.path.as_str());
    let operation = shelf
        .judge(played.organization(), method, path)?
        .operation(method, path)?;
    let key = exchange.reply.body["typeKey"].as_str();
    let key = key.unwrap_or("no exception");
    let (name, operation) = (played.name(), operation.name());
    Some(format!(
        "{name}: {operation}: {} {key}",
        exchange.reply.status
    ))
}

fn undescribed(played: &Played, exchange: &Exchange) -> String {
    let path = exchange.path.split('?').next().unwrap_or_default();
    let below = path.strip_prefix(&format!("/{}/", played.organization()));
    format!("{} {}", exchange.method, below.unwrap_or(path))
}

/// Whatever the simulator says that it serves is asked for here, and answered.
fn uncovered_locations(played: &Played, exchanges: &[Exchange]) -> BTreeSet<String> {
    let locations = &exchanges[0].reply.body["value"];
    let paths: Vec<String> = exchanges
        .iter()
        .map(|exchange| undescribed(played, exchange).to_lowercase())
        .collect();
    let is_covered = |name: &str| {
        paths
            .iter()
            .any(|path| path.split(['/', ' ']).any(|part| part == name))
    };
    let names = locations
        .as_array()
        .expect("a list of locations")
        .iter()
        .map(|location| {
            let text = |key: &str| location[key].as_str().expect("a text").to_lowercase();
            (text("area"), text("resourceName"))
        });
    names
        .filter(|(_, name)| !is_covered(name))
        .map(|(area, name)| {
            format!("{area} {name}: is listed, and either not served or not asked for in drive.rs")
        })
        .collect()
}
