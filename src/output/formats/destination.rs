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

use crate::tools::files::{self, Mode};

/// Where a report was asked to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// In place of the text.
    Stdout,
    /// Besides the text, after all else that is said there.
    Stderr,
    Path(Utf8PathBuf),
}

/// What that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Stdout,
    Stderr,
    /// A pipe, a device, or what somebody holds open: written as it is, at its end.
    Open(PathBuf),
    /// A regular file, or none yet: replaced as a whole.
    File(PathBuf),
}

impl Place {
    /// Where a target leads; relative paths start in `folder`.
    pub(super) fn of(target: &Target, folder: &Utf8Path) -> io::Result<Self> {
        match target {
            Target::Stdout => Ok(Self::Stdout),
            Target::Stderr => Ok(Self::Stderr),
            Target::Path(path) => find(folder.join(path).into()),
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

    /// Whether this is the file that stdout or stderr is redirected to: what is said there would be
    /// lost, or mixed with the report.
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
            Self::Open(path) => OpenOptions::new().append(true).open(path)?.write_all(bytes),
            // As any new file: what the umask leaves of it.
            Self::File(path) => files::replace(path, bytes, Mode::New(0o666)),
        }
    }
}

/// What stands at a path. Links to it stay: the file that they lead to is replaced.
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
        // Nobody can open one by its name.
        kind if kind.is_socket() => Err(Errno::NXIO.into()),
        // Whoever opened a file for covgate may have written to it.
        kind if kind.is_file() && !["/dev/fd", "/proc"].iter().any(|at| path.starts_with(at)) => {
            path.canonicalize().map(Place::File)
        }
        _ => Ok(Place::Open(path)),
    }
}

/// None for what names a folder, there or not: `a/`, `a/.`, `a/..`.
fn file_name(path: &Path) -> Option<&OsStr> {
    let name = path.file_name()?;
    path.as_os_str().as_bytes().ends_with(name.as_bytes()).then_some(name)
}

/// An error that names the folder that it is about, not the file.
fn about(folder: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", folder.display()))
}

fn put(stream: &mut dyn Write, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes)?;
    stream.flush()
}
