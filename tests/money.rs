//! Every known way to pay twice, reproduced: the real program against the simulator.

mod harness;

use std::fs;

use harness::{Project, Ran, Server, files_under, text};
use kling_build::sim::SimOptions;

const HEAD: &str =
    "version: 1\ndefaults: { model: kling-2-5-turbo, duration: 5, resolution: 720p }\nscenes:\n";

fn film(scenes: &[&str]) -> Project {
    Project::new(&format!("{HEAD}  {}\n", scenes.join("\n  ")))
}

const DAWN: &str = "dawn: { type: t2v, prompt: dawn, seed: 11111 }";
const TWIN: &str = "twin: { type: t2v, prompt: dawn, seed: 11111 }";
const DICE: &str = "dice: { type: t2v, prompt: dice, seed: random }";

fn reroll(server: &Server, project: &Project, arguments: &[&str]) -> Ran {
    let common = ["reroll", "storyboard.yaml", "--poll-interval", "0.05"];
    project.run(server, &[&common, arguments].concat())
}

/// Makes the ledger forget that a task's video has arrived, as if the build had been killed before.
fn kill_before_storing(project: &Project, task: &str) {
    let ledger = rusqlite::Connection::open(project.home.path().join("ledger.db")).unwrap();
    for table in ["takes", "artifacts", "lock_takes"] {
        let delete = format!("DELETE FROM {table} WHERE task = ?1");
        assert_eq!(ledger.execute(&delete, [task]).unwrap(), 1);
    }
}

#[test]
fn two_scenes_with_one_key_are_paid_once() {
    let (server, project) = (Server::new(&[]), film(&[DAWN, TWIN]));
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.prompts().len(), 1);
    assert_eq!(project.scene("dawn")["artifact"], project.scene("twin")["artifact"]);
    // Another take of both is one take as well.
    reroll(&server, &project, &["dawn", "twin"]).ends_with(0);
    assert_eq!(server.prompts().len(), 2, "rolled once for both");
    let second = |scene: &str| project.locked_scenes()[scene][1].clone();
    assert_eq!(second("dawn")["task"], second("twin")["task"]);
    let requests = server.requests();
    project.build(&server, &["--locked"]).ends_with(0);
    assert_eq!(server.requests(), requests);
}

#[test]
fn failed_key_is_retried_once_for_both_scenes() {
    let (server, project) = (Server::new(&["fail:*"]), film(&[DAWN, TWIN]));
    project.build(&server, &["--retry-failed", "1"]).ends_with(1);
    assert_eq!(server.prompts().len(), 1, "what failed in this build is left to the next");
    project.build(&server, &["--retry-failed", "1"]).ends_with(1);
    assert_eq!(server.prompts().len(), 2);
    project.build(&server, &["--retry-failed", "1"]).ends_with(1);
    assert_eq!(server.prompts().len(), 2, "one failure may be paid again, not two");
}

#[test]
fn a_roll_is_not_paid_again_after_a_kill() {
    for build_again in [false, true] {
        let (server, project) = (Server::new(&[]), film(&[DAWN]));
        project.build(&server, &[]).ends_with(0);
        let first = fs::read(project.path("storyboard.lock")).unwrap();
        reroll(&server, &project, &["dawn"]).ends_with(0);
        let rolled = server.tasks_for("dawn").remove(1);

        // Killed after the task had finished, before its video was stored and locked.
        fs::write(project.path("storyboard.lock"), &first).unwrap();
        kill_before_storing(&project, &rolled);
        let _ = fs::remove_file(project.path("build/.unchanged.json"));
        match build_again {
            true => project.build(&server, &[]),
            false => reroll(&server, &project, &["dawn"]),
        }
        .ends_with(0);
        assert_eq!(server.prompts().len(), 2, "{build_again} pays again");
        assert_eq!(server.records().tasks[1].downloads, 2, "{build_again} loses the new take");
        assert_eq!(project.locked_scenes()["dawn"].len(), 2);
        assert_eq!(project.locked("dawn")["take"], 1, "only a person picks another take");
    }
}

