//! Owns the question which packages' results can differ between two trees, from
//! the files that differ and go's own import graph.
//! Must not know how changes or packages are found.
//!
//! A package is reached by what it is built from, by what its tests can read in and below its folder, and,
//! if it is far-sighted (see `sight`), by anything that differs at all. It then goes into the run, where go's
//! own test cache, which knows the files that a test opened inside its module, decides whether its tests run
//! again. Where files outside of the module differ, there is no cache.

use std::collections::{BTreeSet, HashMap, HashSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::sight;
use super::since::Difference;
use crate::domain::floor;
use crate::domain::pattern::relative;
use crate::settings::FILE_NAME;
use crate::tools::git::changes::{ATTRIBUTES, Change};
use crate::tools::go::list::Listed;
use crate::tools::go::source;

/// What a set of changes can affect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Everything, and why.
    All(String),
    /// These packages, by import path.
    Packages(HashSet<String>),
}

/// Decides what a set of changes can affect.
///
/// `listed` are all packages of the module with imports and embedded files, those in `testdata` that they
/// import included; `root` is the module's folder; `replaced` are the folders, from the repository's root,
/// whose modules this one is built with.
#[must_use]
pub(crate) fn reach(
    difference: &Difference,
    listed: &[Listed],
    root: &Utf8Path,
    replaced: &[Utf8PathBuf],
) -> Reach {
    let graph = match Graph::new(listed, root) {
        Ok(graph) => graph,
        Err(why) => return Reach::All(why),
    };
    let mut touched = Touched::default();
    for change in &difference.changes {
        if let Err(why) = touched.add(change, difference, replaced, &graph) {
            return Reach::All(why);
        }
    }
    let mut packages = graph.closure(&touched);
    if !difference.changes.is_empty() {
        packages.extend(graph.closure(&graph.far_sighted()));
    }
    Reach::Packages(packages)
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
    fn add(
        &mut self,
        change: &Change,
        difference: &Difference,
        replaced: &[Utf8PathBuf],
        graph: &Graph<'a>,
    ) -> Result<(), String> {
        let Change { path, .. } = change;
        if !change.ordinary {
            return Err(format!("{path} is a symbolic link or a submodule"));
        }
        // Files that do not differ may hold other bytes where they are checked out.
        if path.file_name() == Some(ATTRIBUTES) {
            return Err(format!("{path} changed, which says how git writes files"));
        }
        // Floors there are of no build here.
        let is_floor =
            [floor::FILE_NAME, FILE_NAME].contains(&path.file_name().unwrap_or_default());
        let reaches = |of: &Utf8PathBuf| path == of || !is_floor && path.starts_with(of);
        if replaced.iter().any(reaches) {
            return Err(format!("{path} lies in a module that this one is built with"));
        }
        let (prefix, nested) = (&difference.prefix, &difference.nested);
        let inner = |folder: &&Utf8PathBuf| *folder != prefix && folder.starts_with(prefix);
        let elsewhere = nested.iter().filter(inner).any(|folder| path.starts_with(folder));
        match path.strip_prefix(prefix) {
            Ok(path) if !elsewhere => self.add_inside(path, change, graph),
            // A package above can read it; go sees nothing of it.
            Ok(path) => {
                self.add_readers(path, false, graph);
                Ok(())
            }
            // Only the far-sighted can see it.
            Err(_) => Ok(()),
        }
    }

    /// A change in the module, by its path there.
    fn add_inside(
        &mut self,
        path: &Utf8Path,
        change: &Change,
        graph: &Graph<'a>,
    ) -> Result<(), String> {
        let name = path.file_name().unwrap_or_default();
        let shared = ["go.mod", "go.sum", FILE_NAME];
        let below = |folder: &str| path.components().any(|element| element.as_str() == folder);
        if shared.contains(&name) && !below("testdata") || below("vendor") {
            return Err(format!("{path} changed, which every package can depend on"));
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
        // A folder that git does not know may hold packages.
        if change.path.as_str().ends_with('/') {
            let inside = graph.by_folder.iter().filter(|(folder, _)| folder.starts_with(path));
            inside.for_each(|(_, package)| self.insert(package, true));
        }
        let is_source = source::is_source(path);
        if is_source && !name.ends_with("_test.go") {
            match graph.by_folder.get(folder) {
                Some(package) => self.insert(package, true),
                // C can be included from above.
                None => self.add_readers(path, path.extension() != Some("go"), graph),
            }
        }
        self.add_readers(path, false, graph);
        Ok(())
    }

    /// The packages whose tests can read a file without leaving their folder: that of its own folder, and
    /// all above.
    fn add_readers(&mut self, path: &Utf8Path, build: bool, graph: &Graph<'a>) {
        let above = path.ancestors().skip(1).filter_map(|folder| graph.by_folder.get(folder));
        above.for_each(|package| self.insert(package, build));
    }

    fn insert(&mut self, package: &'a str, build: bool) {
        if build {
            self.build.insert(package)
        } else {
            self.tests.insert(package)
        };
    }
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
        for package in listed {
            let path = package.import_path.as_str();
            // Nothing can import what is no import path.
            if package.is_malformed() {
                continue;
            }
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
        }
        match hidden_imports(listed).first() {
            Some(hidden) => Err(format!("a package imports {hidden}, which go does not list")),
            None => Ok(graph),
        }
    }

    fn embedding_above(&self, folder: &Utf8Path) -> impl Iterator<Item = &'a str> {
        let above = folder.ancestors().filter_map(|folder| self.by_folder.get(folder).copied());
        above.filter(|path| self.embedders.values().flatten().any(|(package, _)| package == path))
    }

    /// The packages that can name a path outside their own folder.
    fn far_sighted(&self) -> Touched<'a> {
        let mut far = Touched::default();
        for package in self.listed.iter().filter(|package| !package.is_malformed()) {
            let (code, tests) = sight::far(&package.dir);
            if code {
                far.build.insert(&package.import_path);
            }
            if tests {
                far.tests.insert(&package.import_path);
            }
        }
        far
    }

    /// The touched packages and all that depend on them: through imports of packages any number of
    /// times, then once through imports of tests.
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

