//! Tests paths of kinds that whole runs do not use: where they lead.

use std::fs::File;
use std::os::fd::AsRawFd;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::*;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::Builder::new().prefix("covgate-test-").tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().canonicalize().unwrap().join(name)
    }

    /// What a name in this folder leads to.
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

fn name_of(file: &File) -> String {
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

#[test]
fn files_wherever_they_are() {
    let folder = Folder::new();
    fs::create_dir(folder.path("sub")).unwrap();
    fs::write(folder.path("old"), "").unwrap();
    for (name, place) in [("old", "old"), ("new", "new"), ("sub/../new", "new"), ("./old", "old")] {
        assert_eq!(folder.place(name).unwrap(), Place::File(folder.path(place)));
    }
    // The test only looks at it and writes nothing.
    let device = "/dev/covgate-is-not-here";
    assert_eq!(folder.place(device).unwrap(), Place::File(device.into()));
    assert_eq!(folder.place("/dev/null").unwrap(), Place::Open("/dev/null".into()));
}

#[test]
fn what_is_no_place_for_a_file() {
    let folder = Folder::new();
    fs::create_dir(folder.path("sub")).unwrap();
    for name in ["sub", "sub/", "sub/.", "sub/..", "new/", "new/.", ".", "/"] {
        assert_eq!(folder.errno(name), Errno::ISDIR, "{name}");
    }
    let _socket = std::os::unix::net::UnixListener::bind(folder.path("socket")).unwrap();
    assert_eq!(folder.errno("socket"), Errno::NXIO);
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
    place.write(b"report", &mut io::sink(), &mut io::sink()).unwrap();
    assert_eq!(fs::read_to_string(folder.path("file")).unwrap(), "before, report");
}

#[test]
fn trying_leaves_no_trace() {
    let folder = Folder::new();
    fs::write(folder.path("old"), "old").unwrap();
    folder.fifo("pipe");
    for name in ["old", "new", "pipe"] {
        folder.place(name).unwrap().try_out().unwrap();
    }
    assert_eq!(fs::read_dir(folder.path("")).unwrap().count(), 2);
    assert_eq!(fs::read_to_string(folder.path("old")).unwrap(), "old");
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
    // Each name gets its own new file.
    assert!(!same(&place("x"), &place("y")));
    assert!(same(&place("new"), &place("./new")) && !same(&place("new"), &place("newer")));
    assert!(!same(&Place::Stdout, &Place::Stderr));
}

/// The file behind a descriptor would be replaced, and what is written to the descriptor lost.
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
