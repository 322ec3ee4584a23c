//! `cargo covgate …`, for which cargo runs `cargo-covgate covgate …`. It is the same program.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args: Vec<_> = std::env::args_os().collect();
    if args.get(1).is_some_and(|arg| arg == "covgate") {
        // Help, usage and errors name the program as it was called.
        args.splice(..2, ["cargo covgate".into()]);
    }
    ExitCode::from(covgate::cli::run(args))
}
