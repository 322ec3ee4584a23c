//! A thousand made-up packages: the page stays small until something is opened, and everything in a
//! document is shown as text.

use std::fs;
use std::sync::LazyLock;

use camino::{Utf8Path, Utf8PathBuf};
use covgate::domain::choice::{
    EngineChoice, FloorGuard, IdleIgnores, ModulesChoice, Prewarm, Tightness,
};
use covgate::domain::floor::Source;
use covgate::domain::verdict::Status;
use covgate::output::document::{
    BlockRecord, Document, FORMAT, FileRecord, FloorRecord, ModuleRecord, OutcomeKind,
    PackageRecord, PhaseTimes, RunSettings, Times, Totals,
};
use covgate::output::formats::Requests;
use serde_json::json;

use super::chromium::Opened;

/// The worst that a document can hold: each part is dangerous somewhere in a page.
const HOSTILE: &str = "</script></pre></title><!--<script>alert(1)</script>\
    <img src=x onerror=alert(2)> \"'`&lt;${alert(3)} \u{1b}[31m\u{0}\u{7f}\u{2028}\u{202e}";

/// The same, as it must be shown. Output of tests also loses its terminal codes.
const HOSTILE_SHOWN: &str = "</script></pre></title><!--<script>alert(1)</script>\
    <img src=x onerror=alert(2)> \"'`&lt;${alert(3)} ␛[31m␀␡⟨U+2028⟩⟨U+202E⟩";

