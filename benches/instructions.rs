//! Instructions for one line of a log, counted by valgrind.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::figures::{Row, ratio};
use crate::loopback::Loopback;
use crate::product::Product;

/// Two runs that differ in nothing but their lines: what else happens cancels out.
const LINES: [u64; 2] = [20_000, 220_000];

/// Each a line of 100 bytes with its stamp and line end.
const KINDS: [(&str, &str); 4] = [
    ("plain", ""),
    ("beyond ASCII", "✓ "),
    ("in colour", "\\u001b[32mok\\u001b[0m "),
    ("marked `##[debug]`", "##[debug]"),
];

pub(crate) fn measure(product: &Product) -> Result<Vec<Row>> {
    let what = "instructions for a line of 100 bytes";
    let Some(valgrind) = valgrind() else {
        let why = "no valgrind (Debian: `apt-get install valgrind`)";
        return Ok(vec![Row::skipped(what, why, "")]);
    };
    let mut rows = Vec::new();
    for (kind, start) in KINDS {
        let [few, many] = [
            count(product, valgrind, LINES[0], start)?,
            count(product, valgrind, LINES[1], start)?,
        ];
        let per_line = ratio(many.saturating_sub(few), LINES[1] - LINES[0]);
        rows.push(Row::new(
            format!("{what}: {kind}"),
            format!("{per_line:.0}"),
            "",
        ));
    }
    Ok(rows)
}

/// Debian's `valgrind` is a shell script, and its shell drops variables with a hyphen in their names, as inputs have.
fn valgrind() -> Option<&'static str> {
    ["valgrind.bin", "valgrind"].into_iter().find(|name| {
        let version = Command::new(name)
            .arg("--version")
            .stdout(Stdio::null())
            .status();
        version.is_ok_and(|status| status.success())
    })
}

/// The instructions of a step that shows so many lines of a run that is over.
fn count(product: &Product, valgrind: &str, lines: u64, start: &str) -> Result<u64> {
    let simulator = Loopback::start(&scenario(lines, start))?;
    let mut command = Command::new(valgrind);
    product.dress(&mut command, &simulator.project_url);
    let output = command
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(&product.binary)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()?;
    let report = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the step failed: {report}");
    let line = report.lines().find(|line| line.contains("Collected :"));
    let number = line.and_then(|line| line.rsplit(' ').next()?.parse().ok());
    number.with_context(|| format!("no count in: {report}"))
}

fn scenario(lines: u64, start: &str) -> String {
    format!(
        "clock = {{ real = 1000000.0 }}\n[[pipeline]]\nid = 12\nname = 'App CI'\n\
         [[pipeline.run.task]]\nduration = '0s'\nlog-delay = '0s'\n\
         generate = {{ lines = {lines}, bytes = 70, start = \"{start}\" }}\n"
    )
}
