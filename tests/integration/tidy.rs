//! What must agree is made to agree.

use std::collections::BTreeSet;
use std::process::Command;

use run_azure_pipeline::inputs::{Environment, Inputs};

use crate::support::tree::{files_below, path, read};

/// The names directly below `key:` in `action.yml`.
pub(crate) fn declared(key: &str) -> BTreeSet<String> {
    let text = read("action.yml");
    let lines = text
        .lines()
        .skip_while(|line| *line != format!("{key}:"))
        .skip(1);
    lines
        .take_while(|line| line.is_empty() || line.starts_with(' '))
        .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'))
        .filter(|name| !name.starts_with(' '))
        .map(str::to_owned)
        .collect()
}

/// The part of `text` between two marks.
fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let from = text.find(start).unwrap_or_else(|| panic!("{start}")) + start.len();
    &text[from..][..text[from..].find(end).unwrap_or_else(|| panic!("{end}"))]
}

#[test]
fn action_yml_declares_the_inputs_that_are_read() {
    let mut read = BTreeSet::new();
    for (_, text) in sources("inputs") {
        // `given` is asked for each by its name.
        read.extend(text.split("given").skip(1).filter_map(|call| {
            let (method, rest) = call.trim_start().strip_prefix('.')?.split_once('(')?;
            let is_method = method
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            let (name, _) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
            is_method.then(|| name.to_owned())
        }));
    }
    assert_eq!(declared("inputs"), read);
}

#[test]
fn action_yml_declares_the_outputs_that_are_written() {
    let source = read("src/report/outputs.rs");
    // Each output is a pair whose first part is its name.
    let written: BTreeSet<String> = source
        .split('(')
        .filter_map(|pair| pair.trim_start().strip_prefix('"')?.split_once("\","))
        .map(|(name, _)| name.to_owned())
        .filter(|name| {
            name.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        })
        .collect();
    assert_eq!(declared("outputs"), written);
}

#[test]
fn the_readme_names_every_input_and_output() {
    let readme = read("README.md");
    for name in declared("inputs").iter().chain(&declared("outputs")) {
        assert!(
            readme.contains(&format!("`{name}`")),
            "README.md does not name {name}"
        );
    }
}

/// Every workflow that is shown is run by `tests/e2e/run.sh readme`, which knows it by its name.
#[test]
fn each_workflow_that_is_shown_is_run() {
    let directory = tempfile::TempDir::new().expect("a directory");
    let output = Command::new("python3")
        .arg(path("tests/e2e/readme/workflows.py"))
        .arg(directory.path())
        .output()
        .expect("python3 runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let shown = String::from_utf8(output.stdout).expect("UTF-8");
    let expected = read("tests/e2e/readme/expected.txt");
    let run: Vec<&str> = expected
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| Some(line.split_once('|')?.0))
        .collect();
    assert_eq!(shown.lines().collect::<Vec<_>>(), run);
}

