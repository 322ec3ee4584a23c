//! Owns the drawings: a bar for a coverage and its floor, and the treemap. They are SVG, sized by
//! attributes in percent: this fits any width without a script, and a strict policy allows it.
//! Must not know what else is on the page.

use maud::{Markup, html};

use super::deltas::{self, Deltas};
use super::folders::{Leaf, Part, nest};
use super::say;
use super::treemap::Rect;
use super::{id, shown::Shown};
use crate::domain::verdict::Status;
use crate::output::document::{Document, PackageRecord};
use crate::output::formats::scale::{self, Step};

/// The treemap's size on a wide screen. Only rectangles with enough room there have a label.
const ROOM: Rect = Rect { x: 0.0, y: 0.0, width: 1120.0, height: 420.0 };
/// The room that a label needs, in the same unit.
const LABEL: (f64, f64) = (60.0, 50.0);
/// The width that a label with an arrow needs.
const CHANGE: f64 = 96.0;
/// The room that a name alone needs.
const NAME: (f64, f64) = (30.0, 28.0);

/// The width of a letter of a label, and the space beside it.
const LETTER: f64 = 7.0;
const EDGE: f64 = 8.0;

/// A bar for a coverage, beside its number. It is decoration, hidden from screen readers.
pub(super) fn bar(percent: Option<f64>, floor: Option<f64>, status: Status) -> Markup {
    let (class, _) = say::status(status);
    html! {
        svg.bar aria-hidden="true" {
            rect.track width="100%" height="100%" {}
            @if let Some(percent) = percent {
                rect.{ "is-" (class) } width=(share(percent)) height="100%" {}
            }
            @if let Some(floor) = floor {
                rect.floor x=(share(floor)) y="-3" width="2" height="14" {}
            }
        }
    }
}

/// A treemap of all packages with statements: area is statements, colour is coverage.
pub(super) fn treemap(document: &Document, deltas: Option<&Deltas>) -> Markup {
    let leaves: Vec<Leaf<'_>> = document
        .packages
        .iter()
        .enumerate()
        .filter_map(|(index, package)| {
            let size = as_size(package.statements.filter(|statements| *statements > 0)?);
            Some(Leaf { index, path: &package.path, size })
        })
        .collect();
    let parts = nest(&leaves, ROOM);
    let map = Map { document, deltas, first: parts.first().map_or(0, first) };
    html! {
        svg #map.map role="group" aria-label="Packages by size and coverage" {
            defs {
                pattern #hatch width="7" height="7" patternUnits="userSpaceOnUse"
                    patternTransform="rotate(45)" {
                    rect.hatch width="2.5" height="7" {}
                }
            }
            @for part in &parts { (map.part(part)) }
        }
    }
}

/// The package that comes first.
fn first(part: &Part) -> usize {
    match part {
        Part::Cell { index, .. } => *index,
        Part::Frame { parts, .. } => parts.first().map_or(0, first),
    }
}

/// What the parts of a treemap are drawn from.
struct Map<'a> {
    document: &'a Document,
    deltas: Option<&'a Deltas>,
    /// The package at which the tab key stops; the arrow keys move on from there.
    first: usize,
}

impl Map<'_> {
    fn part(&self, part: &Part) -> Markup {
        match part {
            Part::Cell { index, label, rect } => html! {
                a href={ "#" (id("p", *index)) }
                    tabindex=(if *index == self.first { "0" } else { "-1" }) {
                    (self.cell(&self.document.packages[*index], label, rect))
                }
            },
            Part::Frame { path, heading, count, rect, parts } => {
                let count = say::count(say::as_count(*count), "package", "packages");
                html! {
                    g role="group" aria-label={ (Shown::line(path)) ", " (count) } {
                        (frame(heading.as_deref(), rect))
                        @for part in parts { (self.part(part)) }
                    }
                }
            }
        }
    }

    fn cell(&self, package: &PackageRecord, path: &str, rect: &Rect) -> Markup {
        let (status, _) = say::status(package.status);
        let has_room = rect.width >= LABEL.0 && rect.height >= LABEL.1;
        // Without a percentage below it, the end of a name would say little.
        let has_name =
            rect.width >= NAME.0 && rect.height >= NAME.1 && cut(path, rect.width).is_none();
        let percent = package.percent.unwrap_or_default();
        let change = self.deltas.and_then(|deltas| deltas.of_package(&package.path));
        let said = change.map(|change| format!("; {}", deltas::words(change))).unwrap_or_default();
        let summary = say::summary(self.document, package);
        let title = Shown::line(&format!("{}: {summary}{said}", package.path));
        let [x, y, width, height] = shares(rect);
        html! {
            svg.cell.{ "is-" (status) }.{ "c" (scale::place(percent)) }.small[!has_room]
                x=(x) y=(y) width=(width) height=(height) {
                title { (title) }
                rect.area width="100%" height="100%" {}
                @if package.status == Status::Fail {
                    rect.below width="100%" height="100%" {}
                }
                @if has_room || has_name { (label(path, rect.width, "19")) }
                @if has_room {
                    text.percent x="8" y="36" { (deltas::label(&say::percent(percent), change.filter(|_| rect.width >= CHANGE))) }
                    rect.gauge y="100%" width=(share(percent)) height="5" {}
                    rect.mark x=(share(package.floor.percent)) y="100%" width="2" height="9" {}
                }
            }
        }
    }
}

