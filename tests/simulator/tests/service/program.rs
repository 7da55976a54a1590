//! The program that serves one scenario by hand.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_azure-pipelines-simulator");

fn scenario(name: &str) -> String {
    format!("{}/scenarios/{name}.toml", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn it_greets_serves_and_ends_on_a_signal() {
    let journal =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("journal-{}.txt", std::process::id()));
    let mut program = Command::new(PROGRAM)
        .args([
            scenario("hello"),
            "--port".to_owned(),
            "0".to_owned(),
            "--journal".to_owned(),
        ])
        .arg(&journal)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut greeting = String::new();
    BufReader::new(program.stdout.take().unwrap())
        .read_line(&mut greeting)
        .unwrap();
    let (url, token) = greeting.trim().split_once(" token ").unwrap();
    assert_eq!(token, azure_pipelines_simulator::TEST_TOKEN);
    let host = url.trim_start_matches("http://").split('/').next().unwrap();
    let answer = crate::http::send_to(host, "GET", "/nowhere", &[], "").unwrap();
    assert_eq!(answer.status, 404);

    let killed = Command::new("kill")
        .args(["-TERM", &program.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success() && program.wait().unwrap().success());
    assert_eq!(
        fs::read_to_string(&journal).unwrap(),
        "GET /nowhere -> 404\n"
    );
    fs::remove_file(journal).unwrap();
}

#[test]
fn it_explains_itself_and_its_refusals() {
    let run = |arguments: &[&str]| {
        let output = Command::new(PROGRAM).args(arguments).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(text).unwrap())
    };
    let (fine, help) = run(&["--help"]);
    assert!(fine && help.contains("Usage: "), "{help}");
    let cases: [(&[&str], &str); 5] = [
        (&[], "which scenario?; try --help\n"),
        (&["--colour"], "unknown option --colour; try --help\n"),
        (
            &["a", "--listen", "home"],
            "home is not an address like 127.0.0.1:8080; try --help\n",
        ),
        (
            &["a", "--port", "http"],
            "http is not a port like 8080; try --help\n",
        ),
        (
            &["/nowhere.toml"],
            "/nowhere.toml: No such file or directory (os error 2)\n",
        ),
    ];
    for (arguments, expected) in cases {
        assert_eq!(run(arguments), (false, expected.to_owned()));
    }
}
