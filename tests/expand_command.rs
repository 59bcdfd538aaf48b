//! `expand` from the command line: what it prints, and that paid takes are reused.

mod harness;

use std::fs;
use std::path::Path;
use std::process::Command;

use harness::{Project, Ran, Server, files_under};
use kling_build::report::schema_of;
use serde_json::Value;

/// The program in a folder, with a store of its own.
fn run(folder: &Path, arguments: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kling-build"));
    command
        .args(arguments)
        .current_dir(folder)
        .env("KLING_BUILD_HOME", folder.join("home"))
        .env_remove("KIE_API_BASE")
        .env_remove("KIE_API_KEY");
    Ran(command.output().unwrap())
}

fn printed(folder: &Path, arguments: &[&str]) -> String {
    let ran = run(folder, arguments).ends_with(0);
    String::from_utf8(ran.0.stdout).unwrap()
}

/// A film with a little of everything, and its files.
fn project() -> Project {
    let project = Project::new(
        "version: 1\ntitle: \"Aurora: the #1\"\ninclude: acts/end.yaml\nbudget: 600.5\nseed: 7\n\
         vars: { product: Aurora One }\nmatrix: { lang: [en, de] }\n\
         defaults:\n  model: kling-2-6\n  resolution: 720p\n  tags: [launch]\n  avatar: { voice: assets/host.mp3 }\n\
         preview: { fonts: [assets/font.ttf] }\nhosting: { base_url: \"https://example.com/film\" }\n\
         scenes:\n  opening:\n    type: t2v\n    label: \"Opening, {{lang}}\"\n    tags: [hero]\n    \
         prompt: \"{{product}} and \\\\{{braces}} rise over a dark sea, slow dolly-in, 35mm, in \
         teal and amber, thin mist\"\n  \
         card:\n    type: i2v\n    for_each: cards.csv\n    prompt: \"{{item.title}}\"\n    \
         image: { scene: opening, frame: 2.5 }\n    after: [opening]\n    seed: 45678\n  \
         dice: { type: t2v, prompt: dice, seed: random, model: kling-2-5-turbo, duration: 10 }\n  \
         last: { type: t2v, prompt: last, after: [opening], seed: 12345 }\n\
         cuts: { all: { scenes: [opening, card] } }\n",
    );
    project.write("cards.csv", "id,title\na,\"One: fog\"\nb,\"Two\nlines\"\n");
    project.write(
        "acts/end.yaml",
        "scenes:\n  end:\n    type: i2v\n    prompt: The end\n    duration: 5\n    image:\n      \
         url: https://example.com/a.png\n      sha256: \
         e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n",
    );
    project.write("assets/font.ttf", "no font");
    project
}

#[test]
fn every_value_says_where_it_comes_from() {
    let project = project();
    let arguments = ["expand", "storyboard.yaml", "*.en", "--var", "product=Borealis"];
    insta::assert_snapshot!(printed(project.folder.path(), &arguments));
}

#[test]
fn selected_scenes_expand_to_a_complete_storyboard() {
    let project = project();
    let text = printed(project.folder.path(), &["expand", "storyboard.yaml", "card.a.en"]);
    project.write("one.yaml", &text);
    let scenes: Vec<String> = takes(project.folder.path(), &["one.yaml"])
        .iter()
        .map(|take| harness::text(&take["scene"]))
        .collect();
    // The source of its first frame is included.
    assert_eq!(scenes, ["opening.en", "card.a.en"]);
    assert!(
        text.ends_with("# left out, for they join scenes that were not chosen: all.en, all.de\n")
    );
    let text = printed(project.folder.path(), &["expand", "storyboard.yaml", "last.en"]);
    assert!(text.contains("\n    # after scenes that were not chosen: opening.en\n"), "{text}");
    project.write("one.yaml", &text);
    assert_eq!(takes(project.folder.path(), &["one.yaml"]).len(), 1);
}

