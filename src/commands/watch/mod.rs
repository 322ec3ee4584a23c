//! Owns `covgate watch` on one page: look what differs → gate it → show it → wait until something else
//! differs.
//! Must not know how any of the steps works.

mod answer;
mod own;
mod wakes;

use std::io::Write;
use std::thread;

use camino::Utf8PathBuf;
use rustix::process::Signal;

use self::answer::{Answer, answer};
use self::own::Own;
use self::wakes::{Wake, Wakes};
use crate::choose::seen::{Moved, Seen, folders};
use crate::choose::since::{self, Scope};
use crate::domain::commit::short;
use crate::domain::visible;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::output::text::{Screen, Style};
use crate::settings::Settings;
use crate::tools::git::Git;
use crate::tools::process::{Stop, Supervisor};

/// What is watched, and how.
pub(crate) struct Request<'a> {
    /// What everything is compared with.
    pub since: &'a str,
    /// Looks every so many seconds; none to be told by the system.
    pub poll: Option<u64>,
    /// The settings as they are now: `covgate.toml` is one of the files that are saved.
    pub settings: &'a dyn Fn() -> Result<Settings>,
    /// The look of the screen under these settings.
    pub style: &'a dyn Fn(&Settings) -> Style,
}

/// What differs at one moment, under the settings of that moment.
struct Look {
    settings: Settings,
    scope: Scope,
    seen: Seen,
}

/// That, or why nobody can say. A save may mend it.
type Glance = Result<Box<Look>>;

/// Gates what differs, again and again, until a signal comes.
///
/// # Errors
/// When there is nothing to watch, or the first run is refused as `check` would refuse it.
pub(crate) fn run(request: &Request<'_>, supervisor: &Supervisor, out: impl Write) -> Result<Exit> {
    let mut watch = Watch::start(request, supervisor, Screen::new(out))?;
    let mut glance = Ok(watch.look()?);
    let mut is_first = true;
    loop {
        if let Ok(look) = &glance {
            match watch.gate(look) {
                Gated::Overtaken(newer) => {
                    glance = newer;
                    continue;
                }
                Gated::Stopped => return watch.end(),
                Gated::Answered(answer) => {
                    if is_first && let Some(error) = answer.refusal {
                        return Err(error);
                    }
                    let last = watch.last_words(look, &answer);
                    watch.screen.show(&answer.text, &last).map_err(Error::output)?;
                }
            }
        } else if let Err(error) = &glance {
            let mut text = Vec::new();
            let _ = error.write_to(&mut text);
            let text = String::from_utf8_lossy(&text);
            let last = "watching; waiting for a save that mends this";
            watch.screen.show(&text, last).map_err(Error::output)?;
        }
        is_first = false;
        match watch.next(glance) {
            Some(next) => glance = next,
            None => return watch.end(),
        }
    }
}

/// How a run ended.
enum Gated {
    Answered(Answer),
    /// Something else differs now.
    Overtaken(Glance),
    Stopped,
}

struct Watch<'a, W> {
    request: &'a Request<'a>,
    supervisor: &'a Supervisor,
    screen: Screen<W>,
    wakes: Wakes,
    own: Own,
    /// The root of the work tree.
    root: Utf8PathBuf,
    /// Where git writes when HEAD moves.
    git: [Utf8PathBuf; 2],
    /// How many runs have begun.
    runs: usize,
}

impl<'a, W: Write> Watch<'a, W> {
    fn start(
        request: &'a Request<'a>,
        supervisor: &'a Supervisor,
        screen: Screen<W>,
    ) -> Result<Self> {
        let gate = (request.settings)()?.gate;
        let gate = gate.canonicalize_utf8().unwrap_or(gate);
        let git = Git::new(supervisor, &gate);
        let layout = git.layout()?;
        if request.since == HEAD && git.resolve("HEAD^{commit}")?.is_none() {
            return Err(Error::environment("there is no commit yet to compare with")
                .hint("commit once, or gate everything: covgate check"));
        }
        let logs = layout.git_dir.join("logs");
        Ok(Self {
            request,
            supervisor,
            screen,
            wakes: Wakes::start(request.poll, supervisor)?,
            own: Own::default(),
            root: layout.root(&gate).to_owned(),
            git: [layout.git_dir, logs],
            runs: 0,
        })
    }

