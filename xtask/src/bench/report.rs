//! Owns what the benchmark prints: Markdown, to be pasted into a note. It must not know how a
//! figure was measured.

use std::fmt::Write as _;

use super::Timings;
use super::leaf::{Gate, Leaf};
use super::meter::Cost;
use super::module::Shape;
use super::own::Own;
use super::push::Push;
use super::stats::{Bound, median};
use super::ways::{Bench, Way};

/// If other programs take more than this, wall times mean little.
const BUSY_PERCENT: f64 = 10.0;

/// One line of the table of targets.
pub(crate) struct Target {
    what: String,
    bound: Bound,
    unit: &'static str,
    figure: f64,
}

/// The table of the ways, with ratios to one plain `go test`.
pub(crate) fn ways(bench: &Bench, rounds: u32, results: &[Timings]) -> String {
    let mut rows = vec![
        ["way", "cold: wall s", "CPU s", "of plain", "unchanged: wall s", "CPU s", "of plain"]
            .map(str::to_owned)
            .to_vec(),
    ];
    let plain = find(results, Way::Plain);
    for timings in results {
        let mut row = vec![timings.way.to_string()];
        for (costs, of) in [
            (&timings.cold, plain.map(|plain| &plain.cold)),
            (&timings.unchanged, plain.map(|plain| &plain.unchanged)),
        ] {
            row.push(format!("{:.1}", wall(costs)));
            row.push(format!("{:.1}", median(costs.iter().map(|cost| cost.cpu))));
            row.push(format!("{:.2}", ratio(Some(costs), of)));
        }
        rows.push(row);
    }
    format!(
        "\n{} packages ({:?}), go {}, {} CPUs; medians of {rounds} round(s); CGO_ENABLED=0\n\n{}{}",
        bench.packages,
        bench.shape,
        bench.go.version,
        bench.workers,
        table(&rows),
        company(results.iter().flat_map(|timings| timings.cold.iter().chain(&timings.unchanged)))
    )
}

/// The table of the gates of a module with nothing or one leaf edited, with ratios to the whole
/// module unchanged.
pub(crate) fn leaf(bench: &Bench, rounds: u32, leaf: &Leaf) -> String {
    let mut rows = vec![["gate", "wall s", "CPU s", "of unchanged"].map(str::to_owned).to_vec()];
    let unchanged = gate(leaf, Gate::Unchanged);
    for (gate, costs) in leaf {
        rows.push(vec![
            gate.name().to_owned(),
            format!("{:.2}", wall(costs)),
            format!("{:.2}", median(costs.iter().map(|cost| cost.cpu))),
            format!("{:.2}", ratio(Some(costs), unchanged)),
        ]);
    }
    format!(
        "\n{} packages ({:?}), go {}, {} CPUs; medians of {rounds} round(s)\n\n{}{}",
        bench.packages,
        bench.shape,
        bench.go.version,
        bench.workers,
        table(&rows),
        company(leaf.iter().flat_map(|(_, costs)| costs))
    )
}

pub(crate) fn leaf_targets(leaf: &Leaf) -> Vec<Target> {
    vec![Target {
        what: "one leaf edited: a push over a whole unchanged check".to_owned(),
        bound: Bound::AtMost(0.25),
        unit: "times",
        figure: ratio(gate(leaf, Gate::Push), gate(leaf, Gate::Unchanged)),
    }]
}

fn gate(leaf: &Leaf, wanted: Gate) -> Option<&Vec<Cost>> {
    leaf.iter().find(|(gate, _)| *gate == wanted).map(|(_, costs)| costs)
}

/// How much CPU time other programs took: the figures can look precise and still be distorted.
fn company<'a>(costs: impl Iterator<Item = &'a Cost>) -> String {
    let (mut others, mut all) = (0.0, 0.0);
    for cost in costs {
        others += cost.others;
        all += cost.others + cost.cpu;
    }
    let share = 100.0 * others / all;
    if share.is_nan() {
        return String::new();
    }
    let verdict = if share > BUSY_PERCENT { ": DO NOT TRUST the wall times" } else { "" };
    format!("\nother programs took {share:.0}% of the CPU time used meanwhile{verdict}\n")
}

