//! `covgate hook install`, `uninstall` and `status`, with real git, real pushes to local remotes,
//! and a scripted `covgate` on PATH that records what the hook calls.

mod before;
mod managers;
mod places;
mod plain;
mod refusals;
mod repo;
mod status;
