//! Tests and artifacts.

use super::super::wording::{self, summary as words};
use super::{LONGEST_NAME, short};
use crate::build::{Published, RunPage};
use crate::untrusted::Markdown;

/// Failed tests and artifacts beyond these are counted, not shown.
const MOST: usize = 20;

/// Messages beyond this many characters are cut.
const LONGEST_MESSAGE: usize = 300;

pub(super) fn tests(published: &Published, page: &RunPage) -> Markdown {
    let Some(tests) = &published.tests else {
        return Markdown::new();
    };
    let mut out = Markdown::new()
        .ours("### Tests\n\n")
        .text(words::test_totals(tests))
        .ours(" (")
        .link(words::DETAILS, &page.tests())
        .ours(")\n\n");
    if tests.failures.is_empty() {
        return out;
    }
    out = out.ours("| Failed test | Message | Duration |\n|---|---|---|\n");
    for test in tests.failures.iter().take(MOST) {
        let name = match test.name.trim() {
            "" => words::UNNAMED_TEST,
            name => name,
        };
        out = out
            .ours("| ")
            .link(short(name, 2 * LONGEST_NAME), &page.test(test))
            .ours(" | ")
            .text(short(test.message.trim(), LONGEST_MESSAGE))
            .ours(" | ")
            .text(wording::milliseconds(test.duration))
            .ours(" |\n");
    }
    let shown = u64::try_from(tests.failures.len().min(MOST)).unwrap_or(u64::MAX);
    if let Some(more) = tests.failed.checked_sub(shown).filter(|more| *more > 0) {
        let more = out.ours("| ").text(more.to_string()).ours(" more: ");
        out = more.link(words::ALL_TESTS, &page.tests()).ours(" | | |\n");
    }
    out.ours("\n")
}

pub(super) fn artifacts(published: &Published, page: &RunPage) -> Markdown {
    let artifacts = &published.artifacts;
    if artifacts.is_empty() {
        return Markdown::new();
    }
    let link = page.artifacts();
    let mut out = Markdown::new().ours("### Artifacts\n\n");
    for artifact in artifacts.iter().take(MOST) {
        out = out
            .ours("- ")
            .link(short(&artifact.name, LONGEST_NAME), &link);
        if let Some(bytes) = artifact.bytes {
            out = out.ours(" (").text(wording::size(bytes)).ours(")");
        }
        out = out.ours("\n");
    }
    let more = artifacts.len().saturating_sub(MOST);
    if more > 0 {
        let more = out.ours("- ").count(more).ours(" more: ");
        out = more.link(words::RUN_PAGE, page.url()).ours("\n");
    }
    out.ours("\n")
}
