//! Random modules and random edits: if the base passes, gating only the affected packages never
//! passes what gating all would refuse.
//!
//! Each package has one function, which adds up a number of its own, the results of its imports and
//! what it embeds, and branches on each. So an edit changes results and coverage in everything
//! above it.

#![expect(clippy::panic, reason = "support of tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::repository::{Ran, Repository};

/// splitmix64, which gives the same edits on every machine.
#[derive(Clone)]
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap_or(0)
    }

    /// True in this percentage of cases.
    fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// A folder's files, by name.
type Files = BTreeMap<String, String>;

#[derive(Clone)]
struct Package {
    /// From the module's root; `pkg/p1/p3` is in `pkg/p1`.
    path: String,
    /// The indices of its imports; each is smaller than its own.
    imports: BTreeSet<usize>,
    number: i64,
    limit: i64,
    untested: usize,
    data: Files,
    testdata: Files,
    /// The package whose folder it embeds, and which of the two folders.
    embeds: Option<(usize, &'static str)>,
    tests: Tests,
    floor: Option<String>,
    /// Comments at the end of the source file.
    comments: usize,
    source: &'static str,
}

#[derive(Clone)]
struct Tests {
    /// Where its tests are: in the package itself, in a package of their own, or in a folder under
    /// `tests`.
    place: Place,
    /// The calls in its tests: the function, the argument, and the result when the base was made.
    calls: Vec<(usize, i64, Option<i64>)>,
    /// The length of `testdata/in.txt` when the base was made.
    input: Option<usize>,
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Inside,
    Beside,
    Outside,
}

#[derive(Clone)]
struct Module {
    packages: Vec<Option<Package>>,
    /// Whether tests may be outside their packages.
    outside: bool,
    threshold: usize,
    readme: usize,
}

impl Module {
    fn new(random: &mut Random) -> Self {
        let outside = random.percent(30);
        let mut module = Self { packages: Vec::new(), outside, threshold: 0, readme: 0 };
        for _ in 0..4 + random.below(5) {
            module.add(random);
        }
        module
    }

    fn add(&mut self, random: &mut Random) {
        let index = self.packages.len();
        let live: Vec<usize> = (0..index).filter(|index| self.packages[*index].is_some()).collect();
        let parent = live.get(random.below(live.len() + 3)).copied();
        let parent = parent.and_then(|parent| self.packages[parent].as_ref());
        let folder = match parent {
            Some(parent) => format!("{}/", parent.path),
            None if self.outside => "pkg/".to_owned(),
            None => String::new(),
        };
        let chance = if live.len() < 3 { 60 } else { 35 };
        let imports = live.iter().copied().filter(|_| random.percent(chance)).collect();
        let mut files = |names: &[&str]| -> Files {
            names.iter().map(|name| ((*name).to_owned(), "x".repeat(random.below(3)))).collect()
        };
        let (data, testdata) = (files(&["a.txt", "b.txt"]), files(&["in.txt", "out.txt"]));
        let folders = ["data", "testdata"];
        let place = match random.below(4) {
            0 | 1 => Place::Beside,
            2 if self.outside => Place::Outside,
            _ => Place::Inside,
        };
        self.packages.push(Some(Package {
            path: format!("{folder}p{index}"),
            imports,
            number: random.below(4) as i64,
            limit: random.below(3) as i64,
            untested: 0,
            embeds: random.percent(45).then(|| (index, folders[random.below(2)])),
            tests: Tests {
                place,
                calls: Vec::new(),
                input: random.percent(30).then(|| testdata["in.txt"].len()),
            },
            data,
            testdata,
            floor: None,
            comments: 0,
            source: "a.go",
        }));
        self.embed_from_above(index, random);
        // Tests in a package of their own may import packages that import theirs.
        let mut targets = vec![index];
        if place != Place::Inside {
            targets.extend(live.iter().copied().filter(|_| random.percent(50)));
        }
        for target in targets {
            for argument in 0..random.below(3) as i64 + i64::from(target == index) {
                let want = random.percent(70).then(|| self.value(target, argument));
                self.package(index).tests.calls.push((target, argument, want));
            }
        }
    }

