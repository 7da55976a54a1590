//! From request to answer: credentials, faults, versions, routes, and the journal beside them.

use std::net::SocketAddr;

use serde_json::json;

use crate::auth;
use crate::call::{Call, Query};
use crate::faults::{Close, Fault, FaultScript, Sender};
use crate::github::{GitHub, GitHubCall, GitHubSnapshot};
use crate::headers;
use crate::journal::{self, Exchange};
use crate::page;
use crate::percent;
use crate::refusal::Refusal;
use crate::reply::{Body, Reply};
use crate::request::Request;
use crate::routes;
use crate::script::Scenario;
use crate::sign_in::{self, SignIn, Standing};
use crate::snapshot::Snapshot;
use crate::version::ApiVersion;
use crate::world::World;

/// The answer of the service's web server to paths it does not know.
const NO_CONTROLLER: &str = "was not found or does not implement IController.";

/// What happens on the connection.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    /// `None`: the connection is closed without an answer.
    pub(crate) reply: Option<Reply>,
    pub(crate) fault: Option<FaultScript>,
    /// The answer is held back until this fault has struck so often.
    pub(crate) gather: Option<(usize, usize)>,
}

/// The service and the memory of what it was asked.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) world: World,
    sign_in: SignIn,
    github: GitHub,
    faults: Vec<Fault>,
    journal: Vec<Exchange>,
    unknown_routes: Vec<String>,
    /// Where it listens, for links when a caller sends no `Host`.
    address: SocketAddr,
}

impl Service {
    pub(crate) fn new(scenario: Scenario, address: SocketAddr) -> Self {
        let faults = scenario.faults.iter().cloned().map(Fault::new).collect();
        let github = GitHub::new(scenario.github.clone(), scenario.pull_requests.clone());
        Self {
            sign_in: SignIn::new(scenario.sign_in.clone()),
            github,
            world: World::new(scenario),
            faults,
            journal: Vec::new(),
            unknown_routes: Vec::new(),
            address,
        }
    }

    pub(crate) fn journal(&self) -> &[Exchange] {
        &self.journal
    }

    pub(crate) fn tokens(&self) -> Vec<String> {
        self.sign_in.tokens().map(str::to_owned).collect()
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot {
            builds: self.world.snapshots(),
            journal: self.journal.clone(),
            github: self.github(),
        }
    }

    pub(crate) fn github(&self) -> GitHubSnapshot {
        self.github.snapshot()
    }

    /// How often a fault has struck.
    pub(crate) fn struck(&self, fault: usize) -> usize {
        self.faults.get(fault).map_or(0, Fault::struck)
    }

    pub(crate) fn problems(&self) -> Vec<String> {
        let missed = self.faults.iter().flat_map(Fault::missed);
        self.unknown_routes.iter().cloned().chain(missed).collect()
    }

    /// Answers one request and writes it down.
    pub(crate) fn deliver(&mut self, request: &Request) -> Delivery {
        if request.path == "/" || request.path.starts_with("/_simulator/") {
            return Delivery {
                reply: Some(self.look_inside(request)),
                fault: None,
                gather: None,
            };
        }
        let entry = self.note(request);
        let struck: Vec<bool> = self
            .faults
            .iter_mut()
            .map(|fault| fault.strikes(&request.method, &request.path))
            .collect();
        let place = struck.iter().position(|struck| *struck);
        let fault = place.map(|place| self.faults[place].script.clone());
        let gather = place.zip(fault.as_ref().and_then(|fault| fault.gather));
        let reply = self.reply(request, fault.as_ref());
        let reply = reply.map(|reply| {
            let sender = fault.as_ref().map_or(Sender::Service, |fault| fault.from);
            let is_bare = is_for_github(&request.path) || sign_in::is_for_sign_in(&request.path);
            if is_bare || sender == Sender::Gateway {
                reply
            } else {
                headers::dress(reply, self.world.now(), self.journal.len())
            }
        });
        if let Some(reply) = &reply {
            self.journal[entry].status = Some(reply.status);
            self.journal[entry].response_bytes = reply.body.length();
        }
        Delivery {
            reply,
            fault,
            gather,
        }
    }

    fn reply(&mut self, request: &Request, fault: Option<&FaultScript>) -> Option<Reply> {
        let Some(fault) = fault else {
            return Some(self.answer(request));
        };
        match fault.close {
            Some(Close::Before) => None,
            Some(Close::After) => {
                self.answer(request);
                None
            }
            None => {
                let scripted = fault.answer();
                let real = (scripted.is_none() || fault.carried_out).then(|| self.answer(request));
                let mut reply = scripted.or(real)?;
                fault.add_headers(&mut reply, self.world.now());
                Some(reply)
            }
        }
    }

    fn note(&mut self, request: &Request) -> usize {
        let kept = [
            "accept",
            "content-type",
            "x-tfs-fedauthredirect",
            "user-agent",
        ];
        let authorization = request
            .header("authorization")
            .map(|header| header.split(' ').next().unwrap_or_default());
        self.journal.push(Exchange {
            method: request.method.clone(),
            path: request.path_and_query(),
            host: request.header("host").unwrap_or_default().to_owned(),
            headers: request
                .headers
                .iter()
                .filter(|(name, _)| kept.contains(&name.as_str()))
                .cloned()
                .collect(),
            authorization: authorization.map(str::to_owned),
            body: if sign_in::is_for_sign_in(&request.path) {
                sign_in::without_proofs(&request.body)
            } else {
                journal::body_value(&request.body)
            },
            status: None,
            response_bytes: 0,
        });
        self.journal.len() - 1
    }

