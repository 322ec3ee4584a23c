//! Owns writing the hook file, and removing it again. If another hook manager keeps the hooks, it
//! says what to add to that manager's file and what to remove. People edit such files themselves.
//! Must not know what the hook does on a push.

mod files;
pub mod site;

use std::fmt::Display;
use std::io::Write;

use camino::Utf8Path;

use self::site::{Hook, Site};
use super::managers::{self, Kind, Manager};
use super::script::{self, Origin};
use super::worktree;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::tools::git::Git;
use crate::tools::process::{Supervisor, find_program};

/// Installs the hook. With `force`, also if a shared folder, an edited hook or a hook manager is in
/// the way.
///
/// # Errors
/// When something is in the way; then nothing was changed.
pub fn install(
    supervisor: &Supervisor,
    folder: &Utf8Path,
    force: bool,
    out: &mut dyn Write,
) -> Result<Exit> {
    let site = Site::find(supervisor, folder)?;
    match &site.manager {
        Some(manager) if !site.is_installed() && !force => {
            explain(manager, out)?;
            return Ok(Exit::Pass);
        }
        Some(manager) if manager.kind == Kind::Husky && manager.active => {
            let hint = format!("add this to {}: {}", manager.shown, manager.snippet().trim_end());
            return Err(Error::usage(format!(
                "{} is written anew by husky: a hook of covgate's own would not last there",
                site.layout.hooks
            ))
            .hint(hint));
        }
        _ => {}
    }
    refuse_shared(&site, force)?;
    say(out, put(&site, force)?)?;
    warn_of_what_is_missing(&site, out)?;
    Ok(Exit::Pass)
}

/// Says what to add to a manager's file; changes nothing.
fn explain(manager: &Manager, out: &mut dyn Write) -> Result<()> {
    let (name, file) = (manager.name(), &manager.shown);
    if runs_covgate(manager)? {
        say(out, format!("already installed: {name} runs covgate ({file})"))?;
    } else {
        let lead = "nothing was changed";
        let snippet = manager.snippet();
        say(out, format!("{lead}: {name} keeps the hooks here; add this to {file}:\n\n{snippet}"))?;
        if let Some(note) = manager.blind_spot() {
            say(out, format!("note: {note}"))?;
        }
    }
    match manager.next() {
        Some(next) => say(out, format!("git does not run {name}'s pre-push hook yet: {next}")),
        None => Ok(()),
    }
}

fn runs_covgate(manager: &Manager) -> Result<bool> {
    let cannot = |error| Error::environment(error).context(format!("cannot read {}", manager.file));
    manager.runs_covgate().map_err(cannot)
}

/// Removes covgate's hook and restores the one that was there before.
///
/// # Errors
/// When the hook was edited, or cannot be removed.
pub fn uninstall(
    supervisor: &Supervisor,
    folder: &Utf8Path,
    force: bool,
    out: &mut dyn Write,
) -> Result<Exit> {
    let site = Site::find(supervisor, folder)?;
    let origin = site.found.as_ref().map(|hook| hook.origin);
    if !force && matches!(origin, Some(Origin::Covgate { edited: true, .. })) {
        return Err(edited(&site, "removes"));
    }
    // Its work tree is of no use without it, and git would list it for ever.
    let common_dir = &site.layout.common_dir;
    if worktree::home(common_dir).exists() {
        worktree::forget(&Git::new(supervisor, common_dir), common_dir)?;
        say(out, format!("removed {}", worktree::home(common_dir)))?;
    }
    let managed = site.manager.as_ref().map_or(Ok(false), runs_covgate)?;
    if let Some(Manager { shown, .. }) = site.manager.as_ref().filter(|_| managed) {
        say(out, format!("{shown} still runs covgate: take its lines out by hand"))?;
    }
    let (hook, aside) = (&site.hook, &site.aside);
    let said = match origin {
        // Someone who removed the hook by hand still wants the old one.
        None | Some(Origin::Covgate { .. }) if site.has_aside => {
            files::rename(aside, hook)?;
            let removed = match origin {
                Some(_) => "removed covgate's hook and",
                None => "covgate's hook was gone already;",
            };
            format!("{removed} put the old one back: {hook}")
        }
        Some(Origin::Covgate { .. }) => {
            files::remove(hook)?;
            format!("removed {hook}")
        }
        Some(_) if site.has_aside => {
            format!("not installed: {hook} is not covgate's; {aside} is left alone")
        }
        _ if managed => return Ok(Exit::Pass),
        Some(_) => format!("not installed: {hook} is not covgate's"),
        None => format!("not installed: there is no {hook}"),
    };
    say(out, said)?;
    Ok(Exit::Pass)
}