    /// A package further up may embed a folder of this one; its callers then depend on it.
    fn embed_from_above(&mut self, index: usize, random: &mut Random) {
        let path = self.package(index).path.clone();
        let above = (0..index).find(|above| {
            let package = self.packages[*above].as_ref();
            package.is_some_and(|above| {
                path.starts_with(&format!("{}/", above.path)) && above.tests.calls.is_empty()
            })
        });
        if let Some(above) = above.filter(|_| random.percent(50)) {
            self.package(above).embeds = Some((index, ["data", "testdata"][random.below(2)]));
        }
    }

    fn package(&mut self, index: usize) -> &mut Package {
        self.packages[index].as_mut().unwrap_or_else(|| panic!("package {index} is gone"))
    }

    fn live(&self) -> Vec<usize> {
        (0..self.packages.len()).filter(|index| self.packages[*index].is_some()).collect()
    }

    /// The result of the function.
    fn value(&self, index: usize, argument: i64) -> i64 {
        let Some(package) = &self.packages[index] else { return 0 };
        let mut sum = package.number;
        if argument > package.limit {
            sum += 3;
        }
        for import in &package.imports {
            sum += if self.value(*import, argument) % 2 == 0 { 1 } else { 2 };
        }
        if let Some((owner, folder)) = package.embeds
            && let Some(owner) = &self.packages[owner]
        {
            let files = if folder == "data" { &owner.data } else { &owner.testdata };
            sum += files.values().map(|text| text.len() as i64).sum::<i64>();
            if files.len() > 1 {
                sum += 5;
            }
        }
        sum
    }

    /// All files, by path.
    fn files(&self) -> Files {
        let mut files = Files::new();
        files.insert("go.mod".to_owned(), "module m\n\ngo 1.22\n".to_owned());
        files.insert("README.md".to_owned(), "x".repeat(self.readme));
        let tests = if self.outside { "test-dir = \"tests\"\n" } else { "" };
        let settings = format!("default-threshold = {}.0\n{tests}", self.threshold);
        files.insert("covgate.toml".to_owned(), settings);
        for index in self.live() {
            let Some(package) = &self.packages[index] else { continue };
            let path = &package.path;
            files.insert(format!("{path}/{}", package.source), self.source(package));
            let test = match package.tests.place {
                Place::Outside => format!("{}/a_test.go", path.replacen("pkg", "tests", 1)),
                _ => format!("{path}/a_test.go"),
            };
            if !package.tests.calls.is_empty() || package.tests.input.is_some() {
                files.insert(test, self.test(index, package));
            }
            for (folder, contents) in [("data", &package.data), ("testdata", &package.testdata)] {
                for (name, text) in contents {
                    files.insert(format!("{path}/{folder}/{name}"), text.clone());
                }
            }
            if let Some(floor) = &package.floor {
                files.insert(format!("{path}/.covgate"), floor.clone());
            }
        }
        files
    }

    fn path(&self, index: usize) -> String {
        // A removed package is still imported until somebody fixes that.
        self.packages[index].as_ref().map_or(format!("gone{index}"), |package| package.path.clone())
    }

    fn source(&self, package: &Package) -> String {
        let mut text = format!("package {}\n\n", name(&package.path));
        let mut body = format!(
            "\tsum := {}\n\tif n > {} {{\n\t\tsum += 3\n\t}}\n",
            package.number, package.limit
        );
        for import in &package.imports {
            let path = self.path(*import);
            let _ = writeln!(text, "import \"m/{path}\"");
            let call = format!("{}.F(n)", name(&path));
            let _ = write!(
                body,
                "\tif {call}%2 == 0 {{\n\t\tsum += 1\n\t}} else {{\n\t\tsum += 2\n\t}}\n"
            );
        }
        if let Some((owner, folder)) = package.embeds {
            let owner = self.path(owner);
            let below = owner.strip_prefix(&package.path).unwrap_or(&owner).trim_start_matches('/');
            let folder =
                if below.is_empty() { folder.to_owned() } else { format!("{below}/{folder}") };
            let _ = write!(text, "import \"embed\"\n\n//go:embed {folder}\nvar files embed.FS\n");
            let _ = write!(
                body,
                "\tlist, _ := files.ReadDir(\"{folder}\")\n\tfor _, file := range list {{\n\t\ttext, _ := files.ReadFile(\"{folder}/\" + file.Name())\n\t\tsum += len(text)\n\t}}\n\tif len(list) > 1 {{\n\t\tsum += 5\n\t}}\n"
            );
        }
        let _ = write!(text, "\nfunc F(n int) int {{\n{body}\treturn sum\n}}\n");
        for number in 0..package.untested {
            let _ = write!(text, "\nfunc Untested{number}() int {{ return {number} }}\n");
        }
        for _ in 0..package.comments {
            text.push_str("// A comment.\n");
        }
        text
    }