/// The table of the pushes, with ratios to a check of all.
pub(crate) fn push(push: &Push) -> String {
    let row = |what: &str, check: &Cost, cost: &Cost| {
        let ratio = cost.wall / check.wall;
        vec![
            what.to_owned(),
            format!("{:.1}", check.wall),
            format!("{:.1}", cost.wall),
            format!("{ratio:.2}"),
        ]
    };
    let rows = vec![
        ["one leaf package edited", "check on all: wall s", "push: wall s", "of check"]
            .map(str::to_owned)
            .to_vec(),
        row("cold", &push.cold_check, &push.cold_push),
        row("warm", &push.warm_check, &push.warm_push),
    ];
    format!("\n{}", table(&rows))
}

pub(crate) fn push_targets(push: &Push) -> Vec<Target> {
    vec![Target {
        what: "a remembered push".to_owned(),
        bound: Bound::AtMost(50.0),
        unit: "ms",
        figure: 1000.0 * push.remembered,
    }]
}

/// covgate's targets for its wall time.
pub(crate) fn way_targets(shape: Shape, results: &[Timings]) -> Vec<Target> {
    let (place, cold_plain, unchanged_plain, cold_old) = match shape {
        Shape::Outside => ("tests outside, ", 1.25, 1.6, 2.0),
        _ => ("", 1.10, 1.25, 1.8),
    };
    let cold = |way| find(results, way).map(|timings| &timings.cold);
    let unchanged = |way| find(results, way).map(|timings| &timings.unchanged);
    let target = |what: &str, bound, figure| Target {
        what: format!("{place}{what}"),
        bound,
        unit: "times",
        figure,
    };
    vec![
        target(
            "cold: covgate over plain go test",
            Bound::AtMost(cold_plain),
            ratio(cold(Way::Covgate), cold(Way::Plain)),
        ),
        target(
            "unchanged: covgate over plain go test",
            Bound::AtMost(unchanged_plain),
            ratio(unchanged(Way::Covgate), unchanged(Way::Plain)),
        ),
        target(
            "cold: the old way over covgate",
            Bound::AtLeast(cold_old),
            ratio(cold(Way::Old), cold(Way::Covgate)),
        ),
        target(
            "unchanged: the old way over covgate",
            Bound::AtLeast(8.0),
            ratio(unchanged(Way::Old), unchanged(Way::Covgate)),
        ),
    ]
}

/// What covgate itself cost, in each run.
pub(crate) fn own(own: &Own) -> String {
    let list = |figures: &[f64], digits: usize| {
        let figures: Vec<String> = figures.iter().map(|f| format!("{f:.digits$}")).collect();
        figures.join(", ")
    };
    format!(
        "\ncovgate itself, children excluded, on {}:\n\
         CPU s {}; peak MiB {} (sampled, see `bench/own.rs`)\n\
         `covgate --version`: median of {} runs {:.2} ms\n",
        own.load,
        list(&own.cpu_seconds, 2),
        list(&own.peak_mib, 1),
        own.startup_ms.len(),
        median(own.startup_ms.iter().copied()),
    )
}

pub(crate) fn own_targets(own: &Own) -> Vec<Target> {
    vec![
        Target {
            what: format!("own CPU, {}", own.load),
            bound: Bound::AtMost(0.5),
            unit: "s",
            figure: median(own.cpu_seconds.iter().copied()),
        },
        Target {
            what: format!("own peak memory, {}", own.load),
            bound: Bound::AtMost(128.0),
            unit: "MiB",
            figure: own.peak_mib.iter().copied().fold(f64::NAN, f64::max),
        },
        Target {
            what: "startup of `covgate --version`".to_owned(),
            bound: Bound::AtMost(5.0),
            unit: "ms",
            figure: median(own.startup_ms.iter().copied()),
        },
    ]
}

