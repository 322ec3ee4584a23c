//! Owns adding covgate's job to a manager's file and taking it out again, as
//! edits of text that leave every other byte alone.
//! Must not read or write a file. Where it is not certain that the edit is right, it refuses.

use super::{Kind, Language, Manager};

/// The indent up to which covgate's job is added to a list, and looked for.
const DEEPEST: usize = 8;

/// The lines that are not comments in any of the files' languages.
pub fn lines(text: &str) -> impl Iterator<Item = &str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines().filter(|line| {
        let line = line.trim_start();
        !(line.is_empty() || line.starts_with('#') || line.starts_with("//"))
    })
}

/// The text with covgate's job at its end.
///
/// # Errors
/// With the reason why that is not a plain edit.
pub fn add(manager: &Manager, text: &str) -> Result<String, &'static str> {
    let indent = match (manager.kind, manager.language()) {
        (_, Language::Json) => return Err("covgate does not edit JSON"),
        (Kind::Husky, _) => plain_script(text).map(|()| "")?,
        (Kind::Lefthook, _) if lines(text).any(|line| line.contains("pre-push")) => {
            return Err("it names pre-push already");
        }
        (Kind::Lefthook, Language::Yaml) => plain_mapping(text).map(|()| "")?,
        (_, Language::Yaml) => end_of_repos(text)?,
        _ => "",
    };
    let added = append(manager, text, indent);
    let toml = |text: &str| text.parse::<toml::Table>().is_ok();
    match manager.language() {
        Language::Toml if !toml(&added) => {
            Err("it is written in a way that a table cannot be added to")
        }
        _ => Ok(added),
    }
}

/// The text without covgate's job; none where the job does not stand there as covgate writes it.
#[must_use]
pub fn remove(manager: &Manager, text: &str) -> Option<String> {
    (0..=DEEPEST).find_map(|indent| {
        let block = block(manager, text, &" ".repeat(indent));
        let at = line_start(text, &block)?;
        let (before, after) = (&text[..at], &text[at + block.len()..]);
        // The blank line above came with it.
        let gap = &separator(manager, text)[..];
        let before =
            if after.is_empty() { before.strip_suffix(gap).unwrap_or(before) } else { before };
        Some([before, after].concat())
    })
}

fn append(manager: &Manager, text: &str, indent: &str) -> String {
    let newline = if text.is_empty() || text.ends_with('\n') { "" } else { newline(text) };
    let gap = if text.is_empty() { String::new() } else { separator(manager, text) };
    [text, newline, &gap, &block(manager, text, indent)].concat()
}

fn block(manager: &Manager, text: &str, indent: &str) -> String {
    let snippet = manager.snippet();
    snippet.lines().map(|line| format!("{}{}", indented(line, indent), newline(text))).collect()
}

fn indented(line: &str, indent: &str) -> String {
    if line.is_empty() { String::new() } else { format!("{indent}{line}") }
}

/// Sections have a blank line above them, lines of a script and items of a list do not.
fn separator(manager: &Manager, text: &str) -> String {
    match (manager.kind, manager.language()) {
        (Kind::Lefthook, _) | (_, Language::Toml) => newline(text).to_owned(),
        _ => String::new(),
    }
}

fn newline(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

fn line_start(text: &str, block: &str) -> Option<usize> {
    text.match_indices(block).map(|(at, _)| at).find(|at| *at == 0 || text[..*at].ends_with('\n'))
}

/// A script at whose end a line is reached, with stdin unread.
fn plain_script(text: &str) -> Result<(), &'static str> {
    const LEAVES: [&str; 3] = ["exit", "exec", "return"];
    const READS: [&str; 9] =
        ["read", "cat", "xargs", "tee", "lfs", "git-lfs", "stdin", "mapfile", "lefthook"];
    let word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let has = |list: &[&str]| {
        lines(text).any(|line| line.split(|c| !word(c)).any(|part| list.contains(&part)))
    };
    if has(&LEAVES) {
        return Err("the script may end before its last line");
    }
    if has(&READS) || text.contains("<<") {
        return Err("the script may read the refs on stdin before covgate does");
    }
    let last = lines(text).last().unwrap_or_default().trim_end();
    if ["\\", "|", "&", "{", "(", "then", "do", "else"].iter().any(|end| last.ends_with(end)) {
        return Err("its last line is not the end of a command");
    }
    Ok(())
}

