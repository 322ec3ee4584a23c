//! Owns the model of a random module: its packages, their imports and files, and what their tests read.
//! Must not know how a module is written to disk, edited or gated.
//!
//! Each package has one function, which adds up a number of its own, the results of its imports and
//! what it embeds, and branches on each. So an edit changes results and coverage in everything above it.
//! Its tests expect the results and the texts of the base.
//!
//! There are no tests that go's own test cache gets wrong, since covgate promises no more than that
//! cache: tests that start a process which reads a file, and tests that read outside the module.

#![expect(clippy::panic, reason = "support of tests")]

use std::collections::{BTreeMap, BTreeSet};

use super::dice::Random;
use super::text::{self, Entry, Files};

/// Texts of a folder's files, by name.
pub(super) type Texts = BTreeMap<String, String>;

#[derive(Clone)]
pub(super) struct Package {
    /// From the module's root, so empty for a package there; `pkg/p1/p3` is in `pkg/p1`.
    pub(super) path: String,
    /// The indices of its imports; each is smaller than its own.
    pub(super) imports: BTreeSet<usize>,
    pub(super) number: i64,
    pub(super) limit: i64,
    pub(super) untested: usize,
    pub(super) data: Texts,
    pub(super) testdata: Texts,
    /// The package whose folder it embeds, and which of the two folders.
    pub(super) embeds: Option<(usize, &'static str)>,
    /// A package in its `testdata`.
    pub(super) hidden: Option<Hidden>,
    /// Whether it imports the module `lib`.
    pub(super) lib: bool,
    /// The number in a source file that git ignores, as generated sources are.
    pub(super) made: Option<i64>,
    /// The symbolic links in its folder, and their targets from the module's root.
    pub(super) links: BTreeMap<&'static str, String>,
    pub(super) tests: Tests,
    pub(super) floor: Option<String>,
    /// Comments at the end of the source file.
    pub(super) comments: usize,
    pub(super) source: &'static str,
}

/// A package in `testdata`, which go leaves out of its patterns; only tests import it.
#[derive(Clone)]
pub(super) struct Hidden {
    pub(super) number: i64,
    pub(super) import: Option<usize>,
}

#[derive(Clone)]
pub(super) struct Tests {
    pub(super) place: Place,
    /// The calls: the function, the argument, and the result in the base.
    pub(super) calls: Vec<(usize, i64, Option<i64>)>,
    /// The hidden packages that are called, by owner, and their results in the base.
    pub(super) hidden: Vec<(usize, i64)>,
    pub(super) reads: Vec<Read>,
    /// The length of all `*.dat` files in its folder together.
    pub(super) globs: Option<usize>,
}

/// Where tests are: in the package itself, in a package of their own, or in a folder under `tests`.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Place {
    Inside,
    Beside,
    Outside,
}

/// A file that a test reads.
#[derive(Clone)]
pub(super) struct Read {
    pub(super) how: How,
    /// From the module's root.
    pub(super) path: String,
    pub(super) want: String,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum How {
    /// By a path from the test's folder, which may lead out of it.
    Relative,
    /// From the root, found by walking up to `go.mod`.
    Walk,
    /// From the root, found by the package `where`.
    Helper,
}

/// How the package `where` finds the root.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Helper {
    Caller,
    Walk,
}

/// How git converts `.txt` files.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Attribute {
    /// A checkout writes their lines with CR LF.
    LineEnds,
    /// A clean filter changes each z to y, and nothing changes it back.
    OneWay,
}

#[derive(Clone)]
pub(super) struct Module {
    pub(super) packages: Vec<Option<Package>>,
    /// Whether tests may be outside their packages.
    pub(super) outside: bool,
    pub(super) helper: Option<Helper>,
    /// The result of the module `lib`, which the folder `lib` replaces.
    pub(super) lib: Option<i64>,
    /// Whether there are files that git ignores; a clone lacks them.
    pub(super) ignored: bool,
    pub(super) attribute: Option<Attribute>,
    /// Whether `irrelevant` names the documentation.
    pub(super) irrelevant: bool,
    /// Files that belong to no package, and changed or removed files of any.
    pub(super) loose: BTreeMap<String, Option<Entry>>,
}

