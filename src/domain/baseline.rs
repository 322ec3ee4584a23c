//! Owns the comparison with an earlier run: which packages rose and fell, and what became of all
//! together.
//! Must not know where the earlier numbers were kept, or how a difference is shown.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::domain::commit::short;
use crate::domain::findings::{Finding, Findings};
use crate::domain::percent::{Coverage, Tenths};
use crate::domain::visible;

/// The numbers of an earlier run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Earlier {
    /// What was asked for: a file, or a revision.
    pub name: String,
    /// The commit of the run, if it is known.
    pub commit: Option<String>,
    /// The coverage of each package, by the label that it would have in this run; none where it was
    /// not known.
    pub packages: BTreeMap<String, Option<Coverage>>,
    /// Whether a package that is not measured now is gone. It is not if this run leaves any out.
    pub whole: bool,
}

/// How a run differs from an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// What was asked for.
    pub name: String,
    /// The commit of the earlier run, if it is known.
    pub commit: Option<String>,
    /// All statements then.
    pub then: Coverage,
    /// All statements now.
    pub now: Coverage,
    /// The packages whose shown coverage differs, that are new, or that are gone: in the order of
    /// rows, and those that are gone last.
    pub packages: Vec<Differing>,
}

/// A package that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differing {
    /// Its label.
    pub label: String,
    /// Its coverage then; none if it was not there, or without statements.
    pub then: Option<Tenths>,
    /// Its coverage now; none if it is gone, or without statements.
    pub now: Option<Tenths>,
}

impl Earlier {
    /// Compares a run with the earlier one. Sums are over packages that are known both times, that are
    /// new, or gone: one whose tests fail has no coverage to compare, and is in neither sum.
    #[must_use]
    pub(crate) fn compare(&self, findings: &Findings) -> Comparison {
        let (mut then, mut now) = (Coverage::default(), Coverage::default());
        let mut packages = Vec::new();
        for finding in &findings.packages {
            let label = &finding.package.label;
            let (Some(after), before) = (finding.coverage(), self.packages.get(label)) else {
                continue;
            };
            let before = match before {
                Some(None) => continue,
                Some(Some(before)) => *before,
                None => Coverage::default(),
            };
            then += before;
            now += after;
            packages.extend(Differing::new(label, before, after));
        }
        for (label, before) in self.gone(findings) {
            then += before;
            packages.extend(Differing::new(label, before, Coverage::default()));
        }
        Comparison { name: self.name.clone(), commit: self.commit.clone(), then, now, packages }
    }

    /// The packages that were there and are no more.
    fn gone(&self, findings: &Findings) -> Vec<(&str, Coverage)> {
        if !self.whole {
            return Vec::new();
        }
        let measured = findings.packages.iter().map(|one: &Finding| one.package.label.as_str());
        let there: BTreeSet<&str> =
            measured.chain(findings.excluded.iter().map(String::as_str)).collect();
        let gone = self.packages.iter().filter(|(label, _)| !there.contains(label.as_str()));
        gone.filter_map(|(label, coverage)| Some((label.as_str(), (*coverage)?))).collect()
    }
}

impl Differing {
    fn new(label: &str, then: Coverage, now: Coverage) -> Option<Self> {
        let (then, now) = (then.shown(), now.shown());
        (then != now).then(|| Self { label: label.to_owned(), then, now })
    }

    /// By how many tenths of a percentage point it rose; none if it is new or gone.
    #[must_use]
    pub fn change(&self) -> Option<i32> {
        difference(self.then, self.now)
    }

    /// The change in a word: by how much, or that it is new or gone.
    #[must_use]
    pub(crate) fn word(&self) -> String {
        match (self.then, self.change()) {
            (_, Some(change)) => signed(change),
            (None, None) => "new".to_owned(),
            (Some(_), None) => "gone".to_owned(),
        }
    }
}

impl Comparison {
    /// By how many tenths of a percentage point all together rose.
    #[must_use]
    pub fn change(&self) -> Option<i32> {
        difference(self.then.shown(), self.now.shown())
    }