/// Every default in `action.yml` is what an input that is not given means.
#[test]
fn action_yml_and_the_code_have_the_same_defaults() {
    let text = read("action.yml");
    let inputs = between(&text, "\ninputs:\n", "\noutputs:");
    let mut environment = Environment::new();
    let mut name = String::new();
    for line in inputs.lines() {
        if let Some(input) = line
            .strip_prefix("  ")
            .and_then(|line| line.strip_suffix(':'))
        {
            name = input.to_uppercase();
        } else if let Some(default) = line.trim().strip_prefix("default: ") {
            environment.insert(
                format!("INPUT_{name}"),
                default.trim_matches('"').to_owned(),
            );
        }
    }
    assert!(environment.len() > 10, "{environment:?}");
    // Expressions, which GitHub resolves.
    environment.remove("INPUT_GITHUB-TOKEN");
    environment.remove("INPUT_RESUME-KEY");
    let required = [
        (
            "INPUT_AZURE-DEVOPS-PROJECT-URL",
            "https://dev.azure.com/fabrikam/Fabrikam",
        ),
        ("INPUT_AZURE-DEVOPS-TOKEN", "token"),
        ("INPUT_AZURE-PIPELINE-NAME", "App CI"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    environment.extend(required.clone());
    let declared = Inputs::from_environment(&environment).expect("valid");
    let meant = Inputs::from_environment(&required.into()).expect("valid");
    assert_eq!(format!("{declared:?}"), format!("{meant:?}"));
}

/// Cargo loads every member of the workspace, so the image's build stage needs them all.
#[test]
fn the_image_is_built_from_every_member() {
    let manifest = read("Cargo.toml");
    let members = between(&manifest, "members = [", "]").split(',');
    let (dockerfile, ignored) = (read("Dockerfile"), read(".dockerignore"));
    for member in members.map(|member| member.trim().trim_matches('"')) {
        assert!(
            dockerfile.contains(&format!("COPY {member} {member}\n")),
            "Dockerfile lacks {member}"
        );
        assert!(
            ignored.contains(&format!("!{member}\n")),
            ".dockerignore lacks {member}"
        );
    }
}

/// The post step is the same binary under another name.
#[test]
fn the_post_step_has_one_name() {
    let main = read("src/main.rs");
    let name = between(&main, "const CLEAN_UP: &str = \"", "\";");
    let action = read("action.yml");
    assert!(action.contains(&format!("\n  post-entrypoint: /{name}\n")));
    let link = format!("ln -s run-azure-pipeline /image/{name}\n");
    assert!(read("Dockerfile").contains(&link));
}

/// Who may use whom: the two edges know nothing of each other, and what is between them is pure.
#[test]
fn layers_are_kept() {
    let allowed = [
        ("untrusted", &[][..]),
        ("build", &["untrusted"]),
        ("secret", &[]),
        ("shutdown", &[]),
        ("outcome", &["build"]),
        ("network", &[]),
        ("azure", &["build", "network", "secret", "untrusted"]),
        ("github", &["network", "secret", "untrusted"]),
        ("mark", &["github"]),
        ("zone", &[]),
        ("inputs", &["azure", "build", "outcome", "secret", "zone"]),
        ("source", &["github", "inputs"]),
        ("follow", &["azure", "build", "shutdown"]),
        (
            "report",
            &["build", "github", "outcome", "secret", "untrusted", "zone"],
        ),
    ];
    for (module, targets) in allowed {
        for (file, text) in sources(module) {
            for used in modules_used(&text) {
                let is_allowed = used == module || targets.contains(&used.as_str());
                assert!(is_allowed, "{file} uses {used}, which {module} may not");
            }
        }
    }
}

/// What takes words of ours takes `&'static str`: there is one way to make such a one from text that is not ours, and
/// one to make a link from a URL that was not built here.
#[test]
fn untrusted_text_is_never_taken_for_ours() {
    for (file, text) in sources("") {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        assert!(!code.contains("leak("), "{file} leaks");
        let makes_links = code.contains("Link::page(");
        assert!(
            !makes_links || file.ends_with("src/azure/address.rs"),
            "{file} makes a link of a URL"
        );
    }
}

/// Nothing can switch the verification of certificates off, and there is one client, which follows no redirect.
#[test]
fn certificates_are_always_verified() {
    for (file, text) in sources("") {
        // reqwest's and rustls's ways to do so.
        for way in ["danger", "ServerCertVerifier", "verify_mode"] {
            assert!(!text.contains(way), "{file}: {way}");
        }
        let makes_clients = [
            "Client::builder()",
            "Client::new()",
            "ClientBuilder",
            "reqwest::get",
            "redirect::Policy",
        ]
        .iter()
        .any(|way| text.contains(way));
        assert!(
            !makes_clients || file.ends_with("src/network/mod.rs"),
            "{file} makes an HTTP client"
        );
    }
    let network = read("src/network/mod.rs");
    assert_eq!(network.matches("Client::builder()").count(), 1);
    assert!(network.contains(".redirect(reqwest::redirect::Policy::none())"));
}

#[test]
fn each_module_has_its_invariant() {
    let lib = read("src/lib.rs");
    let modules: BTreeSet<&str> = lib
        .lines()
        .filter_map(|line| {
            line.trim_start_matches("pub ")
                .strip_prefix("mod ")?
                .strip_suffix(';')
        })
        .filter(|module| *module != "fuzzing")
        .chain(["main"])
        .collect();
    let page = read("ARCHITECTURE.md");
    let table = between(&page, "## Modules, and what each may not do", "\n\n`tests/");
    let rows: BTreeSet<&str> = table
        .lines()
        .filter_map(|row| row.strip_prefix("| `")?.split('`').next())
        .collect();
    assert_eq!(rows, modules);
}

/// The first names behind `crate::`, also in `use crate::{a, b}`.
fn modules_used(text: &str) -> BTreeSet<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut used = BTreeSet::new();
    for rest in text.split("crate::").skip(1) {
        let names = match rest.strip_prefix('{') {
            Some(list) => between(list, "", "}").split(',').collect(),
            None => vec![rest],
        };
        used.extend(
            names
                .iter()
                .map(|name| name.trim().chars().take_while(|c| is_name(*c)).collect()),
        );
    }
    used
}

#[test]
fn uses_are_found_in_every_form() {
    let found = modules_used(
        "use crate::build::Build;\nuse crate::{azure, report::Line};\nlet x = crate::follow::y();",
    );
    let expected = ["azure", "build", "follow", "report"].map(str::to_owned);
    assert_eq!(found, BTreeSet::from(expected));
}

/// The files of a module; all for the module without a name.
fn sources(module: &str) -> Vec<(String, String)> {
    let file = format!("src/{module}.rs");
    if path(&file).exists() {
        return vec![(file.clone(), read(&file))];
    }
    files_below(&format!("src/{module}"))
}
