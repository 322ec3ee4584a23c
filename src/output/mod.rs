//! Owns what covgate writes for people and programs.
//! Must not know how anything was measured.

pub mod document;
mod foreign;
pub mod formats;
pub mod history;
pub mod note;
mod schema;
pub mod text;
