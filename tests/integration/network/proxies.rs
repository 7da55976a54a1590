//! Proxies: those that lead to the service, want a password, refuse, or say nothing.

use std::time::Duration;

use run_azure_pipeline::azure::Patience;

use super::{action, failed, simulator, succeeded};
use crate::support::action::Action;
use crate::support::finished::Finished;
use crate::support::in_process::in_process;
use crate::support::proxy::{Manner, Proxy};
use crate::support::service::{address, nobody};
use crate::support::tls::{Authority, Kind};

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
        finished.says(warning);
        let seen = proxy.seen();
        assert!(
            seen[0].starts_with("GET http://azure.test:8080/fabrikam/"),
            "{seen:?}"
        );
    }
}

/// What the log shows of the password `s3cr@et` of `me`: nothing but its masks, before anything else.
#[track_caller]
fn shows_no_password(finished: &Finished) {
    let (masks, shown): (Vec<&str>, Vec<&str>) = finished
        .stdout
        .lines()
        .partition(|line| line.contains("add-mask"));
    // As it is written, as it is meant, and as it is sent.
    for form in ["s3cr%40et", "s3cr@et", "bWU6czNjckBldA=="] {
        let escaped = form.replace('%', "%25");
        let is_mask = |mask: &&str| mask.ends_with(form) || mask.ends_with(&escaped);
        assert!(masks.iter().any(is_mask), "{masks:?}");
        assert!(!shown.concat().contains(form), "{}", finished.stdout);
    }
    assert!(finished.stdout.starts_with(masks[0]), "{masks:?}");
}

#[test]
fn a_proxys_password_is_sent_to_it_alone_and_never_shown() {
    let (simulator, authority) = (simulator(), Authority::new("ours"));
    let server = authority.serve("127.0.0.1:0", address(&simulator), Kind::Good);
    for (scheme, name, target) in [
        ("https", "HTTPS_PROXY", server),
        ("http", "HTTP_PROXY", address(&simulator)),
    ] {
        let step = |proxy: &Proxy| {
            action(&format!("{scheme}://azure.test"))
                .input("ca-certificate", &authority.pem())
                .variable(name, &format!("http://me:s3cr%40et@{}", proxy.host()))
                .run()
        };
        let proxy = Proxy::start(target, Manner::Login("me:s3cr@et"));
        let finished = step(&proxy);
        succeeded(&finished);
        shows_no_password(&finished);

        let proxy = Proxy::start(target, Manner::Login("me:another"));
        let finished = step(&proxy);
        let sentence = format!(
            "Azure DevOps could not be reached at azure.test (REQUEST): the proxy {} wants another user name and \
             password (407); give them in `HTTPS_PROXY` or `HTTP_PROXY` (http://USER:PASSWORD@HOST:PORT)",
            proxy.host()
        );
        failed(&finished, &sentence);
        shows_no_password(&finished);
    }
    let journal = simulator.journal();
    let mut headers = journal.iter().map(|one| one.header("proxy-authorization"));
    assert!(!journal.is_empty() && headers.all(|header| header.is_none()));
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
}

/// Debian's tinyproxy says so about a wrong password.
#[test]
fn a_401_may_be_about_the_proxys_password() {
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
}

#[test]
fn a_proxy_that_cannot_be_used_is_named() {
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
        finished.ended_with(2);
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