/// A folder with reports and sources; removed when this is dropped.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::Builder::new().prefix("covgate-test-").tempdir().unwrap())
    }

    fn path(&self) -> &Utf8Path {
        Utf8Path::from_path(self.0.path()).unwrap()
    }

    /// The report of a document whose sources are here.
    fn report(&self, document: &Document) -> Utf8PathBuf {
        let path = self.path().join("report.html");
        let request = format!("html={path}").parse().unwrap();
        let requests = Requests::new(vec![request], self.path(), |_| None).unwrap();
        requests.write(document, self.path(), &mut std::io::sink(), &mut std::io::sink()).unwrap();
        path
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// The report of a thousand packages, made once.
struct Thousand {
    full: Vec<u8>,
    /// Without files: a table to sort needs none, and a browser reads it in a moment.
    bare: Vec<u8>,
}

static THOUSAND: LazyLock<Thousand> = LazyLock::new(|| {
    let folder = Folder::new();
    let mut document = made_up(1000, &folder);
    let full = fs::read(folder.report(&document)).unwrap();
    document.packages.iter_mut().for_each(|package| package.files.clear());
    Thousand { full, bare: fs::read(folder.report(&document)).unwrap() }
});

/// Writes four files of fifty lines for each package: the document of measuring them.
fn made_up(count: usize, folder: &Folder) -> Document {
    let packages: Vec<PackageRecord> = (0..count).map(|index| package(index, folder)).collect();
    let count = |status| {
        packages.iter().filter(|package: &&PackageRecord| package.status == status).count()
    };
    let sum = |of: fn(&PackageRecord) -> Option<u64>| packages.iter().filter_map(of).sum();
    let totals = Totals {
        packages: packages.len(),
        passed: count(Status::Pass),
        failed: count(Status::Fail),
        loose: count(Status::Loose),
        flaky: 0,
        statements: sum(|package| package.statements),
        covered: sum(|package| package.covered),
        percent: Some(77.7),
        raw: None,
    };
    document(packages, totals)
}

fn package(index: usize, folder: &Folder) -> PackageRecord {
    let path = format!("internal/area{:02}/package{index:03}", index % 40);
    let files: Vec<FileRecord> = (0..4)
        .map(|number| {
            let path = format!("{path}/file{number}.go");
            let line = "\tif value := compute(input, 42); value != nil { return value }\n";
            folder.write(&path, line.repeat(50).as_bytes());
            FileRecord {
                path,
                uncovered: vec![BlockRecord(30, 2, 39, 60, 10)],
                covered: vec![BlockRecord(1, 2, 29, 60, 29)],
                ignored: Vec::new(),
            }
        })
        .collect();
    let statements = u64::try_from(1 + index * 7919 % 997).unwrap();
    let percent = u32::try_from(index * 37 % 1001).unwrap();
    let status = match (index % 50, percent) {
        (7, _) => Status::Loose,
        (_, 600..) => Status::Pass,
        _ => Status::Fail,
    };
    PackageRecord {
        position: index,
        module: "example.com/thousand".to_owned(),
        import_path: format!("example.com/thousand/{path}"),
        path,
        status,
        reason: None,
        outcome: OutcomeKind::Covered,
        statements: Some(statements),
        covered: Some(statements * u64::from(percent) / 1000),
        percent: Some(f64::from(percent) / 10.0),
        raw: None,
        ignores: Vec::new(),
        floor: FloorRecord { percent: 60.0, source: Source::Default, fell_from: None },
        missing: if status == Status::Fail { 3 } else { 0 },
        tested: true,
        external_tests: None,
        seconds: Some(f64::from(percent) / 100.0),
        cached: Some(false),
        output: String::new(),
        runs: 1,
        flaky: false,
        failed_runs: Vec::new(),
        files,
    }
}

fn document(packages: Vec<PackageRecord>, totals: Totals) -> Document {
    let times = Times { wall: 12.3, cpu: 45.6 };
    Document {
        format: FORMAT,
        covgate: "0.0.0".to_owned(),
        go: "go1.26.8".to_owned(),
        modules: vec![ModuleRecord { path: "example.com/thousand".to_owned(), dir: String::new() }],
        root: String::new(),
        commit: Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
        shard: None,
        settings: RunSettings {
            rerun_fails: 0,
            rerun_limit: 10,
            profiles: Vec::new(),
            with: Vec::new(),
            patterns: vec!["./...".to_owned()],
            exclude: Vec::new(),
            default_threshold: 60.0,
            total_threshold: None,
            patch_threshold: None,
            tightness: Tightness::Fail,
            tightness_tolerance: 0.5,
            test_dir: None,
            src_prefix: None,
            engine: EngineChoice::Auto,
            prewarm: Prewarm::Auto,
            parallelism: 8,
            plain: false,
            modules: ModulesChoice::This,
            floor_guard: FloorGuard::Fail,
            irrelevant: Vec::new(),
            exclude_files: Vec::new(),
            exclude_generated: false,
            idle_ignores: IdleIgnores::Warn,
            no_ignores: false,
            go_test_flags: Vec::new(),
        },
        phases: Some(PhaseTimes { list: times, prewarm: None, runs: times }),
        open: false,
        change: None,
        baseline: None,
        troubles: Vec::new(),
        totals,
        packages,
        excluded: Vec::new(),
        unaffected: 0,
    }
}

/// A document of one package, with the worst in every text.
fn hostile() -> Document {
    let folder = Folder::new();
    let worst = || HOSTILE.to_owned();
    let mut package = package(0, &folder);
    package.import_path = worst();
    package.path = worst();
    package.reason = Some(worst());
    package.external_tests = Some(worst());
    package.output = worst();
    for file in &mut package.files {
        file.path = worst();
    }
    let mut document = made_up(1, &folder);
    document.packages = vec![package];
    document.covgate = worst();
    document.go = worst();
    document.modules = vec![ModuleRecord { path: worst(), dir: worst() }];
    document.root = worst();
    document.commit = Some(worst());
    document.troubles = vec![worst()];
    document.excluded = vec![worst()];
    document.settings.patterns = vec![worst()];
    document.settings.go_test_flags = vec![worst()];
    document
}

/// Twelve megabytes of source stay data. The layout grows only with the number of packages.
#[test]
fn a_thousand_packages_are_a_small_page() {
    let folder = Folder::new();
    folder.write("report.html", &THOUSAND.full);
    let page = Opened::new(&folder.path().join("report.html"));
    assert_eq!(page.text_of("#shown"), "1,000 of 1,000 shown");
    let elements = "document.querySelectorAll('*').length";
    let before = page.get(elements).as_u64().unwrap();
    assert!(before < 26_000, "{before} elements");
    assert_eq!(page.get("document.querySelectorAll('.l').length"), 0);

    page.click("#p1 a");
    page.until("!document.getElementById('package').hidden");
    assert_eq!(page.get("document.querySelectorAll('.l').length"), 50);
    page.press(&["Escape"]);
    page.until("document.getElementById('package').hidden");
    assert_eq!(page.get("document.querySelectorAll('.l').length"), 0, "lines stay behind");
    page.was_quiet();
}

#[test]
fn a_thousand_packages_sort_and_filter() {
    let folder = Folder::new();
    folder.write("report.html", &THOUSAND.bare);
    let page = Opened::new(&folder.path().join("report.html"));
    page.click("th:nth-child(6) button");
    let first = "document.querySelector('tbody tr td:nth-child(6)').textContent";
    assert_eq!(page.text(first), "997");
    assert_eq!(page.text("document.querySelectorAll('th')[5].ariaSort"), "descending");
    page.click("th:nth-child(6) button");
    assert_eq!(page.text(first), "1");
    assert_eq!(page.text("document.querySelectorAll('th')[5].ariaSort"), "ascending");

    page.click("#filter");
    page.type_text("AREA07 047");
    assert_eq!(page.text_of("#shown"), "1 of 1,000 shown");
    assert_eq!(page.texts("tbody th"), ["internal/area07/package047"]);
    page.press(&["Escape"]);
    assert_eq!(page.text_of("#shown"), "1,000 of 1,000 shown");
    page.get("document.getElementById('status').focus()");
    page.press(&["ArrowDown", "ArrowDown"]);
    assert_eq!(page.text_of("#shown"), "20 of 1,000 shown");
    let rows = page.texts("tbody tr:not([hidden]) td:first-child");
    assert!(rows.len() == 20 && rows.iter().all(|status| status == "LOOSE"), "{rows:?}");

    // In the treemap, arrows go from folder to folder.
    assert_eq!(page.get("document.querySelectorAll('#map g g').length"), 40);
    let folder = "document.activeElement.closest('g').ariaLabel";
    page.get("document.querySelector('#map [tabindex=\"0\"]').focus()");
    let first = page.text(folder);
    page.press(&["ArrowRight"; 8]);
    assert_ne!(page.text(folder), first);
    assert_eq!(page.get("document.querySelectorAll('#map [tabindex=\"0\"]').length"), 1);
    page.was_quiet();
}

#[test]
fn whatever_a_document_says_is_text() {
    let folder = Folder::new();
    let document = hostile();
    let report = folder.report(&document);
    let page = Opened::new(&report);
    let shown = |selector: &str| {
        let text = page.text_of(selector);
        assert!(text.contains(HOSTILE_SHOWN), "{selector} shows {text}");
    };
    shown("h1");
    shown(".banner .quiet");
    shown(".findings a");
    shown("tbody th");
    shown("#map title");
    shown("title");
    page.click("tbody th a");
    page.until("!document.getElementById('package').hidden");
    shown("#package-name");
    shown("#package-facts");
    shown("#file-name");
    for output in [page.text_of("#package-output pre"), page.text_of(".troubles li")] {
        assert!(output.starts_with("</script></pre></title><!--<script>alert(1)"), "{output}");
        assert!(output.ends_with("${alert(3)} ⟨U+2028⟩⟨U+202E⟩"), "{output}");
    }
    assert_eq!(page.get("document.querySelectorAll('img').length"), 0);
    assert_eq!(page.get("document.querySelectorAll('script:not([type])').length"), 1);
    page.was_quiet();
}

/// The same document and sources in another place give the same bytes, and do not name the place.
#[test]
fn a_report_knows_no_place() {
    let (here, there) = (Folder::new(), Folder::new());
    let report = fs::read(here.report(&made_up(20, &here))).unwrap();
    assert!(report == fs::read(there.report(&made_up(20, &there))).unwrap(), "two reports differ");
    let report = String::from_utf8(report).unwrap();
    assert!(!report.contains(here.path().as_str()));
}

/// Sources that are gone, are not text, or lie outside the module.
#[test]
fn a_source_that_cannot_be_shown_says_why() {
    let folder = Folder::new();
    let mut document = made_up(1, &folder);
    let outside = Folder::new();
    outside.write("secret.go", b"secret");
    let files = &mut document.packages[0].files;
    folder.write(&files[0].path.clone(), b"first \xff\xfe line\nlast line\n");
    files[1].path = "gone.go".to_owned();
    files[2].path = outside.path().join("secret.go").into_string();
    files[3].path = format!("..{}/secret.go", outside.path());
    let page = Opened::new(&folder.report(&document));
    page.click("tbody th a");
    page.until("!document.getElementById('package').hidden");
    assert_eq!(page.text_of("#file-note"), "Bytes that are not UTF-8 are shown as �.");
    assert_eq!(
        page.get("document.querySelectorAll('.l')[0].textContent"),
        json!("first �� line\n")
    );
    for file in 1..4 {
        page.click(&format!("#package-files li:nth-child({}) a", file + 1));
        page.until(&format!("location.hash === '#p0f{file}'"));
        page.until("document.getElementById('source').hidden");
        let note = "This file could not be read when the report was written.";
        assert_eq!(page.text_of("#file-note"), note);
    }
    page.was_quiet();
}
