//! Owns which packages' results can differ between two trees, from the files that differ and go's
//! own import graph.
//! Must not know how changes or packages are found. If in doubt, all packages are affected: a
//! change counts for single packages only if it provably cannot reach others.

use std::collections::{HashMap, HashSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::domain::pattern::relative;
use crate::tools::git::changes::Change;
use crate::tools::go::list::Listed;
use crate::tools::go::source;

/// Which packages a run is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All packages that the patterns name.
    All,
    /// Only those of them whose result can have changed.
    Affected {
        /// The files that differ.
        changes: Vec<Change>,
        /// The module's folder, from the repository's root.
        prefix: Utf8PathBuf,
        /// The folders of all `go.mod` files, from the repository's root.
        nested: Vec<Utf8PathBuf>,
    },
}

/// What a set of changes can affect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Everything, and why.
    All(String),
    /// These packages, by import path.
    Packages(HashSet<String>),
}

/// Decides what a set of changes can affect.
///
/// `listed` are all packages of the module, with imports and embedded files. `root` is the module's
/// folder; `prefix` is the same folder from the repository's root, as changes name it.
#[must_use]
pub fn reach(
    changes: &[Change],
    listed: &[Listed],
    root: &Utf8Path,
    prefix: &Utf8Path,
    nested: &[Utf8PathBuf],
) -> Reach {
    let graph = match Graph::new(listed, root) {
        Ok(graph) => graph,
        Err(why) => return Reach::All(why),
    };
    let mut touched = Touched::default();
    for change in changes {
        let Ok(path) = change.path.strip_prefix(prefix) else {
            return Reach::All(format!("{} lies outside the module", change.path));
        };
        // A replace directive can turn a folder that ./... does not list into a package.
        let inner = |folder: &&Utf8PathBuf| *folder != prefix && folder.starts_with(prefix);
        if nested.iter().filter(inner).any(|folder| change.path.starts_with(folder)) {
            return Reach::All(format!("{path} lies in a module inside the module"));
        }
        if let Err(why) = touched.add(path, change, &graph) {
            return Reach::All(why);
        }
    }
    Reach::Packages(graph.closure(&touched))
}

/// The packages that the changes touch directly, by import path.
#[derive(Debug, Default)]
struct Touched<'a> {
    /// Packages whose own code is touched, so that their importers are affected.
    build: HashSet<&'a str>,
    /// Packages of which only tests, data or the floor are touched: nobody imports those.
    tests: HashSet<&'a str>,
}

impl<'a> Touched<'a> {
    fn add(&mut self, path: &Utf8Path, change: &Change, graph: &Graph<'a>) -> Result<(), String> {
        let name = path.file_name().unwrap_or_default();
        let shared = ["go.mod", "go.sum", "go.work", "go.work.sum", crate::settings::FILE_NAME];
        if shared.contains(&name) || path.components().any(|element| element.as_str() == "vendor") {
            return Err(format!("{path} changed, which every package can depend on"));
        }
        if !change.ordinary {
            return Err(format!("{path} is a symbolic link or a submodule"));
        }
        let embedders = graph.embedders.get(path);
        for (package, build) in embedders.into_iter().flatten() {
            self.insert(package, *build);
        }
        let folder = path.parent().unwrap_or(Utf8Path::new(""));
        // A deleted file may have been embedded by this package or one further up.
        if change.deleted {
            graph.embedding_above(folder).for_each(|package| self.insert(package, true));
        }
        if let Some(owner) = testdata_owner(path) {
            let owner = graph.by_folder.get(owner).ok_or_else(|| unowned(path))?;
            self.insert(owner, false);
            return Ok(());
        }
        let source = path.extension().is_some_and(|ending| source::ENDINGS.contains(&ending));
        let own = name == crate::domain::floor::FILE_NAME || source;
        match graph.by_folder.get(folder) {
            Some(package) if own => {
                self.insert(package, source && !name.ends_with("_test.go"));
                Ok(())
            }
            // An embedded file that go does not build otherwise; tests beside it may read it.
            owner if embedders.is_some() && !source => {
                owner.into_iter().for_each(|package| self.insert(package, false));
                Ok(())
            }
            _ => Err(unowned(path)),
        }
    }

    fn insert(&mut self, package: &'a str, build: bool) {
        if build {
            self.build.insert(package)
        } else {
            self.tests.insert(package)
        };
    }
}

fn unowned(path: &Utf8Path) -> String {
    format!("{path} changed, and covgate cannot tell which packages that affects")
}

/// `a` for `a/testdata/b/c.txt`: to go's tools, testdata belongs to the package above it.
fn testdata_owner(path: &Utf8Path) -> Option<&Utf8Path> {
    path.ancestors()
        .skip(1)
        .filter(|folder| folder.file_name() == Some("testdata"))
        .last()?
        .parent()
}

