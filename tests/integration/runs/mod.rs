//! `list`, `show` and the tag commands on a project with a history.

mod model; // lists beside what the documents say of them

use std::collections::BTreeSet;
use std::fmt::Write as _;

use azure_pipelines_simulator::{Exchange, Simulator};
use serde_json::Value;

use crate::support::action::Action;
use crate::support::finished::Finished;
use crate::support::service::{start, wait_until, without_port};
use crate::support::tree::{path, read};

/// The runs of `tests/scenarios/list`, no two of which agree in every field, and more keys.
fn history(keys: &str) -> Simulator {
    start(&format!("{keys}\n{}", text()))
}

/// The same on a service with a fault.
fn troubled(fault: &str) -> Simulator {
    start(&format!("{}\n[[fault]]\n{fault}\n", text()))
}

fn text() -> String {
    read("tests/scenarios/list/pipeline.toml")
}

/// Names of inputs and their values.
type Inputs<'a> = &'a [(&'a str, &'a str)];

fn step(simulator: &Simulator, command: &str, inputs: Inputs) -> Finished {
    let action = Action::on(simulator)
        .without("INPUT_AZURE-PIPELINE-NAME")
        .input("command", command);
    action.inputs(inputs.iter().copied()).run()
}

#[track_caller]
fn runs(finished: &Finished) -> Vec<Value> {
    finished.ended_with(0);
    serde_json::from_str(&finished.outputs["runs"]).expect("JSON")
}

#[track_caller]
fn ids(finished: &Finished) -> Vec<u64> {
    let id = |run: &Value| run["id"].as_u64().expect("an id");
    runs(finished).iter().map(id).collect()
}

#[track_caller]
fn list(simulator: &Simulator, inputs: Inputs) -> Vec<u64> {
    ids(&step(simulator, "list", inputs))
}

fn requests(simulator: &Simulator) -> Vec<String> {
    let lines = simulator.journal();
    lines.iter().map(Exchange::line).collect()
}

