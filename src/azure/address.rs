//! Where the project is: from the URL a person pastes to the base of the REST addresses.

use percent_encoding::{percent_decode_str, utf8_percent_encode};
use reqwest::Url;
use thiserror::Error;

use crate::build::{BuildId, RunPage};
use crate::network;
use crate::untrusted::{Link, PART};

/// The host of Azure DevOps Services.
const SERVICES: &str = "dev.azure.com";

/// What an organization's own host ends with there, which is the older form.
const OLD_SERVICES: &str = ".visualstudio.com";

/// A project of an organization on Azure DevOps Services, or of a collection on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectAddress {
    /// The organization's or collection's URL, without a trailing slash in its path.
    base: Url,
    /// The project's name or GUID, decoded.
    project: String,
    /// The pipeline, where the pasted URL names one.
    pub definition_id: Option<u64>,
}

/// The project URL cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum AddressError {
    /// It is not an absolute http or https URL.
    #[error("is not an absolute http(s) URL")]
    NotAUrl,
    /// Its host is not written as a resolver is asked for it.
    #[error("has a host name beyond ASCII; give it in the form that begins with `xn--`")]
    HostName,
    /// It holds a user name or password.
    #[error("must not contain a user name or password; give the token as `azure-devops-token`")]
    Credentials,
    /// The path does not reach a project.
    #[error("does not name a project")]
    NoProject,
}

impl ProjectAddress {
    /// Reads `https://dev.azure.com/ORG/PROJECT`, `https://ORG.visualstudio.com/PROJECT`,
    /// `https://SERVER/tfs/COLLECTION/PROJECT`, or any page below one of them.
    /// Names may be percent-encoded or not.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let mut base = absolute(text.trim())?;
        let definition_id = base
            .query_pairs()
            .find(|(name, _)| name.eq_ignore_ascii_case("definitionId"))
            .and_then(|(_, id)| id.parse().ok());
        let mut names = names(&base);
        let place = project_place(&base, &names).ok_or(AddressError::NoProject)?;
        check_credentials(&mut base, names.first())?;
        let project = names.swap_remove(place);
        names.truncate(place);
        base.set_query(None);
        base.set_fragment(None);
        base.set_path("");
        Ok(Self {
            base: below(base, &names, &[]),
            project,
            definition_id,
        })
    }

    /// The project as people write it.
    #[must_use]
    pub fn project(&self) -> &str {
        &self.project
    }

    /// The page of the organization or collection.
    #[must_use]
    pub fn organization(&self) -> Link {
        Link::page(&self.base)
    }

    /// The host, with the port where it is not the scheme's own.
    #[must_use]
    pub fn host(&self) -> String {
        network::host(&self.base)
    }

    /// Whether requests travel in the clear over a network.
    #[must_use]
    pub fn is_plain_http(&self) -> bool {
        network::is_plain_http(&self.base)
    }

    /// `{base}/{project}/{segments…}?{query}`, each part encoded as a path segment.
    #[must_use]
    pub fn url(&self, segments: &[&str], query: &[(&str, &str)]) -> Url {
        let segments = [&[self.project.as_str()], segments].concat();
        below(self.base.clone(), &segments, query)
    }

    /// `{base}/{segments…}?{query}`.
    #[must_use]
    pub fn organization_url(&self, segments: &[&str], query: &[(&str, &str)]) -> Url {
        below(self.base.clone(), segments, query)
    }

    /// The same where the organization keeps its identities: on Azure DevOps Services another host
    /// ("Identities - Read Identities"), on a server the same.
    #[must_use]
    pub fn identities_url(&self, segments: &[&str], query: &[(&str, &str)]) -> Url {
        let mut base = self.base.clone();
        let host = base.host_str().unwrap_or_default().to_owned();
        let own = match host.strip_suffix(OLD_SERVICES) {
            Some(organization) => Some(format!("{organization}.vssps{OLD_SERVICES}")),
            None => (host == SERVICES).then(|| format!("vssps.{SERVICES}")),
        };
        // A host that is made of a good host is good.
        if own.is_some_and(|own| base.set_host(Some(&own)).is_ok()) && host != SERVICES {
            base.set_path("");
        }
        below(base, segments, query)
    }

    /// The page of a pipeline, with its runs.
    #[must_use]
    pub fn pipeline_page(&self, pipeline: u64) -> Link {
        let query = [("definitionId", &*pipeline.to_string())];
        Link::page(&self.url(&["_build"], &query))
    }

    /// The page of a run.
    #[must_use]
    pub fn run_page(&self, id: BuildId) -> RunPage {
        let url = self.url(&["_build", "results"], &[("buildId", &id.to_string())]);
        RunPage::new(Link::page(&url))
    }
}

