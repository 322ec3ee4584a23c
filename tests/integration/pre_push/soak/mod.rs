//! Owns the test that `cargo xtask soak` runs: ever new modules and edits, and kills at random moments,
//! until a deadline.
//! Must not know how two gates are compared, or what is checked after a kill.

#![expect(clippy::unwrap_used, reason = "support of tests")]

mod kill;

use std::any::Any;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};
use std::{env, fs, io, thread};

use self::kill::Kills;
use super::random::{Figures, Subject};

/// The number of edits of one module.
const EDITS: usize = 8;
/// The number of kills with one module.
const KILLS: usize = 8;

#[derive(Default)]
struct Total {
    compared: Figures,
    modules: usize,
    wrong_passes: usize,
    wrong_refusals: usize,
    kills: Kills,
    /// Findings other than two gates that differ.
    others: usize,
}

impl Total {
    fn found(&self) -> usize {
        self.wrong_passes + self.wrong_refusals + self.others
    }
}

#[test]
#[ignore = "takes as long as it is told to: cargo xtask soak"]
fn soak() {
    let number = |name| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seconds = number("COVGATE_SOAK_SECONDS").unwrap_or(60);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let first = number("COVGATE_SOAK_SEED").unwrap_or(now.as_secs());
    let end = Instant::now() + Duration::from_secs(seconds);
    let (next, total) = (AtomicU64::new(first), Mutex::new(Total::default()));
    let workers = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while Instant::now() < end {
                    round(next.fetch_add(1, Ordering::Relaxed), end, &total);
                }
            });
        }
    });
    let total = total.into_inner().unwrap();
    if let Ok(path) = env::var("COVGATE_SOAK_REPORT") {
        fs::write(path, report(&total, seconds)).unwrap();
    }
    let found = total.found();
    assert!(found == 0, "{found} finding(s), each with its seed, are above");
}

/// Works on one module. Its seed decides everything, except for the moments of kills.
fn round(seed: u64, end: Instant, total: &Mutex<Total>) {
    let caught = catch_unwind(AssertUnwindSafe(|| match seed.is_multiple_of(4) {
        true => kill(seed, end, total),
        false => compare(seed, end, total),
    }));
    let mut total = total.lock().unwrap();
    if let Err(caught) = caught {
        total.others += 1;
        say(&format!("FOUND seed {seed}: {}\n", words(&*caught)));
    }
    let (edits, kills, found) = (total.compared.edits, total.kills.all, total.found());
    say(&format!("seed {seed} done; so far {edits} edits, {kills} kills, {found} findings\n"));
}

/// The message of a panic.
fn words(caught: &(dyn Any + Send)) -> String {
    let text = caught.downcast_ref::<String>().cloned();
    let text = text.or_else(|| caught.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    text.unwrap_or_default()
}

fn compare(seed: u64, end: Instant, total: &Mutex<Total>) {
    let subject = Subject::new(seed);
    total.lock().unwrap().modules += 1;
    for edit in 0..EDITS {
        if Instant::now() > end {
            return;
        }
        let compared = subject.compare(edit);
        let mut total = total.lock().unwrap();
        match compared {
            Ok(figures) => total.compared.add(figures),
            Err(finding) => {
                total.compared.edits += 1;
                match finding.wrong_pass {
                    true => total.wrong_passes += 1,
                    false => total.wrong_refusals += 1,
                }
                say(&format!("FOUND {}\n", finding.what));
            }
        }
    }
}

fn kill(seed: u64, end: Instant, total: &Mutex<Total>) {
    let victim = kill::Victim::new(seed);
    for number in 0..KILLS {
        if Instant::now() > end {
            return;
        }
        let (kills, findings) = victim.kill(number);
        let mut total = total.lock().unwrap();
        total.kills.add(kills);
        total.others += findings.len();
        for finding in findings {
            say(&format!("FOUND seed {seed}, kill {number}: {finding}\n"));
        }
    }
}

fn report(total: &Total, seconds: u64) -> String {
    let Total { compared, modules, wrong_passes, wrong_refusals, kills, others } = total;
    let Figures { edits, narrowed, narrowed_and_refused, packages, left_out } = compared;
    let share = left_out * 1000 / (*packages).max(1);
    let (whole, tenth) = (share / 10, share % 10);
    format!(
        "soaked for {seconds} s\n\
         edits compared     {edits}, of {modules} modules\n\
         wrong passes       {wrong_passes}\n\
         wrong refusals     {wrong_refusals}\n\
         packages left out  {left_out} of {packages} ({whole}.{tenth}%); in {narrowed} edits, of which {narrowed_and_refused} were refused\n\
         kills              {kills}\n\
         other findings     {others}\n"
    )
}

fn say(text: &str) {
    // A lost progress line is no reason to stop.
    let _ = io::stderr().write_all(text.as_bytes());
}
