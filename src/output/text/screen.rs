//! Owns the one screen of `watch`: what of a report stands there if it is too long, and how one report
//! takes the place of another. Through a pipe, reports follow one another, and each is whole.
//! Must not know what was measured, or why it is shown.

use std::io::{self, IsTerminal, Write};

use console::{Term, measure_text_width};

use super::table::is_quiet_row;

/// Shows reports, one after another.
pub(crate) struct Screen<W> {
    out: W,
    terminal: Option<Term>,
}

impl<W: Write> Screen<W> {
    /// On stdout's terminal, or whatever else `out` leads to.
    #[must_use]
    pub(crate) fn new(out: W) -> Self {
        Self { out, terminal: io::stdout().is_terminal().then(Term::stdout) }
    }

    /// Shows a report in the place of the last one, and `last` below it.
    ///
    /// # Errors
    /// When the writer fails.
    pub(crate) fn show(&mut self, report: &str, last: &str) -> io::Result<()> {
        let report = report.trim_end_matches('\n');
        match &self.terminal {
            Some(terminal) => {
                let size = terminal.size_checked().map(|(rows, columns)| Size {
                    rows: rows.into(),
                    columns: usize::from(columns).max(1),
                });
                let text = fit(report, last, size);
                // Clears the terminal, without a moment in which it is empty for long.
                write!(self.out, "\u{1b}[H\u{1b}[2J{text}")?;
            }
            None => writeln!(self.out, "{report}\n\n{last}\n")?,
        }
        self.out.flush()
    }
}

#[derive(Debug, Clone, Copy)]
struct Size {
    rows: usize,
    columns: usize,
}

impl Size {
    /// How many rows a line takes.
    fn rows_of(self, line: &str) -> usize {
        measure_text_width(line).div_ceil(self.columns).max(1)
    }
}

/// A report with what follows it, so that it fits: first the rows that close nothing go, then what stands
/// first. The end tells what closes the gate.
fn fit(report: &str, last: &str, size: Option<Size>) -> String {
    let mut lines: Vec<String> = report.lines().map(str::to_owned).collect();
    if let Some(size) = size {
        let height = |lines: &[String]| lines.iter().map(|line| size.rows_of(line)).sum::<usize>();
        // Between both is an empty line, and the live line of the next run has a row below.
        let room = size.rows.saturating_sub(last.lines().map(|line| size.rows_of(line)).sum());
        let room = room.saturating_sub(2);
        if height(&lines) > room {
            lines = without_quiet_rows(lines);
        }
        if height(&lines) > room {
            lines = the_end(lines, room, size);
        }
    }
    format!("{}\n\n{last}\n", lines.join("\n"))
}

fn without_quiet_rows(mut lines: Vec<String>) -> Vec<String> {
    let Some(first) = lines.iter().position(|line| is_quiet_row(line)) else { return lines };
    let all = lines.len();
    lines.retain(|line| !is_quiet_row(line));
    let gone = all - lines.len();
    lines.insert(first, format!("({gone} rows are not shown: packages that pass or are skipped)"));
    lines
}

/// Keeps the last lines, as many as there is room for.
fn the_end(mut lines: Vec<String>, room: usize, size: Size) -> Vec<String> {
    let mut used = 1;
    let fits = |line: &&String| {
        used += size.rows_of(line);
        used <= room
    };
    let kept = lines.iter().rev().take_while(fits).count();
    let gone = lines.len() - kept;
    lines.splice(..gone, [format!("({gone} lines are not shown)")]);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "head\n[1/4]  PASS     a\n[2/4]  FAIL     b\n[3/4]  \u{1b}[32mPASS   \u{1b}[0m  c\n       SKIPPED  d\n\nend";

    fn shown(report: &str, rows: usize, columns: usize) -> Vec<String> {
        let text = fit(report, "last", Some(Size { rows, columns }));
        assert!(text.ends_with("\n\nlast\n"), "{text}");
        let text = text.trim_end_matches("\n\nlast\n");
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn what_fits_is_shown_as_it_is() {
        assert_eq!(shown(TABLE, 10, 80).join("\n"), TABLE);
        assert_eq!(fit(TABLE, "last", None), format!("{TABLE}\n\nlast\n"));
    }

    #[test]
    fn rows_that_close_nothing_go_first() {
        let told = "(3 rows are not shown: packages that pass or are skipped)";
        assert_eq!(shown(TABLE, 9, 80), ["head", told, "[2/4]  FAIL     b", "", "end"]);
    }

    #[test]
    fn of_a_long_report_the_end_stays() {
        let report = (1..=100).map(|line| format!("line {line}\n")).collect::<String>();
        let expected =
            ["(95 lines are not shown)", "line 96", "line 97", "line 98", "line 99", "line 100"];
        assert_eq!(shown(report.trim_end(), 9, 80), expected);
    }

    /// A long line takes several rows.
    #[test]
    fn nothing_is_taller_than_the_terminal() {
        for rows in 4..30 {
            for columns in [1, 7, 30, 80] {
                let size = Size { rows, columns };
                let report = format!("{TABLE}\n{}", "long ".repeat(20));
                let text = fit(&report, "last", Some(size));
                let height: usize = text.lines().map(|line| size.rows_of(line)).sum();
                let told = text.lines().filter(|line| line.ends_with("not shown)")).count();
                assert!(height < rows || told > 0 && columns < 30, "{rows}x{columns}:\n{text}");
            }
        }
    }
}
