//! Owns the git pre-push hook: installing it, and what it does on a push.
//! Must not know how packages are measured; that is `check`.

pub mod install;
pub mod managers;
pub mod memory;
pub mod precommit;
mod refusal;
pub mod run;
pub mod script;
pub mod status;
pub mod worktree;
