//! Owns the files of a random module, by path, as a checkout has them.
//! Must not know how the module is made or edited.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::module::{Attribute, Helper, How, Module, Package, Place, Tests};

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Entry {
    Text(String),
    /// A text that is written unchanged, whatever the attributes say.
    Raw(String),
    /// A symbolic link, by its text.
    Link(String),
}

pub(super) type Files = BTreeMap<String, Entry>;

/// The `.gitignore` of modules with ignored files.
const IGNORED: &str = "*.dat\nmade.go\n";

/// The clean filter of [`Attribute::OneWay`].
pub(super) const ONE_WAY: &str = "tr z y";

/// All files, by path.
pub(super) fn files(module: &Module) -> Files {
    let mut files = Files::new();
    let mut write = |path: String, text: String| files.insert(path, Entry::Text(text));
    let mut go_mod = "module m\n\ngo 1.22\n".to_owned();
    if let Some(number) = module.lib {
        go_mod.push_str("\nrequire lib v0.0.0\n\nreplace lib => ./lib\n");
        write("lib/go.mod".to_owned(), "module lib\n\ngo 1.22\n".to_owned());
        let source = format!("package lib\n\nfunc L() int {{ return {number} }}\n");
        write("lib/lib.go".to_owned(), source);
    }
    write("go.mod".to_owned(), go_mod);
    let tests = if module.outside { "test-dir = \"tests\"\n" } else { "" };
    let irrelevant = if module.irrelevant { "irrelevant = [\"*.md\", \"docs/**\"]\n" } else { "" };
    let settings = format!("default-threshold = 0.0\n{tests}{irrelevant}");
    write("covgate.toml".to_owned(), settings);
    if module.ignored {
        write(".gitignore".to_owned(), IGNORED.to_owned());
    }
    match module.attribute {
        Some(Attribute::LineEnds) => {
            write(".gitattributes".to_owned(), "*.txt text eol=crlf\n".to_owned());
        }
        Some(Attribute::OneWay) => {
            write(".gitattributes".to_owned(), "*.txt filter=one-way\n".to_owned());
        }
        None => {}
    }
    if let Some(helper) = module.helper {
        write("where/where.go".to_owned(), self::helper(helper));
    }
    for index in module.live() {
        let Some(package) = &module.packages[index] else { continue };
        self::package(module, index, package, &mut files);
    }
    for (path, entry) in &module.loose {
        match entry {
            Some(entry) => files.insert(path.clone(), entry.clone()),
            None => files.remove(path),
        };
    }
    for (_, entry) in files.iter_mut().filter(|(path, _)| path.ends_with(".txt")) {
        if let Entry::Text(text) = entry {
            *text = module.on_disk(text);
        }
    }
    files
}

fn package(module: &Module, index: usize, package: &Package, files: &mut Files) {
    let path = &package.path;
    let mut write = |path: String, text: String| files.insert(path, Entry::Text(text));
    write(join(path, package.source), source(module, package));
    let Tests { place, calls, hidden, reads, globs } = &package.tests;
    let folder = match place {
        Place::Outside => path.replacen("pkg", "tests", 1),
        _ => path.clone(),
    };
    if !calls.is_empty() || !hidden.is_empty() || !reads.is_empty() || globs.is_some() {
        write(join(&folder, "a_test.go"), test(module, index, package, &folder));
    }
    for (folder, contents) in [("data", &package.data), ("testdata", &package.testdata)] {
        for (name, text) in contents {
            write(join(path, &format!("{folder}/{name}")), text.clone());
        }
    }
    if let Some(hidden) = &package.hidden {
        let mut text = format!("package gen{index}\n\n");
        let mut more = String::new();
        if let Some(import) = hidden.import {
            let path = module.path(import);
            let _ = write!(text, "import \"{}\"\n\n", import_path(&path));
            more = format!(" + {}.F(1)", name(&path));
        }
        let _ = writeln!(text, "func G() int {{ return {}{more} }}", hidden.number);
        write(join(path, &format!("testdata/gen{index}/gen.go")), text);
    }
    if let Some(number) = package.made {
        let text = format!("package {}\n\nfunc made() int {{ return {number} }}\n", name(path));
        write(join(path, "made.go"), text);
    }
    if let Some(floor) = &package.floor {
        write(join(path, ".covgate"), floor.clone());
    }
    for (link, target) in &package.links {
        files.insert(join(path, link), Entry::Link(relative(path, target)));
    }
}

