//! Owns which source a line of a profile is about, and whether its block fits there: the file is there,
//! the block lies inside of it, and go would count as many statements in it.
//! Must not know who made the profile, or what is covered.

use std::borrow::Cow;
use std::collections::HashMap;

use camino::{Utf8Path, Utf8PathBuf};
use memchr::memchr_iter;

use crate::domain::blocks::Block;
use crate::domain::counted;
use crate::domain::package::{Package, Selection};
use crate::domain::paths;
use crate::domain::statements::{Position, Statement};
use crate::tools::files::read_regular;
use crate::tools::go::syntax::Syntax;

/// What is wrong with a line.
pub(super) type Misfit = Cow<'static, str>;

/// The Go files of a run, without tests.
#[derive(Debug)]
pub(super) struct Sources {
    root: Utf8PathBuf,
    /// The modules, each with its folder.
    modules: Vec<(String, Utf8PathBuf)>,
    /// What go builds, by go's name for it.
    named: HashMap<String, Utf8PathBuf>,
    /// The same by folder.
    folders: HashMap<Utf8PathBuf, Vec<Utf8PathBuf>>,
    /// The packages of the run by folder: position, import path.
    packages: HashMap<Utf8PathBuf, (usize, String)>,
}

/// Where a name in a profile leads.
#[derive(Debug)]
pub(super) struct Place {
    /// The position of its package; none if that is no part of the run.
    pub(super) package: Option<usize>,
    /// The file as go names it.
    pub(super) name: String,
    /// What it holds; none for a file that only a `//line` directive names.
    pub(super) source: Option<Source>,
}

/// A Go file.
#[derive(Debug)]
pub(super) struct Source {
    /// The length of each line, in bytes.
    lines: Vec<u32>,
    /// What go counts, by start, as the parser sees it.
    statements: Vec<Statement>,
    /// Whether the parser understood all of it.
    whole: bool,
    /// Whether a `//line` directive gives its lines other names and numbers.
    moved: bool,
}

impl Sources {
    pub(super) fn of(selection: &Selection) -> Self {
        let is_code = |path: &Utf8Path| !path.as_str().ends_with("_test.go");
        let mut folders: HashMap<Utf8PathBuf, Vec<Utf8PathBuf>> = HashMap::new();
        let files = || selection.sources.iter().filter(|(_, path)| is_code(path));
        for (_, path) in files() {
            let folder = path.parent().unwrap_or(path).to_owned();
            folders.entry(folder).or_default().push(path.clone());
        }
        let modules = selection.modules.iter();
        let packages = selection.packages.iter();
        let place = |one: &Package| (one.dir.clone(), (one.position, one.import_path.clone()));
        Self {
            root: selection.root.clone(),
            modules: modules
                .map(|module| (module.path.clone(), selection.root.join(&module.folder)))
                .collect(),
            named: files().cloned().collect(),
            folders,
            packages: packages.map(place).collect(),
        }
    }

    /// The files that go builds of a package.
    pub(super) fn of_package(&self, package: &Package) -> &[Utf8PathBuf] {
        self.folders.get(&package.dir).map(Vec::as_slice).unwrap_or_default()
    }

    /// Where a name leads. go writes import paths; other tools paths, absolute or from where they ran.
    pub(super) fn find(&self, name: &[u8]) -> Result<Place, Misfit> {
        let name = std::str::from_utf8(name).map_err(|_| "its file's name is not UTF-8")?;
        let slashes = name.replace('\\', "/");
        if let Some(path) = self.named.get(name).or_else(|| self.named.get(&slashes)) {
            return self.place(path);
        }
        let path = self.path(&slashes).ok_or_else(|| self.foreign())?;
        let folder = path.parent().unwrap_or(&path);
        let listed = self.folders.get(folder);
        if listed.is_some_and(|files| files.contains(&path)) {
            return self.place(&path);
        }
        let known = listed.is_some() || self.packages.contains_key(folder);
        match (path.is_file(), known) {
            (true, false) => self.place(&path),
            _ if self.is_named_by_directive(&path) => {
                Ok(Place { source: None, ..self.nameless(&path) })
            }
            (true, true) => {
                let path = self.shown(&path);
                Err(format!("go does not build {path} here, as if for other build flags").into())
            }
            (false, _) => Err(format!("there is no {}", self.shown(&path)).into()),
        }
    }

