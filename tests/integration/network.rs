//! Networks as companies have them: proxies, authorities of their own, addresses of every kind, and
//! a sentence with what to do for each way in which they fail.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use azure_pipelines_simulator::{Scenario, Simulator};

use run_azure_pipeline::azure::Patience;

use crate::support::action::{Action, Finished, in_process};
use crate::support::proxy::{Manner, Proxy};
use crate::support::tls::{Authority, Kind};

const PIPELINE: &str = r#"
[[pipeline]]
id = 12
name = "App CI"
[[pipeline.run]]
[[pipeline.run.task]]
name = "Compile"
lines = ["compiled"]
"#;

/// A port of this machine on which nobody listens.
fn nobody() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address")
}

fn simulator() -> Simulator {
    Simulator::start(Scenario::from_toml(PIPELINE).expect("a scenario"))
}

fn address(simulator: &Simulator) -> SocketAddr {
    let host = simulator.url().trim_start_matches("http://").to_owned();
    host.parse().expect("an address")
}

/// A step for the project at this scheme, host and port.
fn action(origin: &str) -> Action {
    Action::new(&format!("{origin}/fabrikam/Fabrikam"))
}

#[track_caller]
fn succeeded(finished: &Finished) {
    assert_eq!(finished.exit_code, Some(0), "{}", finished.stdout);
    assert!(
        finished.stdout.contains("\ncompiled\n"),
        "{}",
        finished.stdout
    );
}

/// The step ends with this sentence, in which `REQUEST` stands for the first request.
#[track_caller]
fn failed(finished: &Finished, sentence: &str) {
    let request = "GET /fabrikam/Fabrikam/_apis/build/definitions";
    assert_eq!(finished.error(), sentence.replace("REQUEST", request));
    assert_eq!(finished.exit_code, Some(3));
}

const CHECK: &str = "`azure-devops-project-url`";

#[test]
fn an_authority_of_its_own_is_trusted_by_text_and_by_file() {
    let (simulator, authority) = (simulator(), Authority::new("ours"));
    let server = authority.serve("127.0.0.1:0", address(&simulator), Kind::Good);
    for origin in [
        format!("https://{server}"),
        format!("https://localhost:{}", server.port()),
    ] {
        let step = action(&origin).input("ca-certificate", &authority.pem());
        succeeded(&step.run());
        let step = action(&origin).file("ca.pem", &authority.pem());
        succeeded(&step.input("ca-certificate", "ca.pem").run());
        let step = action(&origin).file("ca.pem", &authority.pem());
        let path = step.path("ca.pem");
        succeeded(&step.variable("SSL_CERT_FILE", &path).run());
    }
}

#[test]
fn both_versions_of_tls_do() {
    let (simulator, authority) = (simulator(), Authority::new("ours"));
    for kind in [Kind::Tls12, Kind::Tls13] {
        let server = authority.serve("127.0.0.1:0", address(&simulator), kind);
        let step = action(&format!("https://{server}"));
        succeeded(&step.input("ca-certificate", &authority.pem()).run());
    }
}

#[test]
fn an_address_may_be_of_the_sixth_version() {
    let (simulator, authority) = (simulator(), Authority::new("ours"));
    let server = authority.serve("[::1]:0", address(&simulator), Kind::Good);
    let step = action(&format!("https://[::1]:{}", server.port()));
    succeeded(&step.input("ca-certificate", &authority.pem()).run());
}

