//! Owns everything covgate knows about go: its command lines, what it prints and the files it
//! writes. This is the only place that builds a go command.
//! Must not know floors or verdicts, and must not start a process itself.

pub mod events;
pub(crate) mod flags;
pub(crate) mod goflags;
pub(crate) mod list;
pub(crate) mod mod_file;
pub mod profile;
pub(crate) mod source;
pub(crate) mod stderr;
pub mod syntax;
pub(crate) mod toolchain;
pub mod transcript;
pub(crate) mod workspace;

use std::ffi::OsString;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use xshell::cmd;

use crate::error::{Error, Result};
use crate::tools::go::flags::TestFlags;
use crate::tools::go::list::Depth;
use crate::tools::process::{RunError, memory, shell};

/// Builds go's command lines. Each is made with xshell, whose `cmd!` never uses a shell, and
/// returned as a `std::process::Command` for the supervisor to start.
#[derive(Debug, Clone)]
pub struct Go {
    program: String,
    directory: Utf8PathBuf,
    flags: TestFlags,
    /// The `go.work` that it reads, if it reads one.
    workspace: Option<Utf8PathBuf>,
    /// The build cache, if it is not the user's.
    cache: Option<Utf8PathBuf>,
    /// Where go makes its temporary folders; where it likes, if none.
    temporary: Option<Utf8PathBuf>,
}

impl Go {
    /// A go that runs in a folder, and reads a `go.work` if one is named.
    #[must_use]
    pub fn new(
        program: &str,
        directory: &Utf8Path,
        flags: &TestFlags,
        workspace: Option<&Utf8Path>,
    ) -> Self {
        Self {
            program: program.to_owned(),
            directory: directory.to_owned(),
            flags: flags.clone(),
            workspace: workspace.map(Utf8Path::to_owned),
            cache: None,
            temporary: None,
        }
    }

    /// Makes this go use a build cache of its own, whatever the environment says.
    pub fn use_cache(&mut self, folder: &Utf8Path) {
        self.cache = Some(folder.to_owned());
    }

    /// The same go with its temporary folders inside this one, whatever the environment says. A go
    /// that is killed leaves them behind; they go with the folder around them.
    pub fn use_temporary(&mut self, folder: &Utf8Path) {
        self.temporary = Some(folder.to_owned());
    }

    /// Makes this go run tests again that it has a result of.
    pub fn without_test_cache(&mut self) {
        self.flags = self.flags.clone().without_cache();
    }

    /// `go env -json …`: version, module, and what covgate minds of its settings, in one call.
    ///
    /// # Errors
    /// When the working directory cannot be entered.
    pub fn env(&self) -> Result<Command> {
        let shell = shell::at(&self.directory)?;
        let program = &self.program;
        Ok(self.finish(cmd!(shell, "{program} env -json GOVERSION GOMOD GOFLAGS GOTMPDIR")))
    }

    /// `go list -e -json=…`: the packages that the patterns name.
    ///
    /// If names are enough, `-find` saves go from resolving every dependency.
    ///
    /// # Errors
    /// When the working directory cannot be entered.
    pub fn list(&self, patterns: &[String], depth: Depth) -> Result<Command> {
        let shell = shell::at(&self.directory)?;
        let program = &self.program;
        let find = (depth == Depth::Names).then_some("-find");
        let fields = depth.fields();
        let flags = self.flags.build();
        Ok(self.finish(cmd!(
            shell,
            "{program} list -e {find...} -json={fields} {flags...} -- {patterns...}"
        )))
    }

    /// `go list -m -json`: the modules of the `go.work`.
    ///
    /// # Errors
    /// When the working directory cannot be entered.
    pub fn modules(&self) -> Result<Command> {
        let shell = shell::at(&self.directory)?;
        let program = &self.program;
        Ok(self.finish(cmd!(shell, "{program} list -m -json")))
    }

    /// The `go.work` that it reads.
    #[must_use]
    pub fn workspace(&self) -> Option<&Utf8Path> {
        self.workspace.as_deref()
    }

