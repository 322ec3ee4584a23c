//! Owns the commands: each calls the steps of the other rooms in its own order.
//! Must not know the grammar of the command line.

pub mod audit;
pub mod check;
pub mod config;
pub mod hook;
pub mod merge;
pub mod ratchet;
pub mod session;
