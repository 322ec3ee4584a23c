//! Where statements stand, held against the blocks into which go's cover tool divides a file.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use covgate::domain::blocks::Block;
use covgate::output::document::BlockRecord;
use covgate::tools::go::syntax::Syntax;

use crate::support::module::{GO_MINOR, Module, go_env};

/// Every kind of statement, and what stands oddly.
const ODD: &str = include_str!("statements.txtar");

/// Checks that every block of a file has as many statements as go counts in it; returns the number of
/// blocks.
fn agrees(module: &Module, file: &Utf8Path) -> usize {
    let source = fs::read(file).unwrap();
    let syntax = Syntax::read(&source);
    let blocks = blocks_of_go(module, file);
    for block in &blocks {
        assert!(block.held(&syntax.statements).is_some(), "{file}: {block:?}");
    }
    // Since 1.27, go drops more labels and braces: those with which a list begins.
    let counted: usize = blocks.iter().map(|block| block.statements as usize).sum();
    let nameless = syntax.functions.iter().any(|function| function.name == "_");
    assert!(*GO_MINOR >= 27 || nameless || counted == syntax.statements.len(), "{file}: {counted}");
    blocks.len()
}

/// The blocks that go's cover tool writes into the file that it makes of a Go file: first line, last line,
/// the two columns in one number; and in another table their statements.
fn blocks_of_go(module: &Module, file: &Utf8Path) -> Vec<Block> {
    let made = module.go(&["tool", "cover", "-mode=set", "-var=GoCover", file.as_str()]).exits(0);
    let (_, tables) = made.stdout.rsplit_once("\tPos: [").unwrap();
    let (places, counts) = tables.split_once("\tNumStmt: [").unwrap();
    let rows = |table: &str| -> Vec<Vec<u32>> {
        let rows = table.lines().skip(1).take_while(|row| !row.starts_with("\t}"));
        let number = |word: &str| match word.trim().strip_prefix("0x") {
            Some(digits) => u32::from_str_radix(digits, 16).unwrap(),
            None => word.trim().parse().unwrap(),
        };
        let row = |row: &str| {
            let words = row.split("//").next().unwrap().trim().trim_end_matches(',');
            words.split(',').map(number).collect()
        };
        rows.map(row).collect()
    };
    std::iter::zip(rows(places), rows(counts))
        .map(|(place, count)| {
            let [first, last, columns] = place[..] else { panic!("{place:?}") };
            BlockRecord(first, columns & 0xffff, last, columns >> 16, count[0]).block(false)
        })
        .collect()
}

#[test]
fn every_block_has_the_statements_that_go_counts() {
    let module = Module::new(ODD);
    module.go(&["vet", "./..."]).exits(0);
    let blocks = agrees(&module, &module.path().join("odd.go"));
    assert!(blocks > 60, "{blocks}");
    let bytes = fs::read(module.path().join("odd.go")).unwrap();
    let crlf = String::from_utf8(bytes).unwrap().replace('\n', "\r\n");
    module.write("crlf.go", &format!("\u{feff}{crlf}"));
    assert_eq!(agrees(&module, &module.path().join("crlf.go")), blocks);
}

#[test]
fn the_same_in_packages_of_go_itself() {
    let module = Module::new(ODD);
    let root = Utf8PathBuf::from(go_env("GOROOT")).join("src");
    let mut blocks = 0;
    for package in ["go/printer", "text/template", "regexp/syntax", "math/big"] {
        for entry in root.join(package).read_dir_utf8().unwrap() {
            let file = entry.unwrap().into_path();
            if file.extension() == Some("go") && !file.as_str().ends_with("_test.go") {
                blocks += agrees(&module, &file);
            }
        }
    }
    assert!(blocks > 4_500, "{blocks} of go1.{}", *GO_MINOR);
}