/// A block mapping, written from the first column on, in one document.
fn plain_mapping(text: &str) -> Result<(), &'static str> {
    let mut lines = lines(text).skip_while(|line| line.starts_with("---") || line.starts_with('%'));
    let first = lines.next();
    if first.is_some_and(|line| !is_key(line)) {
        return Err("it is not a plain YAML mapping");
    }
    if lines.any(|line| line.starts_with("---") || line.starts_with("...")) {
        return Err("it holds more than one YAML document");
    }
    Ok(())
}

/// The indent of the items of `repos`, if that list is the last of the file.
fn end_of_repos(text: &str) -> Result<&str, &'static str> {
    const OTHER: &str = "its repos are not the plain list at the end of the file";
    plain_mapping(text)?;
    let mut items = lines(text).skip_while(|line| {
        let line = line.split(" #").next().unwrap_or(line).trim_end();
        line != "repos:"
    });
    items.next().ok_or(OTHER)?;
    let mut items = items.peekable();
    let first = items.peek().ok_or(OTHER)?;
    let indent = &first[..first.len() - first.trim_start_matches(' ').len()];
    let is_item = |line: &str| line[indent.len()..].starts_with("- ");
    let inside = |line: &str| {
        line.starts_with(indent) && (is_item(line) || line[indent.len()..].starts_with(' '))
    };
    if is_item(first) && indent.len() <= DEEPEST && items.all(inside) {
        Ok(indent)
    } else {
        Err(OTHER)
    }
}

/// `key:` or `key: value`, from the first column on.
fn is_key(line: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.\"'".contains(c);
    let rest = line.trim_start_matches(plain);
    rest.len() < line.len() && rest.trim_end().split(' ').next() == Some(":")
}

#[cfg(test)]
mod tests {
    use camino::Utf8PathBuf;
    use proptest::prelude::*;

    use super::*;

    fn manager(kind: Kind, file: &str) -> Manager {
        let path = Utf8PathBuf::from("/w").join(file);
        Manager { kind, file: path, shown: file.into(), active: true }
    }

    fn lefthook() -> Manager {
        manager(Kind::Lefthook, "lefthook.yml")
    }

    fn pre_commit() -> Manager {
        manager(Kind::PreCommit, ".pre-commit-config.yaml")
    }

    fn husky() -> Manager {
        manager(Kind::Husky, ".husky/pre-push")
    }

    #[test]
    fn a_section_goes_to_the_end_of_lefthook_yml() {
        let plain = "# pre-push:\n#   jobs: []\npre-commit:\n  jobs:\n    - run: make lint";
        let added = add(&lefthook(), plain).unwrap();
        assert_eq!(added, format!("{plain}\n\n{}", lefthook().snippet()));
        assert!(added.contains("files: echo lefthook.yml\n"));
        assert_eq!(remove(&lefthook(), &added).unwrap(), format!("{plain}\n"));
        assert_eq!(add(&lefthook(), "").unwrap(), lefthook().snippet());
        assert_eq!(
            add(&lefthook(), "---\n\"skip_lfs\": true\n").unwrap().matches("pre-push:").count(),
            1
        );
    }

    #[test]
    fn line_ends_stay_as_they_are() {
        let added = add(&lefthook(), "a: b\r\n").unwrap();
        assert_eq!(added.matches('\n').count(), added.matches("\r\n").count());
        assert_eq!(remove(&lefthook(), &added).unwrap(), "a: b\r\n");
    }

    #[test]
    fn lefthook_files_that_are_no_plain_edit() {
        let cases = [
            ("pre-push:\n  jobs: []\n", "it names pre-push already"),
            ("\u{feff}pre-push:\n", "it names pre-push already"),
            ("{pre-commit: {jobs: []}}\n", "it is not a plain YAML mapping"),
            ("  pre-commit:\n    jobs: []\n", "it is not a plain YAML mapping"),
            ("- a\n", "it is not a plain YAML mapping"),
            ("a: b\n...\n", "it holds more than one YAML document"),
            ("a: b\n---\nc: d\n", "it holds more than one YAML document"),
        ];
        for (text, why) in cases {
            assert_eq!(add(&lefthook(), text), Err(why), "{text}");
        }
        assert!(add(&manager(Kind::Lefthook, "lefthook.json"), "{}").is_err());
    }

