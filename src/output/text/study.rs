//! Owns the text of `covgate audit --prewarm-study`.
//! Must not know how anything was measured.

use std::io::{self, Write};
use std::time::Duration;

use super::{ShownDuration, Style};
use crate::domain::choice::EngineChoice;
use crate::domain::findings::Spent;

/// One cold run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StudyRow {
    /// How packages were measured.
    pub engine: EngineChoice,
    /// The warm pass, if there was one.
    pub warm: Option<Spent>,
    /// The coverage runs.
    pub runs: Spent,
    /// How many packages failed.
    pub failed: usize,
}

impl StudyRow {
    fn wall(&self) -> Duration {
        self.warm.unwrap_or_default().wall + self.runs.wall
    }

    fn cpu(&self) -> Duration {
        self.warm.unwrap_or_default().cpu + self.runs.cpu
    }
}

/// Writes a study, row by row.
pub(crate) struct StudyText<W> {
    out: W,
    style: Style,
    rows: Vec<StudyRow>,
}

impl<W: Write> StudyText<W> {
    /// Says what the study will do.
    ///
    /// # Errors
    /// When the writer fails; the same for all methods below.
    pub(crate) fn start(
        mut out: W,
        style: Style,
        packages: usize,
        runs: usize,
    ) -> io::Result<Self> {
        writeln!(
            out,
            "Measuring what the warm pass buys: {runs} cold runs over {packages} package(s), each in an\n\
             empty build cache of its own; yours is not touched. Ctrl-C ends it at any time."
        )?;
        out.flush()?;
        Ok(Self { out, style, rows: Vec::new() })
    }

    /// Writes how long the study will take, and the table's head.
    ///
    /// # Errors
    /// When the writer fails.
    pub(crate) fn estimate(&mut self, least: Duration) -> io::Result<()> {
        let least = ShownDuration(least);
        writeln!(
            self.out,
            "Compiling alone takes about {least} in all; linking and running the tests comes on top.\n"
        )?;
        writeln!(self.out, "ENGINE  PRE-WARM      WARM      RUNS     TOTAL       CPU")?;
        writeln!(self.out, "------  --------  --------  --------  --------  --------")?;
        self.out.flush()
    }

    /// Writes the row of a run.
    ///
    /// # Errors
    /// When the writer fails.
    pub(crate) fn row(&mut self, row: StudyRow) -> io::Result<()> {
        let prewarm = if row.warm.is_some() { "always" } else { "never" };
        let warm = row.warm.map_or_else(|| "---".to_owned(), |warm| shown(warm.wall));
        let (runs, total, cpu) = (shown(row.runs.wall), shown(row.wall()), shown(row.cpu()));
        let engine = row.engine;
        let line = format!("{engine:<6}  {prewarm:<8}  {warm:>8}  {runs:>8}  {total:>8}  {cpu:>8}");
        match row.failed {
            0 => writeln!(self.out, "{line}")?,
            count => {
                let note = self.style.bad(&format!("{count} not measured"));
                writeln!(self.out, "{line}  {note}")?;
            }
        }
        self.rows.push(row);
        self.out.flush()
    }

    /// Writes the conclusion from the rows.
    ///
    /// # Errors
    /// When the writer fails.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        writeln!(self.out)?;
        for pair in self.rows.chunks_exact(2) {
            if let [with, without] = pair {
                let ratio = without.wall().as_secs_f64() / with.wall().as_secs_f64().max(0.001);
                let engine = with.engine;
                writeln!(self.out, "With the warm pass, {engine} is {ratio:.2} times as fast.")?;
            }
        }
        self.out.flush()
    }
}

fn shown(duration: Duration) -> String {
    ShownDuration(duration).to_string()
}
