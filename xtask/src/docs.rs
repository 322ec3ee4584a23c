//! Owns `cargo xtask docs`: writes the generated parts of the documentation into their places. It
//! must not know how they are made.

use anyhow::{Context, Result};
use xshell::cmd;

use crate::address;
use crate::project::{Project, hint, say};

type Part = (&'static str, &'static str, Option<(&'static str, &'static str)>);

/// A part's name, its file, and the text before and after it there. Without these, the part is the
/// whole file.
const PARTS: [Part; 5] = [
    ("history", "docs/covgate-history.schema.json", None),
    ("note", "docs/covgate-note.schema.json", None),
    ("schema", "docs/covgate.schema.json", None),
    ("formats", "README.md", Some(("<!-- formats -->\n", "<!-- /formats -->\n"))),
    ("settings", "README.md", Some(("<!-- settings -->\n```toml\n", "```\n<!-- /settings -->\n"))),
];

pub(crate) fn run(project: &Project) -> Result<()> {
    for (name, file, place) in PARTS {
        let part = part(project, name)?;
        let text = match place {
            None => part,
            Some((before, behind)) => {
                let whole = project.sh.read_file(file)?;
                put(&whole, before, behind, &part).ok_or_else(|| {
                    hint(
                        &format!("{file} has no place for the {name}"),
                        &format!("write these lines where they belong:\n{before}{behind}"),
                    )
                })?
            }
        };
        project.sh.write_file(file, text).with_context(|| format!("cannot write {file}"))?;
        say(&format!("wrote the {name} into {file}"));
    }
    address::write(project)
}

fn part(project: &Project, name: &str) -> Result<String> {
    let Project { sh, cargo, .. } = project;
    let made =
        cmd!(sh, "{cargo} run --quiet --locked --package covgate-go --example docs -- {name}")
            .quiet()
            .output()
            .with_context(|| format!("cannot make the {name}"))?;
    Ok(String::from_utf8(made.stdout)?)
}

/// The text with the part put between the texts before and after it.
fn put(whole: &str, before: &str, behind: &str, part: &str) -> Option<String> {
    let start = whole.find(before)? + before.len();
    let end = start + whole[start..].find(behind)?;
    Some(format!("{}{part}{}", &whole[..start], &whole[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_takes_the_place_of_what_was_there() {
        assert_eq!(put("x<old>y", "<", ">", "new").as_deref(), Some("x<new>y"));
        assert_eq!(put("x<old", "<", ">", "new"), None);
    }
}
