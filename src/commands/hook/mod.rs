//! Owns the git pre-push hook: installing it, and what it does on a push.
//! Must not know how packages are measured; that is `check`.

pub(crate) mod install;
pub(crate) mod managers;
pub(crate) mod memory;
pub(crate) mod precommit;
mod refusal;
pub(crate) mod run;
pub(crate) mod script;
pub(crate) mod status;
pub(crate) mod worktree;
