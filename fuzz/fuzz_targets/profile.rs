//! Reads a coverage profile in two pieces: where it is cut makes no difference.
#![no_main]

use covgate::tools::go::profile::ProfileReader;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (usize, &[u8])| {
    let (cut, bytes) = input;
    let whole = read(&[bytes]);
    let (start, end) = bytes.split_at(cut.checked_rem(bytes.len()).unwrap_or(0));
    let pieces = read(&[start, end]);
    assert_eq!(whole.error(), pieces.error());
    assert_eq!(coverage(whole), coverage(pieces));
});

fn read(pieces: &[&[u8]]) -> ProfileReader {
    let mut reader = ProfileReader::default();
    for piece in pieces {
        reader.push(piece);
    }
    reader.finish();
    reader
}

fn coverage(mut reader: ProfileReader) -> (u64, u64) {
    let coverage = reader.take("m").coverage();
    assert!(coverage.covered <= coverage.total);
    assert_eq!(coverage.shown().is_some(), coverage.total > 0);
    (coverage.covered, coverage.total)
}
