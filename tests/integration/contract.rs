//! The contract with the runner: foreign text is never a command, our own commands arrive as meant,
//! and the files we write say what we meant, for GitHub's runner (under both cultures) and for act.

use std::io;

use proptest::prelude::*;
use run_azure_pipeline::github::command::{Annotation, Command};
use run_azure_pipeline::github::files::{FileError, SUMMARY_LIMIT, append_output, append_summary};
use run_azure_pipeline::github::log_writer::{LogWriter, Span};
use run_azure_pipeline::untrusted::{Link, Markdown, Untrusted};

use crate::support::act::ActView;
use crate::support::files::{Reader, is_summary_shown, parse_env_file};
use crate::support::runner::{Culture, Executed, RunnerView};
use crate::support::vectors::vectors;

const CULTURES: [Culture; 2] = [Culture::Icu, Culture::Invariant];

/// What comes out of a [`LogWriter`].
fn written(write: impl FnOnce(&mut LogWriter<&mut Vec<u8>>) -> io::Result<()>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut log = LogWriter::new(&mut bytes);
    write(&mut log).expect("a vector takes everything");
    log.flush().expect("a vector takes everything");
    bytes
}

/// Nobody finds a command in `bytes`, on whichever stream they arrive, and every line is shown.
/// (act shows a line like `##[\error]x` with a question mark.)
#[track_caller]
fn assert_inert(bytes: &[u8]) {
    for (stdout, stderr) in [(bytes, &b""[..]), (b"", bytes)] {
        for culture in CULTURES {
            let view = RunnerView::of(stdout, stderr, culture);
            assert!(
                view.verdicts.iter().all(|verdict| verdict == "printed"),
                "{view:?}"
            );
            assert!(
                view.executed.is_empty() && view.errors.is_empty(),
                "{view:?}"
            );
        }
        let view = ActView::of(stdout, stderr);
        assert!(view.executed.is_empty(), "{view:?}");
        assert_eq!(
            view.log.len(),
            bytes.split_inclusive(|&byte| byte == b'\n').count(),
            "{view:?}"
        );
    }
}

/// The only command in `bytes`, which both cultures must see alike.
#[track_caller]
fn only_command(bytes: &[u8]) -> (Executed, RunnerView) {
    let [icu, invariant] = CULTURES.map(|culture| RunnerView::of(bytes, b"", culture));
    assert_eq!(icu.executed, invariant.executed);
    assert!(icu.errors.is_empty(), "{icu:?}");
    let [command] = &icu.executed[..] else {
        panic!("{icu:?}");
    };
    (command.clone(), icu)
}