#[test]
fn every_run_is_in_the_table_the_json_and_the_summary() {
    let simulator = history("");
    let finished = step(&simulator, "list", &[]);
    let runs = runs(&finished);
    assert!(runs.len() >= 25);
    let shown = |text: &str| without_port(&simulator, text);
    let json = serde_json::to_string_pretty(&runs).expect("JSON");
    // The simulator has another port each time.
    insta::with_settings!({
        snapshot_path => path("tests/integration/snapshots/runs"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("table", shown(&finished.log()));
        insta::assert_snapshot!("json", shown(&json));
        insta::assert_snapshot!("summary", shown(&finished.summary));
    });
}

/// What the snapshots show is worth showing.
#[test]
fn the_runs_differ_in_every_field() {
    let runs = runs(&step(&history(""), "list", &[]));
    for field in [
        "/buildNumberRevision",
        "/definition/id",
        "/definition/path",
        "/finishTime",
        "/keepForever",
        "/lastChangedDate",
        "/parameters",
        "/priority",
        "/queueTime",
        "/reason",
        "/repository/type",
        "/requestedFor/uniqueName",
        "/result",
        "/sourceBranch",
        "/sourceVersion",
        "/startTime",
        "/status",
        "/tags",
        "/triggerInfo",
        "/validationResults",
    ] {
        let values: BTreeSet<String> = runs
            .iter()
            .map(|run| run.pointer(field).expect(field).to_string())
            .collect();
        assert!(values.len() > 1, "{field}: {values:?}");
    }
    assert!(runs.iter().any(|run| run["queueTime"].is_null()));
}

/// Filters, and the ids of the runs that they give.
static FILTERS: [(Inputs, &[u64]); 24] = [
    (&[("branch", "late")], &[29]),
    (
        &[("branch", "refs/pull/7/merge, late\nrefs/tags/v1.0")],
        &[29, 11, 5],
    ),
    (&[("pipeline-ids", "40 666")], &[24, 13, 6]),
    (&[("pipeline-name", "paused")], &[24]),
    (
        &[
            ("pipeline-name", "team/Deploy to production"),
            ("pipeline-ids", "40"),
        ],
        &[24, 25, 27, 12, 8, 3],
    ),
    (&[("query-order", "queuetimeasc"), ("top", "3")], &[1, 2, 3]),
    (
        &[
            ("query-order", "QueueTimeDesc"),
            ("status", "completed"),
            ("top", "2"),
        ],
        &[18, 22],
    ),
    (
        &[
            ("query-order", "StartTimeDesc"),
            ("status", "completed"),
            ("top", "2"),
        ],
        &[22, 21],
    ),
    (&[("query-order", "FinishTimeAsc"), ("top", "2")], &[1, 2]),
    (&[("reason", "PULLREQUEST")], &[17, 5]),
    (
        &[("reason", "schedule,batchedci"), ("result", "succeeded")],
        &[22, 18, 4],
    ),
    (&[("result", "failed")], &[13, 12, 8, 2]),
    (
        &[("result", "Failed,canceled"), ("branch", "main")],
        &[20, 13, 12, 10, 2],
    ),
    (&[("result", "none")], &[23, 24, 25, 26, 27, 28, 29]),
    (&[("status", "inProgress, cancelling")], &[23, 26, 28]),
    (&[("tags", "good")], &[21, 16, 14]),
    (&[("tags", "good, red")], &[16]),
    (&[("tags", "::error::x")], &[6]),
    (&[("build-number", "20260302.1")], &[4, 6, 3, 1]),
    (
        &[("build-number", "20260304.*"), ("status", "notStarted")],
        &[24, 25, 27, 29],
    ),
    (&[("min-time", "2026-03-04T10:18:40Z")], &[18, 29, 28, 27]),
    (&[("max-time", "2026-03-02T10:33:40+01:00")], &[2, 1]),
    (
        &[
            ("min-time", "2026-03-02T09:27:00Z"),
            ("max-time", "2026-03-02T10:27:00Z"),
            ("query-order", "StartTimeAsc"),
        ],
        &[2, 3],
    ),
    (&[("branch", "nowhere")], &[]),
];

#[test]
fn filters_give_the_runs_that_they_name() {
    let simulator = history("");
    for (inputs, expected) in FILTERS {
        assert_eq!(list(&simulator, inputs), expected, "{inputs:?}");
    }
}

#[test]
fn the_pipeline_that_would_be_run_is_a_filter() {
    let simulator = history("");
    assert_eq!(list(&simulator, &[("azure-pipeline-name", "Paused")]), [24]);
    assert_eq!(list(&simulator, &[("azure-pipeline-id", "40")]), [24]);
    let both = [("azure-pipeline-id", "40"), ("pipeline-ids", "666")];
    assert_eq!(list(&simulator, &both), [13, 6]);
    let page = format!("{}/_build?definitionId=40", simulator.project_url());
    let finished = step(&simulator, "list", &[("azure-devops-project-url", &page)]);
    assert_eq!(ids(&finished), [24]);
}

#[test]
fn people_are_resolved_as_the_command_line_does() {
    let simulator = history("");
    for (who, expected) in [
        ("me", &[29, 18, 16, 10, 1][..]),
        ("Grace Hopper", &[23, 28, 21, 15, 7, 3]),
        ("grace", &[23, 28, 21, 15, 7, 3]),
        ("kim@one.example", &[19, 11]),
        ("kim@one.example, kim@two.example", &[24, 19, 12, 11]),
        // Two have this name; one is from the caller's own directory.
        ("Sam Smith", &[26, 17, 9, 4]),
        ("6ade41fc-0f24-5a66-8734-5ce7aa4310d7", &[29, 18, 16, 10, 1]),
    ] {
        assert_eq!(
            list(&simulator, &[("requested-for", who)]),
            expected,
            "{who}"
        );
    }
    let searched: Vec<String> = requests(&simulator)
        .into_iter()
        .filter(|line| line.contains("filterValue=grace&") || line.contains("Grace"))
        .collect();
    let address = "GET /fabrikam/_apis/identities?searchFilter";
    assert_eq!(
        searched,
        [
            format!("{address}=General&filterValue=Grace%20Hopper&api-version=5.0 -> 200"),
            format!("{address}=DirectoryAlias&filterValue=grace&api-version=5.0 -> 200"),
        ]
    );
    for (who, sentence) in [
        (
            "nobody@fabrikam.example",
            "`requested-for` is \"nobody@fabrikam.example\", but the organization knows nobody by this name: give an \
             e-mail address, a display name, an id or `me`",
        ),
        (
            "Kim Jones",
            "`requested-for` is \"Kim Jones\", by which the organization knows several: \"Kim Jones (kim@one.example)\", \
             \"Kim Jones (kim@two.example)\"; give an e-mail address or an id",
        ),
    ] {
        let finished = step(&simulator, "list", &[("requested-for", who)]);
        assert_eq!(finished.error(), sentence);
        finished.ended_with(3);
    }
}

#[test]
fn a_token_that_may_not_look_people_up_is_told_what_it_lacks() {
    let simulator = troubled("on = 'GET identities'\nevery = true\nanswer = '401'");
    let finished = step(&simulator, "list", &[("requested-for", "ada")]);
    let error = finished.error();
    assert!(
        error.starts_with(
            "`requested-for` is \"ada\", and to look people up the token needs the scope Identity (read) as well; an id \
             or `me` needs no looking up: Azure DevOps did not accept the token"
        ),
        "{error}"
    );
    finished.ended_with(3);
}

#[test]
fn a_wrong_token_is_no_matter_of_looking_people_up() {
    let simulator = troubled("on = 'GET connectionData'\nevery = true\nanswer = '401'");
    let finished = step(&simulator, "list", &[("requested-for", "me")]);
    let error = finished.error();
    assert!(
        error.starts_with("Azure DevOps did not accept the token"),
        "{error}"
    );
}

#[test]
fn pages_are_read_until_there_are_enough() {
    let simulator = history("largest-page = 4");
    let all: Vec<u64> = list(&history(""), &[("query-order", "QueueTimeAsc")]);
    let order = ("query-order", "QueueTimeAsc");
    assert_eq!(list(&simulator, &[order, ("top", "10")]), all[..10]);
    let asked: Vec<String> = requests(&simulator)
        .iter()
        .map(|line| line.split("24top=").nth(1).expect("$top").to_owned())
        .collect();
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert!(asked[0].starts_with("10&api-version"), "{asked:?}");
    assert!(
        asked[1].starts_with("6&continuationToken=2026-"),
        "{asked:?}"
    );
    assert!(
        asked[2].starts_with("2&continuationToken=2026-"),
        "{asked:?}"
    );
    assert_eq!(list(&simulator, &[order, ("top", "1000")]), all);
    // Who asks for no number gets what the service gives at once.
    assert_eq!(list(&simulator, &[order]), all[..4]);
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the action counts from the present"
)]
fn how_long_ago_is_counted_from_now() {
    let simulator = history("");
    let clock = || chrono::Utc::now() - chrono::TimeDelta::hours(24);
    let before = clock();
    list(&simulator, &[("min-time", "24h")]);
    let after = clock();
    let line = requests(&simulator).remove(0);
    let asked = line.split("minTime=").nth(1).expect("minTime");
    let asked = asked
        .split('&')
        .next()
        .expect("a value")
        .replace("%3A", ":");
    let asked: chrono::DateTime<chrono::Utc> = asked.parse().expect("a time");
    assert!((before..=after).contains(&asked), "{line}");
    assert!(line.contains("queryOrder=queueTimeDescending"), "{line}");
}

