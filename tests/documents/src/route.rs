//! Paths: those that a document describes and those that are asked for.

use percent_encoding::percent_decode_str;

/// A path of a document: `/{organization}/{project}/_apis/build/builds/{buildId}`.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    text: String,
    has_project: bool,
    segments: Vec<Segment>,
    /// Query parameters that stand in the path, and tell two operations apart.
    query: Vec<String>,
}

#[derive(Debug, Clone)]
enum Segment {
    Fixed(String),
    Parameter(String),
}

/// A path as it is asked for, below the organization or collection.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    project: Option<String>,
    segments: Vec<String>,
    /// The decoded query.
    pub(crate) query: Vec<(String, String)>,
}

/// The real routes take a default for it, although the documents say that it is required.
const OPTIONAL: &str = "timelineId";

impl Template {
    pub(crate) fn parse(path: &str) -> Option<Self> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let (before, after) = path.split_once("/_apis/")?;
        let query = query.split('&').filter_map(|pair| pair.split_once('='));
        let segments = after.split('/').filter(|segment| !segment.is_empty());
        Some(Self {
            text: after.trim_end_matches('/').to_owned(),
            has_project: before.ends_with("/{project}"),
            segments: segments.map(Segment::parse).collect(),
            query: query.map(|(name, _)| name.to_owned()).collect(),
        })
    }

    /// What follows `_apis/`.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The path parameters in `target`, if it is meant. Fixed parts have no case.
    pub(crate) fn parameters<'a>(&self, target: &'a Target) -> Option<Vec<(&str, &'a str)>> {
        let is_asked = |name: &String| target.query.iter().any(|(asked, _)| asked == name);
        if self.has_project != target.project.is_some() || !self.query.iter().all(is_asked) {
            return None;
        }
        let mut found = Vec::new();
        if let Some(project) = &target.project {
            found.push(("project", project.as_str()));
        }
        let mut asked = target.segments.iter();
        for (place, segment) in self.segments.iter().enumerate() {
            let is_last = place + 1 == self.segments.len();
            match (segment, asked.next()) {
                (Segment::Fixed(own), Some(text)) if own.eq_ignore_ascii_case(text) => {}
                (Segment::Parameter(name), Some(text)) => found.push((name, text)),
                (Segment::Parameter(name), None) if is_last && name == OPTIONAL => {}
                _ => return None,
            }
        }
        asked.next().is_none().then_some(found)
    }

    /// How many parts are fixed: of two templates that fit, the one with more of them is meant.
    pub(crate) fn weight(&self) -> usize {
        let is_fixed = |segment: &&Segment| matches!(segment, Segment::Fixed(_));
        self.segments.iter().filter(is_fixed).count() + self.query.len()
    }
}

impl Segment {
    fn parse(text: &str) -> Self {
        match text
            .strip_prefix('{')
            .and_then(|text| text.strip_suffix('}'))
        {
            Some(name) => Self::Parameter(name.to_owned()),
            None => Self::Fixed(text.to_owned()),
        }
    }
}

impl Target {
    /// Reads a path with its query. `organization` may have several parts, as on a server.
    pub(crate) fn parse(organization: &str, path: &str) -> Option<Self> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let rest = path.strip_prefix(&format!("/{organization}/"))?;
        let mut segments = rest
            .split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned());
        let first = segments.next()?;
        let project = (first != "_apis").then_some(first);
        if project.is_some() && segments.next()? != "_apis" {
            return None;
        }
        Some(Self {
            project,
            segments: segments.collect(),
            query: query
                .split('&')
                .filter(|pair| !pair.is_empty())
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(name, value)| (decode(name), decode(value)))
                .collect(),
        })
    }
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " "))
        .decode_utf8_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(template: &str, path: &str) -> Option<usize> {
        let target = Target::parse("tfs/Main", path).expect("a path below the collection");
        let template = Template::parse(template).expect("a template");
        template.parameters(&target).map(|found| found.len())
    }

    #[test]
    fn fixed_parts_have_no_case_and_parameters_take_anything() {
        let template = "/{collection}/{project}/_apis/build/builds/{buildId}/timeline/{timelineId}";
        let path = "/tfs/Main/My%20Project/_apis/Build/Builds/3/Timeline";
        assert_eq!(fits(template, &format!("{path}/a-b?x=1")), Some(3));
        assert_eq!(
            fits(template, path),
            Some(2),
            "the timeline may be left out"
        );
        assert_eq!(
            fits(template, "/tfs/Main/_apis/build/builds/3/timeline"),
            None
        );
        assert_eq!(
            fits(template, "/tfs/Main/p/_apis/build/builds/3/logs"),
            None
        );
        assert_eq!(
            fits(
                "/{organization}/_apis/projects/{projectId}",
                "/tfs/Main/_apis/projects"
            ),
            None
        );
    }

    #[test]
    fn the_query_is_decoded() {
        let target =
            Target::parse("o", "/o/_apis/projects?%24top=1&name=a%20b+c&x").expect("a path");
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            target.query,
            [pair("$top", "1"), pair("name", "a b c"), pair("x", "")]
        );
    }
}
