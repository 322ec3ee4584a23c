//! Owns the plan: which `go test` runs which tests, and what the warm pass compiles.
//! Must not know processes; the plan is made before anything runs.

use std::collections::HashSet;

use crate::choose::colour;
use crate::domain::choice::{EngineChoice, Prewarm};
use crate::domain::package::Package;
use crate::domain::rules::Parallelism;

/// What to run.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// The runs over many packages, one after another: go itself does `jobs` packages at once.
    pub together: Vec<Run>,
    /// The runs over one package each, `jobs` of them at once.
    pub apart: Vec<Run>,
    /// The warm pass, if there is one.
    pub warm: Option<WarmSet>,
    /// How many packages are measured at once.
    pub jobs: usize,
}

/// One `go test`.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    /// What it measures, a package at most once.
    pub parts: Vec<Part>,
    /// What its tests cover.
    pub covers: Covers,
    /// How many packages go does at once; as many as it likes, if none.
    pub jobs: Option<usize>,
}

/// What the tests of a run cover.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Covers {
    /// Each path is a package and covers itself.
    #[default]
    Themselves,
    /// The packages of the run, which needs `-coverpkg`.
    Packages,
    /// Nothing: no path has tests. go builds and vets them.
    Nothing,
}

/// What one run contributes to a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// The package's index.
    pub package: usize,
    /// The paths whose tests cover it.
    pub paths: Vec<String>,
}

/// What the warm pass compiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WarmSet {
    /// Exactly the paths that the runs build, in order, each once.
    pub paths: Vec<String>,
    /// The imports of tests, which separate processes would each compile.
    pub test_imports: Vec<String>,
}

impl Plan {
    /// Makes the plan of some packages, by index. `batches_untested` says whether go counts packages
    /// without tests correctly together with those that import them.
    #[must_use]
    pub(crate) fn new(
        packages: &[Package],
        members: &[usize],
        engine: EngineChoice,
        prewarm: Prewarm,
        parallelism: Parallelism,
        batches_untested: bool,
    ) -> Self {
        let is_together = |package: &Package| match engine {
            EngineChoice::Fanout => false,
            EngineChoice::Batch | EngineChoice::Auto => {
                package.tested || batches_untested || is_only_covered_outside(package)
            }
        };
        let (together, apart): (Vec<_>, Vec<_>) =
            members.iter().copied().partition(|index| is_together(&packages[*index]));
        let jobs = parallelism.jobs.get();
        let warms = match prewarm {
            Prewarm::Auto => jobs > 1 && packages.len() > 1,
            Prewarm::Always => true,
            Prewarm::Never => false,
        };
        let warms = warms && !members.is_empty();
        let warm = warms.then(|| WarmSet::new(packages, members, &apart));
        let apart = apart.iter().map(|index| Run::alone(packages, *index)).collect();
        Self { together: Run::together(packages, &together, jobs), apart, warm, jobs }
    }

    /// All runs.
    pub(crate) fn runs(&self) -> impl Iterator<Item = &Run> {
        self.together.iter().chain(&self.apart)
    }
}

impl Run {
    /// All tests of one package.
    fn alone(packages: &[Package], index: usize) -> Self {
        let part = Part { package: index, paths: paths_of(&packages[index]) };
        Self { parts: vec![part], covers: Covers::Packages, jobs: None }
    }

    /// The tests in the folders of packages, and then those outside, in groups. A package that is
    /// measured by itself has nobody to be kept from.
    fn together(packages: &[Package], members: &[usize], jobs: usize) -> Vec<Self> {
        if let [only] = members
            && packages[*only].external_tests.is_some()
        {
            return vec![Self { jobs: Some(jobs), ..Self::alone(packages, *only) }];
        }
        let run = |group: &[usize], covers: Covers| {
            let part = |index: &usize| {
                let package = &packages[*index];
                let outside = package.external_tests.as_ref();
                let path = outside.filter(|_| covers == Covers::Packages);
                Part { package: *index, paths: vec![path.unwrap_or(&package.import_path).clone()] }
            };
            Self { parts: group.iter().map(part).collect(), covers, jobs: Some(jobs) }
        };
        let some = |group: &[usize], covers| (!group.is_empty()).then(|| run(group, covers));
        let (bare, own): (Vec<usize>, Vec<_>) =
            members.iter().partition(|index| is_only_covered_outside(&packages[**index]));
        let outside = members.iter().filter(|index| packages[**index].external_tests.is_some());
        let groups = colour::groups(packages, &outside.copied().collect::<Vec<_>>());
        let first = [some(&own, Covers::Themselves), some(&bare, Covers::Nothing)];
        let groups = groups.iter().map(|group| run(group, Covers::Packages));
        first.into_iter().flatten().chain(groups).collect()
    }
}