    fn test(&self, index: usize, package: &Package) -> String {
        let Tests { place, calls, input } = &package.tests;
        let own = name(&package.path);
        let suffix = if *place == Place::Inside { "" } else { "_test" };
        let mut text = format!("package {own}{suffix}\n\nimport \"testing\"\n");
        let mut body = String::new();
        let targets: BTreeSet<usize> = calls.iter().map(|(target, ..)| *target).collect();
        for target in targets.iter().filter(|target| **target != index || !suffix.is_empty()) {
            let _ = writeln!(text, "import \"m/{}\"", self.path(*target));
        }
        for (target, argument, want) in calls {
            let path = self.path(*target);
            let call = match *target == index && suffix.is_empty() {
                true => format!("F({argument})"),
                false => format!("{}.F({argument})", name(&path)),
            };
            let _ = match want {
                Some(want) => {
                    write!(body, "\tif {call} != {want} {{\n\t\tt.Error(\"{path}\")\n\t}}\n")
                }
                None => writeln!(body, "\t{call}"),
            };
        }
        if let Some(length) = input {
            text.push_str("import \"os\"\n");
            let up = match place {
                Place::Outside => {
                    format!("{}{}/", "../".repeat(package.path.split('/').count()), package.path)
                }
                _ => String::new(),
            };
            let _ = write!(
                body,
                "\tif text, err := os.ReadFile(\"{up}testdata/in.txt\"); err != nil || len(text) != {length} {{\n\t\tt.Error(\"input\", err)\n\t}}\n"
            );
        }
        let _ = write!(text, "\nfunc Test(t *testing.T) {{\n{body}}}\n");
        text
    }

