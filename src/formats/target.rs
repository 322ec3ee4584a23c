//! Owns where a report goes: what the path behind `--report FORMAT=` leads to, and how it is
//! written there.
//! Must not know what is written.

#[cfg(test)]
mod tests;

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::Access;
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

    /// Whether this is the file that stdout or stderr is redirected to, which would be replaced with
    /// all that is said there.
    pub(super) fn is_redirected_to(&self) -> bool {
        matches!(self, Self::File(_))
            && [Self::Stdout, Self::Stderr].iter().any(|stream| stream.is(self))
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

    /// Whether a report could be written there as things are; leaves no trace.
    pub(super) fn try_out(&self) -> io::Result<()> {
        match self {
            Self::Stdout | Self::Stderr => Ok(()),
            // To open a pipe would be to wait for its reader.
            Self::Open(path) => Ok(rustix::fs::access(path, Access::WRITE_OK)?),
            // A file without a name, where the system has such: only making one tells for sure.
            Self::File(path) => {
                let folder = path.parent().unwrap_or(path);
                tempfile::tempfile_in(folder).map(drop).map_err(|error| about(folder, &error))
            }
        }
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
    for _ in 0..=LINKS {
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

/// The folder without links.
fn real(folder: &Path) -> io::Result<PathBuf> {
    folder.canonicalize().map_err(|error| about(folder, &error))
}

/// An error that names its folder, since links may have led there.
fn about(folder: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", folder.display()))
}

/// Whether a folder lists what a process has open.
fn is_table(folder: &Path) -> bool {
    let of_a_process = folder.starts_with("/proc") && folder.ends_with("fd");
    of_a_process || folder == Path::new("/dev/fd")
}

/// What a process has open, by its number. Opening covgate's own streams anew would forget how far
/// they are written.
fn descriptor(table: &Path, path: PathBuf) -> io::Result<Place> {
    let mut own = ["/proc/self/fd", "/proc/thread-self/fd", "/dev/fd"]
        .iter()
        .filter_map(|own| fs::canonicalize(own).ok());
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
        // Nobody can open one by its name.
        Ok(_) if fs::metadata(&path).is_ok_and(|meta| meta.file_type().is_socket()) => {
            Err(Errno::NXIO.into())
        }
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
