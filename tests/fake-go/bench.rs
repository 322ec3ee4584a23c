//! Owns a generated module of any size, for measuring what covgate itself costs.

use std::fs::File;
use std::io::{BufWriter, Write};

use serde_json::json;

const MODULE: &str = "bench.example/huge";
/// How many blocks one file of a package has.
const BLOCKS_A_FILE: usize = 250;

struct Bench {
    packages: usize,
    blocks: usize,
}

/// Answers any phase; `size` is `packages,blocks`.
pub(super) fn serve(size: &str, args: &[String]) {
    let (packages, blocks) = size.split_once(',').expect("packages,blocks");
    let count = |text: &str| text.trim().parse().expect("a number");
    let bench = Bench { packages: count(packages), blocks: count(blocks) };
    let mut out = BufWriter::with_capacity(64 * 1024, std::io::stdout().lock());
    match super::phase(args) {
        "env" => {
            let go_mod = std::env::current_dir().expect("a folder").join("go.mod");
            writeln!(out, "{:#}", json!({ "GOMOD": go_mod, "GOVERSION": "go1.26.8" }))
        }
        "list" => bench.list(&mut out),
        "warm" => (0..bench.packages).try_for_each(|_| writeln!(out, "p")),
        "test" => bench.test(args, &mut out),
        other => panic!("no answer to {other}: {args:?}"),
    }
    .and_then(|()| out.flush())
    .expect("the answer is read");
}

impl Bench {
    /// All packages claim to be in the module's root, so that no folder need be created.
    fn list(&self, out: &mut impl Write) -> std::io::Result<()> {
        let root = std::env::current_dir()?;
        for index in 0..self.packages {
            let answer = json!({
                "Dir": root,
                "ImportPath": path(index),
                "Module": { "Path": MODULE, "Main": true, "Dir": root },
                "Match": ["./..."],
                "GoFiles": ["a.go", "b.go"],
                "TestGoFiles": ["a_test.go"],
            });
            writeln!(out, "{answer:#}")?;
        }
        Ok(())
    }

    fn test(&self, args: &[String], out: &mut impl Write) -> std::io::Result<()> {
        let profile = args.iter().find_map(|arg| arg.strip_prefix("-coverprofile="));
        let mut profile = BufWriter::new(File::create(profile.expect("a profile is asked for"))?);
        writeln!(profile, "mode: set")?;
        let asked: std::collections::HashSet<&str> = args.iter().map(String::as_str).collect();
        for index in (0..self.packages).filter(|index| asked.contains(path(*index).as_str())) {
            let covered = self.profile(index, &mut profile)?;
            profile.flush()?;
            events(&path(index), &covered, out)?;
            out.flush()?;
        }
        Ok(())
    }

    /// Writes a package's share of the blocks; returns the coverage that go would print.
    fn profile(&self, index: usize, profile: &mut impl Write) -> std::io::Result<String> {
        let path = path(index);
        let blocks =
            self.blocks * (index + 1) / self.packages - self.blocks * index / self.packages;
        let mut covered = 0;
        for block in 0..blocks {
            let (file, line) = (block / BLOCKS_A_FILE, block % BLOCKS_A_FILE * 4 + 10);
            let count = u8::from(block % 5 != 0);
            covered += usize::from(count);
            let end = line + 3;
            writeln!(profile, "{path}/file{file}.go:{line}.33,{end}.16 1 {count}")?;
        }
        if blocks == 0 {
            return Ok("[no statements]".to_owned());
        }
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let percent = 100.0 * covered as f64 / blocks as f64;
        Ok(format!("{percent:.1}% of statements"))
    }
}

fn path(index: usize) -> String {
    format!("{MODULE}/internal/service{index:05}")
}

/// A package with one test that passes.
fn events(path: &str, covered: &str, out: &mut impl Write) -> std::io::Result<()> {
    let lead = format!("{{\"Time\":\"2026-01-02T03:04:05.678901234Z\",\"Package\":\"{path}\"");
    let test = format!("{lead},\"Test\":\"TestService\"");
    writeln!(out, "{lead},\"Action\":\"start\"}}")?;
    writeln!(out, "{test},\"Action\":\"run\"}}")?;
    writeln!(out, "{test},\"Action\":\"output\",\"Output\":\"=== RUN   TestService\\n\"}}")?;
    writeln!(
        out,
        "{test},\"Action\":\"output\",\"Output\":\"--- PASS: TestService (0.01s)\\n\"}}"
    )?;
    writeln!(out, "{test},\"Action\":\"pass\",\"Elapsed\":0.01}}")?;
    writeln!(out, "{lead},\"Action\":\"output\",\"Output\":\"PASS\\n\"}}")?;
    writeln!(out, "{lead},\"Action\":\"output\",\"Output\":\"coverage: {covered}\\n\"}}")?;
    writeln!(
        out,
        "{lead},\"Action\":\"output\",\"Output\":\"ok  \\t{path}\\t0.015s\\tcoverage: {covered}\\n\"}}"
    )?;
    writeln!(out, "{lead},\"Action\":\"pass\",\"Elapsed\":0.015}}")
}
