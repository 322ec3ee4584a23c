//! Owns git repositories with Go modules in temporary folders, each beside a bare remote, and the
//! programs that run in them.
//! Must not know covgate's library: it reads covgate's output only.

#![expect(clippy::unwrap_used, clippy::panic, reason = "support of tests")]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::rc::Rc;
use std::sync::LazyLock;

use camino::{Utf8Path, Utf8PathBuf};

use crate::support::module::{GO, GOGC};

/// A work tree in a temporary folder that is removed when its last handle is dropped. `origin` is a
/// bare repository beside it; the hook is installed.
#[derive(Clone)]
pub(crate) struct Repository {
    world: Rc<World>,
    /// The work tree, or the bare repository, in which commands run.
    folder: Utf8PathBuf,
    environment: Vec<(String, String)>,
}

struct World {
    temporary: tempfile::TempDir,
}

/// What a program printed, and how it ended.
pub(crate) struct Ran {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// What the user's go says about itself, asked once: where it is, and where its build cache is.
struct UsersGo {
    program: Utf8PathBuf,
    places: Vec<(&'static str, String)>,
}

static USERS_GO: LazyLock<UsersGo> = LazyLock::new(|| {
    let names = ["GOROOT", "GOCACHE", "GOMODCACHE", "GOPATH"];
    let mut command = Command::new(GO.as_str());
    command.arg("env").args(names).env("GOTOOLCHAIN", "local").env("GOFLAGS", "");
    let answer = run(&mut command).succeeds().stdout;
    let mut lines = answer.lines().map(str::to_owned);
    let root = Utf8PathBuf::from(lines.next().unwrap());
    let places = names.into_iter().skip(1).zip(lines).collect();
    UsersGo { program: root.join("bin/go"), places }
});

/// The go of the tests, as an absolute path.
pub(crate) fn real_go() -> &'static Utf8Path {
    &USERS_GO.program
}

const HOOK: &str = "#!/bin/sh\nexec \"$COVGATE\" hook run pre-push \"$@\"\n";
const GOFLAGS: &str = "-buildvcs=false -trimpath -vet=off";

impl Repository {
    /// An empty repository on branch `main`, with a module of its own name.
    pub(crate) fn new() -> Self {
        Self::with("repository", &[])
    }

    /// A repository in a folder of this name, made by `git init` with these flags.
    pub(crate) fn with(name: &str, flags: &[&str]) -> Self {
        let temporary = tempfile::Builder::new().prefix("covgate-push-").tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(temporary.path().canonicalize().unwrap()).unwrap();
        // An empty home, except that go's telemetry is off: it would write there after go has
        // ended.
        fs::create_dir_all(root.join("config/go/telemetry")).unwrap();
        fs::write(root.join("config/go/telemetry/mode"), "off").unwrap();
        fs::create_dir(root.join("bin")).unwrap();
        symlink(real_go(), root.join("bin/go")).unwrap();
        symlink(env!("CARGO_BIN_EXE_covgate"), root.join("bin/covgate")).unwrap();
        let folder = root.join(name);
        fs::create_dir_all(&folder).unwrap();
        let repository =
            Self { world: Rc::new(World { temporary }), folder, environment: Vec::new() };
        repository.git(&[&["init", "--quiet", "--initial-branch=main"], flags].concat());
        let remote = repository.remote();
        let bare = ["init", "--quiet", "--bare", "--initial-branch=main", remote.as_str()];
        repository.git(&[&bare, flags].concat());
        repository.git(&["remote", "add", "origin", remote.as_str()]);
        // As `git clone` leaves it.
        let head = ["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"];
        repository.git(&head);
        repository.hook(HOOK);
        repository.write("go.mod", "module m\n\ngo 1.22\n");
        repository
    }

    /// A repository with the packages `a`, `b`, which imports it, and `c`; all pass, nothing is
    /// committed.
    pub(crate) fn module() -> Self {
        let repository = Self::new();
        repository.packages();
        repository
    }

    /// Writes those packages.
    pub(crate) fn packages(&self) {
        self.package("a", 1);
        self.write("b/b.go", "package b\n\nimport \"m/a\"\n\nfunc F() int { return a.F() }\n");
        self.write(
            "b/b_test.go",
            "package b\n\nimport \"testing\"\n\nfunc Test(t *testing.T) { F() }\n",
        );
        self.package("c", 1);
    }

