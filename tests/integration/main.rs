//! Black-box tests of the `covgate` command: real go on real modules, and a scripted fake go for
//! what real go does not do on demand; and of the scripts by which people get it and run it.

mod adoption;
mod browser;
mod fake_go;
mod fuzz_targets;
mod hook_install;
mod packaging;
mod pre_push;
mod real_go;
mod support;
mod version;
mod watch;
