//! The tags by which a run is known to be a step's own.
//!
//! Pure: what GitHub says about the step and what the run is asked for go in, tags come out.

use serde::{Deserialize, Serialize};

use crate::github::context::Context;

/// What every claim begins with.
const CLAIM: &str = "github-claim-";

/// The longest that is taken from a name, so that tags stay short.
const LONGEST: usize = 60;

/// Which step of which workflow run asks for which run, the same each time the job is run again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    /// `github-run-…`, by which runs are looked for; nothing outside of a workflow run.
    workflow_run: Option<String>,
    /// `github-job-…` and `github-step-…`, for people.
    names: Vec<String>,
    /// A hash of all that tells the step and its request from others.
    identity: u64,
    /// `GITHUB_RUN_ATTEMPT`.
    attempt: u32,
}

/// One run of a marked step: no other process has the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claim {
    tags: Vec<String>,
    own: String,
}

/// What a tag says about who claimed a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Claimed {
    identity: u64,
    attempt: u32,
    number: u32,
}

/// What the runs of a step's earlier attempts mean for the present one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Earlier<T> {
    /// None is the step's own, or still going.
    None,
    /// This one is.
    Run(T),
    /// Several could be.
    Unclear,
}

impl Mark {
    /// The mark of the step that `context` tells of. `key` is the input `resume-key`, `asked` is all
    /// that the run is asked for.
    pub(crate) fn new(context: &Context, key: &str, asked: &[&str]) -> Self {
        let known = [
            context.repository.as_deref(),
            context.run_id.as_deref(),
            context.job.as_deref(),
            context.action.as_deref(),
            Some(key),
        ];
        let known = known.iter().map(|part| part.unwrap_or_default());
        let name = |kind, value: &Option<String>| {
            value
                .as_deref()
                .map(|value| format!("github-{kind}-{}", legal(value)))
        };
        Self {
            workflow_run: name("run", &context.run_id),
            names: [name("job", &context.job), name("step", &context.action)]
                .into_iter()
                .flatten()
                .collect(),
            identity: hash(known.chain(asked.iter().copied())),
            attempt: context.run_attempt,
        }
    }

    /// The tag to look for runs of earlier attempts by; nothing where there was none.
    pub(crate) fn earlier(&self) -> Option<&str> {
        self.workflow_run.as_deref().filter(|_| self.attempt > 1)
    }

    /// The claim on the step's run `number`, counted from 1. `nonce` is random.
    pub(crate) fn claim(&self, number: u32, nonce: u32) -> Claim {
        let own = format!(
            "{CLAIM}{:016x}-{}.{number}-{nonce:08x}",
            self.identity, self.attempt
        );
        let tags = self.workflow_run.iter().chain(&self.names).cloned();
        Claim {
            tags: tags.chain([own.clone()]).collect(),
            own,
        }
    }

    /// Picks the run to go on with from those of the same workflow run: each with its tags and
    /// whether it is still going. Two steps can have one mark, as those of a reusable workflow that
    /// is called twice; then two runs have the same number, and none is picked.
    pub(crate) fn pick<T>(&self, runs: Vec<(T, Vec<String>, bool)>) -> Earlier<T> {
        let mut seen = Vec::new();
        let mut going = Vec::new();
        let mut has_twins = false;
        for (run, tags, is_going) in runs {
            let claims: Vec<Claimed> = tags.iter().filter_map(|tag| Claimed::parse(tag)).collect();
            let (own, foreign): (Vec<Claimed>, Vec<Claimed>) = claims
                .into_iter()
                .partition(|claim| claim.identity == self.identity);
            if own.is_empty() {
                continue;
            }
            has_twins |= own.iter().any(|claim| seen.contains(claim));
            let is_free =
                foreign.is_empty() && own.iter().all(|claim| claim.attempt < self.attempt);
            seen.extend(own);
            if is_going && is_free {
                going.push(run);
            }
        }
        match (going.pop(), going.is_empty()) {
            (None, _) => Earlier::None,
            (Some(run), true) if !has_twins => Earlier::Run(run),
            (Some(_), _) => Earlier::Unclear,
        }
    }
}

impl Claim {
    /// All tags that the run is to carry.
    pub(crate) fn tags(&self) -> &[String] {
        &self.tags
    }

    /// Whether this very claim is among the tags.
    pub(crate) fn is_in(&self, tags: &[String]) -> bool {
        tags.iter().any(|tag| tag.eq_ignore_ascii_case(&self.own))
    }

    /// Whether the run, which this claim was put on, belongs to somebody else: a step with another
    /// mark, or one with the same that came in the same attempt.
    pub(crate) fn is_contested(&self, tags: &[String]) -> bool {
        let Some(own) = Claimed::parse(&self.own) else {
            return true;
        };
        let others = tags
            .iter()
            .filter(|tag| !tag.eq_ignore_ascii_case(&self.own));
        others
            .filter_map(|tag| Claimed::parse(tag))
            .any(|other| other.identity != own.identity || other.attempt >= own.attempt)
    }
}

/// Whether a step has claimed the run.
pub(crate) fn is_claimed(tags: &[String]) -> bool {
    tags.iter().any(|tag| is_claim(tag))
}

/// Whether the tag is a claim.
pub(crate) fn is_claim(tag: &str) -> bool {
    tag.get(..CLAIM.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(CLAIM))
}

