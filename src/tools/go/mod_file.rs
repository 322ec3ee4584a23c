//! Owns what is read of a `go.mod` or `go.work` without asking go: the folders that stand in for modules,
//! and those of the modules that are joined.
//! Must not know where the file lies.

/// The folders that `replace` directives name (`go help go.mod`), as they are written.
pub(crate) fn replaced_folders(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.lines().filter_map(target);
    // Anything else is the path of a module.
    targets.filter(|target| target.starts_with(['.', '/']))
}

/// The folders that `use` directives of a `go.work` name (`go help work`), as they are written.
pub(crate) fn used_folders(text: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    text.lines().filter_map(move |line| {
        let code = line.split("//").next()?.trim();
        match (inside, code.strip_prefix("use")) {
            (false, Some(rest)) if rest.trim() == "(" => inside = true,
            (false, Some(rest)) if rest.starts_with([' ', '\t']) => return Some(unquoted(rest)),
            (true, _) if code == ")" => inside = false,
            (true, _) if !code.is_empty() => return Some(unquoted(code)),
            _ => {}
        }
        None
    })
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(['"', '`'])
}

fn target(line: &str) -> Option<&str> {
    let code = line.split("//").next()?;
    let (_, target) = code.split_once("=>")?;
    Some(unquoted(target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_names_its_folders() {
        let text = "go 1.22\n\nuse ./a // why\nuse (\n\t./b\n\n\t\"./c d\"\n\t// ./e\n)\nreplace x => ./y\nuse ../out\n";
        assert_eq!(used_folders(text).collect::<Vec<_>>(), ["./a", "./b", "./c d", "../out"]);
    }

    #[test]
    fn folders_are_what_starts_like_one() {
        for (line, folders) in [
            ("replace a => ../a", &["../a"][..]),
            ("replace a v1.0.0 => \"../a b\"", &["../a b"]),
            ("\ta => /abs/a // why", &["/abs/a"]),
            ("replace a => ./../outside", &["./../outside"]),
            ("replace a => example.com/b v1.0.0", &[]),
            ("// replace a => ../a", &[]),
        ] {
            assert_eq!(replaced_folders(line).collect::<Vec<_>>(), folders, "{line}");
        }
    }
}
