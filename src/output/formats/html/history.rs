//! Owns the page of a history: total and packages over commits, with what was asked of them. It has no
//! script: lists open by themselves, and every point is a link to its commit's row.
//! Must not know how git keeps the numbers.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::say;
use super::shown::Shown;
use super::{STYLE, policy};
use crate::output::history::{History, Point};

const OWN: &str = include_str!("history.css");

/// A drawing's size, in its own unit, and the room at its left for the percentages.
const SIZE: (f64, f64) = (1120.0, 240.0);
const LEFT: f64 = 60.0;
/// The room above and below the lines, and at their right.
const EDGE: f64 = 16.0;

/// A point of a line: the commit, its coverage if that is known, and what was asked.
struct Dot<'a> {
    point: &'a Point,
    percent: Option<f64>,
    asked: Option<f64>,
}

/// The whole page.
#[must_use]
pub(in crate::output::formats) fn render(history: &History) -> Vec<u8> {
    let style = format!("{}{OWN}", *STYLE);
    let commits: Vec<&Point> = history.commits.iter().rev().collect();
    let total = commits.iter().map(|point| Dot {
        point,
        percent: point.percent,
        asked: point.total_threshold,
    });
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy(&style, None));
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { "Coverage over commits – covgate" }
                style { (PreEscaped(style.as_str())) }
            }
            body {
                a.skip href="#content" { "Skip to the content" }
                header.banner { div {
                    h1 { "Coverage over commits" }
                    p.quiet {
                        (say::count(commits.len() as u64, "recorded commit", "recorded commits"))
                        @if !history.patterns.is_empty() {
                            ", packages " (Shown::line(&history.patterns.join(" ")))
                        }
                    }
                } }
                main #content tabindex="-1" {
                    section {
                        h2 { "Total" }
                        (line("Total", &total.collect::<Vec<_>>()))
                        (legend())
                    }
                    section {
                        h2 { "Packages" }
                        @for path in history.paths() {
                            details {
                                summary { (Shown::line(path)) }
                                (line(path, &dots(&commits, path)))
                            }
                        }
                    }
                    section { h2 { "Commits" } (table(history)) }
                }
            }
        }
    };
    page.into_string().into_bytes()
}

fn dots<'a>(commits: &[&'a Point], path: &str) -> Vec<Dot<'a>> {
    let of = |point: &'a Point| {
        let package = point.packages.iter().find(|package| package.path == path);
        Dot {
            point,
            percent: package.and_then(|package| package.percent),
            asked: package.map(|package| package.floor),
        }
    };
    commits.iter().map(|point| of(point)).collect()
}

/// A line over commits, from the oldest to the newest. A commit without a value leaves a gap for the eye of a
/// point, not of the line.
#[expect(clippy::cast_precision_loss, reason = "places on a screen")]
fn line(name: &str, dots: &[Dot<'_>]) -> Markup {
    let values = || dots.iter().flat_map(|dot| [dot.percent, dot.asked]).flatten();
    let low = (values().fold(100.0, f64::min) - 2.0).max(0.0).floor();
    let high = (values().fold(0.0, f64::max) + 2.0).min(100.0).ceil().max(low + 1.0);
    let step = (SIZE.0 - LEFT - EDGE) / (dots.len().max(2) - 1) as f64;
    let x = |place: usize| LEFT + step * place as f64;
    let y = |value: f64| EDGE + (SIZE.1 - 2.0 * EDGE) * (high - value) / (high - low);
    let points = |of: &dyn Fn(&Dot<'_>) -> Option<f64>| {
        let known = dots.iter().enumerate().filter_map(|(place, dot)| Some((place, of(dot)?)));
        known.map(|(place, value)| format!("{:.1},{:.1} ", x(place), y(value))).collect::<String>()
    };
    html! {
        svg.line viewBox={ "0 0 " (SIZE.0) " " (SIZE.1) } role="group"
            aria-label={ "Coverage over commits: " (Shown::line(name)) } {
            @for value in [low, f64::midpoint(low, high), high] {
                line.grid x1=(LEFT) x2=(SIZE.0 - EDGE) y1=(y(value)) y2=(y(value)) {}
                text x=(LEFT - 8.0) y=(y(value) + 4.0) text-anchor="end" { (say::percent(value)) }
            }
            polyline.asked points=(points(&|dot| dot.asked)) {}
            polyline.total points=(points(&|dot| dot.percent)) {}
            @for (place, dot) in dots.iter().enumerate() {
                @if let Some(percent) = dot.percent {
                    a href={ "#c" (dot.point.commit) } class=[(!dot.point.open).then_some("is-closed")] {
                        title { (title(dot, percent)) }
                        circle cx=(format!("{:.1}", x(place))) cy=(format!("{:.1}", y(percent))) r="5.5" {}
                    }
                }
            }
        }
    }
}

fn title(dot: &Dot<'_>, percent: f64) -> String {
    let asked = dot.asked.map(|asked| format!(", asked {}", say::percent(asked)));
    format!(
        "{} {}: {}{}{}",
        dot.point.date,
        dot.point.short(),
        say::percent(percent),
        asked.unwrap_or_default(),
        if dot.point.open { "" } else { ", gate closed" }
    )
}

fn legend() -> Markup {
    html! {
        ul.legend aria-label="Legend" {
            li { svg.key aria-hidden="true" { line.total x2="100%" y1="50%" y2="50%" {} } "coverage" }
            li { svg.key aria-hidden="true" { line.asked x2="100%" y1="50%" y2="50%" {} } "floor" }
        }
    }
}

fn table(history: &History) -> Markup {
    html! {
        div.scroll { table {
            thead { tr {
                th { "Date" } th { "Commit" } th { "Gate" }
                th.number { "Total" } th.number { "Change" } th.number { "Statements" }
            } }
            tbody {
                @for point in &history.commits {
                    tr id={ "c" (point.commit) } {
                        td { (point.date) }
                        th scope="row" { code { (point.short()) } }
                        td { (if point.open { "open" } else { "closed" }) }
                        td.number { (say::maybe_percent(point.percent)) }
                        td.number {
                            (point.change.map_or_else(|| say::UNKNOWN.to_owned(), |it| format!("{it:+.1}")))
                        }
                        td.number { (say::number(point.statements)) }
                    }
                }
            }
        } }
    }
}