impl Claimed {
    fn parse(tag: &str) -> Option<Self> {
        let text = tag.get(CLAIM.len()..).filter(|_| is_claim(tag))?;
        let mut parts = text.split('-');
        let identity = u64::from_str_radix(parts.next()?, 16).ok()?;
        let (attempt, number) = parts.next()?.split_once('.')?;
        Some(Self {
            identity,
            attempt: attempt.parse().ok()?,
            number: number.parse().ok()?,
        })
    }
}

/// Tags may hold any text but commas and semicolons; some characters cannot stand in addresses.
fn legal(name: &str) -> String {
    let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    name.chars()
        .take(LONGEST)
        .map(|c| if is_legal(c) { c } else { '-' })
        .collect()
}

/// FNV-1a with 64 bits, over the parts and their lengths. The standard library's hashes may change
/// from version to version, and this one has to be the same in every attempt.
pub(crate) fn hash<'a>(parts: impl Iterator<Item = &'a str>) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        let length = (part.len() as u64).to_le_bytes();
        for byte in length.iter().chain(part.as_bytes()) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(attempt: u32) -> Context {
        Context {
            repository: Some("octo/demo".into()),
            run_id: Some("4711".into()),
            run_attempt: attempt,
            job: Some("build".into()),
            action: Some("azure".into()),
            ..Context::default()
        }
    }

    fn mark(attempt: u32) -> Mark {
        Mark::new(&context(attempt), "null", &["12", "refs/heads/main"])
    }

    fn tags(claims: &[Claim]) -> Vec<String> {
        claims.iter().map(|claim| claim.own.clone()).collect()
    }

    #[test]
    fn the_tags_are_short_and_legal() {
        let mut context = context(1);
        context.job = Some("größe, a/b".into());
        let claim = Mark::new(&context, "", &[]).claim(1, 7);
        let (own, named) = claim.tags().split_last().expect("tags");
        assert_eq!(
            named,
            [
                "github-run-4711",
                "github-job-gr--e--a-b",
                "github-step-azure"
            ]
        );
        assert!(own.starts_with("github-claim-"), "{own}");
        assert!(own.ends_with("-1.1-00000007"), "{own}");
        assert!(own.len() < 60, "{own}");
    }

    #[test]
    fn everything_that_differs_between_steps_makes_another_mark() {
        let changes: [fn(&mut Context); 4] = [
            |context| context.repository = Some("octo/other".into()),
            |context| context.run_id = Some("4712".into()),
            |context| context.job = Some("test".into()),
            |context| context.action = Some("azure_2".into()),
        ];
        let asked = ["12", "refs/heads/main"];
        for change in changes {
            let mut other = context(1);
            change(&mut other);
            assert_ne!(Mark::new(&other, "null", &asked).identity, mark(1).identity);
        }
        let leg = Mark::new(&context(1), "{\"os\":\"linux\"}", &asked);
        assert_ne!(leg.identity, mark(1).identity);
        let request = Mark::new(&context(1), "null", &["12", "refs/heads/topic"]);
        assert_ne!(request.identity, mark(1).identity);
        assert_eq!(mark(2).identity, mark(1).identity);
    }

    #[test]
    fn the_one_run_that_is_still_going_is_picked() {
        let first = tags(&[mark(1).claim(1, 1)]);
        let second = tags(&[mark(1).claim(2, 2)]);
        let stranger = tags(&[Mark::new(&context(1), "other", &[]).claim(1, 3)]);
        let runs = |is_going| {
            vec![
                ('a', first.clone(), false),
                ('b', second.clone(), is_going),
                ('c', stranger.clone(), true),
                ('d', vec!["nightly".to_owned()], true),
            ]
        };
        assert_eq!(mark(2).pick(runs(true)), Earlier::Run('b'));
        assert_eq!(mark(2).pick(runs(false)), Earlier::None);
        assert_eq!(mark(2).earlier(), Some("github-run-4711"));
        assert_eq!(mark(1).earlier(), None);
    }

    #[test]
    fn a_run_that_another_step_could_have_started_is_not_picked() {
        let twin = |nonce| tags(&[mark(1).claim(1, nonce)]);
        let twins = vec![('a', twin(1), false), ('b', twin(2), true)];
        assert_eq!(mark(2).pick(twins), Earlier::Unclear);
        let over = vec![('a', twin(1), false), ('b', twin(2), false)];
        assert_eq!(mark(2).pick(over), Earlier::None);
        let both = vec![
            ('a', tags(&[mark(1).claim(1, 1)]), true),
            ('b', tags(&[mark(1).claim(2, 2)]), true),
        ];
        assert_eq!(mark(2).pick(both), Earlier::Unclear);
        // Somebody else has gone on with it in this attempt.
        let taken = tags(&[mark(1).claim(1, 1), mark(2).claim(1, 2)]);
        assert_eq!(mark(2).pick(vec![('a', taken, true)]), Earlier::None);
    }

    #[test]
    fn a_claim_is_contested_by_all_but_earlier_attempts_of_the_same_step() {
        let own = mark(2).claim(1, 1);
        let check = |other: &Claim| own.is_contested(&tags(&[own.clone(), other.clone()]));
        assert!(!own.is_contested(&tags(std::slice::from_ref(&own))));
        assert!(!check(&mark(1).claim(1, 9)));
        assert!(check(&mark(2).claim(1, 9)));
        assert!(check(&Mark::new(&context(1), "other", &[]).claim(1, 9)));
        assert!(own.is_in(&[own.own.to_uppercase()]));
    }
}
