//! Owns what one run of `watch` has to say: the report of `check`, with all that stands beside it.
//! Must not know when one runs, or where the answer is shown.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use crate::choose::since::Scope;
use crate::commands::check::{self, Extent};
use crate::error::Error;
use crate::exit::Exit;
use crate::output::formats::Requests;
use crate::output::text::{Style, Timings};
use crate::settings::Settings;
use crate::tools::process::{Clock, Supervisor};

/// What a run says.
pub(super) struct Answer {
    pub(super) text: String,
    /// How many packages there are; none if the run did not come so far.
    pub(super) packages: Option<usize>,
    /// How long it took, in words.
    pub(super) took: String,
    /// Why the run could not begin. A build that is broken is no reason: that is what people mend.
    pub(super) refusal: Option<Error>,
}

impl Answer {
    /// Of a run that did not survive a mistake of covgate's.
    pub(super) fn broken_down() -> Self {
        let text = format!("error: {}", Error::broken_down());
        Self { text, packages: None, took: String::new(), refusal: None }
    }
}

/// `covgate check` of what differs.
pub(super) fn answer(
    settings: &Settings,
    scope: &Scope,
    supervisor: &Supervisor,
    style: Style,
) -> Answer {
    let (page, clock) = (Page::default(), Clock::start());
    let extent = Extent { scope, shard: None, record: false, baseline: None };
    let (none, out, mut err) = (Requests::default(), page.clone(), page.clone());
    let checked = check::run(settings, extent, supervisor, &none, style, out, &mut err);
    let took = Timings(settings.timings()).show(clock.spent().wall);
    let (packages, refusal) = match checked {
        Ok(verdicts) => (Some(verdicts.packages), None),
        Err(error) => {
            let _ = error.write_to(&mut err);
            (None, Some(error).filter(|error| error.exit() != Exit::BuildBroken))
        }
    };
    Answer { text: page.text(), packages, took, refusal }
}

/// What is written to stdout and to stderr, in that order, in one place.
#[derive(Clone, Default)]
struct Page(Rc<RefCell<Vec<u8>>>);

impl Page {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.borrow()).into_owned()
    }
}

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
