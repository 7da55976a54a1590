//! Answers that nobody recorded, only reported.

use std::time::Duration;

use run_azure_pipeline::build::Waits;

use super::{ask, build, timeline};
use crate::support::documents;

#[test]
fn reported_answers_are_read() {
    let documents = documents();
    let examples = documents.recording("examples-not-recorded").interactions;
    let of = |part: &str, status: u16| {
        let mut all = examples.iter();
        let found = all.find(|one| one.path.contains(part) && one.status == status);
        found.unwrap_or_else(|| panic!("no example for {part} {status}"))
    };
    let nothing = timeline(of("/builds/99/timeline", 204));
    assert_eq!(nothing.stages().count(), 0);
    let blocked = of("/builds/531/timeline", 200);
    let waiting = Waits::default().news(&build(None), &timeline(blocked));
    assert!(
        !waiting.is_empty(),
        "a stage waits for an approval: {:?}",
        blocked.body
    );
    let delayed = of("/build/builds?", 200);
    let wait = ask(delayed, |client| async move {
        let _ = client.pipeline_names().await?;
        Ok(client.take_retry_after())
    });
    assert_eq!(
        wait.expect("an answer"),
        Some(Duration::from_secs(5)),
        "Retry-After comes with a success, too"
    );
}
