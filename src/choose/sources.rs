//! Owns the digest of the sources of a run, by which shards that have no commit in common know each
//! other.
//! Must not know what is measured of them, or where the digest is written.

use std::fs;

use camino::Utf8PathBuf;
use sha2::{Digest, Sha256};

use crate::domain::package::{Module, Selection};
use crate::tools::go::list::Listed;

/// Bytes of the digest that are shown: enough to tell runs apart, and short enough for a message.
const SHOWN: usize = 16;

/// The Go files of all that was listed, in go's order: each with a name that is the same wherever the
/// module lies.
#[must_use]
pub(crate) fn files(listed: &[Listed]) -> Vec<(String, Utf8PathBuf)> {
    let of = |package: &Listed| {
        let files = [
            &package.go_files,
            &package.cgo_files,
            &package.test_go_files,
            &package.x_test_go_files,
        ];
        let (path, dir) = (package.import_path.clone(), package.dir.clone());
        let named = move |file: &String| (format!("{path}/{file}"), dir.join(file));
        files.into_iter().flatten().map(named).collect::<Vec<_>>()
    };
    listed.iter().flat_map(of).collect()
}

/// A digest of the names and bytes of a selection's files, and of what its modules require.
#[must_use]
pub(crate) fn digest(selection: &Selection) -> String {
    let Selection { root, modules, sources, .. } = selection;
    let shared = |name: &str| (name.to_owned(), root.join(name));
    // With one module, labels start at its root; a `go.work` there was not read.
    let workspace = (modules.len() > 1).then_some(["go.work", "go.work.sum"]).into_iter().flatten();
    let of_module = |module: &Module| {
        let folder = module.folder.clone();
        ["go.mod", "go.sum"].map(|name| shared(folder.join(name).as_str()))
    };
    let required = workspace.map(shared).chain(modules.iter().flat_map(of_module));
    let mut digest = Sha256::new();
    for (name, path) in required.collect::<Vec<_>>().iter().chain(sources) {
        // What cannot be read is for go to complain of.
        let bytes = fs::read(path).unwrap_or_default();
        // With their lengths, no two lists of files are the same bytes.
        for part in [name.as_bytes(), &bytes] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
    }
    shown(digest)
}

/// A digest as messages and reports have it.
#[must_use]
pub(crate) fn shown(digest: Sha256) -> String {
    digest.finalize().iter().take(SHOWN).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_of_names_and_bytes_wherever_they_lie() {
        let module = |files: &[(&str, &str)]| {
            let folder = tempfile::tempdir().unwrap();
            let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
            for (name, text) in files {
                fs::write(root.join(name), text).unwrap();
            }
            let sources = files.iter().filter(|(name, _)| !name.starts_with("go."));
            let sources = sources.map(|(name, _)| (format!("m/{name}"), root.join(name)));
            digest(&Selection {
                sources: sources.collect(),
                modules: vec![Module::default()],
                root: root.clone(),
                ..Selection::default()
            })
        };
        let one = [("go.mod", "module m\n"), ("a.go", "package m\n"), ("b.go", "package m\n")];
        assert_eq!(module(&one), module(&one));
        assert_eq!(module(&one).len(), 2 * SHOWN);
        for (index, text) in [(0, "module n\n"), (1, "package n\n"), (2, "")] {
            let mut other = one;
            other[index].1 = text;
            assert_ne!(module(&other), module(&one));
        }
        let moved = [one[0], ("a.go", "package m\npackage m\n"), ("b.go", "")];
        assert_ne!(module(&moved), module(&one));
        assert_ne!(module(&[&one[..], &[("go.sum", "x")]].concat()), module(&one));
    }
}
