//! Owns how much memory is left for children: of the machine, or of the container around covgate.
//! Must not know what it is used for.

use sysinfo::System;

/// How many bytes can be used without driving out what others use; none where the system does not say. In
/// a container that is what its cgroup has left, in which the cache of files counts as used.
pub(crate) fn available() -> Option<u64> {
    let mut system = System::new().ok()?;
    system.refresh_memory();
    let of_machine = Some(system.available_memory()).filter(|bytes| *bytes > 0);
    let of_container = system.cgroup_limits().map(|limits| limits.free_memory);
    of_machine.into_iter().chain(of_container).min()
}
