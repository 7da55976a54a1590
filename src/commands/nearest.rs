//! Names that are like one that does not exist.

/// How many are offered.
const SUGGESTIONS: usize = 3;

/// How alike names must be to be offered; 1 is the same (Jaro-Winkler).
const ALIKE: f64 = 0.75;

/// The existing names that are like `name`, by themselves or with their folders, most alike first.
pub(super) fn nearest(name: &str, all: &[String]) -> Vec<String> {
    let wanted = name.trim_start_matches('/').to_lowercase();
    let likeness = |text: &str| strsim::jaro_winkler(&wanted, &text.to_lowercase());
    let mut ranked: Vec<(f64, &str)> = all
        .iter()
        .map(|candidate| {
            let text = candidate.trim_start_matches('/');
            let bare = text.rsplit('/').next().unwrap_or_default();
            (likeness(text).max(likeness(bare)), text)
        })
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    ranked
        .into_iter()
        .take(SUGGESTIONS)
        .map(|(_, name)| name.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_come_first_and_others_not_at_all() {
        let all = ["/Deploy", "team/App CI", "/App CI", "/Nightly", "/App CD"].map(str::to_owned);
        assert_eq!(
            nearest("app ci2", &all),
            ["App CI", "team/App CI", "App CD"]
        );
        assert_eq!(nearest("zzz", &all), Vec::<String>::new());
    }
}