impl Module {
    pub(super) fn new(random: &mut Random) -> Self {
        let outside = random.percent(30);
        let helper = match random.below(5) {
            0 => Some(Helper::Caller),
            1 => Some(Helper::Walk),
            _ => None,
        };
        let attribute = match random.below(5) {
            0 => Some(Attribute::LineEnds),
            1 => Some(Attribute::OneWay),
            _ => None,
        };
        let mut module = Self {
            packages: Vec::new(),
            outside,
            helper,
            lib: random.percent(30).then(|| random.below(4) as i64),
            ignored: random.percent(30),
            attribute,
            irrelevant: random.percent(25),
            loose: BTreeMap::new(),
        };
        for path in ["README.md", "docs/guide.md", "notes.txt"] {
            module.write(path, "x\n");
        }
        if random.percent(30) {
            // A module that nobody uses.
            module.write("other/go.mod", "module other\n\ngo 1.22\n");
            module.write("other/x.go", "package other\n");
            module.write("other/x.txt", "x\n");
        }
        for _ in 0..4 + random.below(5) {
            module.add(random);
        }
        // Now all results are known.
        for index in module.live() {
            module.embed_from_above(index, random);
        }
        for index in module.live() {
            module.call(index, random);
            module.look_around(index, random);
        }
        module
    }

    pub(super) fn write(&mut self, path: &str, text: &str) {
        self.loose.insert(path.to_owned(), Some(Entry::Text(text.to_owned())));
    }

    /// Adds a package, without tests.
    pub(super) fn add(&mut self, random: &mut Random) {
        let index = self.packages.len();
        let live = self.live();
        let parent = live.get(random.below(live.len() + 3)).map(|parent| self.path(*parent));
        let folder = match parent {
            Some(parent) if !parent.is_empty() => format!("{parent}/"),
            _ if self.outside => "pkg/".to_owned(),
            _ => String::new(),
        };
        let at_root = index == 0 && !self.outside && random.percent(30);
        let chance = if live.len() < 3 { 60 } else { 35 };
        let imports = live.iter().copied().filter(|_| random.percent(chance)).collect();
        let mut files = |names: &[&str]| -> Texts {
            let mut text = || format!("{}\n", ["x", "y", "xy"][random.below(3)]);
            names.iter().map(|name| ((*name).to_owned(), text())).collect()
        };
        let (data, testdata) = (files(&["a.txt", "b.txt"]), files(&["in.txt", "out.txt"]));
        let place = match random.below(4) {
            0 | 1 => Place::Beside,
            2 if self.outside => Place::Outside,
            _ => Place::Inside,
        };
        let import = random.pick(&live).filter(|_| random.percent(50));
        let hidden = random.percent(25);
        self.packages.push(Some(Package {
            path: if at_root { String::new() } else { format!("{folder}p{index}") },
            imports,
            number: random.below(4) as i64,
            limit: random.below(3) as i64,
            untested: 0,
            embeds: random.percent(45).then(|| (index, ["data", "testdata"][random.below(2)])),
            hidden: hidden.then(|| Hidden { number: random.below(4) as i64, import }),
            lib: self.lib.is_some() && random.percent(30),
            made: (self.ignored && random.percent(25)).then(|| random.below(4) as i64),
            links: BTreeMap::new(),
            tests: Tests {
                place,
                calls: Vec::new(),
                hidden: Vec::new(),
                reads: Vec::new(),
                globs: None,
            },
            data,
            testdata,
            floor: None,
            comments: 0,
            source: "a.go",
        }));
    }

    /// A package further up may embed a folder of this one.
    fn embed_from_above(&mut self, index: usize, random: &mut Random) {
        let path = self.path(index);
        let above = (0..index).find(|above| {
            let package = self.packages[*above].as_ref();
            package.is_some_and(|above| text::is_below(&path, &above.path))
        });
        if let Some(above) = above.filter(|_| random.percent(30)) {
            self.package(above).embeds = Some((index, ["data", "testdata"][random.below(2)]));
        }
    }

    /// Adds tests that expect the current results. Tests in a package of their own may import packages
    /// that import theirs.
    pub(super) fn call(&mut self, index: usize, random: &mut Random) {
        let mut targets = vec![index];
        if self.package(index).tests.place != Place::Inside {
            let others = self.live().into_iter().filter(|other| *other != index);
            targets.extend(others.filter(|_| random.percent(25)));
        }
        for target in targets {
            for argument in 0..random.below(3) as i64 + i64::from(target == index) {
                let want = random.percent(70).then(|| self.value(target, argument));
                self.package(index).tests.calls.push((target, argument, want));
            }
        }
    }

