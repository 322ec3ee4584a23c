//! The files that platforms read: they call scripts that are there, with the inputs that these read, and
//! speak of the version that the package has.

use std::fs;

use super::root;

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

/// The words of a text that begin like this, up to what cannot be in a name.
fn words<'a>(text: &'a str, start: &str) -> Vec<&'a str> {
    let ends = |c: char| !(c.is_ascii_alphanumeric() || "_-./".contains(c));
    let found = text.match_indices(start).map(|(at, _)| &text[at..]);
    found.map(|rest| &rest[..rest.find(ends).unwrap_or(rest.len())]).collect()
}

#[test]
fn every_step_calls_a_script_that_is_there() {
    let (action, template) = (read("action.yml"), read("templates/covgate.yml"));
    let calls = words(&action, "ci/github/");
    assert_eq!(calls.len(), 4, "{calls:?}");
    let of_template: Vec<String> =
        words(&template, "gitlab/").iter().map(|call| format!("ci/{call}")).collect();
    assert_eq!(of_template.len(), 2, "{of_template:?}");
    for call in calls.into_iter().chain(of_template.iter().map(String::as_str)) {
        assert!(root().join(call).is_file(), "{call}");
    }
}

/// A variable that a step sets and no script reads is an input without effect.
#[test]
fn every_input_reaches_a_script() {
    let scripts: String = ["version", "install", "gate", "comment"]
        .map(|step| read(&format!("ci/github/{step}.sh")))
        .concat();
    for input in words(&read("action.yml"), "INPUT_") {
        assert!(
            scripts.contains(&format!("${{{input}")) || scripts.contains(&format!("${input}")),
            "{input}"
        );
    }
    let scripts = read("ci/gitlab/gate.sh") + &read("ci/gitlab/comment.sh");
    for variable in ["GATE_ARGS", "GATE_SINCE", "GATE_COMMENT", "GATE_TOKEN"] {
        assert!(scripts.contains(variable) && read("templates/covgate.yml").contains(variable));
    }
}

#[test]
fn the_version_is_the_package_s_own_everywhere() {
    let version = env!("CARGO_PKG_VERSION");
    for (file, starts) in [
        ("README.md", &["covgate@v"][..]),
        ("docs/ci.md", &["covgate@v", "/download/v", "covgate/covgate@"]),
        ("docs/recipes.md", &["covgate-go==", "rev: v"]),
        ("templates/covgate.yml", &["covgate/covgate@"]),
    ] {
        let text = read(file);
        for start in starts {
            let found = text.match_indices(start).map(|(at, _)| &text[at + start.len()..]);
            let rest: Vec<&str> = found.collect();
            assert!(!rest.is_empty(), "{file} {start}");
            assert!(rest.iter().all(|rest| rest.starts_with(version)), "{file}: {start}");
        }
    }
    assert!(read("templates/covgate.yml").contains(&format!("default: {version}\n")));
}
