//! Owns the edits of a random module, each of a kind that people make.
//! Must not know how edits are gated.

use super::dice::Random;
use super::module::{Attribute, Module};
use super::text::{self, Entry};

/// Edits a package, or something else in the module. Returns a description, or `None` if this edit is
/// impossible there.
type Edit = fn(&mut Module, usize, &mut Random) -> Option<&'static str>;

/// The edits, with their weights.
const EDITS: [(usize, Edit); 30] = [
    // A changed number reaches furthest.
    (6, number),
    (1, limit),
    (1, untested),
    (1, call_less),
    (1, call_more),
    (1, import),
    (4, data),
    (2, floor),
    (1, gone),
    (1, new),
    (1, comment),
    (1, renamed),
    (7, what_a_test_reads),
    (1, what_a_test_reads_is_gone),
    (1, what_a_test_reads_is_a_link),
    (1, what_a_test_reads_elsewhere),
    (4, hidden),
    (3, lib),
    (1, lib_module),
    (3, made),
    (3, ignored_data),
    (1, more_ignored_data),
    (2, link),
    (2, attributes),
    (2, unnoticed),
    (1, readme),
    (1, guide),
    (1, other_module),
    (1, helper),
    (1, new_folder),
];

pub(super) fn edit(module: &mut Module, random: &mut Random) -> String {
    let all: usize = EDITS.iter().map(|(weight, _)| weight).sum();
    loop {
        let mut chosen = random.below(all);
        let Some(index) = random.pick(&module.live()) else { return "nothing is left".to_owned() };
        let path = module.path(index);
        for (weight, edit) in EDITS {
            if chosen < weight {
                if let Some(what) = edit(module, index, random) {
                    return format!("{path}: {what}");
                }
                break;
            }
            chosen -= weight;
        }
    }
}

fn number(module: &mut Module, index: usize, _: &mut Random) -> Option<&'static str> {
    module.package(index).number += 1;
    Some("another number")
}

fn limit(module: &mut Module, index: usize, _: &mut Random) -> Option<&'static str> {
    module.package(index).limit += 1;
    Some("another limit")
}

fn untested(module: &mut Module, index: usize, _: &mut Random) -> Option<&'static str> {
    module.package(index).untested += 1;
    Some("an untested function")
}

fn call_less(module: &mut Module, index: usize, _: &mut Random) -> Option<&'static str> {
    module.package(index).tests.calls.pop().map(|_| "a call less in its tests")
}

fn call_more(module: &mut Module, index: usize, _: &mut Random) -> Option<&'static str> {
    module.package(index).tests.calls.push((index, 1, None));
    Some("a call more in its tests")
}

fn import(module: &mut Module, index: usize, random: &mut Random) -> Option<&'static str> {
    let smaller: Vec<usize> = module.live().into_iter().filter(|other| *other < index).collect();
    let other = random.pick(&smaller)?;
    let imports = &mut module.package(index).imports;
    if imports.remove(&other) {
        return Some("an import less");
    }
    imports.insert(other);
    Some("an import more")
}

fn data(module: &mut Module, index: usize, random: &mut Random) -> Option<&'static str> {
    let package = module.package(index);
    // Embedded files matter most.
    let embedded = package.embeds.map_or("data", |(_, folder)| folder);
    let files = match (embedded, random.percent(75)) {
        ("data", true) | ("testdata", false) => &mut package.data,
        _ => &mut package.testdata,
    };
    Some(match random.below(3) {
        0 => {
            files.pop_last();
            "a file less in its data"
        }
        1 => {
            files.insert("new.txt".to_owned(), "x\n".to_owned());
            "a file more in its data"
        }
        _ => {
            files.values_mut().for_each(|text| text.insert(0, 'y'));
            "longer files in its data"
        }
    })
}

fn floor(module: &mut Module, index: usize, random: &mut Random) -> Option<&'static str> {
    module.package(index).floor = match random.below(3) {
        0 => None,
        floor => Some(format!("{}\n", floor * 50)),
    };
    Some("another floor")
}

/// Half of the time, the packages that use it are fixed.
fn gone(module: &mut Module, index: usize, random: &mut Random) -> Option<&'static str> {
    module.packages[index] = None;
    if random.percent(50) {
        for package in module.packages.iter_mut().flatten() {
            package.imports.remove(&index);
            package.tests.calls.retain(|(target, ..)| *target != index);
            package.tests.hidden.retain(|(owner, _)| *owner != index);
            package.embeds = package.embeds.filter(|(owner, _)| *owner != index);
            if let Some(hidden) = &mut package.hidden {
                hidden.import = hidden.import.filter(|import| *import != index);
            }
        }
    }
    Some("it is gone")
}

fn new(module: &mut Module, _: usize, random: &mut Random) -> Option<&'static str> {
    module.add(random);
    module.call(module.packages.len() - 1, random);
    Some("a new package elsewhere")
}

fn comment(module: &mut Module, index: usize, _: &mut Random) -> Option<&'static str> {
    module.package(index).comments += 1;
    Some("a comment")
}

fn renamed(module: &mut Module, index: usize, _: &mut Random) -> Option<&'static str> {
    module.package(index).source = "b.go";
    Some("its file has another name")
}

/// A file that a test reads, with links resolved.
fn read(module: &Module, index: usize, random: &mut Random) -> Option<String> {
    let package = module.packages[index].as_ref()?;
    let read = random.pick(&package.tests.reads)?;
    text::real(&text::files(module), &read.path)
}

