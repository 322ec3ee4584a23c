//! Reads directives in Go source: what they are about, and what is wrong with them, is inside of the file.
#![no_main]

use covgate::choose::ignores::directive::directives;
use covgate::domain::statements::Area;
use covgate::tools::go::syntax::Syntax;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &[u8]| {
    let syntax = Syntax::read(source);
    let lines = source.split(|byte| *byte == b'\n').count() as u32;
    for found in directives(&syntax) {
        match found {
            Ok(one) => {
                assert!((1..=lines).contains(&one.line) && !one.reason.is_empty());
                let area = one.target.area;
                let is_inside = area.start < area.end && area.end.line <= lines;
                assert!(area == Area::WHOLE || is_inside, "{area:?}");
            }
            Err(problem) => {
                assert!((1..=lines).contains(&problem.line) && !problem.message.is_empty());
            }
        }
    }
});
