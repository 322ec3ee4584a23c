//! Owns what covgate itself costs, without its children: CPU time, peak memory, startup. It must
//! not know how the fake go makes its answers. Linux only: it reads /proc.
//!
//! CPU time is read after covgate has ended and before it is reaped, so it is complete, to the
//! kernel's tick (10 ms). Peak memory is the kernel's own high-water mark, which is gone with the
//! process. It is sampled every 5 ms, so growth in the last 5 ms is not seen.

use std::fs::{self, File};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::{Pid, SysconfVar, sysconf};

use crate::project::{Project, hint};

const PACKAGES: usize = 1_000;
const BLOCKS: usize = 1_000_000;
const RUNS: usize = 5;
const STARTUPS: usize = 50;
const SAMPLE_EVERY: Duration = Duration::from_millis(5);

/// One figure per run.
pub(crate) struct Own {
    /// What covgate had to do.
    pub(crate) load: String,
    pub(crate) cpu_seconds: Vec<f64>,
    pub(crate) peak_mib: Vec<f64>,
    pub(crate) startup_ms: Vec<f64>,
}

/// Builds the go that serves a huge generated module.
pub(crate) fn fake_go(project: &Project) -> Result<Option<Utf8PathBuf>> {
    project.build_release("--example", "fake-go").map(Some)
}

pub(crate) fn measure(project: &Project, covgate: &Utf8Path, fake_go: &Utf8Path) -> Result<Own> {
    let home = project.target.join("bench");
    fs::create_dir_all(&home)?;
    let scratch = tempfile::Builder::new().prefix("own-").tempdir_in(&home)?;
    let scratch = Utf8Path::from_path(scratch.path()).context("the path is not UTF-8")?;
    let (bin, module) = (scratch.join("bin"), scratch.join("module"));
    fs::create_dir(&bin)?;
    fs::create_dir(&module)?;
    fs::copy(fake_go, bin.join("go"))?;
    fs::write(module.join("go.mod"), "module bench.example/huge\n\ngo 1.22\n")?;

    let mut own = Own {
        load: format!("{PACKAGES} packages and {BLOCKS} blocks"),
        cpu_seconds: Vec::new(),
        peak_mib: Vec::new(),
        startup_ms: Vec::new(),
    };
    for _ in 0..RUNS {
        let (cpu, peak) = check(covgate, &bin, &module, &scratch.join("out"))?;
        own.cpu_seconds.push(cpu);
        own.peak_mib.push(peak);
    }
    for _ in 0..STARTUPS {
        own.startup_ms.push(startup(covgate)?);
    }
    Ok(own)
}

/// One gate over the huge module: CPU seconds and peak MiB of covgate alone.
fn check(
    covgate: &Utf8Path,
    bin: &Utf8Path,
    module: &Utf8Path,
    out: &Utf8Path,
) -> Result<(f64, f64)> {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut child = Command::new(covgate)
        .args(["check", "--default-threshold", "0", "--tightness", "off"])
        .current_dir(module)
        .env("PATH", format!("{bin}:{path}"))
        .env_remove("COVGATE_GO")
        .env("FAKE_GO_BENCH", format!("{PACKAGES},{BLOCKS}"))
        .stdin(Stdio::null())
        .stdout(File::create(out)?)
        .stderr(Stdio::inherit())
        .spawn()
        .with_context(|| format!("cannot run {covgate}"))?;
    let figures = watch(&child);
    let status = child.wait()?;
    let report = fs::read_to_string(out)?;
    let rows = report.lines().filter(|row| row.contains("PASS  ")).count();
    if !status.success() || rows != PACKAGES {
        return Err(hint(
            &format!("covgate with the fake go: {status}, {rows} of {PACKAGES} packages passed"),
            "its words are above; the numbers of such a run mean nothing",
        ));
    }
    figures
}

/// Follows the child to its end, without reaping it.
fn watch(child: &Child) -> Result<(f64, f64)> {
    let pid = child.id();
    let raw = Pid::from_raw(i32::try_from(pid)?);
    let mut peak_kib = 0;
    loop {
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
        if waitid(Id::Pid(raw), flags)? != WaitStatus::StillAlive {
            break;
        }
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        peak_kib = peak_kib.max(high_water_kib(&status).unwrap_or(0));
        thread::sleep(SAMPLE_EVERY);
    }
    let ticks = own_ticks(&fs::read_to_string(format!("/proc/{pid}/stat"))?)
        .context("/proc tells no CPU time")?;
    if peak_kib == 0 {
        bail!("covgate ended before its memory could be sampled");
    }
    let per_second = sysconf(SysconfVar::CLK_TCK)?.context("the kernel tells no tick")?;
    #[expect(clippy::cast_precision_loss, reason = "both are far below 2^52")]
    Ok((ticks as f64 / per_second as f64, peak_kib as f64 / 1024.0))
}

/// `VmHWM` of /proc/PID/status; a process that has ended has none.
fn high_water_kib(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// User and system time from /proc/PID/stat, without those of children.
fn own_ticks(stat: &str) -> Option<u64> {
    // The name in parentheses can hold anything, blanks and parentheses included.
    let (_, fields) = stat.rsplit_once(')')?;
    // proc(5) counts from 1 and the name is field 2: utime is field 14, stime 15.
    let mut times = fields.split_whitespace().skip(14 - 3);
    let user: u64 = times.next()?.parse().ok()?;
    let system: u64 = times.next()?.parse().ok()?;
    Some(user + system)
}

/// Milliseconds from the spawn to the end of `covgate --version`.
fn startup(covgate: &Utf8Path) -> Result<f64> {
    let mut command = Command::new(covgate);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null());
    let start = Instant::now();
    let status = command.status()?;
    let elapsed = start.elapsed();
    if !status.success() {
        bail!("covgate --version: {status}");
    }
    Ok(elapsed.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_fields_of_proc() {
        let stat = "42 (a) b) S 1 42 42 0 -1 4194560 1 2 3 4 250 50 9000 8000 20 0 1 0 5\n";
        assert_eq!(own_ticks(stat), Some(300));
        assert_eq!(own_ticks("42 (a) S 1"), None);
        assert_eq!(own_ticks(""), None);
        let status = "Name:\tcovgate\nVmPeak:\t 999 kB\nVmHWM:\t   3456 kB\n";
        assert_eq!(high_water_kib(status), Some(3456));
        assert_eq!(high_water_kib("Name:\tcovgate\nState:\tZ (zombie)\n"), None);
    }

    #[test]
    fn watches_a_child_and_leaves_it_to_be_reaped() {
        let mut child = Command::new("sh").args(["-c", "sleep 0.1; exit 7"]).spawn().unwrap();
        let (cpu, peak) = watch(&child).unwrap();
        assert!((0.0..5.0).contains(&cpu), "{cpu}");
        assert!(peak > 0.0);
        assert_eq!(child.wait().unwrap().code(), Some(7));
    }
}
