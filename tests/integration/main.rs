//! Black-box tests of the `covgate` command: real go on real modules, and a scripted fake go for
//! what real go does not do on demand.

mod browser;
mod fake_go;
mod fuzz_targets;
mod hook_install;
mod packaging;
mod pre_push;
mod real_go;
mod support;
