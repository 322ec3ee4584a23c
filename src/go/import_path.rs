//! Owns which paths go takes for import paths at all. go lists a folder whose path it does not
//! take, and compiles nothing of it; `go test` fails it, and go 1.22 all that is named beside it.
//! Must not know what is listed.

/// Names that mean devices on Windows, whatever stands behind a dot.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];
/// The same, with a digit from 1.
const PORTS: [&str; 2] = ["com", "lpt"];

/// Whether go takes this for an import path: `module.CheckImportPath` in golang.org/x/mod.
#[must_use]
pub fn is_taken(path: &str) -> bool {
    !path.starts_with('-') && path.split('/').all(is_element)
}

fn is_element(element: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~+".contains(c);
    let short = element.split('.').next().unwrap_or_default();
    !element.is_empty()
        && element.chars().all(is_plain)
        && !element.ends_with('.')
        && !is_device(&short.to_ascii_lowercase())
        && !is_short_name(short)
}

fn is_device(name: &str) -> bool {
    let number = PORTS.iter().find_map(|port| name.strip_prefix(port));
    DEVICES.contains(&name)
        || number.is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'9']))
}

/// Windows shortens names to such as `PROGRA~1`.
fn is_short_name(name: &str) -> bool {
    let number = name.rsplit_once('~').map(|(_, number)| number);
    number.is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What go itself says of folders is asked in the tests with real go.
    #[test]
    fn paths_are_taken_or_not() {
        for good in ["m", "example.com/a-b_c~d+e.f/v2", ".a/b", "console", "com0", "a~b1", "a.~1"] {
            assert!(is_taken(good), "{good}");
        }
        for bad in [
            "", "/", "a//b", "a/", "-a", "a b", "ü", "a.", "..", "a/./b", "a'b", "a@b", "con",
            "x/Aux.go", "lpt9", "com1.x", "a~1", "a~12.b",
        ] {
            assert!(!is_taken(bad), "{bad}");
        }
    }
}
