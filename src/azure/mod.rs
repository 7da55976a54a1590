//! Azure DevOps over HTTP: returns [`crate::build`] types and never prints.
//!
//! Redirects are never followed, credentials go to the configured host alone (every URL is built
//! here, none is taken from an answer), and nothing is sent twice without being asked to.

mod ability;
mod address;
mod answer;
mod artifacts;
pub mod backoff;
mod builds;
mod caller;
mod client;
mod credential;
mod error;
mod feed;
#[cfg(test)]
mod fixture;
mod identities;
mod lenient;
mod logs;
#[cfg(feature = "fuzzing")]
mod made_up;
mod page;
mod pipeline_name;
mod pipelines;
mod project;
mod refusal;
mod repository;
mod request;
mod run_filters;
mod run_list;
mod run_model;
mod run_pipeline;
mod run_request;
mod runs;
mod sign_in;
mod tags;
mod test_results;
mod version;
mod wire;

pub use address::{AddressError, ProjectAddress};
pub use backoff::Patience;
pub use builds::{FoundRun, RunQuery};
pub use caller::Caller;
pub use client::Client;
pub use credential::Credential;
pub use error::{Error, Fate};
pub use feed::{FeedAddress, FeedLines};
pub use identities::{Connection, Person};
pub use logs::LogPart;
#[cfg(feature = "fuzzing")]
pub use made_up::MadeUp;
pub use pipeline_name::PipelineName;
pub use pipelines::{Pipeline, PipelineVariable, Process, QueueStatus};
pub use project::AgentQueue;
pub use repository::Repository;
pub use run_filters::{RunFilters, RunOrder};
pub(crate) use run_request::template_text;
pub use run_request::{Api, Resources, RunRequest, SecretVariable};
pub use runs::DescribedRun;
pub use sign_in::{
    Authority, AuthorityError, Authorization, EntraIdentity, EntraRefusal, GitHubOidc, Identity,
    Issuer, ManagedIdentity, Proof, SignIn, SignInError,
};
pub use version::ApiVersion;

use ability::Ability;
use request::{Area, Request, Time};
