//! What act makes of a step's output.
//!
//! Written from the sources of nektos/act (`pkg/runner/command.go`, `pkg/common/line_writer.go`), and independent of the
//! crate: it judges it.

use std::sync::LazyLock;

use regex::Regex;

use super::runner::{Executed, decode_escapes};

/// What act makes of a step's output.
#[derive(Debug, Default)]
pub(crate) struct ActView {
    /// The lines that are shown, masked.
    pub(crate) log: Vec<String>,
    /// What is masked: whole values.
    pub(crate) masks: Vec<String>,
    /// The commands that had an effect.
    pub(crate) executed: Vec<Executed>,
    /// What became of each line, in the words of `workflow-commands.json`.
    pub(crate) verdicts: Vec<String>,
    stop_token: Option<String>,
}

static ACT_V2: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^::([^ ]+)( (.+))?::([^\r\n]*)[\r\n]+$").expect("a valid pattern")
});
static ACT_V1: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^##\[([^ ]+)( (.+))?]([^\r\n]*)[\r\n]+$").expect("a valid pattern")
});

impl ActView {
    /// Reads a finished step: both streams go through one buffer, lines end at LF, the rest is
    /// dropped.
    pub(crate) fn of(stdout: &[u8], stderr: &[u8]) -> Self {
        let mut view = Self::default();
        let text = String::from_utf8_lossy(&[stderr, stdout].concat()).into_owned();
        for line in text.split_inclusive('\n') {
            let verdict = if line.ends_with('\n') {
                view.read(line)
            } else {
                "dropped (no newline at end of stream)".to_owned()
            };
            view.verdicts.push(verdict);
        }
        view
    }

    fn read(&mut self, line: &str) -> String {
        let v2 = ACT_V2.captures(line).map(|captures| (captures, ','));
        let found = v2.or_else(|| ACT_V1.captures(line).map(|captures| (captures, ';')));
        let Some((captures, separator)) = found else {
            self.print(line);
            return "printed".to_owned();
        };
        let group = |index| captures.get(index).map_or("", |group| group.as_str());
        let name = group(1).to_owned();
        // act decodes in random order; with one escape after the other only `%25…` would show it.
        let escapes = [("%0D", "\r"), ("%0A", "\n"), ("%25", "%")];
        let properties = group(3)
            .split(separator)
            .filter_map(|pair| {
                pair.split_once('=')
                    .filter(|(_, value)| !value.contains('='))
            })
            .map(|(key, value)| {
                (
                    key.to_owned(),
                    decode_escapes(value, &[("%3A", ":"), ("%2C", ",")]),
                )
            })
            .map(|(key, value)| (key, decode_escapes(&value, &escapes)))
            .collect();
        let command = Executed {
            name,
            properties,
            data: decode_escapes(group(4), &escapes),
        };
        self.execute(command, line)
    }

    fn execute(&mut self, command: Executed, line: &str) -> String {
        if let Some(token) = &self.stop_token {
            if *token != command.name {
                self.print(line);
                return "ignored (stopped)".to_owned();
            }
            self.stop_token = None;
            return "resume".to_owned();
        }
        let verdict = match command.name.as_str() {
            "set-env" | "add-path" => format!("exec {} (blocked: logs an error)", command.name),
            "set-output" | "debug" | "warning" | "error" | "save-state" | "add-matcher" => {
                format!("exec {}", command.name)
            }
            "add-mask" => {
                self.masks.push(command.data.clone());
                "exec add-mask".to_owned()
            }
            "stop-commands" => {
                self.stop_token = Some(command.data.clone()).filter(|token| !token.is_empty());
                "exec stop-commands".to_owned()
            }
            name => {
                self.print(line);
                let quoted = serde_json::Value::from(name);
                return format!("echoed as unknown command {quoted}");
            }
        };
        self.executed.push(command);
        verdict
    }

    fn print(&mut self, line: &str) {
        let line = line.trim_end_matches(['\r', '\n']).to_owned();
        let masks = self.masks.iter().filter(|mask| !mask.is_empty());
        self.log
            .push(masks.fold(line, |line, mask| line.replace(mask.as_str(), "***")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn act_shares_one_buffer() {
        let view = ActView::of(b"::error::x\n::add-mask::abc\nabc\n", b"half ");
        assert_eq!(view.log, ["half ::error::x", "***"]);
    }
}
