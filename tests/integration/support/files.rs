//! What GitHub's runner and act read in the files that a step writes.
//!
//! Written from the sources of actions/runner (`FileCommandManager.cs`) and nektos/act
//! (`pkg/container/parse_env_file.go`), and independent of the crate: it judges it.

use std::collections::BTreeMap;

use super::runner::decode;

/// Largest summary that GitHub shows, in bytes.
const SUMMARY_MAXIMUM: usize = 1024 * 1024;

/// Who reads an output or state file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// GitHub's runner.
    Runner,
    /// act.
    Act,
}

/// The entries of an output or state file, or why the step fails.
pub(crate) fn parse_env_file(
    bytes: &[u8],
    reader: Reader,
) -> Result<BTreeMap<String, String>, String> {
    let text = match reader {
        Reader::Runner => decode(bytes),
        Reader::Act => String::from_utf8_lossy(bytes).replace("\r\n", "\n"),
    };
    let mut entries = BTreeMap::new();
    let mut lines = text.split_inclusive('\n');
    while let Some(line) = lines.next() {
        let line = line.strip_suffix('\n').unwrap_or(line);
        if line.is_empty() && reader == Reader::Runner {
            continue;
        }
        match (line.find('='), line.find("<<")) {
            (Some(equals), heredoc) if heredoc.is_none_or(|heredoc| equals < heredoc) => {
                entries.insert(line[..equals].to_owned(), line[equals + 1..].to_owned());
            }
            (_, Some(heredoc)) => {
                let value = heredoc_value(&line[heredoc + 2..], &mut lines, reader)?;
                entries.insert(line[..heredoc].to_owned(), value);
            }
            _ => return Err(format!("invalid format {line:?}")),
        }
    }
    Ok(entries)
}

fn heredoc_value<'a>(
    delimiter: &str,
    lines: &mut impl Iterator<Item = &'a str>,
    reader: Reader,
) -> Result<String, String> {
    if delimiter.is_empty() {
        return Err("empty delimiter".to_owned());
    }
    let mut value = String::new();
    for (index, line) in lines.enumerate() {
        let content = line.strip_suffix('\n').unwrap_or(line);
        if content == delimiter {
            return Ok(value);
        }
        if !line.ends_with('\n') {
            break;
        }
        // act joins by "is there something yet", which loses blank lines at the start.
        let is_first = if reader == Reader::Act {
            value.is_empty()
        } else {
            index == 0
        };
        if !is_first {
            value.push('\n');
        }
        value.push_str(content);
    }
    Err(format!("delimiter {delimiter:?} not found"))
}

/// Whether GitHub shows a summary file of these bytes at all.
pub(crate) fn is_summary_shown(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.len() <= SUMMARY_MAXIMUM
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn env_files() {
        let both = |text: &str| {
            let parse = |reader| parse_env_file(text.as_bytes(), reader);
            (parse(Reader::Runner).ok(), parse(Reader::Act).ok())
        };
        let map = |value: &str| Some(BTreeMap::from([("a".to_owned(), value.to_owned())]));
        assert_eq!(both("a=b<<c\n"), (map("b<<c"), map("b<<c")));
        assert_eq!(both("a<<E\nx\n\ny\nE\n"), (map("x\n\ny"), map("x\n\ny")));
        assert_eq!(both("a<<E\n\nx\r\nE\n"), (map("\nx\r"), map("x")));
        assert_eq!(both("a<<E\n\nE\n"), (map(""), map("")));
        assert_eq!(both("\na=b\n"), (map("b"), None));
        assert_eq!(both("nothing\n"), (None, None));
        assert_eq!(both("a<<E\nx\n"), (None, None));
    }

    #[test]
    fn summaries() {
        assert!(is_summary_shown(&vec![b'a'; 1024 * 1024]));
        assert!(!is_summary_shown(&vec![b'a'; 1024 * 1024 + 1]));
    }
}
