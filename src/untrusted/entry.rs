//! Entries of the files through which outputs and state are handed over.

use super::Untrusted;

impl Untrusted<'_> {
    /// The entry that gives `name` this value, in the only form in which any value is safe; nothing if the value
    /// contains the delimiter. There must be no blank line around it: act fails on one.
    pub(crate) fn entry(&self, name: &'static str, delimiter: &str) -> Option<String> {
        let value = &self.0;
        (!value.contains(delimiter)).then(|| format!("{name}<<{delimiter}\n{value}\n{delimiter}\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries() {
        let check = |name, value: &str, expected: &str| {
            let entry = Untrusted::from(value).entry(name, "EOF");
            assert_eq!(entry.as_deref(), Some(expected));
        };
        check("run-id", "7", "run-id<<EOF\n7\nEOF\n");
        check("empty", "", "empty<<EOF\n\nEOF\n");
        check("lines", "\n a\r\nb=c\n", "lines<<EOF\n\n a\r\nb=c\n\nEOF\n");
        check("a < b", "x", "a < b<<EOF\nx\nEOF\n");
    }

    #[test]
    fn a_value_that_would_break_out_is_refused() {
        assert_eq!(Untrusted::from("x\nEOF\nb=c").entry("a", "EOF"), None);
    }
}
