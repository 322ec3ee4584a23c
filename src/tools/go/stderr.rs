//! Owns the reading of compile and vet errors as plain go prints them on stderr: in sections under
//! `# importpath`. Before go 1.24, `go test -json` prints them only there.
//! Must not know what the errors mean for a package.

use std::collections::HashMap;

/// How much of one package's section is kept, in bytes.
const SECTION_CAP: usize = 256 * 1024;
/// How much is kept in total, in bytes.
const TOTAL_CAP: usize = 8 * 1024 * 1024;

/// Collects stderr and finds the section of a package.
#[derive(Debug, Default)]
pub(crate) struct Stderr {
    sections: HashMap<String, String>,
    current: Option<String>,
    loose: String,
    partial: Vec<u8>,
    kept: usize,
}

impl Stderr {
    /// Takes bytes as they come.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.partial.len() < SECTION_CAP {
                self.partial.extend_from_slice(piece);
            }
            if piece.ends_with(b"\n") {
                self.end_line();
            }
        }
    }

    /// The errors of a package, with their header.
    #[must_use]
    pub(crate) fn section(&self, import_path: &str) -> Option<&str> {
        self.sections.get(import_path).map(String::as_str)
    }

    /// What was not under any package's header: errors of go itself.
    pub(crate) fn loose(&mut self) -> &str {
        if !self.partial.is_empty() {
            self.end_line();
        }
        &self.loose
    }

    fn end_line(&mut self) {
        let line = String::from_utf8_lossy(&std::mem::take(&mut self.partial)).into_owned();
        if let Some(header) = line.strip_prefix("# ") {
            // `# pkg [pkg.test]` is a package as built for a test; vet also prints its header as `#
            // [pkg]`.
            let header = header.trim_end();
            let name = header.split_once(" [").map_or(header, |(name, _)| name);
            if !name.starts_with('[') {
                let tested = name.strip_suffix("_test").filter(|_| header.contains(".test]"));
                self.current = Some(tested.unwrap_or(name).to_owned());
            }
        } else if line.starts_with("go: ") {
            self.current = None;
        }
        let kept = &mut self.kept;
        let section = match &self.current {
            Some(name) => self.sections.entry(name.clone()).or_default(),
            None => &mut self.loose,
        };
        if section.len() < SECTION_CAP && *kept < TOTAL_CAP {
            section.push_str(&line);
            *kept += line.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sections_are_found_by_package() {
        let mut stderr = Stderr::default();
        stderr.push(b"go: downloading x\n# m/a [m/a.test]\na/a_test.go:3:2: undef");
        stderr
            .push(b"ined: B\n# m/b\n# [m/b]\nb/b_test.go:1:1: vet\n# m/c_test [m/c.test]\nc: d\n");
        assert_eq!(
            stderr.section("m/a"),
            Some("# m/a [m/a.test]\na/a_test.go:3:2: undefined: B\n")
        );
        assert_eq!(stderr.section("m/b"), Some("# m/b\n# [m/b]\nb/b_test.go:1:1: vet\n"));
        assert_eq!(stderr.section("m/c"), Some("# m/c_test [m/c.test]\nc: d\n"));
        assert_eq!(stderr.loose(), "go: downloading x\n");
        stderr.push(b"# m/a b\nmalformed import path\n");
        assert_eq!(stderr.section("m/a b"), Some("# m/a b\nmalformed import path\n"));
    }

    #[test]
    fn a_flood_is_cut() {
        let mut stderr = Stderr::default();
        for _ in 0..4096 {
            stderr.push(&[b'x'; 4096]);
        }
        assert!(stderr.loose().len() <= SECTION_CAP + 4096);
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..10)) {
            let mut stderr = Stderr::default();
            for chunk in &chunks {
                stderr.push(chunk);
            }
            let _ = stderr.loose();
        }
    }
}