    /// The warm pass: compiles the packages and everything they import, and nothing else.
    ///
    /// `go list -export` asks for export data, so go compiles; it links nothing and runs nothing of
    /// the packages. `-f` keeps the answer to one line per package.
    ///
    /// # Errors
    /// When the working directory cannot be entered.
    pub fn warm(&self, paths: &[String], jobs: usize) -> Result<Command> {
        let shell = shell::at(&self.directory)?;
        let program = &self.program;
        let processes = jobs as u64 + 1;
        let jobs = jobs.to_string();
        let flags = self.flags.build();
        let format = "{{.Name}}";
        let mut command = self.finish(cmd!(
            shell,
            "{program} list -export -f={format} -p={jobs} {flags...} -- {paths...}"
        ));
        // For go, an empty one says nothing.
        let is_free = |name: &str| std::env::var_os(name).is_none_or(|value| value.is_empty());
        if let Some(limit) = room_for_each(processes)
            && is_free("GOGC")
            && is_free("GOMEMLIMIT")
        {
            // Memory for time: compilers are short-lived. What they write is the same.
            command.env("GOGC", "off").env("GOMEMLIMIT", limit.to_string());
        }
        Ok(command)
    }

    /// `go test` of all `paths`, as many at once as `jobs` says, if it does.
    ///
    /// # Errors
    /// When the working directory cannot be entered.
    pub fn test(
        &self,
        paths: &[&str],
        cover: Option<Cover<'_>>,
        jobs: Option<usize>,
    ) -> Result<Command> {
        let shell = shell::at(&self.directory)?;
        let program = &self.program;
        let cover = cover.into_iter().flat_map(Cover::flags);
        let jobs = jobs.map(|jobs| format!("-p={jobs}"));
        let (flags, binary) = (self.flags.test(), self.flags.binary());
        Ok(self.finish(cmd!(
            shell,
            "{program} test -json {cover...} {jobs...} {paths...} {flags...} {binary...}"
        )))
    }

    /// `go list -test`: the test binaries of packages, each with all that it links.
    ///
    /// # Errors
    /// When the working directory cannot be entered.
    pub fn links(&self, paths: &[String]) -> Result<Command> {
        let shell = shell::at(&self.directory)?;
        let program = &self.program;
        let flags = self.flags.build();
        let format = r#"{{if eq .Name "main"}}{{.ImportPath}}{{range .Deps}}	{{.}}{{end}}{{end}}"#;
        Ok(self.finish(cmd!(shell, "{program} list -e -test -f={format} {flags...} -- {paths...}")))
    }

    /// `go env GOCACHEPROG`, which also knows the value from `go env -w`: the program that replaces
    /// the folder of go's build cache (`go help environment`, since go 1.24).
    ///
    /// # Errors
    /// When the working directory cannot be entered.
    pub fn cache_program(&self) -> Result<Command> {
        let shell = shell::at(&self.directory)?;
        let program = &self.program;
        Ok(self.finish(cmd!(shell, "{program} env GOCACHEPROG").env_remove("GOCACHEPROG")))
    }

    /// `go list -deps -test`: the Go files of packages, of their tests, and of everything they
    /// import.
    ///
    /// # Errors
    /// When the working directory cannot be entered.
    pub fn sources(&self, paths: &[String]) -> Result<Command> {
        let shell = shell::at(&self.directory)?;
        let program = &self.program;
        let flags = self.flags.build();
        let format = "{{$dir := .Dir}}{{range .GoFiles}}{{$dir}}/{{.}}\n{{end}}";
        Ok(self.finish(cmd!(
            shell,
            "{program} list -e -deps -test -f={format} {flags...} -- {paths...}"
        )))
    }

    /// `go tool covdata textfmt`: makes a profile of a folder of coverage data.
    ///
    /// # Errors
    /// When the working directory cannot be entered.
    pub fn covdata(&self, folder: &Utf8Path, profile: &Utf8Path) -> Result<Command> {
        let shell = shell::at(&self.directory)?;
        let program = &self.program;
        Ok(self.finish(cmd!(shell, "{program} tool covdata textfmt -i={folder} -o={profile}")))
    }

