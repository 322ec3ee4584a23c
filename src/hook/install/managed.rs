//! Owns living with another hook manager: saying what to add to its file, adding
//! it, taking it out.
//! Must not know how the managers' files are written; that is `managers`.

use std::fs;
use std::io::{ErrorKind, Write};

use super::super::managers::{self, Kind, Manager, edit};
use super::{files, say};
use crate::error::{Error, Result};
use crate::exit::Exit;

const SHEBANG: &str = "#!/usr/bin/env sh\n";

/// Says what to add, and changes nothing.
pub(super) fn explain(manager: &Manager, out: &mut dyn Write) -> Result<Exit> {
    let text = read(manager)?;
    let (name, file) = (manager.name(), &manager.shown);
    if managers::runs_covgate(text.as_deref().unwrap_or_default()) {
        say(out, &format!("already installed: {name} runs covgate ({file})"))?;
        return next(manager, out);
    }
    say(out, &format!("nothing was changed: {name} keeps the hooks here; add this to {file}:"))?;
    show(manager, out)?;
    match edited(manager, text.as_deref()) {
        Ok(_) => say(out, "or let covgate add it: covgate hook install --write")?,
        Err(why) => say(out, &format!("covgate does not add it by itself: {why}"))?,
    }
    note(manager, out)?;
    next(manager, out)
}

/// Adds covgate's job to the manager's file.
pub(super) fn write(manager: &Manager, out: &mut dyn Write) -> Result<Exit> {
    let text = read(manager)?;
    let (name, file) = (manager.name(), &manager.shown);
    if managers::runs_covgate(text.as_deref().unwrap_or_default()) {
        say(out, &format!("already installed: {name} runs covgate ({file})"))?;
        return next(manager, out);
    }
    match edited(manager, text.as_deref()) {
        Ok(new) if text.is_some() => files::rewrite(&manager.file, &new)?,
        Ok(new) => files::write_script(&manager.file, &new)?,
        Err(why) => {
            say(out, &format!("add this to {file}:"))?;
            show(manager, out)?;
            return Err(Error::usage(format!("{file} was left alone: {why}"))
                .hint("add the lines above by hand"));
        }
    }
    say(out, &format!("added covgate to {file}"))?;
    note(manager, out)?;
    next(manager, out)
}

/// Takes covgate's job out; whether there was anything to say of it.
pub(super) fn remove(manager: &Manager, out: &mut dyn Write) -> Result<bool> {
    let text = read(manager)?.unwrap_or_default();
    let file = &manager.shown;
    if !managers::runs_covgate(&text) {
        return Ok(false);
    }
    match edit::remove(manager, &text) {
        Some(rest) if manager.kind == Kind::Husky && [SHEBANG, ""].contains(&rest.as_str()) => {
            files::remove(&manager.file)?;
            say(out, &format!("removed {file}, which ran nothing else"))?;
        }
        Some(rest) => {
            files::rewrite(&manager.file, &rest)?;
            say(out, &format!("took covgate out of {file}"))?;
        }
        None => say(
            out,
            &format!(
                "{file} still runs covgate, in lines that covgate did not write: take them out by hand"
            ),
        )?,
    }
    Ok(true)
}

/// The file with covgate's job, or why that is not a plain edit.
fn edited(manager: &Manager, text: Option<&str>) -> Result<String, &'static str> {
    match text {
        None if manager.kind == Kind::Husky => edit::add(manager, SHEBANG),
        None => Err("there is no such file"),
        Some(text) => edit::add(manager, text),
    }
}

fn read(manager: &Manager) -> Result<Option<String>> {
    match fs::read_to_string(&manager.file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => {
            Err(Error::environment(error).context(format!("cannot read {}", manager.file)))
        }
    }
}

fn show(manager: &Manager, out: &mut dyn Write) -> Result<()> {
    say(out, "")?;
    say(out, &manager.snippet())
}

fn note(manager: &Manager, out: &mut dyn Write) -> Result<()> {
    match manager.blind_spot() {
        Some(note) => say(out, &format!("note: {note}")),
        None => Ok(()),
    }
}

fn next(manager: &Manager, out: &mut dyn Write) -> Result<Exit> {
    if let Some(command) = manager.next() {
        say(out, &format!("git does not run {}'s pre-push hook yet: {command}", manager.name()))?;
    }
    Ok(Exit::Pass)
}
