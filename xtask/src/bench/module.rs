//! Owns the modules that the benchmark measures: their packages, imports, and which have tests where.
//! Each is the same for the same number of packages, on every machine. It must not know how it is
//! measured, or what is in a function (`source.rs` does).

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};

use super::source::{self, FUNCTIONS, HEAVY, Lcg};

const MODULE: &str = "bench.example/weight";
/// Which heavy parts of the standard library a package uses, counted from its own number: a dozen
/// different choices, some of which neighbours share.
const HEAVY_STEPS: [usize; 4] = [0, 1, 4, 6];

/// What a module is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Packages that take long to compile, with tests in their own folders.
    Heavy,
    /// The same with tests outside, and every second one also with tests of its own.
    Outside,
    /// Packages that take no time at all, each with tests.
    Small,
}

impl Shape {
    pub(crate) fn layers(self) -> usize {
        if self == Self::Outside { 2 } else { 4 }
    }

    /// Files of a package that hold nothing but functions.
    fn files(self) -> usize {
        if self == Self::Small { 1 } else { 3 }
    }

    /// Where the packages are.
    pub(crate) fn root(self) -> &'static str {
        if self == Self::Outside { "pkg/" } else { "" }
    }
}

/// Makes a new module in `dir`.
pub(crate) fn generate(dir: &Utf8Path, shape: Shape, packages: usize) -> Result<()> {
    if dir.exists() {
        fs::remove_dir_all(dir).with_context(|| format!("cannot remove {dir}"))?;
    }
    write(dir, "go.mod", &format!("module {MODULE}\n\ngo 1.22\n"))?;
    for index in 0..packages {
        let package = Package { index, packages, shape };
        for (file, text) in package.files() {
            write(dir, file.as_str(), &text)?;
        }
    }
    backdate(dir)
}

fn write(dir: &Utf8Path, file: &str, text: &str) -> Result<()> {
    let path = dir.join(file);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).with_context(|| format!("cannot create {parent}"))?;
    }
    fs::write(&path, text).with_context(|| format!("cannot write {path}"))
}

/// Go caches no test result that depends on a file younger than 2 s, and hashes the index of no
/// directory that young. A module made this second would never count as unchanged.
fn backdate(dir: &Utf8Path) -> Result<()> {
    let past = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    for entry in dir.read_dir_utf8()? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            backdate(entry.path())?;
        } else {
            File::options().append(true).open(entry.path())?.set_modified(past)?;
        }
    }
    // Directories come last: writing in one would make it young again.
    Ok(File::open(dir)?.set_modified(past)?)
}

/// One package, identified by its position in the module.
struct Package {
    index: usize,
    /// How many packages the module has.
    packages: usize,
    shape: Shape,
}

impl Package {
    fn name(&self) -> String {
        format!("p{:02}", self.index)
    }

    fn layer(&self) -> usize {
        self.index * self.shape.layers() / self.packages
    }

    fn dir(&self) -> Utf8PathBuf {
        format!("{}layer{}/{}", self.shape.root(), self.layer(), self.name()).into()
    }

    /// Whether it has tests in its folder; two of three heavy packages do.
    fn is_tested(&self) -> bool {
        match self.shape {
            Shape::Heavy => self.index % 3 != 2,
            Shape::Outside => self.index.is_multiple_of(2),
            Shape::Small => true,
        }
    }

    /// The folder with tests in a package of their own; of the heavy ones, every third tested
    /// package has some, beside its others.
    fn tests_outside(&self) -> Option<Utf8PathBuf> {
        match self.shape {
            Shape::Heavy => (self.index % 9 == 4).then(|| self.dir()),
            Shape::Outside => Some(format!("tests/layer{}/{}", self.layer(), self.name()).into()),
            Shape::Small => None,
        }
    }

    /// Up to three packages of the layer below.
    fn imports(&self) -> Vec<Self> {
        let below: Vec<usize> = (0..self.index)
            .filter(|&index| self.other(index).layer() + 1 == self.layer())
            .collect();
        let mut picked: Vec<usize> = (0..3.min(below.len()))
            .filter_map(|turn| below.get((self.index * 7 + turn * 5) % below.len()).copied())
            .collect();
        picked.sort_unstable();
        picked.dedup();
        picked.into_iter().map(|index| self.other(index)).collect()
    }

