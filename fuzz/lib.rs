//! What `cargo fuzz` runs. The bodies stand in `bodies`; `tests/property/fuzzed.rs` drives them, too.

#[path = "../tests/integration/support/act.rs"]
mod act; // what act makes of a step's output
pub mod bodies;
#[path = "../tests/property/cleaned.rs"]
mod cleaned; // what of a log must be shown, from the documents alone
#[path = "../tests/integration/support/files.rs"]
mod files; // what is read in the files that a step writes
#[path = "../tests/integration/support/runner.rs"]
mod runner; // what GitHub's runner makes of its output