/// The module's packages.
struct Graph<'a> {
    by_folder: HashMap<Utf8PathBuf, &'a str>,
    /// Embedded files, each with the packages that embed it, and whether the package itself does
    /// (and not only its tests).
    embedders: HashMap<Utf8PathBuf, Vec<(&'a str, bool)>>,
    listed: &'a [Listed],
}

impl<'a> Graph<'a> {
    fn new(listed: &'a [Listed], root: &Utf8Path) -> Result<Self, String> {
        let mut graph = Self { by_folder: HashMap::new(), embedders: HashMap::new(), listed };
        let known: HashSet<&str> =
            listed.iter().map(|package| package.import_path.as_str()).collect();
        for package in listed {
            // It is excluded, or the selection would have failed; and no package can import it.
            if package.is_malformed() {
                continue;
            }
            let path = package.import_path.as_str();
            if package.error.is_some() {
                return Err(format!("go cannot load package {path}"));
            }
            let folder = package
                .dir
                .strip_prefix(root)
                .map_err(|_| format!("package {path} lies outside the module's folder"))?;
            graph.by_folder.insert(folder.to_owned(), path);
            let embeds = package.embed_files.iter().map(|file| (file, true));
            let tests = package.test_embed_files.iter().chain(&package.x_test_embed_files);
            for (file, build) in embeds.chain(tests.map(|file| (file, false))) {
                graph.embedders.entry(folder.join(file)).or_default().push((path, build));
            }
            let module = package.module.as_ref().map_or("", |module| module.path.as_str());
            let hidden = imports(package).find(|import| {
                relative(module, import) != *import && !known.contains(import.as_str())
            });
            if let Some(hidden) = hidden {
                return Err(format!("{path} imports {hidden}, which ./... does not list"));
            }
        }
        Ok(graph)
    }

    fn embedding_above(&self, folder: &Utf8Path) -> impl Iterator<Item = &'a str> {
        let above = folder.ancestors().filter_map(|folder| self.by_folder.get(folder).copied());
        above.filter(|path| self.embedders.values().flatten().any(|(package, _)| package == path))
    }

    /// The touched packages and all that depend on them: through any number of package imports,
    /// then through one import by a test.
    fn closure(&self, touched: &Touched<'a>) -> HashSet<String> {
        let mut importers: HashMap<&str, Vec<&'a str>> = HashMap::new();
        for package in self.listed {
            for import in &package.imports {
                importers.entry(import).or_default().push(&package.import_path);
            }
        }
        let mut build: HashSet<&str> = touched.build.clone();
        let mut pending: Vec<&str> = build.iter().copied().collect();
        while let Some(package) = pending.pop() {
            let more = importers.get(package).into_iter().flatten();
            pending.extend(more.filter(|importer| build.insert(importer)));
        }
        let tests_reach = |package: &&Listed| {
            let mut imports = package.test_imports.iter().chain(&package.x_test_imports);
            imports.any(|import| build.contains(import.as_str()))
        };
        let by_tests =
            self.listed.iter().filter(tests_reach).map(|package| package.import_path.as_str());
        by_tests
            .chain(build.iter().copied())
            .chain(touched.tests.iter().copied())
            .map(str::to_owned)
            .collect()
    }
}

