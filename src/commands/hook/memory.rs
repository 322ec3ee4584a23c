//! Owns the memory of trees that have passed, so that pushing one again starts no go process. Only
//! passes are remembered; in doubt, nothing is.
//! Must not know how a tree passed.
//!
//! There is one file per tree, `covgate/passed/<tree>` in the common git directory, with one line
//! per pass: the whole key as JSON. Removing the folder forgets everything.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io::Read;
use std::os::unix::fs::MetadataExt;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::worktree::home;
use crate::choose::sources;
use crate::domain::paths::normal;
use crate::tools::files::{self, Mode};
use crate::tools::go::mod_file::{replaced_folders, used_folders};
use crate::tools::process::find_program;

/// How many trees are remembered.
const TREES: usize = 256;

/// Everything a pass depends on.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Key {
    covgate: CovgateIdentity,
    tree: String,
    module: Utf8PathBuf,
    go: GoIdentity,
    environment: BTreeMap<String, String>,
    settings: String,
    /// What the coverage from elsewhere holds that lies outside of the tree.
    with: Vec<String>,
}

/// Which covgate this is: builds of one version, or of one commit with edits, may judge differently.
#[derive(Debug, Clone, Serialize)]
struct CovgateIdentity {
    version: &'static str,
    size: u64,
    modified: (i64, i64),
}

/// Which go this is, without asking it.
#[derive(Debug, Clone, Serialize)]
struct GoIdentity {
    program: Utf8PathBuf,
    size: u64,
    modified: (i64, i64),
    /// The VERSION file of its GOROOT.
    version: String,
    /// The content of the file of `go env -w`.
    settings: String,
}

/// The parts of a key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts<'a> {
    /// The tree's object name.
    pub tree: &'a str,
    /// The module's folder in it.
    pub module: &'a Utf8Path,
    /// The go command, as settings name it.
    pub go: &'a str,
    /// The settings from command line and environment. Those from the file are part of the tree.
    pub settings: &'a str,
    /// The coverage from elsewhere that command line and environment name.
    pub with: &'a [String],
}

impl Key {
    /// Makes the key; `None` if it is not certain which go would run, as with a version manager's
    /// shim, or what coverage from elsewhere holds, or if this covgate is being replaced.
    #[must_use]
    pub(crate) fn new(parts: Parts<'_>) -> Option<Self> {
        Some(Self {
            covgate: CovgateIdentity::find()?,
            tree: parts.tree.to_owned(),
            module: parts.module.to_owned(),
            go: GoIdentity::find(parts.go)?,
            environment: environment(),
            settings: parts.settings.to_owned(),
            with: outside(parts.with).map(contents).collect::<Option<_>>()?,
        })
    }
}

/// The paths that lead to no place in the tree, wherever it lies.
fn outside(with: &[String]) -> impl Iterator<Item = &Utf8Path> {
    with.iter().map(Utf8Path::new).filter(|path| path.is_absolute())
}

/// A digest of a file, or of the files of a folder, by name and bytes; none for anything else.
fn contents(path: &Utf8Path) -> Option<String> {
    let mut digest = Sha256::new();
    let mut add = |path: &Utf8Path| -> Option<()> {
        let mut file = files::open_regular(path.as_std_path()).ok()?;
        // With their lengths, no two lists of files are the same bytes.
        let name = path.file_name()?;
        for number in [name.len() as u64, file.metadata().ok()?.len()] {
            digest.update(number.to_le_bytes());
        }
        digest.update(name);
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match file.read(&mut buffer).ok()? {
                0 => return Some(()),
                count => digest.update(&buffer[..count]),
            }
        }
    };
    if path.is_dir() {
        let entries = path.read_dir_utf8().ok()?;
        let paths = entries.map(|entry| Some(entry.ok()?.into_path()));
        let mut paths = paths.collect::<Option<Vec<_>>>()?;
        paths.sort_unstable();
        paths.iter().filter(|path| !path.is_dir()).try_for_each(|path| add(path))?;
    } else {
        add(path)?;
    }
    Some(sources::shown(digest))
}

/// Whether the coverage from elsewhere that a tree itself names lies in it, links followed.
#[must_use]
pub(crate) fn is_in_tree(root: &Utf8Path, path: &Utf8Path) -> bool {
    let real = |path: &Utf8Path| path.canonicalize_utf8().ok();
    real(path).zip(real(root)).is_some_and(|(path, root)| path.starts_with(root))
}

impl Key {
    /// The same for another tree.
    #[must_use]
    pub(crate) fn of_tree(&self, tree: &str) -> Self {
        Self { tree: tree.to_owned(), ..self.clone() }
    }
}

