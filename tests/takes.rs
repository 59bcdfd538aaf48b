//! Takes: more of them, which one the film uses, and what a team does with them in git.

mod harness;

use std::fs;
use std::path::Path;
use std::process::Command;

use harness::{Project, Ran, Server, text};
use serde_json::Value;

const HEAD: &str =
    "version: 1\ndefaults: { model: kling-2-5-turbo, duration: 5, resolution: 720p }\nscenes:\n";
const DAWN: &str = "  dawn: { type: t2v, prompt: dawn, seed: 11111 }\n";
const DUSK: &str = "  dusk: { type: i2v, prompt: dusk, image: { scene: dawn, frame: last } }\n";
const NOON: &str = "  noon: { type: t2v, prompt: noon }\n";

fn film(scenes: &[&str]) -> Project {
    Project::new(&format!("{HEAD}{}", scenes.concat()))
}

fn reroll(server: &Server, project: &Project, arguments: &[&str]) -> Ran {
    let common = ["reroll", "storyboard.yaml", "--poll-interval", "0.05"];
    project.run(server, &[&common, arguments].concat())
}

fn numbers(project: &Project, scene: &str) -> Vec<u64> {
    let takes = project.locked_scenes().remove(scene).unwrap_or_default();
    takes.iter().map(|take| take["take"].as_u64().unwrap()).collect()
}

