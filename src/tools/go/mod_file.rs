//! Owns what is read of a `go.mod` without asking go: the folders that stand in for modules.
//! Must not know where the file lies.

/// The folders that `replace` directives name (`go help go.mod`), as they are written.
pub(crate) fn replaced_folders(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.lines().filter_map(target);
    // Anything else is the path of a module.
    targets.filter(|target| target.starts_with(['.', '/']))
}

fn target(line: &str) -> Option<&str> {
    let code = line.split("//").next()?;
    let (_, target) = code.split_once("=>")?;
    Some(target.trim().trim_matches(['"', '`']))
}

#[cfg(test)]
mod tests {
    use super::*;

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