#[test]
fn a_roll_that_was_stored_but_not_locked_is_not_paid_again() {
    let (server, project) = (Server::new(&[]), film(&[DAWN]));
    project.build(&server, &[]).ends_with(0);
    let first = fs::read(project.path("storyboard.lock")).unwrap();
    reroll(&server, &project, &["dawn"]).ends_with(0);
    let digest = text(&project.locked_scenes()["dawn"][1]["artifact"]);

    // Killed before the lock named it.
    fs::write(project.path("storyboard.lock"), &first).unwrap();
    let ledger = rusqlite::Connection::open(project.home.path().join("ledger.db")).unwrap();
    assert_eq!(ledger.execute("DELETE FROM lock_takes WHERE digest = ?1", [&digest]).unwrap(), 1);
    ledger.execute("UPDATE locks SET text = ''", []).unwrap();
    drop(ledger);
    let _ = fs::remove_file(project.path("build/.unchanged.json"));
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.prompts().len(), 2);
    assert_eq!(text(&project.locked_scenes()["dawn"][1]["artifact"]), digest);
    // An older lock that is checked out stays as it is: the newer take belongs to another commit.
    fs::write(project.path("storyboard.lock"), &first).unwrap();
    project.build(&server, &[]).ends_with(0);
    assert_eq!(fs::read(project.path("storyboard.lock")).unwrap(), first);
}

#[test]
fn the_lock_decides_the_film() {
    let (server, project) = (Server::new(&[]), film(&[DAWN]));
    project.build(&server, &[]).ends_with(0);
    let first = fs::read_to_string(project.path("storyboard.lock")).unwrap();
    let digest = text(&project.scene("dawn")["artifact"]);
    let store = project.home.path().join("objects");
    let path = |digest: &str| store.join(&digest[..2]).join(digest);
    // Another video: the same one with an empty box behind it.
    let bytes = [&fs::read(path(&digest)).unwrap()[..], b"\0\0\0\x08free"].concat();
    let other = kling_build::base::Digest::of(&bytes).to_string();
    fs::create_dir_all(path(&other).parent().unwrap()).unwrap();
    fs::write(path(&other), &bytes).unwrap();
    // The lock names that other video, as an older lock checked out with git does.
    let task = text(&project.scene("dawn")["task"]);
    let length = |bytes: usize| format!("\"bytes\": {bytes}");
    let before = first.replace(&digest, &other).replace(&task, "kling_before");
    let before = before.replace(&length(bytes.len() - 8), &length(bytes.len()));
    fs::write(project.path("storyboard.lock"), &before).unwrap();

    project.build(&server, &[]).ends_with(0);
    assert_eq!(text(&project.scene("dawn")["artifact"]), other, "the lock decides the film");
    assert_eq!(fs::read_to_string(project.path("storyboard.lock")).unwrap(), before);
    assert_eq!(server.prompts().len(), 1);
}

#[test]
fn a_roll_does_not_roll_what_the_scene_depends_on() {
    let dusk =
        "dusk: { type: i2v, prompt: dusk, seed: 22222, image: { scene: dawn, frame: last } }";
    let (server, project) = (Server::new(&[]), film(&[DAWN, dusk]));
    project.build(&server, &[]).ends_with(0);
    reroll(&server, &project, &["dusk", "--budget", "50"]).ends_with(0);
    assert_eq!(server.prompts(), ["dawn", "dusk", "dusk"]);
}

#[test]
fn random_seed_is_kept_until_its_take_is_locked() {
    let (server, project) = (Server::new(&[]), film(&[DICE]));
    project.build(&server, &[]).ends_with(0);
    // Killed after the video was stored, before the lock was written.
    fs::remove_file(project.path("storyboard.lock")).unwrap();
    fs::remove_dir_all(project.path("build")).unwrap();
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.prompts().len(), 1, "the take that nobody has seen is used");
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.prompts().len(), 2, "a finished build draws anew");
}