fn source(module: &Module, package: &Package) -> String {
    let mut text = format!("package {}\n\n", name(&package.path));
    let mut body =
        format!("\tsum := {}\n\tif n > {} {{\n\t\tsum += 3\n\t}}\n", package.number, package.limit);
    if package.made.is_some() {
        body.push_str("\tsum += made()\n");
    }
    let paths = package.imports.iter().map(|import| module.path(*import));
    let mut calls: Vec<(String, String)> =
        paths.map(|path| (import_path(&path), format!("{}.F(n)", name(&path)))).collect();
    if package.lib {
        calls.push(("lib".to_owned(), "lib.L()".to_owned()));
    }
    for (import, call) in calls {
        let _ = writeln!(text, "import \"{import}\"");
        let _ =
            write!(body, "\tif {call}%2 == 0 {{\n\t\tsum += 1\n\t}} else {{\n\t\tsum += 2\n\t}}\n");
    }
    if let Some((owner, folder)) = package.embeds {
        let owner = module.path(owner);
        let below = owner.strip_prefix(&package.path).unwrap_or(&owner).trim_start_matches('/');
        let folder = join(below, folder);
        let _ = write!(text, "import \"embed\"\n\n//go:embed {folder}\nvar files embed.FS\n");
        let _ = write!(
            body,
            "\tlist, _ := files.ReadDir(\"{folder}\")\n\tfor _, file := range list {{\n\t\ttext, _ := files.ReadFile(\"{folder}/\" + file.Name())\n\t\tsum += len(text)\n\t}}\n\tif len(list) > 1 {{\n\t\tsum += 5\n\t}}\n"
        );
    }
    let _ = write!(text, "\nfunc F(n int) int {{\n{body}\treturn sum\n}}\n");
    for number in 0..package.untested {
        let _ = write!(text, "\nfunc Untested{number}() int {{ return {number} }}\n");
    }
    for _ in 0..package.comments {
        text.push_str("// A comment.\n");
    }
    text
}

/// The test file of a package; `folder` is the test's own folder.
fn test(module: &Module, index: usize, package: &Package, folder: &str) -> String {
    let Tests { place, calls, hidden, reads, globs } = &package.tests;
    let own = name(&package.path);
    let suffix = if *place == Place::Inside { "" } else { "_test" };
    let mut imports = BTreeSet::from(["testing".to_owned()]);
    let mut body = String::new();
    for (target, argument, want) in calls {
        let path = module.path(*target);
        let call = match *target == index && suffix.is_empty() {
            true => format!("F({argument})"),
            false => {
                imports.insert(import_path(&path));
                format!("{}.F({argument})", name(&path))
            }
        };
        let _ = match want {
            Some(want) => {
                write!(body, "\tif {call} != {want} {{\n\t\tt.Error(\"{path}\")\n\t}}\n")
            }
            None => writeln!(body, "\t{call}"),
        };
    }
    for (owner, want) in hidden {
        imports.insert(import_path(&join(&module.path(*owner), &format!("testdata/gen{owner}"))));
        let call = format!("gen{owner}.G()");
        let _ = write!(body, "\tif {call} != {want} {{\n\t\tt.Error(\"{call}\")\n\t}}\n");
    }
    let mut walks = false;
    for read in reads {
        imports.insert("os".to_owned());
        let path = match read.how {
            How::Relative => format!("{:?}", relative(folder, &read.path)),
            How::Walk => {
                walks = true;
                format!("root() + {:?}", format!("/{}", read.path))
            }
            How::Helper => {
                imports.insert(import_path("where"));
                format!("where.Root() + {:?}", format!("/{}", read.path))
            }
        };
        let want = format!("{:?}", read.want);
        let _ = write!(
            body,
            "\tif text, err := os.ReadFile({path}); err != nil || string(text) != {want} {{\n\t\tt.Error(\"input\", string(text), err)\n\t}}\n"
        );
    }
    if let Some(length) = globs {
        imports.extend(["os".to_owned(), "path/filepath".to_owned()]);
        let _ = write!(
            body,
            "\tnames, _ := filepath.Glob(\"*.dat\")\n\tlength := 0\n\tfor _, name := range names {{\n\t\ttext, _ := os.ReadFile(name)\n\t\tlength += len(text)\n\t}}\n\tif length != {length} {{\n\t\tt.Error(\"length\", length)\n\t}}\n"
        );
    }
    let mut text = format!("package {own}{suffix}\n\n");
    if walks {
        imports.extend(["os".to_owned(), "path/filepath".to_owned()]);
    }
    for import in imports {
        let _ = writeln!(text, "import \"{import}\"");
    }
    if walks {
        let _ = write!(text, "\n{}", walk("root"));
    }
    let _ = write!(text, "\nfunc Test(t *testing.T) {{\n{body}}}\n");
    text
}

