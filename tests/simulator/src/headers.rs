//! The headers that the service's answers carry, as recorded.

use crate::clock::Moment;
use crate::ids;
use crate::reply::Reply;
use crate::wire::connection_data::DEPLOYMENT_ID;
use crate::wire::identity;

type Header = (&'static str, String);

/// Adds to an answer what it does not have of them. `number` is that of the request.
pub(crate) fn dress(mut reply: Reply, now: Moment, number: usize) -> Reply {
    for (name, value) in of(&reply, now, number) {
        if !reply.headers.iter().any(|(known, _)| known == name) {
            reply.headers.push((name.to_owned(), value));
        }
    }
    reply
}

/// The web server in front adds fewer to its own answers.
fn of(reply: &Reply, now: Moment, number: usize) -> Vec<Header> {
    let content_type = reply.header("content-type");
    // Only an organization that is switched off answers JSON without a charset.
    let is_stopped = content_type == "application/json";
    let is_no_route = reply.status == 404 && content_type.starts_with("text/plain");
    let is_signed_in = !matches!(reply.status, 203 | 302 | 401) && !is_stopped;
    let mut headers = of_every_answer(now);
    if !is_stopped {
        headers.extend(of_a_service_that_runs(number));
    }
    if !is_stopped && !is_no_route {
        headers.push(("cache-control", "no-cache".to_owned()));
        headers.push(("expires", "-1".to_owned()));
    }
    if is_signed_in {
        headers.push(("x-frame-options", "SAMEORIGIN".to_owned()));
        // The caller's e-mail address, with errors, too: it must not reach a log.
        headers.push(("x-vss-userdata", identity::user_data()));
    }
    if is_signed_in && !is_no_route {
        headers.push(("pragma", "no-cache".to_owned()));
    }
    if reply.status == 200 {
        headers.push(("vary", "Accept-Encoding".to_owned()));
    }
    headers
}

fn of_every_answer(now: Moment) -> Vec<Header> {
    let security = "max-age=31536000; includeSubDomains";
    vec![
        ("date", now.http_date()),
        ("x-tfs-processid", ids::guid("process")),
        ("strict-transport-security", security.to_owned()),
        ("x-content-type-options", "nosniff".to_owned()),
    ]
}

fn of_a_service_that_runs(number: usize) -> [Header; 4] {
    let activity = ids::guid(&format!("activity/{number}"));
    [
        ("activityid", activity.clone()),
        ("x-vss-e2eid", activity),
        ("x-tfs-session", ids::guid("session")),
        ("x-vss-senderdeploymentid", DEPLOYMENT_ID.to_owned()),
    ]
}