    /// A package whose one function returns `value`; its test wants 1.
    pub(crate) fn package(&self, folder: &str, value: u8) {
        let name = Utf8Path::new(folder).file_name().unwrap();
        let source = format!("package {name}\n\nfunc F() int {{ return {value} }}\n");
        self.write(&format!("{folder}/{name}.go"), &source);
        let test = format!(
            "package {name}\n\nimport \"testing\"\n\nfunc Test(t *testing.T) {{\n\tif F() != 1 {{\n\t\tt.Fatal(\"not one\")\n\t}}\n}}\n"
        );
        self.write(&format!("{folder}/{name}_test.go"), &test);
    }

    /// The same repository, with commands that run in one of its folders.
    pub(crate) fn at(&self, folder: impl AsRef<Utf8Path>) -> Self {
        Self { folder: self.folder.join(folder), ..self.clone() }
    }

    /// The same repository, with commands that run in a folder beside it.
    pub(crate) fn beside(&self, folder: &str) -> Self {
        self.at(self.root().join(folder))
    }

    /// All programs get this variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The folder in which commands run.
    pub(crate) fn folder(&self) -> &Utf8Path {
        &self.folder
    }

    /// The folder around everything.
    pub(crate) fn root(&self) -> Utf8PathBuf {
        Utf8PathBuf::from_path_buf(self.world.temporary.path().canonicalize().unwrap()).unwrap()
    }

    /// The bare repository that receives pushes.
    pub(crate) fn remote(&self) -> Utf8PathBuf {
        self.root().join("remote.git")
    }

    /// covgate's own folder in the common git directory.
    pub(crate) fn home(&self) -> Utf8PathBuf {
        let answer = self.git(&["rev-parse", "--path-format=absolute", "--git-common-dir"]);
        Utf8PathBuf::from(answer).join("covgate")
    }

    /// Writes a file, and the folders above it.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Removes a file or a folder.
    pub(crate) fn remove(&self, path: &str) {
        let path = self.folder.join(path);
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
    }

    /// Installs a script as the hook.
    pub(crate) fn hook(&self, script: &str) {
        let hooks = self.git(&["rev-parse", "--path-format=absolute", "--git-path", "hooks"]);
        fs::create_dir_all(&hooks).unwrap();
        executable(&Utf8PathBuf::from(hooks).join("pre-push"), script);
    }

    /// Commits everything except ignored files; returns the commit.
    pub(crate) fn commit(&self) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message=x"]);
        self.oid("HEAD")
    }

    /// The object that a revision names.
    pub(crate) fn oid(&self, revision: &str) -> String {
        self.git(&["rev-parse", "--verify", revision])
    }

    /// All refs of the remote, one per line: `main 0123…`.
    pub(crate) fn remote_refs(&self) -> String {
        self.at(self.remote()).git(&["for-each-ref", "--format=%(refname) %(objectname)"])
    }

    /// `git push` with these arguments.
    pub(crate) fn push(&self, args: &[&str]) -> Ran {
        run(&mut self.push_command(args))
    }

    /// `git push`, not started yet.
    pub(crate) fn push_command(&self, args: &[&str]) -> Command {
        self.command("git", &[&["push"], args].concat())
    }

    /// Runs git, which must succeed; returns what it prints, without the newline.
    #[track_caller]
    pub(crate) fn git(&self, args: &[&str]) -> String {
        run(&mut self.command("git", args)).succeeds().stdout.trim_end().to_owned()
    }

    /// covgate itself.
    pub(crate) fn covgate(&self, args: &[&str]) -> Ran {
        run(&mut self.command("covgate", args))
    }

    /// The hook as git calls it for a push of `commit` to a branch that is at `base`.
    pub(crate) fn hook_run(&self, commit: &str, base: &str, args: &[&str]) -> Ran {
        let refs = self.root().join("refs");
        fs::write(&refs, format!("refs/heads/x {commit} refs/heads/x {base}\n")).unwrap();
        let mut command = self
            .command("covgate", &[&["hook", "run", "pre-push", "origin", "url"], args].concat());
        command.stdin(fs::File::open(&refs).unwrap());
        run(&mut command)
    }

    /// A line of shell.
    pub(crate) fn shell(&self, line: &str) -> Ran {
        run(&mut self.command("sh", &["-c", line]))
    }

