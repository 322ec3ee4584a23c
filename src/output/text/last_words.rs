//! Owns the last words of a closed `check`: how many packages close the gate and why, what those
//! below their floors lack, and the commands that open it.
//! Must not know how anything was measured.

use std::io::{self, Write};

use camino::Utf8Path;

use super::shortfall::{self, Shortfall};
use crate::domain::counted::more_statements;
use crate::domain::findings::Finding;
use crate::domain::outcome::Outcome;
use crate::domain::package::Package;
use crate::domain::percent::{Percent, Tenths};
use crate::domain::shell;
use crate::domain::sums::{Subject, Sum};
use crate::domain::verdict::Status;
use crate::settings::{Repeat, Settings};

/// How many packages of one kind are named.
const PACKAGES: usize = 10;

/// Who reads it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    /// Where their relative paths start.
    pub folder: &'a Utf8Path,
    /// What they would type to measure so again.
    pub repeat: &'a Repeat,
}

impl<'a> Reader<'a> {
    /// Who started a run with these settings.
    #[must_use]
    pub(crate) fn of(settings: &'a Settings) -> Self {
        Self { folder: &settings.working_directory, repeat: &settings.repeat }
    }

    /// A package as they would name it to a command.
    #[must_use]
    pub(crate) fn pattern(&self, package: &Package) -> String {
        match package.dir.strip_prefix(self.folder) {
            Ok(folder) if folder.as_str().is_empty() => ".".to_owned(),
            Ok(folder) => shell::pattern(folder.as_str()),
            Err(_) => package.import_path.clone(),
        }
    }
}

/// Why a package closes the gate, in the order in which that is counted: the words for one, and for
/// several.
const CAUSES: [(&str, &str); 6] = [
    ("below its floor", "below their floor"),
    ("with failing tests", "with failing tests"),
    ("that does not build", "that do not build"),
    ("timed out", "timed out"),
    ("without coverage data", "without coverage data"),
    ("loose", "loose"),
];

/// The place among [`CAUSES`].
fn cause(finding: &Finding) -> usize {
    match (finding.verdict.status, finding.measured.outcome) {
        (Status::Loose, _) => 5,
        (_, Outcome::TestsFailed) => 1,
        (_, Outcome::BuildFailed) => 2,
        (_, Outcome::TimedOut) => 3,
        (_, Outcome::NoCoverageData) => 4,
        (_, Outcome::Covered(_) | Outcome::NoStatements) => 0,
    }
}

/// What closes a gate.
#[derive(Debug)]
pub(crate) struct LastWords<'a> {
    reader: Reader<'a>,
    counts: [usize; CAUSES.len()],
    /// Packages below their floors, those that are named.
    short: Vec<Shortfall>,
    /// The names of some packages below their floors, and of some whose floors are loose.
    below: Vec<String>,
    loose: Vec<String>,
}

impl<'a> LastWords<'a> {
    /// Of a gate that nothing closes yet.
    #[must_use]
    pub(crate) fn new(reader: Reader<'a>) -> Self {
        let (counts, short) = ([0; CAUSES.len()], Vec::new());
        Self { reader, counts, short, below: Vec::new(), loose: Vec::new() }
    }