/// Refuses to change a folder that other repositories use, too.
fn refuse_shared(site: &Site, force: bool) -> Result<()> {
    let Some((scope, value)) = &site.hooks_path else { return Ok(()) };
    if !site.has_hooks_folder() {
        return Err(Error::usage(format!(
            "core.hooksPath is {value}, which is not a folder: git runs no hooks"
        ))
        .hint(format!("see where it is set: git config --show-origin core.hooksPath ({scope})")));
    }
    if force || !["system", "global", "command"].contains(&scope.as_str()) {
        return Ok(());
    }
    let hooks = &site.layout.hooks;
    if scope == "command" {
        return Err(Error::usage(format!(
            "core.hooksPath is {value} only here, by git's command line or environment"
        ))
        .hint(format!("unset it, or --force and install into {hooks}")));
    }
    let own = site.layout.common_dir.join("hooks");
    Err(Error::usage(format!(
        "core.hooksPath in the {scope} configuration sends git to {hooks} for the hooks of every repository"
    ))
    .hint(format!(
        "--force installs there all the same; or give this repository its own folder: git config core.hooksPath '{own}'"
    )))
}

/// Writes the hook; returns what was done.
fn put(site: &Site, force: bool) -> Result<String> {
    let (hook, aside, current) = (&site.hook, &site.aside, script::version());
    let Some(Hook { origin, executable, text }) = &site.found else {
        files::write_hook(hook)?;
        let first = if site.has_aside { format!("; it runs {aside} first") } else { String::new() };
        return Ok(format!("installed {hook}{first}"));
    };
    Ok(match *origin {
        // git runs only executable hooks: any other gates nothing.
        Origin::Foreign if *executable && managers::runs_covgate(text) => {
            format!("nothing to do: {hook} is not covgate's but runs covgate")
        }
        Origin::Foreign => return move_aside(site, *executable),
        Origin::Covgate { edited: true, .. } if !force => return Err(edited(site, "replaces")),
        Origin::Covgate { edited: true, .. } => {
            files::write_hook(hook)?;
            format!("replaced {hook}, which was edited")
        }
        Origin::Covgate { version, .. } if version > current && !force => {
            format!("nothing to do: {hook} is from a newer covgate (version {version})")
        }
        Origin::Covgate { version, .. } if version == current && *executable => {
            format!("already installed: {hook}")
        }
        Origin::Covgate { version, .. } => {
            files::write_hook(hook)?;
            match version == current {
                true => format!("updated {hook}: made executable again"),
                false => format!("updated {hook}: from version {version} to {current}"),
            }
        }
    })
}

/// Moves the old hook aside. It gets its second name before it loses the first, so that there is a
/// hook at any moment.
fn move_aside(site: &Site, executable: bool) -> Result<String> {
    let (hook, aside) = (&site.hook, &site.aside);
    if !files::keep_as(hook, aside)? {
        return Err(Error::usage(format!(
            "{hook} is not covgate's, and cannot be moved aside: there is already {aside}"
        ))
        .hint("combine the two hooks, or remove one"));
    }
    if let Err(error) = files::write_hook(hook) {
        files::undo_keep(hook, aside);
        return Err(error);
    }
    let fate = match executable {
        true => "runs first, with the same refs",
        false => "is not executable: git did not run it, and neither does covgate's hook",
    };
    Ok(format!("installed {hook}\nthe hook that was there is now {aside} and {fate}"))
}

fn warn_of_what_is_missing(site: &Site, out: &mut dyn Write) -> Result<()> {
    let inside = site.root.as_ref().and_then(|root| site.hook.strip_prefix(root).ok());
    if let Some(hook) = inside.filter(|_| !site.hook.starts_with(&site.layout.common_dir)) {
        say(out, format!("note: {hook} is part of the work tree: commit it to share it"))?;
    }
    if find_program("covgate").is_none() {
        let line = "warning: covgate is not on PATH, and until it is, every push is refused";
        say(out, line)?;
    }
    Ok(())
}

fn edited(site: &Site, does: &str) -> Error {
    Error::usage(format!("{} is not as covgate wrote it", site.hook))
        .hint(format!("--force {does} it, with the edits"))
}

/// Prints lines for the user.
fn say(out: &mut dyn Write, lines: impl Display) -> Result<()> {
    writeln!(out, "{lines}").map_err(Error::output)
}
