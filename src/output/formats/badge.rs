//! Owns the `badge` report: the total as one small SVG, in the usual look of badges.
//! Must not know packages. It contains no text of others, so there is nothing to escape.
//!
//! Its sizes are those of Verdana; if a browser uses another font, each text is stretched to them.
//! So it looks the same on every machine, and needs no font to be made.

use maud::html;

use super::problem;
use super::scale::{STEPS, place};
use crate::output::document::Document;

const LABEL: &str = "coverage";
const UNKNOWN: &str = "unknown";
const HEIGHT: u32 = 20;
/// The space on either side of a text.
const PADDING: u32 = 5;
const FONTS: &str = "Verdana,Geneva,DejaVu Sans,sans-serif";

/// The colours of the part with the label, and of an unknown coverage: area and text.
const LABEL_COLOURS: (&str, &str) = ("#555", "#fff");
const UNKNOWN_COLOURS: (&str, &str) = ("#c8c8c8", "#1c1e21");

/// A part of the badge.
struct Part<'t> {
    text: &'t str,
    start: u32,
    colours: (&'static str, &'static str),
}

impl Part<'_> {
    fn width(&self) -> u32 {
        2 * PADDING + text_width(self.text)
    }
}

pub(super) fn render(document: &Document) -> Vec<u8> {
    let percent = document.totals.percent;
    let value = percent.map_or_else(|| UNKNOWN.to_owned(), |value| problem::percent(Some(value)));
    let colours = percent.map_or(UNKNOWN_COLOURS, |value| {
        let step = &STEPS[place(value)];
        // A badge cannot know whether the page around it is dark.
        (step.area.light, step.text.light)
    });
    let label = Part { text: LABEL, start: 0, colours: LABEL_COLOURS };
    let value = Part { text: &value, start: label.width(), colours };
    let width = label.width() + value.width();
    let said = format!("{}: {}", label.text, value.text);
    let parts = [label, value];
    // An empty element has a closing tag of its own, because maud writes HTML and this must be XML.
    let svg = html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(width) height=(HEIGHT) role="img"
            aria-label=(said) {
            title { (said) }
            linearGradient #covgate-shine x2="0" y2="100%" {
                stop offset="0" stop-color="#bbb" stop-opacity=".1" {}
                stop offset="1" stop-opacity=".1" {}
            }
            clipPath #covgate-round {
                rect width=(width) height=(HEIGHT) rx="3" {}
            }
            g clip-path="url(#covgate-round)" {
                @for part in &parts {
                    rect x=(part.start) width=(part.width()) height=(HEIGHT)
                        fill=(part.colours.0) {}
                }
                rect width=(width) height=(HEIGHT) fill="url(#covgate-shine)" {}
            }
            g font-family=(FONTS) font-size="11" {
                @for part in &parts {
                    text x=(part.start + PADDING) y="14" textLength=(text_width(part.text))
                        fill=(part.colours.1) { (part.text) }
                }
            }
        }
    };
    format!("{}\n", svg.into_string()).into_bytes()
}

/// The width of a text in Verdana at 11 pixels, in whole pixels. The table has the advance widths
/// of the characters that a badge can contain, in hundredths of a pixel.
fn text_width(text: &str) -> u32 {
    let width = |character| match character {
        '0'..='9' => 699,
        '.' => 400,
        '%' => 1184,
        'a' => 661,
        'c' => 573,
        'e' => 655,
        'g' => 685,
        'k' | 'v' => 651,
        'n' | 'u' => 696,
        'o' => 668,
        'r' => 469,
        // The widest, `w`.
        _ => 900,
    };
    text.chars().map(width).sum::<u32>().div_ceil(100)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use quick_xml::Reader;
    use quick_xml::events::Event;

    use super::*;
    use crate::output::formats::sample::{document, documents};

    fn text(document: &Document) -> String {
        String::from_utf8(render(document)).unwrap()
    }

    fn with(percent: Option<f64>) -> String {
        let mut run = document(Vec::new());
        run.totals.percent = percent;
        text(&run)
    }

    /// What a strict reader of XML finds: elements with their attributes, and texts.
    fn read(svg: &str) -> Vec<String> {
        let mut reader = Reader::from_str(svg);
        let mut found = Vec::new();
        loop {
            match reader.read_event().unwrap() {
                Event::Start(tag) => {
                    assert!(tag.attributes().all(|attribute| attribute.is_ok()));
                    found.push(String::from_utf8(tag.to_vec()).unwrap());
                }
                Event::Text(text) => found.push(text.decode().unwrap().trim().to_owned()),
                Event::End(_) => {}
                Event::Eof => return found,
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn it_is_xml_and_says_what_it_shows() {
        for (percent, said) in [(Some(89.9), "89.9%"), (Some(100.0), "100.0%"), (None, "unknown")] {
            let found = read(&with(percent));
            let name = format!("coverage: {said}");
            assert!(found[0].starts_with("svg xmlns=\"http://www.w3.org/2000/svg\" "), "{found:?}");
            let label = format!(" role=\"img\" aria-label=\"{name}\"");
            assert!(found[0].ends_with(&label), "{found:?}");
            assert_eq!(found[1..3], ["title".to_owned(), name]);
            let texts = found.iter().filter(|one| [LABEL, said].contains(&one.as_str()));
            assert_eq!(texts.collect::<Vec<_>>(), [LABEL, said]);
        }
    }

    #[test]
    fn colours_are_those_of_the_scale() {
        let steps = [(0.0, 0), (39.9, 0), (40.0, 1), (60.0, 2), (80.0, 3), (90.0, 4), (99.9, 4)];
        for (percent, step) in steps.into_iter().chain([(100.0, 5)]) {
            let svg = with(Some(percent));
            let areas = STEPS.iter().filter(|step| svg.contains(step.area.light));
            let areas: Vec<&str> = areas.map(|step| step.area.light).collect();
            assert_eq!(areas, [STEPS[step].area.light], "{percent}");
        }
        assert!(!STEPS.iter().any(|step| with(None).contains(step.area.light)));
    }

    #[test]
    fn tenths_are_those_of_the_table() {
        assert!(with(Some(88.25)).contains(">88.2%<"));
        assert!(with(Some(0.0)).contains(">0.0%<"));
    }

    proptest! {
        /// The names of modules, packages and files make no difference.
        #[test]
        fn nothing_of_others_is_in_it(mut run in documents(), module in ".*") {
            run.modules[0].path = module;
            prop_assert_eq!(text(&run), with(run.totals.percent));
        }
    }
}
