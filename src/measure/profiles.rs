//! Owns profiles that somebody else made: reads them, whatever their size, and says what they hold of a
//! package. Each line must fit the sources; what no line says is not known.
//! Must not know where the profiles lie, or what covgate's own runs are.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io::{ErrorKind, Read};

use camino::Utf8Path;
use sha2::{Digest, Sha256};

use super::fit::{Misfit, Place, Source, Sources};
use crate::choose::sources;
use crate::domain::blocks::{Block, PackageBlocks};
use crate::domain::outcome::{Measured, Outcome};
use crate::domain::package::{Package, Selection};
use crate::domain::paths;
use crate::domain::statements::Position;
use crate::error::{Error, Result};
use crate::tools::go::profile::BlockReader;

/// A piece of a profile, in bytes.
const PIECE: usize = 256 * 1024;

/// What profiles hold of the packages of a run.
#[derive(Debug)]
pub(crate) struct Profiles {
    sources: Sources,
    files: Vec<Held>,
    /// The files by the names that profiles give them.
    names: HashMap<Vec<u8>, usize>,
    /// The same by go's own name.
    places: HashMap<String, usize>,
    /// Consecutive lines name the same file.
    current: Option<(Vec<u8>, usize)>,
    /// The files of each package, by position.
    packages: HashMap<usize, Vec<usize>>,
}

/// The blocks of a file, each once however often it is listed, and whether it is covered.
#[derive(Debug)]
struct Held {
    place: Place,
    blocks: BTreeMap<Block, bool>,
}

impl Profiles {
    /// No profiles yet, of the packages of a run.
    pub(crate) fn of(selection: &Selection) -> Self {
        Self {
            sources: Sources::of(selection),
            files: Vec::new(),
            names: HashMap::new(),
            places: HashMap::new(),
            current: None,
            packages: HashMap::new(),
        }
    }

