//! Tests with real go on real modules: covgate is compared with what the same go says itself.
//!
//! The go is that of `COVGATE_TEST_GO`, or `go` on PATH. Fixtures that several tests use are
//! measured once; a `.txtar` file here is such a module.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests are tests"
)]

mod audit;
mod builds;
mod cached;
mod elsewhere;
mod example;
mod failures;
mod flags;
mod floors;
mod healthy;
mod hostile;
mod ignores;
mod ignores_files;
mod ignores_random;
mod init;
mod liars;
mod malformed;
mod measured;
mod outside;
mod profile_hundred;
mod profiles;
mod random;
mod random_outside;
mod ratchet;
mod reports;
mod reports_data;
mod reruns;
mod reruns_spread;
mod shards;
mod statements;
mod with;