    /// One edit of the kind that people make.
    fn edit(&mut self, random: &mut Random) -> String {
        let live = self.live();
        let index = live[random.below(live.len())];
        let path = self.path(index);
        let smaller: Vec<usize> = live.iter().copied().filter(|other| *other < index).collect();
        // A changed number reaches furthest.
        let kind = random.below(24).saturating_sub(3);
        let package = self.package(index);
        let what = match kind {
            0..=3 => {
                package.number += 1;
                "another number"
            }
            4 => {
                package.limit += 1;
                "another limit"
            }
            5 => {
                package.untested += 1;
                "an untested function"
            }
            6 => {
                package.tests.calls.pop();
                "a call less in its tests"
            }
            7 => {
                package.tests.calls.push((index, 1, None));
                "a call more in its tests"
            }
            8 => match smaller.get(random.below(smaller.len() + 1)) {
                Some(other) if !package.imports.remove(other) => {
                    package.imports.insert(*other);
                    "one more import"
                }
                _ => "one import less, or nothing",
            },
            9..=13 => {
                // Embedded files matter most.
                let embedded = package.embeds.map_or("data", |(_, folder)| folder);
                let files = match (embedded, random.percent(75)) {
                    ("data", true) | ("testdata", false) => &mut package.data,
                    _ => &mut package.testdata,
                };
                match random.below(3) {
                    0 => {
                        files.pop_last();
                        "a file less in its data"
                    }
                    1 => {
                        files.insert("new.txt".to_owned(), "x".to_owned());
                        "a file more in its data"
                    }
                    _ => {
                        files.values_mut().for_each(|text| text.push('y'));
                        "longer files in its data"
                    }
                }
            }
            14 | 15 => {
                package.floor = match random.below(3) {
                    0 => None,
                    floor => Some(format!("{}\n", floor * 50)),
                };
                "another floor"
            }
            16 => {
                self.packages[index] = None;
                // Half of the time, its importers are fixed.
                if random.percent(50) {
                    for package in self.packages.iter_mut().flatten() {
                        package.imports.remove(&index);
                        package.tests.calls.retain(|(target, ..)| *target != index);
                        package.embeds = package.embeds.filter(|(owner, _)| *owner != index);
                    }
                }
                "it is gone"
            }
            17 => {
                self.add(random);
                "a new package"
            }
            18 => {
                package.comments += 1;
                "a comment"
            }
            19 => {
                package.source = "b.go";
                "its file has another name"
            }
            _ => {
                self.readme += 1;
                "the README"
            }
        };
        format!("{path}: {what}")
    }
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn write(repository: &Repository, before: &Files, after: &Files) {
    for path in before.keys().filter(|path| !after.contains_key(*path)) {
        repository.remove(path);
    }
    for (path, text) in after.iter().filter(|(path, text)| before.get(*path) != Some(*text)) {
        repository.write(path, text);
    }
}

/// Commits a module that passes; most floors equal the coverage.
fn base(module: &mut Module, random: &mut Random, repository: &Repository) {
    write(repository, &Files::new(), &module.files());
    repository.commit();
    let measured = repository.covgate(&["check", "--default-threshold=0"]).exits(0);
    let coverage: BTreeMap<&str, &str> =
        measured.table().into_iter().map(|(_, coverage, label)| (label, coverage)).collect();
    for package in module.packages.iter_mut().flatten() {
        let covered = coverage[package.path.as_str()];
        if covered != "---" && random.percent(75) {
            package.floor = Some(format!("{covered}\n"));
        }
    }
    write(repository, &Files::new(), &module.files());
    repository.commit();
    repository.covgate(&["check"]).exits(0);
}

#[derive(Debug, Default)]
struct Seen {
    narrowed: usize,
    narrowed_and_refused: usize,
}

/// Labels of the rows that close the gate.
fn refused(ran: &Ran) -> BTreeSet<String> {
    let rows = ran.table().into_iter().filter(|(status, ..)| *status != "PASS");
    rows.map(|(_, _, label)| label.to_owned()).collect()
}

fn sound(seed: u64, edits: usize) -> Seen {
    let mut random = Random(seed);
    let mut module = Module::new(&mut random);
    let repository = Repository::new();
    base(&mut module, &mut random, &repository);
    let (before, commit) = (module.files(), repository.oid("HEAD"));
    let mut seen = Seen::default();
    for number in 0..edits {
        let mut edited = module.clone();
        let words: Vec<_> = (0..1 + random.below(2)).map(|_| edited.edit(&mut random)).collect();
        write(&repository, &before, &edited.files());
        // Committed and uncommitted changes must give the same result.
        let affected = if number % 2 == 0 {
            repository.covgate(&["check", "--since", &commit])
        } else {
            let tip = repository.commit();
            repository.hook_run(&tip, &commit, &[])
        };
        let all = repository.covgate(&["check"]);
        let context = || {
            let words = words.join("; ");
            format!(
                "seed {seed}, edit {number} ({words})\n--- affected: {affected}\n--- all: {all}"
            )
        };
        assert_eq!(affected.status.code(), all.status.code(), "{}", context());
        assert_eq!(refused(&affected), refused(&all), "{}", context());
        let narrowed = affected.to_string().contains("unaffected package(s)");
        seen.narrowed += usize::from(narrowed);
        seen.narrowed_and_refused += usize::from(narrowed && !all.status.success());
        repository.git(&["reset", "--quiet", "--hard", &commit]);
        repository.git(&["clean", "--quiet", "-ffd"]);
    }
    seen
}

/// Tests these modules, and as many more as `PROPTEST_CASES` says. A failure names its seed.
fn modules(seeds: [u64; 2], more: u64) {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let mut total = Seen::default();
    for seed in seeds.into_iter().chain(more..more + cases.unwrap_or(0)) {
        let seen = sound(seed, 4);
        total.narrowed += seen.narrowed;
        total.narrowed_and_refused += seen.narrowed_and_refused;
    }
    assert!(total.narrowed >= 2 && total.narrowed_and_refused >= 1, "too tame: {total:?}");
}

/// Seeds that fail if imports are followed only one step, or those of tests are not followed.
#[test]
fn affected_is_sound() {
    modules([1, 1002], 2000);
}

/// Seeds that fail if embedded files, existing or deleted, do not count. This is a separate test,
/// so that both run in parallel.
#[test]
fn affected_is_sound_with_embedded_files() {
    modules([5, 6], 3000);
}