    /// Where the relative paths of whoever reads them start.
    #[must_use]
    pub(crate) fn folder(&self) -> &'a Utf8Path {
        self.reader.folder
    }

    /// Adds a package that closes the gate.
    pub(crate) fn add(&mut self, finding: &Finding) {
        let cause = cause(finding);
        self.counts[cause] += 1;
        if self.counts[cause] > PACKAGES {
            return;
        }
        if finding.verdict.status == Status::Loose {
            self.loose.push(self.reader.pattern(&finding.package));
        } else if let Some(short) = Shortfall::of(finding, self.reader.folder) {
            self.short.push(short);
            self.below.push(self.reader.pattern(&finding.package));
        }
    }

    /// Writes them, with what all packages together lack; nothing where nothing closes the gate.
    ///
    /// # Errors
    /// When the writer fails.
    pub(crate) fn write(&self, sums: &[Sum], err: &mut dyn Write) -> io::Result<()> {
        let short: Vec<&Sum> = sums.iter().filter(|sum| !sum.is_reached()).collect();
        let below = short.iter().map(|sum| format!("{} below the minimum", sum.subject));
        let counts: Vec<String> = self.counted().chain(below).collect();
        if counts.is_empty() {
            return Ok(());
        }
        writeln!(err, "\n{}", counts.join(", "))?;
        let [below, .., loose] = self.counts;
        shortfall::write(&self.short, below, err)?;
        for sum in short {
            let who = match sum.subject {
                Subject::Changed => "the change needs",
                Subject::Total => "all packages together need",
            };
            let minimum = sum.minimum.map(Percent::shown).unwrap_or(Tenths::FULL);
            writeln!(err, "{who} {} for {minimum}%", more_statements(sum.missing()))?;
        }
        let repeat = self.reader.repeat;
        if below > 0 {
            writeln!(err, "see all of it: {}", repeat.audit(named(&self.below, below)))?;
        }
        if loose > 0 {
            let packages = named(&self.loose, loose);
            // Of the run's own packages, those that have no floor of their own are to get none.
            let existing = packages.is_empty().then(|| "--only-existing".to_owned());
            let existing: Vec<String> = existing.into_iter().collect();
            writeln!(err, "raise what is loose: {}", repeat.ratchet(&existing, packages))?;
        }
        match self.below.first() {
            Some(package) if below == 1 => {
                writeln!(err, "lower the floor on purpose: {}", repeat.lower(package))
            }
            Some(package) => {
                writeln!(err, "lower one floor on purpose, such as: {}", repeat.lower(package))
            }
            None => Ok(()),
        }
    }

    /// `2 packages below their floor`, `1 with failing tests`.
    fn counted(&self) -> impl Iterator<Item = String> {
        let found = std::iter::zip(self.counts, CAUSES).filter(|(count, _)| *count > 0);
        found.enumerate().map(|(index, (count, (one, several)))| {
            let what = match (index, count) {
                (0, 1) => " package",
                (0, _) => " packages",
                _ => "",
            };
            format!("{count}{what} {}", if count == 1 { one } else { several })
        })
    }
}