/// A folder's frame.
fn frame(heading: Option<&str>, rect: &Rect) -> Markup {
    let [x, y, width, height] = shares(rect);
    html! {
        svg.folder aria-hidden="true" x=(x) y=(y) width=(width) height=(height) {
            rect.frame width="100%" height="100%" {}
            @if let Some(heading) = heading { (label(heading, rect.width, "13")) }
        }
    }
}

/// Where a rectangle is in the drawing, and its size.
fn shares(rect: &Rect) -> [String; 4] {
    [
        share(100.0 * rect.x / ROOM.width),
        share(100.0 * rect.y / ROOM.height),
        share(100.0 * rect.width / ROOM.width),
        share(100.0 * rect.height / ROOM.height),
    ]
}

/// A label, as wide as what it is for. Packages share the beginning of their paths, and the end tells them
/// apart: where not all fits, the end is shown, from the right edge, where no narrower screen cuts it off.
fn label(path: &str, width: f64, y: &str) -> Markup {
    match cut(path, width) {
        None => html! { text x="8" y=(y) { (Shown::line(path)) } },
        Some(end) => html! {
            text x="100%" dx="-8" y=(y) text-anchor="end" { (Shown::line(&format!("…{end}"))) }
        },
    }
}

/// The end of a path that fits into a width; none if all of it does.
fn cut(path: &str, width: f64) -> Option<&str> {
    let mut taken = 2.0 * EDGE;
    let fits = |_: &(usize, char)| {
        taken += LETTER;
        taken <= width
    };
    let start = path.char_indices().rev().take_while(fits).last().map_or(path.len(), |(at, _)| at);
    if start == 0 {
        return None;
    }
    // One less, for the dots.
    let end = &path[start..];
    Some(end.char_indices().nth(1).map_or("", |(at, _)| &end[at..]))
}

/// What the colours and signs of the treemap mean.
pub(super) fn legend() -> Markup {
    html! {
        ul.legend aria-label="Legend" {
            @for (place, step) in scale::STEPS.iter().enumerate() {
                li {
                    svg.swatch.{ "c" (place) } aria-hidden="true" {
                        rect.area width="100%" height="100%" {}
                    }
                    (step.name)
                }
            }
            li {
                svg.swatch.c3 aria-hidden="true" {
                    rect.area width="100%" height="100%" {}
                    rect.below width="100%" height="100%" {}
                }
                "below its floor"
            }
            li {
                svg.swatch.c3 aria-hidden="true" {
                    rect.area width="100%" height="100%" {}
                    rect.gauge y="100%" width="60%" height="5" {}
                    rect.mark x="80%" y="100%" width="2" height="9" {}
                }
                "coverage and its floor"
            }
        }
    }
}

/// The style of the classes that name a colour of the scale.
pub(super) fn style() -> String {
    let rule = |(place, Step { area, text, .. }): (usize, &Step)| {
        format!(
            ".c{place} {{ --cell: light-dark({}, {}); --on: light-dark({}, {}); }}\n",
            area.light, area.dark, text.light, text.dark
        )
    };
    scale::STEPS.iter().enumerate().map(rule).collect()
}

/// A length in percent of the element around it.
fn share(percent: f64) -> String {
    format!("{percent:.2}%")
}

#[expect(clippy::cast_precision_loss, reason = "an area on a screen")]
fn as_size(statements: u64) -> f64 {
    statements as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::formats::html::deltas::tests::compared;
    use crate::output::formats::sample::{below, document, passing};

    #[test]
    fn a_folder_is_a_group_and_one_cell_is_a_stop() {
        let run = document(vec![passing("a/b/one"), passing("a/b/two"), below("three")]);
        let map = treemap(&run, None).into_string();
        assert!(map.contains("<g role=\"group\" aria-label=\"a/b, 2 packages\">"), "{map}");
        assert_eq!(map.matches("tabindex=\"0\"").count(), 1);
        assert!(
            map.contains("<a href=\"#p0\" tabindex=\"0\">"),
            "the largest folder is first: {map}"
        );
        assert!(map.contains(">one</text>") && map.contains("<title>a/b/one: "), "{map}");
    }

    #[test]
    fn a_cell_says_how_its_package_changed() {
        let run = compared();
        let map = treemap(&run, Deltas::of(&run).as_ref()).into_string();
        assert!(map.contains(">100.0% ▲ 1.2</text>") && map.contains("; 1.2 points up</title>"));
        assert!(map.contains(">50.0% ▼ 0.4</text>") && map.contains("; 0.4 points down</title>"));
        assert_eq!(map.matches(['▲', '▼']).count(), 2);
    }

    #[test]
    fn a_label_that_does_not_fit_shows_the_end_of_its_path() {
        assert_eq!(cut("internal/alpha", 16.0 + 14.0 * 7.0), None);
        assert_eq!(cut("internal/alpha", 16.0 + 13.0 * 7.0), Some("ternal/alpha"));
        assert_eq!(cut("internal/größe", 16.0 + 6.0 * 7.0), Some("größe"));
        assert_eq!(cut("internal/alpha", 0.0), Some(""));
    }
}
