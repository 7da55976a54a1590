//! What the vendor's clients ask for before anything else: locations, areas, connection data.

use azure_pipelines_simulator::Simulator;
use serde_json::Value;

use crate::http::{Answer, signed_in, start};

fn organization(simulator: &Simulator, method: &str, path: &str) -> Answer {
    let target = format!("/fabrikam/_apis{path}");
    signed_in(simulator, method, &target, "")
}

fn locations(product: &str, area: &str) -> Vec<(String, String, String)> {
    let simulator = start(&format!("product = '{product}'"));
    let answer = organization(&simulator, "OPTIONS", area).json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = answer["value"].as_array().unwrap();
    rows.iter()
        .map(|row| {
            (
                text(&row["resourceName"]),
                text(&row["maxVersion"]),
                text(&row["releasedVersion"]),
            )
        })
        .collect()
}

#[test]
fn products_differ_in_what_they_have_and_have_released() {
    let of = |product: &str, name: &str| {
        let found = locations(product, "/build")
            .into_iter()
            .find(|row| row.0 == name);
        found.map(|row| (row.1, row.2))
    };
    let pair = |max: &str, released: &str| Some((max.to_owned(), released.to_owned()));
    assert_eq!(of("server-2019", "Builds"), pair("5.0", "5.0"));
    assert_eq!(of("server-2019", "stages"), None);
    assert_eq!(of("server-2020", "stages"), pair("6.0", "0.0"));
    assert_eq!(of("services", "stages"), pair("7.2", "7.1"));
    assert_eq!(of("services", "latest"), pair("7.2", "0.0"));
    assert!(locations("services", "").len() > locations("server-2019", "").len());
    assert!(locations("services", "/testresults").len() >= 2);
}

#[test]
fn areas_lead_back_to_the_host_that_was_asked() {
    let simulator = start("");
    let areas = organization(&simulator, "GET", "/ResourceAreas").json();
    let of_build = "5d6898bb-45ec-463f-95f9-54d49c71752e";
    let found = areas["value"]
        .as_array()
        .unwrap()
        .iter()
        .find(|area| area["id"] == of_build);
    let address = format!("{}/fabrikam/", simulator.url());
    assert_eq!(found.unwrap()["locationUrl"], address);
    let one = organization(&simulator, "GET", &format!("/ResourceAreas/{of_build}")).json();
    assert_eq!(
        (&one["name"], &one["locationUrl"]),
        (&"build".into(), &address.into())
    );
    assert_eq!(
        organization(&simulator, "GET", "/ResourceAreas/none").status,
        404
    );
    // Servers of one's own list none.
    let own = start("product = 'server-2022'");
    assert!(organization(&own, "GET", "/ResourceAreas").json()["value"].is_null());
}
