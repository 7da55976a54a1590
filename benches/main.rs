//! How fast, how small and how sparing the released binary is. Prints a Markdown table; judges nothing.
//!
//! ```text
//! cargo bench                                    all rows
//! cargo bench -- throughput lag                  these rows
//! cargo bench -- --write docs/benchmarks.md      puts the table into the file, between its two marks
//! ```
//!
//! What is measured is the static binary of the image, built here with the release profile, or the one that
//! `--binary PATH` names. The simulator serves from a process of its own where its speed matters.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the table goes to stdout, what is going on to stderr"
)]

mod figures;
mod instructions;
mod lag;
mod loopback;
mod product;
mod relay;
mod requests;
mod startup;
mod throughput;

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use figures::Row;
use product::Product;

/// A name, and what it measures.
type Benchmark = (&'static str, fn(&Product) -> Result<Vec<Row>>);

const BENCHMARKS: [Benchmark; 5] = [
    ("throughput", throughput::measure),
    ("startup", startup::measure),
    ("lag", lag::measure),
    ("requests", requests::measure),
    ("instructions", instructions::measure),
];

#[derive(Default)]
struct Options {
    names: Vec<String>,
    binary: Option<PathBuf>,
    write: Option<PathBuf>,
    /// Whether Cargo runs this as a benchmark, not as a test.
    is_bench: bool,
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if_eq(loopback::SERVE).is_some() {
        return loopback::serve(&arguments.next().context("which scenario?")?);
    }
    let options = Options::parse(arguments)?;
    if !options.is_bench {
        return Ok(());
    }
    let product = Product::new(options.binary)?;
    let mut rows = Vec::new();
    for (name, measure) in BENCHMARKS {
        if options.names.is_empty() || options.names.iter().any(|wanted| wanted == name) {
            eprintln!("{name} …");
            rows.extend(measure(&product).with_context(|| format!("{name} failed"))?);
        }
    }
    let table = figures::table(&rows);
    println!("{table}");
    match options.write {
        Some(path) => figures::write_into(&path, &table),
        None => Ok(()),
    }
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self::default();
        while let Some(argument) = arguments.next() {
            let mut path = || {
                let path = arguments.next().map(PathBuf::from);
                path.with_context(|| format!("{argument} needs a path"))
            };
            match argument.as_str() {
                "--bench" => options.is_bench = true,
                "--binary" => options.binary = Some(path()?),
                "--write" => options.write = Some(path()?),
                name if BENCHMARKS.iter().any(|(known, _)| *known == name) => {
                    options.names.push(argument);
                }
                _ => bail!(
                    "{argument}? There are: {}",
                    BENCHMARKS.map(|(name, _)| name).join(", ")
                ),
            }
        }
        Ok(options)
    }
}
