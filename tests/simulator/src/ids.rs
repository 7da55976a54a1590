//! Names turned into ids: the service derives the ids of records from their names, so the same job has
//! the same id in every build of a pipeline.

/// The stage of a pipeline without `stages:` has this id in every recorded timeline.
const DEFAULT_STAGE: &str = "96ac2280-8cb4-5df5-99de-dd2da759617d";

/// An id with the shape of a name-based GUID (version 5). Not the service's own hash, which is unknown.
pub(crate) fn guid(name: &str) -> String {
    let (high, low) = (hash(name, 0), hash(name, 1));
    format!(
        "{:08x}-{:04x}-5{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        (low >> 48) & 0x3fff | 0x8000,
        low & 0xffff_ffff_ffff,
    )
}

/// The plan of a build; its main timeline has the same id.
pub(crate) fn plan(build: u32) -> String {
    guid(&format!("plan/{build}"))
}

pub(crate) fn stage(identifier: &str, attempt: u32) -> String {
    match (identifier, attempt) {
        ("__default", 1) => DEFAULT_STAGE.to_owned(),
        (other, 1) => guid(&format!("stage/{other}")),
        (other, attempt) => guid(&format!("stage/{other}/{attempt}")),
    }
}

/// Forty digits, for commits nobody named.
pub(crate) fn commit(name: &str) -> String {
    let digits = [hash(name, 2), hash(name, 3), hash(name, 4)].map(|part| format!("{part:016x}"));
    digits.concat()[..40].to_owned()
}

/// FNV-1a, salted and stirred: stable between builds of the compiler, unlike `DefaultHasher`.
pub(crate) fn hash(text: &str, salt: u64) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325_u64 ^ salt.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for byte in text.bytes() {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    state ^= state >> 32;
    state = state.wrapping_mul(0xd6e8_feb8_6659_fd93);
    state ^ (state >> 32)
}

pub(crate) fn looks_like_guid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups
            .iter()
            .all(|group| group.chars().all(|c| c.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_shape_of_guids_and_do_not_change() {
        assert!(looks_like_guid(&guid("a job")));
        assert_eq!(guid("a job"), guid("a job"));
        assert_ne!(guid("a job"), guid("b job"));
        assert_eq!(stage("__default", 1), DEFAULT_STAGE);
        assert_eq!(commit("refs/heads/main").len(), 40);
    }
}