    #[test]
    fn a_table_goes_to_the_end_of_toml_if_it_fits() {
        let lefthook = manager(Kind::Lefthook, "lefthook.toml");
        let added = add(&lefthook, "[pre-commit]\nparallel = true\n").unwrap();
        let table: toml::Table = added.parse().unwrap();
        assert_eq!(table["pre-push"]["jobs"][0]["use_stdin"].as_bool(), Some(true));
        assert_eq!(table["pre-push"]["jobs"][0]["files"].as_str(), Some("echo lefthook.toml"));

        let prek = manager(Kind::Prek, "prek.toml");
        let added = add(&prek, "[[repos]]\nrepo = \"builtin\"\nhooks = []\n").unwrap();
        let table: toml::Table = added.parse().unwrap();
        assert_eq!(table["repos"][1]["hooks"][0]["id"].as_str(), Some("covgate"));
        assert_eq!(remove(&prek, &added).unwrap(), "[[repos]]\nrepo = \"builtin\"\nhooks = []\n");
        assert!(add(&prek, "repos = []\n").is_err());
        assert!(add(&prek, "[[repos]\n").is_err());
    }

    #[test]
    fn an_item_goes_to_the_end_of_pre_commits_repos() {
        let tight = "repos:\n- repo: meta\n  hooks:\n  - id: identity\n";
        let added = add(&pre_commit(), tight).unwrap();
        assert_eq!(added, format!("{tight}{}", pre_commit().snippet()));
        let loose = "default_stages: [pre-commit]\nrepos: # all of them\n  # mine\n  - repo: meta\n    hooks:\n      - id: identity\n# end";
        let added = add(&pre_commit(), loose).unwrap();
        assert!(
            added.contains("\n# end\n  - repo: local\n    hooks:\n      - id: covgate\n"),
            "{added}"
        );
        assert_eq!(remove(&pre_commit(), &added).unwrap(), format!("{loose}\n"));
    }

    #[test]
    fn pre_commit_files_that_are_no_plain_edit() {
        let texts = [
            "",
            "repos: []\n",
            "repos:\n",
            "repos:\n- repo: meta\n  hooks: []\nfail_fast: true\n",
            "repos:\n- repo: meta\n  hooks: [\n{id: identity}\n]\n",
            "repos:\n  [{repo: meta}]\n",
            "repos:\n- repo: meta\n...\n",
        ];
        for text in texts {
            assert!(add(&pre_commit(), text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_line_goes_to_the_end_of_a_script_that_gets_there() {
        assert_eq!(
            add(&husky(), "npm test").unwrap(),
            "npm test\ncovgate hook run pre-push \"$@\"\n"
        );
        let script = "# exit codes matter\nif true; then\n  npm test\nfi\n";
        let added = add(&husky(), script).unwrap();
        assert_eq!(remove(&husky(), &added).unwrap(), script);
        let others = [
            "git lfs pre-push \"$@\"\n",
            "while read -r a b c d; do :; done\n",
            "npm test || exit 1\n",
            "exec make check\n",
            "tr a b < /dev/stdin\n",
            "npm test &&\n",
            "npm test \\\n",
            "sed s/a/b/ <<END\nEND\n",
        ];
        for script in others {
            assert!(add(&husky(), script).is_err(), "{script}");
        }
    }

    #[test]
    fn what_covgate_did_not_write_is_not_taken_out() {
        assert_eq!(remove(&husky(), "  covgate hook run pre-push \"$@\"  # mine\n"), None);
        assert_eq!(
            remove(&lefthook(), "pre-push:\n  jobs:\n    - run: covgate hook run pre-push\n"),
            None
        );
    }

    proptest! {
        #[test]
        fn what_is_added_can_be_taken_out(text in "(#?(repos|pre-commit|a): ?(b|\\[\\])?\r?\n|  ?- [a-z]: b\n|\n)*") {
            for manager in [lefthook(), pre_commit(), husky(), manager(Kind::Prek, "prek.toml")] {
                if let Ok(added) = add(&manager, &text) {
                    prop_assert!(added.starts_with(&text));
                    prop_assert!(crate::hook::managers::runs_covgate(&added));
                    prop_assert_eq!(remove(&manager, &added), Some(text.clone()));
                }
            }
        }

        #[test]
        fn any_text_is_edited_or_refused(text in "\\PC*(\n\\PC*)*") {
            for manager in [lefthook(), pre_commit(), husky(), manager(Kind::Prek, "prek.toml")] {
                let _ = (add(&manager, &text), remove(&manager, &text));
            }
        }
    }
}
