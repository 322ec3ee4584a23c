//! Owns Go modules in temporary folders, and the two programs that run in them: covgate, and the go
//! that it is compared with.
//! Must not know covgate's library: it reads covgate's output only.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "support of tests")]

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, ExitStatus};
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};

/// A Go module in a folder that is removed when this is dropped.
pub(crate) struct Module {
    folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
}

/// What a program printed, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The results of plain `go test -cover -coverprofile`.
pub(crate) struct Plain {
    pub(crate) ran: Ran,
    /// By import path: `66.7`, or `None` if go prints no percentage.
    pub(crate) percentages: BTreeMap<String, Option<String>>,
    /// Covered and all statements, by import path, from the profile.
    pub(crate) statements: BTreeMap<String, (u64, u64)>,
    pub(crate) profile: String,
}

/// The go of the tests: `COVGATE_TEST_GO`, or `go` on PATH. A test that needs go and finds none
/// fails.
pub(crate) static GO: LazyLock<String> = LazyLock::new(|| match std::env::var("COVGATE_TEST_GO") {
    Ok(go) if Utf8Path::new(&go).is_absolute() => go,
    Ok(go) => panic!("COVGATE_TEST_GO is `{go}`, not an absolute path"),
    Err(_) => "go".to_owned(),
});

/// The compiler and the linker of small packages collect garbage for nothing: this saves some of the
/// time, and costs no memory that one would notice.
pub(crate) const GOGC: &str = "400";

/// The minor release of that go: 26 for go1.26.8.
pub(crate) static GO_MINOR: LazyLock<u32> = LazyLock::new(|| {
    let version = go_env("GOVERSION");
    let rest = version.strip_prefix("go1.").unwrap_or_else(|| panic!("not a go: {version}"));
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
});

/// Whether packages with C can be built: go allows it, and the compiler that it names exists.
pub(crate) static HAS_CGO: LazyLock<bool> = LazyLock::new(|| {
    let compiler = go_env("CC");
    let program = compiler.split_whitespace().next().unwrap_or("cc");
    go_env("CGO_ENABLED") == "1" && run(clean(program).arg("--version")).is_some()
});

impl Module {
    /// A module from a txtar archive: `-- path --` on a line of its own, then the file's text.
    pub(crate) fn new(archive: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("covgate-test-").tempdir().unwrap();
        let module = Self { folder, environment: Vec::new() };
        for (path, text) in files(archive) {
            module.write(path, text);
        }
        module
    }

    /// Both go and covgate get this variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Its folder, as go names it.
    pub(crate) fn path(&self) -> Utf8PathBuf {
        let path = self.folder.path().canonicalize().unwrap();
        Utf8PathBuf::from_path_buf(path).unwrap()
    }

    /// Writes a file, and the folders above it.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Makes every file old enough for go to trust its time.
    pub(crate) fn age(&self) {
        let old = SystemTime::now() - Duration::from_secs(3600);
        age(&self.path(), old);
    }

    /// `covgate check` with these arguments, in the module's folder.
    pub(crate) fn check(&self, args: &[&str]) -> Ran {
        self.check_in("", args)
    }

    /// `covgate check` in a folder of the module.
    pub(crate) fn check_in(&self, folder: &str, args: &[&str]) -> Ran {
        finished(&mut self.check_command(folder, args))
    }

    /// Another covgate command that measures, in the module's folder.
    pub(crate) fn covgate(&self, command: &str, args: &[&str]) -> Ran {
        let mut covgate = clean(env!("CARGO_BIN_EXE_covgate"));
        covgate.args([command, "--go", &GO]).args(args);
        self.settle(&mut covgate, "");
        finished(&mut covgate)
    }

    /// A go that logs each call on a line, and then runs it; and the path of its log.
    pub(crate) fn counted_go(&self) -> (Utf8PathBuf, Utf8PathBuf) {
        use std::os::unix::fs::PermissionsExt;
        let (program, log) = (self.path().join(".go"), self.path().join(".go.log"));
        let script = format!("#!/bin/sh\necho \"$@\" >> {log}\nexec '{}' \"$@\"\n", *GO);
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        (program, log)
    }

    /// A covgate command with another go.
    pub(crate) fn covgate_with(&self, go: &Utf8Path, command: &str, args: &[&str]) -> Ran {
        let mut covgate = clean(env!("CARGO_BIN_EXE_covgate"));
        covgate.args([command, "--go", go.as_str()]).args(args);
        self.settle(&mut covgate, "");
        finished(&mut covgate)
    }

    /// A command that covgate printed, pasted into a shell in a folder of the module.
    pub(crate) fn paste(&self, folder: &str, command: &str) -> Ran {
        let mut shell = clean("/bin/sh");
        shell.args(["-c", &format!("covgate() {{ \"$0\" \"$@\"; }}; {command}")]);
        shell.arg(env!("CARGO_BIN_EXE_covgate"));
        self.settle(&mut shell, folder);
        finished(&mut shell)
    }