    fn answer(&mut self, request: &Request) -> Reply {
        let segments = request.segments();
        if is_for_github(&request.path) {
            return self.answer_as_github(request, &segments[2..]);
        }
        if sign_in::is_for_sign_in(&request.path) {
            let answer = self.sign_in.answer(request);
            return answer.unwrap_or_else(|| self.no_route(request));
        }
        let scenario = &self.world.scenario;
        let organization: Vec<&str> = scenario.organization.split('/').collect();
        let is_here = segments.len() > organization.len()
            && organization
                .iter()
                .zip(&segments)
                .all(|(own, asked)| own.eq_ignore_ascii_case(asked));
        if !is_here {
            return self.no_route(request);
        }
        let authorization = request.header("authorization");
        let standing = self.sign_in.standing(authorization.unwrap_or_default());
        if let Standing::Stranger { tenant, client } = &standing {
            return Reply::refusal(&Refusal::never_signed_in(tenant, client));
        }
        if standing != Standing::Member && !auth::is_good(scenario, self.world.now(), authorization)
        {
            let suppressed = request
                .header("x-tfs-fedauthredirect")
                .is_some_and(|value| value.eq_ignore_ascii_case("suppress"));
            return auth::refuse(scenario.auth.sign_in, &request.method, suppressed);
        }
        let rest = &segments[organization.len()..];
        match rest {
            [api, rest @ ..] if api.eq_ignore_ascii_case("_apis") => {
                self.route(request, None, rest)
            }
            [project, api, rest @ ..] if api.eq_ignore_ascii_case("_apis") => {
                self.route(request, Some(project), rest)
            }
            _ => self.no_route(request),
        }
    }

    fn route(&mut self, request: &Request, project: Option<&str>, segments: &[String]) -> Reply {
        let call = match self.call(request, segments) {
            Ok(call) => call,
            Err(refusal) => return Reply::refusal(&refusal),
        };
        let answer = match project {
            Some(project) => routes::of_project(&mut self.world, &call, project),
            None => routes::of_organization(&self.world, &call),
        };
        match answer {
            Some(answer) => answer.unwrap_or_else(|refusal| Reply::refusal(&refusal)),
            None => self.no_route(request),
        }
    }

    fn call(&self, request: &Request, segments: &[String]) -> Result<Call, Refusal> {
        let query = Query::parse(&request.query);
        let accept = request.header("accept").unwrap_or_default();
        let asked = ApiVersion::asked(query.get("api-version"), accept);
        let product = self.world.scenario.product;
        let version = ApiVersion::negotiate(asked.as_deref(), product, &request.method)?;
        let host = request
            .header("host")
            .map_or_else(|| self.address.to_string(), str::to_owned);
        Ok(Call {
            method: request.method.clone(),
            segments: segments.to_vec(),
            query,
            accept: accept.to_owned(),
            body: request.body.clone(),
            base: format!("http://{host}/{}", self.world.scenario.organization),
            version,
            is_version_named: asked.is_some(),
        })
    }

    /// The simulator knows less of GitHub than there is, so that a test hears of what it does not know.
    fn answer_as_github(&mut self, request: &Request, segments: &[String]) -> Reply {
        let call = GitHubCall {
            method: &request.method,
            segments,
            query: Query::parse(&request.query),
            authorization: request.header("authorization"),
            body: &request.body,
            now: self.world.now(),
        };
        let answer = self.github.answer(&call);
        answer.unwrap_or_else(|| self.no_route(request))
    }

    /// The service answers as it really does, and the test hears of it.
    fn no_route(&mut self, request: &Request) -> Reply {
        self.unknown_routes.push(format!(
            "no such route: {} {}",
            request.method, request.path
        ));
        let own = format!("/{}", self.world.scenario.organization);
        let path = request.path.strip_prefix(&own).unwrap_or(&request.path);
        let text = format!("The controller for path '{path}' {NO_CONTROLLER}");
        Reply::text(404, "text/plain; charset=utf-8", text.clone())
            .with_header("x-tfs-serviceerror", percent::encode(&text))
    }

    /// The page for people, and for scripts that drive the program the journal and the builds as JSON.
    fn look_inside(&self, request: &Request) -> Reply {
        let value = match request.path.as_str() {
            "/_simulator/journal" => json!(self.journal),
            "/_simulator/builds" => json!(self.world.snapshots()),
            "/_simulator/github" => json!(self.github()),
            "/_simulator/problems" => json!(self.problems()),
            "/" => return Reply::text(200, "text/html; charset=utf-8", page::runs(&self.world)),
            path => return self.log(path).unwrap_or_else(|| Reply::empty(404)),
        };
        Reply::text(200, "application/json", value.to_string())
    }

    /// A log for the page, as far as it has arrived.
    fn log(&self, path: &str) -> Option<Reply> {
        let (build, log) = path.strip_prefix("/_simulator/logs/")?.split_once('/')?;
        let build = self.world.build(build.parse().ok()?).ok()?;
        let now = self.world.now();
        let log = build.schedule.log(log.parse().ok()?, now)?;
        let mut reply = Reply::text(200, "text/plain; charset=utf-8", Vec::new());
        reply.body = Body::Log(log.text.clone(), 0..log.visible_lines(now));
        Some(reply)
    }
}

/// GitHub's API is served beside Azure's, as a GitHub Enterprise Server has it.
fn is_for_github(path: &str) -> bool {
    path.starts_with("/api/v3/")
}