/// The table of targets, each met or missed.
pub(crate) fn targets(targets: &[Target], quick: bool) -> String {
    let mut rows = vec![["target", "wanted", "measured", ""].map(str::to_owned).to_vec()];
    for target in targets {
        let (sign, limit) = match target.bound {
            Bound::AtMost(limit) => ("≤", limit),
            Bound::AtLeast(limit) => ("≥", limit),
        };
        let verdict = if target.bound.met_by(target.figure) { "met" } else { "MISSED" };
        rows.push(vec![
            target.what.clone(),
            format!("{sign} {limit:.2} {}", target.unit),
            format!("{:.2} {}", target.figure, target.unit),
            verdict.to_owned(),
        ]);
    }
    let mut text = format!("\n{}", table(&rows));
    if quick {
        text += "\n--quick: one round over a small module; the targets are not stated for it\n";
    }
    text
}

fn find(results: &[Timings], way: Way) -> Option<&Timings> {
    results.iter().find(|timings| timings.way == way)
}

fn wall(costs: &[Cost]) -> f64 {
    median(costs.iter().map(|cost| cost.wall))
}

/// The ratio of the medians; NaN if a side was not measured.
fn ratio(over: Option<&Vec<Cost>>, under: Option<&Vec<Cost>>) -> f64 {
    match (over, under) {
        (Some(over), Some(under)) => wall(over) / wall(under),
        _ => f64::NAN,
    }
}

/// A Markdown table that also reads well unrendered. The first row is the head; the first column is
/// left-aligned, the others right-aligned.
fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            // A rule needs at least three characters.
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0).max(3)
        })
        .collect();
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let _ = match column {
                0 => write!(text, "| {cell:<width$} |"),
                _ => write!(text, " {cell:>width$} |"),
            };
        }
        text.push('\n');
        if index == 0 {
            for (column, width) in widths.iter().enumerate() {
                let _ = match column {
                    0 => write!(text, "| {} |", "-".repeat(*width)),
                    _ => write!(text, " {}: |", "-".repeat(width - 1)),
                };
            }
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timings(way: Way, cold: &[f64], unchanged: &[f64]) -> Timings {
        let costs = |walls: &[f64]| {
            let cost = |&wall| Cost { wall, cpu: wall, others: 0.0 };
            walls.iter().map(cost).collect()
        };
        Timings { way, cold: costs(cold), unchanged: costs(unchanged) }
    }

    #[test]
    fn table_is_aligned_markdown() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let text = table(&[row(["way", "s", ""]), row(["plain — go", "12.5", "met"])]);
        assert_eq!(
            text,
            "| way        |    s |     |\n\
             | ---------- | ---: | --: |\n\
             | plain — go | 12.5 | met |\n"
        );
    }

    #[test]
    fn ratios_are_of_medians() {
        let results = [
            timings(Way::Covgate, &[11.0, 90.0, 10.0], &[1.0]),
            timings(Way::Plain, &[10.0], &[1.0]),
            timings(Way::Old, &[22.0], &[4.0]),
        ];
        let text = targets(&way_targets(Shape::Heavy, &results), false);
        let verdicts: Vec<bool> = text.lines().skip(3).map(|line| line.contains(" met ")).collect();
        assert_eq!(verdicts, [true, true, true, false], "{text}");
        assert!(text.contains("2.00 times"), "{text}");
    }

    #[test]
    fn a_busy_machine_is_told() {
        let mut costs = timings(Way::Plain, &[10.0, 10.0], &[]).cold;
        assert!(company(costs.iter()).contains("took 0% "));
        costs[0].others = 20.0;
        assert!(company(costs.iter()).contains("took 50% "), "{}", company(costs.iter()));
        assert!(company(costs.iter()).contains("DO NOT TRUST"));
        costs[0].others = f64::NAN;
        assert_eq!(company(costs.iter()), "");
    }

    #[test]
    fn what_was_not_measured_is_missed() {
        let text = targets(&way_targets(Shape::Heavy, &[]), true);
        assert!(!text.contains(" met "), "{text}");
        assert!(text.contains("--quick"), "{text}");
    }
}