#[test]
fn every_certificate_that_is_wrong_has_its_sentence() {
    let (simulator, authority) = (simulator(), Authority::new("ours"));
    let cases = [
        (
            Kind::Expired,
            "its certificate is not valid now (DETAIL); have it renewed, or check the clock of the runner".to_owned(),
        ),
        (
            Kind::Early,
            "its certificate is not valid now (DETAIL); have it renewed, or check the clock of the runner".to_owned(),
        ),
        (
            Kind::OtherName,
            format!("its certificate is for another name (DETAIL); give the name that it is for in {CHECK}"),
        ),
        (
            Kind::SelfSigned,
            "its certificate is by an authority that is not trusted; if that is your company's own, give its \
             certificate as `ca-certificate`"
                .to_owned(),
        ),
    ];
    for (kind, reason) in cases {
        let server = authority.serve("127.0.0.1:0", address(&simulator), kind);
        let step = action(&format!("https://{server}"));
        let finished = step.input("ca-certificate", &authority.pem()).run();
        let error = finished.error();
        let (start, end) = reason.split_once("DETAIL").unwrap_or((&reason, ""));
        let request = "GET /fabrikam/Fabrikam/_apis/build/definitions";
        let start = format!("Azure DevOps could not be reached at {server} ({request}): {start}");
        assert!(
            error.starts_with(&start) && error.ends_with(end),
            "{kind:?} {error}"
        );
        assert_eq!(finished.exit_code, Some(3));
    }
    assert!(simulator.journal().is_empty());
}

#[test]
fn an_authority_that_is_not_trusted_is_told_with_what_could_not_be_read() {
    let (simulator, authority) = (simulator(), Authority::new("ours"));
    let server = authority.serve("127.0.0.1:0", address(&simulator), Kind::Good);
    let step = || action(&format!("https://{server}"));
    let sentence = format!(
        "Azure DevOps could not be reached at {server} (REQUEST): its certificate is by an authority that is not \
         trusted; if that is your company's own, give its certificate as `ca-certificate`"
    );
    failed(&step().run(), &sentence);
    let other = Authority::new("another");
    failed(
        &step().input("ca-certificate", &other.pem()).run(),
        &sentence,
    );
    let finished = step().variable("SSL_CERT_FILE", "/nowhere/ca.pem").run();
    let unread = " (of `SSL_CERT_FILE` or `SSL_CERT_DIR` could not be read: ";
    assert!(finished.error().contains(unread), "{}", finished.error());
    assert!(
        finished.error().contains("/nowhere/ca.pem"),
        "{}",
        finished.error()
    );
    assert!(simulator.journal().is_empty());
}

#[test]
fn a_certificate_input_that_is_none_is_refused_before_any_request() {
    let simulator = simulator();
    let key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----\n";
    for (given, sentence) in [
        (
            key,
            "`ca-certificate` cannot be used: it holds no BEGIN CERTIFICATE block; give PEM text or the path of such a \
             file in the workspace",
        ),
        (
            "junk.pem",
            "`ca-certificate` cannot be used: it holds no BEGIN CERTIFICATE block; give PEM text or the path of such a \
             file in the workspace",
        ),
        (
            "nowhere.pem",
            "`ca-certificate` is \"nowhere.pem\", a file that could not be read: No such file or directory (os error \
             2); give PEM text or the path of such a file in the workspace",
        ),
        (
            "MIIBszCCAVmg\nAwIBAgIUQ2Vy",
            "`ca-certificate` is neither PEM text (it has no -----BEGIN CERTIFICATE-----) nor the path of a file",
        ),
    ] {
        let step = Action::on(&simulator).file("junk.pem", "hello");
        let finished = step.input("ca-certificate", given).run();
        assert_eq!(finished.error(), sentence);
        assert_eq!(finished.exit_code, Some(2));
    }
    assert!(simulator.journal().is_empty());
}

#[test]
fn tls_where_there_is_none_and_none_where_there_is() {
    let (simulator, authority) = (simulator(), Authority::new("ours"));
    let plain = address(&simulator);
    let finished = action(&format!("https://{plain}")).run();
    let start = format!("Azure DevOps could not be reached at {plain} (GET ");
    let error = finished.error();
    assert!(error.starts_with(&start), "{error}");
    assert!(error.contains("it does not answer in TLS ("), "{error}");
    assert!(
        error.ends_with("check scheme and port in `azure-devops-project-url`"),
        "{error}"
    );
    let server = authority.serve("127.0.0.1:0", plain, Kind::Good);
    let finished = action(&format!("http://{server}")).run();
    assert_eq!(finished.exit_code, Some(3), "{}", finished.stdout);
    let start = format!("Azure DevOps could not be reached at {server} (GET ");
    assert!(finished.error().starts_with(&start), "{}", finished.error());
}

