//! Owns the reading of `go tool cover -func`: a line per function, and a total.
//!
//! The format is that of `funcOutput` in cmd/cover/func.go of the Go source: file, line, name and
//! percentage, separated by tabs.
//! Must not know which package covers what.

use crate::domain::percent::Tenths;

/// A function, as go's cover tool prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// The file, as the profile names it.
    pub file: String,
    /// The line of its `func`, from 1.
    pub line: u32,
    /// Its name, without a receiver.
    pub name: String,
    /// Its coverage, as go prints it.
    pub coverage: Tenths,
}

/// Reads all functions, in go's order.
///
/// # Errors
/// When a line is malformed, with a message about the first such line.
pub(crate) fn parse(output: &str) -> Result<Vec<Named>, String> {
    output
        .lines()
        .filter(|line| !line.starts_with("total:"))
        .map(|line| {
            let start = || line.chars().take(120).collect::<String>();
            function(line).ok_or_else(|| {
                format!("go tool cover printed what is not a function: `{}`", start())
            })
        })
        .collect()
}

/// Read from the right, because a file name can hold any character.
fn function(line: &str) -> Option<Named> {
    let (line, percent) = line.trim_end().strip_suffix('%')?.rsplit_once('\t')?;
    let (place, name) = line.trim_end_matches('\t').rsplit_once('\t')?;
    let (file, line) = place.trim_end_matches('\t').strip_suffix(':')?.rsplit_once(':')?;
    let (whole, tenth) = percent.split_once('.')?;
    let tenths = format!("{whole}{tenth}").parse().ok().filter(|_| tenth.len() == 1)?;
    Some(Named {
        file: file.to_owned(),
        line: line.parse().ok()?,
        name: name.to_owned(),
        coverage: Tenths::new(tenths)?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_a_function() {
        let output = "/m/a b.go:3:\tOne\t\t100.0%\n/m/b.go:12:\t\tTwo\t66.7%\ntotal:\t\t\t(statements)\t75.0%\n";
        let functions = parse(output).unwrap();
        let named = |file: &str, line, name: &str, coverage| Named {
            file: file.to_owned(),
            line,
            name: name.to_owned(),
            coverage: Tenths::new(coverage).unwrap(),
        };
        assert_eq!(
            functions,
            [named("/m/a b.go", 3, "One", 1000), named("/m/b.go", 12, "Two", 667)]
        );
    }

    #[test]
    fn what_is_no_function_is_an_error() {
        for bad in ["cover: no such file", "/m/a.go:x:\tOne\t1.0%", "/m/a.go:1:\tOne\t1%"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert_eq!(parse("").unwrap(), []);
    }

    proptest! {
        #[test]
        fn any_text_is_functions_or_an_error(text in "\\PC*") {
            let _ = parse(&text);
        }
    }
}
