//! The simulator's answers beside the recorded ones: which fields there are, whether nulls are
//! written or left out, types, and names of headers.

use std::collections::{BTreeMap, BTreeSet};

use documents::documents::Documents;
use documents::recording::Interaction;
use documents::shape::Shape;
use serde_json::Value;

use crate::drive::Drive;
use crate::http::Reply;
use crate::known::compare;
use crate::played::PLAYED;
use crate::support::{documents, interactions, tell};

mod known_shapes;

/// Shapes by what they are the shape of.
type Shapes = BTreeMap<String, Shape>;

#[test]
fn the_simulators_answers_have_the_recorded_shapes() {
    let documents = documents();
    let mut found = BTreeSet::new();
    let mut compared = 0;
    // A service of today, and the service as it was when Server 2019 came out.
    for (product, version, is_old) in [("services", "5.0", false), ("server-2019", "5.0", true)] {
        let recorded = recorded(&documents, is_old);
        let simulated = simulated(&documents, product, version);
        for (name, shape) in &simulated {
            let Some(real) = recorded.get(name) else {
                continue;
            };
            compared += 1;
            let differences = shape.differences(real);
            found.extend(
                differences
                    .iter()
                    .map(|line| format!("{product}: {name}: {line}")),
            );
        }
        let lonely = simulated
            .keys()
            .filter(|name| !recorded.contains_key(*name))
            .count();
        tell(&format!(
            "{product}: {lonely} shapes of the simulator were never recorded"
        ));
    }
    tell(&format!(
        "{compared} shapes of answers compared with recorded ones"
    ));
    compare(&found, &known_shapes::KNOWN);
}

fn recorded(documents: &Documents, is_old: bool) -> Shapes {
    let mut shapes = Shapes::new();
    for (name, interaction) in interactions(&documents.recordings()) {
        let is_of_2019 = name.ends_with("-2019") || name.contains("2019-01-30");
        if interaction.status == 200 && is_of_2019 == is_old {
            let Interaction { method, .. } = interaction;
            learn(&mut shapes, method, &interaction.route(), &interaction.body);
        }
    }
    shapes
}

fn simulated(documents: &Documents, product: &str, version: &str) -> Shapes {
    let played = PLAYED
        .iter()
        .find(|played| played.product == product && played.version == version);
    let played = played.expect("a product that is played");
    let shelf = played.shelf(documents);
    let mut shapes = Shapes::new();
    for exchange in Drive::new(played, &shelf).everything() {
        let path = exchange
            .path
            .split('?')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let path = path.replace(&played.organization().to_ascii_lowercase(), "fabrikam");
        if exchange.reply.status == 200 {
            learn(&mut shapes, &exchange.method, &path, &exchange.reply.body);
        }
    }
    shapes
}

/// Files an answer under what it is. Builds, definitions and records differ by their state and kind.
fn learn(shapes: &mut Shapes, method: &str, route: &str, body: &Value) {
    let Some((_, below)) = route.split_once("/_apis") else {
        return;
    };
    let parts: Vec<&str> = below.split('/').filter(|part| !part.is_empty()).collect();
    let mut file = |name: String, value: &Value| shapes.entry(name).or_default().learn(value);
    let items = || body["value"].as_array().into_iter().flatten();
    match (method, parts.as_slice()) {
        ("OPTIONS", _) => items().for_each(|item| file("location".to_owned(), item)),
        (_, ["connectiondata"]) => file("connection data".to_owned(), body),
        (_, ["resourceareas"]) => items().for_each(|item| file("resource area".to_owned(), item)),
        (_, ["projects"]) => items().for_each(|item| file("project in a list".to_owned(), item)),
        (_, ["projects", _]) => file("project".to_owned(), body),
        ("GET", ["build", "definitions"]) => {
            items().for_each(|item| file("definition in a list".to_owned(), item));
        }
        ("GET", ["build", "definitions", _]) => {
            file(
                format!(
                    "definition of type {}, {}",
                    body["process"]["type"],
                    repository(body)
                ),
                body,
            );
        }
        ("GET", ["build", "builds"]) => items().for_each(|item| file(build(item), item)),
        (_, ["build", "builds"] | ["build", "builds", _]) => file(build(body), body),
        ("GET", ["build", "builds", _, "timeline", ..]) => {
            let mut timeline = body.clone();
            let records = timeline
                .as_object_mut()
                .and_then(|fields| fields.remove("records"));
            file("timeline".to_owned(), &timeline);
            for record in records.iter().filter_map(Value::as_array).flatten() {
                let word = |key: &str| record[key].as_str().unwrap_or("no").to_owned();
                let kind = word("type");
                file(
                    format!("record {kind} {} {}", word("state"), word("result")),
                    record,
                );
            }
        }
        (_, ["build", "builds", _, "tags", ..]) => file("tags".to_owned(), body),
        _ => {}
    }
}

