//! Owns living with another hook manager: saying what to add to its file, and
//! what to take out. The file itself is people's to edit.
//! Must not know how the managers' files are written; that is `managers`.

use std::fs;
use std::io::{ErrorKind, Write};

use super::super::managers::{self, Manager};
use super::say;
use crate::error::{Error, Result};
use crate::exit::Exit;

/// Says what to add, and changes nothing.
pub(super) fn explain(manager: &Manager, out: &mut dyn Write) -> Result<Exit> {
    let (name, file) = (manager.name(), &manager.shown);
    if runs_covgate(manager)? {
        say(out, &format!("already installed: {name} runs covgate ({file})"))?;
    } else {
        say(
            out,
            &format!("nothing was changed: {name} keeps the hooks here; add this to {file}:"),
        )?;
        say(out, "")?;
        say(out, &manager.snippet())?;
        if let Some(note) = manager.blind_spot() {
            say(out, &format!("note: {note}"))?;
        }
    }
    if let Some(command) = manager.next() {
        say(out, &format!("git does not run {name}'s pre-push hook yet: {command}"))?;
    }
    Ok(Exit::Pass)
}

/// Says what to take out; whether there was anything to say of it.
pub(super) fn remind(manager: &Manager, out: &mut dyn Write) -> Result<bool> {
    let runs = runs_covgate(manager)?;
    if runs {
        let file = &manager.shown;
        say(out, &format!("{file} still runs covgate: take its lines out by hand"))?;
    }
    Ok(runs)
}

fn runs_covgate(manager: &Manager) -> Result<bool> {
    match fs::read_to_string(&manager.file) {
        Ok(text) => Ok(managers::runs_covgate(&text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => {
            Err(Error::environment(error).context(format!("cannot read {}", manager.file)))
        }
    }
}
