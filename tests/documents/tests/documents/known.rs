//! Differences that are known, each with its reason. A difference that is gone has to be taken off
//! the list, so that the list stays true.

use std::collections::BTreeSet;

/// Differences, word for word, and why they are taken.
pub(crate) struct Known {
    pub(crate) differences: &'static [&'static str],
    pub(crate) reason: &'static str,
}

/// Fails for a difference that is not on the list, and for one on the list that is gone.
#[track_caller]
pub(crate) fn compare(found: &BTreeSet<String>, known: &[Known]) {
    let listed: BTreeSet<&str> = known
        .iter()
        .flat_map(|one| one.differences)
        .copied()
        .collect();
    assert!(
        known.iter().all(|one| !one.reason.is_empty()),
        "a reason is missing"
    );
    let new: Vec<&String> = found
        .iter()
        .filter(|line| !listed.contains(line.as_str()))
        .collect();
    let gone: Vec<&&str> = listed
        .iter()
        .filter(|line| !found.contains(**line))
        .collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "differences that are not on the list: {new:#?}\ndifferences on the list that are gone, to be taken off it: \
         {gone:#?}"
    );
}
