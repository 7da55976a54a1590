//! Who is meant by a name (docs: "Identities - Read Identities").

use serde_json::Value;

use super::Answer;
use crate::call::Call;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::wire::identity;
use crate::world::World;

pub(super) fn list(world: &World, call: &Call) -> Answer {
    let search = call.query.get("searchFilter").unwrap_or_default();
    let value = call.query.get("filterValue").unwrap_or_default();
    let mut found: Vec<Value> = Vec::new();
    for identity in identity::all(&world.scenario) {
        let matches = identity.matches(search, value);
        let bad = || {
            Refusal::bad_query(format!(
                "The value '{search}' is not valid for searchFilter."
            ))
        };
        if matches.ok_or_else(bad)? {
            found.push(identity.body());
        }
    }
    Ok(Reply::list(&call.version, &found))
}
