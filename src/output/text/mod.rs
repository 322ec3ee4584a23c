//! Owns what people see: the table on stdout and the live line on stderr.
//! Must not know how anything was measured or judged, only the results.

mod audit;
mod audit_files;
mod column;
mod duration;
mod elsewhere;
pub(crate) mod flaky;
pub(crate) mod idle;
pub(crate) mod last_words;
mod order;
pub(crate) mod patch;
mod progress;
mod ratchet;
mod screen;
mod shortfall;
mod study;
mod style;
mod table;
mod warm;

pub(crate) use self::audit::AuditText;
pub(crate) use self::duration::{Shown as ShownDuration, Timings};
pub(crate) use self::order::InOrder;
pub(crate) use self::progress::Progress;
pub(crate) use self::ratchet::{RatchetTable, Tally};
pub(crate) use self::screen::Screen;
pub(crate) use self::study::{StudyRow, StudyText};
pub use self::style::Style;
pub(crate) use self::table::Table;
