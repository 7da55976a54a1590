//! What a check has found: a line of the log for each step, and a summary.

use super::line::{BOLD, GREEN, GREY, Line, RED, RESET};
use super::{short, wording};
use crate::untrusted::{Link, Markdown};

/// So much of a sentence is in the summary.
const LONGEST_SENTENCE: usize = 1_000;

/// So many problems are in the summary; a validation may find any number.
const MOST_ROWS: usize = 100;

/// What became of each step of a check.
#[derive(Debug, Default)]
pub struct Checked {
    rows: Vec<Row>,
    /// The pipeline's name and page.
    pipeline: Option<(String, Link)>,
}

/// A step, and what became of it.
#[derive(Debug)]
struct Row {
    mark: Mark,
    sentence: String,
    page: Option<Link>,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Good,
    /// Neither good nor bad.
    Note,
    Problem,
}

impl Checked {
    /// Sets the pipeline that would be run, and its page.
    pub fn about(&mut self, pipeline: &str, page: Link) {
        self.pipeline = Some((pipeline.to_owned(), page));
    }

    /// Something is as it should be; gives its line.
    pub fn good(&mut self, sentence: String, page: Option<Link>) -> Line {
        let line = Line::new(GREEN).ours("✓").ours(RESET).ours(" ");
        let line = line.foreign(&sentence);
        let line = match &page {
            Some(page) => line.ours(": ").foreign(page),
            None => line,
        };
        self.push(Mark::Good, sentence, page);
        line
    }

    /// Something is neither good nor bad; gives its line.
    pub fn note(&mut self, sentence: String) -> Line {
        let line = Line::new(GREY).ours("–").ours(RESET).ours(" ");
        let line = line.foreign(&sentence);
        self.push(Mark::Note, sentence, None);
        line
    }

    /// Something is wrong; an error says so.
    pub fn problem(&mut self, sentence: String) {
        self.push(Mark::Problem, sentence, None);
    }

    fn push(&mut self, mark: Mark, sentence: String, page: Option<Link>) {
        self.rows.push(Row {
            mark,
            sentence,
            page,
        });
    }

    fn problems(&self) -> usize {
        let rows = self.rows.iter();
        rows.filter(|row| row.mark == Mark::Problem).count()
    }

    /// The last line of the log.
    #[must_use]
    pub fn end(&self) -> Line {
        let problems = self.problems();
        let colour = if problems == 0 { GREEN } else { RED };
        let end = wording::check_end(self.name(), problems);
        Line::new(colour).ours(BOLD).foreign(end).ours(RESET)
    }

    /// The same as a job summary.
    #[must_use]
    pub fn summary(&self) -> Markdown {
        let problems = self.problems();
        let sign = if problems == 0 { "✅ " } else { "❌ " };
        let mut out = Markdown::new().ours("## ").ours(sign);
        out = match &self.pipeline {
            Some((name, page)) => out.link(short(name, 100), page).ours(": "),
            None => out,
        };
        out = out
            .text(wording::check_end(None, problems))
            .ours("\n\n| | |\n|---|---|\n");
        for row in self.rows.iter().take(MOST_ROWS) {
            let sign = match row.mark {
                Mark::Good => "✅",
                Mark::Note => "➖",
                Mark::Problem => "❌",
            };
            let sentence = short(&row.sentence, LONGEST_SENTENCE);
            out = out.ours("| ").ours(sign).ours(" | ");
            out = match &row.page {
                Some(page) => out.link(sentence, page),
                None => out.text(sentence),
            };
            out = out.ours(" |\n");
        }
        out.markdown(&super::run_list::more_in_the_log(
            self.rows.len(),
            MOST_ROWS,
        ))
        .ours("\n")
    }

    fn name(&self) -> Option<&str> {
        self.pipeline.as_ref().map(|(name, _)| name.as_str())
    }
}
