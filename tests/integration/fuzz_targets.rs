//! Where a fuzz target stands besides its file: cargo-fuzz builds what fuzz/Cargo.toml names, and
//! people run what fuzz/README.md names.

use std::collections::BTreeSet;
use std::fs;

use camino::Utf8Path;
use regex_lite::Regex;

#[test]
fn every_target_is_everywhere() {
    let folder = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let found = |text: &str, pattern: &str| -> BTreeSet<String> {
        let pattern = Regex::new(pattern).unwrap();
        pattern.captures_iter(text).map(|captures| captures[1].to_owned()).collect()
    };
    let files = folder.join("fuzz_targets").read_dir_utf8().unwrap();
    let files = files.map(|entry| entry.unwrap().path().file_stem().unwrap().to_owned());
    let files: BTreeSet<String> = files.collect();
    let entry = r#"\[\[bin\]\]\nname = "(.*)"\npath = "fuzz_targets/"#;
    assert_eq!(found(&read("Cargo.toml"), entry), files, "fuzz/Cargo.toml, and fuzz/fuzz_targets");
    let readme = read("README.md");
    let (_, list) = readme.split_once("The targets:").unwrap();
    assert_eq!(found(list, "`([a-z_]+)`"), files, "fuzz/README.md, and fuzz/fuzz_targets");
}
