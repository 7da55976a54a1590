//! Answers that nobody sent, for the fuzz targets.

use futures_util::stream;
use http::response::Builder;
use reqwest::{Body, RequestBuilder, Response, ResponseBuilderExt};

use super::Client;

/// What the service answers to whatever it is asked.
#[derive(Debug, Clone, Default)]
pub struct MadeUp {
    /// The HTTP status; what is none is 200.
    pub status: u16,
    /// Names and values; what cannot be one is left out.
    pub headers: Vec<(String, String)>,
    /// The body, in the pieces in which it arrives.
    pub chunks: Vec<Vec<u8>>,
}

impl Client {
    /// From now on every request gets this answer, and none is sent.
    pub fn make_up(&self, answer: MadeUp) {
        self.made_up.replace(Some(answer));
    }

    /// Sends a request, unless its answer is made up.
    pub(super) async fn transmit(&self, request: RequestBuilder) -> reqwest::Result<Response> {
        let Some(answer) = self.made_up.borrow().clone() else {
            return request.send().await;
        };
        let url = request.build()?.url().clone();
        let status = http::StatusCode::from_u16(answer.status).unwrap_or_default();
        let mut response = Builder::new().status(status).url(url);
        for (name, value) in answer.headers {
            let name = http::HeaderName::try_from(name);
            let value = http::HeaderValue::try_from(value);
            if let (Ok(name), Ok(value)) = (name, value) {
                response = response.header(name, value);
            }
        }
        let chunks = answer.chunks.into_iter().map(Ok::<_, std::io::Error>);
        let body = Body::wrap_stream(stream::iter(chunks));
        Ok(response.body(body).unwrap_or_default().into())
    }
}
