//! Owns the report on what is installed and what would run on a push.

use std::io::Write;
use std::process::Command;

use camino::Utf8Path;

use super::install::site::{Hook, Site};
use super::managers::{self, Manager};
use super::script::{self, Origin};
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::tools::git::Git;
use crate::tools::process::{Supervisor, find_program, is_program};

/// Prints a line for each thing that takes part in a push.
///
/// # Errors
/// When this is not a repository, or stdout cannot be written to.
pub(crate) fn status(
    supervisor: &Supervisor,
    folder: &Utf8Path,
    out: &mut dyn Write,
) -> Result<Exit> {
    let site = Site::find(supervisor, folder)?;
    let mut lines = vec![("hook", hook(&site)), ("folder", hooks_folder(&site))];
    if let Some(before) = &site.before {
        lines.push(("before", kept(&site, before)));
    }
    lines.push(("manager", site.manager.as_ref().map_or_else(|| "none".to_owned(), managed)));
    for (name, command) in config_hooks(&Git::new(supervisor, folder))? {
        lines.push(("config", format!("hook.{name} runs `{command}` (git 2.54 and later)")));
    }
    lines.push(("covgate", covgate(supervisor)));
    for (label, line) in lines {
        writeln!(out, "{:9}{line}", format!("{label}:")).map_err(Error::output)?;
    }
    Ok(Exit::Pass)
}

fn hook(site: &Site) -> String {
    let path = &site.hook;
    let Some(Hook { origin, executable, text }) = &site.found else {
        return format!("not installed: there is no {path}");
    };
    let off = if *executable { "" } else { ", not executable: git does not run it" };
    match *origin {
        Origin::Foreign if managers::runs_covgate(text) => {
            format!("{path}, not covgate's, but runs covgate{off}")
        }
        Origin::Foreign => match &site.manager {
            Some(manager) if manager.active => format!("{path} is {}'s{off}", manager.name()),
            _ => format!("not installed: {path} is not covgate's{off}"),
        },
        Origin::Covgate { version, edited } => {
            let age = match version.cmp(&script::version()) {
                std::cmp::Ordering::Less => ", older than this covgate's",
                std::cmp::Ordering::Equal => "",
                std::cmp::Ordering::Greater => ", newer than this covgate's",
            };
            let edited = if edited { ", edited" } else { "" };
            format!("installed: {path}, version {version}{age}{edited}{off}")
        }
    }
}

fn hooks_folder(site: &Site) -> String {
    let hooks = &site.layout.hooks;
    let off =
        if site.has_hooks_folder() { "" } else { ", which is not a folder: git runs no hooks" };
    match &site.hooks_path {
        Some((scope, value)) => format!("{hooks} (core.hooksPath = {value}, {scope}){off}"),
        None => format!("{hooks}{off}"),
    }
}

fn kept(site: &Site, path: &Utf8Path) -> String {
    match (site.is_installed(), is_program(path)) {
        (false, _) => format!("{path}, which nothing runs; covgate hook uninstall puts it back"),
        (true, true) => format!("{path} runs first"),
        (true, false) => format!("{path} is not executable and does not run"),
    }
}

fn managed(manager: &Manager) -> String {
    let file = &manager.shown;
    let runs = if manager.runs_covgate().unwrap_or(false) { "runs" } else { "does not run" };
    let off = match manager.next() {
        Some(command) => {
            format!("; git does not run {}'s pre-push hook ({command})", manager.name())
        }
        None => String::new(),
    };
    format!("{} ({file} {runs} covgate{off})", manager.name())
}

/// The pre-push hooks in git's configuration: friendly name and command.
fn config_hooks(git: &Git<'_>) -> Result<Vec<(String, String)>> {
    let settings = git.config_matching("^hook\\..*\\.(event|command)$")?;
    let part =
        |key: &str, last: &str| Some(key.strip_prefix("hook.")?.strip_suffix(last)?.to_owned());
    let named = settings.iter().filter(|(_, value)| value == script::NAME);
    let mut names: Vec<String> = named.filter_map(|(key, _)| part(key, ".event")).collect();
    names.dedup();
    let command = |name: &str| {
        let commands = settings.iter().rev();
        let mut commands =
            commands.filter(|(key, _)| part(key, ".command").as_deref() == Some(name));
        commands.next().map_or_else(String::new, |(_, command)| command.clone())
    };
    Ok(names.into_iter().map(|name| (name.clone(), command(&name))).collect())
}

fn covgate(supervisor: &Supervisor) -> String {
    let Some(program) = find_program("covgate") else {
        return "not on PATH: the hook would refuse every push".to_owned();
    };
    let mut command = Command::new(&program);
    command.arg("-V");
    let answer = supervisor.capture(command, Some(std::time::Duration::from_secs(10)));
    let version = match answer {
        Ok((ended, stdout, _)) if ended.status.success() && !stdout.is_empty() => {
            first_line(&stdout)
        }
        _ => "does not say its version".to_owned(),
    };
    let other = if version == concat!("covgate ", env!("CARGO_PKG_VERSION")) {
        String::new()
    } else {
        format!("; this is {}", env!("CARGO_PKG_VERSION"))
    };
    format!("{program} ({version}{other})")
}

fn first_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.lines().next().unwrap_or_default().trim().chars().take(60).collect()
}
