//! The runner's side of the contract, and what stands between the action and a service.

pub(crate) mod act; // what act makes of a step's output
pub(crate) mod action; // a step before it runs
pub(crate) mod canary; // the secrets of a step, and where they must not be
pub(crate) mod files; // what is read in the files that a step writes
pub(crate) mod finished; // a step that has run
pub(crate) mod in_process; // steps that run in this process
pub(crate) mod proxy; // a forward proxy
pub(crate) mod relay; // a service that names another host
pub(crate) mod runner; // what GitHub's runner makes of a step's output
pub(crate) mod running; // a step that runs
pub(crate) mod service; // the simulated service
pub(crate) mod tls; // TLS before a server
pub(crate) mod tree; // the files of this repository
pub(crate) mod vectors; // lines that may be commands
