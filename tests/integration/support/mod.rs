//! The runner's side of the contract, and what stands between the action and a service.

pub(crate) mod action;
pub(crate) mod canary;
pub(crate) mod proxy;
pub(crate) mod relay;
pub(crate) mod runner;
pub(crate) mod tls;
pub(crate) mod vectors;