fn plan(server: &Server, project: &Project) -> String {
    let ran = project.run(server, &["plan", "--json"]);
    let plan: Value = serde_json::from_slice(&ran.0.stdout).unwrap();
    let takes = plan["takes"].as_array().unwrap();
    let line = |take: &Value| {
        let reasons = take["reasons"].as_array().unwrap().iter();
        let reasons: Vec<String> = reasons.map(|reason| text(&reason["text"])).collect();
        format!("{} {}: {}", text(&take["scene"]), text(&take["action"]), reasons.join(", "))
    };
    takes.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_rolled_take_can_be_picked_and_the_storyboard_stays_as_it_is() {
    let (server, project) = (Server::new(&[]), film(&[DAWN]));
    project.build(&server, &[]).ends_with(0);
    let first = text(&project.scene("dawn")["artifact"]);
    let storyboard = fs::read(project.path("storyboard.yaml")).unwrap();

    let said = reroll(&server, &project, &["dawn", "--count", "2"]).ends_with(0).said();
    assert!(said.contains("take 2: seed"), "{said}");
    assert_eq!(numbers(&project, "dawn"), [1, 2, 3]);
    assert_eq!(text(&project.scene("dawn")["artifact"]), first, "rolling does not pick");
    let seeds: Vec<Value> =
        project.locked_scenes()["dawn"].iter().map(|take| take["seed"].clone()).collect();
    assert!(seeds[0] == 11111 && seeds[1] != seeds[2] && seeds[1] != 11111, "{seeds:?}");

    let requests = server.requests();
    project.run(&server, &["pick", "dawn", "2"]).ends_with(0);
    let said = plan(&server, &project);
    let expected = format!(
        "dawn reuse: take 2 picked: seed {} instead of 11111 (storyboard.yaml:4:42)",
        seeds[1]
    );
    assert_eq!(said, expected);
    let expanded = project.run(&server, &["expand"]).ends_with(0).said();
    assert!(expanded.contains(&format!("seed: {}", seeds[1])), "{expanded}");
    assert!(expanded.contains("instead of 11111"), "{expanded}");
    project.build(&server, &["--budget", "0"]).ends_with(0);
    assert_eq!(project.scene("dawn")["take"], 2);
    assert_ne!(text(&project.scene("dawn")["artifact"]), first);
    assert_eq!(server.requests(), requests, "picking needs no network");
    assert_eq!(fs::read(project.path("storyboard.yaml")).unwrap(), storyboard);
    project.build(&server, &["--locked", "--offline"]).ends_with(0);

    project.run(&server, &["undo"]).ends_with(0);
    project.build(&server, &["--budget", "0"]).ends_with(0);
    assert_eq!(text(&project.scene("dawn")["artifact"]), first);
    project.run(&server, &["undo"]).ends_with(2);
}

#[test]
fn a_seed_that_is_edited_afterwards_wins() {
    let (server, project) = (Server::new(&[]), film(&[DAWN]));
    project.build(&server, &[]).ends_with(0);
    reroll(&server, &project, &["dawn", "--seed", "54321"]).ends_with(0);
    project.run(&server, &["pick", "dawn", "2"]).ends_with(0);
    project.build(&server, &[]).ends_with(0);
    project.edit("seed: 11111", "seed: 22222");
    assert_eq!(plan(&server, &project), "dawn generate: seed 54321 → 22222");
    // The seed of a take that is there costs nothing.
    project.edit("seed: 22222", "seed: 11111");
    assert!(plan(&server, &project).contains("take 2 picked"));
    project.edit("seed: 11111", "seed: 54321");
    assert_eq!(plan(&server, &project), "dawn reuse: up to date");
    // A pick that follows the edit counts again.
    project.edit("seed: 54321", "seed: 33333");
    project.run(&server, &["pick", "dawn", "1"]).ends_with(0);
    assert!(plan(&server, &project).contains("seed 11111 instead of 33333"));
    assert_eq!(server.prompts().len(), 2);
}

#[test]
fn a_changed_prompt_makes_a_new_take_and_the_old_one_is_kept() {
    let (server, project) = (Server::new(&[]), film(&[DAWN]));
    project.build(&server, &[]).ends_with(0);
    project.edit("prompt: dawn", "prompt: fog");
    project.build(&server, &[]).ends_with(0);
    assert_eq!(numbers(&project, "dawn"), [1, 2]);
    assert_eq!(project.locked("dawn")["take"], 2);
    let said = project.run(&server, &["pick", "dawn", "1"]).ends_with(2).said();
    assert!(said.contains("prompt changed") && said.contains("pin dawn 1"), "{said}");
    project.edit("prompt: fog", "prompt: dawn");
    assert_eq!(plan(&server, &project), "dawn reuse: take 1, made before");
    project.build(&server, &["--budget", "0"]).ends_with(0);
    assert_eq!(project.locked("dawn")["take"], 1);
    assert_eq!(server.prompts().len(), 2);
}

#[test]
fn a_pinned_take_stays_whatever_is_edited() {
    let (server, project) = (Server::new(&[]), film(&[DAWN, NOON]));
    project.build(&server, &[]).ends_with(0);
    project.run(&server, &["pin", "dawn"]).ends_with(0);
    project.edit("prompt: dawn, seed: 11111", "prompt: fog, duration: 10, seed: 22222");
    let said = plan(&server, &project);
    assert!(said.contains("dawn reuse: take 1 pinned, would be stale: duration 5 → 10"), "{said}");
    project.build(&server, &["--budget", "0"]).ends_with(0);
    assert_eq!(project.scene("dawn")["prompt"], "dawn", "the page shows what was made");
    // Not even a lost video makes it generate another one.
    fs::remove_dir_all(project.home.path().join("objects")).unwrap();
    fs::remove_dir_all(project.path("build")).unwrap();
    project.build(&server, &["--budget", "0"]).ends_with(0);
    assert_eq!(server.prompts().len(), 2);
    project.run(&server, &["pin", "dawn", "--off"]).ends_with(0);
    assert!(plan(&server, &project).contains("dawn generate"));
    project.run(&server, &["undo"]).ends_with(0);
    assert!(plan(&server, &project).contains("dawn reuse"));
}

#[test]
fn a_storyboard_can_ask_for_several_takes() {
    let hunt = "  dawn: { type: t2v, prompt: dawn, seed: 11111, takes: 3 }\n";
    let (server, project) = (Server::new(&[]), film(&[hunt]));
    project.build(&server, &["--budget", "100"]).ends_with(3);
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.prompts().len(), 3);
    assert_eq!(numbers(&project, "dawn"), [1, 2, 3]);
    project.build(&server, &["--budget", "0"]).ends_with(0);
    project.edit("takes: 3", "takes: 4");
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.prompts().len(), 4, "one more");
    project.edit("takes: 4", "takes: 2");
    project.build(&server, &["--budget", "0"]).ends_with(0);
    assert_eq!(numbers(&project, "dawn"), [1, 2, 3, 4], "what was paid is kept");
    for wrong in ["takes: 0", "takes: 21", "takes: many"] {
        project.edit("takes: 2", wrong);
        let said = project.run(&server, &["check"]).ends_with(2).said();
        assert!(said.contains("write a whole number from 1 to 20"), "{said}");
        project.edit(wrong, "takes: 2");
    }
}

