//! What both kinds of tests share.

pub(crate) mod fake;
pub(crate) mod module;
pub(crate) mod schema;