    fn other(&self, index: usize) -> Self {
        Self { index, ..*self }
    }

    /// The files: path in the module, and text.
    fn files(&self) -> Vec<(Utf8PathBuf, String)> {
        let (name, dir) = (self.name(), self.dir());
        let mut files = vec![(dir.join(format!("{name}.go")), self.head())];
        let mut random = Lcg::new(self.index);
        for file in 0..self.shape.files() {
            let first = file * FUNCTIONS;
            files.push((
                dir.join(format!("calc{file}.go")),
                source::functions(&name, first, &mut random),
            ));
        }
        let steps = HEAVY_STEPS.into_iter().filter(|_| self.shape != Shape::Small);
        for (turn, step) in steps.enumerate() {
            let heavy = &HEAVY[(self.index + step) % HEAVY.len()];
            files.push((
                dir.join(format!("{}.go", heavy.name)),
                source::in_package(&name, heavy.code),
            ));
            // Only half of them are tested.
            if self.is_tested() && turn % 2 == 0 {
                files.push((
                    dir.join(format!("{}_test.go", heavy.name)),
                    source::in_package(&name, heavy.test),
                ));
            }
        }
        if self.is_tested() {
            files.push((
                dir.join(format!("{name}_test.go")),
                source::tests(&name, self.shape.files() * FUNCTIONS),
            ));
        }
        if let Some(folder) = self.tests_outside() {
            let import = format!("{MODULE}/{dir}");
            files.push((folder.join("outside_test.go"), source::outside_tests(&name, &import)));
        }
        files
    }

    /// The file that imports the layer below.
    fn head(&self) -> String {
        let imports = self.imports();
        let lines = |line: &dyn Fn(&Self) -> String| imports.iter().map(line).collect::<String>();
        let block = if imports.is_empty() {
            String::new()
        } else {
            let lines = lines(&|import| format!("\t\"{MODULE}/{}\"\n", import.dir()));
            format!("import (\n{lines})\n\n")
        };
        let name = self.name();
        let sum = lines(&|import| format!("\tsum += {}.Weigh(n - 1)\n", import.name()));
        format!(
            "// Package {name} is made up, to weigh something.\n\
             package {name}\n\n\
             {block}\
             // Weigh adds up what this package and those below make of n.\n\
             func Weigh(n int) int {{\n\
             \tif n <= 0 {{\n\t\treturn 0\n\t}}\n\
             \tsum := calc0(n)\n\
             {sum}\
             \treturn sum\n\
             }}\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const PACKAGES: usize = 48;

    fn packages() -> impl Iterator<Item = Package> {
        let shapes = [Shape::Heavy, Shape::Outside, Shape::Small].into_iter();
        shapes.flat_map(|shape| {
            (0..PACKAGES).map(move |index| Package { index, packages: PACKAGES, shape })
        })
    }

    #[test]
    fn the_same_module_every_time() {
        for (one, other) in std::iter::zip(packages(), packages()) {
            assert_eq!(one.files(), other.files());
        }
    }

    #[test]
    fn imports_go_one_layer_down() {
        for this in packages() {
            for import in this.imports() {
                assert_eq!(import.layer() + 1, this.layer());
            }
            assert_eq!(this.imports().is_empty(), this.layer() == 0);
        }
    }

    #[test]
    fn no_file_is_written_twice() {
        for package in packages() {
            let files = package.files();
            let names: BTreeSet<_> = files.iter().map(|(name, _)| name).collect();
            assert_eq!(names.len(), files.len());
        }
    }

    #[test]
    fn files_are_old_enough_to_be_cached() {
        let dir = tempfile::tempdir().unwrap();
        let dir = Utf8Path::from_path(dir.path()).unwrap().join("module");
        generate(&dir, Shape::Heavy, 4).unwrap();
        for path in ["", "go.mod", "layer0", "layer0/p00/p00.go"] {
            let age = dir.join(path).metadata().unwrap().modified().unwrap().elapsed();
            assert!(age.unwrap() > Duration::from_secs(3600), "{path:?}");
        }
    }
}
