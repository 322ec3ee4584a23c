//! Owns what stderr says where failing tests are run again: which packages passed only then, and that too many
//! failed for it.
//! Must not know how anything was measured.

use std::io::{self, Write};

use crate::domain::outcome::Measured;
use crate::domain::reruns::{TooMany, passed_again};
use crate::domain::visible;

/// How many packages are named. Each says it in its row, too.
const SHOWN: usize = 10;

/// The packages that passed only when they were run again.
#[derive(Debug, Default)]
pub(crate) struct Flaky {
    labels: Vec<String>,
    too_many: Option<TooMany>,
}

impl Flaky {
    /// Adds a package, if it is one of them.
    pub(crate) fn add(&mut self, label: &str, measured: &Measured) {
        if measured.flaky().is_some() && !self.labels.iter().any(|known| known == label) {
            self.labels.push(label.to_owned());
        }
    }

    /// Keeps whether too many packages failed to be run again.
    pub(crate) fn not_run_again(&mut self, too_many: Option<TooMany>) {
        self.too_many = self.too_many.or(too_many);
    }

    /// Their labels, as listed.
    pub(crate) fn into_labels(self) -> Vec<String> {
        self.labels
    }

    /// Writes it; nothing where there is nothing to say.
    ///
    /// # Errors
    /// When the writer fails.
    pub(crate) fn write(&self, err: &mut dyn Write) -> io::Result<()> {
        if !self.labels.is_empty() {
            let shown = self.labels.iter().take(SHOWN).map(|label| visible::line(label));
            let named = shown.collect::<Vec<_>>().join(", ");
            let more = match self.labels.len().saturating_sub(SHOWN) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            writeln!(err, "{}: {named}{more}", passed_again(self.labels.len()))?;
        }
        match self.too_many {
            Some(too_many) => writeln!(err, "note: {too_many}"),
            None => Ok(()),
        }
    }
}