    /// The path of a file of one of the modules, whether there is one or not.
    fn path(&self, name: &str) -> Option<Utf8PathBuf> {
        let path = Utf8Path::new(name);
        if path.is_absolute() {
            let inside = |(_, folder): &&(String, Utf8PathBuf)| path.starts_with(folder);
            let (_, folder) = self.modules.iter().find(inside)?;
            return Some(folder.join(paths::normal(path.strip_prefix(folder).ok()?)?));
        }
        let inside = self.modules.iter().filter_map(|(module, folder)| {
            let rest = name.strip_prefix(module.as_str())?.strip_prefix('/')?;
            Some((module.len(), folder.join(paths::normal(Utf8Path::new(rest))?)))
        });
        let may_be = |path: &Utf8PathBuf| {
            path.is_file() || path.parent().is_some_and(|folder| self.folders.contains_key(folder))
        };
        let only = match self.modules.as_slice() {
            [(_, folder)] => Some(folder),
            _ => None,
        };
        let inside = inside.max().map(|(_, path)| path);
        let starts = only.into_iter().chain([&self.root]);
        inside.or_else(|| {
            let path = paths::normal(path)?;
            starts.map(|start| start.join(&path)).find(may_be)
        })
    }

    fn place(&self, path: &Utf8Path) -> Result<Place, Misfit> {
        let source = Source::read(path).map_err(|error| {
            let path = self.shown(path);
            format!("cannot read {path}: {error}")
        })?;
        Ok(Place { source: Some(source), ..self.nameless(path) })
    }

    fn nameless(&self, path: &Utf8Path) -> Place {
        let (package, folder) = match path.parent().and_then(|folder| self.packages.get(folder)) {
            Some((position, import_path)) => (Some(*position), import_path.as_str()),
            None => (None, path.parent().map_or("", Utf8Path::as_str)),
        };
        let name = format!("{folder}/{}", path.file_name().unwrap_or_default());
        Place { package, name, source: None }
    }

    /// Whether a Go file of the same folder says that its lines come from this one. Such a file need not be
    /// there.
    fn is_named_by_directive(&self, path: &Utf8Path) -> bool {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return false };
        let on_disk = || {
            let entries = folder.read_dir_utf8().into_iter().flatten().flatten();
            let files = entries.map(camino::Utf8DirEntry::into_path);
            files.filter(|path| path.extension() == Some("go")).collect()
        };
        let files = self.folders.get(folder).cloned().unwrap_or_else(on_disk);
        files.iter().any(|file| {
            let bytes = read_regular(file.as_std_path()).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            text.lines().any(|line| is_directive(line) && line.contains(name))
        })
    }

    /// A path as messages have it: from where labels start.
    fn shown<'p>(&self, path: &'p Utf8Path) -> &'p Utf8Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }

    fn foreign(&self) -> String {
        match self.modules.as_slice() {
            [(module, _)] => format!("its file is not in the module {module}"),
            modules => format!("its file is in none of the {} modules", modules.len()),
        }
    }
}

/// Whether a line holds a directive that renames what follows (`go doc cmd/compile`).
fn is_directive(line: &str) -> bool {
    line.starts_with("//line ") || line.contains("/*line ")
}

impl Source {
    /// Reads a file.
    pub(super) fn read(path: &Utf8Path) -> std::io::Result<Self> {
        let bytes = read_regular(path.as_std_path())?;
        Ok(Self::parse(&bytes))
    }

    fn parse(bytes: &[u8]) -> Self {
        let unended = (!bytes.ends_with(b"\n")).then_some(bytes.len());
        let ends = memchr_iter(b'\n', bytes).chain(unended);
        let mut start = 0;
        let lines = ends.map(|end| {
            let length = u32::try_from(end - start).unwrap_or(u32::MAX);
            start = end + 1;
            length
        });
        let lines = lines.collect();
        let Syntax { mut statements, functions, whole, .. } = Syntax::read(bytes);
        // go does not count what it cannot call.
        let blank: Vec<_> = functions.iter().filter(|function| function.name == "_").collect();
        statements.retain(|statement| {
            let at = statement.start;
            !blank.iter().any(|function| function.start <= at && at < function.end)
        });
        for statement in &mut statements {
            statement.lines = Vec::new();
        }
        let moved = String::from_utf8_lossy(bytes).lines().any(is_directive);
        Self { lines, statements, whole, moved }
    }

