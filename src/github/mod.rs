//! The GitHub edge: what the runner tells us and what we tell the runner. Knows nothing of Azure.

pub mod api;
pub mod command;
pub mod context;
pub mod files;
pub mod log_writer;
