//! The `json` report: what its schema promises, and that equal runs give equal bytes.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::report::{every_kind, timed};
use crate::support::fake::{Fake, pkg};
use crate::support::schema::{PUBLISHED, valid, violations};

#[test]
fn the_published_schema_is_that_of_the_types() {
    let made = covgate::output::formats::schema();
    assert!(PUBLISHED == made, "docs/covgate.schema.json is stale; `cargo xtask docs` writes it");
}

fn words(report: &Value, field: &str) -> BTreeSet<String> {
    let packages = report["packages"].as_array().unwrap().iter();
    packages.map(|package| package[field].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_kind_of_package_is_as_the_schema_says() {
    let run = every_kind().check(&["--report", "json", "--exclude", "gen, vendorish"]);
    let report = valid(&run.exits(1).stdout);
    assert!(report["phases"]["runs"]["wall"].is_number());
    assert_eq!(words(&report, "status"), ["fail", "loose", "pass"].map(str::to_owned).into());
    let outcomes = [
        "build-failed",
        "covered",
        "no-coverage-data",
        "no-statements",
        "tests-failed",
        "timed-out",
    ];
    assert_eq!(words(&report, "outcome"), outcomes.map(str::to_owned).into());

    let run = every_kind().check(&["--report=json", "--no-timings"]);
    let report = valid(&run.exits(1).stdout);
    assert_eq!(report["phases"], Value::Null);
    assert!(
        report["packages"]
            .as_array()
            .unwrap()
            .iter()
            .all(|package| { package["seconds"].is_null() && package["cached"].is_null() })
    );
}

/// A schema that accepts anything would promise nothing.
#[test]
fn the_schema_misses_every_field() {
    let run = Fake::new([pkg("a", 1, 2)]).check(&["--report=json"]);
    let report = valid(&run.exits(1).stdout);
    for place in ["", "/settings", "/totals", "/packages/0", "/packages/0/floor", "/phases/runs"] {
        let fields: Vec<String> =
            report.pointer(place).unwrap().as_object().unwrap().keys().cloned().collect();
        for field in fields {
            let mut other = report.clone();
            other.pointer_mut(place).unwrap().as_object_mut().unwrap().remove(&field);
            assert!(!violations(&other).is_empty(), "without {place}/{field}");
        }
    }
    let mut other = report;
    other["packages"][0]["status"] = json!("PASS");
    assert!(!violations(&other).is_empty());
}

#[test]
fn without_timings_equal_runs_are_equal_bytes() {
    let args = ["--no-timings", "--report=json"];
    let (first, second) = (timed(0.123, false).check(&args), timed(7.89, true).check(&args));
    assert_eq!(first.exits(1).stdout, second.exits(1).stdout);
}

#[test]
fn both_engines_report_the_same_but_for_their_name() {
    let [batch, fanout] = ["batch", "fanout"].map(|engine| {
        let args = ["--no-timings", "--report=json", "--engine", engine];
        let report = every_kind().check(&args).exits(1).stdout.clone();
        report.replace(&format!(r#""engine":"{engine}""#), r#""engine":"""#)
    });
    assert!(batch.contains(r#""engine":"""#));
    assert_eq!(batch, fanout);
}
