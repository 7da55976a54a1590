//! Untrusted text, and the one way of it into each place where GitHub reads something.
//!
//! Whatever is not a literal of this program is [`Untrusted`]: what Azure DevOps answers, logs, names, branches, errors,
//! and every sentence that is put together with one of them. What takes words of ours takes `&'static str`, so that
//! anything else is a compile error there:
//!
//! ```compile_fail
//! # use run_azure_pipeline::untrusted::Markdown;
//! let branch = String::from("**main**");
//! Markdown::new().ours(&branch);
//! ```
//!
//! ```compile_fail
//! # use run_azure_pipeline::github::log_writer::Span;
//! let branch = String::from("::error::main");
//! let _: Span<'static> = Span::Ours(branch.as_str());
//! ```
//!
//! The text itself never leaves this module, only what has been made of it for one place. It cannot be printed, and it
//! is no `str`:
//!
//! ```compile_fail
//! # use run_azure_pipeline::untrusted::Untrusted;
//! format!("{}", Untrusted::from("::error::main"));
//! ```
//!
//! ```compile_fail
//! # use run_azure_pipeline::untrusted::Untrusted;
//! let text: &str = &Untrusted::from("::error::main");
//! ```
//!
//! ```
//! # use run_azure_pipeline::github::log_writer::Span;
//! # use run_azure_pipeline::untrusted::{Markdown, Untrusted};
//! let branch = String::from("**main**");
//! let _ = [Span::Ours("Branch "), Span::Foreign(branch.as_str().into())];
//! assert_eq!(Markdown::new().ours("**").text(&branch).ours("**").as_str(), "**&#42;&#42;main&#42;&#42;**");
//! assert_eq!(format!("{:?}", Untrusted::from("a\n")), "\"a\\n\"");
//! ```
//!
//! | place | made here |
//! |---|---|
//! | line of the log | `line` |
//! | title, message, property and data of a workflow command; file of an annotation | `command` |
//! | mask | `mask` |
//! | entry of an output or state file | `entry` |
//! | Markdown: summary, check run, comment | [`Markdown`] |
//! | text that GitHub shows as it is: commit status, title, annotation | [`Plain`] |
//! | part of a URL | [`Link`] |
//!
//! A sentence is cleaned as a whole where it is written, never piece by piece: two harmless pieces can make a command
//! together.

mod command;
mod entry;
pub(crate) mod escapes;
mod line;
mod link;
mod markdown;
mod mask;
mod plain;

use std::borrow::Cow;
use std::fmt;

pub(crate) use command::ends_firmly;
pub(crate) use line::sanitize_line;
pub use link::Link;
pub(crate) use link::PART;
pub use markdown::Markdown;
pub use mask::Masks;
pub use plain::Plain;

/// Text that somebody else may have written. `Debug` shows it escaped; there is no other way to read it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Untrusted<'a>(Cow<'a, str>);

impl Untrusted<'_> {
    /// The same text, owned.
    #[must_use]
    pub fn into_owned(self) -> Untrusted<'static> {
        Untrusted(self.0.into_owned().into())
    }
}

impl<'a> From<&'a str> for Untrusted<'a> {
    fn from(text: &'a str) -> Self {
        Self(text.into())
    }
}

impl<'a> From<&'a String> for Untrusted<'a> {
    fn from(text: &'a String) -> Self {
        Self(text.into())
    }
}

impl From<String> for Untrusted<'_> {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl<'a> From<Cow<'a, str>> for Untrusted<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self(text)
    }
}

impl<'a> From<&'a Untrusted<'_>> for Untrusted<'a> {
    fn from(text: &'a Untrusted<'_>) -> Self {
        Self(Cow::Borrowed(&text.0))
    }
}

impl<'a> From<&'a Link> for Untrusted<'a> {
    fn from(link: &'a Link) -> Self {
        Self(link.as_str().into())
    }
}

impl fmt::Debug for Untrusted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