#[test]
fn a_name_that_does_not_exist_is_told() {
    let finished = action("https://no-such-host.invalid").run();
    let error = finished.error();
    let start = "Azure DevOps could not be reached at no-such-host.invalid (GET \
                 /fabrikam/Fabrikam/_apis/build/definitions): its name could not be resolved (";
    assert!(error.starts_with(start), "{error}");
    let end = "); check `azure-devops-project-url`, the network and its DNS server";
    assert!(error.ends_with(end), "{error}");
    assert_eq!(finished.exit_code, Some(3));
}

/// The proxy leads to the service whatever the name, which only the proxy can resolve.
#[test]
fn a_proxy_leads_to_https_and_to_http() {
    let (simulator, authority) = (simulator(), Authority::new("ours"));
    let server = authority.serve("127.0.0.1:0", address(&simulator), Kind::Good);
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let proxy = Proxy::start(server, Manner::Open);
        let step = action("https://azure.test").input("ca-certificate", &authority.pem());
        succeeded(
            &step
                .variable(name, &format!("http://{}", proxy.host()))
                .run(),
        );
        let seen = proxy.seen();
        assert!(
            !seen.is_empty()
                && seen
                    .iter()
                    .all(|line| line == "CONNECT azure.test:443 HTTP/1.1"),
            "{seen:?}"
        );
    }
    for name in ["HTTP_PROXY", "http_proxy"] {
        let proxy = Proxy::start(address(&simulator), Manner::Open);
        let step = action("http://azure.test:8080");
        // Without a scheme, too.
        let finished = step.variable(name, &proxy.host()).run();
        succeeded(&finished);
        let warning = "`azure-devops-project-url` uses http: the token and the answers travel to azure.test:8080 \
                       unencrypted.";
        assert!(finished.stdout.contains(warning), "{}", finished.stdout);
        let seen = proxy.seen();
        assert!(
            seen[0].starts_with("GET http://azure.test:8080/fabrikam/"),
            "{seen:?}"
        );
    }
}

#[test]
fn a_proxys_password_is_sent_to_it_alone_and_never_shown() {
    let (simulator, authority) = (simulator(), Authority::new("ours"));
    let server = authority.serve("127.0.0.1:0", address(&simulator), Kind::Good);
    let shows_nothing = |finished: &Finished| {
        let mut lines = finished.stdout.lines();
        let masks: Vec<&str> = lines
            .clone()
            .filter(|line| line.contains("add-mask"))
            .collect();
        // As it is written, as it is meant, and as it is sent.
        for form in ["s3cr%40et", "s3cr@et", "bWU6czNjckBldA=="] {
            assert!(
                masks
                    .iter()
                    .any(|mask| mask.ends_with(form) || mask.ends_with(&form.replace('%', "%25"))),
                "{masks:?}"
            );
            let shown = lines.clone().filter(|line| !line.contains("add-mask"));
            assert!(
                !shown.clone().any(|line| line.contains(form)),
                "{}",
                finished.stdout
            );
        }
        assert!(lines.next().is_some_and(|line| line.contains("add-mask")));
    };
    let login = |proxy: &Proxy| format!("http://me:s3cr%40et@{}", proxy.host());
    let https = || action("https://azure.test").input("ca-certificate", &authority.pem());
    let proxy = Proxy::start(server, Manner::Login("me:s3cr@et"));
    let finished = https().variable("HTTPS_PROXY", &login(&proxy)).run();
    succeeded(&finished);
    shows_nothing(&finished);
    let proxy = Proxy::start(address(&simulator), Manner::Login("me:s3cr@et"));
    let finished = action("http://azure.test")
        .variable("HTTP_PROXY", &login(&proxy))
        .run();
    succeeded(&finished);
    shows_nothing(&finished);
    let headers = |name: &str| {
        let journal = simulator.journal();
        journal
            .iter()
            .filter(|one| one.header(name).is_some())
            .count()
    };
    assert_eq!(headers("proxy-authorization"), 0);

    let sentence = |proxy: &Proxy| {
        format!(
            "Azure DevOps could not be reached at azure.test (REQUEST): the proxy {} wants another user name and \
             password (407); give them in `HTTPS_PROXY` or `HTTP_PROXY` (http://USER:PASSWORD@HOST:PORT)",
            proxy.host()
        )
    };
    let proxy = Proxy::start(server, Manner::Login("me:another"));
    let finished = https().variable("HTTPS_PROXY", &login(&proxy)).run();
    failed(&finished, &sentence(&proxy));
    shows_nothing(&finished);
    let proxy = Proxy::start(address(&simulator), Manner::Login("me:another"));
    let finished = action("http://azure.test")
        .variable("HTTP_PROXY", &login(&proxy))
        .run();
    failed(&finished, &sentence(&proxy));
    shows_nothing(&finished);
}

