//! Owns `cargo xtask bench`: the order of the measurements and what is printed. It must not know
//! how one way runs, how the module is made or how a figure is read.

#[cfg(target_os = "linux")]
mod own;
#[cfg(not(target_os = "linux"))]
#[path = "own_elsewhere.rs"]
mod own;

mod clone;
mod leaf;
mod meter;
mod module;
mod push;
mod report;
mod source;
mod stats;
mod ways;

use std::fs;
use std::io::{self, Write};
use std::thread;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};

use self::meter::Cost;
use self::module::Shape;
use self::ways::{Bench, Way};
use crate::go;
use crate::project::{Project, heading, say};

/// How many packages a module has, and with `--quick`. The targets of the heavy one are stated for
/// 40 or more.
const fn packages(shape: Shape) -> (usize, usize) {
    match shape {
        Shape::Heavy => (48, 12),
        Shape::Outside => (24, 6),
        Shape::Small => (400, 40),
    }
}

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Run one round over a smaller module: shows that the benchmark works, not how fast covgate is
    #[arg(long)]
    quick: bool,

    /// How often to time each way; the medians are printed
    #[arg(long, value_name = "N", default_value_t = 3,
          value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,

    /// Run only one of the parts
    #[arg(long, value_name = "PART")]
    only: Option<Part>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// The ways to per-package coverage of heavy packages
    Ways,
    /// The same with tests outside the packages
    Outside,
    /// Nothing or one leaf edited in many small packages
    Leaf,
    /// A push that touches one package, and one that is remembered
    Push,
    /// What covgate itself costs, children excluded
    Own,
}

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let covgate = project.build_release("--bin", "covgate")?;
    let mut targets = Vec::new();
    // Everything is built before the long part, so that a broken build shows before it.
    let wants = |part| args.only.is_none_or(|only| only == part);
    let fake_go = if wants(Part::Own) { own::fake_go(project)? } else { None };
    let rounds = if args.quick { 1 } else { args.rounds };
    let prepare = |shape| prepare(project, args, covgate.clone(), shape);
    for (part, shape) in [(Part::Ways, Shape::Heavy), (Part::Outside, Shape::Outside)] {
        if wants(part) {
            let (bench, _scratch) = prepare(shape)?;
            let results = measure(&bench, rounds)?;
            print(&report::ways(&bench, rounds, &results))?;
            targets.extend(report::way_targets(shape, &results));
        }
    }
    if wants(Part::Leaf) {
        let (bench, _scratch) = prepare(Shape::Small)?;
        let leaf = leaf::measure(&bench, rounds)?;
        print(&report::leaf(&bench, rounds, &leaf))?;
        targets.extend(report::leaf_targets(&leaf));
    }
    if wants(Part::Push) {
        let (bench, _scratch) = prepare(Shape::Heavy)?;
        let push = push::measure(&bench)?;
        print(&report::push(&push))?;
        targets.extend(report::push_targets(&push));
    }
    if let Some(fake_go) = fake_go {
        heading("covgate's own cost");
        let own = own::measure(project, &covgate, &fake_go)?;
        print(&report::own(&own))?;
        targets.extend(report::own_targets(&own));
    }
    print(&report::targets(&targets, args.quick))
}

/// Makes the module, and a folder for caches beside it: they get so big that /tmp may not do.
fn prepare(
    project: &Project,
    args: &Args,
    covgate: Utf8PathBuf,
    shape: Shape,
) -> Result<(Bench, tempfile::TempDir)> {
    let go = go::find_or_fetch(project)?;
    let home = project.target.join("bench");
    let module = home.join("module");
    let (full, quick) = packages(shape);
    let packages = if args.quick { quick } else { full };
    heading(&format!("making a module of {packages} packages in {module}"));
    module::generate(&module, shape, packages)?;
    let scratch = tempfile::Builder::new()
        .prefix("scratch-")
        .tempdir_in(&home)
        .with_context(|| format!("cannot make a scratch directory in {home}"))?;
    let bench = Bench {
        go,
        covgate,
        module,
        shape,
        packages,
        workers: thread::available_parallelism()?.get(),
        scratch: Utf8PathBuf::try_from(scratch.path().to_owned())?,
    };
    Ok((bench, scratch))
}

/// What one way cost, one figure per round.
pub(crate) struct Timings {
    pub(crate) way: Way,
    pub(crate) cold: Vec<Cost>,
    pub(crate) unchanged: Vec<Cost>,
}

/// The ways take turns within a round, and each round starts with another one. So a machine that
/// slows down, or favours a place in the order, affects all alike.
fn measure(bench: &Bench, rounds: u32) -> Result<Vec<Timings>> {
    let mut results: Vec<Timings> = Way::ALL
        .into_iter()
        .map(|way| Timings { way, cold: Vec::new(), unchanged: Vec::new() })
        .collect();
    heading("warming up, not timed: the toolchain comes from memory from here on");
    let cache = bench.scratch.join("cache-warm-up");
    bench.run(Way::Plain, &cache)?;
    remove(&cache)?;
    for round in 1..=rounds {
        heading(&format!("round {round} of {rounds}"));
        for unchanged in [false, true] {
            for timings in &mut results {
                let cost = time(bench, timings.way, unchanged)?;
                if unchanged {
                    timings.unchanged.push(cost);
                } else {
                    timings.cold.push(cost);
                }
            }
        }
        for timings in &results {
            remove(&bench.cache(timings.way))?;
        }
        results.rotate_left(1);
    }
    results.sort_by_key(|timings| timings.way);
    Ok(results)
}

/// Runs one way once. Its cache is kept after the cold run, because the "unchanged" run starts from
/// it.
fn time(bench: &Bench, way: Way, unchanged: bool) -> Result<Cost> {
    let state = if unchanged { "unchanged" } else { "cold" };
    let cost = meter::measure(|| bench.run(way, &bench.cache(way)))
        .with_context(|| format!("{state}: {way}"))?;
    say(&format!("{state:>9}  {:6.1} s  {way}", cost.wall));
    Ok(cost)
}

fn remove(cache: &Utf8Path) -> Result<()> {
    fs::remove_dir_all(cache).with_context(|| format!("cannot remove {cache}"))
}

fn print(markdown: &str) -> Result<()> {
    Ok(io::stdout().write_all(markdown.as_bytes())?)
}