/// Text made of what commands, escapes and groups are made of.
fn nasty() -> impl Strategy<Value = String> {
    let fragment = prop_oneof![
        6 => prop::sample::select(vec![
            "::", "::", ":", "##[", "##[", "##", "#", "[", "]", "]", "error", "warning",
            "add-mask", "set-output", "stop-commands", "group", "endgroup", "[group]",
            "##[endgroup]", "::error::", "##[error]", "name=x", "file=", "title=", ",", ";",
            "=", " ", " ", "\t", "\n", "\r", "\r\n", "%", "%0A", "%0D", "%25", "%3A", "\\",
            "\x1b", "\x1b[", "\x1b[31m", "\x1b[0m", "\x1b]0;", "\x07", "\0", "\u{85}", "\u{a0}",
            "\u{ad}", "\u{301}", "\u{600}", "\u{200b}", "\u{200d}", "\u{2028}", "\u{202e}",
            "\u{3000}", "\u{fe0f}", "\u{feff}", "\u{e0001}", "ſet-env",
        ])
        .prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(fragment, 0..16).prop_map(|parts| parts.concat())
}

#[test]
fn no_vector_is_a_command_once_it_is_sanitised() {
    for recorded in vectors() {
        let vector = recorded.text();
        let mut safe = String::new();
        Untrusted::from(&vector).push_lines(&mut safe);
        assert_inert(safe.as_bytes());
        let lines: Vec<&str> = safe.split_terminator('\n').collect();
        assert_eq!(lines, recorded.lines("sanitized"), "{}", recorded.id);
        let bytes = written(|log| log.text(&vector));
        assert_inert(&bytes);
        for culture in CULTURES {
            assert_eq!(RunnerView::of(&bytes, b"", culture).log, lines);
        }
        assert_eq!(ActView::of(&bytes, b"").log, lines);
        assert_inert(&written(|log| log.line(&[Span::Foreign((&vector).into())])));
    }
}

#[test]
fn a_vector_in_a_command_of_ours_is_its_text() {
    for vector in vectors() {
        let vector = vector.text();
        let (command, _) = only_command(&written(|log| {
            log.command(&Command::Group((&vector).into()))
        }));
        assert_eq!(command.name, "group");
        let annotation = Annotation {
            message: vector.clone().into(),
            title: Some(vector.clone().into()),
            file: Some(vector.clone().into()),
            ..Annotation::default()
        };
        let (command, view) =
            only_command(&written(|log| log.command(&Command::Error(annotation))));
        assert_eq!(command.name, "error");
        assert_eq!(view.annotations.len(), 1);
    }
}

#[test]
fn an_annotation_arrives_as_meant() {
    let message = "100% of a::b, [c]; d=e\nsecond: %0A line";
    let title = "50%: a, b=c; [d]";
    let file = "src/a,b:c/%20 é.rs";
    let annotation = Annotation {
        message: message.into(),
        title: Some(title.into()),
        file: Some(file.into()),
        line: Some(3),
        column: Some(7),
    };
    let (_, view) = only_command(&written(|log| log.command(&Command::Warning(annotation))));
    let [shown] = &view.annotations[..] else {
        panic!("{view:?}");
    };
    assert_eq!(shown.level, "warning");
    assert_eq!(shown.message, message);
    assert_eq!(shown.title.as_deref(), Some(title));
    assert_eq!(shown.file.as_deref(), Some(file));
    assert_eq!((shown.line, shown.column), (Some(3), Some(7)));
    assert_eq!(
        view.log,
        ["##[warning]100% of a::b, [c]; d=e", "second: %0A line"]
    );
}

/// A name in another direction may not turn the words around it, wherever it stands.
#[test]
fn nothing_turns_the_direction_of_our_words() {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    // Overrides, embeddings and isolates, open and closed, the last across what stands between the pieces.
    for (first, second) in [
        ("\u{202e}evil", "name"),
        ("\u{202a}a\u{202b}b\u{202c}", "\u{202d}c"),
        ("\u{2067}a\u{2069}", "\u{2066}b\u{2069}"),
        ("a\u{2068}", "\u{2069}b"),
    ] {
        let annotation = Annotation {
            title: Some(first.into()),
            file: Some(first.into()),
            ..Annotation::new(format!("{first}\n{second}"))
        };
        let bytes = written(|log| {
            log.command(&Command::Group(format!("{first} / {second}").into()))?;
            log.line(&[
                Span::Foreign(first.into()),
                Span::Ours(" failed in "),
                Span::Foreign(second.into()),
            ])?;
            log.command(&Command::EndGroup)?;
            log.command(&Command::Error(annotation))
        });
        let log = String::from_utf8(bytes).unwrap();
        assert!(!log.contains(turns), "{log:?}");
        let page = Link::literal("https://example.com/");
        let markdown = Markdown::new()
            .text(first)
            .ours(" failed in ")
            .code(second)
            .link(first, &page)
            .block(format!("{first}\n{second}"));
        assert!(!markdown.as_str().contains(turns), "{markdown:?}");
    }
    // A line that is all somebody else's keeps what moves nothing outside of itself; Hebrew and Arabic need none.
    for (text, shown) in [
        (
            "for \u{2068}Ada\u{2069}: שלום",
            "for \u{2068}Ada\u{2069}: שלום\n",
        ),
        ("\u{202e}x\u{202c}", "\u{fffd}x\u{fffd}\n"),
        ("\u{2067}x\ny\u{2069}", "\u{fffd}x\ny\u{fffd}\n"),
    ] {
        assert_eq!(written(|log| log.text(text)), shown.as_bytes());
    }
}

#[test]
fn masks_hold_in_the_runner_and_in_act() {
    let secrets = [
        "s3cr%0Aet",
        "a::b::c",
        "two\nlines ]",
        " padded ",
        "##[error]x",
        "tab\there",
        "x\u{7}yz",
        "\u{301}abc",
    ];
    for secret in secrets {
        let bytes = written(|log| {
            log.command(&Command::AddMask(secret.into()))?;
            log.text(format!("> {secret}"))
        });
        let runner = RunnerView::of(&bytes, b"", Culture::Icu);
        let act = ActView::of(&bytes, b"");
        for log in [runner.log, act.log] {
            assert!(
                log.iter().all(|line| line.contains("***")),
                "{secret:?}: {log:?}"
            );
        }
    }
}

#[test]
fn a_secret_that_would_spoil_the_log_is_not_masked() {
    for secret in ["", "a", "ab", " \t ", "\n\n"] {
        let bytes = written(|log| log.command(&Command::AddMask(secret.into())));
        assert_eq!(bytes, b"");
    }
    // The runner would mask each line of the whole, `{` too.
    let bytes = written(|log| log.command(&Command::AddMask("{\n  \"key\": \"value\"\n}".into())));
    let view = RunnerView::of(&bytes, b"", Culture::Icu);
    assert!(
        view.masks.iter().all(|mask| mask.len() > 2),
        "{:?}",
        view.masks
    );
}

#[test]
fn a_summary_stays_below_the_limit() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("summary");
    assert!(append_summary(Some(&file), &Markdown::new().ours("# one\n")).unwrap());
    assert!(
        append_summary(
            Some(&file),
            &Markdown::new().text("a".repeat(SUMMARY_LIMIT - 6))
        )
        .unwrap()
    );
    let error = append_summary(Some(&file), &Markdown::new().ours("b")).unwrap_err();
    assert!(matches!(error, FileError::SummaryTooLong { .. }), "{error}");
    let bytes = std::fs::read(&file).unwrap();
    assert_eq!(bytes.len(), SUMMARY_LIMIT);
    assert!(is_summary_shown(&bytes) && bytes.starts_with(b"# one\na"));
}

