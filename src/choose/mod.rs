//! Owns the choice of what is measured: which go, which packages, which of them are left out, which
//! engine measures which, and what the warm pass compiles.
//! Must not know how anything is measured or shown.

pub mod affected;
pub mod committed;
pub mod discover;
mod guard;
pub mod plan;
pub mod select;
pub mod shard;
mod sight;
pub mod since;
pub mod sources;
