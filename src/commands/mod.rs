//! Owns the commands: each calls the steps of the other rooms in its own order.
//! Must not know the grammar of the command line.

pub(crate) mod audit;
pub(crate) mod baseline;
pub(crate) mod check;
pub mod config;
pub(crate) mod elsewhere;
pub(crate) mod history;
pub(crate) mod hook;
pub(crate) mod init;
pub mod merge;
pub(crate) mod next;
pub(crate) mod ratchet;
pub(crate) mod session;
pub(crate) mod watch;
