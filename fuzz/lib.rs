//! What `cargo fuzz` runs. The bodies stand in `bodies`; `tests/property/fuzzed.rs` drives them, too.

pub mod bodies;
#[path = "../tests/property/cleaned.rs"]
mod cleaned; // what of a log must be shown, from the documents alone
#[path = "../tests/integration/support/runner.rs"]
mod runner; // what GitHub's runner and act make of it
