//! Owns the `html` report: one file for people that needs no network and opens at once, however
//! many packages there are.
//! Must not know how anything was measured, the time, or the machine: the same document and sources
//! always give the same bytes.
//!
//! The overview is plain HTML, made with maud: its templates are Rust, so the compiler checks them,
//! and they escape by default. Sources wait as JSON until someone opens a package.

mod changed;
mod chart;
mod deltas;
mod flaky;
mod folders;
pub(super) mod history;
mod ignored;
mod overview;
mod package;
mod say;
mod shown;
mod source;
mod table;
mod totals;
mod treemap;

use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use self::changed::Changed;
use self::shown::{Shown, data_block};
use super::Sources;
use crate::output::document::Document;

static STYLE: LazyLock<String> =
    LazyLock::new(|| format!("{}{}", include_str!("page.css"), chart::style()));
const SCRIPT: &str = include_str!("page.js");

/// The whole page.
pub(super) fn render(document: &Document, sources: &Sources) -> Vec<u8> {
    let changed = Changed::of(document);
    let data = package::data(document, changed.as_ref(), sources);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy(&STYLE, Some(SCRIPT)));
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (Shown::line(&say::title(document))) }
                style { (PreEscaped(STYLE.as_str())) }
            }
            body {
                a.skip href="#content" { "Skip to the content" }
                (overview::banner(document))
                main #content tabindex="-1" {
                    noscript {
                        p.note { "Without JavaScript nothing sorts, and sources stay closed." }
                    }
                    (overview::overview(document, changed.as_ref()))
                    (package::view(changed.is_some()))
                }
                @for (index, data) in data.iter().enumerate() {
                    script type="application/json" id=(id("d", index)) { (data_block(data)) }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string().into_bytes()
}

/// The page fetches nothing and runs only its own script: whatever a file name, a source or a
/// test's output might smuggle in cannot run.
fn policy(style: &str, script: Option<&str>) -> String {
    let hash = |text: &str| format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        hash(style),
        script.map_or_else(|| "'none'".to_owned(), hash)
    )
}

/// The id of an element of a package, by its index in the document.
fn id(kind: &str, index: usize) -> String {
    format!("{kind}{index}")
}

/// A link that opens a package; without JavaScript, it leads to its row in the table.
fn link(index: usize, text: &Shown) -> Markup {
    html! { a href={ "#" (id("p", index)) } { (text) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tests with a browser show that the hashes are right: with wrong ones, nothing there
    /// would work.
    #[test]
    fn the_policy_allows_two_hashes_and_nothing_else() {
        let policy = policy(&STYLE, Some(SCRIPT));
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        assert_eq!(policy.matches("'sha256-").count(), 2);
        assert!(!["unsafe", "http", "data:", "*"].iter().any(|word| policy.contains(word)));
    }

    /// The style and the script are put into the page unchanged.
    #[test]
    fn neither_style_nor_script_ends_itself() {
        assert!(!STYLE.contains("</") && !SCRIPT.contains("</") && !SCRIPT.contains("<!--"));
    }
}
