//! Owns the choice of what is measured: which go, which packages, which of them are left out, which
//! `go test` runs which tests, and what the warm pass compiles.
//! Must not know how anything is measured or shown.

pub(crate) mod affected;
pub(crate) mod ask;
mod colour;
pub(crate) mod committed;
pub(crate) mod discover;
mod guard;
pub mod ignores;
mod listing;
pub(crate) mod modules;
pub(crate) mod patch;
pub(crate) mod plan;
pub(crate) mod seen;
pub(crate) mod select;
pub(crate) mod shard;
mod sight;
pub(crate) mod since;
pub(crate) mod sources;