impl CovgateIdentity {
    fn find() -> Option<Self> {
        let meta = fs::metadata(std::env::current_exe().ok()?).ok()?;
        let version = env!("CARGO_PKG_VERSION");
        Some(Self { version, size: meta.size(), modified: modified(&meta) })
    }
}

fn modified(meta: &Metadata) -> (i64, i64) {
    (meta.mtime(), meta.mtime_nsec())
}

impl GoIdentity {
    fn find(go: &str) -> Option<Self> {
        let program = find_program(go)?.canonicalize_utf8().ok()?;
        let root = program.parent().filter(|bin| bin.file_name() == Some("bin"))?.parent()?;
        let version = fs::read_to_string(root.join("VERSION")).ok()?;
        let meta = fs::metadata(&program).ok()?;
        Some(Self {
            size: meta.size(),
            modified: modified(&meta),
            program,
            version,
            settings: go_settings(),
        })
    }
}

/// The file of `go env -w` (`go help environment`, GOENV).
fn go_settings() -> String {
    let folder = |name: &str, below: &str| {
        std::env::var(name)
            .ok()
            .filter(|value| !value.is_empty())
            .map(|value| format!("{value}{below}"))
    };
    let mac =
        cfg!(target_os = "macos").then(|| folder("HOME", "/Library/Application Support")).flatten();
    let config =
        || mac.or_else(|| folder("XDG_CONFIG_HOME", "")).or_else(|| folder("HOME", "/.config"));
    let file = folder("GOENV", "").or_else(|| Some(format!("{}/go/env", config()?)));
    file.and_then(|file| fs::read_to_string(file).ok()).unwrap_or_default()
}

/// The environment variables that go and its compilers read.
fn environment() -> BTreeMap<String, String> {
    const OTHERS: [&str; 7] =
        ["AR", "CC", "CXX", "FC", "PKG_CONFIG", "PKG_CONFIG_PATH", "LD_LIBRARY_PATH"];
    let matters =
        |name: &str| name.starts_with("GO") || name.starts_with("CGO_") || OTHERS.contains(&name);
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, _)| matters(name))
        .map(|(name, value)| (name, value.to_string_lossy().into_owned()))
        .collect()
}

/// Whether a `go.mod` or `go.work`, by its path in the tree that lies in `root`, builds with a folder
/// outside of that tree: the tree does not say what is built then. What cannot be read is in doubt.
#[must_use]
pub(crate) fn reaches_outside(root: &Utf8Path, file: &Utf8Path) -> bool {
    let Ok(text) = fs::read_to_string(root.join(file)) else { return true };
    let folder = file.parent().unwrap_or(Utf8Path::new(""));
    let real = root.canonicalize().ok();
    let leaves = |target: &str| {
        let Some(inside) = normal(&folder.join(target)) else { return true };
        // By a link. What is not there, go complains of.
        let led = root.join(inside).canonicalize().ok();
        Utf8Path::new(target).is_absolute()
            || led.zip(real.as_ref()).is_some_and(|(led, real)| !led.starts_with(real))
    };
    replaced_folders(&text).chain(used_folders(&text)).any(leaves)
}

/// The memory of one clone.
#[derive(Debug, Clone)]
pub(crate) struct Memory {
    folder: Utf8PathBuf,
}

impl Memory {
    /// The memory in a repository's common git directory.
    #[must_use]
    pub(crate) fn new(common_dir: &Utf8Path) -> Self {
        Self { folder: home(common_dir).join("passed") }
    }

    /// Whether exactly this has passed. A memory that cannot be read knows nothing.
    #[must_use]
    pub(crate) fn knows(&self, key: &Key) -> bool {
        let Ok(line) = serde_json::to_string(key) else { return false };
        let remembered = fs::read_to_string(self.folder.join(&key.tree)).unwrap_or_default();
        remembered.lines().any(|known| known == line)
    }