    /// Adds a profile; returns a digest of its bytes. A block is covered if one of the profiles says so.
    ///
    /// # Errors
    /// When it cannot be read, is no profile, or does not fit the sources; with its name and the line.
    pub(crate) fn add(&mut self, name: &str, profile: &mut dyn Read) -> Result<String> {
        let mut digest = Sha256::new();
        let mut reader = BlockReader::default();
        let mut buffer = vec![0; PIECE];
        loop {
            let count = match profile.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => {
                    return Err(Error::usage(error).context(format!("cannot read {name}")));
                }
            };
            digest.update(&buffer[..count]);
            reader.push(&buffer[..count], &mut |file, block| self.take(file, block));
            if reader.error().is_some() {
                break;
            }
        }
        reader.finish();
        if let Some(error) = reader.error() {
            return Err(Error::usage(error.in_profile(name)).hint(STALE));
        }
        match reader.is_empty() {
            true => Err(Error::usage(format!("{name} is empty: it is no coverage profile"))
                .hint("did what makes it come to its end?")),
            false => Ok(sources::shown(digest)),
        }
    }

    fn take(&mut self, name: &[u8], block: Block) -> Result<(), Misfit> {
        let index = self.locate(name)?;
        let Some(held) = self.files.get_mut(index) else { return Ok(()) };
        if let Some(source) = &held.place.source {
            source.fits(&block)?;
        }
        held.add(block)
    }

    fn locate(&mut self, name: &[u8]) -> Result<usize, Misfit> {
        if let Some((known, index)) = &self.current
            && known == name
        {
            return Ok(*index);
        }
        let index = match self.names.get(name) {
            Some(index) => *index,
            None => {
                let index = self.keep(self.sources.find(name)?);
                self.names.insert(name.to_owned(), index);
                index
            }
        };
        self.current = Some((name.to_owned(), index));
        Ok(index)
    }

    fn keep(&mut self, place: Place) -> usize {
        let next = self.files.len();
        let index = *self.places.entry(place.name.clone()).or_insert(next);
        if index == next {
            if let Some(package) = place.package {
                self.packages.entry(package).or_default().push(index);
            }
            self.files.push(Held { place, blocks: BTreeMap::new() });
        }
        index
    }

    /// The files of a package that profiles name.
    fn held(&self, package: &Package) -> impl Iterator<Item = &Held> {
        let files = self.packages.get(&package.position).into_iter().flatten();
        files.filter_map(|index| self.files.get(*index))
    }

    fn blocks(&self, package: &Package) -> PackageBlocks {
        let files = self.held(package).map(|held| (held.place.name.clone(), held.all()));
        PackageBlocks::from_files(files.collect())
    }

    /// The package as the profiles have it. Whether its tests pass, they do not tell.
    pub(crate) fn measured(&self, package: &Package) -> Measured {
        let mut blocks = self.blocks(package);
        let coverage = blocks.coverage();
        let known = coverage.total > 0;
        if let Some((file, at)) = self.first_outside(package, known) {
            let place = format!("{}:{}", package.path_of(&file), at.line);
            let note = match known {
                true => format!("the profiles lack the statement at {place}: {STALE}"),
                false => format!("the profiles lack this package, which has statements ({place})"),
            };
            return Measured::without_coverage(
                Outcome::NoCoverageData,
                format!("covgate: {note}\n"),
            );
        }
        let outcome = if known { Outcome::Covered(coverage) } else { Outcome::NoStatements };
        Measured { blocks, ..Measured::without_coverage(outcome, String::new()) }
    }

    /// What a run covers of a package together with the profiles. They must be of the same build: go has the
    /// same blocks then.
    pub(crate) fn add_to(&self, package: &Package, measured: Measured) -> Measured {
        let mut added = self.blocks(package);
        if measured.outcome.coverage().is_none() || added.coverage().total == 0 {
            return measured;
        }
        let Measured { mut blocks, elapsed, cached, failed_runs, .. } = measured;
        let before = blocks.coverage().total;
        blocks.unite(added);
        let coverage = blocks.coverage();
        if coverage.total != before {
            let note = "the profiles from elsewhere hold other blocks of it than its tests: they are of \
                 other sources, or by another go";
            let none =
                Measured::without_coverage(Outcome::NoCoverageData, format!("covgate: {note}\n"));
            return Measured { elapsed, failed_runs, ..none };
        }
        let covered = Measured::without_coverage(Outcome::Covered(coverage), String::new());
        Measured { elapsed, cached, failed_runs, blocks, ..covered }
    }

    /// The first statement of a package that is in no block, with its file.
    fn first_outside(&self, package: &Package, known: bool) -> Option<(String, Position)> {
        let files = self.sources.of_package(package).iter();
        let mut found = files.filter_map(|path| {
            let name = format!("{}/{}", package.import_path, file_name(path));
            let held = self.places.get(&name).and_then(|index| self.files.get(*index));
            let at = match held.and_then(|held| Some((held, held.place.source.as_ref()?))) {
                Some((held, source)) => source.first_outside(held.blocks.keys(), known),
                None => Source::read(path).ok()?.first_outside([].iter(), known),
            };
            at.map(|at| (name, at))
        });
        found.next()
    }
}

const STALE: &str = "make it again, of these sources and with the same build flags";

fn file_name(path: &Utf8Path) -> &str {
    paths::last(path.as_str())
}

impl Held {
    fn add(&mut self, block: Block) -> Result<(), Misfit> {
        let key = Block { file: 0, covered: false, ..block };
        if let Some(covered) = self.blocks.get_mut(&key) {
            *covered |= block.covered;
            return Ok(());
        }
        // Where a directive moves lines, two places may have one name.
        if self.place.source.as_ref().is_some_and(Source::is_plain) {
            let above = self.blocks.range(..&key).next_back().map(|(above, _)| above);
            let below = self.blocks.range(&key..).next().map(|(below, _)| below);
            let overlap = [above.zip(Some(&key)), Some(&key).zip(below)];
            let overlap = overlap.into_iter().flatten().find(|(first, second)| {
                (first.end_line, first.end_column) > (second.start_line, second.start_column)
            });
            if let Some((first, second)) = overlap {
                let other = if *first == key { second } else { first };
                return Err(Cow::Owned(format!(
                    "its block overlaps the one at {}.{},{}.{}, of other sources or by another go",
                    other.start_line, other.start_column, other.end_line, other.end_column
                )));
            }
        }
        self.blocks.insert(key, block.covered);
        Ok(())
    }

