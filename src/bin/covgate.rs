//! The `covgate` command: parses and exits; everything else is the library's.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(covgate::cli::run(std::env::args_os()))
}
