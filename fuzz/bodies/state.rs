//! What a step that was killed leaves to the post step: its state, and what the service has.

use run_azure_pipeline::azure::MadeUp;
use run_azure_pipeline::fuzzing::left_behind;

use super::client::{RUNS, answered};

/// The value of the state in a line, and runs as the service lists them.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (state, runs) = text.split_once('\n').unwrap_or((&text, ""));
    let answer = MadeUp {
        status: 200,
        headers: Vec::new(),
        chunks: vec![runs.as_bytes().to_vec()],
    };
    let runs = answered(answer, async |client| client.find_runs(&RUNS).await);
    let run = runs.unwrap_or_default().pop();
    let Some(left) = left_behind(state, run.as_ref()) else {
        return;
    };
    assert!(!left.is_empty() && !left.contains(['\n', '\r']), "{left:?}");
    assert_eq!(left_behind(&left, run.as_ref()), Some(left));
}
