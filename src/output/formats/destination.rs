//! Owns where a report goes: what the path in `--report FORMAT=PATH` leads to, and how a report is
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

use crate::tools::files::{self, Mode};

/// Where a report was asked to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// Instead of the text.
    Stdout,
    /// In addition to the text, after everything else on stderr.
    Stderr,
    Path(Utf8PathBuf),
}

/// What the target is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Stdout,
    Stderr,
    /// A pipe, a device, or a file that somebody holds open: covgate appends to it.
    Open(PathBuf),
    /// A regular file, or none yet: covgate replaces it.
    File(PathBuf),
}

impl Place {
    /// Finds what a target leads to; relative paths start in `folder`.
    pub(super) fn of(target: &Target, folder: &Utf8Path) -> io::Result<Self> {
        match target {
            Target::Stdout => Ok(Self::Stdout),
            Target::Stderr => Ok(Self::Stderr),
            Target::Path(path) => find(folder.join(path).into()),
        }
    }

    /// Whether writing to both places would mix the two or lose one.
    pub(super) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            // Two streams may end in one terminal. A file that is replaced is no longer the one
            // that another name links to.
            (Self::Stdout | Self::Stderr, Self::Stdout | Self::Stderr)
            | (Self::File(_), Self::File(_)) => self == other,
            _ => self == other || self.inode().is_some_and(|inode| other.inode() == Some(inode)),
        }
    }

    /// Whether this is the file that stdout or stderr is redirected to: that output would be lost,
    /// or mixed with the report.
    pub(super) fn is_redirected_to(&self) -> bool {
        let (Self::Open(path) | Self::File(path)) = self else { return false };
        path.is_file() && [Self::Stdout, Self::Stderr].iter().any(|stream| stream.is(self))
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

    /// Checks that a report can be written there now; leaves no trace.
    pub(super) fn try_out(&self) -> io::Result<()> {
        match self {
            Self::Stdout | Self::Stderr => Ok(()),
            // Opening a pipe would wait for its reader.
            Self::Open(path) => Ok(rustix::fs::access(path, Access::WRITE_OK)?),
            // A nameless file, if the system has these: only creating one shows for sure.
            Self::File(path) => {
                let folder = path.parent().unwrap_or(path);
                tempfile::tempfile_in(folder).map(drop).map_err(|error| about(folder, &error))
            }
        }
    }

    /// Writes a report.
    pub(super) fn write(
        &self,
        bytes: &[u8],
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> io::Result<()> {
        match self {
            Self::Stdout => put(out, bytes),
            Self::Stderr => put(err, bytes),
            Self::Open(path) => OpenOptions::new().append(true).open(path)?.write_all(bytes),
            // The mode of any new file, as far as the umask allows.
            Self::File(path) => files::replace(path, bytes, Mode::New(0o666)),
        }
    }
}

/// Finds what is at a path. Links stay: the file that they lead to is replaced.
fn find(path: PathBuf) -> io::Result<Place> {
    let kind = match fs::metadata(&path) {
        Ok(meta) => meta.file_type(),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Err(error) if path.is_symlink() => {
            return Err(io::Error::new(error.kind(), "it is a symbolic link that leads nowhere"));
        }
        Err(_) => {
            let name = file_name(&path).ok_or(Errno::ISDIR)?;
            let folder = path.parent().unwrap_or(&path);
            let real = folder.canonicalize().map_err(|error| about(folder, &error))?;
            return Ok(Place::File(real.join(name)));
        }
    };
    match kind {
        kind if kind.is_dir() => Err(Errno::ISDIR.into()),
        // A socket cannot be opened by its name.
        kind if kind.is_socket() => Err(Errno::NXIO.into()),
        // Whoever opened the file for covgate may already have written to it.
        kind if kind.is_file() && !["/dev/fd", "/proc"].iter().any(|at| path.starts_with(at)) => {
            path.canonicalize().map(Place::File)
        }
        _ => Ok(Place::Open(path)),
    }
}

/// The last part of a path; none for a path that names a folder, whether it exists or not: `a/`,
/// `a/.`, `a/..`.
fn file_name(path: &Path) -> Option<&OsStr> {
    let name = path.file_name()?;
    path.as_os_str().as_bytes().ends_with(name.as_bytes()).then_some(name)
}

/// An error that names the folder instead of the file.
fn about(folder: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", folder.display()))
}

fn put(stream: &mut dyn Write, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes)?;
    stream.flush()
}
