//! Owns the colours of coverage, for every report that has colours. Blue is good and orange is bad:
//! people with any common colour blindness can tell these apart.
//! Must not know what is coloured.

/// A colour, for a light and for a dark page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Colour {
    pub(super) light: &'static str,
    pub(super) dark: &'static str,
}

/// The colour of coverages from a percentage up to the next step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    from: f64,
    /// The text for a legend.
    pub(super) name: &'static str,
    pub(super) area: Colour,
    /// The colour of text on it.
    pub(super) text: Colour,
}

/// From bad to good. Only full coverage has the last one: 99.9% does not.
#[rustfmt::skip]
pub(super) const STEPS: [Step; 6] = [
    step(0.0, "under 40%", ("#b4511f", "#b4511f"), ("#fff", "#fff")),
    step(40.0, "from 40%", ("#e08d4f", "#94582c"), ("#1c1e21", "#fff")),
    step(60.0, "from 60%", ("#f3cf9d", "#6b5233"), ("#1c1e21", "#f4f0e8")),
    step(80.0, "from 80%", ("#cfe1ee", "#32475a"), ("#1c1e21", "#eef3f7")),
    step(90.0, "from 90%", ("#93bfdf", "#2c6190"), ("#14202b", "#fff")),
    step(100.0, "100%", ("#3a7cb3", "#4b94cf"), ("#fff", "#0d1a26")),
];

type Pair = (&'static str, &'static str);

const fn step(from: f64, name: &'static str, area: Pair, text: Pair) -> Step {
    let area = Colour { light: area.0, dark: area.1 };
    let text = Colour { light: text.0, dark: text.1 };
    Step { from, name, area, text }
}

/// The index of a coverage's colour in [`STEPS`].
pub(super) fn place(percent: f64) -> usize {
    STEPS.iter().filter(|step| percent >= step.from).count().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_change_at_the_steps() {
        let places = [0.0, 39.9, 40.0, 79.9, 90.0, 99.9, 100.0].map(place);
        assert_eq!(places, [0, 0, 1, 2, 4, 4, 5]);
    }
}
