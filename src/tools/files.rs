//! Owns how a file that somebody names is read, and how one is replaced: as a whole, or it is as it
//! was; and what is said where the folder for temporary files is of no use.
//! Must not know what files hold.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;
use tempfile::NamedTempFile;

use crate::error::Error;
use crate::exit::Exit;

/// Opens a regular file, or what a symbolic link to one leads to.
///
/// # Errors
/// When it cannot be opened, or is anything else: a pipe would be waited for, and a device may have
/// no end.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    let regular = |meta: fs::Metadata| match meta.is_file() {
        true => Ok(()),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")),
    };
    regular(fs::metadata(path)?)?;
    // It may be another by now: a pipe that took its place is not waited for either.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, rustix::fs::Mode::empty())?);
    regular(file.metadata()?)?;
    Ok(file)
}

/// The bytes of a regular file.
///
/// # Errors
/// As for [`open_regular`], or when they cannot be read.
pub(crate) fn read_regular(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_regular(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Who may do what with the new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Those of the old file; if there was none, those of any new file.
    Kept,
    /// These bits, as far as the umask allows, whatever the old file has.
    New(u32),
}

/// Writes a temporary file in the same folder, syncs it, and renames it over the old one.
///
/// # Errors
/// When the folder cannot be written; the old file is unchanged.
pub(crate) fn replace(path: &Path, bytes: &[u8], mode: Mode) -> io::Result<()> {
    put(path, bytes, mode, |temporary| temporary.persist(path).map_err(|error| error.error))
}

/// Writes a file in the same way, but only where nothing is.
///
/// # Errors
/// When something is there, which stays as it is, or the folder cannot be written.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    put(path, bytes, Mode::Kept, |temporary| {
        temporary.persist_noclobber(path).map_err(|error| error.error)
    })
}

fn put(
    path: &Path,
    bytes: &[u8],
    mode: Mode,
    persist: impl FnOnce(NamedTempFile<File>) -> io::Result<File>,
) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    let old = fs::metadata(path).ok().filter(|_| mode == Mode::Kept);
    let bits = if let Mode::New(bits) = mode { bits } else { 0o666 };
    let create =
        |path: &Path| OpenOptions::new().write(true).create_new(true).mode(bits).open(path);
    let mut temporary = tempfile::Builder::new().prefix(".covgate-").make_in(folder, create)?;
    // Not with tempfile's methods: their errors name a temporary file that the user does not know.
    let file = temporary.as_file_mut();
    file.write_all(bytes)?;
    if let Some(old) = old {
        file.set_permissions(old.permissions())?;
    }
    file.sync_all()?;
    persist(temporary)?;
    // The new name should survive a crash, too. Not every file system can sync a folder.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// A file or folder of covgate's own could not be used.
pub(crate) fn scratch_error(cause: io::Error) -> Error {
    Error::new(Exit::Environment, cause)
        .context("cannot use the folder for temporary files")
        .hint("make room there, or name another one with TMPDIR")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_a_regular_file_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let [file, link, pipe, socket] =
            ["file", "link", "pipe", "socket"].map(|name| folder.path().join(name));
        fs::write(&file, "text").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        for good in [&file, &link] {
            assert_eq!(read_regular(good).unwrap(), b"text");
        }
        let (cwd, mode) = (rustix::fs::CWD, rustix::fs::Mode::RUSR);
        rustix::fs::mknodat(cwd, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for bad in [&pipe, &socket, folder.path(), Path::new("/dev/null")] {
            assert_eq!(read_regular(bad).unwrap_err().to_string(), "not a regular file", "{bad:?}");
        }
        let gone = read_regular(&folder.path().join("gone")).unwrap_err();
        assert_eq!(gone.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn modes_are_kept_or_set() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        replace(&path, b"new", Mode::Kept).unwrap();
        assert_eq!(mode() & 0o711, 0o600, "as any new file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o667)).unwrap();
        replace(&path, b"kept", Mode::Kept).unwrap();
        assert_eq!((mode(), fs::read(&path).unwrap()), (0o667, b"kept".to_vec()));
        replace(&path, b"", Mode::New(0o700)).unwrap();
        assert_eq!((mode(), fs::read(&path).unwrap()), (0o700, Vec::new()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn what_is_there_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        create(&path, b"first").unwrap();
        let there = create(&path, b"second").unwrap_err();
        assert_eq!(there.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn what_cannot_be_replaced_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("folder");
        fs::create_dir(&path).unwrap();
        assert!(replace(&path, b"new", Mode::Kept).is_err());
        assert!(path.is_dir());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
    }
}
