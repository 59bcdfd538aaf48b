//! Renamed scenes keep their takes: a new name never costs anything.

mod harness;

use std::fs;

use harness::{Project, Server, text};
use rusqlite::Connection;
use serde_json::Value;

const HEAD: &str = "version: 1\ndefaults: { model: kling-2-5-turbo, resolution: 720p }\n";

fn film(rest: &str) -> String {
    format!("{HEAD}{rest}")
}

/// A film that was built once.
fn built(rest: &str) -> (Server, Project) {
    let (server, project) = (Server::new(&[]), Project::new(&film(rest)));
    project.build(&server, &[]).ends_with(0);
    (server, project)
}

fn rewrite(project: &Project, rest: &str) {
    project.write("storyboard.yaml", film(rest));
}

/// Each planned take as `scene action: kinds of reasons`, with the earlier name of a scene.
fn planned(server: &Server, project: &Project, arguments: &[&str]) -> Vec<String> {
    let common = ["plan", "storyboard.yaml", "--json"];
    let ran = project.run(server, &[&common, arguments].concat());
    let plan: Value =
        serde_json::from_slice(&ran.0.stdout).unwrap_or_else(|_| panic!("{}", ran.said()));
    let reason = |reason: &Value| match text(&reason["kind"]).as_str() {
        "renamed-from" => format!("was {}", text(&reason["scene"])),
        kind => kind.to_string(),
    };
    let take = |take: &Value| {
        let reasons: Vec<String> = take["reasons"].as_array().unwrap().iter().map(reason).collect();
        format!("{} {}: {}", text(&take["scene"]), text(&take["action"]), reasons.join(", "))
    };
    plan["takes"].as_array().unwrap().iter().map(take).collect()
}

/// Builds, and checks that nothing was paid.
#[track_caller]
fn assert_builds_for_free(server: &Server, project: &Project, arguments: &[&str]) {
    let paid = server.records().tasks.len();
    project.build(server, arguments).ends_with(0);
    assert_eq!(server.records().tasks.len(), paid, "{:?}", server.prompts());
}

fn artifacts(project: &Project) -> Vec<(String, String)> {
    let manifest = project.manifest();
    let scenes = manifest["scenes"].as_array().unwrap();
    scenes.iter().map(|scene| (text(&scene["scene"]), text(&scene["artifact"]))).collect()
}

fn locked_names(project: &Project) -> Vec<String> {
    project.locked_scenes().into_keys().collect()
}

const CHAIN: &str = "scenes:\n  dawn: { type: t2v, prompt: light }\n  \
    harbor: { type: i2v, prompt: ferry, image: { scene: dawn } }\n  \
    chase: { type: i2v, prompt: boats, image: { scene: harbor } }\ncuts: { all: { scenes: [dawn, chase] } }\n";

#[test]
fn chain_of_renames_keeps_seeds_takes_and_files() {
    let (server, project) = built(CHAIN);
    let before = artifacts(&project);
    let seed = project.locked("harbor")["seed"].clone();
    rewrite(&project, &CHAIN.replace("dawn", "sunrise").replace("harbor", "port"));
    assert_eq!(
        planned(&server, &project, &[]),
        ["sunrise reuse: was dawn", "port reuse: was harbor", "chase reuse: locked"]
    );
    assert_eq!(planned(&server, &project, &["--changed"]).len(), 2);
    assert_builds_for_free(&server, &project, &[]);
    let after = artifacts(&project);
    assert_eq!(
        after.iter().map(|take| &take.1).collect::<Vec<_>>(),
        before.iter().map(|take| &take.1).collect::<Vec<_>>()
    );
    assert_eq!(locked_names(&project), ["chase", "port", "sunrise"]);
    assert_eq!(project.locked("port")["seed"], seed);
    let files: Vec<String> =
        project.built().into_keys().filter(|name| name.starts_with("scenes/")).collect();
    assert_eq!(files, ["scenes/chase.mp4", "scenes/port.mp4", "scenes/sunrise.mp4"]);
    assert_eq!(planned(&server, &project, &["--changed"]), Vec::<String>::new());
    project.build(&server, &["--locked"]).ends_with(0);
}