fn helper(helper: Helper) -> String {
    match helper {
        Helper::Walk => {
            let walk = walk("Root");
            format!("package where\n\nimport \"os\"\nimport \"path/filepath\"\n\n{walk}")
        }
        Helper::Caller => "package where\n\nimport \"path/filepath\"\nimport \"runtime\"\n\nfunc Root() string {\n\t_, file, _, _ := runtime.Caller(0)\n\treturn filepath.Dir(filepath.Dir(file))\n}\n".to_owned(),
    }
}

/// A function that finds the module's root from the working directory.
fn walk(name: &str) -> String {
    format!(
        "func {name}() string {{\n\tfolder, _ := os.Getwd()\n\tfor {{\n\t\tif _, err := os.Stat(folder + \"/go.mod\"); err == nil {{\n\t\t\treturn folder\n\t\t}}\n\t\tfolder = filepath.Dir(folder)\n\t}}\n}}\n"
    )
}

/// The text of a file, found through links.
pub(super) fn resolve(files: &Files, path: &str) -> Option<String> {
    match files.get(&real(files, path)?)? {
        Entry::Text(text) | Entry::Raw(text) => Some(text.clone()),
        Entry::Link(_) => None,
    }
}

/// A path with its links resolved.
pub(super) fn real(files: &Files, path: &str) -> Option<String> {
    let mut real = String::new();
    let mut pending: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
    let mut steps = 0;
    while let Some(element) = pending.pop() {
        steps += 1;
        if steps > 100 {
            return None;
        }
        if element == ".." {
            real = real.rsplit_once('/').map(|(above, _)| above.to_owned()).unwrap_or_default();
            continue;
        }
        let next = join(&real, &element);
        match files.get(&next) {
            Some(Entry::Link(text)) => pending.extend(text.split('/').rev().map(str::to_owned)),
            _ => real = next,
        }
    }
    Some(real)
}

/// The path that leads from a folder to another place, both from the root.
pub(super) fn relative(from: &str, to: &str) -> String {
    let split = |path: &str| -> Vec<String> {
        path.split('/').filter(|element| !element.is_empty()).map(str::to_owned).collect()
    };
    let (from, to) = (split(from), split(to));
    let common = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let up = from[common..].iter().map(|_| "..".to_owned());
    up.chain(to[common..].iter().cloned()).collect::<Vec<_>>().join("/")
}

pub(super) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Whether a path lies in a folder, and is not that folder.
pub(super) fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn import_path(path: &str) -> String {
    join("m", path).trim_end_matches('/').to_owned()
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("m")
}