    /// What to do where go says that it lacks a package, and a `go.work` is there that it was not to
    /// read.
    #[must_use]
    pub fn workspace_hint(&self, said: &str) -> Option<String> {
        match &self.workspace {
            Some(_) => None,
            None => workspace::hint(said, &self.directory),
        }
    }

    fn finish(&self, command: xshell::Cmd<'_>) -> Command {
        let command = match self.path_variable() {
            Some(path) => command.env("PATH", path),
            None => command,
        };
        // With it go names folders as they were named here, whatever links lead to them.
        let command = command.env("PWD", &self.directory);
        let command =
            command.env("GOWORK", self.workspace.as_deref().unwrap_or(Utf8Path::new("off")));
        let command = match &self.temporary {
            Some(folder) => command.env("GOTMPDIR", folder),
            None => command,
        };
        match &self.cache {
            Some(folder) => command.env("GOCACHE", folder).env_remove("GOCACHEPROG").into(),
            None => command.into(),
        }
    }
}

/// How much memory each of so many processes may use before go's garbage collector starts: together at most
/// half of what is left. None where that is little: a collector that comes too late runs all the time.
fn room_for_each(processes: u64) -> Option<u64> {
    const ENOUGH: u64 = 1 << 30;
    let each = memory::available()? / 2 / processes;
    (each >= ENOUGH).then_some(each)
}

/// What a `go test` covers.
#[derive(Debug, Clone, Copy)]
pub struct Cover<'a> {
    /// Where the profile goes.
    pub profile: &'a Utf8Path,
    /// The packages; if there are none, each path covers itself.
    pub packages: &'a [&'a str],
}

impl Cover<'_> {
    fn flags(self) -> [String; 2] {
        let cover = match self.packages {
            [] => "-cover".to_owned(),
            packages => format!("-coverpkg={}", packages.join(",")),
        };
        [cover, format!("-coverprofile={}", self.profile)]
    }
}

impl Go {
    /// go 1.25 and newer build some of their tools on first use, with the `go` that they find on
    /// PATH. If the go is given by a path, that one must come first.
    fn path_variable(&self) -> Option<OsString> {
        let folder =
            Utf8Path::new(&self.program).parent().filter(|folder| !folder.as_str().is_empty())?;
        let folder = self.directory.join(folder).into_std_path_buf();
        let rest = std::env::var_os("PATH").unwrap_or_default();
        std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&rest))).ok()
    }
}

/// Why a go has no `covdata`, where its words say so.
pub(crate) const NO_COVDATA: &str =
    "this go toolchain was downloaded by go itself and lacks covdata (golang/go#75031)";

/// Whether go says that it lacks the tool that reads its coverage data.
#[must_use]
pub(crate) fn lacks_covdata(said: &str) -> bool {
    said.contains("no such tool \"covdata\"")
}

/// The command line as a person would type it, for messages and hints.
#[must_use]
pub fn display(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let words = command.get_args().map(std::ffi::OsStr::to_string_lossy);
    std::iter::once(program).chain(words).collect::<Vec<_>>().join(" ")
}

/// The error for a go command that could not be run or watched, in the user's words.
pub(crate) fn run_error(error: RunError, doing: &str) -> Error {
    let hint = match &error {
        RunError::Start(cause) => match cause.kind() {
            std::io::ErrorKind::NotFound => {
                "install go (https://go.dev/dl), or name it with --go or COVGATE_GO"
            }
            std::io::ErrorKind::PermissionDenied => {
                "is it an executable file? see --go and COVGATE_GO"
            }
            std::io::ErrorKind::ArgumentListTooLong => {
                "too many packages for one command line: gate them in parts, by patterns"
            }
            _ => "see --go and COVGATE_GO for which go is run",
        },
        _ => "",
    };
    error.told(doing, hint)
}