fn absolute(text: &str) -> Result<Url, AddressError> {
    let url = Url::parse(&with_sharps(text)).map_err(|_| {
        let rest = text.split_once("://").map_or("", |(_, rest)| rest);
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if host.is_ascii() {
            AddressError::NotAUrl
        } else {
            AddressError::HostName
        }
    })?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(AddressError::NotAUrl);
    }
    Ok(url)
}

/// The names in front of the page.
fn names(url: &Url) -> Vec<String> {
    url.path_segments()
        .into_iter()
        .flatten()
        // Pages and REST areas begin with an underscore: `_build`, `_git`, `_apis`.
        .take_while(|segment| !segment.starts_with('_'))
        // URLs are read without these, encoded or not.
        .map(|segment| decode(segment).replace(['\t', '\n', '\r'], ""))
        .filter(|name| !matches!(name.as_str(), "" | "." | ".."))
        .collect()
}

/// Which of the names is the project's; nothing where none is.
fn project_place(url: &Url, names: &[String]) -> Option<usize> {
    let host = url.host_str().unwrap_or_default();
    let begins_with = |name: &str| {
        let first = names.first();
        usize::from(first.is_some_and(|first| first.eq_ignore_ascii_case(name)))
    };
    let place = if host == SERVICES {
        1
    } else if host.ends_with(OLD_SERVICES) {
        begins_with("DefaultCollection")
    } else {
        // A server may have any number of names in front of the collection.
        let last = names.len().checked_sub(1)?;
        return (last > begins_with("tfs")).then_some(last);
    };
    // The page of a team has the team's name, too.
    let is_page = url.path().contains("/_");
    let behind = names.len().checked_sub(place + 1)?;
    (behind <= usize::from(is_page)).then_some(place)
}

/// A sharp in a name that was not encoded: where it stands before the page and the query, it does not
/// begin a fragment.
fn with_sharps(text: &str) -> String {
    let end = [text.find("/_"), text.find('?'), Some(text.len())];
    let end = end.into_iter().flatten().min().unwrap_or(text.len());
    let (names, rest) = text.split_at(end);
    names.trim_end_matches("/#").replace('#', "%23") + rest
}

/// The address that is offered for cloning has the organization's name as that of a user. Any other
/// may be a token.
fn check_credentials(base: &mut Url, organization: Option<&String>) -> Result<(), AddressError> {
    let user = decode(base.username());
    if user.is_empty() && base.password().is_none() {
        return Ok(());
    }
    let is_organization = organization.is_some_and(|name| name.eq_ignore_ascii_case(&user));
    let is_clone = base.host_str() == Some(SERVICES) && is_organization;
    if !is_clone || base.password().is_some() || base.set_username("").is_err() {
        return Err(AddressError::Credentials);
    }
    Ok(())
}