    fn all(&self) -> Vec<Block> {
        self.blocks.iter().map(|(block, covered)| Block { covered: *covered, ..*block }).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::domain::package::Module;

    /// A module with one file in its root, of two functions.
    fn profiles(folder: &Utf8Path) -> Profiles {
        let text = "package m\n\nfunc One() int { return 1 }\n\nfunc Two() int { return 2 }\n";
        std::fs::write(folder.join("a.go"), text).unwrap();
        let module = Module { path: "m".to_owned(), folder: "".into() };
        let sources = vec![("m/a.go".to_owned(), folder.join("a.go"))];
        let root = folder.to_owned();
        Profiles::of(&Selection { root, modules: vec![module], sources, ..Selection::default() })
    }

    fn folder() -> (tempfile::TempDir, camino::Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = camino::Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        (folder, path)
    }

    const LINE: &str = "m/a.go:3.16,3.28 1 0\n";

    #[test]
    fn a_block_is_kept_once_however_often_it_comes() {
        let (_folder, path) = folder();
        let mut profiles = profiles(&path);
        let mut profile = Cursor::new("mode: set\n")
            .chain(Cursor::new(LINE.repeat(100_000)))
            .chain(Cursor::new("mode: atomic\nm/a.go:3.16,3.28 1 99999999999999999999999\n"));
        profiles.add("c.out", &mut profile).unwrap();
        assert_eq!((profiles.files.len(), profiles.names.len()), (1, 1));
        let blocks: Vec<bool> = profiles.files[0].blocks.values().copied().collect();
        assert_eq!(blocks, [true], "covered at last");
    }

    #[test]
    fn names_of_one_file_are_one_file() {
        let (_folder, path) = folder();
        let mut profiles = profiles(&path);
        let text = format!("mode: set\n{LINE}./a.go:3.16,3.28 1 1\n{path}/a.go:5.16,5.28 1 0\n");
        profiles.add("c.out", &mut text.as_bytes()).unwrap();
        assert_eq!(profiles.files.len(), 1);
        assert_eq!(profiles.files[0].all().iter().filter(|block| block.covered).count(), 1);
        assert_eq!(profiles.files[0].blocks.len(), 2);
    }

    #[test]
    fn overlapping_blocks_are_of_different_builds() {
        let (_folder, path) = folder();
        for (first, second) in [("3.16,3.28", "3.18,3.28"), ("3.18,3.28", "3.16,3.28")] {
            let text = format!("mode: set\nm/a.go:{first} 1 1\nm/a.go:{second} 1 1\n");
            let error = profiles(&path).add("c.out", &mut text.as_bytes()).unwrap_err();
            let words = format!("c.out, line 3: its block overlaps the one at {first}, of other");
            assert!(error.to_string().starts_with(&words), "{error}");
        }
    }

    #[test]
    fn digests_are_of_bytes() {
        let (_folder, path) = folder();
        let digest = |text: &str| profiles(&path).add("c.out", &mut text.as_bytes()).unwrap();
        let one = digest(&format!("mode: set\n{LINE}"));
        assert_eq!(digest(&format!("mode: set\n{LINE}")), one);
        assert_ne!(digest(&format!("mode: set\n{LINE}{LINE}")), one);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_a_profile_or_an_error(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            let (_folder, path) = folder();
            let bytes = [b"mode: set\n".as_slice(), &bytes].concat();
            let _ = profiles(&path).add("c.out", &mut bytes.as_slice());
        }

        #[test]
        fn any_place_is_in_the_file_or_an_error(
            (line, column, end_line, end_column) in (0u32..9, 0u32..40, 0u32..9, 0u32..40),
            statements in 0u32..4,
        ) {
            let (_folder, path) = folder();
            let text = format!("mode: set\nm/a.go:{line}.{column},{end_line}.{end_column} {statements} 1\n");
            let mut profiles = profiles(&path);
            if profiles.add("c.out", &mut text.as_bytes()).is_ok() {
                let known: u32 = profiles.files[0].blocks.keys().map(|block| block.statements).sum();
                proptest::prop_assert!(known <= 2 && end_line <= 5);
            }
        }
    }
}
