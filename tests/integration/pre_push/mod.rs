//! `covgate hook run pre-push`, with real git, local remotes and real go.
//!
//! The hook is written by hand, so that these tests do not depend on `covgate hook install`. They
//! use the user's build cache: with `-trimpath`, a package that is the same in two repositories is
//! built and tested once. So a package whose test run must be seen contains something unique.

mod baseline;
mod environment;
mod floors;
mod history;
mod interrupt;
mod memory;
mod patch;
mod patch_random;
mod place;
mod random;
mod real_go_modules;
mod record;
mod refs;
mod refusal;
pub(crate) mod repository;
mod scope;
mod shards;
mod since;
mod soak;
mod worktree;
