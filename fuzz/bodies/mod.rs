//! What the fuzz targets check: for each a function that takes any bytes and panics where something
//! does not hold.
//!
//! Two drivers: `fuzz/targets` looks for new bytes by coverage, `tests/property/fuzzed.rs` changes
//! those that were found (`fuzz/seeds`) at random, by the same words (`fuzz/dictionaries`).

pub mod addresses; // project URLs and time zones
pub mod answers; // what the service answers
pub mod files; // outputs and summary as the runner reads them
pub mod inputs; // what the step is told
pub mod log; // log lines
pub mod payload; // GitHub's variables and the event
pub mod state; // what the post step is left
pub mod summary; // records that no service would send

mod bytes; // values made up of bytes
mod client; // a client whose service is made up
mod judge; // what holds for everything that is written
mod markdown; // what GitHub makes of a summary

/// What a target checks.
pub type Body = fn(&[u8]);

/// Each target's name and body.
pub const TARGETS: [(&str, Body); 8] = [
    ("addresses", addresses::check),
    ("answers", answers::check),
    ("files", files::check),
    ("inputs", inputs::check),
    ("log", log::check),
    ("payload", payload::check),
    ("state", state::check),
    ("summary", summary::check),
];
