//! Owns documents for tests of renderers: one written by hand, and any that hostile packages could
//! lead to.
//! Must not know the formats.

pub(crate) mod files;
pub(super) mod xml;

use proptest::prelude::*;

use crate::domain::choice::{
    EngineChoice, FloorGuard, IdleIgnores, ModulesChoice, Prewarm, Tightness,
};
use crate::domain::floor::Source;
use crate::domain::verdict::Status;
use crate::output::document::{
    BlockRecord, Document, FORMAT, FileRecord, FloorRecord, ModuleRecord, OutcomeKind,
    PackageRecord, RunSettings, Totals,
};

/// A run of these packages.
pub(crate) fn document(packages: Vec<PackageRecord>) -> Document {
    let count = |status| packages.iter().filter(|package| package.status == status).count();
    Document {
        format: FORMAT,
        covgate: "0.1.0".to_owned(),
        go: "go1.26.8".to_owned(),
        modules: vec![ModuleRecord { path: "m.example/shop".to_owned(), dir: String::new() }],
        root: String::new(),
        commit: None,
        shard: None,
        settings: settings(),
        phases: None,
        open: packages.iter().all(|package| package.status == Status::Pass),
        troubles: Vec::new(),
        totals: Totals {
            packages: packages.len(),
            passed: count(Status::Pass),
            failed: count(Status::Fail),
            loose: count(Status::Loose),
            flaky: packages.iter().filter(|package| package.flaky).count(),
            statements: packages.iter().filter_map(|package| package.statements).sum(),
            covered: packages.iter().filter_map(|package| package.covered).sum(),
            percent: Some(50.0),
            raw: None,
        },
        change: None,
        baseline: None,
        packages,
        excluded: Vec::new(),
        unaffected: 0,
    }
}

fn settings() -> RunSettings {
    RunSettings {
        profiles: Vec::new(),
        with: Vec::new(),
        patterns: vec!["./...".to_owned()],
        exclude: Vec::new(),
        default_threshold: 80.0,
        total_threshold: None,
        patch_threshold: None,
        tightness: Tightness::Fail,
        tightness_tolerance: 0.5,
        test_dir: None,
        src_prefix: None,
        engine: EngineChoice::Auto,
        prewarm: Prewarm::Auto,
        parallelism: 1,
        plain: true,
        modules: ModulesChoice::This,
        floor_guard: FloorGuard::Fail,
        irrelevant: Vec::new(),
        exclude_files: Vec::new(),
        exclude_generated: false,
        idle_ignores: IdleIgnores::Warn,
        no_ignores: false,
        rerun_fails: 0,
        rerun_limit: 10,
        go_test_flags: Vec::new(),
    }
}

impl Document {
    /// Moves its one module into a folder of the repository.
    pub(super) fn lie_in(&mut self, folder: &str) {
        self.root = folder.to_owned();
        self.modules[0].dir = folder.to_owned();
    }
}

/// A package that passes: all of its ten statements are covered.
pub(super) fn passing(path: &str) -> PackageRecord {
    let file = if path == "." { "a.go".to_owned() } else { format!("{path}/a.go") };
    PackageRecord {
        position: 0,
        module: "m.example/shop".to_owned(),
        import_path: match path {
            "." => "m.example/shop".to_owned(),
            _ => format!("m.example/shop/{path}"),
        },
        path: path.to_owned(),
        status: Status::Pass,
        reason: None,
        outcome: OutcomeKind::Covered,
        statements: Some(10),
        covered: Some(10),
        percent: Some(100.0),
        raw: None,
        ignores: Vec::new(),
        floor: FloorRecord { percent: 80.0, source: Source::Default, fell_from: None },
        missing: 0,
        tested: true,
        external_tests: None,
        seconds: None,
        cached: None,
        output: String::new(),
        runs: 1,
        flaky: false,
        failed_runs: Vec::new(),
        files: vec![FileRecord {
            path: file,
            uncovered: Vec::new(),
            covered: vec![BlockRecord(1, 1, 9, 2, 10)],
            ignored: Vec::new(),
        }],
    }
}

/// Below its floor: lines 3 to 4, and 20, are not covered.
pub(crate) fn below(path: &str) -> PackageRecord {
    let mut package = passing(path);
    package.status = Status::Fail;
    (package.covered, package.percent, package.missing) = (Some(5), Some(50.0), 3);
    let file = &mut package.files[0];
    file.uncovered = vec![BlockRecord(3, 1, 4, 2, 1), BlockRecord(20, 1, 20, 9, 4)];
    file.covered = vec![BlockRecord(5, 1, 9, 2, 5)];
    package
}

