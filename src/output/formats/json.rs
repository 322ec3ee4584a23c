//! Owns the `json` report: the unchanged document, and its schema.
//! Must not know what the fields mean.

use crate::output::document::Document;
use crate::output::schema;

/// Writes the document on one line: there are many blocks, and tools such as jq indent it.
pub(super) fn render(document: &Document) -> Vec<u8> {
    let mut text = serde_json::to_vec(document).unwrap_or_default();
    text.push(b'\n');
    text
}

/// The JSON Schema of the document.
#[must_use]
pub fn schema() -> String {
    schema::of::<Document>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::sample::files::{any_document, document, shop};
    use super::*;
    use crate::output::document::read::parse;

    /// Adds an unknown field to every object.
    fn extend(value: &mut Value) {
        match value {
            Value::Array(values) => values.iter_mut().for_each(extend),
            Value::Object(fields) => {
                fields.values_mut().for_each(extend);
                fields.insert("from-the-future".to_owned(), json!([{ "deep": null }]));
            }
            _ => {}
        }
    }

    #[test]
    fn it_is_one_line() {
        let text = render(&shop());
        assert_eq!(text.iter().filter(|byte| **byte == b'\n').count(), 1);
        assert!(text.ends_with(b"}\n"));
    }

    #[test]
    fn a_null_field_may_be_missing() {
        let mut value = serde_json::to_value(document(Vec::new())).unwrap();
        value.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        assert_eq!(parse(value.to_string().as_bytes()).unwrap(), document(Vec::new()));
    }

    proptest! {
        #[test]
        fn it_reads_back_as_the_same_document(document in any_document()) {
            prop_assert_eq!(parse(&render(&document)).unwrap(), document);
        }

        #[test]
        fn fields_of_the_future_are_passed_over(document in any_document()) {
            let mut value = serde_json::to_value(&document).unwrap();
            extend(&mut value);
            prop_assert_eq!(parse(value.to_string().as_bytes()).unwrap(), document);
        }

        #[test]
        fn any_bytes_are_a_document_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(parse(&bytes).is_err());
        }
    }
}