#[test]
fn a_refused_entry_leaves_the_file_alone() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("output");
    append_output(Some(&file), "ok", "1").unwrap();
    for name in ["", "a=b", "a<<b", "a\nb", "a\rb"] {
        append_output(Some(&file), name, "x").unwrap_err();
    }
    let entries = parse_env_file(&std::fs::read(&file).unwrap(), Reader::Runner).unwrap();
    assert_eq!(
        entries.into_iter().collect::<Vec<_>>(),
        [("ok".to_owned(), "1".to_owned())]
    );
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_text_is_a_command(text in nasty()) {
        assert_inert(&written(|log| log.text(&text)));
    }

    #[test]
    fn no_line_of_spans_is_a_command(
        spans in prop::collection::vec(prop_oneof![
            prop::sample::select(vec!["\x1b[31m", "\x1b[0m", "##", ":", " ", "Run "]).prop_map(Span::Ours),
            nasty().prop_map(|text| Span::Foreign(text.into())),
        ], 0..5),
    ) {
        let bytes = written(|log| log.line(&spans));
        assert_inert(&bytes);
        prop_assert_eq!(RunnerView::of(&bytes, b"", Culture::Icu).log.len(), 1);
    }

    #[test]
    fn commands_between_texts_are_the_only_ones(texts in prop::collection::vec(nasty(), 3)) {
        let bytes = written(|log| {
            log.text(&texts[0])?;
            log.command(&Command::Group((&texts[1]).into()))?;
            log.text(&texts[2])?;
            log.command(&Command::EndGroup)
        });
        for culture in CULTURES {
            let view = RunnerView::of(&bytes, b"", culture);
            let names: Vec<&str> =
                view.executed.iter().map(|command| command.name.as_str()).collect();
            prop_assert_eq!(names, ["group", "endgroup"]);
            let groups = view.log.iter().filter(|line| line.starts_with("##[group]")).count();
            prop_assert_eq!(groups, 1);
        }
    }

    #[test]
    fn any_group_title_is_one_title(title in nasty()) {
        let (command, view) = only_command(&written(|log| log.command(&Command::Group((&title).into()))));
        prop_assert_eq!(&command.name, "group");
        prop_assert!(!command.data.contains("##["));
        prop_assert_eq!(view.log, [format!("##[group]{}", command.data)]);
    }

    #[test]
    fn any_annotation_is_one_annotation(
        texts in prop::collection::vec(nasty(), 3),
        line in any::<Option<u32>>(),
    ) {
        let annotation = Annotation {
            message: texts[0].clone().into(),
            title: Some(texts[1].clone().into()),
            file: Some(texts[2].clone().into()),
            line,
            ..Annotation::default()
        };
        let (command, view) =
            only_command(&written(|log| log.command(&Command::Warning(annotation))));
        prop_assert_eq!(&command.name, "warning");
        let shown = &view.annotations[0];
        prop_assert_eq!(shown.line, line.filter(|&line| line > 0));
        let all = [Some(&shown.message), shown.title.as_ref(), shown.file.as_ref()];
        for text in all.into_iter().flatten() {
            let is_hidden = |c: char| c.is_control() && c != '\t' && c != '\n';
            prop_assert!(!text.chars().any(is_hidden), "{text:?}");
        }
        if let Some(file) = &shown.file {
            prop_assert_eq!(file, &texts[2]);
            prop_assert!(!file.starts_with('/') && !file.split('/').any(|part| part == ".."));
        }
        // What the log shows of it is as harmless as any text.
        let rest = view.log[1..].join("\n") + "\n";
        if view.log.len() > 1 {
            assert_inert(rest.as_bytes());
        }
    }

    #[test]
    fn any_secret_is_hidden(secret in nasty(), tail in "[a-z]{3}") {
        let secret = secret + &tail;
        let bytes = written(|log| {
            log.command(&Command::AddMask((&secret).into()))?;
            log.text(&secret)
        });
        // Of what is long enough to be masked, nothing is to be seen.
        let hidden: Vec<&str> = secret
            .split(['\n', '\r'])
            .map(str::trim)
            .filter(|line| {
                line.trim_start_matches(|c: char| !c.is_ascii()).trim().chars().count() >= 3
            })
            .collect();
        for culture in CULTURES {
            let view = RunnerView::of(&bytes, b"", culture);
            let is_mask = |command: &Executed| command.name == "add-mask";
            prop_assert!(view.executed.iter().all(is_mask), "{view:?}");
            for line in &hidden {
                let is_shown = view.log.iter().any(|shown| shown.contains(line));
                prop_assert!(!is_shown, "{line:?} in {view:?}");
            }
        }
        if !(secret.contains(':') && secret.contains(']')) {
            let view = ActView::of(&bytes, b"");
            for line in &hidden {
                let is_shown = view.log.iter().any(|shown| shown.contains(line));
                prop_assert!(!is_shown, "{line:?} in {view:?}");
            }
        }
    }

    #[test]
    fn any_value_arrives(
        entries in prop::collection::btree_map("[a-z][a-z-]{0,8}", nasty(), 1..4),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("output");
        for (name, value) in &entries {
            let name: &'static str = name.clone().leak();
            prop_assert!(append_output(Some(&file), name, "overwritten\nlater").unwrap());
            prop_assert!(append_output(Some(&file), name, value).unwrap());
        }
        let bytes = std::fs::read(&file).unwrap();
        prop_assert!(bytes.ends_with(b"\n") && !bytes.starts_with(b"\n"));
        prop_assert_eq!(&parse_env_file(&bytes, Reader::Runner).unwrap(), &entries);
        let in_act = entries.into_iter().map(|(name, value)| {
            let value = (value + "\n").replace("\r\n", "\n");
            let value = value.strip_suffix('\n').unwrap_or_default();
            (name, value.trim_start_matches('\n').to_owned())
        });
        prop_assert_eq!(parse_env_file(&bytes, Reader::Act).unwrap(), in_act.collect());
    }
}
