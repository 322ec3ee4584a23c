//! Reads Go source: places are in order, and inside of the file.
#![no_main]

use covgate::tools::go::syntax::Syntax;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &[u8]| {
    let syntax = Syntax::read(source);
    let lines = source.split(|byte| *byte == b'\n').count() as u32;
    assert!(syntax.statements.is_sorted_by_key(|one| one.start));
    for one in &syntax.statements {
        assert!(one.lines.iter().all(|(first, last)| first <= last && *last <= lines));
    }
    assert!(syntax.functions.iter().all(|one| one.start < one.end && one.end.line <= lines));
    assert!(syntax.comments.iter().all(|one| one.start < one.end && one.end.line <= lines));
});
