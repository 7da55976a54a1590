//! Servers that are hostile or broken: the step ends by itself, in bounded memory, and says why.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use azure_pipelines_simulator::Simulator;
use run_azure_pipeline::azure::Patience;

use crate::support::action::Action;
use crate::support::in_process::in_process;
use crate::support::proxy::read_head;
use crate::support::service::{COMPILES, address, always, start};

/// The most memory that a step may have taken, in KiB, whatever it was sent.
const MOST: u64 = 256 * 1024;

const MIB: usize = 1024 * 1024;

fn simulator(more: &str) -> Simulator {
    start(&format!("{COMPILES}{more}"))
}

/// Answers requests whose first line contains `on` itself, and has the simulator answer all others.
/// Each connection has one request.
fn hostile(
    simulator: &Simulator,
    on: &'static str,
    answer: impl Fn(&mut TcpStream) -> io::Result<()> + Send + Sync + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let host = listener.local_addr().expect("an address");
    let target = address(simulator);
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            // The client may leave at any time.
            thread::spawn(move || drop(serve(stream, target, on, &*answer)));
        }
    });
    format!("http://{host}/fabrikam/Fabrikam")
}

fn serve(
    mut client: TcpStream,
    target: SocketAddr,
    on: &str,
    answer: &dyn Fn(&mut TcpStream) -> io::Result<()>,
) -> io::Result<()> {
    let head = read_head(&mut client)?;
    let line = head.lines().next().unwrap_or_default();
    if line.contains(on) {
        return answer(&mut client);
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or_default()];
    client.read_exact(&mut body)?;
    let mut server = TcpStream::connect(target)?;
    let (line, rest) = head.split_once("\r\n").expect("a line");
    server.write_all(format!("{line}\r\nConnection: close\r\n{rest}").as_bytes())?;
    server.write_all(&body)?;
    io::copy(&mut server, &mut client).map(drop)
}

const JSON: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n";

/// An answer about pipelines that is none: the sentence with which the step ends.
#[track_caller]
fn check(
    answer: impl Fn(&mut TcpStream) -> io::Result<()> + Send + Sync + 'static,
    sentence: &str,
) {
    let simulator = simulator("");
    let url = hostile(&simulator, "/definitions?", answer);
    let (exit_code, stdout, peak) = Action::new(&url).measured();
    assert_eq!(exit_code, Some(3), "{stdout}");
    assert!(stdout.contains(sentence), "{sentence}\n{stdout}");
    assert!(peak < MOST, "{peak} KiB");
    assert!(simulator.builds().is_empty());
}

#[test]
fn json_without_end_is_left() {
    let answer = |client: &mut TcpStream| {
        client.write_all(JSON)?;
        client.write_all(b"[0")?;
        let more = b",0".repeat(MIB / 2);
        loop {
            client.write_all(&more)?;
        }
    };
    check(
        answer,
        "is longer than 64 MiB, and was not read to its end; check `azure-devops-project-url`",
    );
}

#[test]
fn json_that_is_too_deep_is_refused() {
    let answer = |client: &mut TcpStream| {
        client.write_all(JSON)?;
        client.write_all(&b"[".repeat(8 * MIB))
    };
    check(
        answer,
        "could not be read: it is not the JSON that was expected (",
    );
}

#[test]
fn what_is_packed_counts_as_it_is_unpacked() {
    let blanks = " ".repeat(65 * MIB);
    let simulator = simulator(&always("GET definitions", &format!("body = '{blanks}'")));
    let (exit_code, stdout, peak) = Action::on(&simulator).measured();
    assert_eq!(exit_code, Some(3), "{stdout}");
    assert!(stdout.contains("is longer than 64 MiB"), "{stdout}");
    assert!(peak < MOST, "{peak} KiB");
}