#[test]
fn partial_build_carries_over_other_renames() {
    let (server, project) = built(CHAIN);
    rewrite(&project, &CHAIN.replace("dawn", "sunrise").replace("chase", "hunt"));
    assert_builds_for_free(&server, &project, &["sunrise"]);
    assert_eq!(locked_names(&project), ["harbor", "hunt", "sunrise"]);
    // As on another machine: only the files in git exist.
    let elsewhere = Project::new(&film(&CHAIN.replace("dawn", "sunrise").replace("chase", "end")));
    elsewhere.write("storyboard.lock", project.lock().to_string());
    let plan = planned(&server, &elsewhere, &[]);
    assert_eq!(plan[2], "end restore: at-provider, was hunt");
    assert_builds_for_free(&server, &elsewhere, &[]);
}

#[test]
fn names_can_be_swapped_and_reused() {
    let swap = |a: &str, b: &str| {
        format!(
            "scenes:\n  {a}: {{ type: t2v, prompt: one }}\n  {b}: {{ type: t2v, prompt: two }}\n  \
             c: {{ type: i2v, prompt: on, image: {{ scene: {a} }} }}\n  \
             d: {{ type: i2v, prompt: on, image: {{ scene: {b} }} }}\n"
        )
    };
    let (server, project) = built(&swap("a", "b"));
    rewrite(&project, &swap("b", "a"));
    assert_eq!(planned(&server, &project, &[])[..2], ["b reuse: was a", "a reuse: was b"]);
    assert_builds_for_free(&server, &project, &[]);

    let shots = |prompts: &[&str]| {
        let shot = |(at, prompt): (usize, &&str)| {
            format!("  s{}: {{ type: t2v, prompt: \"{prompt}\" }}\n", at + 1)
        };
        format!("scenes:\n{}", prompts.iter().enumerate().map(shot).collect::<String>())
    };
    let (server, project) = built(&shots(&["one", "two", "three"]));
    rewrite(&project, &shots(&["one", "new", "two", "three"]));
    assert_eq!(
        planned(&server, &project, &[]),
        ["s1 reuse: locked", "s2 generate: new-scene", "s3 reuse: was s2", "s4 reuse: was s3"]
    );
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.prompts().len(), 4);
    assert_builds_for_free(&server, &project, &["--locked"]);
}

#[test]
fn variants_and_rows_keep_their_takes() {
    let host = |name: &str, axes: &str| {
        format!(
            "{axes}scenes:\n  {name}: {{ type: t2v, prompt: \"same\" }}\n  \
             say: {{ type: t2v, prompt: \"{{{{lang}}}}\" }}\n"
        )
    };
    let two = "matrix: { lang: [en, de] }\n";
    let (server, project) = built(&host("host", two));
    assert_eq!(server.prompts().len(), 3);
    rewrite(&project, &host("presenter", two));
    assert_eq!(
        planned(&server, &project, &["presenter"]),
        ["presenter.en reuse: was host.en", "presenter.de reuse: was host.de"]
    );
    assert_builds_for_free(&server, &project, &[]);
    // The axis is removed and added again, with another name for the scene.
    rewrite(&project, &host("presenter", "vars: { lang: de }\n"));
    assert_eq!(planned(&server, &project, &["say"]), ["say reuse: was say.de"]);
    assert_builds_for_free(&server, &project, &[]);
    rewrite(&project, &host("host", "matrix: { lang: [en, de, fr] }\n"));
    assert_eq!(
        planned(&server, &project, &[]),
        [
            "host.en reuse: was presenter",
            "host.de reuse: known",
            "host.fr reuse: known",
            "say.en reuse: known",
            "say.de reuse: was say",
            "say.fr generate: new-scene"
        ]
    );
    assert_builds_for_free(&server, &project, &["host"]);

    let rows = |name: &str, keys: [&str; 3]| {
        let row = |key: &&str| format!("    - {{ id: {key} }}\n");
        format!(
            "scenes:\n  {name}:\n    type: t2v\n    prompt: the same\n    for_each:\n{}",
            keys.iter().map(row).collect::<String>()
        )
    };
    let (server, project) = built(&rows("card", ["c10", "c9", "c1"]));
    let before = artifacts(&project);
    // All rows are alike, so the program does not choose one.
    rewrite(&project, &rows("tile", ["c9", "c1", "c10"]));
    warns(&server, &project, "write `was: card`");
    let was = |name: &str, keys| {
        rows(name, keys).replace("    type: t2v", "    was: card\n    type: t2v")
    };
    rewrite(&project, &was("tile", ["c9", "c1", "c10"]));
    assert_builds_for_free(&server, &project, &[]);
    for (scene, artifact) in artifacts(&project) {
        let old = scene.replace("tile", "card");
        assert!(before.contains(&(old, artifact)), "each row keeps its own: {scene}");
    }
    // The line can stay, and can be removed.
    assert_builds_for_free(&server, &project, &["--locked"]);
    rewrite(&project, &rows("tile", ["c9", "c1", "c10"]));
    assert_builds_for_free(&server, &project, &["--locked"]);
    rewrite(&project, &rows("tile", ["x", "c1", "c10"]));
    assert_eq!(
        planned(&server, &project, &[]),
        ["tile.x reuse: was tile.c9", "tile.c1 reuse: locked", "tile.c10 reuse: locked"]
    );
    assert_builds_for_free(&server, &project, &[]);
}