#[test]
fn takes_of_a_model_without_seeds_differ_in_their_key_alone() {
    let host = "  host: { type: avatar, image: host.png, voice: \"https://example.com/a.mp3\", \
                duration: 4 }\n";
    let (server, project) = (Server::new(&[]), film(&[host]));
    project.picture("host.png", 40);
    project.build(&server, &[]).ends_with(0);
    reroll(&server, &project, &["host"]).ends_with(0);
    reroll(&server, &project, &["host"]).ends_with(0);
    let takes = project.locked_scenes().remove("host").unwrap();
    let salts: Vec<Value> = takes.iter().map(|take| take["salt"].clone()).collect();
    assert_eq!(salts, [Value::Null, 2.into(), 3.into()]);
    let requests: Vec<Value> =
        server.records().tasks.iter().map(|task| task.request.clone()).collect();
    assert!(requests.iter().all(|request| request.get("salt").is_none()), "{requests:#?}");
    project.run(&server, &["pick", "host", "3"]).ends_with(0);
    project.build(&server, &["--budget", "0"]).ends_with(0);
    assert_eq!(project.scene("host")["task"], takes[2]["task"]);
}

#[test]
fn a_pick_says_what_follows_from_it() {
    let (server, project) = (Server::new(&[]), film(&[DAWN, DUSK, NOON]));
    project.build(&server, &[]).ends_with(0);
    let said = reroll(&server, &project, &["dawn"]).ends_with(0).said();
    assert!(said.contains("picking another take of `dawn` makes `dusk` stale"), "{said}");
    let said = project.run(&server, &["pick", "dawn", "2"]).ends_with(0).said();
    assert!(said.contains("dusk goes stale: a new take costs about"), "{said}");
    let plan_now = plan(&server, &project);
    assert!(plan_now.contains("dusk generate: the last frame of dawn changed"), "{plan_now}");
    project.build(&server, &[]).ends_with(0);
    // The way back is free: the take for the first frame is still there.
    let said = project.run(&server, &["pick", "dawn", "1"]).ends_with(0).said();
    assert!(said.contains("dusk goes stale: take 1 fits and is used"), "{said}");
    project.build(&server, &["--budget", "0"]).ends_with(0);
    assert_eq!(project.locked("dusk")["take"], 1);
    assert_eq!(server.prompts().len(), 5);
}

#[test]
fn decisions_are_refused_with_the_way_out() {
    let (server, project) = (Server::new(&[]), film(&[DAWN, NOON]));
    let nothing = project.run(&server, &["pick", "dawn", "1"]).ends_with(2).said();
    assert!(nothing.contains("build the film first"), "{nothing}");
    project.build(&server, &["dawn"]).ends_with(0);
    for (arguments, said) in [
        (&["pick", "dwan", "1"][..], "did you mean `dawn`?"),
        (&["pick", "dawn", "7"], "it has: 1"),
        (&["pick", "dawn"], "pick SCENE NUMBER"),
        (&["pick", "dawn", "one"], "is not the number of a take"),
        (&["reject", "dawn", "1"], "reroll dawn"),
        (&["pin", "noon"], "makes one"),
        (&["reroll"], "name the scenes"),
        (&["adopt", "dawn", "storyboard.yaml"], "only a whole MP4 can be adopted"),
        (&["adopt", "dawn", "--task", "kling_unknown"], "is not known to the provider"),
    ] {
        let lock = fs::read(project.path("storyboard.lock")).unwrap();
        let ran = project.run(&server, arguments).ends_with(2);
        assert!(ran.said().contains(said), "{arguments:?}: {}", ran.said());
        assert_eq!(fs::read(project.path("storyboard.lock")).unwrap(), lock, "{arguments:?}");
    }
}

