//! Owns what runs have said of each package until all of its parts are there.
//! Must not know processes, or what the parts lead to.

use super::Event;
use super::conclude::{PartEnd, conclude, failed_by_tests};
use crate::choose::plan::Plan;

/// What a run says.
#[derive(Debug)]
pub(super) enum News {
    /// Tests of a package have started.
    Started(usize),
    /// A part of a package has ended.
    Ended(usize, PartEnd),
    /// Something that no package shows and that closes the gate.
    Trouble(String),
}

/// Collects the parts of all packages.
#[derive(Debug)]
pub(super) struct Gather(Vec<Parts>);

#[derive(Debug, Default)]
struct Parts {
    awaited: usize,
    started: bool,
    /// In the order of the runs: those over many packages come one after another.
    ended: Vec<PartEnd>,
}

impl Gather {
    pub(super) fn new(plan: &Plan, packages: usize) -> Self {
        let mut all: Vec<Parts> = (0..packages).map(|_| Parts::default()).collect();
        plan.runs().flat_map(|run| &run.parts).for_each(|part| all[part.package].awaited += 1);
        Self(all)
    }

    /// What it means for a package, if anything.
    pub(super) fn push(&mut self, news: News) -> Option<Event> {
        match news {
            News::Trouble(trouble) => Some(Event::Trouble(trouble)),
            News::Started(index) => self.0[index].start().then_some(Event::Started(index)),
            News::Ended(index, end) => {
                let parts = &mut self.0[index];
                parts.ended.push(end);
                if parts.ended.len() < parts.awaited {
                    return None;
                }
                let ended = std::mem::take(&mut parts.ended);
                let by_tests = failed_by_tests(&ended);
                let event = if by_tests { Event::Failed } else { Event::Finished };
                Some(event(index, conclude(ended)))
            }
        }
    }
}

impl Parts {
    /// Whether the package is now being measured to its end; between two parts, nothing of it runs.
    fn start(&mut self) -> bool {
        let last = self.ended.len() + 1 == self.awaited;
        last && !std::mem::replace(&mut self.started, true)
    }
}
