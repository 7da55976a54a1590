//! Percent-encoding (RFC 3986), and how forms and queries use it.

/// Bad escapes are left as they are.
pub(crate) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = (*first == b'%').then(|| tail.get(..2)).flatten();
        let escaped = escaped.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let digits = escaped.and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(byte);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The decoded pairs of a query or a form, in which a plus is a blank. A name alone has an empty value.
pub(crate) fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    let decode = |text: &str| decode(&text.replace('+', " "));
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs.map(move |pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    })
}

/// Everything but unreserved characters is escaped.
pub(crate) fn encode(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_and_written() {
        assert_eq!(decode("a%20b%2Fc"), "a b/c");
        for as_it_is in ["100%", "%4", "%+1", "%zz"] {
            assert_eq!(decode(as_it_is), as_it_is);
        }
        assert_eq!(encode("a b/ü"), "a%20b%2F%C3%BC");
    }

    #[test]
    fn a_plus_is_a_blank_only_in_pairs() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let found: Vec<_> = pairs("a+b=c%2Bd&&e").collect();
        assert_eq!(found, [pair("a b", "c+d"), pair("e", "")]);
        assert_eq!(decode("a+b"), "a+b");
    }
}
