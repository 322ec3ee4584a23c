//! Owns `covgate check` on one page: settings → packages and floors → plan → warm pass → coverage
//! runs → verdicts → report.
//! Must not know how any of the steps works.

pub(crate) mod gate;
mod record;

use std::io::Write;

use self::gate::{Gate, Verdicts};
use self::record::Recording;
use super::baseline;
use super::session::Session;
use crate::choose::patch::Change;
use crate::choose::shard::Sharding;
use crate::choose::since::Scope;
use crate::domain::findings::Phases;
use crate::domain::rules::Rules;
use crate::domain::sums::Minimums;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::output::formats::Requests;
use crate::output::text::last_words::Reader;
use crate::output::text::patch::write as write_uncovered;
use crate::output::text::{Style, Table};
use crate::settings::Settings;
use crate::tools::process::Supervisor;

/// Which packages a run is about: those in scope, and of these one shard.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent<'a> {
    /// All, or those whose result can have changed.
    pub scope: &'a Scope,
    /// One part of them; none for all.
    pub shard: Option<&'a Sharding>,
    /// Whether git keeps the numbers; only for all.
    pub record: bool,
    /// An earlier run to compare with: a report or a revision.
    pub baseline: Option<&'a str>,
}

impl Extent<'_> {
    /// The rules, with what is asked of all packages together only where all are measured. Of a shard
    /// nothing is asked: `merge` sees the whole.
    fn judged(self, mut rules: Rules) -> Rules {
        if self.shard.is_some() {
            rules.minimums = Minimums::default();
        }
        if matches!(self.scope, Scope::Since(difference) if difference.narrows) {
            rules.minimums.total = None;
        }
        rules
    }
}

/// Gates every package: measures it, compares it with its floor, writes the table to `out`,
/// warnings to `err`, and the reports that were asked for.
///
/// # Errors
/// When the gate could not decide; a closed gate is no error but [`Exit::GateClosed`].
pub(crate) fn run(
    settings: &Settings,
    extent: Extent<'_>,
    supervisor: &Supervisor,
    reports: &Requests,
    style: Style,
    mut out: impl Write,
    err: &mut dyn Write,
) -> Result<Verdicts> {
    let recording = extent.record.then(|| Recording::start(supervisor, settings)).transpose()?;
    // Packages, floors and the plan: everything that can be wrong before a test runs.
    let mut session = Session::open(settings, extent.scope, supervisor, err)?;
    if let Some(sharding) = extent.shard {
        session.take(sharding);
    }
    let earlier = session.earlier(extent.baseline, err)?;
    let (selection, share) = (&session.selection, session.share());
    let rules = extent.judged(settings.rules());
    let change = session.change(extent.scope)?;
    let mut patch = change.as_ref().map(Change::nothing_yet);
    let ignored = selection.ignored();
    let mut table = Table::start(reports.text(&mut out), style, rules, selection, share, ignored)
        .map_err(Error::report)?;
    let keeps = !reports.is_empty() || recording.is_some() || earlier.is_some();
    let mut gate = Gate::new(rules, Reader::of(settings), selection, keeps);
    if selection.packages.is_empty() && selection.troubles.is_empty() {
        gate.nothing_left(share, patch.as_ref(), &mut table)?;
    } else {
        // The warm pass, above the table; its time is not part of the total.
        let mut phases = Phases { list: session.listing, ..Phases::default() };
        if let Some(set) = session.warm_set() {
            phases.warm = Some(table.warm(set.paths.len(), || session.warm(set))?);
        }
        // The coverage runs; each result gets its verdict and becomes a row.
        table.head().map_err(Error::report)?;
        let ran = session.measure(&mut |index, measured| {
            if let Some((change, patch)) = change.as_ref().zip(patch.as_mut()) {
                patch.add(change.of(&selection.packages[index], &measured, selection));
            }
            gate.row(index, measured, &mut table)
        })?;
        phases.runs = ran.spent;
        gate.not_run_again(ran.too_many);
        gate.close(ran.troubles, phases, patch.as_ref(), &mut table, err)?;
    }
    drop(table);
    if let Some(patch) = &patch {
        // As with what closes the gate: that nobody reads it is no reason to fail.
        let _ = write_uncovered(patch, session.root(), &settings.working_directory, err);
    }
    let (verdicts, mut findings) = gate.decided();
    findings.patch = patch;
    findings.comparison = earlier.map(|earlier| earlier.compare(&findings));
    baseline::tell(findings.comparison.as_ref(), err);
    let open = verdicts.exit == Exit::Pass;
    let reported = session.report(reports, &findings, open, &mut out, err);
    if let Some(recording) = recording {
        recording.keep(&session.document(&findings, open), session.scratch(), err)?;
    }
    reported.map(|()| verdicts)
}
