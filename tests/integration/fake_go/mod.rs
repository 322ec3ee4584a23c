//! Tests with a scripted fake go on PATH: what real go does not do on demand, to the byte.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

mod config;
mod fanout;
mod flags;
mod init;
mod json;
mod merge;
mod misbehaviour;
mod output;
mod ratchet;
mod report;
mod report_places;
mod reports;
mod shard;
mod signals;
mod study;
mod warm;
