//! covgate: a coverage gate for Go.
//!
//! The modules are rooms, in the order in which data flows: [`cli`] reads a command line,
//! [`settings`] joins it with the environment and `covgate.toml`, and a command of [`commands`]
//! takes its steps. It chooses what is measured (`choose`), measures it (`measure`), judges it
//! by the rules of [`domain`], and writes the answer ([`output`]). [`tools`] are go, git, processes
//! and files. A table in ARCHITECTURE.md says what each room may import, and a test checks it.
//!
//! Public is what the programs, the fuzz targets and the integration tests need.

pub mod choose;
pub mod cli;
pub mod commands;
pub mod domain;
mod error;
mod exit;
mod measure;
pub mod output;
pub mod settings;
pub mod tools;

#[cfg(test)]
mod rooms;
