//! The fuzz targets' bodies, driven without coverage: every seed, and seeds that are changed at
//! random, by the words of the targets' dictionaries. `cargo fuzz` drives the same bodies.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::bodies::TARGETS;
use crate::scenarios::chosen;

/// How many changed seeds each target gets; `FUZZED=…` is another number.
const CASES: u32 = 600;

/// One change. Places are parts of 65,536 of the whole.
#[derive(Debug, Clone)]
enum Change {
    /// Bytes are put in.
    Insert(u16, Vec<u8>),
    /// So many bytes are taken out.
    Remove(u16, u8),
    /// So many bytes stand twice.
    Repeat(u16, u8),
    /// A byte becomes another one.
    Set(u16, u8),
    /// What follows is that of another seed.
    Cross(u16, usize),
}

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz")
        .join(name)
}

fn seeds(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let files = fs::read_dir(folder("seeds").join(target)).expect("seeds");
    let mut paths: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
    paths.sort();
    let read = |path: PathBuf| (path.clone(), fs::read(path).expect("a seed"));
    paths.into_iter().map(read).collect()
}

/// The words of a dictionary, as libFuzzer reads it: `"…"` in lines, with `\xNN`, `\\` and `\"`.
fn words(target: &str) -> Vec<Vec<u8>> {
    let path = folder("dictionaries").join(format!("{target}.dict"));
    let text = fs::read_to_string(path).expect("a dictionary");
    let lines = text.lines().filter_map(|line| {
        let word = line.strip_prefix('"')?.strip_suffix('"')?;
        Some(word.to_owned())
    });
    lines.map(|word| unescaped(&word)).collect()
}

fn unescaped(word: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = word.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'\\' => match rest.next().expect("an escape") {
                b'x' => {
                    let digits: Vec<u8> = rest.by_ref().take(2).collect();
                    let digits = String::from_utf8(digits).expect("digits");
                    u8::from_str_radix(&digits, 16).expect("digits")
                }
                other => other,
            },
            other => other,
        });
    }
    bytes
}

fn change(words: Vec<Vec<u8>>) -> impl Strategy<Value = Change> {
    let bytes = prop_oneof![
        4 => prop::sample::select(words),
        1 => prop::collection::vec(any::<u8>(), 1..8),
    ];
    prop_oneof![
        4 => (any::<u16>(), bytes).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        1 => (any::<u16>(), any::<u8>()).prop_map(|(at, length)| Change::Remove(at, length)),
        1 => (any::<u16>(), any::<u8>()).prop_map(|(at, length)| Change::Repeat(at, length)),
        1 => (any::<u16>(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        1 => (any::<u16>(), any::<usize>()).prop_map(|(at, other)| Change::Cross(at, other)),
    ]
}

fn changed(mut bytes: Vec<u8>, changes: &[Change], seeds: &[(PathBuf, Vec<u8>)]) -> Vec<u8> {
    for change in changes {
        let place = |at: u16, of: &[u8]| usize::from(at) * of.len() / usize::from(u16::MAX);
        match change {
            Change::Insert(at, new) => {
                let at = place(*at, &bytes);
                bytes.splice(at..at, new.iter().copied());
            }
            Change::Remove(at, length) => {
                let at = place(*at, &bytes);
                let end = (at + usize::from(*length)).min(bytes.len());
                bytes.drain(at..end);
            }
            Change::Repeat(at, length) => {
                let at = place(*at, &bytes);
                let end = (at + usize::from(*length)).min(bytes.len());
                let twice = bytes[at..end].to_vec();
                bytes.splice(at..at, twice);
            }
            Change::Set(at, byte) => {
                let at = place(*at, &bytes);
                if let Some(place) = bytes.get_mut(at) {
                    *place = *byte;
                }
            }
            Change::Cross(at, other) => {
                let other = &seeds[other % seeds.len()].1;
                bytes.truncate(place(*at, &bytes));
                bytes.extend_from_slice(&other[place(*at, other)..]);
            }
        }
    }
    bytes
}

/// Plays a target's seeds, and changes of them.
fn play(target: &str) {
    let (_, check) = TARGETS
        .iter()
        .find(|(name, _)| *name == target)
        .expect(target);
    let seeds = seeds(target);
    assert!(seeds.len() > 4, "{target} has {} seeds", seeds.len());
    for (path, seed) in &seeds {
        assert!(
            seed.len() <= 1024,
            "{} has {} bytes",
            path.display(),
            seed.len()
        );
        check(seed);
    }
    let cases = chosen("FUZZED").and_then(|cases| cases.try_into().ok());
    let mut runner = TestRunner::new(Config {
        cases: cases.unwrap_or(CASES),
        failure_persistence: None,
        ..Config::default()
    });
    let changes = prop::collection::vec(change(words(target)), 1..12);
    let input = (0..seeds.len(), changes).prop_map(|(seed, changes)| {
        let bytes = changed(seeds[seed].1.clone(), &changes, &seeds);
        // As a byte string in Rust, for a regression test.
        (bytes.escape_ascii().to_string(), bytes)
    });
    let played = runner.run(&input, |(_, bytes)| {
        check(&bytes);
        Ok(())
    });
    played.unwrap_or_else(|error| panic!("{target}: {error}"));
}

#[test]
fn addresses() {
    play("addresses");
}

#[test]
fn answers() {
    play("answers");
}

#[test]
fn files() {
    play("files");
}

#[test]
fn inputs() {
    play("inputs");
}

#[test]
fn log() {
    play("log");
}

#[test]
fn payload() {
    play("payload");
}

#[test]
fn state() {
    play("state");
}

#[test]
fn summary() {
    play("summary");
}

/// Every body has a binary for libFuzzer, a test here, and what both begin with.
#[test]
fn every_target_has_both_drivers() {
    let manifest = fs::read_to_string(folder("Cargo.toml")).expect("a manifest");
    let here = include_str!("fuzzed.rs");
    let names = |parent: &str| {
        let files = fs::read_dir(folder(parent)).expect("a folder");
        let stem = |path: PathBuf| path.file_stem().expect("a name").to_owned();
        let mut names: Vec<_> = files
            .map(|file| stem(file.expect("a file").path()))
            .collect();
        names.sort();
        names
    };
    let expected = TARGETS.map(|(name, _)| name);
    for folder in ["targets", "seeds", "dictionaries"] {
        assert_eq!(names(folder), expected, "{folder}");
    }
    for name in expected {
        assert!(
            manifest.contains(&format!("path = \"targets/{name}.rs\"\n")),
            "{name}"
        );
        assert!(here.contains(&format!("fn {name}() {{")), "{name}");
    }
}
