//! Owns the benchmark of the pre-push hook: a push that touches one leaf package compared with a
//! check of all, and a push that is remembered. It must not know how figures are printed.

use std::fs;
use std::time::Instant;

use anyhow::{Context, Result};

use super::clone::{Clone, DEFAULT, TRACKING, refs};
use super::meter::{self, Cost};
use super::stats::median;
use super::ways::Bench;
use crate::project::{heading, say};

/// How often the remembered push is timed.
const REMEMBERED_RUNS: usize = 20;

/// What pushes cost.
pub(crate) struct Push {
    pub(crate) cold_check: Cost,
    pub(crate) cold_push: Cost,
    pub(crate) warm_check: Cost,
    pub(crate) warm_push: Cost,
    /// The median, in seconds of wall-clock time.
    pub(crate) remembered: f64,
}

/// Makes a repository whose tip differs from its remote in one leaf package, and measures the
/// pushes.
pub(crate) fn measure(bench: &Bench) -> Result<Push> {
    let clone = Clone { bench, folder: bench.scratch.join("push") };
    let base = clone.make()?;
    let tip = clone.edit_leaf(0)?;
    let push = refs(&tip, Some(&base));
    let cache = |name: &str| bench.scratch.join(format!("cache-push-{name}"));
    let time = |what: &str, work: &dyn Fn() -> Result<()>| -> Result<Cost> {
        let cost = meter::measure(work).with_context(|| what.to_owned())?;
        say(&format!("{:6.1} s  {what}", cost.wall));
        Ok(cost)
    };
    heading("a push that touches one leaf package");
    let cold_check = time("cold: covgate check", &|| clone.check(&cache("a"), &[]))?;
    fs::remove_dir_all(cache("a"))?;
    let cold_push = time("cold: push", &|| clone.hook(&cache("b"), &push, &["--fresh"]))?;
    fs::remove_dir_all(cache("b"))?;
    clone.git(&["checkout", "-q", &base])?;
    clone.check(&cache("c"), &[])?;
    clone.git(&["checkout", "-q", &tip])?;
    // covgate's own work tree has a path of its own: a push of the base fills the cache for it.
    clone.git(&["symbolic-ref", "--delete", DEFAULT])?;
    clone.hook(&cache("d"), &refs(&base, None), &["--fresh"])?;
    clone.git(&["symbolic-ref", DEFAULT, TRACKING])?;
    let warm_check = time("warm: covgate check", &|| clone.check(&cache("c"), &[]))?;
    let warm_push = time("warm: push", &|| clone.hook(&cache("d"), &push, &["--fresh"]))?;
    let mut walls = Vec::new();
    for _ in 0..REMEMBERED_RUNS {
        let started = Instant::now();
        clone.hook(&cache("d"), &push, &[])?;
        walls.push(started.elapsed().as_secs_f64());
    }
    Ok(Push { cold_check, cold_push, warm_check, warm_push, remembered: median(walls) })
}