#[test]
fn a_renamed_scene_keeps_its_take_where_only_the_lock_knows_it() {
    let (server, project) = (Server::new(&[]), film(&[DAWN]));
    project.build(&server, &[]).ends_with(0);
    let artifact = project.scene("dawn")["artifact"].clone();
    for name in ["ledger.db", "ledger.db-wal", "ledger.db-shm"] {
        let _ = fs::remove_file(project.home.path().join(name));
    }
    project.edit("dawn:", "morning:");
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.prompts().len(), 1);
    assert_eq!(project.scene("morning")["artifact"], artifact);
    assert_eq!(project.locked("morning")["artifact"], artifact);
}

#[test]
fn deleted_task_does_not_block_a_scene_forever() {
    let (server, project) = (Server::new(&["not-visible:*"]), film(&[DAWN]));
    project.build(&server, &["--budget", "0"]).ends_with(3);
    // Fifteen days ago a build was interrupted; the provider keeps records for fourteen.
    let sent = harness::now().millis() - 15 * 86_400_000;
    let ledger = rusqlite::Connection::open(project.home.path().join("ledger.db")).unwrap();
    let other = Server::new(&[]);
    project.build(&other, &[]).ends_with(0);
    let changed = ledger.execute(
        "UPDATE submissions SET state = 'open', task = 'kling_old', intended_at = ?1",
        [sent],
    );
    assert_eq!(changed.unwrap(), 1);
    let forget = "DELETE FROM takes; DELETE FROM artifacts; DELETE FROM lock_takes;";
    ledger.execute_batch(forget).unwrap();
    drop(ledger);
    fs::remove_file(project.path("storyboard.lock")).unwrap();
    fs::remove_dir_all(project.path("build")).unwrap();

    project.build(&server, &[]).ends_with(1);
    assert_eq!(server.prompts().len(), 0, "a person decides whether to pay again");
    let last = Server::new(&[]);
    project.build(&last, &["--retry-failed", "1"]).ends_with(0);
    assert_eq!(last.prompts().len(), 1);
}