/// Whether its tests outside say all there is to say of its coverage: it has no others, and they
/// link it.
fn is_only_covered_outside(package: &Package) -> bool {
    let links = package.external_links.as_ref();
    !package.tested && links.is_some_and(|links| links.contains(&package.import_path))
}

impl WarmSet {
    fn new(packages: &[Package], members: &[usize], apart: &[usize]) -> Self {
        let paths = built(members.iter().map(|index| &packages[*index]));
        let mut seen: HashSet<&String> = paths.iter().collect();
        // Runs over many packages come one after another, and each compiles what its tests share
        // only once.
        let test_imports = apart
            .iter()
            .flat_map(|index| &packages[*index].test_imports)
            .filter(|path| seen.insert(*path))
            .cloned()
            .collect();
        Self { paths, test_imports }
    }

    /// Both sets, for what is built apart.
    #[must_use]
    pub(crate) fn with(mut self, other: Self) -> Self {
        self.paths.extend(other.paths);
        self.test_imports.extend(other.test_imports);
        self
    }
}

/// The paths that the runs of packages build, in order, each once.
#[must_use]
pub(crate) fn built<'p>(packages: impl IntoIterator<Item = &'p Package>) -> Vec<String> {
    let mut seen = HashSet::new();
    packages.into_iter().flat_map(paths_of).filter(|path| seen.insert(path.clone())).collect()
}

/// The paths that the run of a package builds: itself, and its tests outside.
#[must_use]
pub(crate) fn paths_of(package: &Package) -> Vec<String> {
    std::iter::once(&package.import_path).chain(&package.external_tests).cloned().collect()
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;
    use crate::domain::floor::{Floor, Source};
    use crate::domain::percent::Percent;

    const ONE: Parallelism = Parallelism { jobs: NonZeroUsize::MIN, explicit: true };

    fn package(path: &str, tests: Option<&str>) -> Package {
        Package {
            position: 0,
            module: 0,
            import_path: path.to_owned(),
            label: path.to_owned(),
            dir: "".into(),
            external_tests: tests.map(str::to_owned),
            tested: true,
            external_links: Some(HashSet::new()),
            test_imports: Vec::new(),
            floor: Floor {
                percent: Percent::from_hundredths(0).unwrap(),
                source: Source::Default,
                fell_from: None,
            },
        }
    }

    /// The runs of a plan, each by what it tests.
    fn runs(runs: &[Run]) -> Vec<String> {
        let paths = |run: &Run| {
            let paths: Vec<_> = run.parts.iter().flat_map(|part| part.paths.clone()).collect();
            let covers = match run.covers {
                Covers::Themselves => "",
                Covers::Packages => "outside ",
                Covers::Nothing => "bare ",
            };
            format!("{covers}{}", paths.join(" "))
        };
        runs.iter().map(paths).collect()
    }

    fn plan(packages: &[Package], engine: EngineChoice, good: bool) -> (Vec<String>, Vec<String>) {
        let all: Vec<usize> = (0..packages.len()).collect();
        let plan = Plan::new(packages, &all, engine, Prewarm::Auto, ONE, good);
        (runs(&plan.together), runs(&plan.apart))
    }

    #[test]
    fn tests_outside_have_a_run_of_their_own() {
        let packages = [package("m/a", None), package("m/b", Some("m/tests/b"))];
        let (together, apart) = plan(&packages, EngineChoice::Auto, true);
        assert_eq!(together, ["m/a m/b", "outside m/tests/b"]);
        assert_eq!(apart, [""; 0]);
        assert_eq!(plan(&packages[1..], EngineChoice::Auto, true).0, ["outside m/b m/tests/b"]);
        let (together, apart) = plan(&packages, EngineChoice::Fanout, true);
        assert_eq!(together, [""; 0]);
        assert_eq!(apart, ["outside m/a", "outside m/b m/tests/b"]);
    }

    #[test]
    fn an_old_go_measures_untested_packages_apart() {
        let mut packages = [package("m/a", Some("m/tests/a")), package("m/b", None)];
        packages[0].tested = false;
        let (together, apart) = plan(&packages, EngineChoice::Batch, false);
        assert_eq!(
            (together, apart),
            (vec!["m/b".to_owned()], vec!["outside m/a m/tests/a".to_owned()])
        );
        assert_eq!(plan(&packages, EngineChoice::Batch, true).1, [""; 0]);
    }

    #[test]
    fn what_only_tests_outside_cover_is_built_apart_from_the_rest() {
        let mut packages = [package("m/a", Some("m/tests/a")), package("m/b", None)];
        packages[0].tested = false;
        packages[0].external_links = Some(HashSet::from(["m/a".to_owned()]));
        for good in [true, false] {
            let (together, apart) = plan(&packages, EngineChoice::Auto, good);
            assert_eq!(together, ["m/b", "bare m/a", "outside m/tests/a"]);
            assert_eq!(apart, [""; 0]);
        }
    }
}
