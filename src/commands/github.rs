//! GitHub, as the workflow's variables name it.

use crate::azure::Repository;
use crate::github::api::{Api, ApiError};
use crate::github::context::Context;
use crate::inputs::Inputs;
use crate::network::{self, Network};

/// GitHub's API for the workflow's repository.
pub(super) fn api(network: &Network, inputs: &Inputs, context: &Context) -> Result<Api, ApiError> {
    let repository = context.this_repository().unwrap_or_default();
    let token = inputs.github_token.as_ref();
    Api::new(network, api_url(context), token, &repository)
}

/// The host of that API to which the token would travel in the clear.
pub(super) fn host_in_the_clear(inputs: &Inputs, context: &Context) -> Option<String> {
    let host = network::host_in_the_clear(api_url(context));
    host.filter(|_| inputs.github_token.is_some())
}

/// Whether the code is in this workflow's repository: only then does its ref mean
/// something to the pipeline.
pub(super) fn is_own_repository(context: &Context, own: Option<&Repository>) -> bool {
    let repository = context.this_repository().unwrap_or_default();
    let server_url = context.server_url.as_deref();
    let server_url = server_url.unwrap_or("https://github.com");
    own.is_some_and(|own| own.is_on_github(&repository, server_url))
}

fn api_url(context: &Context) -> &str {
    let given = context.api_url.as_deref();
    given.unwrap_or("https://api.github.com")
}
