//! Owns repositories in temporary folders, with a remote beside them, in an environment where git
//! sees nothing of the user's.
//! Must not know covgate's library: it reads covgate's output only.

#![expect(clippy::unwrap_used, clippy::panic, reason = "support of tests")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};

use crate::support::module::Ran;

/// The hook as it is in covgate's own repository.
pub(super) const HOOK: &str = include_str!("../../../hooks/pre-push");

/// A repository `work`, its remote `remote.git`, a `bin` that is all of PATH, an empty home.
pub(super) struct Repo {
    folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
}

impl Repo {
    /// A repository with one commit, not pushed.
    pub(super) fn new() -> Self {
        Self::with("", &["init", "--quiet", "--initial-branch=main", "work"])
    }

    /// A repository with another hash function.
    pub(super) fn sha256() -> Self {
        let format = "--object-format=sha256";
        Self::with(format, &["init", "--quiet", "--initial-branch=main", format, "work"])
    }

    fn with(remote_format: &str, init: &[&str]) -> Self {
        // A name that nothing may stumble over.
        let folder = tempfile::Builder::new().prefix("covgate höok ").tempdir().unwrap();
        let repo = Self { folder, environment: Vec::new() };
        for name in ["bin", "home"] {
            fs::create_dir(repo.path(name)).unwrap();
        }
        for tool in ["git", "sh", "cat", "env", "dirname", "basename", "ln", "readlink"] {
            symlink(which(tool), repo.path("bin").join(tool)).unwrap();
        }
        repo.script("bin/covgate", FAKE_COVGATE);
        repo.git_in("", init).exits(0);
        let bare: Vec<&str> =
            ["init", "--quiet", "--bare", "--initial-branch=main", remote_format, "remote.git"]
                .into_iter()
                .filter(|word| !word.is_empty())
                .collect();
        repo.git_in("", &bare).exits(0);
        repo.write("work/go.mod", "module example.com/m\n");
        repo.git(&["add", "."]).exits(0);
        repo.git(&["commit", "--quiet", "--message", "one"]).exits(0);
        repo.git(&["remote", "add", "origin", "../remote.git"]).exits(0);
        repo
    }

    /// Everything that runs from here on gets this variable.
    pub(super) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A path in the folder around everything.
    pub(super) fn path(&self, path: &str) -> Utf8PathBuf {
        let folder = self.folder.path().canonicalize().unwrap();
        Utf8PathBuf::from_path_buf(folder).unwrap().join(path)
    }

    /// Where git runs the hook from.
    pub(super) fn hook(&self) -> Utf8PathBuf {
        self.path("work/.git/hooks/pre-push")
    }

