//! Steps that run in this process: by another clock, or with a log that the test has made.

use std::io::{self, Write};

use run_azure_pipeline::azure::Patience;
use run_azure_pipeline::shutdown;
use tokio::runtime::{Builder, Runtime};

use super::action::Action;

/// Runs a step that waits for the service as long as `patience` says: its exit code and log.
pub(crate) fn in_process(action: &Action, patience: Patience) -> (u8, String) {
    let mut log = Vec::new();
    let exit_code = write_to(&mut log, action, patience);
    (exit_code, String::from_utf8(log).expect("UTF-8"))
}

/// The same by a clock that goes so many times as fast as the wall's.
pub(crate) fn hurried(action: &Action, haste: f64) -> (u8, String) {
    in_process(action, at_haste(haste))
}

/// Runs a step whose log is `out`: its exit code.
pub(crate) fn write_to(out: &mut impl Write, action: &Action, patience: Patience) -> u8 {
    let (_sender, shutdown) = shutdown::channel();
    let run = run_azure_pipeline::run_with(action.environment(), shutdown, out, patience);
    runtime().block_on(run)
}

/// The usual patience, by such a clock.
pub(crate) fn at_haste(haste: f64) -> Patience {
    Patience {
        haste,
        ..Patience::default()
    }
}

pub(crate) fn runtime() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime")
}

/// A log that panics once, as soon as what it holds says so: as good a bug as any.
pub(crate) struct Trap<S> {
    log: Vec<u8>,
    springs: S,
    has_sprung: bool,
}

impl<S: FnMut(&str) -> bool> Trap<S> {
    pub(crate) fn new(springs: S) -> Self {
        Self {
            log: Vec::new(),
            springs,
            has_sprung: false,
        }
    }

    pub(crate) fn has_sprung(&self) -> bool {
        self.has_sprung
    }

    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&self.log).into_owned()
    }
}

impl<S: FnMut(&str) -> bool> Write for Trap<S> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.log.extend_from_slice(text);
        let log = String::from_utf8_lossy(&self.log);
        let is_due = !self.has_sprung && (self.springs)(&log);
        self.has_sprung |= is_due;
        assert!(!is_due, "the trap");
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
