//! Reads back a `json` report: gives a document whose parts can all be used, or an error in one
//! line.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| match covgate::output::document::read::parse(bytes) {
    Ok(document) => {
        assert_eq!(document.format, covgate::output::document::FORMAT);
        for file in document.packages.iter().flat_map(|package| &package.files) {
            assert_eq!(file.blocks().len(), file.covered.len() + file.uncovered.len());
            let coverage = file.coverage();
            assert!(coverage.covered <= coverage.total);
            let uncovered: u64 = file.uncovered_ranges().iter().map(|range| range.statements).sum();
            assert_eq!(uncovered, coverage.total - coverage.covered);
        }
    }
    Err(error) => assert_eq!(error.to_string().lines().count(), 1),
});
