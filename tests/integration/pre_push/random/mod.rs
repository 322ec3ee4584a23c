//! Random modules and random edits: if the base passes, gating only the affected packages gives the same
//! result as gating all of them in a fresh clone. `cargo xtask soak` does this for a longer time.

#![expect(clippy::panic, reason = "support of tests")]

mod compare;
mod dice;
mod edit;
mod module;
mod text;

pub(super) use self::compare::{Figures, Subject};
pub(super) use self::dice::Random;

/// Tests these edits of these modules, by seed, and as many more modules as `PROPTEST_CASES` says. A
/// failure names its seed.
fn hold(modules: &[(u64, &[usize])], more: u64) {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let more = (more..more + cases.unwrap_or(0)).map(|seed| (seed, &[0, 1, 2, 3][..]));
    let mut total = Figures::default();
    for (seed, edits) in modules.iter().copied().chain(more) {
        let subject = Subject::new(seed);
        for edit in edits {
            match subject.compare(*edit) {
                Ok(figures) => total.add(figures),
                Err(finding) if finding.wrong_pass => panic!("a wrong pass: {}", finding.what),
                Err(finding) => panic!("a wrong refusal: {}", finding.what),
            }
        }
    }
    assert!(total.narrowed >= 1 && total.narrowed_and_refused >= 1, "too tame: {total:?}");
}

/// Seed 1 fails if packages in `testdata` are overlooked; 2 if the imports of tests are not followed, or
/// the importers of a far-sighted package; 55 if imports are followed only one step; 68 if the folder
/// that replaces a module is overlooked.
#[test]
fn affected_is_sound_with_imports() {
    hold(&[(1, &[0]), (2, &[4]), (55, &[9]), (68, &[3])], 2000);
}

/// Seed 1 fails if files below a package's folder do not count (edit 1), or embedded files (edit 5); 6 if
/// deleted embedded files do not; 20 if links do not change with their targets; 108 if no package is
/// far-sighted; 709 if the files of a nested module do not count.
#[test]
fn affected_is_sound_with_files() {
    hold(&[(1, &[1, 5]), (6, &[1]), (20, &[8]), (108, &[8]), (709, &[5])], 3000);
}

/// Seed 1 fails if a change of `.gitattributes` does not count, or if covgate's own work tree keeps the
/// files of the commit before (edit 2 after edit 1); 8 if ignored files do not count; 108 if other line
/// ends do not.
#[test]
fn affected_is_sound_with_what_git_does_to_files() {
    hold(&[(1, &[1, 2]), (8, &[5]), (108, &[6])], 4000);
}
