//! Owns the answer to "what does covgate itself cost?" on systems without /proc: it says that this
//! cannot be measured here. It must not know more.

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};

use crate::project::{Project, say};

pub(crate) struct Own {
    pub(crate) load: String,
    pub(crate) cpu_seconds: Vec<f64>,
    pub(crate) peak_mib: Vec<f64>,
    pub(crate) startup_ms: Vec<f64>,
}

#[expect(clippy::unnecessary_wraps, reason = "stands in for the one on Linux")]
pub(crate) fn fake_go(_: &Project) -> Result<Option<Utf8PathBuf>> {
    say("covgate's own CPU time and memory are read from /proc: only on Linux");
    Ok(None)
}

pub(crate) fn measure(_: &Project, _: &Utf8Path, _: &Utf8Path) -> Result<Own> {
    anyhow::bail!("covgate's own cost can only be measured on Linux")
}
