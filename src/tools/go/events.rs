//! Owns the reading of `go test -json`: one event per line, as bytes arrive (`go doc test2json`,
//! and cmd/go's build events since 1.24).
//! Must not know what an event means for a package.

use std::borrow::Cow;
use std::time::Duration;

use memchr::memchr;
use serde::Deserialize;

use crate::domain::limit;

/// In bytes. No real event is longer: test2json splits output into lines of a few KiB.
const LINE_CAP: usize = 1024 * 1024;

/// One event.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Event<'a> {
    /// `start`, `run`, `output`, `pass`, `fail`, `skip`, `build-output`, …
    #[serde(borrow)]
    pub action: Cow<'a, str>,
    /// The package's import path.
    #[serde(borrow, default)]
    pub package: Option<Cow<'a, str>>,
    /// The test, `Test/sub` for a subtest; none for the package itself.
    #[serde(borrow, default)]
    pub test: Option<Cow<'a, str>>,
    /// A piece of output, usually a line.
    #[serde(borrow, default)]
    pub output: Option<Cow<'a, str>>,
    /// Seconds since the package's or test's start.
    #[serde(default)]
    elapsed: Option<f64>,
    /// What a build event is about, such as `m/a [m/a.test]`.
    #[serde(borrow, default)]
    pub import_path: Option<Cow<'a, str>>,
    /// The `import_path` of the build that made a package fail.
    #[serde(borrow, default)]
    pub failed_build: Option<Cow<'a, str>>,
}

impl Event<'_> {
    /// How long it took; zero if go does not say, or says nonsense.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed.and_then(limit::seconds).unwrap_or_default()
    }
}

/// What a line is.
#[derive(Debug, PartialEq)]
pub enum Line<'a> {
    /// An event.
    Event(Event<'a>),
    /// Something else, such as an error that go printed between the events.
    Stray(&'a [u8]),
}

/// Splits the stream into lines and reads each.
#[derive(Debug, Default)]
pub struct EventReader {
    partial: Vec<u8>,
    /// The current line is longer than any event; the rest of it is dropped.
    overlong: bool,
}

impl EventReader {
    /// Takes bytes as they come; passes every complete line to `handle`.
    pub fn push(&mut self, mut bytes: &[u8], handle: &mut dyn FnMut(Line<'_>)) {
        while let Some(newline) = memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at(newline);
            bytes = &rest[1..];
            if self.partial.is_empty() && !self.overlong {
                handle(read_line(line));
            } else {
                self.keep(line);
                self.finish(handle);
            }
        }
        self.keep(bytes);
    }

    /// The stream has ended: reads the rest as a line without its newline.
    pub fn finish(&mut self, handle: &mut dyn FnMut(Line<'_>)) {
        let line = std::mem::take(&mut self.partial);
        if std::mem::take(&mut self.overlong) {
            handle(Line::Stray(&line));
        } else if !line.is_empty() {
            handle(read_line(&line));
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = LINE_CAP - self.partial.len();
        self.overlong |= bytes.len() > room;
        self.partial.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

fn read_line(line: &[u8]) -> Line<'_> {
    match serde_json::from_slice(line) {
        Ok(event) => Line::Event(event),
        Err(_) => Line::Stray(line),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn actions(chunks: &[&[u8]]) -> Vec<String> {
        let mut seen = Vec::new();
        let mut handle = |line: Line<'_>| {
            seen.push(match line {
                Line::Event(event) => event.action.into_owned(),
                Line::Stray(bytes) => format!("stray {}", bytes.len()),
            });
        };
        let mut reader = EventReader::default();
        for chunk in chunks {
            reader.push(chunk, &mut handle);
        }
        reader.finish(&mut handle);
        seen
    }

    #[test]
    fn events_may_be_cut_anywhere() {
        let text = b"{\"Action\":\"start\",\"Package\":\"m\"}\n{\"Action\":\"pass\",\"Package\":\"m\",\"Elapsed\":1.5}\n";
        for cut in 0..text.len() {
            let (a, b) = text.split_at(cut);
            assert_eq!(actions(&[a, b]), ["start", "pass"], "cut at {cut}");
        }
    }

    #[test]
    fn what_is_no_event_is_stray() {
        assert_eq!(
            actions(&[b"panic: x\n{\"Action\":1}\n{}\n"]),
            ["stray 8", "stray 12", "stray 2"]
        );
        assert_eq!(actions(&[b"{\"Action\":\"start\"}"]), ["start"], "without a last newline");
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let flood = vec![b'x'; 3 * LINE_CAP];
        assert_eq!(
            actions(&[&flood, b"y\n{\"Action\":\"pass\"}\n"]),
            [format!("stray {LINE_CAP}"), "pass".to_owned()]
        );
    }

    #[test]
    fn nonsense_durations_are_zero() {
        let event: Event<'_> = serde_json::from_str(r#"{"Action":"pass","Elapsed":-3}"#).unwrap();
        assert_eq!(event.elapsed(), Duration::ZERO);
        let event: Event<'_> =
            serde_json::from_str(r#"{"Action":"pass","Elapsed":1e300}"#).unwrap();
        assert_eq!(event.elapsed(), Duration::ZERO);
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_pieces_read_the_same(
            bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'\n')], 0..300),
            cut in 0usize..300,
        ) {
            let (a, b) = bytes.split_at(cut.min(bytes.len()));
            prop_assert_eq!(actions(&[a, b]), actions(&[&bytes]));
        }
    }
}
