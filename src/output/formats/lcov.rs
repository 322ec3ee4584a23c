//! Owns the `lcov` report: an LCOV tracefile (geninfo(1)), which most services and editors read.
//! Must not know which lines count: that is in `lines`.
//!
//! Each file is a record: `SF` is its path from the root of the repository, `DA` a line and whether
//! it ran (1 or 0: go does not say how often), `LF` and `LH` how many lines count and how many ran.
//! Functions and branches are left out: go does not know them. A tracefile has no escaping: a line
//! break in a path is replaced.

use crate::output::document::Document;

use super::file_names::{in_repository, on_one_line};
use crate::domain::lines::{Tally, lines};

pub(super) fn render(document: &Document) -> Vec<u8> {
    let mut text = String::new();
    for file in document.packages.iter().flat_map(|package| &package.files) {
        let path = in_repository(document, &file.path);
        // The name of the test is empty, because several tests are one run.
        text += &format!("TN:\nSF:{}\n", on_one_line(&path));
        let lines = lines(&file.blocks());
        for line in &lines {
            text += &format!("DA:{},{}\n", line.number, u8::from(line.ran));
        }
        let Tally { ran, all } = Tally::of(&lines);
        text += &format!("LF:{all}\nLH:{ran}\nend_of_record\n");
    }
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use lcov::{Reader, Record};
    use proptest::prelude::*;

    use super::super::sample::files::{any_document, document, file, package, shop};
    use super::*;
    use crate::output::document::BlockRecord;

    #[test]
    fn a_record_a_file_from_the_root_of_the_repository() {
        let mut document = shop();
        document.lie_in("services/shop");
        let expected = "\
TN:
SF:services/shop/cart.go
DA:7,1
DA:8,1
DA:9,1
DA:10,0
DA:11,0
LF:5
LH:3
end_of_record
TN:
SF:services/shop/tax/rates.go
DA:3,1
DA:4,1
DA:5,1
LF:3
LH:3
end_of_record
TN:
SF:services/shop/tax/vat.go
DA:3,0
LF:1
LH:0
end_of_record
";
        assert_eq!(String::from_utf8(render(&document)).unwrap(), expected);
    }

    #[test]
    fn a_line_break_in_a_name_breaks_no_record() {
        let file = file("a/b\nend_of_record\r.go", &[], &[BlockRecord(1, 1, 1, 2, 1)]);
        let text = render(&document(vec![package("m/a", "a", vec![file])]));
        let expected =
            "TN:\nSF:a/b\u{fffd}end_of_record\u{fffd}.go\nDA:1,1\nLF:1\nLH:1\nend_of_record\n";
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }

    /// The records that the tracefile must have for a file.
    fn expected(document: &Document, file: &crate::output::document::FileRecord) -> Vec<Record> {
        let path = in_repository(document, &file.path);
        let lines = lines(&file.blocks());
        let Tally { ran, all } = Tally::of(&lines);
        let (found, hit) = (u32::try_from(all).unwrap(), u32::try_from(ran).unwrap());
        let data = lines.into_iter().map(|line| Record::LineData {
            line: line.number,
            count: u64::from(line.ran),
            checksum: None,
        });
        [
            Record::TestName { name: String::new() },
            Record::SourceFile { path: PathBuf::from(on_one_line(&path).into_owned()) },
        ]
        .into_iter()
        .chain(data)
        .chain([Record::LinesFound { found }, Record::LinesHit { hit }, Record::EndOfRecord])
        .collect()
    }

    proptest! {
        #[test]
        fn it_reads_back_as_the_same_lines(document in any_document()) {
            let text = render(&document);
            let read: Vec<Record> = Reader::new(&*text).collect::<Result<_, _>>().unwrap();
            let files = document.packages.iter().flat_map(|package| &package.files);
            let all: Vec<Record> = files.flat_map(|file| expected(&document, file)).collect();
            prop_assert_eq!(read, all);
        }
    }
}
