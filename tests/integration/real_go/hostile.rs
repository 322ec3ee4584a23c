//! Tests that flood, and tests that leave something running.

use std::fs::File;
use std::io::Read;
use std::process::Stdio;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::{CWD, Mode, OFlags};

use crate::support::ENGINES;
use crate::support::module::Module;

const CODE: &str = r#"-- go.mod --
module example.com/hostile

go 1.22
-- code.go --
package hostile

func One() int { return 1 }
"#;

/// 48 MiB in lines, then a failure.
const FLOOD: &str = r#"package hostile

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestFloods(t *testing.T) {
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	line := strings.Repeat("x", 1023)
	for i := 0; i < 48<<10; i++ {
		fmt.Fprintln(out, line)
	}
	out.Flush()
	fmt.Println("the last words")
	t.Error("failed after the flood")
}
"#;

/// Whatever the tests print, covgate keeps a part of it: the start, the end, and a note on what was
/// cut.
#[test]
#[cfg(target_os = "linux")]
fn a_flood_is_cut_and_memory_is_bounded() {
    let module = Module::new(CODE);
    module.write("code_test.go", FLOOD);
    for engine in ENGINES {
        let mut command = module.check_command("", &[engine]);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        #[expect(clippy::disallowed_methods, reason = "it is looked at while it runs")]
        let mut child = command.spawn().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let mut text = Vec::new();
        // The kept part is larger than a pipe, so covgate cannot end before it is read. When the
        // first byte is here, go has ended.
        while text.iter().filter(|byte| **byte == b'x').count() == 0 {
            let mut piece = [0; 256];
            let count = stdout.read(&mut piece).unwrap();
            assert_ne!(count, 0, "{}", String::from_utf8_lossy(&text));
            text.extend_from_slice(&piece[..count]);
        }
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        stdout.read_to_end(&mut text).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(1));

        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
        assert!(peak < 40 * 1024, "covgate held {peak} kB of 48 MiB");
        let text = String::from_utf8(text).unwrap();
        assert!(text.len() < 1024 * 1024, "{} bytes", text.len());
        assert!(text.contains(" bytes of output cut here]\n"), "it does not say so");
        assert!(text.contains("\nthe last words\n"), "the end is lost");
        assert!(
            text.contains("    code_test.go:19: failed after the flood\n"),
            "the failure is lost"
        );
    }
}

/// A test that leaves a process behind, which holds its stdout and a pipe of this test.
const LEAVES: &str = r#"package hostile

import (
	"os"
	"os/exec"
	"testing"
)

func TestLeaves(t *testing.T) {
	pipe, err := os.OpenFile("pipe", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	left := exec.Command("sleep", "100000")
	left.Stdout = os.Stdout
	left.ExtraFiles = []*os.File{pipe}
	if err := left.Start(); err != nil {
		t.Fatal(err)
	}
	One()
}
"#;

/// go waits for the pipe for a tenth of the timeout, at least 5 seconds, then fails the test.
#[test]
fn what_tests_leave_running_neither_holds_the_run_nor_survives_it() {
    let module = Module::new(CODE);
    module.write("code_test.go", LEAVES);
    let path = module.path().join("pipe");
    let mode = Mode::RUSR | Mode::WUSR;
    rustix::fs::mknodat(CWD, path.as_str(), rustix::fs::FileType::Fifo, mode, 0).unwrap();
    let flags = OFlags::RDONLY | OFlags::NONBLOCK;
    let mut pipe = File::from(rustix::fs::open(path.as_str(), flags, Mode::empty()).unwrap());

    let ran = module.check(&["--", "-timeout=50s"]).exits(1);
    assert_eq!(ran.row(".").suffix, "tests failed", "{ran}");
    assert!(ran.details().contains("Test I/O incomplete"), "{ran}");

    // The pipe ends when nobody holds it any more; the limit only ends a failing test.
    let mut ends = [PollFd::new(&pipe, PollFlags::IN)];
    let limit = Timespec { tv_sec: 60, tv_nsec: 0 };
    assert_eq!(rustix::event::poll(&mut ends, Some(&limit)).unwrap(), 1, "it survives");
    assert_eq!(pipe.read(&mut [0; 1]).unwrap(), 0);
}

/// What go makes to build and run tests is gone with the run, even what it is asked to keep, as if
/// it had been killed. A test sees that it runs in there.
#[test]
fn what_go_makes_to_run_tests_is_gone_with_the_run() {
    const WHERE: &str = r#"package hostile

import (
	"os"
	"testing"
)

func TestWhere(t *testing.T) { t.Errorf("runs at %s", os.Args[0]) }
"#;
    let module = Module::new(CODE);
    module.write("code_test.go", WHERE);
    let temporary = module.path().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let module = module.env("TMPDIR", temporary.as_str());
    for engine in ["batch", "fanout"] {
        let ran = module.check(&["--engine", engine, "--", "-work"]).exits(1);
        assert!(ran.details().contains(&format!("runs at {temporary}/covgate-")), "{ran}");
        let left: Vec<_> = temporary.read_dir_utf8().unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }
}