#[test]
fn json_matches_its_schema() {
    let project = project();
    let text = printed(project.folder.path(), &["expand", "--json"]);
    let document: Value = serde_json::from_str(&text).unwrap();
    let validator = jsonschema::draft7::new(&schema_of("expand").unwrap()).unwrap();
    let mistakes: Vec<String> =
        validator.iter_errors(&document).map(|mistake| mistake.to_string()).collect();
    assert!(mistakes.is_empty(), "{mistakes:#?}");
    let scene = |name: &str| {
        let scenes = document["scenes"].as_array().unwrap();
        scenes.iter().find(|scene| scene["scene"] == name).unwrap()
    };
    assert_eq!(scene("opening.en")["key"].as_str().map(str::len), Some(64));
    // It waits for a frame; a seed that is drawn for each build gives no lasting key.
    assert_eq!(
        (&scene("card.a.en")["key"], &scene("dice.en")["key"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(scene("card.b.de")["prompt"]["value"], "Two\nlines");
    assert_eq!(scene("card.b.de")["origin"]["text"], "storyboard.yaml:21:3, row cards.csv:3:1");
    assert_eq!(scene("dice.de")["seed"]["value"], "random");
    assert_eq!(scene("end.de")["duration"]["value"], 5.0);
    assert_eq!(scene("end.de")["duration"]["origin"]["place"]["file"], "acts/end.yaml");
}

#[test]
fn expand_reports_the_errors_of_check() {
    let project = Project::new(
        "version: 1\nscenes:\n  a: { type: t2v, prompt: '{{x}}' }\n  b: { type: i2v, image: no.png }\n",
    );
    let folder = project.folder.path();
    let (check, expand) = (run(folder, &["check"]), run(folder, &["expand"]));
    assert_eq!((check.code(), expand.code()), (2, 2));
    assert_eq!(check.said(), expand.said());
    assert!(expand.0.stdout.is_empty(), "{}", expand.said());
    run(folder, &["expand", "storyboard.yaml", "nobody"]).ends_with(2);
}

#[test]
fn expand_writes_no_files() {
    let project = project();
    let before = files_under(project.folder.path());
    for more in [&[][..], &["--json"], &["--preview"]] {
        printed(project.folder.path(), &[&["expand"], more].concat());
    }
    assert_eq!(files_under(project.folder.path()), before);
}

/// The takes of a plan, without the file's name.
fn takes(folder: &Path, arguments: &[&str]) -> Vec<Value> {
    let text = printed(folder, &[&["plan", "--json"], arguments].concat());
    let plan: Value = serde_json::from_str(&text).unwrap();
    plan["takes"].as_array().unwrap().clone()
}

#[test]
fn expanding_the_examples_keeps_their_keys() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut seen = 0;
    for example in fs::read_dir(examples).unwrap() {
        let example = example.unwrap().path();
        if !example.join("storyboard.yaml").is_file() {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        for (name, (bytes, _)) in files_under(&example) {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        for preview in [&[][..], &["--preview"]] {
            let expand = [&["expand"], preview].concat();
            fs::write(folder.path().join("expanded.yaml"), printed(folder.path(), &expand))
                .unwrap();
            let takes = |name| takes(folder.path(), &[&[name], preview].concat());
            assert_eq!(takes("storyboard.yaml"), takes("expanded.yaml"), "{}", example.display());
        }
        seen += 1;
    }
    assert!(seen >= 3, "{seen} examples");
}

#[test]
fn the_expanded_storyboard_reuses_paid_takes() {
    let film = "version: 1\nmatrix: { lang: [en, de] }\n\
                defaults: { model: kling-2-5-turbo, resolution: 720p }\nscenes:\n  \
                opening: { type: t2v, prompt: fog }\n  \
                reveal: { type: i2v, prompt: light, image: { scene: opening } }\n  \
                title: { type: t2v, prompt: \"The word {{lang}}: #1\" }\n\
                cuts: { all: { scenes: [opening, reveal, title] } }\n";
    let (server, project) = (Server::new(&[]), Project::new(film));
    project.build(&server, &[]).ends_with(0);
    let paid = server.records().submits;
    // The lock keeps the seeds, even if they would now be derived differently.
    project.edit("version: 1", "version: 1\nseed: 99");
    let ran = project.run(&server, &["expand"]).ends_with(0);
    let text = String::from_utf8(ran.0.stdout).unwrap();
    assert!(text.contains("# auto, kept by storyboard.lock"), "{text}");
    project.write("expanded.yaml", &text);
    let expanded = ["expanded.yaml", "-o", "other", "--locked", "--poll-interval", "0.05"];
    project.run(&server, &expanded).ends_with(0);
    assert_eq!(server.records().submits, paid);
    let video = |folder: &str| fs::read(project.path(folder).join("cuts/all.de.mp4")).unwrap();
    assert_eq!(video("build"), video("other"));
}
