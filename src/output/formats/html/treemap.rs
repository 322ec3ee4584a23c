//! Owns the layout of one level of the treemap: rectangles with proportional areas, as square as possible
//! ("squarified", after Bruls, Huizing and van Wijk).
//! Must not know what the areas mean.

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Divides `room` among `sizes`, which must be above zero and sorted, largest first.
pub(super) fn layout(sizes: &[f64], room: Rect) -> Vec<Rect> {
    if room.width <= 0.0 || room.height <= 0.0 {
        return vec![room; sizes.len()];
    }
    let scale = room.width * room.height / sizes.iter().sum::<f64>();
    let areas: Vec<f64> = sizes.iter().map(|size| size * scale).collect();
    let (mut left, mut rest) = (room, areas.as_slice());
    let mut rects = Vec::with_capacity(sizes.len());
    while !rest.is_empty() {
        let (row, others) = rest.split_at(row(rest, left.width.min(left.height)));
        left = place(row, left, &mut rects);
        rest = others;
    }
    rects
}

/// How many of the areas form the best row along a side of this length.
fn row(areas: &[f64], side: f64) -> usize {
    let (mut sum, mut best) = (0.0, f64::INFINITY);
    for (count, area) in areas.iter().enumerate() {
        sum += area;
        let (largest, squared) = (areas[0], sum * sum);
        let worst = (side * side * largest / squared).max(squared / (side * side * area));
        if worst > best {
            return count;
        }
        best = worst;
    }
    areas.len()
}

/// Places a row along the shorter side; returns the room that is left.
fn place(row: &[f64], room: Rect, rects: &mut Vec<Rect>) -> Rect {
    let Rect { x, y, width, height } = room;
    let sum: f64 = row.iter().sum();
    if width >= height {
        let thick = (sum / height).min(width);
        let mut at = y;
        for area in row {
            let long = height * area / sum;
            rects.push(Rect { x, y: at, width: thick, height: long });
            at += long;
        }
        Rect { x: x + thick, y, width: width - thick, height }
    } else {
        let thick = (sum / width).min(height);
        let mut at = x;
        for area in row {
            let long = width * area / sum;
            rects.push(Rect { x: at, y, width: long, height: thick });
            at += long;
        }
        Rect { x, y: y + thick, width, height: height - thick }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ROOM: Rect = Rect { x: 0.0, y: 0.0, width: 6.0, height: 4.0 };

    /// The example of the paper.
    #[test]
    fn rectangles_are_nearly_square() {
        let rects = layout(&[6.0, 6.0, 4.0, 3.0, 2.0, 2.0, 1.0], ROOM);
        assert_eq!(rects[0], Rect { x: 0.0, y: 0.0, width: 3.0, height: 2.0 });
        assert_eq!(rects[1], Rect { x: 0.0, y: 2.0, width: 3.0, height: 2.0 });
        let ratio = |rect: &Rect| (rect.width / rect.height).max(rect.height / rect.width);
        assert!(rects.iter().all(|rect| ratio(rect) < 3.0), "{rects:?}");
    }

    #[test]
    fn nothing_needs_no_room() {
        assert!(layout(&[], ROOM).is_empty());
    }

    #[test]
    fn no_room_is_no_number_that_is_none() {
        let none = Rect { width: 0.0, height: 0.0, ..ROOM };
        assert_eq!(layout(&[2.0, 1.0], none), [none, none]);
    }

    proptest! {
        #[test]
        fn areas_are_in_proportion_and_inside(
            mut sizes in proptest::collection::vec(1u32..100_000, 1..300),
        ) {
            sizes.sort_unstable_by(|a, b| b.cmp(a));
            let sizes: Vec<f64> = sizes.into_iter().map(f64::from).collect();
            let all: f64 = sizes.iter().sum();
            let rects = layout(&sizes, ROOM);
            prop_assert_eq!(rects.len(), sizes.len());
            for (rect, size) in rects.iter().zip(sizes) {
                let Rect { x, y, width, height } = *rect;
                prop_assert!((width * height / 24.0 - size / all).abs() < 1e-6);
                prop_assert!(x >= 0.0 && y >= 0.0 && x + width < 6.000_001 && y + height < 4.000_001);
            }
        }
    }
}
