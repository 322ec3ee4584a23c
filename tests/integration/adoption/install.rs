//! `install.sh`, against releases of a server on the loopback interface.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::{Ran, on_path, ran, script, sha256};
use crate::support::server::{Answer, Server};

pub(super) const TARGET: &str = "x86_64-unknown-linux-gnu";
const NAME: &str = "covgate-1.2.3-x86_64-unknown-linux-gnu";

/// A release's archive, whose covgate is a script that knows its version.
fn archive(version: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let name = format!("covgate-{version}-{TARGET}");
    let place = folder.path().join(&name);
    fs::create_dir_all(place.join("ci/github")).unwrap();
    fs::write(place.join("ci/github/gate.sh"), "").unwrap();
    let covgate = place.join("covgate");
    fs::write(&covgate, format!("#!/bin/sh\necho covgate {version}\n")).unwrap();
    fs::set_permissions(&covgate, fs::Permissions::from_mode(0o755)).unwrap();
    let tar = folder.path().join("a.tar.gz");
    let packed =
        ran(Command::new("tar").arg("-czf").arg(&tar).arg("-C").arg(folder.path()).arg(&name));
    assert_eq!(packed.code, Some(0), "{packed:?}");
    fs::read(tar).unwrap()
}

fn sums(archive: &[u8]) -> String {
    format!("{}  {NAME}.tar.gz\n{:064}  covgate-1.2.3-x-other.tar.gz\n", sha256(archive), 0)
}

/// A server of the release 1.2.3, which is also the latest.
fn release(sums: &str, archive: Answer) -> Server {
    let mut files: HashMap<String, Answer> = HashMap::new();
    for folder in ["v1.2.3", "latest"] {
        let place = if folder == "latest" { "latest/download" } else { "download/v1.2.3" };
        files.insert(format!("/releases/{place}/SHA256SUMS"), Answer::ok(sums));
    }
    files.insert(format!("/releases/download/v1.2.3/{NAME}.tar.gz"), archive);
    Server::new(move |asked| files.get(&asked.path).cloned().unwrap_or(Answer::status(404)))
}

pub(super) fn good() -> Server {
    let archive = archive("1.2.3");
    release(&sums(&archive), Answer::ok(archive))
}

/// A home, and what install.sh does there.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn installer(&self, server: &Server, args: &[&str]) -> Command {
        let mut command = script("install.sh");
        command.args(["--target", TARGET]).args(args);
        command.env("HOME", self.path()).env("INSTALL_COVGATE_FROM", server.url());
        command
    }

    fn install(&self, server: &Server, args: &[&str]) -> Ran {
        ran(&mut self.installer(server, args))
    }

    /// All files below the home.
    fn files(&self) -> Vec<String> {
        let found = ran(Command::new("find").args([".", "-type", "f"]).current_dir(self.path()));
        let mut files: Vec<String> = found.stdout.lines().map(str::to_owned).collect();
        files.sort();
        files
    }
}

#[track_caller]
fn refuses(ran: &Ran, first_line: &str) {
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert!(lines.iter().any(|line| line.starts_with(first_line)), "{ran:?}");
}

#[test]
fn the_latest_is_installed_without_root_and_says_what_to_add_to_path() {
    let (server, home) = (good(), Home::new());
    let ran = home.install(&server, &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.stdout, "");
    let place = home.path().join(".local/bin");
    let place = place.display();
    assert_eq!(
        ran.stderr,
        format!(
            "installed covgate 1.2.3 as {place}/covgate\n\
             {place} is not on your PATH. Add this line to the start file of your shell (~/.profile, ~/.zshrc):\n  \
             export PATH=\"{place}:$PATH\"\n\
             to take it away: rm {place}/covgate\n"
        )
    );
    assert_eq!(home.files(), ["./.local/bin/covgate"], "nothing else is left");
}

#[test]
fn running_twice_is_running_once() {
    let (server, home) = (good(), Home::new());
    let to = home.path().join("bin");
    let to = to.to_str().unwrap();
    for version in ["1.2.3", "v1.2.3"] {
        let path = super::path_with(&[Path::new(to)]);
        let mut installer = home.installer(&server, &["--version", version, "--to", to]);
        let ran = ran(installer.env("PATH", path));
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(!ran.stderr.contains("PATH"), "it is on PATH: {ran:?}");
    }
    assert_eq!(home.files(), ["./bin/covgate"]);
}

#[test]
fn a_wrong_checksum_installs_nothing() {
    let (archive, home) = (archive("1.2.3"), Home::new());
    let server = release(&sums(b"other"), Answer::ok(archive.clone()));
    let ran = home.install(&server, &[]);
    let (actual, expected) = (sha256(&archive), sha256(b"other"));
    refuses(
        &ran,
        &format!(
            "error: {NAME}.tar.gz is not what SHA256SUMS says: {actual} instead of {expected}"
        ),
    );
    assert!(home.files().is_empty());
}

#[test]
fn a_cut_download_installs_nothing() {
    let home = Home::new();
    let archive = archive("1.2.3");
    let server = release(&sums(&archive), Answer::ok(archive).cut());
    let ran = home.install(&server, &[]);
    refuses(
        &ran,
        &format!("error: cannot download {}/releases/download/v1.2.3/{NAME}", server.url()),
    );
    assert!(home.files().is_empty());
}

