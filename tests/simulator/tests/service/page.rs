//! The page for people.

use crate::http::{follow, get, queue, send, start};

#[test]
fn the_page_shows_runs_and_their_logs() {
    let simulator = start(
        "[[pipeline]]\nid = 1\nname = '<b>A & B</b>'\n[[pipeline.run.job]]\nname = 'Linux'\n\
         task = [{ name = 'Say \"hi\"', lines = ['hello'], issues = [{ message = '<script>' }] }]\n",
    );
    let page = || {
        let answer = send(&simulator, "GET", "/", &[], "").unwrap();
        assert_eq!(
            answer.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        answer.text()
    };
    assert!(page().contains("No run has been queued yet."));
    queue(&simulator, r#"{"definition": {"id": 1}}"#);
    get(&simulator, "builds/1");
    let running = page();
    assert!(
        running.contains("http-equiv=\"refresh\"") && running.contains("inProgress"),
        "{running}"
    );
    follow(&simulator, 1);
    get(&simulator, "builds/1");
    let done = page();
    assert!(!done.contains("http-equiv=\"refresh\""));
    for text in [
        "&lt;b&gt;A &amp; B&lt;/b&gt;",
        "Say &quot;hi&quot;",
        "error: &lt;script&gt;",
        "Linux",
    ] {
        assert!(done.contains(text), "{text} in {done}");
    }
    assert!(!done.contains("<script") && !done.contains("<b>"));
    let log = done
        .split("href=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap());
    let texts: Vec<String> = log
        .map(|path| send(&simulator, "GET", path, &[], "").unwrap().text())
        .collect();
    assert!(texts.iter().any(|text| text.contains("hello")));
    // Looking does not count as asking.
    assert!(!simulator.journal_text().contains("GET / "));
    assert_eq!(
        send(&simulator, "GET", "/_simulator/logs/1/99", &[], "")
            .unwrap()
            .status,
        404
    );
}
