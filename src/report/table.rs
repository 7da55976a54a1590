//! A table in the log, as the vendor's command line draws it.

use super::line::Line;
use crate::untrusted::escapes::as_piece;
use crate::untrusted::sanitize_line;

/// A cell that is longer is shown whole, but makes no column wider: there may be thousands of rows.
const WIDEST: usize = 100;

/// Columns, two blanks apart, as wide as their longest cell or two more than their header; all to
/// the left, and nothing behind the last one.
pub(super) fn lines(headers: &[&str], rows: &[Vec<String>]) -> Vec<Line> {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| plain(cell)).collect())
        .collect();
    let widths: Vec<usize> = headers
        .iter()
        .enumerate()
        .map(|(column, header)| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            let widths = cells.map(|cell| width(cell, column));
            let longest = widths.filter(|width| *width <= WIDEST).max();
            longest.unwrap_or(0).max(header.chars().count() + 2)
        })
        .collect();
    let header: Vec<String> = headers.iter().map(|header| (*header).to_owned()).collect();
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    [&header, &rule]
        .into_iter()
        .chain(&rows)
        .map(|row| Line::default().foreign(joined(row, &widths)))
        .collect()
}

fn joined(row: &[String], widths: &[usize]) -> String {
    let cells: Vec<String> = row
        .iter()
        .enumerate()
        .zip(widths)
        .map(|((column, cell), wide)| {
            let blanks = wide.saturating_sub(width(cell, column));
            format!("{cell}{}", " ".repeat(blanks))
        })
        .collect();
    cells.join("  ").trim_end().to_owned()
}

/// How many characters a cell has in the log, where what could be a command gets a backslash.
fn width(cell: &str, column: usize) -> usize {
    let mut shown = String::new();
    // Two colons are harmless unless the line begins with them.
    let before = if column == 0 { "" } else { "x" };
    sanitize_line(&format!("{before}{cell}"), &mut shown);
    shown.chars().count() - before.len()
}

/// Foreign text as one line, so that its width is known before it is written.
fn plain(text: &str) -> String {
    let text = as_piece(text);
    let words: Vec<&str> = text
        .split(['\n', '\r', '\t', '\u{2028}', '\u{2029}'])
        .collect();
    words.join(" ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_two_wider_than_its_header_or_as_wide_as_its_longest_cell() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let rows = [
            row(["1", " a longer cell ", "manual"]),
            row(["22", "two\nlines\x1b[1m", ""]),
        ];
        let drawn = lines(&["Run ID", "Name", "Reason"], &rows);
        let expected = [
            "Run ID    Name           Reason",
            "--------  -------------  --------",
            "1         a longer cell  manual",
            "22        two lines",
        ];
        let expected = expected.map(|line| Line::default().foreign(line));
        assert_eq!(drawn, expected);
    }

    #[test]
    fn a_huge_cell_widens_no_other_row() {
        let huge = "x".repeat(WIDEST + 1);
        let drawn = lines(
            &["Name", "Reason"],
            &[
                vec![huge.clone(), "manual".into()],
                vec!["a".into(), "b".into()],
            ],
        );
        let expected = [
            "Name    Reason",
            "------  --------",
            &format!("{huge}  manual"),
            "a       b",
        ];
        let expected = expected.map(|line| Line::default().foreign(line));
        assert_eq!(drawn, expected);
    }
}
