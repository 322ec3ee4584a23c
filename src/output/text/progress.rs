//! Owns the live line on stderr, which says what is running and how far it is. It appears only if
//! stderr is a terminal, and never on stdout.
//! Must not know results.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::domain::counted::counted;
use crate::domain::visible;

/// The live line; without a terminal it does nothing.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    running: Vec<String>,
    total: usize,
    done: usize,
    /// How many packages are run again, and the number of that run; none in the first one.
    again: Option<(usize, usize)>,
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
        Self { bar, running: Vec::new(), total, done: 0, again: None }
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

    /// Removes a package whose tests have ended.
    pub(crate) fn ended(&mut self, label: &str) {
        self.running.retain(|running| running != label);
        self.show();
    }

    /// Counts packages that are measured for good.
    pub(crate) fn measured(&mut self, count: usize) {
        self.done += count;
        self.show();
    }

    /// Says that some packages are run again, and which run that is.
    pub(crate) fn run_again(&mut self, packages: usize, run: usize) {
        self.again = Some((packages, run));
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
        self.bar.set_message(self.message());
    }

    fn message(&self) -> String {
        let (done, total) = (self.done, self.total);
        let labels = visible::line(&self.running.join(", ")).into_owned();
        let doing = match (self.again, labels.is_empty()) {
            _ if done == total && labels.is_empty() => "finishing".to_owned(),
            (None, true) => "compiling".to_owned(),
            (None, false) => format!("running {labels}"),
            (Some((packages, run)), none) => {
                let packages = counted(packages as u64, "failed package");
                let labels = if none { String::new() } else { format!(": {labels}") };
                format!("running {packages} again (run {run}){labels}")
            }
        };
        format!("{done}/{total} measured, {doing}")
    }
}

impl Drop for Progress {
    /// An error must not follow a line that is no longer true.
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_is_run_again() {
        let mut progress = Progress::new(3);
        progress.started("a");
        assert_eq!(progress.message(), "0/3 measured, running a");
        progress.ended("a");
        progress.measured(1);
        assert_eq!(progress.message(), "1/3 measured, compiling");
        progress.run_again(2, 2);
        assert_eq!(progress.message(), "1/3 measured, running 2 failed packages again (run 2)");
        progress.started("b");
        assert!(progress.message().ends_with("running 2 failed packages again (run 2): b"));
        progress.ended("b");
        progress.measured(2);
        assert_eq!(progress.message(), "3/3 measured, finishing");
    }
}
