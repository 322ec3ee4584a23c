//! Tests of the `html` report in a real browser, headless Chromium: what it shows, and that it does
//! what a reader wants by mouse and by keyboard.
//!
//! The browser is that of `COVGATE_TEST_CHROMIUM`, or a chromium on PATH.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod change;
mod chromium;
mod hostile;
mod ignored;
mod thousand;