fn below(mut base: Url, segments: &[impl AsRef<str>], query: &[(&str, &str)]) -> Url {
    // Only URLs that cannot be a base, such as `mailto:`, have no segments; parse refused them.
    if let Ok(mut path) = base.path_segments_mut() {
        path.pop_if_empty();
        path.extend(segments.iter().map(AsRef::as_ref));
    }
    if !query.is_empty() {
        let encode = |text| utf8_percent_encode(text, PART);
        let pairs: Vec<String> = query
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        base.set_query(Some(&pairs.join("&")));
    }
    base
}

/// Decodes percent-encoding; what is not valid stays as it is.
fn decode(segment: &str) -> String {
    percent_decode_str(segment)
        .decode_utf8()
        .map_or_else(|_| segment.to_owned(), Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, page: &str, definition_id: Option<u64>) {
        let address = ProjectAddress::parse(text).expect(text);
        assert_eq!(address.run_page(BuildId(7)).url().as_str(), page, "{text}");
        assert_eq!(address.definition_id, definition_id, "{text}");
    }

    #[test]
    fn every_form_of_a_project_url_is_understood() {
        check(
            "https://tfs.xn--mnchen-3ya.example/tfs/Main/F",
            "https://tfs.xn--mnchen-3ya.example/tfs/Main/F/_build/results?buildId=7",
            None,
        );
        let page = "https://dev.azure.com/fabrikam/Fabrikam/_build/results?buildId=7";
        check("https://dev.azure.com/fabrikam/Fabrikam", page, None);
        check("HTTPS://DEV.Azure.com/fabrikam/Fabrikam", page, None);
        check(" https://dev.azure.com/fabrikam/Fabrikam/ ", page, None);
        check(
            "https://dev.azure.com/fabrikam/Fabrikam/_build?definitionId=12&_a=summary",
            page,
            Some(12),
        );
        check(
            "https://dev.azure.com/fabrikam/Fabrikam/_git/app#readme",
            page,
            None,
        );
        check(
            "https://fabrikam.visualstudio.com/Fabrikam",
            "https://fabrikam.visualstudio.com/Fabrikam/_build/results?buildId=7",
            None,
        );
        check(
            "https://fabrikam.visualstudio.com/DefaultCollection/My%20App",
            "https://fabrikam.visualstudio.com/DefaultCollection/My%20App/_build/results?buildId=7",
            None,
        );
        check(
            "https://tfs.example.com:8080/tfs/Main/Grüße",
            "https://tfs.example.com:8080/tfs/Main/Gr%C3%BC%C3%9Fe/_build/results?buildId=7",
            None,
        );
        check(
            "https://server.example.com/Main/a+b%25c",
            "https://server.example.com/Main/a+b%25c/_build/results?buildId=7",
            None,
        );
    }

    #[test]
    fn names_may_be_written_as_they_are_or_encoded() {
        let server = "https://server.example.com/azure/devops";
        for (written, collection, project) in [
            ("Main/My App", "Main", "My App"),
            ("Main/My%20App/", "Main", "My App"),
            ("Main/Grüße", "Main", "Grüße"),
            ("Main/Gr%C3%BC%C3%9Fe", "Main", "Grüße"),
            ("Main/100%", "Main", "100%"),
            ("Main/100%25 A%2BB", "Main", "100% A+B"),
            ("Main/A+B", "Main", "A+B"),
            ("Main//%0A/%09./A%0D+B", "Main", "A+B"),
            ("Main/C#", "Main", "C#"),
            ("Main/C# App/_build?definitionId=7#top", "Main", "C# App"),
            ("Main/C%23/#", "Main", "C#"),
            ("Große Sammlung/P", "Große Sammlung", "P"),
            ("50% + #1/P", "50% + #1", "P"),
            ("Main/%FF", "Main", "%FF"),
        ] {
            let address = ProjectAddress::parse(&format!("{server}/{written}")).expect(written);
            assert_eq!(address.project(), project, "{written}");
            let segments = [collection, project].map(|name| {
                // A plus stands for itself in a path.
                utf8_percent_encode(name, PART)
                    .to_string()
                    .replace("%2B", "+")
            });
            assert_eq!(
                address.url(&["_apis"], &[]).as_str(),
                format!("{server}/{}/{}/_apis", segments[0], segments[1]),
                "{written}"
            );
        }
    }

    #[test]
    fn the_address_for_cloning_and_the_page_of_a_team_lead_to_the_project() {
        let page = "https://dev.azure.com/fabrikam/Fabrikam/_build/results?buildId=7";
        for text in [
            "https://fabrikam@dev.azure.com/fabrikam/Fabrikam/_git/app",
            "https://dev.azure.com/fabrikam/Fabrikam/Fabrikam%20Team/_backlogs",
        ] {
            check(text, page, None);
        }
        check(
            "https://fabrikam.visualstudio.com/Fabrikam/Team/_build?definitionId=7",
            "https://fabrikam.visualstudio.com/Fabrikam/_build/results?buildId=7",
            Some(7),
        );
        for (text, error) in [
            (
                "https://t0ken@dev.azure.com/fabrikam/Fabrikam",
                AddressError::Credentials,
            ),
            (
                "https://fabrikam:x@dev.azure.com/fabrikam/Fabrikam",
                AddressError::Credentials,
            ),
            (
                "https://main@server.example.com/main/P",
                AddressError::Credentials,
            ),
            (
                "https://dev.azure.com/fabrikam/Fabrikam/App%20CI",
                AddressError::NoProject,
            ),
        ] {
            assert_eq!(ProjectAddress::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_project_url_is_refused() {
        for (text, error) in [
            ("fabrikam/Fabrikam", AddressError::NotAUrl),
            (
                "https://tfs.münchen.example/tfs/Main/F",
                AddressError::HostName,
            ),
            ("https://tfs.example:x/ü/F", AddressError::NotAUrl),
            (
                "ftp://dev.azure.com/fabrikam/Fabrikam",
                AddressError::NotAUrl,
            ),
            (
                "https://me:secret@dev.azure.com/fabrikam/Fabrikam",
                AddressError::Credentials,
            ),
            ("https://dev.azure.com/fabrikam", AddressError::NoProject),
            ("https://dev.azure.com/", AddressError::NoProject),
            (
                "https://fabrikam.visualstudio.com/",
                AddressError::NoProject,
            ),
            (
                "https://fabrikam.visualstudio.com/DefaultCollection",
                AddressError::NoProject,
            ),
            ("https://tfs.example.com/tfs/Main", AddressError::NoProject),
            (
                "https://dev.azure.com/fabrikam/_build",
                AddressError::NoProject,
            ),
        ] {
            assert_eq!(ProjectAddress::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn identities_have_a_host_of_their_own_on_the_services() {
        let url = |text| {
            let address = ProjectAddress::parse(text).expect(text);
            address.identities_url(&["_apis"], &[]).to_string()
        };
        for (project, identities) in [
            (
                "https://dev.azure.com/fabrikam/F",
                "https://vssps.dev.azure.com/fabrikam/_apis",
            ),
            (
                "https://fabrikam.visualstudio.com/DefaultCollection/F",
                "https://fabrikam.vssps.visualstudio.com/_apis",
            ),
            (
                "https://tfs.example.com/tfs/Main/F",
                "https://tfs.example.com/tfs/Main/_apis",
            ),
        ] {
            assert_eq!(url(project), identities);
        }
    }

    #[test]
    fn only_loopback_may_be_reached_in_the_clear_without_a_warning() {
        let plain = |text| ProjectAddress::parse(text).expect(text).is_plain_http();
        assert!(plain("http://server.example.com/Main/P"));
        assert!(!plain("https://server.example.com/Main/P"));
        assert!(!plain("http://127.0.0.1:8080/Main/P"));
        assert!(!plain("http://[::1]:8080/Main/P"));
        assert!(!plain("http://localhost:8080/Main/P"));
    }
}
