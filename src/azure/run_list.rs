//! Lists of runs: as many pages as it takes, of as many lists as the filters need.
//!
//! Each list is in order, and they become one list in that order.

use std::cmp::Ordering;
use std::collections::{HashSet, VecDeque};

use serde_json::Value;

use super::run_filters::Query;
use super::runs::VERSION;
use super::wire::WireList;
use super::{Client, DescribedRun, Error, Request, RunFilters, backoff};
use crate::build::BuildId;

/// The most runs that are asked for at once.
const PAGE: usize = 1_000;

/// One list of the service, as far as it has been read.
struct Pages {
    query: Query,
    read: VecDeque<DescribedRun>,
    /// Where it goes on.
    next: Next,
}

#[derive(Clone, PartialEq, Eq)]
enum Next {
    Page(Option<String>),
    Nothing,
}

impl Client {
    /// The runs that are wanted, `top` at most. Without `top` the service's first page of each list,
    /// as the vendor's command line asks for it. Requests are sent again where that may help.
    ///
    /// REST: Builds - List.
    pub async fn list_runs(
        &self,
        filters: &RunFilters,
        top: Option<usize>,
    ) -> Result<Vec<DescribedRun>, Error> {
        let pages = |query| Pages {
            query,
            read: VecDeque::new(),
            next: Next::Page(None),
        };
        let mut lists: Vec<Pages> = filters.each().into_iter().map(pages).collect();
        let mut found = Vec::new();
        let mut seen: HashSet<BuildId> = HashSet::new();
        while top.is_none_or(|top| found.len() < top) {
            let missing = top.map(|top| (top - found.len()).min(PAGE));
            for list in &mut lists {
                self.fill(list, missing, &seen).await?;
            }
            let heads = lists.iter_mut().filter(|list| !list.read.is_empty());
            let first = heads.min_by(|a, b| match (a.read.front(), b.read.front()) {
                (Some(a), Some(b)) => filters.compare(&a.run, &b.run),
                _ => Ordering::Equal,
            });
            let Some(run) = first.and_then(|list| list.read.pop_front()) else {
                break;
            };
            if seen.insert(run.run.id) {
                found.push(run);
            }
        }
        Ok(found)
    }

    /// Reads on until there is a run that has not been seen, or no more.
    async fn fill(
        &self,
        list: &mut Pages,
        top: Option<usize>,
        seen: &HashSet<BuildId>,
    ) -> Result<(), Error> {
        list.read.retain(|run| !seen.contains(&run.run.id));
        while list.read.is_empty() {
            let Next::Page(token) = list.next.clone() else {
                return Ok(());
            };
            let mut query = list.query.clone();
            query.extend(top.map(|top| ("$top", top.to_string())));
            query.extend(token.clone().map(|token| ("continuationToken", token)));
            let (runs, next) = backoff::resend(|| self.page(&query)).await?;
            list.read = runs
                .into_iter()
                .filter(|run| !seen.contains(&run.run.id))
                .collect();
            // Who gave no number gets one page; a token that leads nowhere is not followed again.
            list.next = match next {
                Some(next) if top.is_some() && token.as_ref() != Some(&next) => {
                    Next::Page(Some(next))
                }
                _ => Next::Nothing,
            };
        }
        Ok(())
    }

    /// One page, and the token of the next one.
    async fn page(
        &self,
        query: &[(&'static str, String)],
    ) -> Result<(Vec<DescribedRun>, Option<String>), Error> {
        let query: Vec<(&str, &str)> = query
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let request = Request {
            version: Some(VERSION),
            ..Request::get(&["builds"]).query(&query)
        };
        let response = self.send(&request).await?;
        let token = response
            .headers()
            .get("x-ms-continuationtoken")
            .and_then(|token| token.to_str().ok())
            .filter(|token| !token.is_empty())
            .map(str::to_owned);
        let list: WireList<Value> = self.decode(&request, response).await?;
        let runs = list.value.into_iter().filter(Value::is_object);
        let runs = runs.map(|run| self.described(run));
        Ok((runs.collect(), token))
    }
}
