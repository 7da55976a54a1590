//! What GitHub makes of a summary, as far as a Markdown parser that shares nothing with the product
//! can say.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag};
use run_azure_pipeline::github::files::SUMMARY_LIMIT;
use run_azure_pipeline::untrusted::Markdown;

use super::judge::HOME;
use crate::files::is_summary_shown;

/// Pages that are not the run's: those that the product's own sentences name.
const PAGES: [&str; 2] = [
    "https://aka.ms/azpipelines-parallelism-request",
    "https://status.dev.azure.com",
];

/// Foreign text stands for itself, every link leads where the product wants it to lead, and GitHub
/// shows it all.
pub(super) fn check(markdown: &Markdown) {
    let markdown = markdown.as_str();
    let is_shown = markdown.len() <= SUMMARY_LIMIT && is_summary_shown(markdown.as_bytes());
    assert!(is_shown, "{} bytes", markdown.len());
    let prose = without_code(markdown);
    let mut columns = None;
    for line in prose.lines() {
        let line = without_destinations(line);
        references(&line);
        columns = line.starts_with('|').then(|| {
            let here = line.matches('|').count();
            assert_eq!(here, columns.unwrap_or(here), "{line:?} in {markdown}");
            here
        });
    }
}

/// Of all that Markdown can do, only this; gives what is not in a block of code.
fn without_code(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_MATH
        | Options::ENABLE_GFM;
    let mut prose = String::new();
    let mut copied = 0;
    for (event, place) in Parser::new_ext(markdown, options).into_offset_iter() {
        let is_expected = match &event {
            Event::Start(Tag::Link { dest_url, .. }) => is_ours(dest_url),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                assert!(matches!(&**language, "" | "mermaid"), "{language:?}");
                if &**language == "mermaid" {
                    chart(&markdown[place.clone()]);
                }
                prose.push_str(&markdown[copied..place.start]);
                copied = place.end;
                true
            }
            Event::Start(
                Tag::Heading { .. }
                | Tag::Paragraph
                | Tag::HtmlBlock
                | Tag::List(_)
                | Tag::Item
                | Tag::Strong
                | Tag::Table(_)
                | Tag::TableHead
                | Tag::TableRow
                | Tag::TableCell,
            )
            | Event::End(_)
            | Event::SoftBreak => true,
            Event::Html(html) => is_our_html(html),
            Event::InlineHtml(html) => matches!(&**html, "<code>" | "</code>"),
            Event::Text(text) => !text.contains(|c| is_hidden(c) && !matches!(c, '\n' | '\t')),
            _ => false,
        };
        assert!(is_expected, "{event:?} in {markdown}");
    }
    prose + &markdown[copied..]
}

/// Folded parts, and nothing else that is HTML.
fn is_our_html(html: &str) -> bool {
    const TAGS: [&str; 7] = [
        "<details>",
        "<details open>",
        "</details>",
        "<summary>",
        "</summary>",
        "<b>",
        "</b>",
    ];
    let without = TAGS
        .iter()
        .fold(html.to_owned(), |html, tag| html.replace(tag, ""));
    !without.contains(['<', '>'])
}

fn is_ours(url: &str) -> bool {
    let is_clean =
        !url.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"'`\\".contains(c));
    is_clean && (url.starts_with(HOME) || PAGES.iter().any(|page| url.starts_with(page)))
}

/// Every line of a chart is one of ours: a name cannot end it, or be a setting, an action or a comment.
fn chart(block: &str) {
    let lines = block.lines().map(str::trim);
    for line in lines.skip(2).filter(|line| !line.starts_with("```")) {
        let mut words = line.split(' ');
        let is_setting = matches!(
            words.next(),
            Some("dateFormat" | "axisFormat" | "tickInterval")
        );
        let is_section = line.starts_with("section ") && !line.contains([':', ';', '#', '%']);
        let is_bar = line.matches(':').count() == 1 && !line.contains([';', '#', '%', '"', '`']);
        let sign = line.chars().next().is_some_and(|c| !c.is_alphanumeric());
        assert!(is_setting || is_section || is_bar && sign, "{line:?}");
    }
}

/// What GitHub makes links of besides Markdown's own: people, issues, addresses.
fn references(prose: &str) {
    let text = prose.trim_start_matches('#');
    let lower = text.to_ascii_lowercase();
    for mark in ["@", "www.", "://", "gh-"] {
        assert!(!lower.contains(mark), "{mark} in {prose:?}");
    }
    for (at, _) in text.match_indices('#') {
        assert!(text[..at].ends_with('&'), "# in {prose:?}");
    }
}

/// A line without the destinations of its links, which are the product's.
fn without_destinations(line: &str) -> String {
    let mut parts = line.split("](<");
    let mut prose = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (_, rest) = part.split_once(">)").expect("the end of a link");
        prose.push_str(rest);
    }
    prose
}

/// Control characters, and those that turn the text around them about.
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}
