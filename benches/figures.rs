//! Figures, and the table that they make.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// The table in a document stands between these two lines.
const MARKS: [&str; 2] = ["<!-- figures -->\n", "<!-- /figures -->\n"];

/// One line of the table.
pub(crate) struct Row {
    what: String,
    measured: String,
    goal: String,
}

impl Row {
    pub(crate) fn new(what: impl Into<String>, measured: impl Into<String>, goal: &str) -> Self {
        Self {
            what: what.into(),
            measured: measured.into(),
            goal: goal.to_owned(),
        }
    }

    /// A row that could not be measured here.
    pub(crate) fn skipped(what: &str, why: &str, goal: &str) -> Self {
        Self::new(what, format!("skipped: {why}"), goal)
    }
}

/// Rows as Markdown.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text = "| what | goal | measured |\n|---|---|---|\n".to_owned();
    for row in rows {
        let _ = writeln!(text, "| {} | {} | {} |", row.what, row.goal, row.measured);
    }
    text
}

/// Replaces what stands between the two marks in the file.
pub(crate) fn write_into(path: &Path, table: &str) -> Result<()> {
    let text = std::fs::read_to_string(path)?;
    let [start, end] = MARKS.map(|mark| text.find(mark));
    let start = start.context("no mark for the start of the table")? + MARKS[0].len();
    let end = end.context("no mark for the end of the table")?;
    let text = format!("{}\n{table}\n{}", &text[..start], &text[end..]);
    Ok(std::fs::write(path, text)?)
}

/// The value below which `part` of all values are, from 0 to 1.
pub(crate) fn quantile<T: Copy + PartialOrd>(values: &[T], part: f64) -> T {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place in a short list"
    )]
    let place = ((sorted.len() - 1) as f64 * part).round() as usize;
    sorted[place]
}

pub(crate) fn median<T: Copy + PartialOrd>(values: &[T]) -> T {
    quantile(values, 0.5)
}

/// `1.23 s` or `4.56 ms`.
pub(crate) fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 0.1 {
        format!("{:.2} ms", seconds * 1e3)
    } else {
        format!("{seconds:.2} s")
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "figures are shown with three digits"
)]
pub(crate) fn ratio(a: u64, b: u64) -> f64 {
    a as f64 / b as f64
}