    /// A command of covgate's that needs no go, in the module's folder.
    pub(crate) fn plain_covgate(&self, command: &str, args: &[&str]) -> Ran {
        let mut covgate = clean(env!("CARGO_BIN_EXE_covgate"));
        covgate.arg(command).args(args).env("PATH", "");
        self.settle(&mut covgate, "");
        finished(&mut covgate)
    }

    /// `covgate check`, not started yet. Arguments before a `--` of the caller's stay before it.
    pub(crate) fn check_command(&self, folder: &str, args: &[&str]) -> Command {
        let mut command = clean(env!("CARGO_BIN_EXE_covgate"));
        command.args(["check", "--go", &GO]).args(args);
        self.settle(&mut command, folder);
        command
    }

    /// go itself, in the module's folder, without a `go.work`, as covgate runs it.
    pub(crate) fn go(&self, args: &[&str]) -> Ran {
        let mut command = clean(&GO);
        command.args(args).env("GOWORK", "off");
        self.settle(&mut command, "");
        finished(&mut command)
    }

    /// git, in the module's folder, without the user's settings.
    pub(crate) fn git(&self, args: &[&str]) -> Ran {
        let identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"];
        let mut command = clean("git");
        command.args(identity).args(args).current_dir(self.path());
        finished(command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1"))
    }

    /// `go test` with coverage, as a user would run it. `flags` are more flags, or patterns.
    pub(crate) fn plain(&self, flags: &[&str]) -> Plain {
        let profile = tempfile::NamedTempFile::new().unwrap();
        let flag = format!("-coverprofile={}", profile.path().display());
        let ran = self.go(&[&["test", "-cover", &flag], flags].concat());
        let profile = fs::read_to_string(profile.path()).unwrap();
        Plain {
            percentages: ran.stdout.lines().filter_map(percentage).collect(),
            statements: count_statements(&profile),
            profile,
            ran,
        }
    }

    fn settle(&self, command: &mut Command, folder: &str) {
        command.current_dir(self.path().join(folder));
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
    }
}

impl Ran {
    /// The rows of the report, in either shape of the table.
    pub(crate) fn rows(&self) -> Vec<Row> {
        self.stdout.lines().filter_map(Row::read).collect()
    }

    /// The one row of a package.
    pub(crate) fn row(&self, label: &str) -> Row {
        let mut rows = self.rows().into_iter().filter(|row| row.label == label);
        let row = rows.next().unwrap_or_else(|| panic!("no row for {label}:\n{self}"));
        assert!(rows.next().is_none(), "two rows for {label}:\n{self}");
        row
    }

    /// What the report shows of failing packages.
    pub(crate) fn details(&self) -> String {
        let lines = self.body().filter(|line| Row::read(line.trim_end()).is_none());
        lines.collect()
    }

    /// What the plain table shows below one row, without the empty lines around it.
    pub(crate) fn detail(&self, label: &str) -> String {
        let is_its = |line: &str| Row::read(line.trim_end()).map(|row| row.label == label);
        let below = self.body().skip_while(|line| is_its(line) != Some(true)).skip(1);
        let lines: String = below.take_while(|line| is_its(line).is_none()).collect();
        format!("{}\n", lines.trim_matches('\n'))
    }

    /// Everything between the table's head and the end.
    fn body(&self) -> impl Iterator<Item = &str> {
        let table = self.stdout.split_once("-------  --------  --------  --------  -------\n");
        let (_, after) = table.unwrap_or_else(|| panic!("no table:\n{self}"));
        let (body, _) = after.rsplit_once("\nTotal time: ").unwrap();
        body.split_inclusive('\n')
    }

    /// Checks that it ended with this code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self}");
        self
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { code, stdout, stderr } = self;
        write!(f, "exit {code}\n--- stdout\n{stdout}--- stderr\n{stderr}---")
    }
}

/// One row of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) status: String,
    /// Without the percent sign; `---` if there is none.
    pub(crate) coverage: String,
    pub(crate) required: String,
    pub(crate) time: String,
    pub(crate) label: String,
    /// Without brackets; empty if there is none.
    pub(crate) suffix: String,
}

impl Row {
    fn read(line: &str) -> Option<Self> {
        let line = match line.trim_start().strip_prefix('[') {
            Some(counted) => counted.split_once("]  ")?.1,
            None => line.trim_start(),
        };
        let mut words = line.split_whitespace();
        let status = words.next()?;
        if !["PASS", "FAIL", "LOOSE", "SKIPPED"].contains(&status) {
            return None;
        }
        let mut next = || words.next().map(|word| word.trim_end_matches('%').to_owned());
        let (coverage, required, time, label) = (next()?, next()?, next()?, next()?);
        let suffix: Vec<&str> = words.collect();
        let suffix = suffix.join(" ").trim_start_matches('(').trim_end_matches(')').to_owned();
        Some(Self { status: status.to_owned(), coverage, required, time, label, suffix })
    }
}

