//! Owns the plan: which engine measures which package, and what the warm pass compiles.
//! Must not know processes; the plan is made before anything runs.

use std::collections::HashSet;

use crate::domain::choice::{EngineChoice, Prewarm};
use crate::domain::package::Package;
use crate::domain::rules::Parallelism;

/// What to run.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Indices of the packages that one `go test` measures together.
    pub batch: Vec<usize>,
    /// Indices of the packages that each have their own `go test`.
    pub fanout: Vec<usize>,
    /// The warm pass, if there is one.
    pub warm: Option<WarmSet>,
    /// How many packages are measured at once.
    pub jobs: usize,
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
    /// Makes the plan of a part of the packages, by index. `batches_untested` says whether go counts
    /// packages without tests correctly in a batch.
    #[must_use]
    pub(crate) fn new(
        packages: &[Package],
        part: &[usize],
        engine: EngineChoice,
        prewarm: Prewarm,
        parallelism: Parallelism,
        batches_untested: bool,
    ) -> Self {
        let in_batch = |package: &Package| match engine {
            EngineChoice::Fanout => false,
            _ if !package.tested && !batches_untested => false,
            // Tests outside cover another package than their own. That needs -coverpkg, which has
            // one value for a whole go test.
            EngineChoice::Batch | EngineChoice::Auto => package.external_tests.is_none(),
        };
        let (batch, fanout): (Vec<_>, Vec<_>) =
            part.iter().copied().partition(|index| in_batch(&packages[*index]));
        let jobs = parallelism.jobs.get();
        let warms = match prewarm {
            Prewarm::Auto => jobs > 1 && packages.len() > 1,
            Prewarm::Always => true,
            Prewarm::Never => false,
        };
        let warms = warms && !part.is_empty();
        let warm = warms.then(|| WarmSet::new(packages, part, &fanout));
        Self { batch, fanout, warm, jobs }
    }
}

impl WarmSet {
    fn new(packages: &[Package], part: &[usize], fanout: &[usize]) -> Self {
        let paths = built(part.iter().map(|index| &packages[*index]));
        let mut seen: HashSet<&String> = paths.iter().collect();
        // A batch is not included: one go test compiles what its tests share only once.
        let test_imports = fanout
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
            test_imports: Vec::new(),
            floor: Floor {
                percent: Percent::from_hundredths(0).unwrap(),
                source: Source::Default,
                fell_from: None,
            },
        }
    }

    #[test]
    fn tests_outside_need_a_process_of_their_own() {
        let packages = [package("m/a", None), package("m/b", Some("m/tests/b"))];
        let plan = |engine| {
            let plan = Plan::new(&packages, &[0, 1], engine, Prewarm::Auto, ONE, false);
            (plan.batch, plan.fanout)
        };
        assert_eq!(plan(EngineChoice::Auto), (vec![0], vec![1]));
        assert_eq!(plan(EngineChoice::Fanout), (vec![], vec![0, 1]));
    }

    #[test]
    fn an_old_go_measures_untested_packages_apart() {
        let mut packages = [package("m/a", None), package("m/b", None)];
        packages[0].tested = false;
        let fanout = |good| {
            let (engine, warm) = (EngineChoice::Batch, Prewarm::Auto);
            Plan::new(&packages, &[0, 1], engine, warm, ONE, good).fanout
        };
        assert_eq!(fanout(false), [0]);
        assert_eq!(fanout(true), [0; 0]);
    }
}