#[test]
fn a_proxy_that_does_not_connect_is_named() {
    for answer in [
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: http://login.example.com/\r\n\r\n",
    ] {
        let proxy = Proxy::start(nobody(), Manner::Answer(answer));
        let step = action("https://azure.test").variable("HTTPS_PROXY", &proxy.host());
        let sentence = format!(
            "Azure DevOps could not be reached at azure.test (REQUEST): the proxy {} did not make the connection; check \
             the user name and password for it in `HTTPS_PROXY`, have the host allowed there, or name it in `NO_PROXY` if it \
             can be reached without a proxy",
            proxy.host()
        );
        failed(&step.run(), &sentence);
    }
    // Debian's tinyproxy says so about a wrong password.
    let unauthorized = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
    let proxy = Proxy::start(nobody(), Manner::Answer(unauthorized));
    let step = action("http://azure.test").variable("HTTP_PROXY", &proxy.host());
    let sentence = format!(
        "Azure DevOps did not accept the token (401, REQUEST): check that `azure-devops-token` has not expired, belongs to \
         this organization and has the scope Build (read & execute); the answer may also be that of the proxy {}: check the \
         user name and password for it in `HTTP_PROXY`",
        proxy.host()
    );
    failed(&step.run(), &sentence);
    let unusable = |proxy: &str, detail: &str| {
        format!(
            "Azure DevOps could not be reached at azure.test (REQUEST): the proxy {proxy} could not be used ({detail}); \
             check `HTTPS_PROXY`, `HTTP_PROXY` and the network"
        )
    };
    let proxy = Proxy::start(nobody(), Manner::Answer(""));
    let step = action("https://azure.test").variable("HTTPS_PROXY", &proxy.host());
    let closed = "tunnel error: unexpected end of file";
    failed(&step.run(), &unusable(&proxy.host(), closed));
    let host = nobody().to_string();
    let refused = "Connection refused (os error 111)";
    for (scheme, name) in [("https", "HTTPS_PROXY"), ("http", "HTTP_PROXY")] {
        let step = action(&format!("{scheme}://azure.test"));
        let step = step.variable(name, &format!("http://me:s3cret@{host}"));
        failed(&step.run(), &unusable(&host, refused));
    }
    let step = action("https://azure.test").variable("HTTPS_PROXY", "no-such-proxy.invalid:3128");
    let finished = step.run();
    let start = "Azure DevOps could not be reached at azure.test (GET \
                 /fabrikam/Fabrikam/_apis/build/definitions): the proxy no-such-proxy.invalid:3128 could not be used (";
    assert!(finished.error().starts_with(start), "{}", finished.error());
}

