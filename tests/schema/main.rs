//! The JSON Schema of the `json` report, on stdout: `cargo xtask schema` writes it into docs/.

use std::io::{self, Write};

fn main() -> io::Result<()> {
    io::stdout().write_all(covgate::formats::schema().as_bytes())
}
