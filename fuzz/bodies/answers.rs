//! What the service answers → domain types, or an error → everything that is made of them.

use run_azure_pipeline::azure::{Client, Error, FeedAddress, MadeUp, PipelineName, RunRequest};
use run_azure_pipeline::build::{BuildId, Published, RecordId, Timeline};
use run_azure_pipeline::report::{self, Reports, RunInFull};
use run_azure_pipeline::zone::Zone;

use super::client::{RUNS, TOKEN, answered};
use super::judge;
use super::markdown;

/// A letter for what is asked, a blank and the status; headers in lines; a blank line; the body.
pub fn check(data: &[u8]) {
    let cut = data.windows(2).position(|two| two == b"\n\n");
    let (head, body) = data.split_at(cut.unwrap_or(data.len()));
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let Some((kind, status)) = lines.next().and_then(|first| first.split_once(' ')) else {
        return;
    };
    let header = |line: &str| {
        let (name, value) = line.split_once(": ")?;
        Some((name.to_owned(), value.to_owned()))
    };
    let answer = MadeUp {
        status: status.parse().unwrap_or(200),
        headers: lines.filter_map(header).collect(),
        chunks: vec![body.get(2..).unwrap_or_default().to_vec()],
    };
    if let Err(error) = answered(answer, async |client| ask(client, kind).await) {
        said(&error);
    }
}

async fn ask(client: &Client, kind: &str) -> Result<(), Error> {
    let id = BuildId(7);
    match kind {
        "b" | "q" | "r" | "u" | "t" => run(client, kind).await?,
        "s" => described(client).await?,
        "d" => drop(client.get_pipeline(12).await?),
        "n" => pipelines(client).await?,
        "f" => feed(client).await?,
        "p" => {
            client.find_person("me").await?;
            client.find_person("ada@fabrikam.example").await?;
            client.user_id().await?;
        }
        "l" => drop(client.line_counts(id).await?),
        "k" => {
            client.tags(id).await?;
            client.add_tags(id, &["nightly".to_owned()]).await?;
        }
        "c" => client.cancel(id).await?,
        _ => {}
    }
    client.take_retry_after();
    Ok(())
}

/// What is asked about a run while it is followed, and all that is said of it.
async fn run(client: &Client, kind: &str) -> Result<(), Error> {
    let (id, none, empty) = (BuildId(7), Published::default(), Timeline::default());
    match kind {
        "b" => judge::run(&client.get_build(id).await?, &empty, &none),
        "q" => {
            let (build, _) = client.queue(&RunRequest::default()).await?;
            judge::run(&build, &empty, &none);
        }
        "r" => {
            for run in client.find_runs(&RUNS).await? {
                judge::run(&run.build, &empty, &none);
            }
        }
        "u" => {
            let tests = client.tests(id).await?;
            judge::run(&judge::failed(), &empty, &Published { tests, ..none });
        }
        _ => judge::run(&judge::failed(), &client.get_timeline(id).await?, &none),
    }
    Ok(())
}

/// Pipelines have names that lead to them.
async fn pipelines(client: &Client) -> Result<(), Error> {
    let name = PipelineName::parse("a/App CI");
    for (_, name) in client.find_pipelines(&name).await? {
        let name = name.to_string();
        assert_eq!(PipelineName::parse(&name).to_string(), name);
    }
    client.pipeline_names().await?;
    Ok(())
}

/// Lines of the console feed are counted from 1.
async fn feed(client: &Client) -> Result<(), Error> {
    let (job, task) = (RecordId("j".to_owned()), RecordId("t".to_owned()));
    let address = FeedAddress {
        plan: "p",
        timeline: "t",
        job: &job,
        task: &task,
    };
    let feed = client.feed(address, 100).await?;
    assert!(feed.lines.is_empty() || feed.first > 0);
    Ok(())
}

/// What `show` makes of a run.
async fn described(client: &Client) -> Result<(), Error> {
    let described = client.describe_run(BuildId(7)).await?;
    let artifacts = client.artifacts(BuildId(7)).await.unwrap_or_default();
    let timeline = client.get_timeline(BuildId(7)).await.unwrap_or_default();
    let whole = RunInFull {
        run: &described.run,
        timeline: &timeline,
        artifacts: &artifacts,
    };
    for name in ["UTC", "-12:00", "Asia/Kolkata"] {
        let zone = Zone::parse(name).expect(name);
        judge::lines(&whole.lines(&zone));
        markdown::check(&whole.summary(&zone));
    }
    let (name, json) = report::run(&described.json);
    assert_eq!(name, "run");
    serde_json::from_str::<serde_json::Value>(&json).expect("JSON");
    Ok(())
}

/// An error is a sentence without the token, whatever the service said.
fn said(error: &Error) {
    let texts = [error.to_string(), format!("{error:?}")];
    assert!(!texts.iter().any(|text| text.contains(TOKEN)), "{texts:?}");
    assert!(!texts[0].trim().is_empty());
    let _ = (error.fate(), error.is_transient(), error.retry_after());
    let mut out = Vec::new();
    let mut reports = Reports::new(&mut out, &[]);
    reports.error(&texts[0]);
    reports.finish().expect("a vector takes everything");
    judge::log(&out, &["error"]);
}