    /// The trees that passed last, the newest first.
    #[must_use]
    pub(crate) fn newest(&self, count: usize) -> Vec<String> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut trees: Vec<_> = entries
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                Some((entry.metadata().ok()?.modified().ok()?, name))
            })
            .collect();
        trees.sort_by(|one, other| other.cmp(one));
        trees.into_iter().take(count).map(|(_, name)| name).collect()
    }

    /// Remembers a pass; failing to do so costs only time.
    pub(crate) fn remember(&self, key: &Key) {
        if !self.knows(key) && self.write(key).is_some() {
            self.prune();
        }
    }

    fn write(&self, key: &Key) -> Option<()> {
        fs::create_dir_all(&self.folder).ok()?;
        let path = self.folder.join(&key.tree);
        let mut text = fs::read_to_string(&path).unwrap_or_default();
        text.push_str(&serde_json::to_string(key).ok()?);
        text.push('\n');
        // The environment in a key is private.
        files::replace(path.as_std_path(), text.as_bytes(), Mode::New(0o600)).ok()
    }

    /// Forgets the oldest trees.
    fn prune(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        let mut trees: Vec<_> = entries
            .flatten()
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        trees.sort();
        let surplus = trees.len().saturating_sub(TREES);
        for (_, path) in trees.drain(..surplus) {
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(tree: &str, settings: &str) -> Key {
        Key {
            covgate: CovgateIdentity { version: "1", size: 1, modified: (1, 1) },
            tree: tree.to_owned(),
            module: "".into(),
            go: GoIdentity {
                program: "/go".into(),
                size: 1,
                modified: (1, 1),
                version: "go1.26".to_owned(),
                settings: String::new(),
            },
            environment: BTreeMap::new(),
            settings: settings.to_owned(),
            with: Vec::new(),
        }
    }

    #[test]
    fn only_the_same_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let memory = Memory::new(Utf8Path::from_path(folder.path()).unwrap());
        assert!(!memory.knows(&key("a", "x")));
        memory.remember(&key("a", "x"));
        memory.remember(&key("a", "y"));
        assert!(memory.knows(&key("a", "x")) && memory.knows(&key("a", "y")));
        assert!(!memory.knows(&key("a", "z")));
        assert!(!memory.knows(&key("b", "x")));
    }

    #[test]
    fn coverage_from_elsewhere_is_known_by_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let of = |path: &str| contents(&folder.join(path));
        fs::create_dir(folder.join("data")).unwrap();
        let empty = of("data").unwrap();
        fs::write(folder.join("data/a"), "1").unwrap();
        let one = of("data").unwrap();
        assert_ne!(one, empty);
        fs::rename(folder.join("data/a"), folder.join("data/b")).unwrap();
        assert_ne!(of("data").unwrap(), one);
        fs::write(folder.join("data/b"), "2").unwrap();
        fs::rename(folder.join("data/b"), folder.join("data/a")).unwrap();
        assert_ne!(of("data").unwrap(), one);
        assert_ne!(of("data/a").unwrap(), one);
        assert_eq!(of("gone"), None);
        std::os::unix::fs::symlink("/", folder.join("data/link")).unwrap();
        assert!(is_in_tree(folder, &folder.join("data")));
        assert!(!is_in_tree(folder, &folder.join("data/link")));
        assert!(!is_in_tree(&folder.join("data"), &folder.join("data/..")));
        let paths = ["/a", "b", "../c"].map(str::to_owned);
        assert_eq!(outside(&paths).collect::<Vec<_>>(), ["/a"]);
    }

    #[test]
    fn modules_outside_are_not_in_the_tree() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        assert!(reaches_outside(folder, "go.mod".into()), "no go.mod to read");
        for (module, line, outside) in [
            ("", "replace a => ../a", true),
            ("", "replace a => ./../outside", true),
            ("", "replace a => ./x/../../outside", true),
            ("", "\ta => /abs/a // why", true),
            ("", "replace a => ./a", false),
            ("", "replace a => ./a/../b", false),
            ("sub", "replace a => ../a", false),
            ("sub", "replace a => ../../a", true),
            ("", "use ../a", true),
            ("sub", "use (\n\t../a\n)", false),
        ] {
            let file = Utf8Path::new(module).join("go.mod");
            fs::create_dir_all(folder.join(module)).unwrap();
            fs::write(folder.join(&file), format!("module m\n\n{line}\n")).unwrap();
            assert_eq!(reaches_outside(folder, &file), outside, "{module} {line}");
        }
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let memory = Memory::new(Utf8Path::from_path(folder.path()).unwrap());
        for tree in 0..TREES + 3 {
            memory.remember(&key(&format!("{tree:040}"), "x"));
        }
        assert_eq!(fs::read_dir(&memory.folder).unwrap().count(), TREES);
        assert!(memory.knows(&key(&format!("{:040}", TREES + 2), "x")));
    }

    #[test]
    fn a_broken_memory_remembers_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let memory = Memory::new(Utf8Path::from_path(folder.path()).unwrap());
        fs::create_dir_all(memory.folder.join("a")).unwrap();
        assert!(!memory.knows(&key("a", "x")));
        memory.remember(&key("a", "x"));
        fs::write(memory.folder.join("b"), b"\xff\x00{").unwrap();
        assert!(!memory.knows(&key("b", "x")));
    }
}