/// A command, its inputs, and the sentence about them.
static BAD_VALUES: [(&str, Inputs, &str); 16] = [
    (
        "list",
        &[("result", "succeeded,green")],
        "`result` is \"green\": allowed are `canceled`, `failed`, `none`, `partiallySucceeded` and `succeeded`",
    ),
    (
        "list",
        &[("status", "done")],
        "`status` is \"done\": allowed are `all`, `cancelling`, `completed`, `inProgress`, `none`, `notStarted` and `postponed`",
    ),
    (
        "list",
        &[("reason", "boredom")],
        "`reason` is \"boredom\": allowed are `all`, `batchedCI`, `buildCompletion`, `checkInShelveset`, `individualCI`, `manual`, `pullRequest`, `schedule`, `triggered`, `userCreated` and `validateShelveset`",
    ),
    (
        "list",
        &[("query-order", "newest")],
        "`query-order` is \"newest\": allowed are `FinishTimeAsc`, `FinishTimeDesc`, `QueueTimeAsc`, `QueueTimeDesc`, `StartTimeAsc` and `StartTimeDesc`",
    ),
    (
        "list",
        &[("top", "0")],
        "`top` is \"0\": allowed are whole numbers from 1 to 10000",
    ),
    (
        "list",
        &[("top", "ten")],
        "`top` is \"ten\": allowed are whole numbers from 1 to 10000",
    ),
    (
        "list",
        &[("pipeline-ids", "12, App")],
        "`pipeline-ids` has \"App\": allowed are numbers above 0, separated by commas",
    ),
    (
        "list",
        &[("build-number", "2026*.1")],
        "`build-number` is \"2026*.1\": allowed are a number and its beginning with one `*` at the end",
    ),
    (
        "list",
        &[("min-time", "yesterday")],
        "`min-time` is \"yesterday\": allowed are a time such as `2026-03-02T08:27:00Z` and how long ago, such as `24h` or `7days`",
    ),
    (
        "list",
        &[("min-time", "1h"), ("max-time", "2h")],
        "`min-time` is after `max-time`: no run can be between them",
    ),
    (
        "list",
        &[("time-zone", "Berlin")],
        "`time-zone` is \"Berlin\": allowed are `UTC`, an offset such as `+02:00` and a name such as `Europe/Berlin`",
    ),
    (
        "list",
        &[
            ("branch", "a,b,c,d"),
            ("result", "canceled,failed,succeeded,none"),
            ("status", "completed,inProgress,postponed,notStarted"),
        ],
        "`branch`, `build-number`, `requested-for`, `reason`, `status` and `result` have 64 combinations: allowed are 50, each of which is asked for by itself",
    ),
    (
        "show",
        &[],
        "`run-id` is missing: give the `buildId` from the run's page",
    ),
    (
        "show",
        &[("run-id", "20260302.1")],
        "`run-id` is \"20260302.1\", which is no number above 0: give the `buildId` from the run's page",
    ),
    (
        "tag-add",
        &[("run-id", "1"), ("tags", " , ")],
        "`tags` is missing: give one or more, separated by commas or line ends",
    ),
    (
        "tag",
        &[],
        "`command` is \"tag\": allowed are `run`, `check`, `watch`, `retry`, `cancel`, `list`, `show`, `tag-add`, `tag-list` and `tag-delete`",
    ),
];

