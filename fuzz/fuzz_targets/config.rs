//! Reads a `covgate.toml`: gives settings, or an error that names a place in the file.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(wrong) = covgate::settings::parse_config(bytes) {
        let lines = bytes.split(|byte| *byte == b'\n').count();
        assert!((1..=lines).contains(&wrong.line), "line {} of {lines}", wrong.line);
        assert!(wrong.column >= 1);
        assert!(!wrong.message.is_empty());
    }
});
