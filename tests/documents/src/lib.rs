//! The published documents of Azure DevOps as a judge of requests and answers, and recorded answers
//! as a measure of shape.
//!
//! - [`documents`]: where they lie; nothing of them is in this repository
//! - [`swagger`]: one OpenAPI document, its operations and its models
//! - [`judge`]: does a request, an answer, fit the operation that the document describes?
//! - [`finding`]: what does not fit
//! - [`refusal`]: error answers, which the documents do not describe
//! - [`recording`]: recorded exchanges
//! - [`shape`]: which fields, how often, of which types

pub mod documents;
pub mod finding;
mod format;
pub mod judge;
mod model;
pub mod recording;
pub mod refusal;
mod route;
pub mod shape;
pub mod swagger;
