//! Reads `json` reports as `covgate merge` does, one per line: they become one report that merges
//! to itself, or a refusal that gives a reason.
#![no_main]

use camino::Utf8Path;
use covgate::output::document::read;
use covgate::output::formats::Requests;
use covgate::commands::merge::Given;
use covgate::output::text::Style;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let given: Vec<Given> = bytes.split(|byte| *byte == b'\n').filter_map(report).collect();
    match merged(given) {
        Ok(json) => {
            let again = merged(report(json.as_bytes()).into_iter().collect());
            assert_eq!(again, Ok(json));
        }
        Err(said) => assert!(said.starts_with("error: "), "{said}"),
    }
});

fn report(bytes: &[u8]) -> Option<Given> {
    let document = read::parse(bytes).ok()?;
    Some(Given { name: "fuzzed.json".to_owned(), document })
}

/// The `json` report of all of them together, or the reason against it.
fn merged(given: Vec<Given>) -> Result<String, String> {
    let (folder, style) = (Utf8Path::new("/nowhere"), Style::new(false));
    let requests = Requests::new(vec!["json".parse().unwrap()], folder, |_| None).unwrap();
    let (mut out, mut said) = (Vec::new(), Vec::new());
    match covgate::commands::merge::run(given, folder, true, &requests, style, &mut out, &mut said) {
        Ok(_) => Ok(String::from_utf8(out).unwrap()),
        Err(error) => {
            said.clear();
            error.write_to(&mut said).unwrap();
            Err(String::from_utf8(said).unwrap())
        }
    }
}
