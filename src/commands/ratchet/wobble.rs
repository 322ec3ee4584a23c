//! Owns the result of measuring one tree several times: the lowest coverage of each package, and
//! which packages wobble.
//! Must not know what the results are used for.

use crate::domain::outcome::{Measured, Outcome};
use crate::domain::package::Package;
use crate::domain::percent::{Coverage, Tenths};
use crate::domain::visible;

/// The results of all rounds so far.
#[derive(Debug)]
pub(super) struct Repeats {
    rounds: usize,
    lowest: Vec<Option<Measured>>,
    highest: Vec<Option<Tenths>>,
}

impl Repeats {
    pub(super) fn new(packages: usize) -> Self {
        Self { rounds: 0, lowest: vec![None; packages], highest: vec![None; packages] }
    }

    /// Adds a round, in the order of the listing.
    pub(super) fn add(&mut self, round: &[Measured]) {
        self.rounds += 1;
        for (index, measured) in round.iter().enumerate() {
            self.lowest[index] = Some(self.lowest(index, measured));
            self.highest[index] = self.highest[index].max(shown(measured));
        }
    }

    /// The lowest of all rounds and this one; a failure is lower than any number.
    pub(super) fn lowest(&self, index: usize, now: &Measured) -> Measured {
        match &self.lowest[index] {
            Some(before) if rank(before) < rank(now) => before.clone(),
            _ => now.clone(),
        }
    }

    /// A line for each package whose rounds differ.
    pub(super) fn wobbles(&self, packages: &[Package]) -> Vec<String> {
        let differ = |index: &usize| {
            let (low, high) = (self.lowest[*index].as_ref().and_then(shown), self.highest[*index]);
            low.zip(high).filter(|(low, high)| low < high)
        };
        let line = |index: usize| {
            let (low, high) = differ(&index)?;
            let (label, rounds) = (visible::line(&packages[index].label), self.rounds);
            let gap = Tenths::new(high.get() - low.get())?;
            Some(format!("Wobbles by {gap}pp over {rounds} runs ({low}% to {high}%): {label}\n"))
        };
        (0..packages.len()).filter_map(line).collect()
    }
}

fn shown(measured: &Measured) -> Option<Tenths> {
    measured.outcome.coverage().and_then(Coverage::shown)
}

/// Failures first, then percentages, then packages without statements.
fn rank(measured: &Measured) -> (u8, Option<Tenths>) {
    match &measured.outcome {
        Outcome::Covered(_) => (1, shown(measured)),
        Outcome::NoStatements => (2, None),
        _ => (0, None),
    }
}
