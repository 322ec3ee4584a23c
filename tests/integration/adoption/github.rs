//! The steps of the action, with the variables that GitHub sets and an API on the loopback interface.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Ran, install, path_with, ran, repository, root, script};
use crate::support::server::{Answer, Request, Server};

const MARKER: &str = "<!-- covgate -->";

/// A job on a runner.
struct Job(TempDir);

impl Job {
    fn new() -> Self {
        let job = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(job.run()).unwrap();
        job
    }

    /// Where the gate leaves what the comment is made of.
    fn run(&self) -> std::path::PathBuf {
        self.0.path().join("covgate/run")
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).unwrap_or_default()
    }

    fn command(&self, step: &str) -> Command {
        let mut command = script(&format!("ci/github/{step}.sh"));
        let place = |name: &str| self.0.path().join(name);
        command.env("RUNNER_TEMP", self.0.path()).env("GITHUB_ACTIONS", "true");
        command.env("GITHUB_OUTPUT", place("output")).env("GITHUB_PATH", place("path"));
        command.env("GITHUB_STEP_SUMMARY", place("summary"));
        command.env("GITHUB_EVENT_PATH", place("event")).env("ACTION_FOLDER", root());
        command.env("GITHUB_REPOSITORY", "team/shop").env("INPUT_TOKEN", "secret");
        command.env("GIT_CONFIG_GLOBAL", "/dev/null");
        let covgate = Path::new(env!("CARGO_BIN_EXE_covgate"));
        command.env("PATH", path_with(&[covgate.parent().unwrap()]));
        command
    }

    /// The comment's step in pull request 7, with an API that answers like this.
    fn comment(&self, server: &Server) -> Ran {
        fs::write(self.0.path().join("event"), r#"{"pull_request":{"number":7}}"#).unwrap();
        ran(self.command("comment").env("GITHUB_API_URL", server.url()))
    }
}

#[test]
fn the_version_is_that_of_the_action_unless_another_is_asked_for() {
    for (asked, expected) in
        [("", env!("CARGO_PKG_VERSION")), ("v0.0.9", "0.0.9"), ("latest", "latest")]
    {
        let job = Job::new();
        assert_eq!(ran(job.command("version").env("INPUT_VERSION", asked)).code, Some(0));
        assert_eq!(job.file("output"), format!("version={expected}\n"));
    }
}

#[test]
fn the_program_is_on_the_path_of_the_next_steps() {
    let (job, server) = (Job::new(), install::good());
    let mut step = job.command("install");
    step.env("INPUT_VERSION", "1.2.3").env("INSTALL_COVGATE_FROM", server.url());
    for _ in 0..2 {
        let installed = ran(step.env("INSTALL_COVGATE_TARGET", install::TARGET));
        assert_eq!(installed.code, Some(0), "{installed:?}");
    }
    let path = job.file("path");
    let folder = path.lines().next().unwrap();
    assert_eq!(ran(Command::new(format!("{folder}/covgate")).arg("x")).stdout, "covgate 1.2.3\n");
    let archives = server.lines().iter().filter(|line| line.ends_with(".tar.gz")).count();
    assert_eq!(archives, 1, "the second is the cache's");
}

#[test]
fn the_gate_annotates_sums_up_and_leaves_the_verdict_to_the_last_step() {
    let (job, repository) = (Job::new(), repository());
    let args = "--default-threshold 90 --no-timings";
    let gate = ran(job.command("gate").env("INPUT_ARGS", args).current_dir(repository.path()));
    assert_eq!(gate.code, Some(0), "{gate:?}");
    assert!(gate.stdout.contains("FAIL        66.7%     90.0%"), "{gate:?}");
    assert!(gate.stderr.contains("::error file=sum/sum.go"), "{gate:?}");
    assert_eq!(job.file("output"), "exit-code=1\ntotal=66.7\npatch=\n");
    assert!(job.file("summary").starts_with("### Coverage gate: closed\n"));
}

/// CI clones one commit: the base is fetched.
#[test]
fn in_a_pull_request_what_changed_is_gated() {
    let (job, repository) = (Job::new(), repository());
    repository.git(&["checkout", "-q", "-b", "feature"]);
    repository.write("sum/more.go", "package sum\n\nfunc More() int { return 1 }\n");
    repository.git(&["add", "."]);
    repository.git(&["commit", "-q", "-m", "more"]);
    let clone = tempfile::tempdir().unwrap();
    let origin = format!("file://{}", repository.path().display());
    let place = clone.path().to_str().unwrap();
    repository.git(&["clone", "-q", "--depth", "1", "--branch", "feature", &origin, place]);

    let gate = ran(job.command("gate").env("GITHUB_BASE_REF", "main").current_dir(clone.path()));
    assert_eq!(gate.code, Some(0), "{gate:?}");
    assert!(gate.stdout.contains("Changed statements: 0 of 1 covered"), "{gate:?}");
    assert!(job.file("output").starts_with("exit-code=1\n"), "{gate:?}");
    assert!(job.file("output").ends_with("patch=0.0\n"), "{}", job.file("output"));
}

