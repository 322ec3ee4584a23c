//! Owns the options that choose one shard of a run.
//! Must not know the commands.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use crate::choose::shard::{Dealing, Part, Sharding, Timings};
use crate::domain::choice::ShardBy;
use crate::domain::limit;
use crate::error::{Error, Result};
use crate::output::document::{Document, read};

#[derive(Debug, Args)]
pub(super) struct ShardArgs {
    /// Gate only part K of N of the packages; `covgate merge` joins the reports of all parts
    #[arg(long, value_name = "K/N", hide_short_help = true, conflicts_with = "profiles")]
    shard: Option<Part>,
    /// How to divide the packages: by hash (of the import path) or by time (see --timings)
    /// [default: hash]
    #[arg(long, value_name = "WHAT", requires = "shard", hide_short_help = true)]
    shard_by: Option<ShardBy>,
    /// json report of an earlier run, for --shard-by time; give every shard the same file
    #[arg(long, value_name = "FILE", requires = "shard", hide_short_help = true)]
    timings: Option<Utf8PathBuf>,
}

impl ShardArgs {
    /// The shard that is asked for, if any.
    pub(super) fn read(self) -> Result<Option<Sharding>> {
        let Some(part) = self.shard else {
            return Ok(None);
        };
        let dealing = match (self.shard_by.unwrap_or(ShardBy::Hash), self.timings) {
            (ShardBy::Hash, None) => Dealing::Hash,
            (ShardBy::Time, Some(path)) => Dealing::Time(timings(&path)?),
            (ShardBy::Time, None) => {
                return Err(Error::usage("--shard-by time needs the durations of an earlier run")
                    .hint("name its json report with --timings"));
            }
            (ShardBy::Hash, Some(_)) => {
                return Err(Error::usage("--timings has no use without --shard-by time"));
            }
        };
        Ok(Some(Sharding { part, dealing }))
    }
}

fn timings(path: &Utf8Path) -> Result<Timings> {
    let document = read::file(path).map_err(|error| error.context("wrong --timings"))?;
    if document.phases.is_none() {
        return Err(Error::usage(format!("wrong --timings: {path} holds no durations"))
            .hint("it was written with --no-timings"));
    }
    Ok(Timings::new(durations(document)))
}

/// How long each package's tests took, without results from go's test cache: their tests did not
/// run.
fn durations(document: Document) -> impl Iterator<Item = (String, Duration)> {
    let ran = document.packages.into_iter().filter(|package| package.cached != Some(true));
    ran.filter_map(|package| Some((package.import_path, limit::seconds(package.seconds?)?)))
}
