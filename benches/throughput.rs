//! A run that is over, with 1 GiB of logs in 300 tasks, against `curl` fetching the same logs.

use std::fmt::Write as _;
use std::process::Command;

use anyhow::{Context as _, Result};
use azure_pipelines_simulator::TEST_TOKEN;

use crate::figures::{Row, median, quantile, ratio, time};
use crate::loopback::Loopback;
use crate::product::{Product, run};

const TASKS: u64 = 300;
const ROUNDS: usize = 7;
const MIB: u64 = 1024 * 1024;
/// Of one line with its stamp and line end: what builds print on average.
const LINE: u64 = 100;
/// Of a stamp and a line end.
const FRAME: u64 = 30;

pub(crate) fn measure(product: &Product) -> Result<Vec<Row>> {
    let large = compare(product, 1024 * MIB, ROUNDS)?;
    let small = compare(product, 10 * MIB, 1)?;
    let ratios = format!(
        "{:.2} ({:.2} to {:.2}; {} against {})",
        median(&large.ratios),
        quantile(&large.ratios, 0.0),
        quantile(&large.ratios, 1.0),
        time(median(&large.own)),
        time(median(&large.curl)),
    );
    let kib = |kib: u64| format!("{:.1} MiB", ratio(kib, 1024));
    Ok(vec![
        Row::new(
            "1 GiB of logs in 300 tasks: time of the whole step / time of `curl` for the logs alone, median of 7",
            ratios,
            "≤ 1.25",
        ),
        Row::new(
            "peak memory with 10 MiB and with 1 GiB of logs",
            format!("{} and {}", kib(small.peak), kib(large.peak)),
            "< 24 MiB, equal",
        ),
        Row::new(
            "bytes of all answers / bytes of the logs",
            format!("{:.4}", large.overhead),
            "≤ 1.02",
        ),
    ])
}

struct Comparison {
    own: Vec<std::time::Duration>,
    curl: Vec<std::time::Duration>,
    ratios: Vec<f64>,
    /// KiB.
    peak: u64,
    overhead: f64,
}

/// Runs the step and `curl` in turn against one simulator.
fn compare(product: &Product, bytes: u64, rounds: usize) -> Result<Comparison> {
    let simulator = Loopback::start(&scenario(bytes))?;
    let url = &simulator.project_url;
    let mut comparison = Comparison {
        own: Vec::new(),
        curl: Vec::new(),
        ratios: Vec::new(),
        peak: 0,
        overhead: 0.0,
    };
    for round in 1..=rounds {
        let before = simulator.bytes()?;
        let own = run(&mut product.command(url))?;
        let fetched = simulator.bytes()? - before;
        let logs = simulator.task_logs(round)?;
        let curl = run(Command::new("curl")
            .arg("-K")
            .arg(list(url, round, &logs)?.path()))
        .context("curl is needed (Debian: curl)")?;
        comparison.overhead = ratio(fetched, curl.bytes);
        comparison
            .ratios
            .push(own.time.as_secs_f64() / curl.time.as_secs_f64());
        comparison.peak = comparison.peak.max(own.peak);
        comparison.own.push(own.time);
        comparison.curl.push(curl.time);
    }
    Ok(comparison)
}

/// What `curl` is to fetch, over one connection.
fn list(url: &str, build: usize, logs: &[u64]) -> Result<tempfile::NamedTempFile> {
    let mut text =
        format!("silent\nfail\nuser = \":{TEST_TOKEN}\"\nheader = \"Accept: text/plain\"\n");
    for log in logs {
        let _ = writeln!(
            text,
            "url = \"{url}/_apis/build/builds/{build}/logs/{log}?api-version=7.1\""
        );
    }
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), text)?;
    Ok(file)
}

/// Tasks that take no time, on a clock on which everything is over before the first poll.
fn scenario(bytes: u64) -> String {
    let lines = bytes / TASKS / LINE;
    let mut text =
        "clock = { real = 1000000.0 }\n[[pipeline]]\nid = 12\nname = 'App CI'\n".to_owned();
    for job in 0..10 {
        let _ = writeln!(text, "[[pipeline.run.job]]\nname = 'Job {job}'");
        for task in 0..TASKS / 10 {
            let _ = writeln!(
                text,
                "[[pipeline.run.job.task]]\nname = 'Task {task}'\nduration = '0s'\nlog-delay = '0s'\n\
                 generate = {{ lines = {lines}, bytes = {} }}",
                LINE - FRAME
            );
        }
    }
    text
}
