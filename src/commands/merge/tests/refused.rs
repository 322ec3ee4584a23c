//! Reports that do not belong together, or contradict themselves, are refused by the names of their
//! files.

use super::*;

fn refusal(given: &[Given]) -> String {
    let error = written(given).expect_err("merged what does not belong together");
    assert_eq!(error.exit(), Exit::Usage);
    let mut text = Vec::new();
    error.write_to(&mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    text.lines().next().unwrap().strip_prefix("error: ").unwrap().to_owned()
}

#[test]
fn shards_of_different_runs_are_refused() {
    let refused = |edit: &dyn Fn(&mut Document)| {
        let mut shards = two();
        edit(&mut shards[1].document);
        refusal(&shards)
    };
    let said = |what: &str| format!("1.json and 2.json are not of one run: {what}");
    assert_eq!(refused(&|d| d.commit = Some("2222".into())), said("commit 1111 and 2222"));
    assert_eq!(refused(&|d| d.commit = None), said("commit 1111 and null"));
    assert_eq!(refused(&|d| d.go = "go1.27.3".into()), said("go go1.26.8 and go1.27.3"));
    assert_eq!(
        refused(&|d| d.modules[0].path = "n".into()),
        said("modules [\"m in none\"] and [\"n in none\"]")
    );
    assert_eq!(refused(&|d| d.root = "sub".into()), said("root of paths none and sub"));
    let ours = env!("CARGO_PKG_VERSION");
    assert_eq!(refused(&|d| d.covgate = "9".into()), said(&format!("covgate {ours} and 9")));
    assert_eq!(
        refused(&|d| d.settings.default_threshold = 70.25),
        said("settings.default_threshold 80.0 and 70.25")
    );
    assert_eq!(
        refused(&|d| {
            d.settings.go_test_flags.push("-race".into());
            d.unaffected = 2;
        }),
        said("settings.go_test_flags [] and [\"-race\"]; unaffected 0 and 2")
    );
    assert_eq!(refused(&|d| d.excluded.clear()), said("excluded [\"gen\"] and []"));
    let shard = |edit: fn(&mut Shard)| refused(&|d| d.shard.as_mut().into_iter().for_each(edit));
    assert_eq!(shard(|shard| shard.by = "time".into()), said("dealt by hash and time"));
    assert_eq!(shard(|shard| shard.count = 3), said("number of shards 2 and 3"));
    assert_eq!(shard(|shard| shard.packages = 4), said("number of packages 3 and 4"));
    let deal = two()[0].document.shard.clone().unwrap().deal;
    assert_eq!(shard(|shard| shard.deal = "0".into()), said(&format!("deal {deal} and 0")));
    assert_eq!(shard(|shard| shard.sources = "4567".into()), said("sources 0123 and 4567"));
    // Its own affair.
    let mut shards = two();
    shards[1].document.settings.parallelism = 16;
    written(&shards).unwrap();
}

#[test]
fn shards_that_cannot_be_are_refused() {
    let mut many = two().swap_remove(0);
    many.document.shard.as_mut().unwrap().count = usize::MAX;
    let max = usize::MAX;
    let named: Vec<String> = (2..=6).map(|index| format!("{index}/{max}")).collect();
    let missing = format!("shard {}, {} more is missing", named.join(", "), max - 6);
    assert_eq!(refusal(std::slice::from_ref(&many)), missing);
    many.document.shard.as_mut().unwrap().index = 0;
    assert_eq!(refusal(&[many]), format!("1.json: there is no shard 0/{max}"));
}

#[test]
fn packages_out_of_place_are_refused() {
    let refused = |edit: &dyn Fn(&mut [Given])| {
        let mut shards = two();
        edit(&mut shards);
        refusal(&shards)
    };
    let twice = |shards: &mut [Given]| {
        let stolen = shards[0].document.packages[0].clone();
        shards[1].document.packages.push(stolen);
    };
    assert_eq!(refused(&twice), "package m/p00 is in 1.json and in 2.json");
    let lost = |shards: &mut [Given]| drop(shards[0].document.packages.remove(0));
    assert_eq!(refused(&lost), "the reports hold 2 package(s) of 3; see position 0");
    let more = |shards: &mut [Given]| shards[1].document.packages.push(package(3, 1, 1));
    assert_eq!(refused(&more), "the reports hold 4 package(s) of 3; see position 3");
    let one_place = |shards: &mut [Given]| shards[1].document.packages[0].position = 2;
    assert_eq!(refused(&one_place), "m/p02 in 1.json and m/p01 in 2.json have the same position 2");
    let moved = |shards: &mut [Given]| {
        let package = shards[0].document.packages.remove(0);
        shards[1].document.packages.push(package);
    };
    let edited = "the packages are not those that were dealt out: a report was edited";
    assert_eq!(refused(&moved), edited);
}

/// The blocks decide, whatever else a report says.
#[test]
fn numbers_without_their_blocks_are_refused() {
    let refused = |edit: &dyn Fn(&mut PackageRecord)| {
        let mut shards = two();
        edit(&mut shards[1].document.packages[0]);
        refusal(&shards)
    };
    let said = |what: &str| format!("2.json: package m/p01: {what}");
    assert_eq!(
        refused(&|p| p.covered = Some(5)),
        said("it says 5 of 5 statements are covered, its blocks say 4 of 5 statements")
    );
    assert_eq!(
        refused(&|p| p.files.clear()),
        said("it says 4 of 5 statements are covered, its blocks say 0 of 0 statements")
    );
    // A block in both lists is covered.
    let both = |p: &mut PackageRecord| {
        let block = p.files[0].uncovered[0];
        p.files[0].covered.push(block);
    };
    assert_eq!(
        refused(&both),
        said("it says 4 of 5 statements are covered, its blocks say 5 of 5 statements")
    );
    assert_eq!(
        refused(&|p| p.covered = None),
        said("it has only one of `statements` and `covered`")
    );
    assert_eq!(
        refused(&|p| p.outcome = OutcomeKind::NoStatements),
        said("its blocks hold statements, which its outcome denies")
    );
    assert_eq!(refused(&|p| p.files[0].path = "q/a.go".into()), said("q/a.go is no file of it"));
    assert_eq!(
        refused(&|p| p.floor.percent = 80.125),
        said(
            "its floor: expected a number from 0 to 100 with at most two decimals, found `80.125`"
        )
    );
    assert_eq!(refused(&|p| p.path = "../x".into()), said("`../x` leads out of the module"));
    assert_eq!(refused(&|p| p.path = "/etc".into()), said("`/etc` leads out of the module"));
    assert_eq!(refused(&|p| p.seconds = Some(-1.0)), said("`-1` is no duration"));
    assert_eq!(
        refused(&|p| p.seconds = Some(1e20)),
        said("`100000000000000000000` is no duration")
    );
}

/// If a report is wrong about the whole run, that report is named.
#[test]
fn the_report_that_is_wrong_is_named() {
    for (index, name) in [(0, "1.json"), (1, "2.json")] {
        let refused = |edit: &dyn Fn(&mut Document)| {
            let mut shards = two();
            for shard in &mut shards {
                let times = Times { wall: 1.0, cpu: 1.0 };
                let phases = PhaseTimes { list: times, prewarm: None, runs: times };
                shard.document.phases = Some(phases);
            }
            edit(&mut shards[index].document);
            refusal(&shards)
        };
        let said = |what: &str| format!("{name}: {what}");
        let phases = |edit: fn(&mut PhaseTimes)| {
            refused(&|document| document.phases.as_mut().into_iter().for_each(edit))
        };
        let no_duration = said("`-1` is no duration in seconds");
        assert_eq!(phases(|phases| phases.list.cpu = -1.0), no_duration);
        assert_eq!(phases(|phases| phases.runs.wall = -1.0), no_duration);
        let prewarm = |phases: &mut PhaseTimes| {
            phases.prewarm = Some(Times { wall: 0.0, cpu: 1e300 });
        };
        assert!(phases(prewarm).starts_with(&said("`1000")), "{}", phases(prewarm));
        let jobs = said("settings.parallelism: expected 1 or more");
        assert_eq!(refused(&|document| document.settings.parallelism = 0), jobs);
    }
}

#[test]
fn settings_that_mean_nothing_are_refused() {
    let refused = |edit: fn(&mut RunSettings)| {
        let mut whole = document(vec![package(0, 9, 10)]);
        edit(&mut whole.settings);
        refusal(&alone(whole))
    };
    let tolerance = "whole.json: settings.tightness_tolerance: expected a number from 0 to 100 \
                     with at most two decimals, found `-1`";
    assert_eq!(refused(|settings| settings.tightness_tolerance = -1.0), tolerance);
}
