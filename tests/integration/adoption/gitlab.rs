//! The steps of the template, with the variables that GitLab sets and an API on the loopback interface.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{path_with, ran, repository, script};
use crate::support::server::{Answer, Server};

fn step(name: &str, project: &Path) -> Command {
    let mut command = script(&format!("ci/gitlab/{name}.sh"));
    command.current_dir(project).env("CI_PROJECT_DIR", project).env("CI_PROJECT_ID", "12");
    command.env("CI_MERGE_REQUEST_IID", "7").env("GATE_TOKEN", "secret");
    command.env("GIT_CONFIG_GLOBAL", "/dev/null");
    let covgate = Path::new(env!("CARGO_BIN_EXE_covgate"));
    command.env("PATH", path_with(&[covgate.parent().unwrap()]));
    command
}

#[test]
fn the_gate_fails_the_job_and_leaves_reports_and_variables() {
    let repository = repository();
    let base = repository.git(&["rev-parse", "HEAD"]);
    repository.write("sum/more.go", "package sum\n\nfunc More() int { return 1 }\n");
    repository.git(&["add", "."]);
    repository.git(&["commit", "-q", "-m", "more"]);
    let folder = repository.path().join(".covgate-ci");
    let variables = || fs::read_to_string(folder.join("gate.env")).unwrap();

    let mut gate = step("gate", repository.path());
    let whole = ran(gate.env("GATE_ARGS", "--default-threshold 40"));
    assert_eq!(whole.code, Some(0), "{whole:?}");
    assert!(whole.stdout.ends_with("covgate total: 50.0%\n"), "{whole:?}");
    assert_eq!(variables(), "GATE_EXIT_CODE=0\nGATE_TOTAL=50.0\n");

    let gate = ran(gate.env("GATE_ARGS", "").env("CI_MERGE_REQUEST_DIFF_BASE_SHA", base.trim()));
    assert_eq!(gate.code, Some(1), "{gate:?}");
    assert!(variables().starts_with("GATE_EXIT_CODE=1\n"));
    assert!(variables().ends_with("GATE_PATCH=0.0\n"), "{}", variables());
    for report in ["junit.xml", "cobertura.xml", "report.json", "report.md"] {
        assert!(folder.join(report).is_file(), "{report}");
    }
}

#[test]
fn a_note_is_written_once_and_then_updated() {
    let project = tempfile::tempdir().unwrap();
    fs::create_dir(project.path().join(".covgate-ci")).unwrap();
    fs::write(project.path().join(".covgate-ci/code"), "3\n").unwrap();
    let notes = "/projects/12/merge_requests/7/notes";
    for (list, expected) in [
        ("[]", format!("POST {notes}")),
        (r#"[{"id":5,"body":"<!-- covgate -->\nold"}]"#, format!("PUT {notes}/5")),
    ] {
        let server = Server::new(move |_| Answer::ok(list));
        let said = ran(step("comment", project.path()).env("CI_API_V4_URL", server.url()));
        assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{said:?}");
        assert_eq!(server.lines(), [format!("GET {notes}?per_page=100&page=1"), expected]);
        assert!(server.asked()[1].headers.contains(&"PRIVATE-TOKEN: secret".to_owned()));
    }
}

#[test]
fn without_a_token_or_a_right_the_job_says_so() {
    let project = tempfile::tempdir().unwrap();
    fs::create_dir(project.path().join(".covgate-ci")).unwrap();
    fs::write(project.path().join(".covgate-ci/code"), "0\n").unwrap();
    let server = Server::new(|_| Answer::status(403));
    let mut comment = step("comment", project.path());
    comment.env("CI_API_V4_URL", server.url());
    let refused = ran(&mut comment);
    assert_eq!(refused.code, Some(0), "{refused:?}");
    assert!(refused.stderr.contains("covgate could not write its comment"), "{refused:?}");
    let without = ran(comment.env_remove("GATE_TOKEN"));
    assert_eq!(without.code, Some(0), "{without:?}");
    assert!(without.stderr.contains("GATE_TOKEN is not set"), "{without:?}");
    assert_eq!(server.lines().len(), 1);
}
