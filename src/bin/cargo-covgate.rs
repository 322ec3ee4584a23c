//! `cargo covgate …`: cargo runs `cargo-covgate covgate …`; the same program behind it.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args: Vec<_> = std::env::args_os().collect();
    if args.get(1).is_some_and(|arg| arg == "covgate") {
        args.remove(1);
    }
    ExitCode::from(covgate::cli::run(args))
}
