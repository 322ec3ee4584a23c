//! Owns documents for tests of formats that list files: small ones written by hand, and random ones
//! with hostile names.
//! Must not know any format.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::output::document::{
    BlockRecord, Document, FileRecord, ModuleRecord, PackageRecord, PhaseTimes, Shard, Times,
};

pub(crate) fn file(path: &str, uncovered: &[BlockRecord], covered: &[BlockRecord]) -> FileRecord {
    let (uncovered, covered) = (uncovered.to_vec(), covered.to_vec());
    FileRecord { path: path.to_owned(), uncovered, covered, ignored: Vec::new() }
}

pub(crate) fn package(import_path: &str, path: &str, files: Vec<FileRecord>) -> PackageRecord {
    PackageRecord {
        module: "m".to_owned(),
        import_path: import_path.to_owned(),
        statements: Some(files.iter().map(|file| file.coverage().total).sum()),
        covered: Some(files.iter().map(|file| file.coverage().covered).sum()),
        percent: None,
        files,
        ..super::passing(path)
    }
}

pub(in crate::output::formats) fn document(packages: Vec<PackageRecord>) -> Document {
    Document {
        modules: vec![ModuleRecord { path: "m".to_owned(), dir: String::new() }],
        ..super::document(packages)
    }
}

/// Two packages and three files, for the formats' examples.
pub(in crate::output::formats) fn shop() -> Document {
    let root = file("cart.go", &[BlockRecord(9, 13, 11, 3, 1)], &[BlockRecord(7, 24, 9, 13, 2)]);
    let rates = file("tax/rates.go", &[], &[BlockRecord(3, 30, 5, 2, 1)]);
    let untested = file("tax/vat.go", &[BlockRecord(3, 1, 3, 20, 1)], &[]);
    document(vec![
        package("example.com/shop", ".", vec![root]),
        package("example.com/shop/tax", "tax", vec![rates, untested]),
        package("example.com/shop/types", "types", Vec::new()),
    ])
}

/// Any name that a file system accepts.
fn name() -> impl Strategy<Value = String> {
    let nasty = "[ <>&'\"\\\\:,;%\t\r\n\u{1}\u{1b}\u{7f}\u{85}\u{2028}\u{fffe}\u{10ffff}ü]{1,6}";
    prop_oneof!["[a-z]{1,8}", nasty, "[^/\u{0}]{1,6}"]
}

/// Blocks of a file, one below the other, and whether each ran.
pub(crate) fn blocks() -> impl Strategy<Value = (Vec<BlockRecord>, Vec<BlockRecord>)> {
    let block = (0u32..3, 0u32..4, 0u32..3, any::<bool>());
    vec(block, 0..8).prop_map(|blocks| {
        let (mut at, mut uncovered, mut covered) = (1, Vec::new(), Vec::new());
        for (gap, length, statements, ran) in blocks {
            let start = at + gap;
            at = start + length;
            let list = if ran { &mut covered } else { &mut uncovered };
            list.push(BlockRecord(start, 5, at, 9, statements));
            at += 1;
        }
        (uncovered, covered)
    })
}

/// A package with a folder and files of hostile names, numbered so that no two are the same.
fn any_package() -> impl Strategy<Value = PackageRecord> {
    let files = vec((name(), blocks()), 0..4);
    let rest = (option::of(".*"), option::of(0u32..9_000_000), ".*", any::<bool>());
    (name(), files, rest).prop_map(|(folder, files, (reason, milliseconds, output, tested))| {
        let files = files.into_iter().enumerate().map(|(index, (name, (uncovered, covered)))| {
            file(&format!("{folder}/{index}{name}.go"), &uncovered, &covered)
        });
        PackageRecord {
            reason,
            seconds: milliseconds.map(|count| f64::from(count) / 1000.0),
            cached: Some(tested),
            output,
            tested,
            ..package(&format!("m/{folder}"), &folder, files.collect())
        }
    })
}

/// Any document that covgate could write, and some that it could not.
pub(in crate::output::formats) fn any_document() -> impl Strategy<Value = Document> {
    let times = || {
        let seconds = (0u32..90_000_000).prop_map(|count| f64::from(count) / 1000.0);
        seconds.prop_map(|wall| Times { wall, cpu: wall / 2.0 })
    };
    let phases = (times(), option::of(times()), times())
        .prop_map(|(list, prewarm, runs)| PhaseTimes { list, prewarm, runs });
    let shard = (1usize..9, 1usize..9, 0usize..99).prop_map(|(index, count, packages)| Shard {
        index,
        count,
        by: "hash".to_owned(),
        packages,
        deal: "0".to_owned(),
        sources: "0".to_owned(),
    });
    let place = (option::of("[0-9a-f]{40}"), prop_oneof![Just(String::new()), name()]);
    (vec(any_package(), 0..4), option::of(phases), option::of(shard), place, vec(".*", 0..3))
        .prop_map(|(mut packages, phases, shard, (commit, folder), texts)| {
            for (index, package) in packages.iter_mut().enumerate() {
                package.position = index;
                package.import_path = format!("m/{index}{}", &package.import_path[2..]);
            }
            let mut document = Document {
                phases,
                shard,
                commit,
                troubles: texts.clone(),
                excluded: texts,
                ..document(packages)
            };
            document.lie_in(&folder);
            document
        })
}
