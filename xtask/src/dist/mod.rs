//! Owns `cargo xtask dist`: what a release has for one target. It must not know how programs are
//! built, nor how an archive is written.

mod archive;
mod build;
mod licences;

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use xshell::cmd;

use self::archive::{Entry, Kind};
use self::build::Build;
use crate::project::{Project, heading, say};

/// Each shell, with the folder and name of its completions.
const COMPLETIONS: [(&str, &str); 3] =
    [("bash", "covgate.bash"), ("fish", "covgate.fish"), ("zsh", "_covgate")];

const TEXTS: [&str; 4] = ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];

/// The steps of a job in CI, where it has no checkout of covgate.
const SCRIPTS: [&str; 5] = [
    "ci/common.sh",
    "ci/github/comment.sh",
    "ci/github/gate.sh",
    "ci/gitlab/comment.sh",
    "ci/gitlab/gate.sh",
];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The target to build for; rustup must have its standard library [default: this machine's]
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,

    /// Build HEAD twice, in two folders, and compare the bytes; writes nothing
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let host = build::host(project)?;
    let target = args.target.as_deref().unwrap_or(&host);
    if args.check {
        return check(project, target, &host);
    }
    heading(&format!("building covgate for {target}"));
    let folder = project.target.join("dist-build");
    let build = Build::new(project, &project.root, folder, target)?;
    let bytes = packed(project, &project.root, &build, target, &host)?;
    let listing = archive::verify(&bytes).context("the archive does not verify")?;

    let path = write(&project.target.join("dist"), target, &bytes)?;
    heading(path.as_str());
    listing.iter().for_each(|line| say(line));
    Ok(())
}

/// Packs programs that somebody has built for this machine, as a release has them, into a folder.
pub(crate) fn pack_built(
    project: &Project,
    covgate: &Utf8Path,
    cargo_covgate: &Utf8Path,
    into: &Utf8Path,
) -> Result<()> {
    let target = build::host(project)?;
    let programs = Programs { covgate, cargo_covgate, runs_here: covgate };
    write(into, &target, &archived(project, &project.root, &programs, &target, build::NO_TIME)?)?;
    Ok(())
}

/// Writes an archive into a folder, and the checksums of all that are there.
fn write(place: &Utf8Path, target: &str, bytes: &[u8]) -> Result<Utf8PathBuf> {
    fs::create_dir_all(place).with_context(|| format!("cannot create {place}"))?;
    let path = place.join(archive_name(env!("CARGO_PKG_VERSION"), target));
    fs::write(&path, bytes).with_context(|| format!("cannot write {path}"))?;
    write_sums(place)?;
    Ok(path)
}

fn folder_name(version: &str, target: &str) -> String {
    format!("covgate-{version}-{target}")
}

fn archive_name(version: &str, target: &str) -> String {
    format!("{}.tar.gz", folder_name(version, target))
}

/// Builds HEAD in two clones, in folders of different names and lengths, and compares the archives.
fn check(project: &Project, target: &str, host: &str) -> Result<()> {
    let sh = &project.sh;
    // Somebody may commit meanwhile.
    let commit = cmd!(sh, "git rev-parse HEAD").quiet().read().context("cannot ask git")?;
    let mut archives = Vec::new();
    for name in ["one", "another-one"] {
        let folder = tempfile::Builder::new().prefix(name).tempdir()?;
        let folder = Utf8Path::from_path(folder.path()).context("a folder is not UTF-8")?;
        let (root, target_folder) = (folder.join("src"), folder.join("built"));
        heading(&format!("building HEAD for {target} in {folder}"));
        let origin = &project.root;
        cmd!(sh, "git clone --quiet --no-hardlinks --no-checkout {origin} {root}").quiet().run()?;
        cmd!(sh, "git -C {root} checkout --quiet --detach {commit}").quiet().run()?;
        let build = Build::new(project, &root, target_folder, target)?;
        archives.push(packed(project, &root, &build, target, host)?);
    }
    let differing = archive::differing(&archives[0], &archives[1])?;
    ensure!(archives[0] == archives[1], "two builds of HEAD differ: {}", differing.join(", "));
    let sum = archive::sum_line(&archives[0], &archive_name(env!("CARGO_PKG_VERSION"), target));
    heading("two builds of HEAD are the same bytes");
    say(sum.trim_end());
    Ok(())
}

/// The archive of a checkout.
fn packed(
    project: &Project,
    root: &Utf8Path,
    build: &Build<'_>,
    target: &str,
    host: &str,
) -> Result<Vec<u8>> {
    let covgate = build.program("covgate")?;
    let cargo_covgate = build.program("cargo-covgate")?;
    // What is built for another machine may not run here.
    let runs_here =
        if target == host { covgate.clone() } else { project.build_release("--bin", "covgate")? };
    let programs =
        Programs { covgate: &covgate, cargo_covgate: &cargo_covgate, runs_here: &runs_here };
    archived(project, root, &programs, target, build.time())
}