#[test]
fn two_processes_share_one_task() {
    let server = Server::with(SimOptions {
        latency: std::time::Duration::from_millis(600),
        ..SimOptions::default()
    });
    let (one, two) = (film(&[DAWN]), film(&[TWIN]));
    let both: Vec<_> = [&one, &two]
        .map(|project| {
            let arguments = ["storyboard.yaml", "--poll-interval", "0.1"];
            let mut command = project.command(&server, &arguments);
            command.env("KLING_BUILD_HOME", one.home.path());
            command.spawn().unwrap()
        })
        .into_iter()
        .collect();
    for mut child in both {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(server.prompts().len(), 1);
    assert_eq!(one.scene("dawn")["task"], two.scene("twin")["task"]);
}

#[test]
fn killed_preview_needs_no_decision() {
    let (server, project) = (Server::new(&[]), film(&[DAWN]));
    project.build(&server, &["--preview"]).ends_with(0);
    // Killed between the intent and the rendering.
    let store = project.path("build/preview/.store");
    let ledger = rusqlite::Connection::open(store.join("ledger.db")).unwrap();
    ledger.execute_batch("DELETE FROM takes; DELETE FROM artifacts;").unwrap();
    ledger.execute("UPDATE submissions SET state = 'intended', task = NULL", []).unwrap();
    drop(ledger);
    project.build(&server, &["--preview"]).ends_with(0);
    assert_eq!(server.requests(), 0);
}

const HOSTS: &str = "host: { type: avatar, model: kling-avatar, image: still.png, duration: 4, voice: \"https://example.com/a.mp3\" }\n  \
    guest: { type: avatar, model: kling-avatar, image: still.png, duration: 4, voice: \"https://example.com/b.mp3\" }";

#[test]
fn rolls_of_several_scenes_that_a_kill_interrupted_are_all_continued() {
    let (server, project) = (Server::new(&[]), film(&[HOSTS]));
    project.picture("still.png", 40);
    project.build(&server, &[]).ends_with(0);
    let first = fs::read(project.path("storyboard.lock")).unwrap();
    reroll(&server, &project, &["host", "guest"]).ends_with(0);
    let tasks = server.records().tasks;
    assert_eq!(tasks.len(), 4);

    // Their rolls have the same salt and different keys.
    fs::write(project.path("storyboard.lock"), &first).unwrap();
    for task in &tasks[2..] {
        kill_before_storing(&project, task.id.as_str());
    }
    let _ = fs::remove_file(project.path("build/.unchanged.json"));
    project.build(&server, &["--budget", "0"]).ends_with(0);
    assert_eq!(server.records().tasks.len(), 4);
    for scene in ["host", "guest"] {
        assert_eq!(project.locked_scenes()[scene].len(), 2, "{scene}");
    }
}

#[test]
fn a_scene_that_is_needed_for_its_frame_alone_is_not_rolled() {
    let dawn = "dawn: { type: t2v, prompt: dawn, seed: 11111, takes: 3 }";
    let dusk =
        "dusk: { type: i2v, prompt: dusk, seed: 22222, image: { scene: dawn, frame: last } }";
    let (server, project) = (Server::new(&[]), film(&[dawn, dusk]));
    project.build(&server, &["dusk", "--budget", "100"]).ends_with(0);
    assert_eq!(server.prompts(), ["dawn", "dusk"]);
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.prompts().len(), 4);
    // Takes of a preview would not differ.
    project.build(&server, &["--preview"]).ends_with(0);
    let store = files_under(&project.path("build/preview/.store/objects"));
    assert_eq!(store.len(), 2, "{:?}", store.keys());
    reroll(&server, &project, &["dusk", "--preview"]).ends_with(2);
}

#[test]
fn a_lost_roll_is_given_up_by_its_number() {
    let (server, project) = (Server::new(&[]), film(&[DAWN]));
    project.build(&server, &[]).ends_with(0);
    let first = fs::read(project.path("storyboard.lock")).unwrap();
    reroll(&server, &project, &["dawn"]).ends_with(0);
    let rolled = server.tasks_for("dawn").remove(1);
    fs::write(project.path("storyboard.lock"), &first).unwrap();
    kill_before_storing(&project, &rolled);
    let plan = || project.run(&server, &["plan"]).ends_with(0).said();
    assert!(plan().contains("begun earlier"), "{}", plan());
    // The scene's own take is here.
    project.run(&server, &["settle", "dawn", "--gone"]).ends_with(2);
    let said = project.run(&server, &["settle", "dawn", "--gone", "--take", "2"]).ends_with(0);
    assert!(said.said().contains(&rolled), "{}", said.said());
    assert!(!plan().contains("begun earlier"), "{}", plan());
    assert_eq!(server.prompts().len(), 2);
}

#[test]
fn the_random_seed_of_a_final_is_kept_while_drafts_are_made() {
    let text = format!("{}  {DICE}\n", HEAD.replace("scenes:", DRAFT));
    let (server, project) = (Server::new(&[]), Project::new(&text));
    project.build(&server, &[]).ends_with(0);
    // Killed after the video was stored, before the lock was written; then somebody makes drafts.
    fs::remove_file(project.path("storyboard.lock")).unwrap();
    fs::remove_dir_all(project.path("build")).unwrap();
    project.build(&server, &["--profile", "draft"]).ends_with(0);
    assert_eq!(server.prompts().len(), 2);
    project.build(&server, &["--budget", "0"]).ends_with(0);
    assert_eq!(server.prompts().len(), 2, "the final that nobody has seen is used");
}

