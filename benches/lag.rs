//! From the moment at which a line can be read at the service to the moment at which it is printed.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use azure_pipelines_simulator::{LineAppearance, Scenario, Simulator};

use crate::figures::{Row, median, quantile, time};
use crate::product::Product;

pub(crate) fn measure(product: &Product) -> Result<Vec<Row>> {
    let simulator = Simulator::start(Scenario::from_toml(&scenario())?);
    let printed = printed(product, &simulator)?;
    let appearances = simulator.line_appearances(1);
    let in_any = |line: &LineAppearance| line.in_log.into_iter().chain(line.in_feed).min();
    Ok(vec![
        row(
            "a line can be read, in the log or in the console feed → it is printed (`poll-interval: auto`)",
            &lags(&appearances, &printed, in_any)?,
            "median ≤ 2 s, p99 ≤ 5 s",
        ),
        row(
            "a line can be read in the log → it is printed; 0 where it was printed before",
            &lags(&appearances, &printed, |line| line.in_log)?,
            "",
        ),
    ])
}

fn row(what: &str, lags: &[Duration], goal: &str) -> Row {
    let measured = format!(
        "median {}, p99 {}, longest {} ({} lines)",
        time(median(lags)),
        time(quantile(lags, 0.99)),
        time(quantile(lags, 1.0)),
        lags.len(),
    );
    Row::new(what, measured, goal)
}

/// Each of the scenario's lines has a text of its own.
fn lags(
    appearances: &[LineAppearance],
    printed: &HashMap<String, Instant>,
    appears: impl Fn(&LineAppearance) -> Option<Instant>,
) -> Result<Vec<Duration>> {
    let ours = appearances
        .iter()
        .filter(|line| line.text.starts_with("Line "));
    let lags: Option<Vec<Duration>> = ours
        .map(|line| {
            let printed = printed.get(&line.text)?;
            Some(printed.saturating_duration_since(appears(line)?))
        })
        .collect();
    let lags = lags.context("a line was not printed")?;
    ensure!(!lags.is_empty(), "no line was printed");
    Ok(lags)
}

/// When each line of the step's log was printed first.
fn printed(product: &Product, simulator: &Simulator) -> Result<HashMap<String, Instant>> {
    let mut child = product
        .command(&simulator.project_url())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut printed = HashMap::new();
    for line in BufReader::new(child.stdout.take().context("its output")?).lines() {
        let now = Instant::now();
        printed.entry(line?).or_insert(now);
    }
    ensure!(child.wait()?.success(), "the step failed");
    Ok(printed)
}

/// Three minutes: short steps, a long one whose log arrives in pages, one that is nearly silent, short steps again.
fn scenario() -> String {
    let mut text = "clock = { real = 1.0 }\n[[pipeline]]\nid = 12\nname = 'App CI'\n".to_owned();
    let mut step = 0;
    let mut task = |seconds: u32, lines: u32, pages: &[u32]| {
        step += 1;
        let texts: Vec<String> = (1..=lines)
            .map(|line| format!("'Line {line} of step {step}'"))
            .collect();
        let pages: Vec<String> = pages.iter().map(|at| format!("'{at}s'")).collect();
        let _ = writeln!(
            text,
            "[[pipeline.run.task]]\nname = 'Step {step}'\nduration = '{seconds}s'\nspread = true\n\
             lines = [{}]\npages-at = [{}]",
            texts.join(", "),
            pages.join(", ")
        );
    };
    for seconds in [1, 3, 2, 5, 1, 1, 4, 2, 7, 1, 3, 10] {
        task(seconds, 4 * seconds, &[]);
    }
    // Fifty lines a page, each page a moment after its last line was written.
    task(50, 400, &[7, 13, 19, 25, 32, 38, 44]);
    task(45, 4, &[]);
    for seconds in [2, 8, 1, 12, 1, 3] {
        task(seconds, 4 * seconds, &[]);
    }
    text
}
