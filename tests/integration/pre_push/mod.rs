//! `covgate hook run pre-push`, with real git, local remotes and real go.
//!
//! The hook is written by hand, so that these tests do not rest on `covgate hook install`. go's
//! build cache is the user's: with `-trimpath` a package that is the same in two repositories is
//! built and tested once, so what a test must see happen has something of its own in it.

mod environment;
mod interrupt;
mod memory;
mod place;
mod random;
mod refs;
mod refusal;
mod repository;
mod scope;
mod shards;
mod since;
mod worktree;
