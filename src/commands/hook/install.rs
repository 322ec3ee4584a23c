//! Owns writing the hook file, and removing it again. If another hook manager keeps the hooks, it
//! says what to add to that manager's file and what to remove. People edit such files themselves.
//! Must not know what the hook does on a push.

mod files;
pub(crate) mod site;

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

/// How to install.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct How {
    /// Also if a shared folder, an edited hook or a hook manager is in the way.
    pub force: bool,
    /// Say all of it and change nothing.
    pub dry_run: bool,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// covgate's hook is new here.
    New,
    /// A push was gated before, too.
    There,
    /// Another hook manager keeps the hooks.
    Managed,
}

impl Outcome {
    /// The exit code that it deserves.
    #[must_use]
    pub(crate) fn exit(self) -> Exit {
        if self == Self::Managed { Exit::GateClosed } else { Exit::Pass }
    }
}

/// Installs the hook.
///
/// # Errors
/// When something is in the way; then nothing was changed.
pub(crate) fn install(
    supervisor: &Supervisor,
    folder: &Utf8Path,
    how: How,
    out: &mut dyn Write,
) -> Result<Outcome> {
    let force = how.force;
    let site = Site::find(supervisor, folder)?;
    match &site.manager {
        Some(manager) if !site.is_installed() && !force => {
            return explain(manager, out);
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
    let (said, outcome) = put(&site, how)?;
    say(out, said)?;
    warn_of_what_is_missing(&site, out)?;
    Ok(outcome)
}

/// Says what to add to a manager's file, and changes nothing: only where git already runs covgate that
/// is as good as installed.
fn explain(manager: &Manager, out: &mut dyn Write) -> Result<Outcome> {
    let (name, file) = (manager.name(), &manager.shown);
    let (added, next) = (runs_covgate(manager)?, manager.next());
    if added && next.is_none() {
        say(out, format!("already installed: {name} runs covgate ({file})"))?;
        return Ok(Outcome::There);
    }
    if added {
        say(out, format!("nothing was changed: {file} runs covgate"))?;
    } else {
        let lead = "nothing was changed";
        let snippet = manager.snippet();
        say(out, format!("{lead}: {name} keeps the hooks here; add this to {file}:\n\n{snippet}"))?;
        if let Some(note) = manager.blind_spot() {
            say(out, format!("note: {note}"))?;
        }
    }
    if let Some(next) = next {
        say(out, format!("git does not run {name}'s pre-push hook yet: {next}"))?;
    }
    Ok(Outcome::Managed)
}

fn runs_covgate(manager: &Manager) -> Result<bool> {
    let cannot = |error| Error::environment(error).context(format!("cannot read {}", manager.file));
    manager.runs_covgate().map_err(cannot)
}

/// Removes covgate's hook and restores the one that was there before.
///
/// # Errors
/// When the hook was edited, or cannot be removed.
pub(crate) fn uninstall(
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
    let hook = &site.hook;
    let said = match (origin, &site.before) {
        // Who removed the hook by hand still wants the old one.
        (None | Some(Origin::Covgate { .. }), Some(before)) => {
            files::restore(before, hook)?;
            let removed = match origin {
                Some(_) => "removed covgate's hook and",
                None => "covgate's hook was gone already;",
            };
            format!("{removed} put the old one back: {hook}")
        }
        (Some(Origin::Covgate { .. }), None) => {
            files::remove(hook)?;
            format!("removed {hook}")
        }
        (Some(Origin::Foreign), Some(before)) => {
            format!("not installed: {hook} is not covgate's; {before} is left alone")
        }
        _ if managed => return Ok(Exit::Pass),
        (Some(Origin::Foreign), None) => format!("not installed: {hook} is not covgate's"),
        (None, None) => format!("not installed: there is no {hook}"),
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

/// Writes the hook; returns what was done, in words and for covgate.
fn put(site: &Site, how: How) -> Result<(String, Outcome)> {
    let (hook, current) = (&site.hook, script::version());
    let Some(Hook { origin, executable, text }) = &site.found else {
        write(site, how)?;
        let first = site.before.as_ref().map(|_| format!("; it runs {} first", site.kept));
        let first = first.unwrap_or_default();
        return Ok((format!("installed {hook}{first}"), Outcome::New));
    };
    let said = match *origin {
        // git runs only executable hooks: any other gates nothing.
        Origin::Foreign if *executable && managers::runs_covgate(text) => {
            format!("nothing to do: {hook} is not covgate's but runs covgate")
        }
        Origin::Foreign => return Ok((move_aside(site, *executable, how)?, Outcome::New)),
        Origin::Covgate { edited: true, .. } if !how.force => return Err(edited(site, "replaces")),
        Origin::Covgate { edited: true, .. } => {
            write(site, how)?;
            format!("replaced {hook}, which was edited")
        }
        Origin::Covgate { version, .. } if version > current && !how.force => {
            format!("nothing to do: {hook} is from a newer covgate (version {version})")
        }
        Origin::Covgate { version, .. } if version == current && *executable => {
            format!("already installed: {hook}")
        }
        Origin::Covgate { version, .. } => {
            write(site, how)?;
            match version == current {
                true => format!("updated {hook}: made executable again"),
                false => format!("updated {hook}: from version {version} to {current}"),
            }
        }
    };
    Ok((said, Outcome::There))
}

/// Writes covgate's hook, and moves what it is to run first to where this covgate's hook looks.
fn write(site: &Site, how: How) -> Result<()> {
    if how.dry_run {
        return Ok(());
    }
    let renamed = site.before.as_ref().filter(|before| **before != site.kept);
    if let Some(renamed) = renamed {
        files::keep_as(renamed, &site.kept)?;
    }
    files::write_hook(&site.hook)?;
    renamed
        .filter(|renamed| renamed.symlink_metadata().is_ok())
        .map_or(Ok(()), |old| files::remove(old))
}

/// The old hook gets a second place before its first is taken: at no moment is there no hook.
fn move_aside(site: &Site, executable: bool, how: How) -> Result<String> {
    let (hook, kept) = (&site.hook, &site.kept);
    let other = site.before.as_ref().filter(|before| *before != kept);
    if other.is_some() || !(how.dry_run || files::keep_as(hook, kept)?) {
        let there = other.unwrap_or(kept);
        return Err(Error::usage(format!(
            "{hook} is not covgate's, and cannot be moved aside: there is already {there}"
        ))
        .hint("combine the two hooks, or remove one"));
    }
    if !how.dry_run
        && let Err(error) = files::write_hook(hook)
    {
        files::undo_keep(hook, kept);
        return Err(error);
    }
    let fate = match executable {
        true => "runs first, with the same refs",
        false => "is not executable: git did not run it, and neither does covgate's hook",
    };
    Ok(format!("installed {hook}\nthe hook that was there is now {kept} and {fate}"))
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