/// A warning of the plan.
#[track_caller]
fn warns(server: &Server, project: &Project, text: &str) {
    let said = project.run(server, &["plan", "storyboard.yaml"]).said();
    assert!(said.contains("under a new name") && said.contains(text), "{said}");
}

#[test]
fn fixed_seeds_and_models_without_seeds_are_renamed_too() {
    let of = |a: &str, b: &str| {
        format!(
            "scenes:\n  {a}: {{ type: t2v, prompt: one, seed: 12345 }}\n  \
             {b}: {{ type: i2v, model: kling-2-1-pro, prompt: two, image: a.png }}\n"
        )
    };
    let (server, project) = (Server::new(&[]), Project::new(&film(&of("a", "b"))));
    project.picture("a.png", 10);
    project.build(&server, &[]).ends_with(0);
    rewrite(&project, &of("c", "d"));
    assert_eq!(planned(&server, &project, &[]), ["c reuse: was a", "d reuse: was b"]);
    assert_builds_for_free(&server, &project, &[]);
    assert_eq!(locked_names(&project), ["c", "d"]);
}

#[test]
fn renamed_and_edited_scene_is_new_and_its_old_name_is_free() {
    let (server, project) = built("scenes:\n  a: { type: t2v, prompt: one }\n");
    rewrite(&project, "scenes:\n  b: { type: t2v, prompt: two }\n");
    assert_eq!(planned(&server, &project, &[]), ["b generate: new-scene"]);
    rewrite(
        &project,
        "scenes:\n  a: { type: t2v, prompt: two }\n  b: { type: t2v, prompt: one }\n",
    );
    assert_eq!(planned(&server, &project, &[]), ["a generate: new-scene", "b reuse: was a"]);
    rewrite(
        &project,
        "scenes:\n  a: { type: t2v, prompt: one }\n  b: { type: t2v, prompt: one }\n",
    );
    assert_eq!(planned(&server, &project, &[]), ["a reuse: locked", "b generate: new-scene"]);
    rewrite(&project, "scenes:\n  b: { type: t2v, prompt: one, seed: 11111 }\n");
    assert_eq!(planned(&server, &project, &[]), ["b generate: new-scene"]);
}

#[test]
fn changed_source_does_not_change_the_seed_of_a_renamed_follower() {
    let (server, project) = built(CHAIN);
    let seed = project.locked("chase")["seed"].clone();
    rewrite(&project, &CHAIN.replace("ferry", "ferries").replace("chase", "hunt"));
    let plan = planned(&server, &project, &["--exclude", "dawn"]);
    assert_eq!(plan[1..], ["harbor generate: changed", "hunt wait: takes-frame-of, was chase"]);
    project.build(&server, &[]).ends_with(0);
    assert_eq!(project.locked("hunt")["seed"], seed);
}