    /// Uses a go that logs each of its calls. Also returns a function that reads the calls since
    /// the last time.
    pub(crate) fn logging_go(self) -> (Self, impl Fn() -> Vec<String>) {
        let root = self.root().join("logged");
        let log = root.join("calls");
        fs::create_dir_all(root.join("bin")).unwrap();
        // This file makes a folder a GOROOT for covgate.
        fs::write(root.join("VERSION"), "go1.0\n").unwrap();
        let script = format!("#!/bin/sh\necho \"$*\" >>'{log}'\nexec '{}' \"$@\"\n", real_go());
        executable(&root.join("bin/go"), &script);
        let path = format!("{}:{}", root.join("bin"), self.path_variable());
        let calls = move || {
            let calls = fs::read_to_string(&log).unwrap_or_default();
            let _ = fs::remove_file(&log);
            calls.lines().map(str::to_owned).collect()
        };
        (self.env("PATH", &path), calls)
    }

    fn path_variable(&self) -> String {
        format!("{}:{}", self.root().join("bin"), std::env::var("PATH").unwrap())
    }

    /// A program in an environment without anything of the user's, except for go's build cache.
    pub(crate) fn command(&self, program: &str, args: &[&str]) -> Command {
        let root = self.root();
        let path = self.path_variable();
        // Found on our PATH, which may differ from the child's.
        let own = root.join("bin").join(program);
        let mut command = if own.exists() { Command::new(own) } else { Command::new(program) };
        command.args(args).current_dir(&self.folder).stdin(Stdio::null()).env_clear();
        command.env("PATH", path).env("HOME", &root).env("XDG_CONFIG_HOME", root.join("config"));
        command.envs(USERS_GO.places.iter().map(|(name, value)| (name, value)));
        command.envs([("GOTOOLCHAIN", "local"), ("GOFLAGS", GOFLAGS), ("GOPROXY", "off")]);
        command.env("GOGC", GOGC);
        command.env("COVGATE", env!("CARGO_BIN_EXE_covgate"));
        // This saves a go command in each gate.
        command.env("COVGATE_PREWARM", "never");
        command.envs([("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_TERMINAL_PROMPT", "0")]);
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "Tester");
            command.env(format!("GIT_{role}_EMAIL"), "tester@example.com");
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

impl Ran {
    /// Checks that it succeeded.
    #[track_caller]
    pub(crate) fn succeeds(self) -> Self {
        assert!(self.status.success(), "{self}");
        self
    }

    /// Checks that it ended with this code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.status.code(), Some(code), "{self}");
        self
    }

    /// Checks that its stderr contains this.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "no `{text}` in:\n{self}");
        self
    }

    /// Checks that its stderr does not contain this.
    #[track_caller]
    pub(crate) fn lacks(self, text: &str) -> Self {
        assert!(!self.stderr.contains(text), "`{text}` in:\n{self}");
        self
    }

    /// The rows of all reports, `PASS a`, wherever they were printed.
    pub(crate) fn rows(&self) -> Vec<String> {
        self.table().iter().map(|(status, _, label)| format!("{status} {label}")).collect()
    }

    /// Status, coverage and package of each row.
    pub(crate) fn table(&self) -> Vec<(&str, &str, &str)> {
        self.stdout.lines().chain(self.stderr.lines()).filter_map(row).collect()
    }

    /// How many reports there are.
    pub(crate) fn reports(&self) -> usize {
        self.stderr.matches("Checking per-package coverage").count()
    }

    /// The lines that covgate prints besides its reports.
    pub(crate) fn words(&self) -> Vec<&str> {
        self.stderr.lines().filter_map(|line| line.strip_prefix("covgate: ")).collect()
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { status, stdout, stderr } = self;
        write!(f, "{status}\n--- stdout\n{stdout}--- stderr\n{stderr}---")
    }
}

/// Reads `[1/3]  PASS  100.0%  80.0%  0.0s  a`, with or without the number.
fn row(line: &str) -> Option<(&str, &str, &str)> {
    let line = match line.trim_start().strip_prefix('[') {
        Some(numbered) => numbered.split_once("]  ")?.1,
        None => line,
    };
    let mut words = line.split_whitespace();
    let status = words.next().filter(|word| ["PASS", "FAIL", "LOOSE"].contains(word))?;
    let (coverage, _, _, label) = (words.next()?, words.next()?, words.next()?, words.next()?);
    Some((status, coverage.trim_end_matches('%'), label))
}

/// Writes a script.
pub(crate) fn executable(path: &Utf8Path, script: &str) {
    fs::write(path, script).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Starts a program with its output in pipes.
#[expect(clippy::disallowed_methods, reason = "the tests' own way to start programs")]
pub(crate) fn start(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap_or_else(|error| panic!("{}: {error}", command.get_program().display()))
}

/// Waits for its end.
pub(crate) fn finish(child: Child) -> Ran {
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran { status: output.status, stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn run(command: &mut Command) -> Ran {
    finish(start(command))
}