    /// What differs now. Folders are watched before anything is read, so what is saved after that is news.
    fn look(&mut self) -> Glance {
        let settings = (self.request.settings)()?;
        let git = Git::new(self.supervisor, &self.root);
        let ignored = git.all_ignored()?;
        if self.wakes.needs_folders() {
            let folders = folders(&self.root, &ignored).into_iter().chain(self.git.clone());
            self.wakes.follow(&self.root, folders)?;
        }
        let difference = since::since(self.supervisor, &settings.gate, self.request.since)?;
        let seen = Seen::look(&self.root, &difference.relevant(&settings), &ignored);
        Ok(Box::new(Look { settings, scope: Scope::Since(Box::new(difference)), seen }))
    }

    /// Runs the gate, while looking out for what makes it useless.
    fn gate(&mut self, look: &Look) -> Gated {
        self.runs += 1;
        let (run, style) = (self.runs, (self.request.style)(&look.settings));
        let (supervisor, ended) = (self.supervisor, self.wakes.when_ended(run));
        thread::scope(|scope| {
            let gating = scope.spawn(move || {
                let answer = answer(&look.settings, &look.scope, supervisor, style);
                ended();
                answer
            });
            let overtaken = loop {
                match self.wakes.next(run) {
                    Wake::Ended | Wake::Stopped => break None,
                    Wake::Saved => {
                        let now = self.look();
                        if self.is_stale(look, &now) {
                            self.supervisor.abandon();
                            break Some(now);
                        }
                    }
                }
            };
            let answer = gating.join();
            self.supervisor.renew();
            match (self.is_stopped(), overtaken, answer) {
                (true, ..) => Gated::Stopped,
                (_, Some(newer), _) => Gated::Overtaken(newer),
                (_, None, Ok(answer)) => Gated::Answered(answer),
                (_, None, Err(_)) => Gated::Answered(Answer::broken_down()),
            }
        })
    }

    /// Whether what is seen during a run makes it useless.
    fn is_stale(&mut self, look: &Look, now: &Glance) -> bool {
        match now {
            Ok(now) => self.own.overtakes(&look.seen.moved(&now.seen)),
            Err(_) => true,
        }
    }

    /// Waits until something differs from what was gated last; none after a signal.
    fn next(&mut self, gated: Glance) -> Option<Glance> {
        let mut last = gated;
        let mut now = self.look();
        let needs_run = match (&last, &now) {
            (Ok(before), Ok(after)) => self.own.needs_another(&before.seen.moved(&after.seen)),
            (before, after) => !is_same(before, after),
        };
        if needs_run {
            return (!self.is_stopped()).then_some(now);
        }
        loop {
            last = now;
            if self.wakes.next(self.runs) == Wake::Stopped || self.is_stopped() {
                return None;
            }
            now = self.look();
            if !is_same(&last, &now) {
                self.own.forget(&moved(&last, &now));
                return (!self.is_stopped()).then_some(now);
            }
        }
    }

    fn last_words(&self, look: &Look, answer: &Answer) -> String {
        let mut words = String::new();
        for path in self.own.paths() {
            let path = visible::line(path.as_str());
            words.push_str(&format!(
                "note: {path} changed in one run after another, as what tests write: that starts no run\n"
            ));
        }
        let base = match &look.scope {
            Scope::Since(difference) => short(&difference.base),
            Scope::All => "",
        };
        let since = self.request.since;
        let packages = answer.packages.map(|count| format!(" {count} package(s)"));
        let packages = packages.unwrap_or_default();
        words + &format!("watching{packages} since {since} ({base}); last run {}", answer.took)
    }

    fn is_stopped(&self) -> bool {
        matches!(self.supervisor.stopped(), Some(Stop::Signal(_)))
    }

    /// Ctrl-C is how one leaves: no error. Other signals are somebody else's.
    fn end(&self) -> Result<Exit> {
        match self.supervisor.stopped() {
            Some(Stop::Signal(number)) if number != Signal::INT.as_raw() => {
                Ok(Exit::Signal(number))
            }
            _ => Ok(Exit::Pass),
        }
    }
}

/// What everything is compared with if nobody says otherwise.
pub(crate) const HEAD: &str = "HEAD";

/// Whether two looks see the same.
fn is_same(before: &Glance, after: &Glance) -> bool {
    match (before, after) {
        (Ok(_), Ok(_)) => moved(before, after).is_nothing(),
        (Err(before), Err(after)) => format!("{before:#}") == format!("{after:#}"),
        _ => false,
    }
}

fn moved(before: &Glance, after: &Glance) -> Moved {
    match (before, after) {
        (Ok(before), Ok(after)) => before.seen.moved(&after.seen),
        _ => Moved::default(),
    }
}