/// Sets the ledger back to before something happened, and removes the lock that knew of it.
fn before_the_lock(project: &Project, change: &str) {
    std::fs::remove_file(project.path("storyboard.lock")).unwrap();
    let ledger = Connection::open(project.home.path().join("ledger.db")).unwrap();
    ledger.execute_batch(change).unwrap();
}

const FORGET: &str = "DELETE FROM takes; DELETE FROM artifacts; DELETE FROM lock_takes;";

#[test]
fn unlocked_takes_are_found_in_the_ledger() {
    for (change, actions) in [
        ("".to_string(), ["reuse: was", "reuse: was"]),
        (FORGET.into(), ["restore: at-provider, was", "wait: takes-frame-of, was"]),
        (
            format!("{FORGET} UPDATE submissions SET state = 'open', ended_at = NULL"),
            ["resume: task-open, was", "wait: takes-frame-of, was"],
        ),
        (
            format!("{FORGET} UPDATE submissions SET state = 'failed', code = 500, message = 'no'"),
            ["ask: failed-before, was", "wait: takes-frame-of, was"],
        ),
        (
            format!("{FORGET} UPDATE submissions SET state = 'intended', task = NULL"),
            ["ask: doubt, was", "wait: takes-frame-of, was"],
        ),
    ] {
        let (server, project) = built(
            &CHAIN
                .replace("  chase: { type: i2v, prompt: boats, image: { scene: harbor } }\n", "")
                .replace("chase", "harbor"),
        );
        before_the_lock(&project, &change);
        project.edit("dawn", "sunrise");
        project.edit("harbor", "port");
        let [first, second] = actions;
        assert_eq!(
            planned(&server, &project, &[]),
            [format!("sunrise {first} dawn"), format!("port {second} harbor")],
            "{change}"
        );
        if !first.starts_with("ask") {
            assert_builds_for_free(&server, &project, &[]);
        }
    }
}

#[test]
fn doubt_is_settled_under_the_present_name() {
    let server = Server::new(&["reset-after-accept:1"]);
    let project = Project::new(&film("scenes:\n  dawn: { type: t2v, prompt: light }\n"));
    project.build(&server, &[]).ends_with(3);
    project.edit("dawn", "sunrise");
    assert_eq!(planned(&server, &project, &[]), ["sunrise ask: doubt, was dawn"]);
    let task = server.records().tasks[0].id.to_string();
    project.run(&server, &["settle", "dawn", "--task", &task]).ends_with(2);
    project.run(&server, &["settle", "sunrise", "--task", &task]).ends_with(0);
    assert_builds_for_free(&server, &project, &[]);
}

#[test]
fn failed_selects_a_renamed_scene() {
    let server = Server::new(&["fail:1"]);
    let project = Project::new(&film(
        "scenes:\n  dawn: { type: t2v, prompt: light }\n  dusk: { type: t2v, prompt: dark, after: [dawn] }\n",
    ));
    project.build(&server, &["dawn"]).ends_with(1);
    project.edit("dawn", "sunrise");
    assert_eq!(planned(&server, &project, &["--failed"]), ["sunrise ask: failed-before, was dawn"]);
    assert_eq!(planned(&server, &project, &["dusk", "--failed"]), Vec::<String>::new());
    project.build(&server, &["--failed"]).ends_with(1);
    assert_eq!(server.records().tasks.len(), 1, "choosing what has failed pays for nothing");
    project.build(&server, &["--failed", "--retry-failed", "1"]).ends_with(0);
    assert_eq!(server.prompts(), ["light", "light"], "dusk was not asked for");
    let nothing = project.build(&server, &["--failed"]).ends_with(0);
    assert!(nothing.said().contains("nothing to do: no scene has failed"), "{}", nothing.said());
    project.build(&server, &["--changed"]).ends_with(0);
    assert_eq!(server.prompts().len(), 3);
    let nothing = project.build(&server, &["--changed"]).ends_with(0);
    assert!(nothing.said().contains("nothing to do: no scene has changed"), "{}", nothing.said());
}

