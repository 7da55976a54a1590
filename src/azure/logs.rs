//! The text of logs, line by line.

use std::collections::HashMap;

use futures_util::StreamExt;

use super::wire::{WireList, WireLog};
use super::{Client, Error, Request};
use crate::build::{BuildId, LogId};

impl Client {
    /// Reads a log from line `first` (from 1) on and gives each line, without its line end, to
    /// `line`. When the connection breaks, all complete lines before the break have been given, so
    /// that the caller can go on behind them. A last line without a line end is a line only where
    /// the log is complete; else more of it may come. A log that does not exist yet has no lines.
    ///
    /// REST: Builds - Get Build Log. `startLine` counts from 1, inclusive; past the end comes an
    /// empty body.
    pub async fn read_log(
        &self,
        build: BuildId,
        log: LogId,
        first: u64,
        is_complete: bool,
        mut line: impl FnMut(&[u8]),
    ) -> Result<(), Error> {
        let (build, log, first) = (build.to_string(), log.0.to_string(), first.to_string());
        let segments = ["builds", &build, "logs", &log];
        let query = [("startLine", first.as_str())];
        let request = Request {
            accept: "text/plain",
            // A large log may take long; only silence is an error, and the client watches for that.
            time: None,
            ..Request::get(&segments).query(&query)
        };
        let response = match self.send(&request).await {
            Err(Error::NotFound { .. }) => return Ok(()),
            answer => answer?,
        };
        let name = format!("GET {}", response.url().path());
        let mut chunks = response.bytes_stream();
        let mut lines = LineSplitter::default();
        while let Some(chunk) = chunks.next().await {
            let chunk =
                chunk.map_err(|error| Error::transport(&name, &self.address().host(), &error))?;
            lines.push(&chunk, &mut line);
        }
        if is_complete {
            lines.finish(&mut line);
        }
        Ok(())
    }

    /// The lines of a log from `first` to `last`, both included and counted from 1, as far as it has
    /// them.
    ///
    /// REST: Builds - Get Build Log.
    pub async fn log_lines(
        &self,
        build: BuildId,
        log: LogId,
        first: u64,
        last: u64,
    ) -> Result<Vec<String>, Error> {
        let (build, log) = (build.to_string(), log.0.to_string());
        let (first, last) = (first.to_string(), last.to_string());
        let segments = ["builds", &build, "logs", &log];
        let query = [("startLine", first.as_str()), ("endLine", last.as_str())];
        let request = Request {
            accept: "text/plain",
            ..Request::get(&segments).query(&query)
        };
        let response = match self.send(&request).await {
            Err(Error::NotFound { .. }) => return Ok(Vec::new()),
            answer => answer?,
        };
        let name = format!("GET {}", response.url().path());
        let text = response
            .bytes()
            .await
            .map_err(|error| Error::transport(&name, &self.address().host(), &error))?;
        let mut found = Vec::new();
        let mut line = |bytes: &[u8]| found.push(String::from_utf8_lossy(bytes).into_owned());
        let mut lines = LineSplitter::default();
        lines.push(&text, &mut line);
        lines.finish(&mut line);
        Ok(found)
    }

    /// How many lines each log of the run has.
    ///
    /// REST: Builds - Get Build Logs.
    pub async fn line_counts(&self, build: BuildId) -> Result<HashMap<LogId, u64>, Error> {
        let build = build.to_string();
        let logs: WireList<WireLog> = self
            .json(&Request::get(&["builds", &build, "logs"]))
            .await?;
        Ok(logs
            .value
            .into_iter()
            .filter_map(|log| Some((LogId(log.id), log.line_count?)))
            .collect())
    }
}

/// Cuts a stream of bytes into lines at LF; a CR before it belongs to the line end.
#[derive(Default)]
struct LineSplitter {
    /// The beginning of a line whose end has not come yet.
    begun: Vec<u8>,
}

impl LineSplitter {
    fn push(&mut self, chunk: &[u8], line: &mut impl FnMut(&[u8])) {
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', chunk) {
            let piece = &chunk[start..end];
            start = end + 1;
            if self.begun.is_empty() {
                line(without_cr(piece));
            } else {
                self.begun.extend_from_slice(piece);
                line(without_cr(&self.begun));
                self.begun.clear();
            }
        }
        self.begun.extend_from_slice(&chunk[start..]);
    }

    /// A last line without a line end counts as a line.
    fn finish(self, line: &mut impl FnMut(&[u8])) {
        if !self.begun.is_empty() {
            line(without_cr(&self.begun));
        }
    }
}

fn without_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(chunks: &[&[u8]]) -> Vec<String> {
        let mut found = Vec::new();
        let mut line = |bytes: &[u8]| found.push(String::from_utf8_lossy(bytes).into_owned());
        let mut lines = LineSplitter::default();
        for chunk in chunks {
            lines.push(chunk, &mut line);
        }
        lines.finish(&mut line);
        found
    }

    #[test]
    fn lines_are_the_same_wherever_the_chunks_are_cut() {
        let text = b"one\r\n\r\ntwo\n\nthr\ree\nlast";
        let expected = ["one", "", "two", "", "thr\ree", "last"];
        assert_eq!(split(&[text]), expected);
        for cut in 0..=text.len() {
            assert_eq!(
                split(&[&text[..cut], &text[cut..]]),
                expected,
                "cut at {cut}"
            );
        }
        assert!(split(&[b""]).is_empty());
        assert_eq!(split(&[b"one\n"]), ["one"]);
    }
}
