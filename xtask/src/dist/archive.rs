//! Owns a release's archive: a gzipped tar with checksums. The same content always gives the same
//! bytes, whoever packs it and when. It must not know what is packed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read, Write};

use anyhow::{Context, Result, bail, ensure};
use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};
use tar::{Archive, Builder, EntryType, Header};

pub(super) const SUMS: &str = "SHA256SUMS";

/// A file to pack.
pub(super) struct Entry {
    path: String,
    kind: Kind,
    bytes: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Program,
    Text,
}

impl Entry {
    pub(super) fn new(path: &str, kind: Kind, bytes: Vec<u8>) -> Self {
        Self { path: path.to_owned(), kind, bytes }
    }
}

/// The archive: all entries in one folder, sorted by name, all of one time (in seconds since 1970),
/// with their checksums in `SHA256SUMS`.
pub(super) fn pack(folder: &str, time: u64, mut entries: Vec<Entry>) -> Result<Vec<u8>> {
    entries.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    let sums = entries.iter().map(|entry| sum_line(&entry.bytes, &entry.path)).collect::<String>();
    entries.push(Entry::new(SUMS, Kind::Text, sums.into_bytes()));

    // gzip's own header gets no name and no time.
    let gzip = GzBuilder::new().operating_system(255).write(Vec::new(), Compression::best());
    let mut tar = Builder::new(gzip);
    for entry in &entries {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(if entry.kind == Kind::Program { 0o755 } else { 0o644 });
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(time);
        header.set_size(u64::try_from(entry.bytes.len())?);
        let path = format!("{folder}/{}", entry.path);
        tar.append_data(&mut header, &path, entry.bytes.as_slice())
            .with_context(|| format!("cannot pack {path}"))?;
    }
    let mut gzip = tar.into_inner()?;
    gzip.flush()?;
    Ok(gzip.finish()?)
}

/// Reads an archive back and compares every file with its checksum; returns the list of files.
pub(super) fn verify(archive: &[u8]) -> Result<Vec<String>> {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut listing = Vec::new();
    for entry in Archive::new(GzDecoder::new(Cursor::new(archive))).entries()? {
        let mut entry = entry?;
        let path = entry.path()?.to_str().context("a name is not UTF-8")?.to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        listing.push(format!("{:o} {:>9} {path}", entry.header().mode()?, bytes.len()));
        let (_, name) = path.split_once('/').context("a file lies outside the folder")?;
        ensure!(files.insert(name.to_owned(), bytes).is_none(), "{path} is packed twice");
    }
    let sums = files.remove(SUMS).context("there are no checksums")?;
    for line in std::str::from_utf8(&sums)?.lines() {
        let (sum, name) = line.split_once("  ").context("an odd line in the checksums")?;
        match files.remove(name) {
            Some(bytes) if digest(&bytes) == sum => {}
            Some(_) => bail!("{name} is not what its checksum says"),
            None => bail!("{name} has a checksum but is not packed"),
        }
    }
    if let Some(name) = files.keys().next() {
        bail!("{name} has no checksum");
    }
    Ok(listing)
}

/// The files of two archives that differ, or that only one has.
pub(super) fn differing(one: &[u8], other: &[u8]) -> Result<Vec<String>> {
    let (one, other) = (sums_of(one)?, sums_of(other)?);
    let all: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    Ok(all.into_iter().filter(|path| one.get(*path) != other.get(*path)).cloned().collect())
}

fn sums_of(archive: &[u8]) -> Result<BTreeMap<String, String>> {
    let mut sums = BTreeMap::new();
    for entry in Archive::new(GzDecoder::new(Cursor::new(archive))).entries()? {
        let mut entry = entry?;
        let path = entry.path()?.to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        sums.insert(path, digest(&bytes));
    }
    Ok(sums)
}

/// A file's line in a list of checksums, as sha256sum writes and checks it.
pub(super) fn sum_line(bytes: &[u8], name: &str) -> String {
    format!("{}  {name}\n", digest(bytes))
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> Vec<Entry> {
        vec![
            Entry::new("man/x.1", Kind::Text, b"page".to_vec()),
            Entry::new("x", Kind::Program, vec![0, 1, 2]),
            Entry::new("README.md", Kind::Text, b"read".to_vec()),
        ]
    }

    #[test]
    fn every_entry_has_the_one_time() {
        let archive = pack("x-1", 500_000_000, entries()).unwrap();
        assert_eq!(&archive[4..8], [0; 4], "gzip's own time");
        for entry in Archive::new(GzDecoder::new(Cursor::new(archive))).entries().unwrap() {
            assert_eq!(entry.unwrap().header().mtime().unwrap(), 500_000_000);
        }
    }

    /// Changes the tar inside the archive; gzip would notice a change from outside.
    fn changed(archive: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
        let mut tar = Vec::new();
        GzDecoder::new(archive).read_to_end(&mut tar).unwrap();
        let at = tar.windows(from.len()).position(|window| window == from).unwrap();
        tar[at..at + to.len()].copy_from_slice(to);
        let mut gzip = GzBuilder::new().write(Vec::new(), Compression::fast());
        gzip.write_all(&tar).unwrap();
        gzip.finish().unwrap()
    }

    #[test]
    fn it_holds_all_by_name_with_checksums() {
        let listing = verify(&pack("x-1", 500_000_000, entries()).unwrap()).unwrap();
        let names: Vec<&str> =
            listing.iter().map(|line| line.rsplit(' ').next().unwrap()).collect();
        assert_eq!(names, ["x-1/README.md", "x-1/man/x.1", "x-1/x", "x-1/SHA256SUMS"]);
        assert!(listing[2].starts_with("755 "), "{listing:?}");
        assert!(listing[0].starts_with("644 "), "{listing:?}");
    }

    #[test]
    fn the_order_of_packing_changes_no_byte() {
        let mut other = entries();
        other.reverse();
        assert_eq!(
            pack("x-1", 500_000_000, entries()).unwrap(),
            pack("x-1", 500_000_000, other).unwrap()
        );
    }

    #[test]
    fn what_differs_is_named() {
        let one = pack("x-1", 500_000_000, entries()).unwrap();
        let mut others = entries();
        others.pop();
        others[1].bytes.push(3);
        let other = pack("x-1", 500_000_000, others).unwrap();
        assert_eq!(differing(&one, &one).unwrap(), [""; 0]);
        assert_eq!(differing(&one, &other).unwrap(), ["x-1/README.md", "x-1/SHA256SUMS", "x-1/x"]);
    }

    #[test]
    fn what_does_not_match_its_checksum_is_found() {
        let archive = pack("x-1", 500_000_000, entries()).unwrap();
        let wrong =
            |from: &[u8], to: &[u8]| verify(&changed(&archive, from, to)).unwrap_err().to_string();
        assert_eq!(wrong(b"page", b"Page"), "man/x.1 is not what its checksum says");
        let missing = wrong(b"  README.md\n", b"  README.mx\n");
        assert_eq!(missing, "README.mx has a checksum but is not packed");
    }

    #[test]
    fn a_digest_is_that_of_sha256sum() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digest(b""), empty);
    }
}
