//! Owns what a phase costs: wall-clock time, and the CPU time of the children that were waited for,
//! with their children.
//! Must not know what was run.

use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

use crate::domain::findings::Spent;

/// The start of a phase.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    started: Instant,
    cpu: Duration,
}

impl Clock {
    /// Starts a phase.
    #[must_use]
    pub(crate) fn start() -> Self {
        Self { started: Instant::now(), cpu: children() }
    }

    /// The time spent since then. Children that still run do not count.
    #[must_use]
    pub(crate) fn spent(self) -> Spent {
        Spent { wall: self.started.elapsed(), cpu: children().saturating_sub(self.cpu) }
    }
}

/// The CPU time of all children that were reaped.
fn children() -> Duration {
    getrusage(UsageWho::RUSAGE_CHILDREN)
        .map(|usage| duration(usage.user_time()) + duration(usage.system_time()))
        .unwrap_or_default()
}

fn duration(time: TimeVal) -> Duration {
    let seconds = u64::try_from(time.tv_sec()).unwrap_or_default();
    Duration::from_secs(seconds)
        + Duration::from_micros(u64::try_from(time.tv_usec()).unwrap_or_default())
}
