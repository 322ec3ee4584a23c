//! Owns the writing of the hook file and taking it away again.
//! Must not know what the hook does on a push.

mod files;
mod managed;
pub mod site;

use std::io::Write;

use camino::Utf8Path;

use self::site::{Found, Site};
use super::managers;
use super::script::{self, Origin};
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::tools::process::{Supervisor, find_program};

/// Puts the hook in place; `force` does so also where a shared folder, an edited hook or a hook
/// manager stands in the way.
///
/// # Errors
/// When something stands in the way; nothing was changed then.
pub fn install(
    supervisor: &Supervisor,
    folder: &Utf8Path,
    force: bool,
    out: &mut dyn Write,
) -> Result<Exit> {
    let site = Site::find(supervisor, folder)?;
    match &site.manager {
        Some(manager) if !site.is_installed() && !force => {
            return managed::explain(manager, out);
        }
        Some(manager) if manager.kind == managers::Kind::Husky && manager.active => {
            return Err(Error::usage(format!(
                "{} is written anew by husky: a hook of covgate's own would not last there",
                site.layout.hooks
            ))
            .hint(format!(
                "add this to {}: {}",
                manager.shown,
                manager.snippet().trim_end()
            )));
        }
        _ => {}
    }
    refuse_shared(&site, force)?;
    put(&site, force, out)?;
    warn_of_what_is_missing(&site, out)?;
    Ok(Exit::Pass)
}

/// Takes covgate's hook away and puts back what was there before.
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
    if !force
        && matches!(site.found, Found::Hook { origin: Origin::Covgate { edited: true, .. }, .. })
    {
        return Err(edited(&site, "removes"));
    }
    let managed = match &site.manager {
        Some(manager) => managed::remind(manager, out)?,
        None => false,
    };
    match &site.found {
        Found::Hook { origin: Origin::Covgate { .. }, .. } => take_away(&site, out)?,
        // Who removed the hook by hand still wants the old one.
        Found::Nothing if site.has_aside => put_back(&site, out)?,
        Found::Hook { .. } if site.has_aside => say(
            out,
            &format!("not installed: {} is not covgate's; {} is left alone", site.hook, site.aside),
        )?,
        _ if managed => {}
        Found::Hook { .. } => {
            say(out, &format!("not installed: {} is not covgate's", site.hook))?;
        }
        Found::Nothing => say(out, &format!("not installed: there is no {}", site.hook))?,
    }
    Ok(Exit::Pass)
}

/// A folder that other repositories use too is not this repository's to change.
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

fn put(site: &Site, force: bool, out: &mut dyn Write) -> Result<()> {
    let hook = &site.hook;
    let current = script::version();
    let Found::Hook { origin, executable, text } = &site.found else {
        files::write_hook(hook)?;
        let first =
            if site.has_aside { format!("; it runs {} first", site.aside) } else { String::new() };
        return say(out, &format!("installed {hook}{first}"));
    };
    match *origin {
        // git runs only executable hooks: one that is not gates nothing.
        Origin::Foreign if *executable && managers::runs_covgate(text) => {
            say(out, &format!("nothing to do: {hook} is not covgate's but runs covgate"))
        }
        Origin::Foreign => move_aside(site, *executable, out),
        Origin::Covgate { edited: true, .. } if !force => Err(edited(site, "replaces")),
        Origin::Covgate { edited: true, .. } => {
            files::write_hook(hook)?;
            say(out, &format!("replaced {hook}, which was edited"))
        }
        Origin::Covgate { version, .. } if version > current && !force => {
            say(out, &format!("nothing to do: {hook} is from a newer covgate (version {version})"))
        }
        Origin::Covgate { version, .. } if version == current && *executable => {
            say(out, &format!("already installed: {hook}"))
        }
        Origin::Covgate { version, .. } => {
            files::write_hook(hook)?;
            let how = if version == current {
                "made executable again".to_owned()
            } else {
                format!("from version {version} to {current}")
            };
            say(out, &format!("updated {hook}: {how}"))
        }
    }
}

/// The old hook gets a second name before its first is taken: at no moment is there no hook.
fn move_aside(site: &Site, executable: bool, out: &mut dyn Write) -> Result<()> {
    let (hook, aside) = (&site.hook, &site.aside);
    if !files::keep_as(hook, aside)? {
        return Err(in_the_way(site));
    }
    if let Err(error) = files::write_hook(hook) {
        files::undo_keep(hook, aside);
        return Err(error);
    }
    say(out, &format!("installed {hook}"))?;
    let fate = if executable {
        "runs first, with the same refs"
    } else {
        "is not executable: git did not run it, and neither does covgate's hook"
    };
    say(out, &format!("the hook that was there is now {aside} and {fate}"))
}

fn take_away(site: &Site, out: &mut dyn Write) -> Result<()> {
    if site.has_aside {
        files::rename(&site.aside, &site.hook)?;
        return say(
            out,
            &format!("removed covgate's hook and put the old one back: {}", site.hook),
        );
    }
    files::remove(&site.hook)?;
    say(out, &format!("removed {}", site.hook))
}

fn put_back(site: &Site, out: &mut dyn Write) -> Result<()> {
    files::rename(&site.aside, &site.hook)?;
    say(out, &format!("covgate's hook was gone already; put the old one back: {}", site.hook))
}

fn warn_of_what_is_missing(site: &Site, out: &mut dyn Write) -> Result<()> {
    let hooks = &site.layout.hooks;
    if site.root.as_ref().is_some_and(|root| hooks.starts_with(root))
        && !hooks.starts_with(&site.layout.common_dir)
    {
        say(
            out,
            &format!(
                "note: {} is part of the work tree: commit it to share it",
                site.shown(&site.hook)
            ),
        )?;
    }
    if find_program("covgate").is_none() {
        say(out, "warning: covgate is not on PATH, and until it is, every push is refused")?;
    }
    Ok(())
}

fn edited(site: &Site, does: &str) -> Error {
    Error::usage(format!("{} is not as covgate wrote it", site.hook))
        .hint(format!("--force {does} it, with the edits"))
}

fn in_the_way(site: &Site) -> Error {
    Error::usage(format!(
        "{} is not covgate's, and cannot be moved aside: there is already {}",
        site.hook, site.aside
    ))
    .hint("make one of the two, or remove one")
}

/// One line for the user.
fn say(out: &mut dyn Write, line: &str) -> Result<()> {
    writeln!(out, "{line}").map_err(Error::output)
}
