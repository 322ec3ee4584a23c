//! Owns the way of a comparison with an earlier run into the document and back.
//! Must not know what the document is used for.

use super::write::tenths;
use super::{BaselineRecord, PackageChangeRecord, SumRecord};
use crate::domain::baseline::{Comparison, Differing};
use crate::domain::percent::{Coverage, Tenths};

impl BaselineRecord {
    /// The record of a comparison.
    pub(super) fn new(comparison: &Comparison) -> Self {
        Self {
            name: comparison.name.clone(),
            commit: comparison.commit.clone(),
            then: SumRecord::new(comparison.then),
            now: SumRecord::new(comparison.now),
            change: comparison.change().map(points),
            packages: comparison.packages.iter().map(PackageChangeRecord::new).collect(),
        }
    }

    /// The comparison again.
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        Comparison {
            name: self.name.clone(),
            commit: self.commit.clone(),
            then: self.then.coverage(),
            now: self.now.coverage(),
            packages: self.packages.iter().map(PackageChangeRecord::differing).collect(),
        }
    }
}

impl SumRecord {
    fn new(coverage: Coverage) -> Self {
        let Coverage { covered, total } = coverage;
        Self { statements: total, covered, percent: coverage.shown().map(tenths) }
    }

    fn coverage(self) -> Coverage {
        Coverage { covered: self.covered, total: self.statements }
    }
}

impl PackageChangeRecord {
    fn new(one: &Differing) -> Self {
        Self {
            path: one.label.clone(),
            then: one.then.map(tenths),
            now: one.now.map(tenths),
            change: one.change().map(points),
        }
    }

    fn differing(&self) -> Differing {
        Differing { label: self.path.clone(), then: read(self.then), now: read(self.now) }
    }
}

fn points(tenths: i32) -> f64 {
    f64::from(tenths) / 10.0
}

/// A percentage as shown.
fn read(percent: Option<f64>) -> Option<Tenths> {
    let percent = percent.filter(|percent| (0.0..=100.0).contains(percent))?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
    Tenths::new((percent * 10.0).round() as u16)
}
