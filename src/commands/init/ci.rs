//! Owns what init says of CI: which platform a repository is on, whether covgate runs there already, and the
//! recipe for it.
//! Must not know what init has done to the repository.

use camino::{Utf8Path, Utf8PathBuf};

use crate::error::Result;
use crate::tools::git::Git;

const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");
const VERSION: &str = env!("CARGO_PKG_VERSION");

const WORKFLOWS: &str = ".github/workflows";
const GITLAB_FILE: &str = ".gitlab-ci.yml";

/// Where CI runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Platform {
    GitHub,
    GitLab,
    Other,
}

/// What the recipe depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The folder where covgate starts, from the repository's root; empty there.
    pub folder: Utf8PathBuf,
    /// A file from which a job learns the version of go, from the root.
    pub go_file: Utf8PathBuf,
}

/// Finds the platform by its files; where they do not tell, by the remotes.
pub(super) fn platform(git: &Git<'_>, root: &Utf8Path) -> Result<Platform> {
    let files = (root.join(".github").is_dir(), root.join(GITLAB_FILE).is_file());
    Ok(match files {
        (true, false) => Platform::GitHub,
        (false, true) => Platform::GitLab,
        _ => {
            let remotes = git.config_matching(r"^remote\..*\.url$")?;
            let has = |name: &str| remotes.iter().any(|(_, url)| host(url).contains(name));
            match (has("github"), has("gitlab")) {
                (true, _) => Platform::GitHub,
                (false, true) => Platform::GitLab,
                _ if files.0 => Platform::GitHub,
                _ => Platform::Other,
            }
        }
    })
}

/// The host in `https://host/path`, `git@host:path` and the like.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let end = rest.find(['/', ':']).unwrap_or(rest.len());
    let host = rest.get(..end).unwrap_or_default();
    host.rsplit_once('@').map_or(host, |(_, host)| host)
}

/// The file of the platform that speaks of covgate already.
pub(super) fn already(platform: Platform, root: &Utf8Path) -> Option<Utf8PathBuf> {
    let files: Vec<Utf8PathBuf> = match platform {
        Platform::GitHub => {
            let entries = root.join(WORKFLOWS).read_dir_utf8().ok()?.flatten();
            let names = entries.map(|entry| Utf8Path::new(WORKFLOWS).join(entry.file_name()));
            names.filter(|name| matches!(name.extension(), Some("yml" | "yaml"))).collect()
        }
        Platform::GitLab => vec![GITLAB_FILE.into()],
        Platform::Other => Vec::new(),
    };
    files.into_iter().find(|file| {
        std::fs::read_to_string(root.join(file)).is_ok_and(|text| text.contains("covgate"))
    })
}

impl Platform {
    /// What to do with the recipe.
    pub(super) fn heading(self) -> String {
        match self {
            Self::GitHub => format!("For CI on GitHub, save as {WORKFLOWS}/coverage.yml:"),
            Self::GitLab => format!("For CI on GitLab, add to {GITLAB_FILE}:"),
            Self::Other => "For CI, run in a job that has go and git:".to_owned(),
        }
    }

    /// The recipe, as docs/ci.md has it, for a place in the repository.
    pub(super) fn recipe(self, place: &Place) -> String {
        let is_root = place.folder.as_str().is_empty();
        let install = format!(
            "curl -fsSL {REPOSITORY}/releases/download/v{VERSION}/install.sh | sh -s -- --to /usr/local/bin"
        );
        let chdir = if is_root { String::new() } else { format!(" -C {}", shell(&place.folder)) };
        match self {
            Self::GitHub => {
                let with = match is_root {
                    true => String::new(),
                    false => {
                        format!(
                            "        with:\n          working-directory: {}\n",
                            yaml(&place.folder)
                        )
                    }
                };
                let action = REPOSITORY.rsplitn(3, '/').take(2).collect::<Vec<_>>();
                let action = action.into_iter().rev().collect::<Vec<_>>().join("/");
                GITHUB
                    .replace("GO_FILE", &yaml(&place.go_file))
                    .replace("ACTION", &action)
                    .replace("VERSION\n", &format!("{VERSION}\n{with}"))
            }
            Self::GitLab => GITLAB.replace("INSTALL", &install).replace("CHDIR", &chdir),
            Self::Other => format!("{install}\ncovgate check{chdir}\n"),
        }
    }
}

/// Whoever builds covgate says in Cargo.toml where it is published; until then nobody can fetch it.
pub(super) fn note() -> Option<&'static str> {
    REPOSITORY.contains("/OWNER/").then_some(
        "OWNER stands for whoever publishes covgate: this one was built without an address",
    )
}

fn shell(path: &Utf8Path) -> String {
    crate::domain::shell::command(&[path.to_string()])
}

/// A path as a value in YAML; in double quotes, a string of JSON is one of YAML.
fn yaml(path: &Utf8Path) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    match path.as_str().chars().all(is_plain) {
        true => path.to_string(),
        false => serde_json::to_string(path).unwrap_or_default(),
    }
}

const GITHUB: &str = "\
name: coverage
on: [push, pull_request]

permissions:
  contents: read
  pull-requests: write

jobs:
  coverage:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - uses: actions/setup-go@v6
        with:
          go-version-file: GO_FILE
      - uses: ACTION@vVERSION
";

const GITLAB: &str = "\
coverage:
  image: golang:1.26
  before_script:
    - INSTALL
  script:
    - covgate checkCHDIR --report junit=junit.xml --report cobertura=cobertura.xml
  artifacts:
    when: always
    reports:
      junit: junit.xml
      coverage_report:
        coverage_format: cobertura
        path: cobertura.xml
";

#[cfg(test)]
mod tests {
    use super::*;

    fn place(folder: &str, go_file: &str) -> Place {
        Place { folder: folder.into(), go_file: go_file.into() }
    }

    #[test]
    fn the_recipes_are_those_of_the_documentation() {
        let page = include_str!("../../../docs/ci.md");
        for platform in [Platform::GitHub, Platform::GitLab] {
            let recipe = platform.recipe(&place("", "go.mod"));
            assert!(page.contains(&format!("```yaml\n{recipe}```\n")), "{recipe}");
        }
        let plain = Platform::Other.recipe(&place("", "go.mod"));
        let (install, check) = plain.trim_end().split_once('\n').unwrap();
        assert!(page.contains(&format!("```sh\n{install}\n```")), "{install}");
        assert_eq!(check, "covgate check");
    }

    #[test]
    fn a_module_in_a_folder_is_named() {
        let place = place("my go", "my go/go.mod");
        let github = Platform::GitHub.recipe(&place);
        assert!(github.contains("go-version-file: \"my go/go.mod\"\n"), "{github}");
        assert!(github.ends_with("        with:\n          working-directory: \"my go\"\n"));
        assert!(Platform::GitLab.recipe(&place).contains("covgate check -C 'my go' --report"));
        assert!(Platform::Other.recipe(&place).ends_with("\ncovgate check -C 'my go'\n"));
    }

    #[test]
    fn a_remote_has_a_host() {
        for url in [
            "https://gitlab.example/a/github",
            "git@gitlab.example:a/b",
            "ssh://g@gitlab.example:22/a",
        ] {
            assert_eq!(host(url), "gitlab.example");
        }
        assert_eq!(host("/srv/github/a.git"), "");
    }
}