/// The names, where they are all; else none, which is the packages of the run.
fn named(names: &[String], count: usize) -> &[String] {
    if names.len() == count { names } else { &[] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::choice::Tightness;
    use crate::domain::floor::{Floor, Source};
    use crate::domain::outcome::Measured;
    use crate::domain::percent::Coverage;
    use crate::domain::verdict::Policy;

    fn finding(name: &str, outcome: Outcome, source: Source) -> Finding {
        let package = Package {
            position: 0,
            module: 0,
            import_path: format!("m/{name}"),
            label: name.to_owned(),
            dir: format!("/m/{name}").into(),
            external_tests: None,
            tested: true,
            external_links: None,
            test_imports: Vec::new(),
            floor: Floor { percent: "50".parse().unwrap(), source, fell_from: None },
        };
        let policy = Policy::new(Tightness::Fail, "0.5".parse().unwrap());
        Finding::judged(policy, &package, Measured::without_coverage(outcome, String::new()))
    }

    fn covered(name: &str, covered: u64) -> Finding {
        finding(name, Outcome::Covered(Coverage { covered, total: 10 }), Source::Committed)
    }

    fn said(repeat: &Repeat, findings: &[Finding]) -> String {
        let mut words = LastWords::new(Reader { folder: Utf8Path::new("/m"), repeat });
        findings.iter().for_each(|finding| words.add(finding));
        let mut said = Vec::new();
        words.write(&[], &mut said).unwrap();
        String::from_utf8(said).unwrap()
    }

    #[test]
    fn only_what_is_there_is_counted() {
        let counts = |findings: &[Finding]| {
            let said = said(&Repeat::default(), findings);
            said.lines().nth(1).unwrap_or_default().to_owned()
        };
        let failed = |outcome| finding("f", outcome, Source::Default);
        assert_eq!(said(&Repeat::default(), &[]), "");
        assert_eq!(counts(&[covered("a", 1)]), "1 package below its floor");
        assert_eq!(counts(&[covered("a", 9)]), "1 package loose");
        let mixed = [covered("a", 9), covered("b", 1), failed(Outcome::TestsFailed)];
        assert_eq!(counts(&mixed), "1 package below its floor, 1 with failing tests, 1 loose");
        let broken = [
            failed(Outcome::NoCoverageData),
            failed(Outcome::TimedOut),
            failed(Outcome::BuildFailed),
            failed(Outcome::BuildFailed),
        ];
        let expected = "2 packages that do not build, 1 timed out, 1 without coverage data";
        assert_eq!(counts(&broken), expected);
    }

    /// Many are counted, and the commands are of the packages of the run.
    #[test]
    fn what_is_not_shown_is_counted() {
        let repeat = Repeat { patterns: vec!["./lib/...".to_owned()], ..Repeat::default() };
        let many = |count: usize, of: u64| -> Vec<Finding> {
            (0..count).map(|number| covered(&format!("p{number}"), of)).collect()
        };
        let names: String = (0..PACKAGES).map(|number| format!(" ./p{number}")).collect();
        let commands = |findings: &[Finding]| {
            let said = said(&repeat, findings);
            let commands = said.lines().filter(|line| line.contains("covgate"));
            commands.map(str::to_owned).collect::<Vec<_>>()
        };
        let lower = "lower one floor on purpose, such as: \
                     covgate ratchet --lower ./p0 --reason \"why\" ./lib/...";
        let all = format!("see all of it: covgate audit{names}");
        assert_eq!(commands(&many(PACKAGES, 1)), [all.as_str(), lower]);
        let all = "see all of it: covgate audit ./lib/...";
        assert_eq!(commands(&many(PACKAGES + 1, 1)), [all, lower]);
        let raise = format!("raise what is loose: covgate ratchet{names}");
        assert_eq!(commands(&many(PACKAGES, 9)), [raise]);
        let raise = "raise what is loose: covgate ratchet --only-existing ./lib/...";
        assert_eq!(commands(&many(PACKAGES + 1, 9)), [raise]);

        let ending = |count| said(&repeat, &many(count, 1));
        assert!(!ending(PACKAGES).contains("more package"));
        assert!(ending(PACKAGES + 1).contains("\nand 1 more package is below its floor\nsee"));
        assert!(ending(PACKAGES + 2).contains("\nand 2 more packages are below their floors\nsee"));
    }

    /// What is measured may be a copy: a floor that is written there helps nobody.
    #[test]
    fn floors_are_written_where_people_find_them() {
        let findings = [covered("a", 1), covered("b", 9)];
        let folders = |chdir: Option<&str>, floors_in: Option<&str>| {
            let (chdir, floors_in) = (chdir.map(Into::into), floors_in.map(Into::into));
            let said = said(&Repeat { chdir, floors_in, ..Repeat::default() }, &findings);
            let folders =
                said.lines().filter_map(|line| line.split_once("covgate ")).map(|(_, command)| {
                    match command.split_once(" -C ") {
                        Some((_, rest)) => rest.split(' ').next().unwrap_or_default().to_owned(),
                        None => String::new(),
                    }
                });
            folders.collect::<Vec<_>>()
        };
        assert_eq!(folders(None, None), ["", "", ""]);
        assert_eq!(folders(Some("sub"), None), ["sub", "sub", "sub"]);
        assert_eq!(folders(Some("/copy"), Some("")), ["/copy", "", ""]);
        assert_eq!(folders(Some("/copy/sub"), Some("sub")), ["/copy/sub", "sub", "sub"]);
    }
}
