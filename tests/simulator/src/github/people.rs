//! Users and apps as GitHub's API shows them.

use serde_json::{Value, json};

use crate::ids;
use crate::percent;

/// The account of the workflow's own token.
pub(super) const ACTIONS: &str = "github-actions[bot]";

/// A user, or an app's account, whose name ends in `[bot]`.
pub(super) fn user(login: &str) -> Value {
    let is_app = login.ends_with("[bot]");
    let api = format!("https://api.github.com/users/{}", percent::encode(login));
    json!({
        "login": login,
        "id": ids::hash(login, 0) % 1_000_000,
        "node_id": format!("U_{login}"),
        "avatar_url": "https://avatars.githubusercontent.com/u/1?v=4",
        "gravatar_id": "",
        "url": api,
        "html_url": format!("https://github.com/{}", login.trim_end_matches("[bot]")),
        "followers_url": format!("{api}/followers"),
        "following_url": format!("{api}/following{{/other_user}}"),
        "gists_url": format!("{api}/gists{{/gist_id}}"),
        "starred_url": format!("{api}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{api}/subscriptions"),
        "organizations_url": format!("{api}/orgs"),
        "repos_url": format!("{api}/repos"),
        "events_url": format!("{api}/events{{/privacy}}"),
        "received_events_url": format!("{api}/received_events"),
        "type": if is_app { "Bot" } else { "User" },
        "user_view_type": "public",
        "site_admin": false,
    })
}

/// The user whom a token belongs to.
pub(super) fn whole_user(login: &str) -> Value {
    let mut user = user(login);
    let more = json!({
        "name": null, "company": null, "blog": "", "location": null, "email": null, "hireable": null, "bio": null,
        "public_repos": 1, "public_gists": 0, "followers": 0, "following": 0,
        "created_at": "2020-01-01T00:00:00Z", "updated_at": "2026-03-01T00:00:00Z",
    });
    if let (Value::Object(user), Value::Object(more)) = (&mut user, more) {
        user.extend(more);
    }
    user
}

/// The app that the workflow's own token belongs to.
pub(super) fn actions_app() -> Value {
    json!({
        "id": 15368,
        "slug": "github-actions",
        "client_id": "Iv1.0000000000000000",
        "node_id": "MDM6QXBwMTUzNjg=",
        "owner": user("github"),
        "name": "GitHub Actions",
        "description": "Automate your workflow from idea to production",
        "external_url": "https://help.github.com/en/actions",
        "html_url": "https://github.com/apps/github-actions",
        "created_at": "2018-07-30T09:30:17Z",
        "updated_at": "2025-01-01T00:00:00Z",
        "permissions": {"checks": "write", "metadata": "read", "statuses": "write"},
        "events": [],
    })
}
