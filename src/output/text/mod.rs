//! Owns what people see: the table on stdout and the live line on stderr.
//! Must not know how anything was measured or judged, only the results.

mod audit;
mod audit_files;
mod column;
mod duration;
pub mod last_words;
mod order;
mod progress;
mod ratchet;
mod shortfall;
mod study;
mod style;
mod table;
mod warm;

pub use self::audit::AuditText;
pub use self::duration::{Shown as ShownDuration, Timings};
pub use self::order::InOrder;
pub use self::progress::Progress;
pub use self::ratchet::{RatchetTable, Tally};
pub use self::study::{StudyRow, StudyText};
pub use self::style::Style;
pub use self::table::Table;