/// Its floor lags.
pub(super) fn loose(path: &str) -> PackageRecord {
    PackageRecord {
        status: Status::Loose,
        reason: Some("required lags actual by 20.0pp; update .covgate to >= 99.5".to_owned()),
        floor: FloorRecord { percent: 80.0, source: Source::Committed, fell_from: None },
        ..passing(path)
    }
}

/// It passes, after runs that printed this and failed.
pub(super) fn flaky(path: &str, failed_runs: &[&str]) -> PackageRecord {
    let runs = failed_runs.len() + 1;
    PackageRecord {
        reason: Some(format!("flaky: passed on run {runs}")),
        runs,
        flaky: true,
        failed_runs: failed_runs.iter().map(|&output| output.to_owned()).collect(),
        ..passing(path)
    }
}

/// It was not measured; only go's output is known.
pub(super) fn broken(path: &str, outcome: OutcomeKind, output: &str) -> PackageRecord {
    let reason = match outcome {
        OutcomeKind::BuildFailed => "build failed",
        OutcomeKind::TimedOut => "timed out",
        OutcomeKind::NoCoverageData => "no coverage data",
        _ => "tests failed",
    };
    PackageRecord {
        status: Status::Fail,
        reason: Some(reason.to_owned()),
        outcome,
        statements: None,
        covered: None,
        percent: None,
        output: output.to_owned(),
        files: Vec::new(),
        ..passing(path)
    }
}

/// A run with every possible result of a package, and everything that a run can say about itself.
pub(super) fn every_kind() -> Document {
    let output = "--- FAIL: TestA (---)\n    a_test.go:3: ```\n\tx </details>\nFAIL\n";
    let build = "# m.example/shop/build\nbuild/a.go:3:27: undefined: B\n";
    let mut none = passing("none");
    (none.statements, none.covered, none.percent) = (Some(0), Some(0), None);
    (none.reason, none.outcome) = (Some("no statements".to_owned()), OutcomeKind::NoStatements);
    none.files.clear();
    let mut run = document(vec![
        passing("."),
        below("below"),
        broken("build", OutcomeKind::BuildFailed, build),
        broken("early", OutcomeKind::NoCoverageData, "ok\nnothing\n"),
        broken("fails", OutcomeKind::TestsFailed, output),
        flaky("flaky", &[output]),
        loose("loose"),
        none,
        broken("slow", OutcomeKind::TimedOut, "panic: test timed out after 1s\n"),
    ]);
    run.totals.percent = Some(83.3);
    run.excluded = vec!["gen".to_owned()];
    run.troubles = vec!["go test ended with signal 9".to_owned()];
    run.unaffected = 3;
    run.lie_in("services/shop, old");
    run
}

/// Text that is likely to break out of whatever it is quoted in.
pub(super) fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("::error file=x,line=1::gotcha".to_owned()),
        Just("%0A::".to_owned()),
        Just("```".to_owned()),
        Just("\n````````\n".to_owned()),
        Just("</code></summary></details>".to_owned()),
        Just("| a | b |".to_owned()),
        Just("\\|`\\`".to_owned()),
        Just("]]></failure>&amp;<!--".to_owned()),
        Just(" @octocat #123 https://example.com www.example.com a@b.example ".to_owned()),
        Just("[x](javascript:x) ![y](z)".to_owned()),
        Just("\u{1b}[31m\u{1b}]0;t\u{7}".to_owned()),
        Just("    a_test.go:12: got 1\n".to_owned()),
        Just("--- FAIL: TestA (0.00s)\n".to_owned()),
        Just("# m.example/shop/a [m.example/shop/a.test]\n".to_owned()),
        Just("a/b.go:3:27: undefined: B\n".to_owned()),
        any::<String>(),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// Any document, with hostile names and output.
pub(super) fn documents() -> impl Strategy<Value = Document> {
    let package = (hostile(), hostile(), 0u8..8).prop_map(|(path, output, kind)| match kind {
        0 => passing(&path),
        1 | 2 => below(&path),
        3 => loose(&path),
        4 => broken(&path, OutcomeKind::BuildFailed, &output),
        5 => flaky(&path, &[&output, "", "again\n"]),
        _ => broken(&path, OutcomeKind::TestsFailed, &output),
    });
    let packages = proptest::collection::vec(package, 0..12);
    let texts = || proptest::collection::vec(hostile(), 0..3);
    (packages, texts(), texts(), hostile(), any::<bool>()).prop_map(
        |(packages, troubles, excluded, folder, warns)| {
            let mut document = Document { troubles, excluded, ..document(packages) };
            document.lie_in(&folder);
            if warns {
                document.settings.tightness = Tightness::Warn;
            }
            document
        },
    )
}
