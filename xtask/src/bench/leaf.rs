//! Owns the benchmark of the everyday step: a module of many small packages, nothing or one leaf of
//! it edited, checked whole, since the last commit, and by a push. It must not know how figures are
//! printed.

use anyhow::{Context, Result};

use super::clone::{Clone, DEFAULT, TRACKING, refs};
use super::meter::{self, Cost};
use super::ways::Bench;
use crate::project::{heading, say};

/// A way to gate the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Gate {
    Unchanged,
    Whole,
    Since,
    Push,
}

impl Gate {
    const ALL: [Self; 4] = [Self::Unchanged, Self::Whole, Self::Since, Self::Push];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unchanged => "nothing edited: covgate check",
            Self::Whole => "one leaf edited: covgate check",
            Self::Since => "one leaf edited: covgate check --since",
            Self::Push => "one leaf edited: a push",
        }
    }
}

/// What each gate cost, one figure per round.
pub(crate) type Leaf = Vec<(Gate, Vec<Cost>)>;

/// Each gate in turn, and each round starts with another one. Every edit is a new one, and what the
/// remote has is always the commit before it.
pub(crate) fn measure(bench: &Bench, rounds: u32) -> Result<Leaf> {
    let clone = Clone { bench, folder: bench.scratch.join("leaf") };
    let mut base = clone.make()?;
    let (here, pushed) = (bench.scratch.join("cache-leaf"), bench.scratch.join("cache-leaf-push"));
    heading(&format!("{} small packages, not timed: filling the caches", bench.packages));
    clone.check(&here, &[])?;
    // covgate's own work tree has a path of its own, for which go's cache is filled apart.
    clone.git(&["symbolic-ref", "--delete", DEFAULT])?;
    clone.hook(&pushed, &refs(&base, None), &["--fresh"])?;
    clone.git(&["symbolic-ref", DEFAULT, TRACKING])?;
    let mut results: Leaf = Gate::ALL.into_iter().map(|gate| (gate, Vec::new())).collect();
    let mut edit = 0;
    for round in 1..=rounds {
        heading(&format!("round {round} of {rounds}"));
        for (gate, costs) in &mut results {
            let tip = if *gate == Gate::Unchanged {
                // What the last edit left to do.
                clone.check(&here, &[])?;
                base.clone()
            } else {
                edit += 1;
                clone.edit_leaf(edit)?
            };
            let work = || match gate {
                Gate::Unchanged | Gate::Whole => clone.check(&here, &[]),
                Gate::Since => clone.check(&here, &["--since", &base]),
                Gate::Push => clone.hook(&pushed, &refs(&tip, Some(&base)), &["--fresh"]),
            };
            let cost = meter::measure(work).with_context(|| gate.name())?;
            say(&format!("{:6.2} s  {}", cost.wall, gate.name()));
            costs.push(cost);
            clone.git(&["update-ref", TRACKING, &tip])?;
            base = tip;
        }
        results.rotate_left(1);
    }
    results.sort_by_key(|(gate, _)| *gate);
    Ok(results)
}