    /// The packages that rose and those that fell, those with the largest change first. New ones and
    /// those that are gone did neither.
    #[must_use]
    pub fn sorted(&self, rose: bool) -> Vec<&Differing> {
        let of_kind = |one: &&Differing| one.change().is_some_and(|change| (change > 0) == rose);
        let mut packages: Vec<&Differing> = self.packages.iter().filter(of_kind).collect();
        packages.sort_by_key(|one| Reverse(one.change().map(i32::abs)));
        packages
    }
}

fn difference(then: Option<Tenths>, now: Option<Tenths>) -> Option<i32> {
    Some(now?.rise_from(then?))
}

/// A change in tenths of a percentage point, with its sign.
#[must_use]
pub(crate) fn signed(change: i32) -> String {
    let sign = if change < 0 { '-' } else { '+' };
    format!("{sign}{}.{}", change.abs() / 10, change.abs() % 10)
}

impl fmt::Display for Comparison {
    /// One line: what became of all packages together, and how many rose and fell.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let commit = self.commit.as_deref().map(short);
        write!(f, "Compared with {}", visible::line(&self.name))?;
        if let Some(commit) = commit.filter(|commit| !self.name.starts_with(commit)) {
            write!(f, " ({})", visible::line(commit))?;
        }
        let shown = |coverage: Coverage| coverage.shown().map(|shown| format!("{shown}%"));
        match (shown(self.then), shown(self.now), self.change()) {
            (_, Some(now), None | Some(0)) => write!(f, ": total coverage {now}")?,
            (Some(then), Some(now), Some(change)) => {
                write!(f, ": total coverage {now}, was {then} ({})", signed(change))?;
            }
            _ => f.write_str(": nothing to compare")?,
        }
        let new = |one: &&Differing| one.then.is_none();
        let gone = |one: &&Differing| one.now.is_none();
        let counts = [
            (self.sorted(true).len(), "rose"),
            (self.sorted(false).len(), "fell"),
            (self.packages.iter().filter(new).count(), "new"),
            (self.packages.iter().filter(gone).count(), "gone"),
        ];
        let said = counts.iter().filter(|(count, _)| *count > 0);
        let said: Vec<String> = said.map(|(count, what)| format!("{count} {what}")).collect();
        match said.is_empty() {
            true => f.write_str("; no package rose or fell"),
            false => write!(f, "; packages: {}", said.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenths(number: u16) -> Option<Tenths> {
        Tenths::new(number)
    }

    fn comparison(packages: Vec<Differing>) -> Comparison {
        Comparison {
            name: "main".to_owned(),
            commit: Some("0123456789abcdef".to_owned()),
            then: Coverage { covered: 8, total: 10 },
            now: Coverage { covered: 7, total: 10 },
            packages,
        }
    }

    #[test]
    fn a_line_says_what_became_of_all() {
        let one = |label: &str, then, now| Differing { label: label.to_owned(), then, now };
        let line = comparison(vec![
            one("a", tenths(800), tenths(700)),
            one("b", tenths(500), tenths(200)),
            one("c", None, tenths(0)),
            one("d", tenths(1), None),
        ]);
        assert_eq!(
            line.to_string(),
            "Compared with main (0123456789ab): total coverage 70.0%, was 80.0% (-10.0); packages: \
             2 fell, 1 new, 1 gone"
        );
        let fell: Vec<&str> = line.sorted(false).iter().map(|one| one.label.as_str()).collect();
        assert_eq!(fell, ["b", "a"]);
        let same = Comparison { now: line.then, packages: vec![], ..line };
        assert_eq!(
            same.to_string(),
            "Compared with main (0123456789ab): total coverage 80.0%; no package rose or fell"
        );
        let nothing = Coverage::default();
        let none = Comparison { now: nothing, then: nothing, ..same };
        assert!(none.to_string().contains(": nothing to compare;"), "{none}");
    }

    #[test]
    fn changes_have_a_sign() {
        assert_eq!([5, -12, 0, 1000].map(signed), ["+0.5", "-1.2", "+0.0", "+100.0"]);
    }
}
