//! What several kinds of tests share.

use std::path::Path;

use covgate::domain::choice::EngineChoice;
use covgate::output::formats;

pub(crate) mod fake;
pub(crate) mod module;
pub(crate) mod schema;
pub(crate) mod server;

/// Asks for every format, each in a file of its name.
pub(crate) fn every_report(folder: &Path) -> Vec<String> {
    formats::names().map(|name| format!("--report={name}={}/{name}", folder.display())).collect()
}

/// Each engine alone, as an option.
pub(crate) const ENGINES: [&str; 2] = ["--engine=batch", "--engine=fanout"];

#[test]
fn no_engine_is_left_out() {
    let engines = EngineChoice::ALL.iter().filter(|engine| **engine != EngineChoice::Auto);
    let options: Vec<String> = engines.map(|engine| format!("--engine={engine}")).collect();
    assert_eq!(ENGINES[..], options, "ENGINES, on which many tests run");
    let changes = include_str!("../../../CHANGELOG.md");
    let is_told = |option: &&String| changes.contains(&option.replace("--engine=", "`"));
    assert_eq!(
        options.iter().find(|option| !is_told(option)),
        None,
        "CHANGELOG.md has no word of it"
    );
}
