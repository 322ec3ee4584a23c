//! `covgate watch`, with real git. Its output is a pipe, so that each report ends with the line that says what is
//! watched; a test reads until that line comes.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod fake;
mod real;
mod watching;
