//! Owns how a commit is named for people.
//! Must not know git.

/// How many digits tell commits apart.
const SHORT: usize = 12;

/// A commit's name as people see it. It may come from a report, which can hold any text.
pub(crate) fn short(name: &str) -> &str {
    name.char_indices().nth(SHORT).map_or(name, |(end, _)| &name[..end])
}
