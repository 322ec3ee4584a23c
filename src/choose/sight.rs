//! Owns the question how far the code of a package can see: whether it can name a path outside its own
//! folder.
//! Must not know which packages there are. It reads text, not types: what looks like it can, can.

use camino::Utf8Path;

use crate::tools::go::source;

/// Functions that lead out of the working directory, or start a process that could look anywhere.
const FUNCTIONS: [&str; 10] = [
    "Caller",
    "Callers",
    "Getwd",
    "Getenv",
    "LookupEnv",
    "Environ",
    "ExpandEnv",
    "StartProcess",
    "ForkExec",
    "Executable",
];

/// Packages whose use means the same.
const IMPORTS: [&str; 6] = [
    "os/exec",
    "plugin",
    "go/build",
    "go/importer",
    "golang.org/x/tools/go/packages",
    "golang.org/x/tools/go/analysis/analysistest",
];

/// Whether the code of the package in a folder can see far, and whether its tests can. What cannot be read
/// may do anything.
pub(super) fn far(folder: &Utf8Path) -> (bool, bool) {
    let Ok(entries) = folder.read_dir_utf8() else { return (true, true) };
    let (mut code, mut tests) = (false, false);
    for entry in entries.flatten().filter(|entry| source::is_source(entry.path())) {
        let of = if entry.file_name().ends_with("_test.go") { &mut tests } else { &mut code };
        *of = *of || std::fs::read(entry.path()).map_or(true, |text| sees_far(&text));
    }
    (code, tests)
}

/// Whether source text, of Go or C, can name a path outside its folder: a `..` element in a string, a
/// search for `go.mod`, or one of the functions and imports above.
fn sees_far(text: &[u8]) -> bool {
    let mut abs = (false, false);
    let found = Tokens { text }.any(|token| match token {
        Token::Literal(literal) => {
            abs.0 |= literal == b"path/filepath";
            leads_out(literal)
        }
        Token::Name(name) => {
            abs.1 |= name == b"Abs";
            FUNCTIONS.iter().any(|function| function.as_bytes() == name)
        }
    });
    // math.Abs looks at nothing.
    found || abs == (true, true)
}

fn leads_out(literal: &[u8]) -> bool {
    let separators = |byte: &u8| matches!(byte, b'/' | b'\\');
    literal.split(separators).any(|element| element == b"..")
        || literal.windows(6).any(|window| window == b"go.mod")
        || IMPORTS.iter().any(|import| import.as_bytes() == literal)
}

/// What of a source is neither a comment nor punctuation.
enum Token<'t> {
    /// What stands between quotes, escapes as they are written.
    Literal(&'t [u8]),
    /// A name or a number.
    Name(&'t [u8]),
}

/// Go's lexical elements (The Go Programming Language Specification), as far as they matter here; C's are
/// near enough.
struct Tokens<'t> {
    text: &'t [u8],
}

impl<'t> Tokens<'t> {
    /// Takes `length` bytes, or all that is left.
    fn take(&mut self, length: usize) -> &'t [u8] {
        let (taken, rest) = self.text.split_at(length.min(self.text.len()));
        self.text = rest;
        taken
    }

    /// Takes all up to an end, and that.
    fn take_through(&mut self, end: &[u8]) {
        let found = self.text.windows(end.len()).position(|window| window == end);
        self.take(found.map_or(self.text.len(), |at| at + end.len()));
    }

    /// Takes what stands up to the closing quote; an interpreted one ends with its line at the latest.
    fn literal(&mut self, quote: u8) -> &'t [u8] {
        self.take(1);
        let raw = quote == b'`';
        let mut escaped = false;
        let end = self.text.iter().position(|byte| {
            let ends = !escaped && *byte == quote || !raw && *byte == b'\n';
            escaped = !raw && !escaped && *byte == b'\\';
            ends
        });
        let literal = self.take(end.unwrap_or(self.text.len()));
        self.take(1);
        literal
    }
}

impl<'t> Iterator for Tokens<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
        loop {
            match *self.text {
                [] => return None,
                [b'/', b'/', ..] => self.take_through(b"\n"),
                [b'/', b'*', ..] => {
                    self.take(2);
                    self.take_through(b"*/");
                }
                [quote @ (b'"' | b'`'), ..] => return Some(Token::Literal(self.literal(quote))),
                [b'\'', ..] => drop(self.literal(b'\'')),
                [first, ..] if is_name(&first) => {
                    let end = self.text.iter().position(|byte| !is_name(byte));
                    return Some(Token::Name(self.take(end.unwrap_or(self.text.len()))));
                }
                [_, ..] => drop(self.take(1)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_names_a_path_outside_sees_far() {
        for far in [
            r#"var x = "../a/testdata/v.txt""#,
            r#"filepath.Join("a", "..", "b")"#,
            "var x = `a\\..\\b`",
            r#"#include "../x.h""#,
            "_, file, _, _ := runtime.Caller(0)",
            "os.Getwd()",
            "wd := Getwd",
            "import \"path/filepath\"\nvar _, _ = filepath.Abs(\".\")",
            r#"for find("go.mod") {}"#,
            r#"import "os/exec""#,
            r#"os.Getenv("ROOT")"#,
            "x := '\"'; y := \"../z\"",
            "/* no */ \"..\"",
            "\"unended\n\"..\"",
        ] {
            assert!(sees_far(far.as_bytes()), "{far}");
        }
    }

    #[test]
    fn what_stays_in_its_folder_does_not() {
        for near in [
            r#"os.ReadFile("testdata/v.txt")"#,
            "// see ../README.md and go.mod",
            "/* runtime.Caller\n os/exec */",
            "func f(args ...string) {}",
            r#"fmt.Sprint("...", "a..b")"#,
            "math.Abs(x)",
            "x := '\\''; // '\"..\"",
            "caller := 1",
        ] {
            assert!(!sees_far(near.as_bytes()), "{near}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_their_end(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = sees_far(&bytes);
        }

        /// Whatever stands before it, so long as it is whole.
        #[test]
        fn a_path_is_found_behind_any_tokens(
            before in proptest::collection::vec(prop_oneof![
                Just("\"a\\\"b\""), Just("`a\\`"), Just("'\\''"), Just("// c \"\n"), Just("/* ` */"),
                Just("x"), Just("/"), Just("\"\"")], 0..8),
        ) {
            let text = format!("{} \"../x\"", before.join(" "));
            prop_assert!(sees_far(text.as_bytes()), "{}", text);
        }
    }
}
