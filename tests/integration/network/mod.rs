//! Networks as companies have them: proxies, authorities of their own, addresses of every kind, and
//! a sentence with what to do for each way in which they fail.

mod github; // GitHub is reached in the same ways
mod proxies; // what leads to the service, or does not

use azure_pipelines_simulator::Simulator;

use crate::support::action::Action;
use crate::support::finished::Finished;
use crate::support::service::{COMPILES, address, start};
use crate::support::tls::{Authority, Kind};

fn simulator() -> Simulator {
    start(COMPILES)
}

/// A step for the project at this scheme, host and port.
fn action(origin: &str) -> Action {
    Action::new(&format!("{origin}/fabrikam/Fabrikam"))
}

#[track_caller]
fn succeeded(finished: &Finished) {
    finished.ended_with(0);
    finished.says("\ncompiled\n");
}

/// The step ends with this sentence, in which `REQUEST` stands for the first request.
#[track_caller]
fn failed(finished: &Finished, sentence: &str) {
    let request = "GET /fabrikam/Fabrikam/_apis/build/definitions";
    assert_eq!(finished.error(), sentence.replace("REQUEST", request));
    finished.ended_with(3);
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
        finished.ended_with(3);
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
        finished.ended_with(2);
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
    finished.ended_with(3);
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
    finished.ended_with(3);
}