#[test]
fn adopting_says_how_a_video_differs_from_what_is_asked_for() {
    let (server, project) = (Server::new(&[]), film(&[DAWN, NOON]));
    project.video("real.mp4", 2);
    let said = project.run(&server, &["adopt", "dawn", "real.mp4"]).ends_with(0).said();
    assert!(
        said.contains("nothing was paid\n  the video is 2.00 s long, 5 s were requested"),
        "{said}"
    );
    let said = project.build(&server, &["dawn"]).ends_with(0).said();
    assert!(said.contains("it is the scene's take all the same"), "{said}");
    assert_eq!(server.records().submits, 0);
}

#[test]
fn takes_are_listed_noted_rejected_and_exported() {
    let (server, project) = (Server::new(&[]), film(&[DAWN, NOON]));
    project.build(&server, &[]).ends_with(0);
    reroll(&server, &project, &["dawn", "--count", "2"]).ends_with(0);
    project.run(&server, &["reject", "dawn", "2"]).ends_with(0);
    project.run(&server, &["note", "dawn", "3", "the", "good", "one"]).ends_with(0);
    let table = project.run(&server, &["takes", "dawn"]).ends_with(0).said();
    for part in ["picked", "rejected", "“the good one”", "scenes/dawn.mp4", "5 s"] {
        assert!(table.contains(part), "{part}: {table}");
    }
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    let ran = project.run(&server, &["takes", "--json"]).ends_with(0);
    let listed: Value = serde_json::from_slice(&ran.0.stdout).unwrap();
    let schema = kling_build::report::schema_of("takes").unwrap();
    assert!(jsonschema::draft7::new(&schema).unwrap().is_valid(&listed), "{listed:#}");
    let dawn = &listed["scenes"][0]["takes"];
    assert_eq!((&dawn[1]["rejected"], &dawn[2]["note"]), (&true.into(), &"the good one".into()));
    assert!(dawn[0]["credits"].as_f64().unwrap() > 0.0);

    project.run(&server, &["takes", "dawn", "--export"]).ends_with(0);
    for take in 1..=3 {
        let exported = fs::read(project.path(&format!("build/takes/dawn.{take}.mp4"))).unwrap();
        let digest = kling_build::base::Digest::of(&exported).to_string();
        assert_eq!(digest, text(&dawn[take - 1]["artifact"]));
    }
    assert!(!project.path("build/takes/noon.1.mp4").exists());
    // A build leaves them alone, and a file of the user's own is never overwritten.
    project.build(&server, &["--budget", "0"]).ends_with(0);
    assert!(project.path("build/takes/dawn.2.mp4").exists());
    project.write("build/takes/noon.1.mp4", "mine");
    project.run(&server, &["takes", "noon", "--export"]).ends_with(1);
    assert_eq!(fs::read(project.path("build/takes/noon.1.mp4")).unwrap(), b"mine");
}

