//! Owns the reading of numbers, switches and lists.
//! Must not know which settings have them.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};

use crate::domain::choice::Unknown;

/// Reads a whole number, with a clearer error than std's `invalid digit found in string`.
pub(crate) fn count(text: &str) -> Result<usize, Unknown> {
    text.parse().map_err(|_| Unknown { expected: "a whole number", found: text.to_owned() })
}

/// Reads a switch.
pub(crate) fn switch(text: &str) -> Result<bool, Unknown> {
    match text {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err(Unknown { expected: "true or false", found: text.to_owned() }),
    }
}

/// Reads a whole number of TOML.
pub(super) fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    let number = i64::deserialize(deserializer)?;
    count(&number.to_string()).map_err(de::Error::custom)
}

/// Accepts both `packages = "./..."` and `packages = ["./..."]`: people write both.
pub(super) fn one_or_many<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    struct OneOrMany;
    impl<'de> Visitor<'de> for OneOrMany {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string or an array of strings")
        }

        fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
            Ok(vec![value.to_owned()])
        }

        fn visit_seq<A: de::SeqAccess<'de>>(self, values: A) -> Result<Self::Value, A::Error> {
            Vec::deserialize(de::value::SeqAccessDeserializer::new(values))
        }
    }
    deserializer.deserialize_any(OneOrMany)
}
