//! Who is meant by a name, found out as the vendor's command line does.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::runs::VERSION;
use super::wire::WireList;
use super::{ApiVersion, Area, Client, Error, Request, ability};

/// Who has shown no token that is known.
const ANONYMOUS: &str = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa";

/// What a search for somebody gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Person {
    /// The id of the one that was found.
    Found(String),
    /// Nobody.
    Unknown,
    /// More than one, by their names.
    Several(Vec<String>),
}

/// Whom the service takes the caller for, and what it is itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The name that people see.
    pub user: Option<String>,
    /// Whether the caller is nobody to the service.
    pub is_anonymous: bool,
    /// Whether it is Azure DevOps Services, and no server of one's own.
    pub is_hosted: bool,
}

/// `Identity`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireIdentity {
    id: Option<String>,
    provider_display_name: Option<String>,
    custom_display_name: Option<String>,
    properties: Option<Map<String, Value>>,
}

/// `ConnectionData`, in the official clients only, which begin with it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireConnection {
    authenticated_user: WireIdentity,
    deployment_type: Option<String>,
}

impl WireIdentity {
    fn property(&self, name: &str) -> Option<&str> {
        self.properties.as_ref()?.get(name)?.get("$value")?.as_str()
    }

    fn name(&self) -> Option<&str> {
        let names = [&self.custom_display_name, &self.provider_display_name];
        let mut given = names.into_iter().flatten().filter(|name| !name.is_empty());
        given.next().map(String::as_str)
    }

    fn title(&self) -> String {
        let name = self.name().unwrap_or_default();
        match self.property("Account") {
            Some(account) => format!("{name} ({account})"),
            None => name.to_owned(),
        }
    }
}

impl Client {
    /// Who `name` is: `me`, an id, a display name, an e-mail address or an alias. Of several people
    /// the one is taken who is from the caller's own directory.
    ///
    /// REST: Identities - Read Identities; Connection Data - Get.
    pub async fn find_person(&self, name: &str) -> Result<Person, Error> {
        if is_uuid(name) {
            return Ok(Person::Found(name.to_owned()));
        }
        if name.eq_ignore_ascii_case("me") {
            let id = self.own_identity().await?.id;
            return Ok(id.map_or(Person::Unknown, Person::Found));
        }
        for search in searches(name) {
            let found = self.search_identities(search, name).await?;
            match found.as_slice() {
                [] => {}
                [one] => return Ok(one.id.clone().map_or(Person::Unknown, Person::Found)),
                _ => {
                    let own = self.own_identity().await?;
                    return Ok(choose(&found, own.property("Domain")));
                }
            }
        }
        Ok(Person::Unknown)
    }

    /// Whom the service takes the caller for.
    pub async fn connection(&self) -> Result<Connection, Error> {
        let told = self.connection_data(None).await?;
        let user = told.authenticated_user;
        Ok(Connection {
            is_anonymous: user.id.as_deref() == Some(ANONYMOUS),
            is_hosted: told.deployment_type.as_deref() == Some("hosted"),
            user: user.name().map(str::to_owned),
        })
    }

    /// The id of the caller's identity.
    pub async fn user_id(&self) -> Result<String, Error> {
        let user = self.connection_data(None).await?.authenticated_user;
        user.id.ok_or_else(|| Error::Decode {
            request: "GET connectionData".to_owned(),
            reason: "it names no user".to_owned(),
        })
    }

    async fn own_identity(&self) -> Result<WireIdentity, Error> {
        let told = self.connection_data(Some(VERSION)).await?;
        Ok(told.authenticated_user)
    }

    async fn connection_data(&self, version: Option<ApiVersion>) -> Result<WireConnection, Error> {
        let request = Request {
            version,
            ..Request::get(&["connectionData"])
                .below(Area::Organization)
                .needing(ability::CONNECTION_DATA)
        };
        self.json(&request).await
    }

    async fn search_identities(&self, by: &str, name: &str) -> Result<Vec<WireIdentity>, Error> {
        let query = [("searchFilter", by), ("filterValue", name)];
        let request = Request {
            area: Area::Identities,
            version: Some(VERSION),
            ..Request::get(&["identities"]).query(&query)
        };
        // For names that mean nobody the list may hold a null.
        let list: WireList<Option<WireIdentity>> = self.json(&request).await?;
        Ok(list.value.into_iter().flatten().collect())
    }
}

/// By what is searched, one after the other: a blank or an at sign is in no alias.
fn searches(name: &str) -> [&'static str; 3] {
    let is_alias = !name.chars().skip(1).any(|c| matches!(c, ' ' | '@'));
    if is_alias {
        ["DirectoryAlias", "General", "MailAddress"]
    } else {
        ["General", "DirectoryAlias", "MailAddress"]
    }
}

fn choose(found: &[WireIdentity], own_domain: Option<&str>) -> Person {
    let is_own = |one: &&WireIdentity| {
        own_domain.is_some_and(|domain| one.property("Domain") == Some(domain))
    };
    let own: Vec<&WireIdentity> = found.iter().filter(is_own).collect();
    match own.as_slice() {
        [one] => one.id.clone().map_or(Person::Unknown, Person::Found),
        _ => Person::Several(found.iter().map(WireIdentity::title).collect()),
    }
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups
            .iter()
            .all(|group| group.chars().all(|c| c.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn identity(id: &str, domain: Option<&str>) -> WireIdentity {
        let properties = domain.map_or(json!({}), |domain| json!({"Domain": {"$value": domain}}));
        serde_json::from_value(
            json!({"id": id, "providerDisplayName": "Ada", "properties": properties}),
        )
        .expect("an identity")
    }

    #[test]
    fn of_several_people_the_one_from_the_own_directory_is_meant() {
        let found = [
            identity("1", Some("a")),
            identity("2", Some("b")),
            identity("3", None),
        ];
        assert_eq!(choose(&found, Some("b")), Person::Found("2".into()));
        let several = Person::Several(vec!["Ada".into(), "Ada".into(), "Ada".into()]);
        assert_eq!(choose(&found, Some("c")), several);
        assert_eq!(choose(&found, None), several);
    }

    #[test]
    fn aliases_are_searched_first_where_it_may_be_one() {
        assert_eq!(searches("ada")[0], "DirectoryAlias");
        assert_eq!(searches("Ada Lovelace")[0], "General");
        assert_eq!(searches("ada@example.com")[0], "General");
        assert_eq!(searches("@ada")[0], "DirectoryAlias");
        assert!(is_uuid("6ade41fc-0f24-5a66-8734-5ce7aa4310d7") && !is_uuid("6ade41fc"));
    }
}
