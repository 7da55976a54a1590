//! The simulator as a client sees it: raw HTTP in, state and answers out.

#![expect(clippy::unwrap_used, reason = "what fails in a helper fails its test")]

mod http;

mod areas;
mod console;
mod faults;
mod follow;
mod github;
mod history;
mod lists;
mod logs;
mod losses;
mod outputs;
mod page;
mod pipelines;
mod program;
mod queue;
mod refusals;
mod retries;
mod scenarios;
mod shapes;
mod sign_in;
mod waits;
