//! Reads a `.covgate`: gives a floor, whose text reads back as the same floor, or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(floor) = covgate::domain::floor::parse(bytes) {
        assert!(floor.hundredths() <= 10_000);
        assert_eq!(covgate::domain::floor::parse(floor.to_string().as_bytes()), Ok(floor));
    }
});