/// The built programs, and a covgate that can be asked here for what it generates.
struct Programs<'a> {
    covgate: &'a Utf8Path,
    cargo_covgate: &'a Utf8Path,
    runs_here: &'a Utf8Path,
}

fn archived(
    project: &Project,
    root: &Utf8Path,
    programs: &Programs<'_>,
    target: &str,
    time: u64,
) -> Result<Vec<u8>> {
    let sh = &project.sh;
    let mut entries = made(project, programs.runs_here)?;
    entries.push(licence_list(project, target)?);
    for (name, path) in [("covgate", programs.covgate), ("cargo-covgate", programs.cargo_covgate)] {
        entries.push(Entry::new(name, Kind::Program, sh.read_binary_file(path)?));
    }
    let texts = TEXTS.iter().map(|name| (name, Kind::Text));
    for (name, kind) in texts.chain(SCRIPTS.iter().map(|name| (name, Kind::Program))) {
        entries.push(Entry::new(name, kind, sh.read_binary_file(root.join(name))?));
    }
    archive::pack(&folder_name(env!("CARGO_PKG_VERSION"), target), time, entries)
}

/// Writes the checksums of all archives in the folder, which may be of several targets.
fn write_sums(place: &Utf8Path) -> Result<()> {
    let mut lines = BTreeMap::new();
    for entry in place.read_dir_utf8()? {
        let entry = entry?;
        if entry.file_name().ends_with(".tar.gz") {
            let line = archive::sum_line(&fs::read(entry.path())?, entry.file_name());
            lines.insert(entry.file_name().to_owned(), line);
        }
    }
    let sums: String = lines.into_values().collect();
    fs::write(place.join(archive::SUMS), sums).context("cannot write the checksums")
}

/// The files that covgate generates itself.
fn made(project: &Project, covgate: &Utf8Path) -> Result<Vec<Entry>> {
    let sh = &project.sh;
    let mut entries = Vec::new();
    for (shell, file) in COMPLETIONS {
        let script = cmd!(sh, "{covgate} completions {shell}").quiet().output()?.stdout;
        entries.push(Entry::new(&format!("completions/{file}"), Kind::Text, script));
    }
    let manual = cmd!(sh, "{covgate} man").quiet().output()?.stdout;
    entries.push(Entry::new("man/covgate.1", Kind::Text, manual));
    Ok(entries)
}

fn licence_list(project: &Project, target: &str) -> Result<Entry> {
    let Project { sh, cargo, .. } = project;
    let metadata =
        cmd!(sh, "{cargo} metadata --format-version 1 --locked --filter-platform {target}")
            .quiet()
            .read()
            .context("cannot ask cargo for the dependencies")?;
    let list = licences::list(&serde_json::from_str(&metadata)?, "covgate-go")?;
    Ok(Entry::new("LICENSES-DEPENDENCIES.tsv", Kind::Text, list.into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `cargo binstall` knows a release by what Cargo.toml says of it.
    #[test]
    fn cargo_binstall_looks_for_what_is_packed() {
        let manifest = include_str!("../../../Cargo.toml");
        let (_, binstall) = manifest.split_once("[package.metadata.binstall]").unwrap();
        let value = |key: &str| {
            let line = binstall.lines().find_map(|line| line.strip_prefix(key)).unwrap();
            let value = line.trim_start_matches(" = ").trim_matches('"');
            value.replace("{ version }", "1.2.3").replace("{ target }", "T")
        };
        let url = format!("{{ repo }}/releases/download/v1.2.3/{}", archive_name("1.2.3", "T"));
        assert_eq!(value("pkg-url"), url);
        let program = value("bin-dir").replace("{ bin }{ binary-ext }", "covgate");
        assert_eq!(program, format!("{}/covgate", folder_name("1.2.3", "T")));
    }

    #[test]
    fn the_checksums_are_of_all_archives() {
        let folder = tempfile::tempdir().unwrap();
        let place = Utf8Path::from_path(folder.path()).unwrap();
        for name in ["b.tar.gz", "a.tar.gz", "notes"] {
            fs::write(place.join(name), name).unwrap();
        }
        write_sums(place).unwrap();
        let sums = fs::read_to_string(place.join("SHA256SUMS")).unwrap();
        let names: Vec<&str> = sums.lines().map(|line| line.split_once("  ").unwrap().1).collect();
        assert_eq!(names, ["a.tar.gz", "b.tar.gz"]);
    }

    #[test]
    fn every_script_is_there() {
        let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for name in SCRIPTS {
            assert!(root.join(name).is_file(), "{name}");
        }
    }
}
