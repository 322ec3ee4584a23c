//! Owns the `profile` report: the whole run as one coverage profile, for `go tool cover` and
//! everything else that reads go's own format (golang.org/x/tools/cover).
//! Must not know what other formats make of blocks.
//!
//! It has each block once, sorted by package as go lists them, then by file, then by position.
//! Files are named as go names them, by import path and file name. The mode is `set`, because a
//! document only knows whether a block ran. go's format has no escaping: a line break in a file's
//! name, which would break go's own profile, too, is replaced.

use std::io;

use super::file_names::on_one_line;
use crate::domain::paths;
use crate::output::document::{Document, PackageRecord};

pub(super) fn render(document: &Document) -> Vec<u8> {
    // Writing to a Vec cannot fail.
    write(document).unwrap_or_default()
}

fn write(document: &Document) -> io::Result<Vec<u8>> {
    let mut text = b"mode: set\n".to_vec();
    for package in &document.packages {
        for file in &package.files {
            let name = name(package, &file.path);
            for block in file.blocks() {
                block.write(&name, &mut text)?;
            }
        }
    }
    Ok(text)
}

/// A file of a package, named as go names it: by its import path.
fn name(package: &PackageRecord, path: &str) -> String {
    on_one_line(&format!("{}/{}", package.import_path, paths::last(path))).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sample::files::{any_document, document, file, package, shop};
    use super::*;
    use crate::domain::percent::Coverage;
    use crate::output::document::{BlockRecord, FileRecord};
    use crate::tools::go::profile::ProfileReader;

    #[test]
    fn blocks_come_by_package_file_and_place() {
        let expected = "\
mode: set
example.com/shop/cart.go:7.24,9.13 2 1
example.com/shop/cart.go:9.13,11.3 1 0
example.com/shop/tax/rates.go:3.30,5.2 1 1
example.com/shop/tax/vat.go:3.1,3.20 1 0
";
        assert_eq!(String::from_utf8(render(&shop())).unwrap(), expected);
    }

    #[test]
    fn a_run_without_statements_is_a_profile_too() {
        assert_eq!(render(&document(Vec::new())), b"mode: set\n");
    }

    #[test]
    fn a_line_break_in_a_name_breaks_no_line() {
        let file = file("a/b\nmode: x\r.go", &[], &[BlockRecord(1, 1, 2, 2, 1)]);
        let text = render(&document(vec![package("m/a", "a", vec![file])]));
        let expected = "mode: set\nm/a/b\u{fffd}mode: x\u{fffd}.go:1.1,2.2 1 1\n";
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }

    proptest! {
        #[test]
        fn it_reads_back_as_the_same_blocks(document in any_document()) {
            let mut reader = ProfileReader::default();
            reader.push(&render(&document));
            reader.finish();
            prop_assert_eq!(reader.error(), None);
            for package in &document.packages {
                let mut read = reader.take(&on_one_line(&package.import_path));
                let sum = |one: fn(Coverage) -> u64| -> u64 {
                    package.files.iter().map(|file| one(file.coverage())).sum()
                };
                let expected =
                    Coverage { covered: sum(|one| one.covered), total: sum(|one| one.total) };
                prop_assert_eq!(read.coverage(), expected);
                let blocks: usize = read.files().map(|(_, blocks)| blocks.len()).sum();
                let records = package.files.iter().map(FileRecord::blocks);
                prop_assert_eq!(blocks, records.map(|blocks| blocks.len()).sum::<usize>());
            }
        }
    }
}