#[test]
fn bad_values_are_refused_before_any_request() {
    let simulator = history("");
    for (command, inputs, sentence) in BAD_VALUES {
        let finished = step(&simulator, command, inputs);
        assert_eq!(finished.error(), sentence);
        assert_eq!(finished.exit_code, Some(2), "{sentence}");
    }
    assert_eq!(requests(&simulator), Vec::<String>::new());
}

#[test]
fn a_run_that_does_not_exist_is_said_not_to() {
    for product in ["services", "server-2019"] {
        let simulator = history(&format!("product = '{product}'"));
        for command in ["show", "tag-list", "tag-add", "tag-delete"] {
            let finished = step(&simulator, command, &[("run-id", "999"), ("tags", "x")]);
            let error = finished.error();
            let sentence = "`run-id` is 999, but the project \"Fabrikam\" has no such run";
            assert!(error.starts_with(sentence), "{command}: {error}");
            assert_eq!(finished.exit_code, Some(3), "{command}");
            assert_eq!(finished.output_lines(), "", "{command}");
        }
    }
}

#[test]
fn an_unknown_pipeline_gets_the_nearest_names() {
    let finished = step(&history(""), "list", &[("pipeline-name", "App C")]);
    assert_eq!(
        finished.error(),
        "`pipeline-name` is \"App C\", but the project \"Fabrikam\" has no such pipeline; similar names are \"App CI\""
    );
    finished.ended_with(3);
}

/// One that failed, was canceled, waits or still runs is shown like one that succeeded.
#[test]
fn a_run_is_shown_whatever_became_of_it() {
    let simulator = history("");
    for (id, result) in [(2, "failed"), (20, "canceled"), (1, "partiallySucceeded")] {
        let finished = step(&simulator, "show", &[("run-id", &id.to_string())]);
        finished.ended_with(0);
        let run: Value = serde_json::from_str(&finished.outputs["run"]).expect("JSON");
        assert_eq!((&run["id"], &run["result"]), (&id.into(), &result.into()));
    }
    for id in ["24", "26", "8"] {
        let finished = step(&simulator, "show", &[("run-id", id)]);
        finished.ended_with(0);
        assert!(finished.stdout.contains("_build/results?buildId="), "{id}");
    }
}

#[test]
fn json_that_github_would_not_take_is_left_out_with_a_warning() {
    let mut scenario = "[[pipeline]]\nid = 12\nname = 'App CI'\n".to_owned();
    for _ in 0..150 {
        let _ = writeln!(scenario, "[[past-run]]\npipeline = 12\nat = '0s'");
    }
    let simulator = start(&scenario);
    let finished = step(&simulator, "list", &[("top", "150")]);
    finished.ended_with(0);
    assert_eq!(finished.output_lines(), "");
    let warning = &finished.view.annotations[0].message;
    assert!(
        warning.starts_with("The output `runs` is left out: the JSON of 150 would have 1.")
            && warning.ends_with(" MiB, and GitHub takes 1.0 MiB; give a smaller `top`."),
        "{warning}"
    );
    assert_eq!(list(&simulator, &[("top", "50")]).len(), 50);
}

