//! The runner's side of the contract.

pub(crate) mod action;
pub(crate) mod runner;
