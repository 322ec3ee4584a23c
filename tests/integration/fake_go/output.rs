//! Where the report goes: closed pipes, full disks, colours, terminals.

use std::fs::OpenOptions;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::process::Stdio;

use serde_json::json;

use crate::support::ENGINES;
use crate::support::fake::{Fake, Run, as_stdio, pkg, wait_readable};

const ESCAPE: char = '\u{1b}';

fn two() -> Fake {
    Fake::new([pkg("a", 1, 1), pkg("b", 1, 4)])
}

/// `covgate check | head -1`: ends as other tools do, and with it every child.
#[test]
fn nobody_reads_any_more() {
    for engine in ENGINES {
        let fake = Fake::new(["a", "b", "c"].map(|name| pkg(name, 1, 1)));
        let steps = json!([{ "reach": "here" }, fake.gate()]);
        let fake = fake.steps("b", steps).steps("c", json!(["hang"]));
        let (mut reader, writer) = std::io::pipe().unwrap();
        let ours = writer.try_clone().unwrap();
        let mut running = fake.start_with(&["-p2", engine], writer.into(), Stdio::piped());
        running.reached("here");
        let mut start = [0; 29];
        reader.read_exact(&mut start).unwrap();
        assert_eq!(&start, b"Checking per-package coverage");
        drop(reader);
        // A process that another test starts right now has the reader's end until it runs.
        wait_readable(&[ours.as_fd()], "the end of every reader");
        running.release(1);
        let run = running.finish();
        assert!(
            run.exits(141).stderr.starts_with("error: cannot write the report"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn a_full_disk_under_the_report() {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let run = two().start_with(&["-p1"], full.into(), Stdio::piped()).finish();
    run.exits(4).complains(&[
        "error: cannot write the report",
        "  caused by: No space left on device (os error 28)",
    ]);
    assert!(run.of("test").is_empty());
}

#[test]
fn no_room_for_temporary_files() {
    let fake = two().env("TMPDIR", "/nowhere/at/all");
    let run = fake.check(&["-p1"]);
    assert!(run.exits(4).stderr.starts_with("error: cannot use the folder for temporary files\n"));
    assert!(run.stderr.contains("TMPDIR"), "{}", run.stderr);
    assert!(run.of("test").is_empty());
}

fn colourful() -> Fake {
    Fake::new([
        pkg("a", 1, 1),
        pkg("b", 1, 4).kind("fail").set("prints", json!(["\u{1b}[35mviolet\u{1b}[0m\n"])),
        pkg("c", 88, 100),
        pkg("d", 1, 1),
    ])
    .file("c/.covgate", "70\n")
}

#[test]
fn colours_where_they_are_asked_for() {
    let args = ["-p1", "--no-timings", "--exclude=d"];
    let plain = colourful().check(&args);
    let painted = colourful().check(&[&args[..], &["--color=always"]].concat());
    assert!(plain.exits(1).stdout.contains("\nviolet\n"), "{}", plain.stdout);
    assert!(!plain.stdout.contains(ESCAPE), "{}", plain.stdout);
    for line in [
        "\u{1b}[32mPASS   \u{1b}[0m    100.0%     80.0%       ---  a\n",
        "\u{1b}[31;1mFAIL   \u{1b}[0m       ---       ---       ---  b (tests failed)\n",
        "\u{1b}[33mLOOSE  \u{1b}[0m     88.0%     70.0%       ---  c (required lags",
        "\u{1b}[2mSKIPPED       ---       ---       ---  d\u{1b}[0m\n",
        "\nviolet\n",
        "\u{1b}[31;1mERROR: One or more packages",
    ] {
        assert!(painted.exits(1).stdout.contains(line), "{line:?}\n{:?}", painted.stdout);
    }
    // Colour codes have no width: without them, the bytes are the same.
    let colour = regex_lite::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    assert_eq!(colour.replace_all(&painted.stdout, ""), plain.stdout);
}

/// What a terminal would obey: colours are the table's alone, and a row is not written by a name.
#[test]
fn names_and_output_of_others_are_shown_as_they_are() {
    let name = "b\u{1b}[2J\u{9b}1m\u{202e}\r";
    let shown = r"b\u{1b}[2J\u{9b}1m\u{202e}\r";
    let prints = json!(["\u{1b}]0;title\u{7}one\u{8}\rtwo\tthree\u{0}\u{1b}[31m!\n"]);
    let fake = |kind: &str| {
        let fake = Fake::new([
            pkg("a", 1, 1),
            pkg(name, 1, 4).kind(kind).set("prints", prints.clone()),
            pkg("c\n[9/9]  PASS  d", 1, 1),
        ]);
        fake.file(
            "covgate.toml",
            "exclude = [\"c...\"]\n\n[[package]]\npath = \"\\u001b\"\nexclude = true\n",
        )
    };
    let is_hidden = |c: char| c.is_control() && !"\n\t".contains(c);
    let shows = |run: &Run, words: &[&str]| {
        for said in [&run.stdout, &run.stderr] {
            assert!(!said.contains(is_hidden), "{said:?}");
        }
        for words in words {
            let said = [&*run.stdout, &*run.stderr].concat();
            assert!(said.contains(words), "{words}\n{said}");
        }
    };
    let row = format!("[2/2]  FAIL        25.0%     80.0%      0.3s  {shown}\n");
    let excluded = r"---  c\n[9/9]  PASS  d";
    let needs = format!("\n{shown} needs 3 more statements for 80.0%; not covered:\n");
    let again = r"covgate audit $'./b\033[2J\302\2331m\342\200\256\015'";
    let idle = r"warning: pattern `\u{1b}` ";
    shows(&fake("pass").check(&[]), &[&row, excluded, &needs, again, idle]);
    let row = format!("---      0.3s  {shown} (tests failed)\n");
    shows(&fake("fail").check(&[]), &[&row, "\none\ntwo\tthree!\n"]);
    shows(&fake("fail").command("ratchet").check(&[]), &["\none\ntwo\tthree!\n"]);
    shows(&fake("fail").command("audit").check(&[]), &["\none\ntwo\tthree!\n"]);
    let ratchet = fake("pass").command("ratchet").check(&["--dry-run"]);
    shows(&ratchet, &[&format!("25.0%  {shown}\n"), &format!("+++ b/{shown}/.covgate\n")]);
    shows(&fake("pass").command("audit").check(&["--files"]), &[&format!("{shown}/a.go:")]);
    // Colours are the table's own: without them nothing is left that a terminal would obey.
    let painted = fake("fail").check(&["--color=always"]);
    let colour = regex_lite::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    let stdout = colour.replace_all(&painted.stdout, "").into_owned();
    assert!(!stdout.contains(is_hidden), "{stdout:?}");
    assert!(stdout.contains("\none\ntwo\tthree!\n"), "{stdout}");
}

#[test]
fn variables_about_colour() {
    let has_colour = |fake: Fake, args: &[&str]| fake.check(args).stdout.contains(ESCAPE);
    assert!(has_colour(two().env("CLICOLOR_FORCE", "1"), &["-p1"]));
    assert!(!has_colour(two().env("CLICOLOR_FORCE", "0"), &["-p1"]));
    assert!(!has_colour(two().env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1"), &["-p1"]));
    assert!(!has_colour(two().env("CLICOLOR_FORCE", "1"), &["-p1", "--color=never"]));
    assert!(has_colour(two().env("NO_COLOR", "1"), &["-p1", "--color=always"]));
    assert!(has_colour(two().env("COVGATE_COLOR", "always"), &["-p1"]));
}

/// A new terminal: the test's side and the program's side.
fn terminal() -> (std::fs::File, OwnedFd) {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    use rustix::fs::{Mode, OFlags, open};
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let theirs = open(name, flags, Mode::empty()).unwrap();
    (ours.into(), theirs)
}

/// Reads until the text has come; a terminal returns what there is so far.
fn read_until(terminal: &mut std::fs::File, text: &str) {
    let mut seen = Vec::new();
    let mut piece = [0; 4096];
    while !String::from_utf8_lossy(&seen).contains(text) {
        wait_readable(&[terminal.as_fd()], text);
        let count = terminal.read(&mut piece).unwrap();
        seen.extend_from_slice(&piece[..count]);
    }
}

/// The live line is on stderr's terminal; the report in the pipe does not contain it.
#[test]
fn live_progress_on_a_terminal() {
    for (phase, words) in [("warm", "compiling what the packages share"), ("test", "0/2 measured")]
    {
        let (mut ours, theirs) = terminal();
        let fake = two().env("TERM", "xterm");
        let steps = match phase {
            "warm" => json!([fake.gate(), "answer"]),
            _ => json!(["answer"]),
        };
        let gate = json!([fake.gate()]);
        let fake =
            fake.phase("warm", steps).steps("a", if phase == "test" { gate } else { json!([]) });
        let mut running = fake.start_with(&["-p2"], Stdio::piped(), as_stdio(&theirs));
        running.keep_stdout();
        drop(theirs);
        read_until(&mut ours, words);
        running.release(1);
        // A terminal that nobody reads would fill up.
        let rest = std::thread::spawn(move || {
            let mut rest = Vec::new();
            // This ends with an error when the last program has closed the terminal.
            let _ = ours.read_to_end(&mut rest);
        });
        let run = running.finish();
        rest.join().unwrap();
        assert!(!run.exits(1).stdout.contains(ESCAPE), "{}", run.stdout);
        assert!(run.stdout.contains("\nPASS       100.0%"), "{}", run.stdout);
    }
}

#[test]
fn colours_on_a_terminal() {
    let (mut ours, theirs) = terminal();
    let fake = two().env("TERM", "xterm");
    let mut running = fake.start_with(&["-p1"], as_stdio(&theirs), Stdio::piped());
    drop(theirs);
    read_until(&mut ours, "\u{1b}[32mPASS   \u{1b}[0m    100.0%");
    let rest = std::thread::spawn(move || {
        let _ = ours.read_to_end(&mut Vec::new());
    });
    assert_eq!(running.wait(), 1);
    let run = running.finish();
    assert!(run.stderr.contains("needs ") && !run.stderr.contains('\u{1b}'), "{}", run.stderr);
    rest.join().unwrap();
}