#[test]
fn without_a_verdict_there_are_no_numbers() {
    let (job, repository) = (Job::new(), repository());
    let gate =
        ran(job.command("gate").env("INPUT_ARGS", "--nonsense").current_dir(repository.path()));
    assert_eq!(gate.code, Some(0), "{gate:?}");
    assert_eq!(job.file("output"), "exit-code=2\ntotal=\npatch=\n");
    let server = Server::new(|asked| match asked.method.as_str() {
        "GET" => Answer::ok("[]"),
        _ => Answer::ok("{}"),
    });
    assert_eq!(job.comment(&server).code, Some(0));
    let body = body(&server.asked()[1]);
    assert!(body.starts_with(&format!("{MARKER}\n### Coverage gate: no verdict\n")), "{body}");
    assert!(body.contains("exit code 2"), "{body}");
}

fn body(asked: &Request) -> String {
    let value: Value = serde_json::from_str(&asked.body).unwrap();
    value["body"].as_str().unwrap().to_owned()
}

#[test]
fn a_comment_is_written_once_and_then_updated() {
    let job = Job::new();
    fs::write(job.run().join("code"), "1\n").unwrap();
    fs::write(job.run().join("report.md"), "\"quoted\" \\ and\n<details>\n").unwrap();
    let server = Server::new(|asked| match asked.method.as_str() {
        "GET" => Answer::ok(r#"[{"id":1,"body":"a person's"},{"id":2,"body":null}]"#),
        _ => Answer::ok("{}"),
    });
    let first = job.comment(&server);
    assert_eq!((first.code, first.stdout.as_str()), (Some(0), ""), "{first:?}");
    let posted = "POST /repos/team/shop/issues/7/comments";
    assert_eq!(server.lines()[1], posted);
    let asked = &server.asked()[1];
    assert_eq!(body(asked), format!("{MARKER}\n\"quoted\" \\ and\n<details>\n"));
    assert!(asked.headers.contains(&"Authorization: Bearer secret".to_owned()), "{asked:?}");

    // The second page has it.
    let others: Vec<Value> = (0..100).map(|id| json!({ "id": id, "body": "x" })).collect();
    let full = serde_json::to_string(&others).unwrap();
    let server = Server::new(move |asked| match asked.path.rsplit('=').next() {
        Some("1") => Answer::ok(full.clone()),
        Some("2") => Answer::ok(format!(r#"[{{"id":900,"body":"{MARKER}\nold"}}]"#)),
        _ => Answer::ok("{}"),
    });
    assert_eq!(job.comment(&server).code, Some(0));
    assert_eq!(server.lines()[2], "PATCH /repos/team/shop/issues/comments/900");
}

#[test]
fn a_fork_gets_a_notice_and_no_failure() {
    let job = Job::new();
    fs::write(job.run().join("code"), "0\n").unwrap();
    for refused in ["GET", "POST"] {
        let server = Server::new(move |asked| match asked.method == refused {
            true => Answer::status(403),
            false => Answer::ok("[]"),
        });
        let said = job.comment(&server);
        assert_eq!(said.code, Some(0), "{said:?}");
        assert!(
            said.stdout.starts_with("::notice::covgate could not write its comment"),
            "{said:?}"
        );
    }
}

#[test]
fn a_report_that_is_too_long_for_a_comment_is_cut_at_a_line() {
    let job = Job::new();
    fs::write(job.run().join("code"), "1\n").unwrap();
    let rows = "| `package` | FAIL |\n".repeat(5000);
    fs::write(job.run().join("report.md"), format!("### closed\n{rows}<details>\nlog\n")).unwrap();
    let server = Server::new(|_| Answer::ok("[]"));
    assert_eq!(job.comment(&server).code, Some(0));
    let body = body(&server.asked()[1]);
    assert!(body.len() < 65_536 && !body.contains("<details>"), "{}", body.len());
    assert!(body.ends_with("| FAIL |\n\nThe rest is too long for a comment: see the job.\n"));
}

#[test]
fn outside_of_a_pull_request_and_if_not_wanted_there_is_no_comment() {
    let job = Job::new();
    fs::write(job.run().join("code"), "0\n").unwrap();
    fs::write(job.0.path().join("event"), r#"{"ref":"refs/heads/main"}"#).unwrap();
    let server = Server::new(|_| Answer::ok("[]"));
    let mut command = job.command("comment");
    command.env("GITHUB_API_URL", server.url());
    assert_eq!(ran(&mut command).code, Some(0));
    fs::write(job.0.path().join("event"), r#"{"pull_request":{"number":7}}"#).unwrap();
    assert_eq!(ran(command.env("INPUT_COMMENT", "false")).code, Some(0));
    assert_eq!(server.lines(), [""; 0]);
}
