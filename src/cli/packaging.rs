//! Owns what packages of covgate contain besides the program: completions for shells and the manual
//! page, both made from the command line's grammar.
//! Must not know what any command does.

use std::io::{self, Write};

use clap::Command;
use clap::builder::Resettable;
pub(super) use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::below;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::settings;

/// Writes the completions for a shell.
pub(super) fn completions(mut command: Command, shell: Shell) -> Result<Exit> {
    let mut script = Vec::new();
    let name = command.get_name().to_owned();
    clap_complete::generate(shell, &mut command, name, &mut script);
    print(&script)
}

/// Writes the manual page: one page, with a section for each command and its options.
pub(super) fn manual(command: Command) -> Result<Exit> {
    let mut page = Vec::new();
    write_manual(command, &mut page).map_err(Error::output)?;
    print(ascii(&String::from_utf8_lossy(&page)).as_bytes())
}

/// Roff has no encoding of its own, so characters outside ASCII are named by their numbers.
fn ascii(page: &str) -> String {
    let named = |character: char| match character.is_ascii() {
        true => character.to_string(),
        false => format!("\\[u{:04X}]", u32::from(character)),
    };
    page.chars().map(named).collect()
}

fn print(bytes: &[u8]) -> Result<Exit> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(Error::output)?;
    Ok(Exit::Pass)
}

fn write_manual(command: Command, page: &mut Vec<u8>) -> io::Result<()> {
    // Otherwise every command would have a subcommand `help`. The page is that of a version, whatever it was
    // built for.
    let mut command = command.disable_help_subcommand(true).long_version(Resettable::Reset);
    command.build();
    // Without quotes, an empty date would shift the other fields; a real date would differ from
    // build to build.
    let man = Man::new(command.clone()).date("\"\"").manual("User Commands");
    man.render_title(page)?;
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    for subcommand in command.get_subcommands() {
        write_command(subcommand, page)?;
    }
    let mut exit_status = Roff::new();
    exit_status.control("SH", ["EXIT STATUS"]);
    below_options(&command, &mut exit_status);
    exit_status.to_writer(page)
}

/// Writes the section of a command, or those of its subcommands.
fn write_command(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    if command.has_subcommands() {
        return command.get_subcommands().try_for_each(|below| write_command(below, page));
    }
    // The page shows the long help.
    let man = Man::new(command.clone().mut_args(|option| option.hide_short_help(false)));
    let mut section = Vec::new();
    man.render_synopsis_section(&mut section)?;
    man.render_description_section(&mut section)?;
    man.render_options_section(&mut section)?;
    let mut text = Roff::new();
    below_options(command, &mut text);
    text.to_writer(&mut section)?;
    let name = command.get_bin_name().unwrap_or_default().to_uppercase();
    // The sections of a single command's page become paragraphs here.
    let section = String::from_utf8_lossy(&section)
        .replace(".SH SYNOPSIS\n", &format!(".SH \"{name}\"\n"))
        .replace(".SH DESCRIPTION\n", ".PP\n")
        .replace(".SH OPTIONS\n", "");
    let section = settings::groups().fold(section, |section, group| {
        let mut heading = Roff::new();
        heading.control("SH", [group.to_uppercase().as_str()]);
        section.replace(&heading.to_roff(), &format!(".SS \"{group}\"\n"))
    });
    page.extend_from_slice(section.as_bytes());
    Ok(())
}

/// Writes the text below a command's options: paragraphs, then its exit codes.
fn below_options(command: &Command, text: &mut Roff) {
    let Some(below) = below::of(command.get_name()) else { return };
    for paragraph in below.paragraphs() {
        text.control("PP", []).text([roman(paragraph)]);
    }
    text.control("PP", []).text([roman("Exit codes:")]);
    for (code, meaning) in below.codes.list() {
        text.control("TP", []).text([bold(code)]).text([roman(meaning)]);
    }
}
