//! Reads the output of tests, in any order and with any names, keeps it within bounds and shows it.
#![no_main]

use covgate::tools::go::transcript::Transcript;
use libfuzzer_sys::fuzz_target;

/// Test, piece of output, and how the test then ends: failed, passed, or not yet.
type Step<'a> = (Option<&'a str>, &'a str, Option<bool>);

fuzz_target!(|steps: Vec<Step<'_>>| {
    for durations in [false, true] {
        let mut transcript = Transcript::default();
        for (test, piece, end) in &steps {
            transcript.output(*test, piece);
            if let (Some(test), Some(failed)) = (test, end) {
                transcript.end_test(test, *failed);
            }
        }
        let _ = transcript.render(durations);
    }
});
