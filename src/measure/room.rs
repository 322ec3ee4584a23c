//! Owns how a full disk is told from tests that fail: by what go and its tools say, and by
//! whether the folder for temporary files still takes a file.
//! Must not know what becomes of either.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};

use camino::Utf8Path;

use super::Event;
use crate::domain::outcome::{Measured, Outcome};
use crate::error::Result;
use crate::tools::files::scratch_error;

/// As the system says it, in go's words and in those of a C compiler.
const WORDS: [&str; 2] = ["no space left on device", "disk quota exceeded"];
/// What go writes before it runs anything is no smaller.
static PROBE: [u8; 64 * 1024] = [0; 64 * 1024];

/// Whether an event comes of a full disk: then nothing is known of the packages.
///
/// # Errors
/// When it does.
pub(super) fn check(event: &Event, scratch: &Utf8Path) -> Result<()> {
    let said = match event {
        Event::Finished(_, measured) | Event::Failed(_, measured)
            if measured.outcome.coverage().is_none() =>
        {
            of_package(measured, scratch)
        }
        Event::Trouble(trouble) => line_of(trouble, |_| true),
        _ => return Ok(()),
    };
    match said {
        Some(line) => Err(full(line)),
        None => probe(scratch).map_err(scratch_error),
    }
}

/// The line of go's own output that tells of a full disk, as an error.
///
/// # Errors
/// When there is such a line.
pub(super) fn check_words(said: &str) -> Result<()> {
    line_of(said, |_| true).map_or(Ok(()), |line| Err(full(line)))
}

fn full(line: &str) -> crate::error::Error {
    scratch_error(io::Error::new(ErrorKind::StorageFull, line.trim().to_owned()))
}

/// A test may print such words of a disk of its own, as long as its name is not covgate's.
fn of_package<'a>(measured: &'a Measured, scratch: &Utf8Path) -> Option<&'a str> {
    let from_go = matches!(measured.outcome, Outcome::BuildFailed | Outcome::NoCoverageData);
    line_of(&measured.detail, |line| from_go || line.contains(scratch.as_str()))
}

fn line_of(said: &str, counts: impl Fn(&str) -> bool) -> Option<&str> {
    said.lines().find(|line| {
        let lower = line.to_ascii_lowercase();
        WORDS.iter().any(|words| lower.contains(words)) && counts(line)
    })
}

/// A disk that is full cuts files short in ways that nobody tells.
fn probe(scratch: &Utf8Path) -> io::Result<()> {
    let path = scratch.join("probe");
    let written = File::create(&path).and_then(|mut file| file.write_all(&PROBE));
    let _ = fs::remove_file(&path);
    match written {
        Err(error) if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => {
            Err(error)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    fn exit(outcome: Outcome, detail: &str) -> Option<Exit> {
        let folder = tempfile::tempdir().unwrap();
        let scratch = Utf8Path::from_path(folder.path()).unwrap();
        let detail = detail.replace("$SCRATCH", scratch.as_str());
        let event = Event::Finished(0, Measured::without_coverage(outcome, detail));
        let checked = check(&event, scratch);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
        checked.err().map(|error| error.exit())
    }

    #[test]
    fn a_test_has_disks_of_its_own() {
        let own = "    a_test.go:4: write /mnt/x: no space left on device\n";
        let ours = "testing: write $SCRATCH/_cover_.out: no space left on device\n";
        assert_eq!(exit(Outcome::TestsFailed, own), None);
        assert_eq!(exit(Outcome::TestsFailed, ours), Some(Exit::Environment));
        assert_eq!(exit(Outcome::TimedOut, ours), Some(Exit::Environment));
    }

    #[test]
    fn the_words_of_go_count() {
        let link = "# m/a.test\nlink: mapping output file failed: no space left on device\n";
        let cc = "cc1: fatal error: error writing to /x.s: Disk quota exceeded\n";
        for words in [link, cc] {
            assert_eq!(exit(Outcome::BuildFailed, words), Some(Exit::Environment));
        }
        assert_eq!(exit(Outcome::BuildFailed, "a.go:3:1: undefined: disk\n"), None);
        assert!(check_words(link).is_err_and(|error| error.exit() == Exit::Environment));
        assert!(check_words("# m/a\na.go:3:1: undefined: disk\n").is_ok());
    }
}