#[test]
fn a_release_without_this_platform_says_what_it_has() {
    let (server, home) = (good(), Home::new());
    let ran = home.install(&server, &["--target", "riscv64-unknown-linux-gnu"]);
    refuses(&ran, "error: the release latest has nothing for riscv64-unknown-linux-gnu");
    assert!(ran.stderr.contains("it has:\n  1.2.3-x86_64-unknown-linux-gnu\n"), "{ran:?}");
    assert!(home.files().is_empty());
}

#[test]
fn an_unknown_version_is_refused() {
    let (server, home) = (good(), Home::new());
    let ran = home.install(&server, &["--version", "9.9.9"]);
    refuses(
        &ran,
        &format!("error: cannot download {}/releases/download/v9.9.9/SHA256SUMS", server.url()),
    );
    assert_eq!(home.install(&server, &["--version", "../x"]).code, Some(2));
    assert_eq!(home.install(&server, &["--nonsense"]).code, Some(2));
}

/// What `uname`, `getconf` and `sysctl` say, and the archive that is looked for.
#[test]
fn the_platform_is_found() {
    let server = good();
    for (system, machine, libc, rosetta, expected) in [
        ("Linux", "x86_64", "glibc 2.36", "", "x86_64-unknown-linux-gnu"),
        ("Linux", "aarch64", "glibc 2.17", "", "aarch64-unknown-linux-gnu"),
        ("Linux", "x86_64", "glibc 2.12", "", "x86_64-unknown-linux-musl"),
        ("Linux", "arm64", "", "", "aarch64-unknown-linux-musl"),
        ("Darwin", "arm64", "", "0", "aarch64-apple-darwin"),
        ("Darwin", "x86_64", "", "0", "x86_64-apple-darwin"),
        ("Darwin", "x86_64", "", "1", "aarch64-apple-darwin"),
        ("FreeBSD", "amd64", "", "", "x86_64-FreeBSD"),
    ] {
        let (home, fakes) = (Home::new(), tempfile::tempdir().unwrap());
        let uname = format!("case $1 in -s) echo {system};; -m) echo {machine};; esac");
        let says = [
            ("uname", uname),
            ("getconf", format!("echo '{libc}'")),
            ("sysctl", format!("echo '{rosetta}'")),
        ];
        for (name, line) in says {
            let path = fakes.path().join(name);
            fs::write(&path, format!("#!/bin/sh\n{line}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let mut installer = script("install.sh");
        installer.env("HOME", home.path()).env("INSTALL_COVGATE_FROM", server.url());
        let ran = ran(installer.env("PATH", super::path_with(&[fakes.path()])));
        match expected {
            TARGET => assert_eq!(ran.code, Some(0), "{ran:?}"),
            _ => refuses(&ran, &format!("error: the release latest has nothing for {expected}")),
        }
    }
}

/// A folder with the tools that the script needs, and the named ones only of those that download.
fn tools(downloaders: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let plain = [
        "chmod",
        "cp",
        "cut",
        "getconf",
        "head",
        "mkdir",
        "mktemp",
        "mv",
        "rm",
        "sed",
        "sh",
        "sha256sum",
        "shasum",
        "tar",
        "gzip",
        "uname",
    ];
    for name in plain.iter().chain(downloaders) {
        if let Some(path) = on_path(name) {
            std::os::unix::fs::symlink(path, folder.path().join(name)).unwrap();
        }
    }
    folder
}

#[test]
fn wget_serves_where_there_is_no_curl() {
    let (server, home) = (good(), Home::new());
    let wget = tools(&["wget"]);
    let installed = ran(home.installer(&server, &[]).env("PATH", wget.path()));
    assert_eq!(installed.code, Some(0), "{installed:?}");
    assert_eq!(home.files(), ["./.local/bin/covgate"]);

    let neither = ran(home.installer(&server, &[]).env("PATH", tools(&[]).path()));
    refuses(&neither, "error: there is neither curl nor wget");
}

#[test]
fn a_folder_that_cannot_be_written_is_known_before_any_download() {
    let (server, home) = (good(), Home::new());
    fs::write(home.path().join("file"), "").unwrap();
    let below = home.path().join("file/bin");
    let below = below.to_str().unwrap();
    refuses(&home.install(&server, &["--to", below]), "error: cannot make the folder");
    if cfg!(target_os = "linux") {
        refuses(
            &home.install(&server, &["--to", "/proc"]),
            "error: cannot write into the folder /proc",
        );
    }
    assert_eq!(server.lines(), [""; 0]);
}

#[test]
fn what_the_cache_holds_is_compared_again() {
    let (server, home) = (good(), Home::new());
    let cache = home.path().join("cache");
    let args =
        ["--cache", cache.to_str().unwrap(), "--ci", home.path().join("ci").to_str().unwrap()]
            .map(str::to_owned);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let archives =
        |server: &Server| server.lines().iter().filter(|line| line.ends_with(".tar.gz")).count();
    for _ in 0..2 {
        assert_eq!(home.install(&server, &args).code, Some(0));
    }
    assert_eq!(archives(&server), 1);
    assert!(home.path().join("ci/github/gate.sh").is_file());

    fs::write(cache.join(format!("{NAME}.tar.gz")), "poison").unwrap();
    assert_eq!(home.install(&server, &args).code, Some(0));
    assert_eq!(archives(&server), 2);
}

/// What is published knows its address; until then, a copy says so.
#[test]
fn a_copy_without_an_address_says_so() {
    let home = Home::new();
    let mut installer = script("install.sh");
    let ran =
        ran(installer.env("HOME", home.path()).env("INSTALL_COVGATE_FROM", "https://x/OWNER/name"));
    refuses(&ran, "error: this install.sh does not know where covgate is published");
}
