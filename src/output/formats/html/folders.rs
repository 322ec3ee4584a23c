//! Owns how the treemap nests: packages lie in the frames of their folders, and folders in folders. A folder
//! that holds only one folder is one with it.
//! Must not know how anything is drawn.

use super::treemap::{Rect, layout};

/// The sides that a frame needs to be seen as one. In a smaller one, packages lie without further frames.
const FRAME: f64 = 28.0;
/// The sides that a frame with a heading needs.
const WITH_HEADING: (f64, f64) = (76.0, 72.0);
/// The height of a heading, and how thick a frame is.
pub(super) const HEADING: f64 = 18.0;
const EDGE: f64 = 3.0;

/// A package to place.
pub(super) struct Leaf<'a> {
    pub(super) index: usize,
    pub(super) path: &'a str,
    /// Above zero.
    pub(super) size: f64,
}

/// What is placed.
#[derive(Debug, PartialEq)]
pub(super) enum Part {
    Cell {
        index: usize,
        /// Its path from the innermost folder with a heading.
        label: String,
        rect: Rect,
    },
    Frame {
        path: String,
        /// Its path from the folder with a heading around it, where there is room for it.
        heading: Option<String>,
        /// How many packages are in it.
        count: usize,
        rect: Rect,
        parts: Vec<Part>,
    },
}

/// A package, with the elements of its path; none for the root.
struct Entry<'a> {
    index: usize,
    elements: Vec<&'a str>,
    size: f64,
}

