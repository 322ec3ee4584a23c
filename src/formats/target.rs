//! Owns where a report goes: what the path behind `--report FORMAT=` leads to, and how it is
//! written there.
//! Must not know what is written.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::io::Errno;

/// Where a report was asked to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// In place of the text.
    Stdout,
    /// Besides the text, after all else that is said there.
    Stderr,
    Path(Utf8PathBuf),
}

/// What that is, once links are followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Stdout,
    Stderr,
    /// A pipe, a device, or what somebody holds open: written as it is.
    Open(PathBuf),
    /// A regular file, or none yet: replaced as a whole.
    File(PathBuf),
}

/// As many links as Linux follows.
const LINKS: usize = 40;

impl Place {
    /// Where a target leads; relative paths start in `folder`.
    pub(super) fn of(target: &Target, folder: &Utf8Path) -> io::Result<Self> {
        match target {
            Target::Stdout => Ok(Self::Stdout),
            Target::Stderr => Ok(Self::Stderr),
            Target::Path(path) => follow(folder.join(path).into()),
        }
    }

    /// Whether what is written to one and to the other would be mixed, or one of them lost.
    pub(super) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            // Two streams may well end in one terminal; and a file that is replaced is no longer
            // the one that another name links to.
            (Self::Stdout | Self::Stderr, Self::Stdout | Self::Stderr)
            | (Self::File(_), Self::File(_)) => self == other,
            _ => self == other || self.inode().is_some_and(|inode| other.inode() == Some(inode)),
        }
    }

    fn inode(&self) -> Option<(u64, u64)> {
        let of_stream = |stream: io::Result<_>| fs::File::from(stream?).metadata();
        let meta = match self {
            Self::Stdout => of_stream(io::stdout().as_fd().try_clone_to_owned()),
            Self::Stderr => of_stream(io::stderr().as_fd().try_clone_to_owned()),
            Self::Open(path) | Self::File(path) => fs::metadata(path),
        };
        meta.ok().map(|meta| (meta.dev(), meta.ino()))
    }

    /// Writes all of a report.
    pub(super) fn write(
        &self,
        bytes: &[u8],
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> io::Result<()> {
        match self {
            Self::Stdout => put(out, bytes),
            Self::Stderr => put(err, bytes),
            // By its name, a file behind a descriptor is opened anew, and at its start.
            Self::Open(path) => OpenOptions::new().append(true).open(path)?.write_all(bytes),
            Self::File(path) => replace(path, bytes),
        }
    }
}

/// Where a path leads, by links to what is not there yet, too: a link is written through, not
/// replaced.
fn follow(mut path: PathBuf) -> io::Result<Place> {
    for _ in 0..LINKS {
        let name = file_name(&path).ok_or(Errno::ISDIR)?;
        let folder = real(path.parent().unwrap_or(&path))?;
        let leads = folder.join(name);
        if is_table(&folder) {
            return descriptor(&folder, leads);
        }
        match fs::symlink_metadata(&leads).map(|meta| meta.file_type()) {
            Ok(kind) if kind.is_symlink() => path = folder.join(fs::read_link(&leads)?),
            Ok(kind) if kind.is_file() => return Ok(Place::File(leads)),
            Ok(kind) if kind.is_dir() => return Err(Errno::ISDIR.into()),
            // Nobody can open one by its name.
            Ok(kind) if kind.is_socket() => return Err(Errno::NXIO.into()),
            Ok(_) => return Ok(Place::Open(leads)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Place::File(leads)),
            Err(error) => return Err(error),
        }
    }
    Err(Errno::LOOP.into())
}

/// None for what names a folder, there or not: `a/`, `a/.`, `a/..`.
fn file_name(path: &Path) -> Option<&OsStr> {
    let name = path.file_name()?;
    path.as_os_str().as_bytes().ends_with(name.as_bytes()).then_some(name)
}

/// The folder without links; the error names it, since the path may have led there by some.
fn real(folder: &Path) -> io::Result<PathBuf> {
    let named = |error: io::Error| format!("{}: {error}", folder.display());
    folder.canonicalize().map_err(|error| io::Error::new(error.kind(), named(error)))
}

/// Whether a folder lists what a process has open.
fn is_table(folder: &Path) -> bool {
    let of_a_process = folder.starts_with("/proc") && folder.ends_with("fd");
    of_a_process || folder == Path::new("/dev/fd")
}