#[test]
fn existing_videos_can_be_adopted() {
    let (server, project) = (Server::new(&[]), film(&[DAWN, NOON]));
    project.build(&server, &[]).ends_with(0);
    // A real shot takes the place of a scene.
    fs::copy(project.path("build/scenes/noon.mp4"), project.path("shot.mp4")).unwrap();
    let requests = server.requests();
    project.run(&server, &["adopt", "dawn", "shot.mp4"]).ends_with(0);
    project.build(&server, &["--budget", "0"]).ends_with(0);
    assert_eq!(project.scene("dawn")["artifact"], project.scene("noon")["artifact"]);
    assert_eq!(
        (&project.scene("dawn")["take"], &project.scene("dawn")["credits"]),
        (&2.into(), &0.into())
    );
    assert_eq!(server.requests(), requests);
    project.build(&server, &["--locked"]).ends_with(0);
    // It is nowhere else, so if it is lost, a person decides.
    let digest = text(&project.locked("dawn")["artifact"]);
    let object = project.home.path().join("objects").join(&digest[..2]).join(&digest);
    let kept = fs::read(&object).unwrap();
    fs::remove_file(&object).unwrap();
    fs::remove_dir_all(project.path("build")).unwrap();
    let said = project.build(&server, &["dawn"]).ends_with(1).said();
    assert!(said.contains("its adopted video is lost"), "{said}");
    fs::write(&object, kept).unwrap();
    project.run(&server, &["undo"]).ends_with(0);
    project.build(&server, &["--budget", "0"]).ends_with(0);
    assert_eq!(project.scene("dawn")["take"], 1);

    // A task that somebody else has paid for.
    let other = film(&["  night: { type: t2v, prompt: night }\n"]);
    other.build(&server, &[]).ends_with(0);
    let task = server.tasks_for("night").remove(0);
    project.run(&server, &["adopt", "noon", "--task", &task]).ends_with(0);
    project.build(&server, &["--budget", "0"]).ends_with(0);
    assert_eq!(project.scene("noon")["task"], task.as_str());
    assert_eq!(server.prompts().len(), 3);
}

#[test]
fn old_locks_are_read_without_loss() {
    let (server, project) = (Server::new(&[]), film(&[DAWN, NOON]));
    project.build(&server, &[]).ends_with(0);
    let new = project.lock();
    // The same lock as an earlier version wrote it.
    let scenes = new["scenes"].as_object().unwrap().iter().map(|(scene, locked)| {
        let take = &locked["takes"][0];
        let mut recipe = locked["recipes"][text(&take["recipe"])].clone();
        recipe["seed"] = take["seed"].clone();
        let mut old = take.clone();
        for field in ["credits", "seconds"] {
            old.as_object_mut().unwrap().remove(field);
        }
        old["recipe"] = recipe;
        (scene.clone(), old)
    });
    let scenes: serde_json::Map<String, Value> = scenes.collect();
    let old = serde_json::json!({ "version": 1, "scenes": scenes });
    project.write("storyboard.lock", serde_json::to_string_pretty(&old).unwrap() + "\n");
    assert_eq!(plan(&server, &project), "dawn reuse: up to date\nnoon reuse: up to date");
    project.build(&server, &["--locked", "--budget", "0"]).ends_with(0);
    reroll(&server, &project, &["dawn"]).ends_with(0);
    assert_eq!(project.lock()["version"], 2);
    assert_eq!(numbers(&project, "dawn"), [1, 2]);
    assert_eq!(server.prompts().len(), 3);
}

/// A bare repository, and clones of it with stores of their own.
struct Team {
    bare: tempfile::TempDir,
    ana: Project,
    ben: Project,
}