#[test]
fn an_answer_that_fails_once_is_asked_for_again() {
    let simulator = troubled("on = 'GET builds'\nat = [1]\nanswer = 'server-error'");
    assert_eq!(list(&simulator, &[("top", "1")]), [23]);
}

#[test]
fn tags_change_on_every_server() {
    for (product, changes) in [
        (
            "services",
            [
                "POST /fabrikam/Fabrikam/_apis/build/builds/1/tags?api-version=7.1 -> 200 [\"a b/c: 100 %\",\"two\"]",
                "PATCH /fabrikam/Fabrikam/_apis/build/builds/1/tags?api-version=7.1 -> 200 {\"tagsToAdd\":[],\"tagsToRemove\":[\"two\"]}",
            ],
        ),
        (
            "server-2019",
            [
                "POST /fabrikam/Fabrikam/_apis/build/builds/1/tags?api-version=5.0 -> 200 [\"a b/c: 100 %\",\"two\"]",
                "DELETE /fabrikam/Fabrikam/_apis/build/builds/1/tags/two?api-version=5.0 -> 200",
            ],
        ),
    ] {
        let simulator = history(&format!("product = '{product}'"));
        let tags = |command: &str, tags: &str| {
            let finished = step(&simulator, command, &[("run-id", "1"), ("tags", tags)]);
            finished.ended_with(0);
            finished.outputs["tags"].clone()
        };
        let three = "[\"a b/c: 100 %\",\"nightly\",\"two\"]";
        assert_eq!(tags("tag-list", ""), "[\"nightly\"]");
        assert_eq!(tags("tag-add", " a b/c: 100 % ,two\n\ntwo"), three);
        assert_eq!(tags("tag-add", "two"), three, "what is there already");
        assert_eq!(tags("tag-delete", "never there"), three);
        assert_eq!(
            tags("tag-delete", "Two, never"),
            "[\"a b/c: 100 %\",\"nightly\"]"
        );
        let all = requests(&simulator);
        for change in changes {
            assert!(
                all.iter().any(|line| line == change),
                "{change} in {all:#?}"
            );
        }
    }
}

#[test]
fn tags_that_look_like_commands_are_shown() {
    let finished = step(&history(""), "tag-list", &[("run-id", "6")]);
    assert_eq!(
        finished.log(),
        "Tags\n-----------\n##[\\error]y\n\\::error::x\n<b>\n"
    );
    assert_eq!(
        finished.outputs["tags"],
        r###"["##[error]y","::error::x","<b>"]"###
    );
}

#[test]
fn a_run_without_tags_and_a_list_without_runs_are_said_to_be_so() {
    let simulator = history("");
    let log = |command: &str, input: (&str, &str)| step(&simulator, command, &[input]).log();
    assert_eq!(log("tag-list", ("run-id", "2")), "The run has no tags.\n");
    assert_eq!(log("list", ("branch", "nowhere")), "No run matches.\n");
}

#[test]
fn what_is_no_run_is_left_out_of_a_list_and_cannot_be_shown() {
    let fault = |on: &str, body: &str| {
        format!("on = \"{on}\"\nevery = true\nstatus = 200\nbody = '{body}'")
    };
    let odd = r#"{"count":4,"value":[1,null,[],{"id":7}]}"#;
    assert_eq!(list(&troubled(&fault("GET builds", odd)), &[]), [7]);
    for odd in ["1", "null", "[]", "\"webUrl\""] {
        let simulator = troubled(&fault("GET builds/*", odd));
        let finished = step(&simulator, "show", &[("run-id", "7")]);
        assert_eq!(finished.exit_code, Some(3), "{odd}: {}", finished.stdout);
        let sentence = "could not be read: it is not the JSON that was expected";
        assert!(
            finished.error().contains(sentence),
            "{odd}: {}",
            finished.error()
        );
    }
}

#[test]
fn an_interrupted_list_ends_at_once() {
    let simulator = troubled("on = 'GET builds'\nevery = true\ndelay = '60s'");
    let running = Action::on(&simulator).input("command", "list").start();
    wait_until(&simulator, |snapshot| !snapshot.journal.is_empty());
    let finished = running.interrupt();
    finished.says("Interrupted before Azure DevOps had answered.");
}
