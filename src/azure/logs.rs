//! The text of logs, line by line.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use tokio::time::Instant;

use super::wire::{WireList, WireLog};
use super::{Client, Error, Request, Time};
use crate::build::{BuildId, LogId};
use crate::network::Failure;

/// The longest line that is shown whole, in bytes. The rest of a longer one is left out, so that
/// memory stays bounded; as in the agent's own feed, `...` says so.
const LONGEST_LINE: usize = 16 * 1024 * 1024;
const CUT: &[u8] = b"...";

/// How long one answer with a log is read. Another request goes on behind what has come.
const LONGEST_READ: Duration = Duration::from_mins(10);

/// What comes while a log is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogPart<'a> {
    /// A line without its line end. What is not UTF-8 in it is replaced.
    Line(&'a str),
    /// The next bytes are not here yet: what has come so far should not be held back.
    Pause,
}

impl Client {
    /// Reads a log from line `first` (from 1) on and gives what comes to `take`. When the connection
    /// breaks, all complete lines before the break have been given, so that the caller can go on
    /// behind them. A last line without a line end is a line only where the log is complete; else
    /// more of it may come. A log that does not exist yet has no lines.
    ///
    /// REST: Builds - Get Build Log. `startLine` counts from 1, inclusive; past the end comes an
    /// empty body.
    pub async fn read_log(
        &self,
        build: BuildId,
        log: LogId,
        first: u64,
        is_complete: bool,
        mut take: impl FnMut(LogPart<'_>),
    ) -> Result<(), Error> {
        let (build, log, first) = (build.to_string(), log.0.to_string(), first.to_string());
        let segments = ["builds", &build, "logs", &log];
        let query = [("startLine", first.as_str())];
        let request = Request {
            accept: "text/plain",
            // A large log may take long; only silence is an error, and the client watches for that.
            time: Time::Unlimited,
            ..Request::get(&segments).query(&query)
        };
        let response = match self.send(&request).await {
            Err(Error::NotFound { .. }) => return Ok(()),
            answer => answer?,
        };
        let url = response.url().clone();
        let name = request.name(&url);
        let mut chunks = response.bytes_stream();
        let mut lines = LineSplitter::default();
        let end = Instant::now() + LONGEST_READ.div_f64(self.patience().haste);
        loop {
            let mut chunk = chunks.next().now_or_never();
            if chunk.is_none() {
                // What has been received already is unpacked by another task, which gets its turn.
                tokio::task::yield_now().await;
                chunk = chunks.next().now_or_never();
            }
            if chunk.is_none() {
                take(LogPart::Pause);
                chunk = tokio::time::timeout_at(end, chunks.next()).await.ok();
            }
            if chunk.is_none() || Instant::now() > end {
                return Err(self.unreached(&name, Failure::silence()));
            }
            let Some(chunk) = chunk.flatten() else { break };
            let chunk = chunk.map_err(|error| self.transport(&name, &url, &error))?;
            lines.push(&chunk, &mut |line| take(LogPart::Line(line)));
        }
        if is_complete {
            lines.finish(&mut |line| take(LogPart::Line(line)));
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
        let name = request.name(response.url());
        let text = self.read(&name, response).await?.bytes;
        let mut found = Vec::new();
        let mut line = |line: &str| found.push(line.to_owned());
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
    /// Whether it is too long, so that the rest of it is left out.
    is_cut: bool,
}

impl LineSplitter {
    fn push(&mut self, mut chunk: &[u8], line: &mut impl FnMut(&str)) {
        if !self.begun.is_empty() {
            let Some(end) = memchr::memchr(b'\n', chunk) else {
                self.begin(chunk);
                return;
            };
            self.begin(&chunk[..end]);
            line(&decoded(without_cr(&self.begun)));
            self.begun.clear();
            self.is_cut = false;
            chunk = &chunk[end + 1..];
        }
        let (whole, rest) = chunk.split_at(memchr::memrchr(b'\n', chunk).map_or(0, |end| end + 1));
        each_line(whole, line);
        self.begin(rest);
    }

    /// More of a line whose end has not come yet.
    fn begin(&mut self, part: &[u8]) {
        let room = LONGEST_LINE.saturating_sub(self.begun.len());
        if self.is_cut {
            return;
        }
        if part.len() > room {
            self.begun.extend_from_slice(&part[..room]);
            self.begun.extend_from_slice(CUT);
            self.is_cut = true;
        } else {
            self.begun.extend_from_slice(part);
        }
    }

    /// A last line without a line end counts as a line.
    fn finish(self, line: &mut impl FnMut(&str)) {
        if !self.begun.is_empty() {
            line(&decoded(without_cr(&self.begun)));
        }
    }
}

/// Gives each of some whole lines. They are checked for UTF-8 together, which is much faster than
/// one by one.
fn each_line(whole: &[u8], line: &mut impl FnMut(&str)) {
    let text = str::from_utf8(whole);
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', whole) {
        let bytes = without_cr(&whole[start..end]);
        match text {
            Ok(text) => line(&text[start..start + bytes.len()]),
            Err(_) => line(&decoded(bytes)),
        }
        start = end + 1;
    }
}

fn decoded(line: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(line)
}

fn without_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use azure_pipelines_simulator::{Scenario, Simulator};

    use super::super::RunRequest;
    use super::super::fixture::{client, wait};
    use super::*;

    /// Sends the start of each log, with the first of two lines in it, and then nothing.
    const STALLED: &str = "
        clock = { real = 100000.0 }
        [[pipeline]]
        id = 12
        name = 'App CI'
        [[pipeline.run.task]]
        bom = 'none'
        stamps = false
        frame = false
        lines = ['first', 'second']
        [[fault]]
        on = 'GET builds/*/logs/*'
        every = true
        stall = 8
    ";

    #[test]
    fn a_pause_in_the_middle_of_a_log_is_told() {
        let simulator = Simulator::start(Scenario::from_toml(STALLED).unwrap());
        let client = client(&simulator.project_url());
        let run = RunRequest {
            pipeline: 12,
            ..RunRequest::default()
        };
        let paused = async {
            let build = client.queue(&run).await.unwrap().0.id;
            while !client.get_build(build).await.unwrap().is_completed() {}
            let timeline = client.get_timeline(build).await.unwrap();
            let jobs = timeline.jobs();
            let mut sources = jobs.iter().flat_map(|job| timeline.log_sources(job));
            let log = sources.find(|source| source.task.as_deref() == Some("CmdLine"));
            let log = log.unwrap().log.unwrap();
            let is_paused = tokio::sync::Notify::new();
            let mut lines = Vec::new();
            let read = client.read_log(build, log, 1, true, |part| match part {
                LogPart::Line(line) => lines.push(line.to_owned()),
                LogPart::Pause if lines.is_empty() => {}
                LogPart::Pause => is_paused.notify_one(),
            });
            tokio::select! {
                read = read => panic!("the log came to its end: {read:?}"),
                () = is_paused.notified() => {}
            }
            lines
        };
        assert_eq!(wait(paused), ["first"]);
    }

    fn split(chunks: &[&[u8]]) -> Vec<String> {
        let mut found = Vec::new();
        let mut line = |text: &str| found.push(text.to_owned());
        let mut lines = LineSplitter::default();
        for chunk in chunks {
            lines.push(chunk, &mut line);
        }
        lines.finish(&mut line);
        found
    }

    #[test]
    fn lines_are_the_same_wherever_the_chunks_are_cut() {
        let text = b"one\r\n\r\ntwo\n\nthr\ree \xe2\x9c\x93\nbad \x80\nlast";
        let expected = ["one", "", "two", "", "thr\ree ✓", "bad \u{fffd}", "last"];
        assert_eq!(split(&[text]), expected);
        for cut in 0..=text.len() {
            for second in cut..=text.len() {
                let chunks = [&text[..cut], &text[cut..second], &text[second..]];
                assert_eq!(split(&chunks), expected, "cut at {cut} and {second}");
            }
        }
        assert!(split(&[b""]).is_empty());
        let part = vec![b'x'; LONGEST_LINE / 2];
        let found = split(&[&part, &part, b"y", &part, b"z\nnext\n"]);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].len(), LONGEST_LINE + CUT.len());
        assert!(found[0].ends_with("x...") && found[1] == "next");
        assert_eq!(split(&[b"one\n"]), ["one"]);
    }
}