fn git(folder: &Path, arguments: &[&str]) -> bool {
    let run = Command::new("git")
        .args([
            "-c",
            "user.name=x",
            "-c",
            "user.email=x@example.com",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    run.status.success()
}

impl Team {
    fn new(storyboard: &str) -> Team {
        let bare = tempfile::tempdir().unwrap();
        assert!(git(bare.path(), &["init", "--bare", "."]));
        let (ana, ben) = (Project::new(storyboard), Project::new(storyboard));
        fs::remove_file(ben.path("storyboard.yaml")).unwrap();
        let team = Team { bare, ana, ben };
        assert!(git(team.ana.folder.path(), &["init", "."]));
        team.ana.write(".gitignore", "build/\n");
        for project in [&team.ana, &team.ben] {
            git(project.folder.path(), &["init", "."]);
            let url = team.bare.path().display().to_string();
            assert!(git(project.folder.path(), &["remote", "add", "origin", &url]));
        }
        team.push(&team.ana);
        assert!(git(team.ben.folder.path(), &["pull", "origin", "main"]));
        team
    }

    fn commit(&self, project: &Project) {
        assert!(git(project.folder.path(), &["add", "--all"]));
        git(project.folder.path(), &["commit", "-m", "takes"]);
    }

    fn push(&self, project: &Project) {
        self.commit(project);
        assert!(git(project.folder.path(), &["push", "origin", "HEAD:main"]));
    }

    /// Whether git could merge what the other has pushed.
    fn pull(&self, project: &Project) -> bool {
        self.commit(project);
        git(project.folder.path(), &["pull", "--no-rebase", "--no-edit", "origin", "main"])
    }
}

#[test]
fn two_clones_work_on_one_film_for_a_week() {
    let server = Server::new(&[]);
    let team = Team::new(&format!("{HEAD}{DAWN}{NOON}{DUSK}"));
    let (ana, ben) = (&team.ana, &team.ben);
    ana.build(&server, &[]).ends_with(0);
    team.push(ana);
    assert!(team.pull(ben));
    ben.build(&server, &["--budget", "0"]).ends_with(0);
    assert_eq!(server.prompts().len(), 3, "a clone pays for nothing that the other has paid for");

    // Monday: each works on another scene, and git merges both.
    reroll(&server, ana, &["dawn", "--seed", "22222"]).ends_with(0);
    ana.run(&server, &["note", "dawn", "2", "warmer"]).ends_with(0);
    reroll(&server, ben, &["noon", "--count", "2"]).ends_with(0);
    ben.run(&server, &["pick", "noon", "3"]).ends_with(0);
    team.push(ana);
    assert!(team.pull(ben), "changes of different scenes never conflict");
    team.push(ben);
    assert!(team.pull(ana));
    assert_eq!((numbers(ana, "dawn"), numbers(ana, "noon")), (vec![1, 2], vec![1, 2, 3]));
    assert_eq!(ana.locked("noon")["take"], 3);
    ana.build(&server, &["--budget", "0"]).ends_with(0);

    // Tuesday: both roll the same scene; both takes are kept, and nobody has to edit a file.
    reroll(&server, ana, &["dawn", "--seed", "33333"]).ends_with(0);
    reroll(&server, ben, &["dawn", "--seed", "44444"]).ends_with(0);
    team.push(ana);
    assert!(!team.pull(ben), "git cannot merge two takes in one place");
    ben.build(&server, &["--budget", "0"]).ends_with(0);
    assert_eq!(numbers(ben, "dawn"), [1, 2, 3, 4]);
    team.push(ben);
    assert!(team.pull(ana));

    // Wednesday: they pick different takes, and the conflict is explained with both sides.
    ana.run(&server, &["pick", "dawn", "2"]).ends_with(0);
    ben.run(&server, &["pick", "dawn", "3"]).ends_with(0);
    team.push(ana);
    assert!(!team.pull(ben));
    let lock = fs::read(ben.path("storyboard.lock")).unwrap();
    for command in [&["plan"][..], &["takes"], &["storyboard.yaml"]] {
        let said = ben.run(&server, command).ends_with(2).said();
        let sides = "ours has take 3 (seed 44444) picked, theirs has take 2 (seed 22222) picked";
        let sides = sides.replace("44444", &seed_of(ben, 3));
        assert!(said.contains(&sides) && said.contains("kling-build pick"), "{said}");
        assert_eq!(fs::read(ben.path("storyboard.lock")).unwrap(), lock);
    }
    ben.run(&server, &["pick", "dawn", "2"]).ends_with(0);
    ben.build(&server, &["--yes"]).ends_with(0);
    team.push(ben);
    assert!(team.pull(ana));
    assert_eq!(ana.locked("dawn")["take"], 2);

    // Friday: everything that was paid is in both clones, and nothing was paid twice.
    ana.build(&server, &["--budget", "0"]).ends_with(0);
    ben.build(&server, &["--budget", "0"]).ends_with(0);
    assert_eq!(ana.manifest()["scenes"], ben.manifest()["scenes"]);
    let paid = server.records().tasks.len();
    let kept: usize = ana.locked_scenes().values().map(Vec::len).sum();
    assert_eq!((paid, kept), (9, 9));
}

/// The seed of a take of `dawn` in a lock that git could not merge.
fn seed_of(project: &Project, take: u64) -> String {
    let lock = fs::read_to_string(project.path("storyboard.lock")).unwrap();
    let lock = kling_build::plan::Lock::parse_both_sides(&lock).unwrap().0;
    let dawn = &lock.scenes["dawn"];
    dawn.take(take as u32).unwrap().seed.unwrap().to_string()
}

#[test]
fn drafts_have_takes_of_their_own_and_are_promoted() {
    let profiles = "profiles: { draft: { model: kling-2-1, duration: 5 } }\n";
    let scenes = "  dawn: { type: t2v, prompt: dawn, duration: 10 }\n  noon: { type: t2v, prompt: \
                  noon, duration: 10 }\n";
    let text_of_film = HEAD.replace("scenes:", &format!("{profiles}scenes:"));
    let (server, project) = (Server::new(&[]), Project::new(&format!("{text_of_film}{scenes}")));
    let promote = ["promote", "storyboard.yaml", "dawn", "--poll-interval", "0.05"];
    let said = project.run(&server, &promote).ends_with(3).said();
    assert!(said.contains("has no draft that is up to date"), "{said}");
    project.build(&server, &["--profile", "draft"]).ends_with(0);
    assert!(project.path("build/draft/scenes/dawn.mp4").exists());
    assert!(!project.path("build/scenes").exists());
    assert_eq!(project.locked_scenes().len(), 0, "drafts are not the film's takes");
    assert_eq!(project.lock()["profiles"]["draft"]["dawn"]["picked"], 1);

    // The approved draft is another roll, and its seed is where the final begins.
    let draft = ["--profile", "draft", "--poll-interval", "0.05"];
    project.run(&server, &[&["reroll", "dawn"][..], &draft].concat()).ends_with(0);
    project.run(&server, &["pick", "dawn", "2", "--profile", "draft"]).ends_with(0);
    project.build(&server, &["--profile", "draft", "--budget", "0"]).ends_with(0);
    assert_eq!(server.prompts().len(), 3);
    project.run(&server, &promote).ends_with(0);
    // The first two are sent in any order.
    assert_eq!(server.prompts()[2..], ["dawn", "dawn"], "only what was approved");
    let drafts = &project.lock()["profiles"]["draft"]["dawn"]["takes"];
    assert_eq!(project.locked("dawn")["seed"], drafts[1]["seed"]);
    assert!(project.path("build/scenes/dawn.mp4").exists());
    let status = project.run(&server, &["status"]).ends_with(0).said();
    assert!(status.contains("draft 2") && status.contains("draft 1"), "{status}");
    // Both remain: neither removes what belongs to the other.
    project.build(&server, &["dawn", "--budget", "0"]).ends_with(0);
    project.build(&server, &["--profile", "draft", "--budget", "0"]).ends_with(0);
    assert!(project.path("build/scenes/dawn.mp4").exists());
    assert!(project.path("build/draft/scenes/noon.mp4").exists());
    let draft_takes = project.run(&server, &["takes", "--profile", "draft"]).ends_with(0).said();
    assert!(draft_takes.contains("3 takes of 2 scenes"), "{draft_takes}");
}
