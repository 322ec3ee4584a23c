//! The `covgate` command. The library does everything; this only exits with its code.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(covgate::cli::run(std::env::args_os()))
}
