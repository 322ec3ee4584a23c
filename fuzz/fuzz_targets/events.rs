//! Reads the events of `go test -json` in two pieces: where they are cut makes no difference.
#![no_main]

use covgate::tools::go::events::{EventReader, Line};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (usize, &[u8])| {
    let (cut, bytes) = input;
    let (start, end) = bytes.split_at(cut.checked_rem(bytes.len()).unwrap_or(0));
    assert_eq!(read(&[bytes]), read(&[start, end]));
});

fn read(pieces: &[&[u8]]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut reader = EventReader::default();
    let mut handle = |line: Line<'_>| {
        if let Line::Event(event) = &line {
            let _ = event.elapsed();
        }
        lines.push(format!("{line:?}"));
    };
    for piece in pieces {
        reader.push(piece, &mut handle);
    }
    reader.finish(&mut handle);
    lines
}
