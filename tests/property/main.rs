//! The printed lines are the lines that the service has, byte for byte, whatever goes wrong.
//!
//! Random scenarios with random faults are followed, and what was printed is compared with what the simulator
//! has, after the documented clean-up. `SCENARIOS=2000 SEED=1 cargo test --test property random -- --nocapture` plays
//! more of them than a plain `cargo test` and says how many of what; a failure says the seed and the scenario.

#[path = "../integration/support/act.rs"]
mod act; // what act makes of a step's output
#[path = "../../fuzz/bodies/mod.rs"]
#[allow(unreachable_pub, reason = "a library where libFuzzer drives it")]
mod bodies; // what the fuzz targets check
mod cleaned; // what of a log must be shown, from the documents alone
mod compare; // what was shown beside what had to be shown
mod comparison; // that a comparison finds what is wrong
mod directed; // scenarios for one thing each
#[path = "../integration/support/files.rs"]
mod files; // what is read in the files that a step writes
mod fuzzed; // the fuzz targets, without coverage
mod generate; // random scenarios, and smaller ones
mod known; // defects that are known, and what they explain
mod plan; // a scenario as the test makes it up
mod play; // the follower against the simulator
mod random; // random numbers by a seed
mod requests; // nothing is fetched twice
#[path = "../integration/support/runner.rs"]
mod runner; // what GitHub's runner makes of a step's output
mod scenarios; // the property itself
mod shown; // the step's log, taken apart
#[cfg(test)]
#[expect(dead_code, reason = "the judges' own test needs a part of it")]
#[path = "../integration/support/vectors.rs"]
mod vectors; // lines that may be commands
