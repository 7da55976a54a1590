//! The grammar of refs and commits.

/// Number and side of `refs/pull/NUMBER/head` or `…/merge`, and of nothing else: a branch may be
/// called `pull/7/head`.
pub(super) fn pull_request_ref_parts(name: &str) -> Option<(u64, &str)> {
    let (number, side) = name.strip_prefix("refs/pull/")?.split_once('/')?;
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0');
    let is_side = side == "head" || side == "merge";
    Some((number.parse().ok().filter(|_| is_number && is_side)?, side))
}

/// Whether `name` is a ref that can be built: a branch, a tag or a side of a pull request, and a
/// name that git allows (git-check-ref-format).
pub(super) fn is_ref(name: &str) -> bool {
    let short = name
        .strip_prefix("refs/heads/")
        .or_else(|| name.strip_prefix("refs/tags/"));
    let Some(short) = short else {
        return pull_request_ref_parts(name).is_some();
    };
    let is_locked = |part: &str| part.strip_suffix(".lock").is_some();
    let is_part = |part: &str| !part.is_empty() && !part.starts_with('.') && !is_locked(part);
    let is_forbidden = |c: char| c.is_control() || " ~^:?*[\\".contains(c);
    short.split('/').all(is_part)
        && !short.contains(is_forbidden)
        && !short.contains("..")
        && !short.contains("@{")
        && !short.ends_with('.')
}

/// The commit id that `text` is, in lower case: 40 or 64 hexadecimal digits, not all zero.
pub(crate) fn commit_id(text: &str) -> Option<String> {
    let is_commit = matches!(text.len(), 40 | 64)
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && text.bytes().any(|byte| byte != b'0');
    is_commit.then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refs() {
        for good in [
            "refs/heads/x",
            "refs/heads/heads/x",
            "refs/heads/refs/heads/x",
            "refs/heads/pull/7/head",
            "refs/heads/größe",
            "refs/tags/v1.2",
            "refs/pull/12/merge",
        ] {
            assert!(is_ref(good), "{good:?}");
        }
        for bad in [
            "",
            "main",
            "refs/heads",
            "refs/heads/",
            "refs/tags/",
            "refs/x",
            "refs/pull/0/head",
            "refs/pull/07/head",
            "refs/pull/+7/head",
            "refs/pull/7",
            "refs/pull/7/head/x",
            "refs/pull/7/base",
            "refs/pull/99999999999999999999/head",
        ] {
            assert!(!is_ref(bad), "{bad:?}");
        }
    }

    #[test]
    fn names_that_git_refuses() {
        for bad in [
            "",
            "a b",
            "a\nb",
            "a..b",
            "a\x1b[31m",
            "/a",
            "a/",
            "a//b",
            ".a",
            "a/.b",
            "a.lock",
            "a.lock/b",
            "a:b",
            "a~1",
            "a^",
            "a?",
            "a*",
            "a[",
            "a\\b",
            "a@{1}",
            "a.",
        ] {
            assert!(!is_ref(&format!("refs/heads/{bad}")), "{bad:?}");
            assert!(!is_ref(&format!("refs/tags/{bad}")), "{bad:?}");
        }
    }

    #[test]
    fn sides_of_pull_requests() {
        assert_eq!(
            pull_request_ref_parts("refs/pull/7/merge"),
            Some((7, "merge"))
        );
        assert_eq!(pull_request_ref_parts("refs/heads/pull/7/merge"), None);
    }

    #[test]
    fn commits() {
        assert_eq!(commit_id(&"Ab".repeat(20)), Some("ab".repeat(20)));
        assert_eq!(commit_id(&"c".repeat(64)), Some("c".repeat(64)));
        for bad in [
            "",
            "abc1234",
            "main",
            &"0".repeat(40),
            &"g".repeat(40),
            &"a".repeat(41),
            &format!("{}\n", "a".repeat(39)),
        ] {
            assert_eq!(commit_id(bad), None, "{bad:?}");
        }
    }
}
