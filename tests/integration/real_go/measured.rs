//! Owns measuring one module in all ways: both engines, one of them twice, and plain go.

use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::support::module::{Module, Plain, Ran, shown};

/// One module, measured.
pub(super) struct Measured {
    pub(super) batch: Ran,
    /// The same once more, with the results that go has cached, if it caches them.
    pub(super) again: Ran,
    pub(super) fanout: Ran,
    pub(super) plain: Plain,
    module_path: String,
}

impl Measured {
    /// Measures all packages, without floors.
    pub(super) fn new(module: &Module) -> Self {
        Self::with(module, &["-p", "2", "--default-threshold=0"], &["./..."])
    }

    /// Measures with `options`; plain go gets `plain_flags`.
    pub(super) fn with(module: &Module, options: &[&str], plain_flags: &[&str]) -> Self {
        Self::reporting(module, options, plain_flags, |_| Vec::new())
    }

    /// The same, with these requests for reports of each engine. The second run makes none, so reports
    /// must not show in what covgate prints.
    pub(super) fn reporting(
        module: &Module,
        options: &[&str],
        plain_flags: &[&str],
        reports: impl Fn(&str) -> Vec<String>,
    ) -> Self {
        let check = |engine, requests: Vec<String>| {
            let requests: Vec<&str> = requests.iter().map(String::as_str).collect();
            module.check(&[&["--no-timings", engine], &requests[..], options].concat())
        };
        Self {
            batch: check("--engine=batch", reports("batch")),
            again: check("--engine=batch", Vec::new()),
            fanout: check("--engine=fanout", reports("fanout")),
            plain: module.plain(plain_flags),
            module_path: module.go(&["list", "-m"]).stdout.trim().to_owned(),
        }
    }

    /// Checks that all three reports have the same bytes and the same exit code.
    #[track_caller]
    pub(super) fn agrees(&self) {
        assert_eq!(self.batch, self.again, "two runs over one tree");
        assert_eq!(self.batch, self.fanout, "two engines");
    }

    /// Checks that every number in the report is that of go's own profile and output.
    ///
    /// With less than a thousand statements, every number of covered ones has its own tenth of a
    /// percent. So numbers that agree in the tenth agree in the statements.
    #[track_caller]
    pub(super) fn numbers_are_right(&self) {
        let rows = self.batch.rows();
        assert!(!rows.is_empty(), "{}", self.batch);
        for row in rows.iter().filter(|row| row.status != "SKIPPED") {
            let path = self.import_path(&row.label);
            let statements = self.plain.statements.get(&path);
            let expected = statements.map_or("---".to_owned(), |statements| shown(*statements));
            assert_eq!(row.coverage, expected, "{path} has {statements:?}");
            assert_eq!(row.suffix == "no statements", statements.is_none(), "{path}");
            let said = self.plain.percentages.get(&path).cloned().flatten();
            let said = said.map(|said| if expected == "99.9" { expected.clone() } else { said });
            assert_eq!(said, statements.map(|_| expected), "go's own words for {path}");
        }
    }

    /// The numbers of covered and all statements behind the rows.
    pub(super) fn statements(&self) -> BTreeMap<&str, (u64, u64)> {
        let all = self.plain.statements.iter();
        all.map(|(path, statements)| (self.label(path), *statements)).collect()
    }

    pub(super) fn import_path(&self, label: &str) -> String {
        Utf8Path::new(&self.module_path).join(label).as_str().trim_end_matches("/.").to_owned()
    }

    fn label<'a>(&self, path: &'a str) -> &'a str {
        path.strip_prefix(&self.module_path).unwrap_or(path).trim_start_matches('/')
    }
}