fn imports(package: &Listed) -> impl Iterator<Item = &String> {
    package.imports.iter().chain(&package.test_imports).chain(&package.x_test_imports)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tools::go::list::Module;

    fn package(path: &str, imports: &[&str], tests: &[&str]) -> Listed {
        let full = |path: &&str| format!("m/{path}");
        Listed {
            dir: format!("/repo/sub/{path}").into(),
            import_path: format!("m/{path}"),
            module: Some(Module { path: "m".to_owned() }),
            imports: imports.iter().map(full).collect(),
            x_test_imports: tests.iter().map(full).collect(),
            ..Listed::default()
        }
    }

    /// d → c → b → a are imports; t's tests import b; e embeds a file.
    fn module() -> Vec<Listed> {
        let mut e = package("e", &[], &[]);
        e.embed_files = vec!["static/app.js".to_owned()];
        vec![
            package("a", &[], &[]),
            package("b", &["a"], &[]),
            package("c", &["b"], &[]),
            package("d", &["c"], &[]),
            package("t", &[], &["b"]),
            package("u", &["t"], &[]),
            e,
        ]
    }

    fn change(path: &str) -> Change {
        Change::of(path.into())
    }

    fn after(paths: &[&str]) -> Result<Vec<String>, String> {
        let changes: Vec<_> = paths
            .iter()
            .map(|path| Change {
                deleted: path.starts_with('-'),
                ..change(&format!("sub/{}", path.trim_start_matches('-')))
            })
            .collect();
        match reach(&changes, &module(), "/repo/sub".into(), "sub".into(), &[]) {
            Reach::All(why) => Err(why),
            Reach::Packages(packages) => {
                let mut packages: Vec<_> =
                    packages.iter().map(|path| path.replace("m/", "")).collect();
                packages.sort();
                Ok(packages)
            }
        }
    }

    #[test]
    fn importers_are_affected_tests_included() {
        assert_eq!(after(&["b/x.go"]).unwrap(), ["b", "c", "d", "t"]);
        assert_eq!(after(&["d/x.go"]).unwrap(), ["d"]);
        assert_eq!(after(&["-c/x.s"]).unwrap(), ["c", "d"]);
        assert_eq!(after(&[]).unwrap(), [""; 0]);
    }

    #[test]
    fn tests_data_and_floors_stay_in_their_package() {
        for path in ["b/x_test.go", "b/testdata/deep/x.json", "b/testdata/x.go", "b/.covgate"] {
            assert_eq!(after(&[path]).unwrap(), ["b"], "{path}");
        }
    }

    #[test]
    fn embedded_files_belong_to_who_embeds_them() {
        assert_eq!(after(&["e/static/app.js"]).unwrap(), ["e"]);
        assert!(after(&["-e/static/old.js"]).is_err(), "what is gone may have been embedded");
    }

    #[test]
    fn what_was_embedded_from_testdata_and_is_gone_gates_importers() {
        let mut listed = module();
        listed[0].embed_files = vec!["testdata/kept".to_owned()];
        let gone = Change { deleted: true, ..change("sub/a/testdata/old") };
        let Reach::Packages(found) = reach(&[gone], &listed, "/repo/sub".into(), "sub".into(), &[])
        else {
            panic!("nothing here is in doubt");
        };
        assert!(["m/a", "m/b", "m/c", "m/d", "m/t"].iter().all(|path| found.contains(*path)));
    }

    #[test]
    fn a_module_in_testdata_widens() {
        let nested = ["sub".into(), "sub/a/testdata/lib".into()];
        let all = |path| {
            let changes = [change(path)];
            let reach = reach(&changes, &module(), "/repo/sub".into(), "sub".into(), &nested);
            matches!(reach, Reach::All(_))
        };
        assert!(all("sub/a/testdata/lib/x.go"));
        assert!(!all("sub/a/testdata/other/x.go"));
    }

    #[test]
    fn doubt_widens() {
        for path in [
            "go.mod",
            "go.sum",
            "go.work",
            "vendor/x/y.go",
            "covgate.toml",
            "README.md",
            "b/data.json",
            "gone/x.go",
            "e/static/x.go",
            "testdata/x",
            "b/vendor/x.go",
        ] {
            assert!(after(&["b/x.go", path]).is_err(), "{path}");
        }
        let outside = change("other/a.go");
        assert!(matches!(
            reach(&[outside], &module(), "/repo/sub".into(), "sub".into(), &[]),
            Reach::All(_)
        ));
        let link = Change { ordinary: false, ..change("sub/a/x.go") };
        assert!(matches!(
            reach(&[link], &module(), "/repo/sub".into(), "sub".into(), &[]),
            Reach::All(_)
        ));
    }

    #[test]
    fn imports_that_are_not_listed_widen() {
        let mut listed = module();
        listed[0].test_imports.push("m/a/testdata/gen".to_owned());
        assert!(matches!(
            reach(&[], &listed, "/repo/sub".into(), "sub".into(), &[]),
            Reach::All(_)
        ));
    }

    proptest! {
        /// Compares with the rule as written: X depends on Y if X or its tests import Y through any
        /// chain of imports.
        #[test]
        fn the_closure_is_complete(
            edges in proptest::collection::vec((0usize..8, 0usize..8, any::<bool>()), 0..20),
            changed in 0usize..8,
        ) {
            let name = |index: usize| format!("p{index}");
            let mut listed: Vec<_> = (0..8).map(|index| package(&name(index), &[], &[])).collect();
            for (from, to, test) in &edges {
                // Imports lead to lower numbers, so that there is no cycle; tests may import
                // anything.
                if *test {
                    listed[*from].x_test_imports.push(format!("m/{}", name(*to)));
                } else if from > to {
                    listed[*from].imports.push(format!("m/{}", name(*to)));
                }
            }
            fn depends(listed: &[Listed], from: &str, on: &str) -> bool {
                let package = listed.iter().find(|package| package.import_path == from).unwrap();
                from == on || package.imports.iter().any(|next| depends(listed, next, on))
            }
            let target = format!("m/p{changed}");
            let change = change(&format!("sub/p{changed}/x.go"));
            let Reach::Packages(found) = reach(&[change], &listed, "/repo/sub".into(), "sub".into(), &[]) else {
                panic!("nothing here is in doubt");
            };
            for package in &listed {
                let expected = depends(&listed, &package.import_path, &target)
                    || package.x_test_imports.iter().any(|next| depends(&listed, next, &target));
                prop_assert_eq!(found.contains(&package.import_path), expected, "{}", package.import_path);
            }
        }
    }
}