/// Whether one of the packages can name a path outside its own folder.
#[must_use]
pub(crate) fn see_far(listed: &[Listed]) -> bool {
    let mut packages = listed.iter().filter(|package| !package.is_malformed());
    packages.any(|package| sight::far(&package.dir) != (false, false))
}

/// Whether any Go source in a folder or below it can name a path outside its own folder, whoever builds
/// it; in its code, or in its tests. What cannot be read may.
#[must_use]
pub(crate) fn sees_far_below(folder: &Utf8Path) -> (bool, bool) {
    let (mut code, mut tests) = sight::far(folder);
    let Ok(entries) = folder.read_dir_utf8() else { return (true, true) };
    for entry in entries.flatten() {
        if code && tests {
            break;
        }
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && entry.file_name() != ".git" {
            let (in_code, in_tests) = sees_far_below(entry.path());
            (code, tests) = (code || in_code, tests || in_tests);
        }
    }
    (code, tests)
}

/// The packages of the modules that others import and that the list lacks: go leaves `testdata` out of
/// patterns.
#[must_use]
pub(crate) fn hidden_imports(listed: &[Listed]) -> Vec<String> {
    let known: HashSet<&str> = listed.iter().map(|package| package.import_path.as_str()).collect();
    let modules: HashSet<&str> = listed
        .iter()
        .filter_map(|package| package.module.as_ref())
        .map(|module| module.path.as_str())
        .collect();
    let is_inside = |import: &str| modules.iter().any(|module| relative(module, import) != import);
    let hidden = listed.iter().flat_map(|package| {
        let imports = package.imports.iter().chain(&package.test_imports);
        let imports = imports.chain(&package.x_test_imports);
        imports.filter(|import| !known.contains(import.as_str()) && is_inside(import))
    });
    hidden.collect::<BTreeSet<_>>().into_iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::tools::go::list::Module;

    /// The module's folder; that of each package is there.
    static ROOT: LazyLock<(tempfile::TempDir, Utf8PathBuf)> = LazyLock::new(|| {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap().join("sub");
        (folder, root)
    });

    fn package(path: &str, imports: &[&str], tests: &[&str]) -> Listed {
        let full = |path: &&str| format!("m/{path}");
        let dir = ROOT.1.join(path);
        std::fs::create_dir_all(&dir).unwrap();
        Listed {
            dir,
            import_path: format!("m/{path}"),
            module: Some(Module { path: "m".to_owned(), ..Module::default() }),
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

    fn reached(changes: Vec<Change>, listed: &[Listed], nested: &[&str]) -> Reach {
        let difference = Difference {
            base: "base".to_owned(),
            changes,
            prefix: "sub".into(),
            nested: nested.iter().map(Into::into).collect(),
            narrows: true,
        };
        reach(&difference, listed, &ROOT.1, &["sub/replaced".into()])
    }

    fn after(paths: &[&str]) -> Result<Vec<String>, String> {
        let changes: Vec<_> = paths
            .iter()
            .map(|path| Change {
                deleted: path.starts_with('-'),
                ..change(&format!("sub/{}", path.trim_start_matches('-')))
            })
            .collect();
        match reached(changes, &module(), &[]) {
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
        assert_eq!(after(&["-e/static/old.js"]).unwrap(), ["e"]);
    }

    /// What go does not build is read by tests, in their own folder and below it.
    #[test]
    fn other_files_belong_to_the_packages_above() {
        assert_eq!(after(&["b/data.json"]).unwrap(), ["b"]);
        assert_eq!(after(&["b/deep/er/data.json"]).unwrap(), ["b"]);
        assert_eq!(after(&["README.md"]).unwrap(), [""; 0]);
        let mut listed = module();
        listed.push(package("", &[], &[]));
        let Reach::Packages(found) = reached(vec![change("sub/b/x.json")], &listed, &[]) else {
            panic!("nothing here is in doubt");
        };
        assert_eq!(found, HashSet::from(["m/b".to_owned(), "m/".to_owned()]));
    }

    #[test]
    fn packages_in_testdata_reach_who_imports_them() {
        let mut listed = module();
        listed[0].x_test_imports.push("m/a/testdata/gen".to_owned());
        let Reach::All(why) = reached(Vec::new(), &listed, &[]) else { panic!("it is not listed") };
        assert!(why.contains("m/a/testdata/gen"), "{why}");
        assert_eq!(hidden_imports(&listed), ["m/a/testdata/gen"]);
        listed.push(package("a/testdata/gen", &[], &[]));
        let packages = reached(vec![change("sub/a/testdata/gen/x.go")], &listed, &[]);
        let expected = HashSet::from(["m/a".to_owned(), "m/a/testdata/gen".to_owned()]);
        assert_eq!(packages, Reach::Packages(expected));
    }

    #[test]
    fn other_modules_reach_nobody_unless_this_one_is_built_with_them() {
        let nested = ["sub", "sub/inner", "other"];
        let after = |path: &str| reached(vec![change(path)], &module(), &nested);
        for path in ["other/x.go", "sub/inner/x.go", "README.md"] {
            assert_eq!(after(path), Reach::Packages(HashSet::new()), "{path}");
        }
        assert!(matches!(after("sub/replaced/x.go"), Reach::All(_)));
    }

    #[test]
    fn the_far_sighted_and_who_is_built_with_them_see_everything() {
        let mut listed = module();
        listed.extend([
            package("far", &[], &[]),
            package("g", &["far"], &[]),
            package("h", &[], &["g"]),
        ]);
        listed.push(package("tests", &[], &[]));
        listed.push(package("i", &["tests"], &[]));
        let write = |path: &str, text: &str| std::fs::write(ROOT.1.join(path), text).unwrap();
        write("far/x.go", "package far\nvar _, _, _, _ = runtime.Caller(0)\n");
        write("tests/x_test.go", "package tests\nconst x = \"../y\"\n");
        let Reach::Packages(found) = reached(vec![change("README.md")], &listed, &[]) else {
            panic!("nothing here is in doubt");
        };
        let expected = ["m/far", "m/g", "m/h", "m/tests"].map(str::to_owned);
        assert_eq!(found, HashSet::from(expected));
        assert_eq!(reached(Vec::new(), &listed, &[]), Reach::Packages(HashSet::new()));
    }

    #[test]
    fn a_folder_that_git_does_not_know_touches_all_in_it() {
        assert_eq!(after(&["b/"]).unwrap(), ["b", "c", "d", "t"]);
    }

    #[test]
    fn doubt_widens() {
        for path in ["go.mod", "go.sum", "vendor/x/y.go", "covgate.toml", "b/vendor/x.go"] {
            assert!(after(&["b/x.go", path]).is_err(), "{path}");
        }
        // Those of a folder above count too.
        for path in [".gitattributes", "sub/b/.gitattributes"] {
            let reach = reached(vec![change(path)], &module(), &[]);
            assert!(matches!(reach, Reach::All(_)), "{path}");
        }
        let link = Change { ordinary: false, ..change("sub/a/x.go") };
        assert!(matches!(reached(vec![link], &module(), &[]), Reach::All(_)));
        let mut listed = module();
        listed[0].error = Some(crate::tools::go::list::ListError::default());
        assert!(matches!(reached(Vec::new(), &listed, &[]), Reach::All(_)));
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
            let Reach::Packages(found) = reached(vec![change], &listed, &[]) else {
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
