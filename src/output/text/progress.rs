//! Owns the live line on stderr, which says what is running and how far it is. It appears only if
//! stderr is a terminal, and never on stdout.
//! Must not know results.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::domain::visible;

/// The live line; without a terminal it does nothing.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    running: Vec<String>,
    total: usize,
    done: usize,
}

impl Progress {
    /// A line for this many packages.
    #[must_use]
    pub(crate) fn new(total: usize) -> Self {
        let bar = match std::io::stderr().is_terminal() {
            true => ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()),
            false => ProgressBar::hidden(),
        };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed:>6}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar, running: Vec::new(), total, done: 0 }
    }

    /// Shows what the run is doing.
    pub(crate) fn phase(&mut self, message: String) {
        self.bar.reset_elapsed();
        self.bar.set_message(message);
    }

    /// Adds a package whose tests run.
    pub(crate) fn started(&mut self, label: &str) {
        self.running.push(label.to_owned());
        self.show();
    }

    /// Removes a package that is done.
    pub(crate) fn finished(&mut self, label: &str) {
        self.running.retain(|running| running != label);
        self.done += 1;
        self.show();
    }

    /// Hides the line while doing something, such as writing rows to the same terminal.
    pub(crate) fn aside<T>(&self, act: impl FnOnce() -> T) -> T {
        self.bar.suspend(act)
    }

    /// Removes the line.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    fn show(&self) {
        let (done, total) = (self.done, self.total);
        let doing = match self.running.as_slice() {
            [] if done == total => "finishing".to_owned(),
            [] => "compiling".to_owned(),
            labels => format!("running {}", visible::line(&labels.join(", "))),
        };
        self.bar.set_message(format!("{done}/{total} measured, {doing}"));
    }
}

impl Drop for Progress {
    /// An error must not follow a line that is no longer true.
    fn drop(&mut self) {
        self.clear();
    }
}
