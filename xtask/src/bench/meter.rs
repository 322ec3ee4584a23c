//! Owns the clock of the benchmark: wall time, and the CPU time of everything that was
//! spawned and waited for meanwhile. It must not know what is measured.

use std::fs;
use std::time::Instant;

use anyhow::Result;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use nix::unistd::{SysconfVar, sysconf};

/// Times in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) wall: f64,
    /// User and system time of the children and their children.
    pub(crate) cpu: f64,
    /// What the rest of the machine used meanwhile; NaN if this is not known.
    pub(crate) others: f64,
}

/// Measures the children of this whole process, so nothing else may run meanwhile.
pub(crate) fn measure(work: impl FnOnce() -> Result<()>) -> Result<Cost> {
    let (cpu, machine) = (children_cpu()?, machine_cpu());
    let start = Instant::now();
    work()?;
    let wall = start.elapsed().as_secs_f64();
    let cpu = children_cpu()? - cpu;
    // Ticks are coarse: a difference below zero counts as zero.
    let others = match (machine, machine_cpu()) {
        (Some(before), Some(after)) => (after - before - cpu).max(0.0),
        _ => f64::NAN,
    };
    Ok(Cost { wall, cpu, others })
}

fn children_cpu() -> Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
}

#[expect(clippy::cast_precision_loss, reason = "seconds of CPU time are few")]
fn seconds(time: TimeVal) -> f64 {
    time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6
}

/// How many seconds all CPUs together were busy, or kept from us, since the machine started.
fn machine_cpu() -> Option<f64> {
    let ticks = busy_ticks(&fs::read_to_string("/proc/stat").ok()?)?;
    let per_second = sysconf(SysconfVar::CLK_TCK).ok()??;
    #[expect(clippy::cast_precision_loss, reason = "both are far below 2^52")]
    Some(ticks as f64 / per_second as f64)
}

/// Reads the first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal; then
/// guests, which user and nice already include.
fn busy_ticks(stat: &str) -> Option<u64> {
    let line = stat.lines().next()?.strip_prefix("cpu ")?;
    let ticks: Vec<u64> = line.split_whitespace().map_while(|field| field.parse().ok()).collect();
    match ticks[..] {
        [user, nice, system, _idle, _iowait, irq, softirq, steal, ..] => {
            Some(user + nice + system + irq + softirq + steal)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_ticks_are_not_busy() {
        let stat = "cpu  10 20 30 9999 9999 1 2 3 10 20\ncpu0 5 5 5 5 5 5 5 5\n";
        assert_eq!(busy_ticks(stat), Some(66));
        assert_eq!(busy_ticks("cpu 1 2 3"), None);
        assert_eq!(busy_ticks(""), None);
    }

    #[test]
    fn counts_the_time_of_children() {
        let cost = measure(|| {
            let busy = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done";
            std::process::Command::new("sh").args(["-c", busy]).status()?;
            Ok(())
        });
        let cost = cost.unwrap();
        assert!(cost.cpu > 0.0 && cost.wall > 0.0, "{cost:?}");
    }
}
