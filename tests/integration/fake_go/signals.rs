//! Ctrl-C and other signals, in every phase: exit 128+n, no process and no temporary file left
//! (`finish` checks that).

use rustix::process::Signal;
use serde_json::json;

use crate::support::ENGINES;
use crate::support::fake::{Fake, Run, pkg};

const SIGNALS: [(Signal, i32); 3] = [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)];

fn two() -> Fake {
    Fake::new([pkg("a", 1, 1), pkg("b", 1, 1)])
}

/// Sends a signal once a fake hangs.
fn interrupt(fake: &Fake, args: &[&str], hanging: usize, signal: Signal) -> Run {
    let mut running = fake.start(args);
    for _ in 0..hanging {
        running.reached("here");
    }
    running.signal(signal);
    running.finish()
}

#[track_caller]
fn stopped(run: &Run, code: i32) {
    let number = code - 128;
    let words = format!("error: stopped by signal {number}; the gate has not decided\n");
    assert_eq!(run.exits(code).stderr, words);
    assert!(!run.stdout.contains("All packages meet"), "{}", run.stdout);
    assert!(!run.stdout.contains("Total time"), "{}", run.stdout);
}

#[test]
fn before_and_in_the_warm_pass() {
    for (index, phase) in ["env", "list", "warm"].into_iter().enumerate() {
        for (signal, code) in SIGNALS {
            let fake = two().phase(phase, json!([{ "reach": "here" }, "hang"]));
            let run = interrupt(&fake, &["-p2"], 1, signal);
            stopped(&run, code);
            assert_eq!(run.phases(), ["env", "list", "warm"][..=index], "nothing ran after it");
        }
    }
}

#[test]
fn in_the_batch() {
    for (signal, code) in SIGNALS {
        let fake = two().steps("b", json!([{ "reach": "here" }, "hang"]));
        let run = interrupt(&fake, &["-p2", "--engine=batch"], 1, signal);
        stopped(&run, code);
    }
}

/// Two processes hang, and a third package waits for its turn, which never comes.
#[test]
fn in_the_fanout() {
    for (signal, code) in SIGNALS {
        let hang = json!([{ "reach": "here" }, "hang"]);
        let fake =
            Fake::new(["a", "b", "c"].map(|name| pkg(name, 1, 1).set("steps", hang.clone())));
        let run = interrupt(&fake, &["-p2", "--engine=fanout"], 2, signal);
        stopped(&run, code);
        assert_eq!(run.of("test").len(), 2);
    }
}

/// go may die while its children live on.
#[test]
fn with_a_grandchild() {
    let steps = json!([{ "grandchild": { "detached": false } }, { "reach": "here" }, "hang"]);
    for phase in ["warm", "test"] {
        let fake = two().phase(phase, steps.clone());
        stopped(&interrupt(&fake, &["-p2"], 1, Signal::INT), 130);
    }
}

/// A child that ignores the first signal gets ten seconds, unless a second signal comes. The run
/// with the second signal ends while another, which got only the first one and got it earlier,
/// still waits.
#[test]
fn a_second_signal_kills_at_once() {
    let deaf = || two().phase("test", json!(["deaf", { "reach": "here" }, "hang"]));
    let (patient, hasty) = (deaf(), deaf());
    let mut waits = patient.start(&["-p1"]);
    waits.reached("here");
    waits.signal(Signal::INT);
    waits.reached("heard 2");
    let mut ends = hasty.start(&["-p1"]);
    ends.reached("here");
    ends.signal(Signal::INT);
    ends.reached("heard 2");
    assert!(ends.runs());
    ends.signal(Signal::INT);
    stopped(&ends.finish(), 130);
    assert!(waits.runs(), "the second signal made no difference");
    waits.signal(Signal::TERM);
    stopped(&waits.finish(), 130);
}

/// The signal that came first is the one that counts.
#[test]
fn the_children_hear_the_same_signal() {
    for (signal, code) in SIGNALS {
        let fake = two().phase("test", json!(["deaf", { "reach": "here" }, "hang"]));
        let mut running = fake.start(&["-p1"]);
        running.reached("here");
        running.signal(signal);
        running.reached(&format!("heard {}", signal.as_raw()));
        running.signal(Signal::INT);
        stopped(&running.finish(), code);
    }
}

/// An interrupted run has printed what it knew: the rows before.
#[test]
fn rows_before_the_signal_stand() {
    let fake = two().steps("b", json!([{ "reach": "here" }, "hang"]));
    for engine in ENGINES {
        let mut running = fake.start_with(
            &["-p1", "--no-timings", engine],
            std::process::Stdio::piped(),
            std::process::Stdio::piped(),
        );
        running.reached("here");
        let lines = running.read_lines(5);
        assert_eq!(lines[4], "PASS       100.0%     80.0%       ---  a");
        running.signal(Signal::TERM);
        running.finish().exits(143);
    }
}
