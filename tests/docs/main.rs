//! Prints the parts of the documentation that are generated from the code, by name; `cargo xtask
//! docs` puts each into its place.

use std::io::{self, Write};

fn main() -> io::Result<()> {
    let text = match std::env::args().nth(1).as_deref() {
        Some("formats") => covgate::output::formats::reference(),
        Some("history") => covgate::output::history::History::schema(),
        Some("note") => covgate::output::note::schema(),
        Some("schema") => covgate::output::formats::schema(),
        Some("settings") => covgate::commands::config::reference(),
        other => return Err(io::Error::other(format!("no such part: {other:?}"))),
    };
    io::stdout().write_all(text.as_bytes())
}