/// Divides `room` among packages, largest first.
pub(super) fn nest(leaves: &[Leaf<'_>], room: Rect) -> Vec<Part> {
    let elements = |path| if path == "." { Vec::new() } else { str::split(path, '/').collect() };
    let mut entries: Vec<Entry<'_>> = leaves
        .iter()
        .map(|leaf| Entry { index: leaf.index, elements: elements(leaf.path), size: leaf.size })
        .collect();
    // By elements: `a/b` lies in `a`, and `a-b` does not.
    entries.sort_by(|one, other| one.elements.cmp(&other.elements));
    folder(&entries, 0, 0, room)
}

/// Places what lies in a folder. The first `depth` elements of its paths are its own, and the first `said`
/// are in headings around it.
fn folder(entries: &[Entry<'_>], depth: usize, said: usize, room: Rect) -> Vec<Part> {
    let is_one = |one: &Entry<'_>, other: &Entry<'_>| {
        one.elements.len() > depth && one.elements.get(depth) == other.elements.get(depth)
    };
    let mut groups: Vec<&[Entry<'_>]> = entries.chunk_by(is_one).collect();
    // The sort is stable: equal ones stay in the order of their paths.
    groups.sort_by(|one, other| size(other).total_cmp(&size(one)));
    let sizes: Vec<f64> = groups.iter().map(|group| size(group)).collect();
    let placed = groups.into_iter().zip(layout(&sizes, room));
    placed
        .flat_map(|(group, rect)| match group {
            [only] => vec![cell(only, said, rect)],
            many if rect.width.min(rect.height) < FRAME => flat(many, said, rect),
            many => vec![frame(many, said, rect)],
        })
        .collect()
}

fn frame(entries: &[Entry<'_>], said: usize, rect: Rect) -> Part {
    let own = shared(entries);
    let path = |from: usize| {
        entries.first().map_or_else(String::new, |one| one.elements[from..own].join("/"))
    };
    let has_heading = rect.width >= WITH_HEADING.0 && rect.height >= WITH_HEADING.1;
    let (top, inner) = if has_heading { (HEADING, own) } else { (EDGE, said) };
    let room = Rect {
        x: rect.x + EDGE,
        y: rect.y + top,
        width: rect.width - 2.0 * EDGE,
        height: rect.height - top - EDGE,
    };
    Part::Frame {
        path: path(0),
        heading: has_heading.then(|| path(said)),
        count: entries.len(),
        rect,
        parts: folder(entries, own, inner, room),
    }
}

/// How many elements all paths of a sorted list begin with.
fn shared(entries: &[Entry<'_>]) -> usize {
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return 0 };
    first.elements.iter().zip(&last.elements).take_while(|(one, other)| one == other).count()
}

/// Packages without further frames.
fn flat(entries: &[Entry<'_>], said: usize, room: Rect) -> Vec<Part> {
    let mut entries: Vec<&Entry<'_>> = entries.iter().collect();
    entries.sort_by(|one, other| other.size.total_cmp(&one.size));
    let sizes: Vec<f64> = entries.iter().map(|entry| entry.size).collect();
    let placed = entries.into_iter().zip(layout(&sizes, room));
    placed.map(|(entry, rect)| cell(entry, said, rect)).collect()
}

fn cell(entry: &Entry<'_>, said: usize, rect: Rect) -> Part {
    let label = entry.elements[said..].join("/");
    let label = if label.is_empty() { ".".to_owned() } else { label };
    Part::Cell { index: entry.index, label, rect }
}

fn size(entries: &[Entry<'_>]) -> f64 {
    entries.iter().map(|entry| entry.size).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ROOM: Rect = Rect { x: 0.0, y: 0.0, width: 1000.0, height: 400.0 };

    fn leaves<'a>(paths: &'a [(&'a str, f64)]) -> Vec<Leaf<'a>> {
        let leaf =
            |(index, (path, size)): (usize, &(&'a str, f64))| Leaf { index, path, size: *size };
        paths.iter().enumerate().map(leaf).collect()
    }

    /// Its folders and packages, one a line, as they nest.
    fn outline(parts: &[Part], depth: usize) -> String {
        let indent = "  ".repeat(depth);
        let line = |part: &Part| match part {
            Part::Cell { label, .. } => format!("{indent}{label}\n"),
            Part::Frame { heading, parts, .. } => {
                let heading =
                    heading.as_ref().map_or("no heading".to_owned(), |text| format!("[{text}]"));
                format!("{indent}{heading}\n{}", outline(parts, depth + 1))
            }
        };
        parts.iter().map(line).collect()
    }

    fn nested(paths: &[(&str, f64)]) -> String {
        outline(&nest(&leaves(paths), ROOM), 0)
    }

    #[test]
    fn folders_nest_and_those_of_one_are_one() {
        let said = nested(&[
            (".", 5.0),
            ("a/b/c", 20.0),
            ("a/b/c/d", 30.0),
            ("a/b/e", 40.0),
            ("a-b", 10.0),
            ("x/y/z", 15.0),
        ]);
        assert_eq!(said, "[a/b]\n  [c]\n    d\n    .\n  e\nx/y/z\na-b\n.\n");
    }

    #[test]
    fn a_label_says_what_no_heading_says() {
        let said = nested(&[("big", 1000.0), ("a/b/c", 4.0), ("a/b/d", 4.0), ("a/e", 2.0)]);
        assert_eq!(said, "big\na/b/c\na/b/d\na/e\n", "no room for frames");
        let said = nested(&[("big", 95.0), ("a/b/c", 4.0), ("a/b/d", 4.0), ("a/e", 2.0)]);
        assert_eq!(said, "big\n[a]\n  [b]\n    c\n    d\n  e\n");
        let said = nested(&[("big", 97.0), ("a/c", 2.0), ("a/d", 1.0)]);
        assert_eq!(said, "big\nno heading\n  a/c\n  a/d\n");
    }

    #[test]
    fn two_packages_of_one_path_are_two_cells() {
        assert_eq!(
            nested(&[("a", 1.0), ("a", 2.0), (".", 1.0), (".", 1.0)]),
            "[a]\n  .\n  .\n.\n.\n"
        );
    }

    fn cells(parts: &[Part], room: Rect, found: &mut Vec<usize>) {
        let inside = |rect: &Rect| {
            rect.x >= room.x - 1e-6
                && rect.y >= room.y - 1e-6
                && rect.x + rect.width <= room.x + room.width + 1e-6
                && rect.y + rect.height <= room.y + room.height + 1e-6
        };
        for part in parts {
            match part {
                Part::Cell { index, rect, .. } => {
                    assert!(inside(rect), "{rect:?} is not in {room:?}");
                    found.push(*index);
                }
                Part::Frame { rect, parts, .. } => {
                    assert!(inside(rect), "{rect:?} is not in {room:?}");
                    cells(parts, *rect, found);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn every_package_has_one_cell_inside_its_folder(
            paths in proptest::collection::vec(("[ab./]{0,8}", 1u32..100_000), 0..60),
        ) {
            let paths: Vec<(&str, f64)> =
                paths.iter().map(|(path, size)| (path.as_str(), f64::from(*size))).collect();
            let mut found = Vec::new();
            cells(&nest(&leaves(&paths), ROOM), ROOM, &mut found);
            found.sort_unstable();
            prop_assert_eq!(found, (0..paths.len()).collect::<Vec<_>>());
        }
    }
}