#[test]
fn a_refusal_without_end_is_left() {
    let answer = |client: &mut TcpStream| {
        client.write_all(
            b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n\r\n{\"message\":\"",
        )?;
        let more = b"x".repeat(MIB);
        loop {
            client.write_all(&more)?;
        }
    };
    check(answer, "(400)");
}

#[test]
fn what_is_no_answer_has_a_sentence() {
    let send = |text: &'static str| move |client: &mut TcpStream| client.write_all(text.as_bytes());
    check(
        send("SSH-2.0-OpenSSH_9.2\r\n"),
        "it does not answer in HTTP (invalid HTTP version parsed)",
    );
    check(
        send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"),
        "Azure DevOps could not be reached at 127.0.0.1:",
    );
    check(send(""), "Azure DevOps could not be reached at 127.0.0.1:");
    check(
        send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nno gzip !"),
        "Azure DevOps could not be reached at 127.0.0.1:",
    );
    let answer = |client: &mut TcpStream| {
        client.write_all(b"HTTP/1.1 200 OK\r\nX-Long: ")?;
        client.write_all(&b"x".repeat(4 * MIB))
    };
    check(answer, "Azure DevOps could not be reached at 127.0.0.1:");
}

/// Bytes that come, but never to an end.
#[test]
fn what_only_drips_is_left() {
    let drip = |start: &'static str, drop: &'static str| {
        move |client: &mut TcpStream| {
            client.write_all(start.as_bytes())?;
            loop {
                client.write_all(drop.as_bytes())?;
                thread::sleep(Duration::from_millis(20));
            }
        }
    };
    let json = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{";
    for (start, drop) in [
        (json, " "),
        ("", "HTTP/1.1 100 Continue\r\n\r\n"),
        ("HTTP/1.1 500 No\r\n\r\n", " "),
    ] {
        let simulator = simulator("");
        let url = hostile(&simulator, "/definitions?", drip(start, drop));
        let patience = Patience {
            request: Duration::from_millis(400),
            ..Patience::default()
        };
        let (exit_code, log) = in_process(&Action::new(&url), patience);
        assert_eq!(exit_code, 3, "{log}");
        assert!(log.contains("the request timed out"), "{log}");
    }
}

#[test]
fn a_line_without_end_is_cut() {
    let simulator = simulator("");
    let url = hostile(&simulator, "/logs/4?", |client| {
        client.write_all(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n",
        )?;
        let part = b"x".repeat(MIB);
        for _ in 0..300 {
            client.write_all(&part)?;
        }
        client.write_all(b"\n##[section]Finishing: Compile\n")
    });
    let (exit_code, stdout, peak) = Action::new(&url).measured();
    assert_eq!(exit_code, Some(0));
    let longest = stdout
        .lines()
        .max_by_key(|line| line.len())
        .expect("a line");
    assert_eq!(longest.len(), 16 * MIB + 3);
    assert!(longest.ends_with("x..."));
    assert!(peak < MOST, "{peak} KiB");
}

/// Records of every wrong kind beside 10,000 jobs and as many tasks, each below another.
#[test]
fn a_timeline_may_be_long_and_wrong() {
    let mut records = vec![
        r#"{"id":"s","type":"Stage","name":"Build","state":"completed","result":"succeeded"}"#.to_owned(),
        r#"{"id":"p","parentId":"s","type":"Phase","name":"P","state":"completed","result":"succeeded"}"#.to_owned(),
        r#"{"id":"a","parentId":"b","type":"Job","name":"cyclic","state":"completed"}"#.to_owned(),
        r#"{"id":"b","parentId":"a","type":"Job","name":"cyclic","state":"completed"}"#.to_owned(),
        r#"{"id":"c","parentId":"c","type":"Job","name":"own parent","state":"completed"}"#.to_owned(),
        r#"{"id":"j1","parentId":"p","type":"Job","name":"twice","state":"completed"}"#.to_owned(),
        r#"{"id":"x","parentId":"p","type":"Job","name":"\u202eevil\u0007\u001b[2J","state":"completed","attempt":-1,"order":1e300}"#.to_owned(),
        r#"{"id":7,"name":[]}"#.to_owned(),
        "null".to_owned(),
    ];
    let message = "m".repeat(10 * MIB);
    records.push(format!(
        r#"{{"id":"m","parentId":"p","type":"Job","name":"Long","state":"completed","result":"failed","issues":[{{"type":"error","message":"{message}"}}]}}"#
    ));
    records.extend((0..10_000).map(|number| {
        format!(r#"{{"id":"j{number}","parentId":"p","type":"Job","name":"Job {number}","state":"completed","result":"succeeded","attempt":1,"order":{number}}}"#)
    }));
    // Each below the one before.
    records.extend((0..10_000).map(|number| {
        format!(r#"{{"id":"d{}","parentId":"d{number}","type":"Task","name":"Deep","state":"completed"}}"#, number + 1)
    }));
    records.push(r#"{"id":"d0","type":"Job","name":"Deep","state":"completed"}"#.to_owned());
    let body = format!(r#"{{"id":"t","records":[{}]}}"#, records.join(","));
    let simulator = simulator(&always(
        "GET builds/*/timeline",
        &format!("body = '{body}'"),
    ));
    let (exit_code, stdout, peak) = Action::on(&simulator).measured();
    assert_eq!(exit_code, Some(0), "{}", &stdout[..stdout.len().min(4_000)]);
    assert!(
        !stdout.contains('\u{202e}') && !stdout.contains("\u{1b}[2J") && !stdout.contains('\u{7}')
    );
    assert!(peak < MOST, "{peak} KiB");
}