fn append(module: &mut Module, path: &str, more: &str) -> Option<()> {
    let files = text::files(module);
    let Entry::Text(text) = files.get(path)? else { return None };
    let text = format!("{}{more}", text.replace('\r', ""));
    module.write(path, &text);
    Some(())
}

fn what_a_test_reads(
    module: &mut Module,
    index: usize,
    random: &mut Random,
) -> Option<&'static str> {
    let path = read(module, index, random)?;
    append(module, &path, "y\n")?;
    Some("what its test reads")
}

fn what_a_test_reads_is_gone(
    module: &mut Module,
    index: usize,
    random: &mut Random,
) -> Option<&'static str> {
    let path = read(module, index, random)?;
    module.loose.insert(path, None);
    Some("what its test reads is gone")
}

/// The link leads to `notes.txt`.
fn what_a_test_reads_is_a_link(
    module: &mut Module,
    index: usize,
    random: &mut Random,
) -> Option<&'static str> {
    let path = read(module, index, random).filter(|path| path != "notes.txt")?;
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let link = Entry::Link(text::relative(folder, "notes.txt"));
    module.loose.insert(path, Some(link));
    Some("what its test reads is a link now")
}

/// Adds a file beside one that its test reads.
fn what_a_test_reads_elsewhere(
    module: &mut Module,
    index: usize,
    random: &mut Random,
) -> Option<&'static str> {
    let path = read(module, index, random)?;
    module.write(&format!("{path}.new"), "x\n");
    Some("a file beside what its test reads")
}

fn hidden(module: &mut Module, index: usize, _: &mut Random) -> Option<&'static str> {
    module.package(index).hidden.as_mut()?.number += 1;
    Some("another number in its testdata package")
}

fn lib(module: &mut Module, _: usize, _: &mut Random) -> Option<&'static str> {
    *module.lib.as_mut()? += 1;
    Some("or rather the module lib: another number")
}

fn lib_module(module: &mut Module, _: usize, _: &mut Random) -> Option<&'static str> {
    append(module, "lib/go.mod", "// A comment.\n")?;
    Some("or rather the module lib: its go.mod")
}

fn made(module: &mut Module, index: usize, _: &mut Random) -> Option<&'static str> {
    *module.package(index).made.as_mut()? += 1;
    Some("another number in its ignored source")
}

fn ignored_data(module: &mut Module, index: usize, _: &mut Random) -> Option<&'static str> {
    append(module, &text::join(&module.path(index), "a.dat"), "y\n")?;
    Some("longer ignored data")
}

fn more_ignored_data(module: &mut Module, index: usize, _: &mut Random) -> Option<&'static str> {
    if !module.ignored {
        return None;
    }
    module.write(&text::join(&module.path(index), "b.dat"), "x\n");
    Some("more ignored data")
}

fn link(module: &mut Module, index: usize, random: &mut Random) -> Option<&'static str> {
    let other = random.pick(&module.live())?;
    let other = module.path(other);
    let links = &mut module.package(index).links;
    let name = random.pick(&links.keys().copied().collect::<Vec<_>>())?;
    let inside = if name == "linked" { "testdata" } else { "testdata/out.txt" };
    links.insert(name, text::join(&other, inside));
    Some("a link leads elsewhere")
}

fn attributes(module: &mut Module, _: usize, _: &mut Random) -> Option<&'static str> {
    module.attribute = match module.attribute {
        Some(Attribute::LineEnds) => None,
        Some(Attribute::OneWay) => return None,
        None => Some(Attribute::LineEnds),
    };
    Some("or rather .gitattributes: other line ends everywhere")
}

/// Changes a file on disk so that git does not see a difference.
fn unnoticed(module: &mut Module, index: usize, random: &mut Random) -> Option<&'static str> {
    let path = read(module, index, random).filter(|path| path.ends_with(".txt"))?;
    let files = text::files(module);
    let Entry::Text(text) = files.get(&path)? else { return None };
    let (text, what) = match module.attribute? {
        Attribute::LineEnds => (text.replace('\r', ""), "what its test reads has other line ends"),
        Attribute::OneWay if text.contains('y') => {
            (text.replace('y', "z"), "what its test reads, but not what the filter makes of it")
        }
        Attribute::OneWay => return None,
    };
    module.loose.insert(path, Some(Entry::Raw(text)));
    Some(what)
}

fn readme(module: &mut Module, _: usize, _: &mut Random) -> Option<&'static str> {
    append(module, "README.md", "More.\n")?;
    Some("or rather the README")
}

fn guide(module: &mut Module, _: usize, _: &mut Random) -> Option<&'static str> {
    append(module, "docs/guide.md", "More.\n")?;
    Some("or rather the guide")
}

fn other_module(module: &mut Module, _: usize, random: &mut Random) -> Option<&'static str> {
    let path = random.pick(&["other/x.txt", "other/x.go"])?;
    append(module, path, "// More.\n")?;
    Some("or rather the module that nobody uses")
}

fn helper(module: &mut Module, _: usize, _: &mut Random) -> Option<&'static str> {
    append(module, "where/where.go", "// A comment.\n")?;
    Some("or rather a comment in the package where")
}

fn new_folder(module: &mut Module, index: usize, random: &mut Random) -> Option<&'static str> {
    let name = random.pick(&["deep/x.txt", "deep/x.go", "data/deep/x.txt", "deep/er/x.h"])?;
    let text = if name.ends_with(".go") { "package deep\n" } else { "x\n" };
    module.write(&text::join(&module.path(index), name), text);
    Some("a new folder in it")
}
