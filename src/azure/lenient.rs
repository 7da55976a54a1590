//! Reading what may be missing, null or of another kind than the documents say.

use std::fmt;
use std::marker::PhantomData;

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// The longest list that is read: more would be more memory than any answer of the service needs.
const MOST: usize = 100_000;

/// Null is as good as nothing.
pub(super) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// What is not as it should be is not there.
pub(super) fn lenient<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}

/// The elements of a list that are as they should be; none where there is no list. They are read one
/// by one, so that one that is wrong costs no other.
pub(super) fn each<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    struct Each<T>(PhantomData<T>);

    impl<'de, T: DeserializeOwned> Visitor<'de> for Each<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Vec<T>, A::Error> {
            let mut found = Vec::new();
            while let Some(element) = elements.next_element::<Value>()? {
                found.extend(serde_json::from_value::<T>(element).ok());
                if found.len() > MOST {
                    return Err(A::Error::custom(format_args!("more than {MOST} entries")));
                }
            }
            Ok(found)
        }

        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Vec<T>, A::Error> {
            while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(Vec::new())
        }

        fn visit_unit<E: Error>(self) -> Result<Vec<T>, E> {
            Ok(Vec::new())
        }

        fn visit_bool<E: Error>(self, _: bool) -> Result<Vec<T>, E> {
            Ok(Vec::new())
        }

        fn visit_i64<E: Error>(self, _: i64) -> Result<Vec<T>, E> {
            Ok(Vec::new())
        }

        fn visit_u64<E: Error>(self, _: u64) -> Result<Vec<T>, E> {
            Ok(Vec::new())
        }

        fn visit_f64<E: Error>(self, _: f64) -> Result<Vec<T>, E> {
            Ok(Vec::new())
        }

        fn visit_str<E: Error>(self, _: &str) -> Result<Vec<T>, E> {
            Ok(Vec::new())
        }
    }

    deserializer.deserialize_any(Each(PhantomData))
}

/// Times come with 0 to 7 fractional digits, and at times without `Z`; .NET's `0001-01-01` means
/// none.
pub(super) fn lenient_time<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime<Utc>>, D::Error> {
    let text: Option<String> = lenient(deserializer)?;
    Ok(text
        .and_then(|text| {
            DateTime::parse_from_rfc3339(&text)
                .map(|time| time.with_timezone(&Utc))
                .or_else(|_| text.parse::<NaiveDateTime>().map(|time| time.and_utc()))
                .ok()
        })
        .filter(|time| time.year() > 1))
}

/// A time in an answer that is not read as a whole.
pub(super) fn time(value: &Value) -> Option<DateTime<Utc>> {
    lenient_time(value).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(list: &str) -> Result<Vec<u8>, serde_json::Error> {
        each(&mut serde_json::Deserializer::from_str(list))
    }

    #[test]
    fn what_is_no_list_is_an_empty_one() {
        for list in [r#"{"a":[]}"#, "5", "-5", "0.5", "true", r#""x""#, "null"] {
            assert!(read(list).expect(list).is_empty(), "{list}");
        }
        assert_eq!(read("[1,null,-1,[],2]").expect("a list"), [1, 2]);
    }

    #[test]
    fn a_list_without_end_is_refused() {
        let endless = format!("[{}1]", "1,".repeat(MOST));
        let error = read(&endless).expect_err("too long").to_string();
        assert!(error.contains("more than 100000 entries"), "{error}");
    }
}