#[test]
fn variants_continue_with_their_shared_request() {
    let host = |name: &str| {
        format!("matrix: {{ lang: [en, de] }}\nscenes:\n  {name}: {{ type: t2v, prompt: same }}\n")
    };
    let (server, project) = built(&host("host"));
    before_the_lock(&project, "");
    rewrite(&project, &host("presenter"));
    assert_builds_for_free(&server, &project, &[]);
    assert_eq!(server.prompts().len(), 1);
    // It was sent for one of them, and `was` names that one only.
    before_the_lock(&project, "UPDATE submissions SET scene = 'presenter.en'");
    rewrite(&project, &host("{NAME}").replace("{NAME}: {", "speaker: { was: presenter,"));
    assert_builds_for_free(&server, &project, &[]);
    assert_eq!(server.prompts().len(), 1);
}

const ALIKE: &str = "scenes:\n  a: { type: t2v, prompt: one }\n  b: { type: t2v, prompt: one }\n";

#[test]
fn ambiguous_rename_waits_for_was() {
    let (server, project) = built(ALIKE);
    let before = artifacts(&project);
    rewrite(&project, &ALIKE.replace("a:", "c:").replace("b:", "d:"));
    assert_eq!(planned(&server, &project, &[]), ["c generate: new-scene", "d generate: new-scene"]);
    warns(&server, &project, "`a` or `b`");
    let written = ALIKE.replace("a: { ", "c: { was: b, ").replace("b: { type", "d: { was: a, type");
    rewrite(&project, &written);
    assert_eq!(planned(&server, &project, &[]), ["c reuse: was b", "d reuse: was a"]);
    assert_builds_for_free(&server, &project, &[]);
    assert_eq!(artifacts(&project)[0].1, before[1].1);
    assert_eq!(locked_names(&project), ["c", "d"]);
    // One of them is enough.
    rewrite(&project, &written.replace("c: { was: b", "e: { was: c").replace("d: {", "f: {"));
    assert_eq!(planned(&server, &project, &[]), ["e reuse: was c", "f reuse: was d"]);
    assert_builds_for_free(&server, &project, &["--retry-failed", "1"]);
}

#[test]
fn edited_scene_with_was_keeps_its_seed() {
    let (server, project) = built(ALIKE);
    let seed = project.locked("a")["seed"].clone();
    rewrite(
        &project,
        &ALIKE.replace("a: { type: t2v, prompt: one", "c: { was: a, type: t2v, prompt: two"),
    );
    assert_eq!(planned(&server, &project, &["c"]), ["c generate: changed, was a"]);
    project.build(&server, &[]).ends_with(0);
    assert_eq!(project.locked("c")["seed"], seed);
    assert_eq!(server.prompts(), ["one", "one", "two"]);
}

#[test]
fn request_running_under_another_name_is_not_sent_again() {
    let (server, project) = built(ALIKE);
    before_the_lock(
        &project,
        &format!("{FORGET} UPDATE submissions SET state = 'open', ended_at = NULL"),
    );
    rewrite(&project, &ALIKE.replace("a:", "c:").replace("b:", "d:"));
    let refused = project.build(&server, &[]).ends_with(3).said();
    assert!(refused.contains("write `was: a` there"), "{refused}");
    assert_eq!(server.prompts().len(), 2);
    rewrite(&project, &ALIKE.replace("a: { ", "c: { was: a, ").replace("b:", "d:"));
    assert_eq!(
        planned(&server, &project, &[]),
        ["c resume: task-open, was a", "d resume: task-open, was b"]
    );
    assert_builds_for_free(&server, &project, &[]);
}

