//! Pages of a list, and the header that leads to the others.

use serde_json::Value;

use crate::call::Query;
use crate::reply::Reply;

/// A part of a list.
pub(super) struct Page<'v, T> {
    pub(super) items: &'v [T],
    /// The header `Link`; none on the last page.
    links: Option<String>,
}

impl<'v, T> Page<'v, T> {
    /// The page of `all` that the query asks for; `address` is that of the list.
    pub(super) fn of(all: &'v [T], query: &Query, address: &str) -> Self {
        let number = |name, default| query.number(name).ok().flatten().unwrap_or(default);
        let size = number("per_page", 30).clamp(1, 100);
        let page = number("page", 1).max(1);
        let last = all.len().div_ceil(size).max(1);
        let start = (page - 1).saturating_mul(size).min(all.len());
        let link = |page: usize, relation: &str| {
            format!("<{address}?per_page={size}&page={page}>; rel=\"{relation}\"")
        };
        Self {
            items: &all[start..(start + size).min(all.len())],
            links: (page < last).then(|| [link(page + 1, "next"), link(last, "last")].join(", ")),
        }
    }

    pub(super) fn reply(self, body: &Value) -> Reply {
        let reply = super::answer_json(200, body);
        match self.links {
            Some(links) => reply.with_header("link", links),
            None => reply,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_past_the_end_is_empty() {
        let length = |query: &str| {
            let query = Query::parse(query);
            Page::of(&[1, 2, 3], &query, "address").items.len()
        };
        assert_eq!(length("per_page=2&page=2"), 1);
        assert_eq!(length("per_page=2&page=3"), 0);
        assert_eq!(length(&format!("per_page=2&page={}", usize::MAX)), 0);
    }
}