    /// Lets tests import hidden packages and read files. Hidden packages come from packages with a smaller
    /// index: otherwise an import cycle could arise.
    fn look_around(&mut self, index: usize, random: &mut Random) {
        let live = self.live();
        for owner in live.iter().copied().filter(|owner| *owner <= index) {
            if self.package(owner).hidden.is_some() && random.percent(50) {
                let want = self.hidden(owner);
                self.package(index).tests.hidden.push((owner, want));
            }
        }
        if random.percent(20) {
            let target = random.pick(&live).unwrap_or(index);
            let target = text::join(&self.path(target), "testdata/in.txt");
            self.package(index).links.insert("link.txt", target);
        }
        if random.percent(15) {
            let target = random.pick(&live).unwrap_or(index);
            let target = text::join(&self.path(target), "data");
            self.package(index).links.insert("linked", target);
        }
        let path = self.path(index);
        let in_place = self.package(index).tests.place != Place::Outside;
        if self.ignored && in_place && random.percent(35) {
            self.write(&text::join(&path, "a.dat"), "x\n");
            self.package(index).tests.globs = Some(2);
        }
        let files = text::files(self);
        for (how, target) in self.targets(index, &files, random) {
            if let Some(want) = text::resolve(&files, &target) {
                self.package(index).tests.reads.push(Read { how, path: target, want });
            }
        }
    }

    fn targets(&self, index: usize, files: &Files, random: &mut Random) -> Vec<(How, String)> {
        let path = self.path(index);
        let mut targets = Vec::new();
        for own in ["testdata/in.txt", "link.txt", "linked/a.txt"] {
            if random.percent(if own.starts_with("link") { 100 } else { 30 }) {
                targets.push((How::Relative, text::join(&path, own)));
            }
        }
        let is_data = |path: &&String| path.ends_with(".txt") || path.ends_with(".md");
        let is_documentation = |path: &str| path.ends_with(".md");
        let all: Vec<&String> = files
            .keys()
            .filter(is_data)
            .filter(|path| !self.irrelevant || !is_documentation(path))
            .collect();
        let mut hows = vec![How::Relative, How::Walk];
        hows.extend(self.helper.map(|_| How::Helper));
        let chance = if self.helper.is_some() { 35 } else { 20 };
        if random.percent(chance)
            && let (Some(how), Some(target)) = (random.pick(&hows), random.pick(&all))
        {
            targets.push((how, target.clone()));
        }
        // A package at the root need not leave its folder to see these.
        let from_root = [("docs/guide.md", !self.irrelevant), ("other/x.txt", true)];
        for (path, _) in from_root.into_iter().filter(|(_, wanted)| path.is_empty() && *wanted) {
            targets.push((How::Relative, path.to_owned()));
        }
        targets
    }

    pub(super) fn reads_by_absolute_paths(&self) -> bool {
        let mut reads = self.packages.iter().flatten().flat_map(|package| &package.tests.reads);
        self.helper.is_some() || reads.any(|read| read.how != How::Relative)
    }

    pub(super) fn package(&mut self, index: usize) -> &mut Package {
        self.packages[index].as_mut().unwrap_or_else(|| panic!("package {index} is gone"))
    }

    pub(super) fn live(&self) -> Vec<usize> {
        (0..self.packages.len()).filter(|index| self.packages[*index].is_some()).collect()
    }

    pub(super) fn path(&self, index: usize) -> String {
        // A removed package is still imported until somebody fixes that.
        self.packages[index].as_ref().map_or(format!("gone{index}"), |package| package.path.clone())
    }

    /// A text as it is on disk.
    pub(super) fn on_disk(&self, text: &str) -> String {
        match self.attribute {
            Some(Attribute::LineEnds) => text.replace('\n', "\r\n"),
            _ => text.to_owned(),
        }
    }

    /// The result of a package's function.
    fn value(&self, index: usize, argument: i64) -> i64 {
        let Some(package) = &self.packages[index] else { return 0 };
        let mut sum = package.number + package.made.unwrap_or(0);
        if argument > package.limit {
            sum += 3;
        }
        let imports = package.imports.iter().map(|import| self.value(*import, argument));
        let lib = self.lib.filter(|_| package.lib);
        for returned in imports.chain(lib) {
            sum += if returned % 2 == 0 { 1 } else { 2 };
        }
        if let Some((owner, folder)) = package.embeds
            && let Some(owner) = &self.packages[owner]
        {
            let in_data = folder == "data";
            let files = if in_data { &owner.data } else { &owner.testdata };
            sum += files.values().map(|text| self.on_disk(text).len() as i64).sum::<i64>();
            let entries = files.len() + usize::from(!in_data && owner.hidden.is_some());
            if entries > 1 {
                sum += 5;
            }
        }
        sum
    }

    /// The result of a package's hidden package.
    fn hidden(&self, owner: usize) -> i64 {
        let hidden = self.packages[owner].as_ref().and_then(|owner| owner.hidden.as_ref());
        let import = |hidden: &Hidden| hidden.import.map_or(0, |import| self.value(import, 1));
        hidden.map_or(0, |hidden| hidden.number + import(hidden))
    }
}