fn build(build: &Value) -> String {
    let word = |key: &str| build[key].as_str().unwrap_or("no result").to_owned();
    format!(
        "build {} {}, {}",
        word("status"),
        word("result"),
        repository(build)
    )
}

fn repository(value: &Value) -> &str {
    value["repository"]["type"]
        .as_str()
        .unwrap_or("no repository")
}

#[test]
fn the_simulators_headers_are_the_recorded_ones() {
    let documents = documents();
    let mut recorded: BTreeMap<&str, Vec<BTreeSet<String>>> = BTreeMap::new();
    let recordings = documents.recordings();
    for (_, interaction) in interactions(&recordings) {
        if interaction.header_names.is_empty() {
            continue;
        }
        let names = interaction
            .header_names
            .iter()
            .map(|name| name.to_lowercase())
            .collect();
        let kind = interaction
            .headers
            .get("content-type")
            .map_or("", String::as_str);
        recorded
            .entry(answer_kind(interaction.status, kind))
            .or_default()
            .push(names);
    }
    let mut found = BTreeSet::new();
    let mut compared = 0;
    for (kind, own) in simulated_headers(&documents) {
        let Some(real) = recorded.get(kind) else {
            continue;
        };
        compared += 1;
        let ever: BTreeSet<&String> = real.iter().flatten().collect();
        let is_always = |name: &&String| real.iter().all(|names| names.contains(*name));
        for names in own {
            let invented = names.iter().filter(|name| !ever.contains(name));
            found.extend(invented.map(|name| format!("{kind}: {name} was never recorded")));
            let missing = ever
                .iter()
                .filter(|name| is_always(name) && !names.contains(**name));
            found.extend(
                missing.map(|name| format!("{kind}: {name} is missing, and was always recorded")),
            );
        }
    }
    tell(&format!(
        "{compared} kinds of answers compared by the names of their headers"
    ));
    compare(&found, &known_shapes::KNOWN_HEADERS);
}

fn simulated_headers(documents: &Documents) -> BTreeMap<&'static str, Vec<BTreeSet<String>>> {
    let played = &PLAYED[0];
    let shelf = played.shelf(documents);
    let mut answers: BTreeMap<&'static str, Vec<BTreeSet<String>>> = BTreeMap::new();
    let mut file = |reply: &Reply| {
        let kind = reply.header("content-type");
        let names = reply.headers.keys().cloned().collect();
        answers
            .entry(answer_kind(reply.status, kind))
            .or_default()
            .push(names);
    };
    for exchange in Drive::new(played, &shelf).everything() {
        file(&exchange.reply);
    }
    crate::refusals::replies().iter().for_each(file);
    answers
}

fn answer_kind(status: u16, content_type: &str) -> &'static str {
    match (status, content_type.split(';').next().unwrap_or_default()) {
        (200, "application/json") => "success",
        (204, _) => "no content",
        (401, "") => "not signed in",
        (503, _) => "collection stopped",
        // Reported only: an error for one whose token has expired.
        (401, _) => "other",
        (400..=499, "application/json") => "error",
        (404, "text/plain") => "no route",
        _ => "other",
    }
}