    /// Where covgate keeps the hook that was there before.
    pub(super) fn aside(&self) -> Utf8PathBuf {
        self.path("work/.git/hooks.before-covgate/pre-push")
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Writes an executable file.
    pub(super) fn script(&self, path: &str, text: &str) {
        self.write(path, text);
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub(super) fn read(&self, path: &str) -> String {
        let path = self.path(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// `covgate hook …` in the work tree.
    pub(super) fn covgate(&self, args: &[&str]) -> Ran {
        self.covgate_in("work", args)
    }

    /// `covgate hook …` in a folder.
    pub(super) fn covgate_in(&self, folder: &str, args: &[&str]) -> Ran {
        let mut command = self.command(env!("CARGO_BIN_EXE_covgate"), folder);
        command.arg("hook").args(args);
        self.finished(&mut command, b"")
    }

    /// The same in the work tree, with a stdout that nobody reads.
    pub(super) fn covgate_unread(&self, args: &[&str]) -> Ran {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = self.command(env!("CARGO_BIN_EXE_covgate"), "work");
        self.ended(command.arg("hook").args(args).stdout(writer), b"")
    }

    /// git in the work tree.
    pub(super) fn git(&self, args: &[&str]) -> Ran {
        self.git_in("work", args)
    }

    /// git in a folder.
    pub(super) fn git_in(&self, folder: &str, args: &[&str]) -> Ran {
        self.finished(self.command("git", folder).args(args), b"")
    }

    /// The hook itself, as git runs it.
    pub(super) fn run_hook(&self, stdin: &[u8]) -> Ran {
        let mut command = self.command(self.hook().as_str(), "work");
        self.finished(command.args(["origin", "../remote.git"]), stdin)
    }

    /// A commit's name in the work tree.
    pub(super) fn oid(&self, revision: &str) -> String {
        self.git(&["rev-parse", revision]).exits(0).stdout.trim().to_owned()
    }

    /// The remote's commit of a branch; empty if it has none.
    pub(super) fn remote_has(&self, branch: &str) -> String {
        let name = format!("refs/heads/{branch}");
        let ran = self.git_in("remote.git", &["for-each-ref", "--format=%(objectname)", &name]);
        ran.exits(0).stdout.trim().to_owned()
    }

    /// The log of the fake covgate and of other hooks that write to it.
    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// Every file below a folder, with its mode and its content, or the target of a link.
    pub(super) fn snapshot(&self, folder: &str) -> BTreeMap<Utf8PathBuf, (u32, Vec<u8>)> {
        let mut files = BTreeMap::new();
        collect(&self.path(folder), &mut files);
        files
    }

    fn command(&self, program: &str, folder: &str) -> Command {
        let program =
            if program == "git" { self.path("bin/git").into() } else { program.to_owned() };
        let mut command = Command::new(program);
        command.env_clear().current_dir(self.path(folder));
        let home = self.path("home");
        command.envs([("HOME", &home), ("XDG_CONFIG_HOME", &home)]);
        command.envs([("PATH", self.path("bin")), ("HOOK_LOG", self.path("log"))]);
        command.envs([("GIT_CONFIG_NOSYSTEM", "1"), ("LC_ALL", "C")]);
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "Tester");
            command.env(format!("GIT_{who}_EMAIL"), "tester@example.com");
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    fn finished(&self, command: &mut Command, stdin: &[u8]) -> Ran {
        self.ended(command.stdout(Stdio::piped()), stdin)
    }

    /// In the output, `[ROOT]` stands for the folder around everything.
    #[expect(clippy::disallowed_methods, reason = "the tests' own way to start programs")]
    fn ended(&self, command: &mut Command, stdin: &[u8]) -> Ran {
        command.stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        let stdin = stdin.to_owned();
        // A hook that does not read all of it is noticed by what was recorded.
        let writer = std::thread::spawn(move || drop(pipe.write_all(&stdin)));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        let root = self.path("");
        let root = root.as_str().trim_end_matches('/');
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(root, "[ROOT]");
        let code = output.status.code().unwrap_or_else(|| panic!("ended by {}", output.status));
        Ran { code, stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// Prints everything that it was given, and ends with `FAKE_EXIT`.
const FAKE_COVGATE: &str = r#"#!/bin/sh
if [ "$1" = -V ]; then
    echo "covgate 0.0.7"
    exit
fi
{
    printf 'covgate'
    printf ' <%s>' "$@"
    printf '\n'
    cat
} >>"$HOOK_LOG"
exit "${FAKE_EXIT:-0}"
"#;

/// A foreign hook that prints everything that it was given.
pub(super) const OTHER_HOOK: &str = r#"#!/bin/sh
{
    printf 'other'
    printf ' <%s>' "$@"
    printf '\n'
    cat
} >>"$HOOK_LOG"
exit "${OTHER_EXIT:-0}"
"#;

fn which(tool: &str) -> Utf8PathBuf {
    let path = std::env::var("PATH").unwrap();
    let found = path.split(':').map(|folder| Utf8Path::new(folder).join(tool));
    found.into_iter().find(|path| path.is_file()).unwrap_or_else(|| panic!("no {tool} on PATH"))
}

fn collect(path: &Utf8Path, files: &mut BTreeMap<Utf8PathBuf, (u32, Vec<u8>)>) {
    for entry in path.read_dir_utf8().unwrap() {
        let path = entry.unwrap().into_path();
        let meta = path.symlink_metadata().unwrap();
        let mode = meta.permissions().mode();
        if meta.is_dir() {
            collect(&path, files);
        } else if meta.is_symlink() {
            let target = path.read_link_utf8().unwrap();
            files.insert(path, (mode, target.into_string().into_bytes()));
        } else {
            let bytes = fs::read(&path).unwrap();
            files.insert(path, (mode, bytes));
        }
    }
}
