//! The name by which an input means a pipeline.

use std::fmt;

use super::wire::WireDefinition;

/// A pipeline, as the user names it: `name` or `folder/name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineName {
    /// Azure's form of the folder, `\a\b`; nothing when the input names none.
    folder: Option<String>,
    name: String,
}

impl PipelineName {
    /// Splits `folder/name` at its last slash; neither folders nor names can contain one.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim().replace('/', "\\");
        match text.rsplit_once('\\') {
            Some((folder, name)) => Self {
                folder: Some(format!("\\{}", folder.trim_matches('\\'))),
                name: name.to_owned(),
            },
            None => Self {
                folder: None,
                name: text,
            },
        }
    }

    /// The name with its folder.
    pub(super) fn of(definition: &WireDefinition) -> Self {
        Self {
            folder: Some(definition.path.clone().unwrap_or_else(|| "\\".to_owned())),
            name: definition.name.clone().unwrap_or_default(),
        }
    }

    /// The name without its folder.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn matches(&self, definition: &WireDefinition) -> bool {
        let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
        definition
            .name
            .as_deref()
            .is_some_and(|name| same(name, &self.name))
            && self
                .folder
                .as_deref()
                .is_none_or(|folder| same(definition.path.as_deref().unwrap_or("\\"), folder))
    }
}

impl fmt::Display for PipelineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.folder {
            None => f.write_str(&self.name),
            Some(folder) if folder == "\\" => write!(f, "/{}", self.name),
            Some(folder) => write!(
                f,
                "{}/{}",
                folder.trim_start_matches('\\').replace('\\', "/"),
                self.name
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(path: &str, name: &str) -> WireDefinition {
        serde_json::from_value(serde_json::json!({"id": 1, "path": path, "name": name}))
            .expect("a definition")
    }

    #[test]
    fn a_name_may_carry_its_folder() {
        for (input, path, name, matches) in [
            ("App CI", "\\", "app ci", true),
            ("App CI", "\\team", "App CI", true),
            ("team/App CI", "\\team", "App CI", true),
            ("team\\sub\\App CI", "\\Team\\Sub", "App CI", true),
            ("/App CI", "\\", "App CI", true),
            ("/App CI", "\\team", "App CI", false),
            ("team/App CI", "\\", "App CI", false),
            ("App", "\\", "App CI", false),
        ] {
            let found = PipelineName::parse(input).matches(&definition(path, name));
            assert_eq!(found, matches, "{input} against {path} {name}");
        }
        assert_eq!(PipelineName::parse("a\\b\\C").to_string(), "a/b/C");
        assert_eq!(PipelineName::parse("/C").to_string(), "/C");
        assert_eq!(PipelineName::parse("C").to_string(), "C");
    }
}