/// What a process has open, by its number. Opening covgate's own streams anew would forget how far
/// they are written.
fn descriptor(table: &Path, path: PathBuf) -> io::Result<Place> {
    let mut own = ["/proc/self/fd", "/dev/fd"].iter().filter_map(|own| fs::canonicalize(own).ok());
    if own.any(|own| own == table) {
        match path.file_name().map(OsStr::as_bytes) {
            Some(b"1") => return Ok(Place::Stdout),
            Some(b"2") => return Ok(Place::Stderr),
            _ => {}
        }
    }
    match fs::symlink_metadata(&path) {
        // What is open only to be read says so here alone: a pipe's other end would open, too.
        Ok(meta) if meta.is_symlink() && meta.mode() & 0o200 == 0 => Err(Errno::BADF.into()),
        Ok(_) => Ok(Place::Open(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Errno::BADF.into()),
        Err(error) => Err(error),
    }
}

fn put(stream: &mut dyn Write, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes)?;
    stream.flush()
}

/// A file as a whole, or as it was: written beside it, then renamed.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // As any new file: what the umask leaves of it.
    let create = |path: &Path| OpenOptions::new().write(true).create_new(true).open(path);
    let folder = path.parent().unwrap_or(path);
    let mut file = tempfile::Builder::new().prefix(".covgate-").make_in(folder, create)?;
    // By way of the file alone: an error is then the system's own words, without a name that nobody
    // has heard of.
    file.as_file_mut().write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Read;
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::{OpenOptionsExt, symlink};

    use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat};

    use super::*;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            Self(tempfile::Builder::new().prefix("covgate-test-").tempdir().unwrap())
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().canonicalize().unwrap().join(name)
        }

        /// What a path leads to, by its name in this folder.
        fn place(&self, path: impl AsRef<str>) -> io::Result<Place> {
            let folder = Utf8Path::from_path(self.0.path()).unwrap();
            Place::of(&Target::Path(path.as_ref().into()), folder)
        }

        fn errno(&self, path: impl AsRef<str>) -> Errno {
            Errno::from_io_error(&self.place(path).unwrap_err()).unwrap()
        }

        fn fifo(&self, name: &str) -> String {
            let path = self.path(name);
            mknodat(CWD, &path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
            name.to_owned()
        }
    }

    fn write(place: &Place, bytes: &[u8]) -> io::Result<()> {
        place.write(bytes, &mut io::sink(), &mut io::sink())
    }

    fn name_of(file: &File) -> String {
        format!("/proc/self/fd/{}", file.as_raw_fd())
    }

    #[test]
    fn streams_by_any_name() {
        let folder = Folder::new();
        symlink("/proc/self/fd/1", folder.path("out")).unwrap();
        symlink("out", folder.path("link")).unwrap();
        symlink("/dev/stderr", folder.path("err")).unwrap();
        for name in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "/dev/../dev/stdout", "link"] {
            assert_eq!(folder.place(name).unwrap(), Place::Stdout, "{name}");
        }
        for name in ["/dev/stderr", "/dev/fd/2", "/proc/self/fd/2", "err"] {
            assert_eq!(folder.place(name).unwrap(), Place::Stderr, "{name}");
        }
    }

    #[test]
    fn files_wherever_they_are() {
        let folder = Folder::new();
        fs::create_dir(folder.path("sub")).unwrap();
        fs::write(folder.path("old"), "").unwrap();
        for (name, place) in
            [("old", "old"), ("new", "new"), ("sub/../new", "new"), ("./old", "old")]
        {
            assert_eq!(folder.place(name).unwrap(), Place::File(folder.path(place)));
        }
        // Only looked at: nothing is written there.
        let device = "/dev/covgate-is-not-here";
        assert_eq!(folder.place(device).unwrap(), Place::File(device.into()));
        assert_eq!(folder.place("/dev/null").unwrap(), Place::Open("/dev/null".into()));
    }

    #[test]
    fn what_is_no_place_for_a_file() {
        let folder = Folder::new();
        fs::create_dir(folder.path("sub")).unwrap();
        fs::write(folder.path("file"), "").unwrap();
        for name in ["sub", "sub/", "sub/.", "sub/..", "new/", "new/.", ".", "/"] {
            assert_eq!(folder.errno(name), Errno::ISDIR, "{name}");
        }
        assert_eq!(folder.errno("file/x"), Errno::NOTDIR);
        assert_eq!(folder.errno("x".repeat(300)), Errno::NAMETOOLONG);
        let _socket = std::os::unix::net::UnixListener::bind(folder.path("socket")).unwrap();
        assert_eq!(folder.errno("socket"), Errno::NXIO);
        let error = folder.place("none/x").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        let named = format!("{}: ", folder.0.path().join("none").display());
        assert!(error.to_string().starts_with(&named), "{error}");
    }

    /// To the end, wherever each starts.
    #[test]
    fn links_are_followed() {
        let folder = Folder::new();
        fs::create_dir(folder.path("sub")).unwrap();
        for (link, leads) in [("one", "sub/two"), ("sub/two", "../three"), ("three", "sub/four")] {
            symlink(leads, folder.path(link)).unwrap();
        }
        let place = folder.place("one").unwrap();
        assert_eq!(place, Place::File(folder.path("sub/four")));
        for text in ["first", "second"] {
            write(&place, text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(folder.path("sub/four")).unwrap(), text);
            assert_eq!(folder.place("one").unwrap(), place);
        }
        assert_eq!(fs::read_dir(folder.path("sub")).unwrap().count(), 2, "nothing is left behind");
    }

    #[test]
    fn links_that_lead_nowhere() {
        let folder = Folder::new();
        symlink("b", folder.path("a")).unwrap();
        symlink("a", folder.path("b")).unwrap();
        symlink("none/x", folder.path("lost")).unwrap();
        assert_eq!(folder.errno("a"), Errno::LOOP);
        assert_eq!(folder.place("lost").unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_pipe_stays_one() {
        let folder = Folder::new();
        let place = folder.place(folder.fifo("pipe")).unwrap();
        assert_eq!(place, Place::Open(folder.path("pipe")));
        let nonblock = i32::try_from(OFlags::NONBLOCK.bits()).unwrap();
        let mut pipe = OpenOptions::new();
        let mut pipe = pipe.read(true).custom_flags(nonblock).open(folder.path("pipe")).unwrap();
        write(&place, b"report").unwrap();
        let mut read = String::new();
        pipe.read_to_string(&mut read).unwrap();
        assert_eq!(read, "report");
        assert_eq!(folder.place("pipe").unwrap(), place);
    }

    /// `covgate … --report json=/dev/fd/3 3>file`.
    #[test]
    #[cfg(target_os = "linux")]
    fn what_stands_behind_a_descriptor_stays() {
        let folder = Folder::new();
        let mut file = File::create(folder.path("file")).unwrap();
        file.write_all(b"before, ").unwrap();
        let place = folder.place(name_of(&file)).unwrap();
        assert!(matches!(place, Place::Open(_)), "{place:?}");
        write(&place, b"report").unwrap();
        assert_eq!(fs::read_to_string(folder.path("file")).unwrap(), "before, report");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_descriptor_that_takes_nothing() {
        let folder = Folder::new();
        fs::write(folder.path("file"), "").unwrap();
        let file = File::open(folder.path("file")).unwrap();
        let (pipe, _write) = io::pipe().unwrap();
        let pipe = format!("/proc/self/fd/{}", pipe.as_raw_fd());
        for name in [&name_of(&file), &pipe, "/proc/self/fd/123456", "/proc/self/fd/x"] {
            assert_eq!(folder.errno(name), Errno::BADF, "{name}");
        }
    }

    #[test]
    fn one_place_by_two_names() {
        let folder = Folder::new();
        let place = |name: &str| folder.place(name).unwrap();
        let same = |one: &Place, other: &Place| one.is(other) && other.is(one);
        folder.fifo("pipe");
        fs::hard_link(folder.path("pipe"), folder.path("other")).unwrap();
        assert!(same(&place("pipe"), &place("other")));
        fs::write(folder.path("x"), "").unwrap();
        fs::hard_link(folder.path("x"), folder.path("y")).unwrap();
        // Each is replaced by a file of its own.
        assert!(!same(&place("x"), &place("y")));
        assert!(same(&place("new"), &place("./new")) && !same(&place("new"), &place("newer")));
        assert!(!same(&Place::Stdout, &Place::Stderr));
    }

    /// The file that a descriptor holds would be replaced, and what is written there lost.
    #[test]
    #[cfg(target_os = "linux")]
    fn a_file_and_who_holds_it_open() {
        let folder = Folder::new();
        let file = File::create(folder.path("x")).unwrap();
        let place = |name: &str| folder.place(name).unwrap();
        let (held, again) = (place(&name_of(&file)), file.try_clone().unwrap());
        assert!(held.is(&place("x")) && place("x").is(&held));
        assert!(held.is(&place(&name_of(&again))));
        assert!(!held.is(&place("y")));
    }
}