#[test]
fn what_no_proxy_names_is_reached_without_one() {
    let simulator = simulator();
    let proxy = Proxy::start(nobody(), Manner::Answer("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
    for (name, list) in [
        ("NO_PROXY", "example.com, 127.0.0.0/8"),
        ("no_proxy", "127.0.0.1"),
    ] {
        let step = Action::on(&simulator).variable("HTTP_PROXY", &proxy.host());
        succeeded(&step.variable(name, list).run());
    }
    assert_eq!(proxy.seen(), Vec::<String>::new());
}

#[test]
fn a_proxy_variable_that_is_wrong_is_refused_without_being_shown() {
    let simulator = simulator();
    for (value, problem) in [
        (
            "socks5://me:s3cret@proxy:1080",
            "names a SOCKS proxy, which cannot be used",
        ),
        ("http://me:s3cret@proxy:port", "is no proxy's address"),
    ] {
        let finished = Action::on(&simulator).variable("HTTPS_PROXY", value).run();
        let sentence = format!(
            "`HTTPS_PROXY` {problem}; expected is `http://HOST:PORT` or `http://USER:PASSWORD@HOST:PORT`"
        );
        assert_eq!(finished.error(), sentence);
        assert_eq!(finished.exit_code, Some(2));
    }
    assert!(simulator.journal().is_empty());
}

#[test]
fn a_proxy_that_says_nothing_is_left() {
    let proxy = Proxy::start(nobody(), Manner::Silent);
    let step = action("https://azure.test").variable("HTTPS_PROXY", &proxy.host());
    let patience = Patience {
        request: Duration::from_millis(200),
        ..Patience::default()
    };
    let (exit_code, log) = in_process(&step, patience);
    assert_eq!(exit_code, 3, "{log}");
    let sentence = format!(
        "no connection through the proxy {} came about in time; check `HTTPS_PROXY`, `azure-devops-project-url` and \
         the network",
        proxy.host()
    );
    assert!(log.contains(&sentence), "{log}");
}

/// A comment on a pull request, about whose commit GitHub is asked.
fn comment(simulator: &Simulator, api_url: &str) -> Action {
    let payload = include_str!("../scenarios/comment/event.json");
    Action::on(simulator)
        .payload(payload)
        .input("pull-request-ref", "head")
        .input("github-token", "ghs_canary")
        .variable("GITHUB_EVENT_NAME", "issue_comment")
        .variable("GITHUB_API_URL", api_url)
}

const PULL_REQUEST: &str = r#"
[[pull-request]]
number = 7
head-ref = "topic"
head-sha = "2222222222222222222222222222222222222222"
"#;

fn with_pull_request(more: &str) -> Simulator {
    let text = format!("{PIPELINE}{PULL_REQUEST}{more}");
    Simulator::start(Scenario::from_toml(&text).expect("a scenario"))
}

/// GitHub's client has the same trust and the same proxies as Azure DevOps'.
#[test]
fn github_is_reached_in_the_same_ways() {
    let (simulator, authority) = (with_pull_request(""), Authority::new("ours"));
    let server = authority.serve("127.0.0.1:0", address(&simulator), Kind::Good);
    let step = comment(&simulator, &format!("https://{server}/api/v3"));
    succeeded(&step.input("ca-certificate", &authority.pem()).run());
    let proxy = Proxy::start(server, Manner::Login("me:s3cret"));
    let step = comment(&simulator, "https://azure.test/api/v3")
        .input("ca-certificate", &authority.pem())
        .variable("HTTPS_PROXY", &format!("http://me:s3cret@{}", proxy.host()));
    succeeded(&step.run());
    assert_eq!(proxy.seen(), ["CONNECT azure.test:443 HTTP/1.1"]);
    let step = Action::on(&simulator)
        .input("report", "commit-status")
        .input("github-token", "ghs_canary")
        .input("ca-certificate", &authority.pem())
        .variable("GITHUB_API_URL", "https://azure.test/api/v3")
        .variable("HTTPS_PROXY", &format!("http://me:s3cret@{}", proxy.host()));
    succeeded(&step.run());
    let statuses = simulator.github().statuses;
    let last = statuses.last().expect("a status");
    assert_eq!(last["state"], "success");
    let proxy = Proxy::start(address(&simulator), Manner::Open);
    let step = comment(&simulator, "http://azure.test/api/v3")
        .variable("NO_PROXY", "127.0.0.1")
        .variable("HTTP_PROXY", &proxy.host());
    let finished = step.run();
    succeeded(&finished);
    assert_eq!(proxy.seen().len(), 1, "{:?}", proxy.seen());
    let warning =
        "GITHUB_API_URL uses http: the token and the answers travel to azure.test unencrypted.";
    assert!(finished.stdout.contains(warning), "{}", finished.stdout);
}

#[test]
fn github_that_cannot_be_asked_has_its_sentence() {
    let (simulator, authority) = (with_pull_request(""), Authority::new("ours"));
    let server = authority.serve("127.0.0.1:0", address(&simulator), Kind::Good);
    let unreached = |host: &str, reason: &str| {
        format!("GitHub could not be reached at {host} (GET /repos/octo/demo/pulls/7): {reason}")
    };
    let finished = comment(&simulator, &format!("https://{server}/api/v3")).run();
    let reason = "its certificate is by an authority that is not trusted; if that is your company's own, give its \
                  certificate as `ca-certificate`";
    assert_eq!(finished.error(), unreached(&server.to_string(), reason));
    assert_eq!(finished.exit_code, Some(3));
    let down = nobody();
    let finished = comment(&simulator, &format!("http://{down}")).run();
    let reason =
        "Connection refused (os error 111); check GITHUB_API_URL, the network and the proxy";
    assert_eq!(finished.error(), unreached(&down.to_string(), reason));
    for (scheme, name, target) in [
        ("https", "HTTPS_PROXY", server),
        ("http", "HTTP_PROXY", address(&simulator)),
    ] {
        let proxy = Proxy::start(target, Manner::Login("me:s3cret"));
        let step = comment(&simulator, &format!("{scheme}://azure.test/api/v3"))
            .variable("NO_PROXY", "127.0.0.1")
            .variable(name, &proxy.host());
        let reason = format!(
            "the proxy {} wants another user name and password (407); give them in `HTTPS_PROXY` or `HTTP_PROXY` \
             (http://USER:PASSWORD@HOST:PORT)",
            proxy.host()
        );
        assert_eq!(step.run().error(), unreached("azure.test", &reason));
    }
    let finished = comment(&simulator, "api.github.com").run();
    let sentence = "GITHUB_API_URL is \"api.github.com\", which is no http(s) URL";
    assert_eq!(finished.error(), sentence);
    let finished = comment(&simulator, &format!("{}/api/v3", simulator.url()))
        .input("github-token", "ghs_\u{1}canary")
        .run();
    let sentence = "`github-token` holds a character that cannot be part of a token: paste it again without line breaks";
    assert_eq!(finished.error(), sentence);
    assert_eq!(simulator.builds().len(), 0);
}

/// Answers of GitHub that are none.
#[test]
fn what_github_answers_is_read_up_to_a_limit_and_in_time() {
    let sentence = |reason: &str| {
        format!(
            "Failed to look up pull request #7 of \"octo/demo\" on GitHub: {reason}; check that `github-token` is set \
             and that the job has the permission `pull-requests: read`"
        )
    };
    let on = "[[fault]]\non = \"GET /api/v3/**\"\nevery = true\n";
    let endless = format!("body = \"{}\"\n", "[".repeat(17 * 1024 * 1024));
    for (fault, reason) in [
        (
            "status = 404\nbody = '{\"message\":\"Not Found\"}'",
            "\"Not Found\" (404)",
        ),
        (
            "status = 502\nbody = '<html>'",
            "\"it gave no reason\" (502)",
        ),
        (
            "status = 301\nheaders = { location = \"http://elsewhere.test/\" }",
            "\"it gave no reason\" (301)",
        ),
        (
            "status = 200\nbody = '[7]'",
            "the answer is no pull request",
        ),
        ("status = 200\nbody = ''", "the answer is no pull request"),
        (endless.as_str(), "the answer is longer than 16777216 bytes"),
    ] {
        let simulator = with_pull_request(&format!("{on}{fault}\n"));
        let finished = comment(&simulator, &format!("{}/api/v3", simulator.url())).run();
        assert_eq!(finished.error(), sentence(reason));
        assert_eq!(finished.exit_code, Some(3));
    }
    let simulator = with_pull_request(&format!("{on}drip = \"50ms\"\n"));
    let patience = Patience {
        request: Duration::from_millis(500),
        ..Patience::default()
    };
    let step = comment(&simulator, &format!("{}/api/v3", simulator.url()));
    let (exit_code, log) = in_process(&step, patience);
    assert_eq!(exit_code, 3, "{log}");
    let host = simulator.url().trim_start_matches("http://").to_owned();
    let sentence = format!(
        "GitHub could not be reached at {host} (GET /repos/octo/demo/pulls/7): the request timed out"
    );
    assert!(log.contains(&sentence), "{log}");
}
