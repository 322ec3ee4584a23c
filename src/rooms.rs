//! Compares the table in ARCHITECTURE.md that says which room may import which with the code.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regex_lite::Regex;

type Imports = BTreeMap<String, BTreeSet<String>>;

/// The rows below `| room | may import |`.
fn allowed() -> Imports {
    let text = include_str!("../ARCHITECTURE.md");
    let rows = text.lines().skip_while(|line| !line.starts_with("| room | may import |")).skip(2);
    let names = |cell: &str| -> BTreeSet<String> {
        cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    rows.take_while(|line| line.starts_with('|'))
        .map(|row| {
            let cells: Vec<&str> = row.split('|').collect();
            (names(cells[1]).pop_first().unwrap_or_default(), names(cells[2]))
        })
        .collect()
}

/// What each room imports. Tests are left out: they may use any room.
fn found() -> Imports {
    let mut found = Imports::new();
    visit(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), None, &mut found);
    found
}

fn visit(folder: &Path, room: Option<&str>, found: &mut Imports) {
    let import = Regex::new(r"\bcrate::([a-z_]+)").unwrap();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if ["tests", "sample", "rooms", "bin"].contains(&name.as_str()) {
            continue;
        }
        let room = room.unwrap_or(&name);
        if path.is_dir() {
            visit(&path, Some(room), found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            let imports = import.captures_iter(code).map(|captures| captures[1].to_owned());
            let imports = imports.filter(|other| other != room);
            found.entry(room.to_owned()).or_default().extend(imports);
        }
    }
    found.remove("lib");
}

#[test]
fn rooms_import_what_the_table_allows_and_nothing_else() {
    let (allowed, found) = (allowed(), found());
    let rooms = |imports: &Imports| imports.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(rooms(&allowed), rooms(&found), "the rooms in ARCHITECTURE.md and in src/");
    for (room, imports) in &found {
        assert_eq!(&allowed[room], imports, "what {room} may import, and what it imports");
    }
}

#[test]
fn no_room_imports_itself_by_way_of_others() {
    let allowed = allowed();
    for room in allowed.keys() {
        let mut pending: Vec<&String> = allowed[room].iter().collect();
        let mut seen = BTreeSet::new();
        while let Some(next) = pending.pop() {
            assert_ne!(next, room, "a circle");
            if seen.insert(next) {
                pending.extend(allowed.get(next).into_iter().flatten());
            }
        }
    }
}