    /// Whether a block can be one of this file, as far as that can be known.
    pub(super) fn fits(&self, block: &Block) -> Result<(), Misfit> {
        if self.moved {
            return Ok(());
        }
        let lines = self.lines.len();
        let (start, end) =
            ((block.start_line, block.start_column), (block.end_line, block.end_column));
        if start > end {
            return Err("its block ends before it starts".into());
        }
        for (line, column) in [start, end] {
            let length = usize::try_from(line).ok().and_then(|line| line.checked_sub(1));
            let Some(length) = length.and_then(|index| self.lines.get(index)) else {
                return Err(format!("its file has no line {line}, only {lines}").into());
            };
            if column == 0 || column > length.saturating_add(1) {
                return Err(format!("line {line} of its file has no column {column}").into());
            }
        }
        if self.whole && block.held(&self.statements).is_none() {
            let wanted = counted::statements(block.statements.into());
            return Err(format!("its file does not have {wanted} there").into());
        }
        Ok(())
    }

    /// Whether blocks of this file exclude one another.
    pub(super) fn is_plain(&self) -> bool {
        !self.moved
    }

    /// The first statement that none of the file's blocks holds; if there are blocks of its package, only as
    /// far as that can be known.
    pub(super) fn first_outside<'b>(
        &self,
        blocks: impl Iterator<Item = &'b Block>,
        sure: bool,
    ) -> Option<Position> {
        if sure && (self.moved || !self.whole) {
            return None;
        }
        // go does not count a label or a block in braces for itself behind a jump.
        let mut inside: Vec<bool> = self.statements.iter().map(|one| one.edge).collect();
        for block in blocks {
            let held = block.held(&self.statements).unwrap_or_default();
            let first = held.first().map(|first| first.start);
            let from = self.statements.partition_point(|one| Some(one.start) < first);
            inside.iter_mut().skip(from).take(held.len()).for_each(|inside| *inside = true);
        }
        let outside = inside.iter().position(|inside| !inside)?;
        self.statements.get(outside).map(|statement| statement.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "package a\n\nfunc One() int {\n\treturn 1\n}\n\nfunc _() { One() }\n";

    fn block(start: (u32, u32), end: (u32, u32), statements: u32) -> Block {
        let ((start_line, start_column), (end_line, end_column)) = (start, end);
        let (file, ignored, covered) = (0, 0, false);
        Block { file, start_line, start_column, end_line, end_column, statements, ignored, covered }
    }

    fn misfit(text: &str, block: Block) -> Option<String> {
        Source::parse(text.as_bytes()).fits(&block).err().map(Cow::into_owned)
    }

    #[test]
    fn a_block_lies_in_its_file() {
        assert_eq!(misfit(FILE, block((3, 16), (5, 2), 1)), None);
        assert_eq!(misfit(FILE, block((4, 2), (5, 2), 1)), None, "as go 1.27 has it");
        let said = |start, end, statements| misfit(FILE, block(start, end, statements)).unwrap();
        assert_eq!(said((3, 16), (9, 2), 1), "its file has no line 9, only 7");
        assert_eq!(said((0, 1), (5, 2), 1), "its file has no line 0, only 7");
        assert_eq!(said((3, 16), (5, 3), 1), "line 5 of its file has no column 3");
        assert_eq!(said((3, 0), (5, 2), 1), "line 3 of its file has no column 0");
        assert_eq!(said((5, 2), (3, 16), 1), "its block ends before it starts");
        assert_eq!(said((3, 16), (5, 2), 2), "its file does not have 2 statements there");
        assert_eq!(said((2, 1), (3, 10), 1), "its file does not have 1 statement there");
    }

    #[test]
    fn only_what_is_certain_is_held_against_a_profile() {
        let far = block((900, 1), (901, 2), 7);
        let moved = format!("//line grammar.y:900\n{FILE}");
        assert_eq!(misfit(&moved, far), None);
        let broken = format!("{FILE}\nfunc {{{{\n");
        assert_eq!(misfit(&broken, block((3, 16), (5, 2), 9)), None);
        assert!(misfit(&broken, far).is_some());
    }

    #[test]
    fn what_no_block_holds_is_found() {
        let source = Source::parse(FILE.as_bytes());
        let all = block((3, 16), (5, 2), 1);
        assert_eq!(source.first_outside([all].iter(), true), None, "go does not count `_`");
        let place = Position { line: 4, column: 2 };
        assert_eq!(source.first_outside([].iter(), true), Some(place));
        let moved = Source::parse(format!("//line grammar.y:900\n{FILE}").as_bytes());
        assert_eq!(moved.first_outside([].iter(), true), None);
        assert!(moved.first_outside([].iter(), false).is_some());
    }
}
