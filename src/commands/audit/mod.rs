//! Owns `covgate audit`: measures, gates nothing, and collects what a person wants to know about a
//! module at first sight, or when its gate is closed.
//! Must not know how the answers are laid out.

mod functions;
mod study;

use std::io::Write;

pub(crate) use self::study::study;
use crate::choose::since::Scope;
use crate::commands::check::gate;
use crate::commands::session::Session;
use crate::domain::findings::{Finding, Findings, Phases};
use crate::domain::sums::{Subject, Sum};
use crate::domain::visible;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::output::formats::Requests;
use crate::output::text::flaky::Flaky;
use crate::output::text::idle::Idle;
use crate::output::text::{AuditText, Style};
use crate::settings::Settings;
use crate::tools::process::Supervisor;

/// The options of an audit besides the settings.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Show the uncovered ranges of every file.
    pub files: bool,
    /// Show their source lines.
    pub source: bool,
    /// The most rows that a list shows; none for all.
    pub top: Option<usize>,
    /// Reports to write.
    pub reports: Requests,
    /// An earlier run to compare with: a report or a revision.
    pub baseline: Option<String>,
}

/// Measures and explains; writes the text to `out` and errors to `err`.
///
/// # Errors
/// When nothing could be measured. Failing tests are not an error but [`Exit::GateClosed`].
pub(crate) fn run(
    settings: &Settings,
    request: &Request,
    supervisor: &Supervisor,
    style: Style,
    mut out: impl Write,
    err: &mut dyn Write,
) -> Result<Exit> {
    let session = Session::open(settings, &Scope::All, supervisor, err)?;
    if session.selection.packages.is_empty() {
        return Err(gate::nothing(&session.selection));
    }
    let earlier = session.earlier(request.baseline.as_deref(), err)?;
    let (packages, go) = (session.selection.packages.len(), session.go_name());
    let text = request.reports.text(&mut out);
    let mut text =
        AuditText::start(text, style, settings.rules(), packages, go).map_err(Error::report)?;
    let mut flaky = Flaky::default();
    let mut findings = measure(&session, settings, &mut text, &mut flaky)?;
    findings.comparison = earlier.map(|earlier| earlier.compare(&findings));
    let uncovered = functions::uncovered(&findings);
    text.overview(&findings, &uncovered, request.top).map_err(Error::report)?;
    if request.files || request.source || findings.packages.len() == 1 {
        text.files(&findings, request.source).map_err(Error::report)?;
    }
    drop(text);
    for trouble in &findings.troubles {
        let _ = writeln!(err, "error: {}", visible::lines(trouble));
    }
    let mut idle = Idle::new(settings.options().idle_ignores);
    for finding in &findings.packages {
        idle.add(&finding.measured.ignored);
    }
    // That nobody reads it is no reason to fail.
    let _ = idle.write(session.root(), &settings.working_directory, err);
    let _ = flaky.write(err);
    let policy = settings.policy();
    let closes = |finding: &Finding| policy.closes(finding.verdict.status);
    let minimum = settings.rules().minimums.total;
    let total = Sum { subject: Subject::Total, coverage: findings.total(), minimum };
    let went_well = findings.troubles.is_empty() && findings.packages.iter().all(Finding::is_known);
    findings.troubles.extend(idle.troubles());
    let open =
        findings.troubles.is_empty() && !findings.packages.iter().any(closes) && total.is_reached();
    session.report(&request.reports, &findings, open, &mut out, err)?;
    Ok(if went_well { Exit::Pass } else { Exit::GateClosed })
}

/// Runs the warm pass and the coverage runs; returns each package with its verdict.
fn measure(
    session: &Session<'_>,
    settings: &Settings,
    text: &mut AuditText<impl Write>,
    flaky: &mut Flaky,
) -> Result<Findings> {
    let selection = &session.selection;
    let policy = settings.policy();
    let mut phases = Phases { list: session.listing, ..Phases::default() };
    if let Some(set) = session.warm_set() {
        phases.warm = Some(text.warm(set.paths.len(), || session.warm(set))?);
    }
    let mut packages = Vec::new();
    let ran = session.measure(&mut |index, measured| {
        flaky.add(&selection.packages[index].label, &measured);
        packages.push(Finding::judged(policy, &selection.packages[index], measured));
        Ok(())
    })?;
    phases.runs = ran.spent;
    flaky.not_run_again(ran.too_many);
    Ok(Findings {
        packages,
        excluded: selection.excluded.clone(),
        unaffected: selection.unaffected,
        patch: None,
        comparison: None,
        troubles: ran.troubles,
        phases,
    })
}