const DRAFT: &str = "profiles: { draft: { model: kling-2-1 } }\nscenes:";

#[test]
fn a_seed_that_cannot_be_rolled_is_refused_before_anything_is_sent() {
    let (server, project) = (Server::new(&[]), film(&[DAWN, HOSTS]));
    project.picture("still.png", 40);
    project.build(&server, &["dawn", "host"]).ends_with(0);
    let sent = server.records().submits;
    for (arguments, said) in [
        (["host", "--seed", "54321"], "`kling-avatar` does not take a seed"),
        (["dawn", "--seed", "5"], "from 10000 to 99999"),
        (["dawn", "--seed", "11111"], "has a take with seed 11111 already"),
    ] {
        let ran = reroll(&server, &project, &arguments).ends_with(2);
        assert!(ran.said().contains(said), "{}", ran.said());
    }
    assert_eq!(server.records().submits, sent);
}

#[test]
fn another_take_of_a_random_scene_does_not_decide_its_seed() {
    let (server, project) = (Server::new(&[]), film(&[DICE]));
    project.build(&server, &[]).ends_with(0);
    let seed = project.locked("dice")["seed"].clone();
    reroll(&server, &project, &["dice"]).ends_with(0);
    // Killed before a lock was written.
    fs::remove_file(project.path("storyboard.lock")).unwrap();
    fs::remove_dir_all(project.path("build")).unwrap();
    assert_eq!(server.prompts().len(), 2, "one more take was requested");
    project.build(&server, &["--budget", "0"]).ends_with(0);
    assert_eq!(server.prompts().len(), 2);
    assert_eq!(project.locked("dice")["seed"], seed, "the scene's own seed is kept");
}

#[test]
fn a_take_that_only_a_newer_commit_names_is_not_paid_again_on_another_machine() {
    let two = DAWN.replace(" }", ", takes: 2 }");
    let (server, project) = (Server::new(&[]), film(&[DAWN]));
    project.build(&server, &[]).ends_with(0);
    let first = fs::read(project.path("storyboard.lock")).unwrap();
    project.edit(DAWN, &two);
    project.build(&server, &[]).ends_with(0);
    let second = fs::read(project.path("storyboard.lock")).unwrap();
    assert_eq!(server.prompts().len(), 2);

    let elsewhere = film(&[&two]);
    elsewhere.write("storyboard.lock", &second);
    elsewhere.build(&server, &[]).ends_with(0);
    elsewhere.write("storyboard.lock", &first);
    elsewhere.build(&server, &["--budget", "0"]).ends_with(0);
    assert_eq!(server.prompts().len(), 2);
    // When it finished is known only by asking.
    let lasting = |project: &Project| {
        let takes = project.locked_scenes().remove("dawn").unwrap();
        takes.iter().map(|take| ["key", "artifact", "task"].map(|it| text(&take[it]))).collect()
    };
    let (here, there): (Vec<_>, Vec<_>) = (lasting(&project), lasting(&elsewhere));
    assert_eq!(here, there);
}

#[test]
fn a_pick_leaves_as_many_takes_as_were_asked_for() {
    for scene in [DICE, DAWN, &DICE.replace(", seed: random", "")] {
        let two = scene.replace(" }", ", takes: 2 }");
        let name = &two[..4];
        let (server, project) = (Server::new(&[]), film(&[&two]));
        project.build(&server, &[]).ends_with(0);
        assert_eq!(server.prompts().len(), 2, "{two}");
        project.run(&server, &["pick", "storyboard.yaml", name, "2"]).ends_with(0);
        project.build(&server, &["--budget", "0"]).ends_with(0);
        assert_eq!(server.prompts().len(), 2, "{two}");
        project.edit("takes: 2", "takes: 3");
        project.build(&server, &[]).ends_with(0);
        assert_eq!(server.prompts().len(), 3, "{two}");
    }
}