#[test]
fn swapped_names_follow_lock_and_ledger_at_once() {
    // `a` and `b` differ in their automatic seeds only; the lock has `b` and `c`, the ledger alone
    // knows the task of `a`.
    let shots = |a: &str, c: &str| {
        let shot = |name: &str, prompt| format!("  {name}: {{ type: t2v, prompt: {prompt} }}\n");
        format!("scenes:\n{}{}{}", shot(a, "one"), shot("b", "one"), shot(c, "two"))
    };
    for names in [("c", "a"), ("d", "a"), ("c", "d")] {
        let (server, project) = built(&shots("a", "c"));
        let mut lock = project.lock();
        lock["scenes"].as_object_mut().unwrap().shift_remove("a");
        project.write("storyboard.lock", lock.to_string());
        let ledger = Connection::open(project.home.path().join("ledger.db")).unwrap();
        let forget =
            "DELETE FROM takes WHERE key = (SELECT key FROM submissions WHERE scene = 'a');
            DELETE FROM artifacts WHERE key = (SELECT key FROM submissions WHERE scene = 'a');
            UPDATE submissions SET state = 'open', ended_at = NULL WHERE scene = 'a';";
        ledger.execute_batch(forget).unwrap();
        rewrite(&project, &shots(names.0, names.1));
        let plan = planned(&server, &project, &[]);
        let [first, last] = [names.0, names.1];
        let found = match last {
            "c" => "c reuse: locked".to_string(),
            last => format!("{last} reuse: was c"),
        };
        assert_eq!(
            plan,
            [format!("{first} resume: task-open, was a"), "b reuse: locked".into(), found]
        );
        assert_builds_for_free(&server, &project, &[]);
    }
}

#[test]
fn new_scene_is_paid_once_it_has_a_seed_of_its_own() {
    let (server, project) = built(ALIKE);
    before_the_lock(
        &project,
        &format!("{FORGET} UPDATE submissions SET state = 'open', ended_at = NULL"),
    );
    rewrite(&project, "scenes:\n  c: { type: t2v, prompt: one }\n");
    let refused = project.build(&server, &[]).ends_with(3).said();
    assert!(refused.contains("give it a `seed` of its own"), "{refused}");
    rewrite(&project, "scenes:\n  c: { type: t2v, prompt: one, seed: 54321 }\n");
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.prompts().len(), 3);
}

#[test]
fn damaged_row_stops_the_plan() {
    for column in ["recipe = 'x'", "key = 'x'", "scene = 'No Name'"] {
        let (server, project) = built(ALIKE);
        before_the_lock(&project, &format!("UPDATE submissions SET {column} WHERE id = 1"));
        let refused = project.build(&server, &[]).ends_with(1).said();
        assert!(refused.contains("row 1 of `submissions`"), "{refused}");
        assert_eq!(server.prompts().len(), 2);
    }
}

#[test]
fn a_renamed_cut_keeps_its_file() {
    let (server, project) = built(CHAIN);
    let cut = project.built()["cuts/all.mp4"].0.clone();
    project.edit("all: { scenes", "whole: { was: all, scenes");
    project.edit("dawn", "sunrise");
    let said = project.build(&server, &["--json"]).ends_with(0).said();
    let done = said.lines().find(|line| line.contains("cut-done")).unwrap();
    assert!(done.contains("\"made\":false"), "{done}");
    let built = project.built();
    assert_eq!(built["cuts/whole.mp4"].0, cut);
    assert!(!built.contains_key("cuts/all.mp4"));
    assert_eq!(project.manifest()["cuts"][0]["name"], "whole");
    assert_builds_for_free(&server, &project, &["--locked"]);
}

#[test]
fn a_former_name_changes_no_key() {
    let (server, project) = built(CHAIN);
    let lock = project.lock();
    project.edit("dawn: { ", "dawn: { was: never-was, ");
    project.build(&server, &["--locked"]).ends_with(0);
    assert_eq!(project.lock(), lock);
    assert_eq!(server.prompts().len(), 3);
}

