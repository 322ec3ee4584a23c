//! Owns the schema of the `json` report, as the project publishes it.
//! Must not know covgate's library.

#![expect(clippy::unwrap_used, reason = "support of tests")]

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::Value;

/// The schema's file.
pub(crate) const PUBLISHED: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/covgate.schema.json"));

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    let schema: Value = serde_json::from_str(PUBLISHED).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
});

/// The report as JSON, after checking it against the schema.
#[track_caller]
pub(crate) fn valid(report: &str) -> Value {
    let report = serde_json::from_str(report).unwrap();
    let wrong = violations(&report);
    assert!(wrong.is_empty(), "{wrong:#?}\n{report:#}");
    report
}

/// Where and how the report violates the schema.
pub(crate) fn violations(report: &Value) -> Vec<String> {
    let errors = VALIDATOR.iter_errors(report);
    errors.map(|error| format!("{}: {error}", error.instance_path())).collect()
}
