//! A page for people that comes instead of an answer.

use reqwest::{Response, StatusCode};

use super::answer::{content_type, is_own, location};
use super::{Caller, Error};

/// So much is shown of a text that is not one of the service's sentences.
const LONGEST_TEXT: usize = 200;

/// So many bytes of a page are searched for its title.
const LONGEST_HEAD: usize = 16 * 1024;

/// Whether this is a page with a status of success, or leads to the one for signing in. No request here
/// asks for HTML.
pub(super) fn is_page(response: &Response) -> bool {
    let status = response.status();
    let is_html = || content_type(response).is_some_and(|kind| kind == "text/html");
    let leads_to_sign_in = || location(response).is_some_and(|url| url.path().contains("_signin"));
    status == StatusCode::NON_AUTHORITATIVE_INFORMATION
        || status.is_success() && is_html()
        || status.is_redirection() && leads_to_sign_in()
}

/// What a page means that came instead of an answer: the service wants a sign-in, or something else
/// has answered.
pub(super) async fn instead_of_an_answer(request: &str, mut response: Response) -> Error {
    let status = response.status();
    let is_sign_in = status != StatusCode::OK || is_own(response.headers());
    let mut head = Vec::new();
    // Of a page that breaks off, the beginning is enough.
    while !is_sign_in && head.len() < LONGEST_HEAD {
        match response.chunk().await {
            Ok(Some(bytes)) => head.extend_from_slice(&bytes),
            _ => break,
        }
    }
    let title = title(&head).unwrap_or_default();
    if is_sign_in || title.contains("Azure DevOps") {
        return Error::Unauthorized {
            request: request.to_owned(),
            answer: format!("{} with a sign-in page", status.as_u16()),
            message: String::new(),
            is_windows: false,
            caller: Caller::default(),
            proxy: None,
        };
    }
    Error::Intercepted {
        request: request.to_owned(),
        status: status.as_u16(),
        message: title,
        retry_after: None,
    }
}

/// The title of a page, which stands at its beginning.
pub(super) fn title(page: &[u8]) -> Option<String> {
    let start = String::from_utf8_lossy(&page[..page.len().min(LONGEST_HEAD)]);
    let lower = start.to_ascii_lowercase();
    let from = lower.find("<title")?;
    let from = from + lower[from..].find('>')? + 1;
    let until = from + lower[from..].find("</title")?;
    let title = one_line(&start[from..until]);
    (!title.is_empty()).then_some(title)
}

/// Text in one line, and not too much of it.
pub(super) fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(LONGEST_TEXT) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}