#[test]
fn a_failed_scene_that_swaps_names_with_another_asks_as_before() {
    let shots = |a: &str, c: &str| {
        format!(
            "scenes:\n  {a}: {{ type: t2v, prompt: one }}\n  \
             {c}: {{ type: t2v, prompt: two, seed: 11111 }}\n"
        )
    };
    let (server, project) = (Server::new(&["fail:2"]), Project::new(""));
    rewrite(&project, &shots("a", "c"));
    project.build(&server, &["c"]).ends_with(0);
    project.build(&server, &["a"]).ends_with(1);
    let before = planned(&server, &project, &[]);
    rewrite(&project, &shots("c", "a"));
    let after = planned(&server, &project, &[]);
    assert_eq!(before, ["a ask: failed-before", "c reuse: locked"]);
    assert_eq!(after, ["c ask: failed-before, was a", "a reuse: was c"]);
}

#[test]
fn other_takes_say_nothing_about_the_seed_of_a_scene() {
    let (server, project) = built("scenes:\n  a: { type: t2v, prompt: one }\n");
    let first = artifacts(&project);
    let reroll = ["reroll", "storyboard.yaml", "a", "--poll-interval", "0.05"];
    project.run(&server, &reroll).ends_with(0);
    // Only the ledger is left, and the scene has another name.
    std::fs::remove_file(project.path("storyboard.lock")).unwrap();
    std::fs::remove_dir_all(project.path("build")).unwrap();
    for name in ["a", "b"] {
        rewrite(&project, &format!("scenes:\n  {name}: {{ type: t2v, prompt: one }}\n"));
        project.build(&server, &["--budget", "0"]).ends_with(0);
        assert_eq!(artifacts(&project)[0].1, first[0].1, "{name}");
        std::fs::remove_file(project.path("storyboard.lock")).unwrap();
        std::fs::remove_dir_all(project.path("build")).unwrap();
    }
    assert_eq!(server.prompts().len(), 2);
}

#[test]
fn a_pick_over_a_written_seed_survives_a_rename() {
    let dawn = "scenes:\n  dawn: { type: t2v, prompt: fog, seed: 45678 }\n";
    let (server, project) = built(dawn);
    project.run(&server, &["reroll", "storyboard.yaml", "dawn"]).ends_with(0);
    project.run(&server, &["pick", "storyboard.yaml", "dawn", "2"]).ends_with(0);
    let picked = text(&project.locked("dawn")["artifact"]);
    // A new scene has its old name.
    rewrite(
        &project,
        "scenes:\n  dusk: { type: t2v, prompt: fog, seed: 45678 }\n  dawn: { type: t2v, prompt: sea, seed: 45678 }\n",
    );
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.records().tasks.len(), 3, "only the sea is new");
    assert_eq!(text(&project.locked("dusk")["artifact"]), picked);
    assert_eq!(text(&project.scene("dusk")["artifact"]), picked);
}

#[test]
fn the_other_takes_of_a_scene_whose_own_one_failed_survive_a_rename() {
    let scenes = |name: &str, takes: u32| {
        format!("scenes:\n  {name}: {{ type: t2v, prompt: fog, seed: 45678, takes: {takes} }}\n")
    };
    let server = Server::new(&["fail:1"]);
    let project = Project::new(&film(&scenes("dawn", 1)));
    project.build(&server, &[]).ends_with(1);
    rewrite(&project, &scenes("dawn", 3));
    project.build(&server, &[]).ends_with(1);
    assert_eq!(project.locked_scenes()["dawn"].len(), 2, "the other two");
    // Only the lock still knows them: here is another machine, and the provider has forgotten them.
    let lock = fs::read_to_string(project.path("storyboard.lock")).unwrap();
    let old = lock.replace("\"finished\": \"20", "\"finished\": \"19");
    project.write("storyboard.lock", old);
    rewrite(&project, &scenes("dusk", 3));
    fs::remove_dir_all(project.home.path()).unwrap();
    project.build(&server, &["--budget", "50"]).ends_with(0);
    assert_eq!(server.records().tasks.len(), 4, "only the one that failed is made again");
    assert_eq!(project.locked_scenes()["dusk"].len(), 3);
}