/// The import path and percentage of a line of `go test -cover`; `None` for other lines.
fn percentage(line: &str) -> Option<(String, Option<String>)> {
    let fields: Vec<&str> = line.split('\t').collect();
    let (path, rest) = match fields.as_slice() {
        ["ok  " | "FAIL" | "?   ", path, rest @ ..] => (path, rest.join(" ")),
        ["", path, "", rest @ ..] => (path, rest.join(" ")),
        _ => return None,
    };
    let said = rest.split_once("coverage: ").and_then(|(_, said)| said.split_once('%'));
    Some(((*path).to_owned(), said.map(|(percent, _)| percent.to_owned())))
}

/// Reads a profile in the simplest way: every block once, covered if any copy of it is.
pub(crate) fn count_statements(profile: &str) -> BTreeMap<String, (u64, u64)> {
    let mut blocks: BTreeMap<&str, bool> = BTreeMap::new();
    for line in profile.lines().filter(|line| !line.starts_with("mode: ")) {
        let (block, count) = line.rsplit_once(' ').unwrap();
        *blocks.entry(block).or_default() |= count != "0";
    }
    let mut packages: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for (block, is_covered) in blocks {
        let (file, rest) = block.rsplit_once(':').unwrap();
        let statements: u64 = rest.rsplit_once(' ').unwrap().1.parse().unwrap();
        let (package, _) = file.rsplit_once('/').unwrap();
        let (covered, total) = packages.entry(package.to_owned()).or_default();
        *total += statements;
        *covered += if is_covered { statements } else { 0 };
    }
    packages
}

/// What the report must show for these statements.
pub(crate) fn shown((covered, total): (u64, u64)) -> String {
    #[expect(clippy::cast_precision_loss, reason = "the formula is go's own")]
    let percent = format!("{:.1}", 100.0 * covered as f64 / total as f64);
    if percent == "100.0" && covered < total { "99.9".to_owned() } else { percent }
}

/// Replaces durations, and what else differs between two runs of one test binary, by placeholders.
pub(crate) fn redact(text: &str) -> String {
    let places = [
        (r"\(\d+\.\d+s\)", "(---)"),
        (r"(?m)^(ok  |FAIL)\t(\S+)\t\d+\.\d+s", "$1\t$2\t---"),
        (r"0x[0-9a-f]+\??", "0xADDRESS"),
        (r"goroutine \d+", "goroutine N"),
    ];
    places.iter().fold(text.to_owned(), |text, (pattern, with)| {
        regex_lite::Regex::new(pattern).unwrap().replace_all(&text, *with).into_owned()
    })
}

fn files(archive: &str) -> impl Iterator<Item = (&str, &str)> {
    let name = |line: &str| Some(line.strip_prefix("-- ")?.strip_suffix(" --")?.len());
    let mut starts: Vec<(usize, &str)> = Vec::new();
    let mut at = 0;
    for line in archive.split_inclusive('\n') {
        if name(line.trim_end_matches('\n')).is_some() {
            starts.push((at, line));
        }
        at += line.len();
    }
    let ends: Vec<usize> =
        starts.iter().skip(1).map(|(at, _)| *at).chain([archive.len()]).collect();
    starts.into_iter().zip(ends).map(move |((start, line), end)| {
        let path = line.trim_end_matches('\n').trim_start_matches("-- ").trim_end_matches(" --");
        (path, &archive[start + line.len()..end])
    })
}

fn age(path: &Utf8Path, old: SystemTime) {
    if path.is_dir() {
        for entry in path.read_dir_utf8().unwrap() {
            age(entry.unwrap().path(), old);
        }
    }
    fs::File::open(path).unwrap().set_modified(old).unwrap();
}

/// A variable of go.
pub(crate) fn go_env(name: &str) -> String {
    let ran =
        run(clean(&GO).args(["env", name])).expect("the tests need a go: see COVGATE_TEST_GO");
    String::from_utf8(ran.1).unwrap().trim().to_owned()
}

/// A program in an environment with what go needs from the user's, above all its cache, and nothing
/// that could change a result.
fn clean(program: &str) -> Command {
    const KEPT: [&str; 8] =
        ["PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME", "GOCACHE", "GOMODCACHE", "GOPATH", "CC"];
    let mut command = Command::new(program);
    command.env_clear();
    command.envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command.envs([("GOTOOLCHAIN", "local"), ("GOFLAGS", "-buildvcs=false"), ("GOPROXY", "off")]);
    command.env("GOGC", GOGC);
    command
}

fn finished(command: &mut Command) -> Ran {
    let program = command.get_program().to_owned();
    let (status, stdout, stderr) =
        run(command).unwrap_or_else(|| panic!("cannot run {}", program.display()));
    let code = status.code().unwrap_or_else(|| panic!("{} ended with {status}", program.display()));
    // Tests print what they like, and plain go passes it on.
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran { code, stdout: text(stdout), stderr: text(stderr) }
}

/// Runs a program; `None` if it does not exist.
#[expect(clippy::disallowed_methods, reason = "the tests' own way to start programs")]
fn run(command: &mut Command) -> Option<(ExitStatus, Vec<u8>, Vec<u8>)> {
    let output = match command.output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        other => other.unwrap(),
    };
    Some((output.status, output.stdout, output.stderr))
}
