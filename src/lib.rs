//! covgate: a coverage gate for Go.
//!
//! [`check`] is the program's main job on one page: settings → packages and floors → plan → warm
//! pass → coverage runs → verdicts → report. Each step is a room of ARCHITECTURE.md; nothing flows
//! back. [`merge()`] is the same page for results that other machines have: documents → verdicts →
//! report.

pub mod affected;
pub mod audit;
pub mod cli;
pub mod config;
pub mod document;
pub mod error;
pub mod exit;
pub mod findings;
pub mod floor;
pub mod floor_file;
pub mod formats;
pub mod gate;
pub mod git;
pub mod go;
pub mod hook;
pub mod limit;
pub mod measure;
pub mod merge;
pub mod paths;
pub mod pattern;
pub mod percent;
pub mod plan;
pub mod process;
pub mod ratchet;
pub mod report;
pub mod rules;
pub mod select;
pub mod settings;
pub mod shard;
pub mod shell;
pub mod since;
pub mod step;
pub mod uncovered;
pub mod verdict;
pub mod words;

mod discover;
mod files;
mod session;

use std::io::Write;

use camino::Utf8Path;

use crate::affected::Scope;
use crate::document::{Document, Recorded};
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::findings::Phases;
use crate::formats::{Requests, Sources};
use crate::gate::{Gate, Verdicts};
use crate::merge::{Given, Whole};
use crate::process::Supervisor;
use crate::report::shortfall::Reader;
use crate::report::{Heading, Style, Table};
use crate::rules::Rules;
use crate::session::Session;
use crate::settings::Settings;
use crate::shard::Sharding;

/// Which packages a run is about: first those in scope, of these a shard.
#[derive(Debug, Clone, Copy)]
pub struct Extent<'a> {
    /// All, or those whose result can have changed.
    pub scope: &'a Scope,
    /// One part of them; none for all.
    pub shard: Option<&'a Sharding>,
}

/// Gates every package: measures it, compares it with its floor, writes the table to `out` and
/// warnings to `err`, and the reports that were asked for.
///
/// # Errors
/// When the gate could not decide; a closed gate is no error but [`exit::Exit::GateClosed`].
pub fn check(
    settings: &Settings,
    extent: Extent<'_>,
    supervisor: &Supervisor,
    reports: &Requests,
    style: Style,
    mut out: impl Write,
    err: &mut dyn Write,
) -> Result<Verdicts> {
    // Packages and floors, the plan: all that can be wrong before a test runs.
    let mut session = Session::open(settings, extent.scope, supervisor, err)?;
    if let Some(sharding) = extent.shard {
        session.take(sharding);
    }
    let (rules, selection, share) = (Rules::new(settings), &session.selection, session.share());
    let heading = Heading::new(rules, selection, share);
    let mut table = Table::start(reports.text(&mut out), style, heading).map_err(Error::report)?;
    let mut gate = Gate::new(rules, Reader::of(settings), selection, !reports.is_empty());
    if selection.packages.is_empty() {
        gate.nothing_left(share, &mut table)?;
    } else {
        // The warm pass, above the table and outside its time.
        let mut phases = Phases { list: session.listing, ..Phases::default() };
        if let Some(set) = session.warm_set() {
            table.warming(set.paths.len()).map_err(Error::report)?;
            let spent = phases.warm.insert(session.warm(set)?);
            table.warmed(spent.wall).map_err(Error::report)?;
        }
        // The coverage runs; each result gets its verdict and becomes a row.
        table.head().map_err(Error::report)?;
        let ran = session.measure(&mut |index, measured| gate.row(index, measured, &mut table))?;
        phases.runs = ran.spent;
        gate.close(ran.troubles, phases, &mut table, err)?;
    }
    drop(table);
    let (verdicts, findings) = gate.decided();
    session.report(reports, &findings, verdicts.exit == Exit::Pass, &mut out, err)?;
    Ok(verdicts)
}

/// Joins the reports of shards, and says what one machine would have said: the same table, the
/// same verdict, the same reports. `folder` is the working directory; `timings` can only take
/// durations away.
///
/// # Errors
/// When the reports do not belong together or cannot be (exit 2), or nothing was measured.
pub fn merge(
    given: Vec<Given>,
    folder: &Utf8Path,
    timings: bool,
    reports: &Requests,
    style: Style,
    mut out: impl Write,
    err: &mut dyn Write,
) -> Result<Verdicts> {
    let root = settings::find_module_root(folder).unwrap_or_else(|| folder.to_owned());
    let mut whole = merge::join(given, &root)?;
    whole.recorded.rules.timings &= timings;
    let repeat = merge::repeat(&whole);
    let Whole { origin, settings, recorded, warmed } = whole;
    let Recorded { rules, selection, measured, phases, troubles } = recorded;
    let heading = Heading::new(rules, &selection, None);
    let mut table = Table::start(reports.text(&mut out), style, heading).map_err(Error::report)?;
    let reader = Reader { folder, repeat: &repeat };
    let mut gate = Gate::new(rules, reader, &selection, !reports.is_empty());
    if selection.packages.is_empty() {
        gate.nothing_left(None, &mut table)?;
    } else {
        if let Some((paths, spent)) = warmed.zip(phases.warm) {
            table.warming(paths).map_err(Error::report)?;
            table.warmed(spent.wall).map_err(Error::report)?;
        }
        table.head().map_err(Error::report)?;
        for (index, measured) in measured.into_iter().enumerate() {
            gate.row(index, measured, &mut table)?;
        }
        gate.close(troubles, phases, &mut table, err)?;
    }
    drop(table);
    let (verdicts, findings) = gate.decided();
    let open = verdicts.exit == Exit::Pass;
    let document = Document::of(&findings, settings, rules.timings, origin, open);
    reports.write(&document, &Sources { root }, &mut out, err)?;
    Ok(verdicts)
}
