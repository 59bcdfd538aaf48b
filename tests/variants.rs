//! Variants and rows from the command line: equal takes are planned, made and paid once.

mod harness;

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use harness::{Project, Server};

const FILM: &str = "\
version: 1
matrix: { lang: [en, de], aspect: [\"16:9\", \"9:16\"] }
defaults: { model: kling-2-5-turbo, aspect_ratio: \"{{aspect}}\" }
scenes:
  opening: { type: t2v, prompt: A lighthouse in fog }
  reveal: { type: i2v, prompt: The light turns, image: { scene: opening } }
  title: { type: t2v, prompt: \"The word {{lang}} in sand\" }
cuts:
  launch: { scenes: [opening, reveal, title] }
";

fn run(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::cargo_bin("kling-build").expect("the program is built");
    let output = command
        .args(arguments)
        .current_dir(folder)
        .env("KLING_BUILD_HOME", folder.join("home"))
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn identical_variants_are_planned_once() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("storyboard.yaml"), FILM).unwrap();
    insta::assert_snapshot!(run(folder.path(), &["plan"]));
    let german = run(folder.path(), &["plan", "storyboard.yaml", "title.de.*"]);
    assert_eq!(german.lines().count(), 4, "{german}");
    let all = run(folder.path(), &["plan", "storyboard.yaml", "title"]);
    assert_eq!(all.lines().count(), 6, "{all}");
}

#[test]
fn output_files_name_their_variant() {
    let folder = tempfile::tempdir().unwrap();
    let film = FILM.replace(", aspect: [\"16:9\", \"9:16\"]", "").replace("{{aspect}}", "1:1");
    let film = film.replace("defaults: {", "defaults: { resolution: 720p,");
    fs::write(folder.path().join("storyboard.yaml"), film).unwrap();
    run(folder.path(), &["storyboard.yaml", "--preview"]);
    let built = |path: &str| folder.path().join("build/preview").join(path);
    for path in ["scenes/title.de.mp4", "posters/reveal.en.jpg", "cuts/launch.en.mp4"] {
        assert!(built(path).is_file(), "{path}");
    }
    let bytes = |path: &str| fs::read(built(path)).unwrap();
    assert_eq!(bytes("scenes/opening.en.mp4"), bytes("scenes/opening.de.mp4"));
    assert_ne!(bytes("scenes/title.en.mp4"), bytes("scenes/title.de.mp4"));
}

#[test]
fn changed_data_files_change_the_plan() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let film = "version: 1\nscenes:\n  card:\n    type: t2v\n    prompt: \"{{item.title}}\"\n    \
                for_each: cards.csv\n    aspect_ratio: \"1:1\"\n    resolution: 720p\n";
    fs::write(path("storyboard.yaml"), film).unwrap();
    fs::write(path("cards.csv"), "id,title\na,Aurora\n").unwrap();
    let hour = std::time::Duration::from_secs(3_600);
    for name in ["storyboard.yaml", "cards.csv"] {
        let file = fs::File::options().append(true).open(path(name)).unwrap();
        file.set_modified(std::time::SystemTime::now() - hour).unwrap();
    }
    run(folder.path(), &["--preview"]);
    assert!(path("build/preview/.unchanged.json").is_file());
    fs::write(path("cards.csv"), "id,title\nb,Borealis\na,Aurora\n").unwrap();
    run(folder.path(), &["--preview"]);
    assert!(path("build/preview/scenes/card.b.mp4").is_file());
}

#[test]
fn identical_variants_are_paid_once() {
    let film = "version: 1\nmatrix: { lang: [en, de, fr] }\nbudget: 250\n\
                defaults: { model: kling-2-5-turbo, resolution: 720p }\nscenes:\n  \
                opening: { type: t2v, prompt: fog }\n  \
                reveal: { type: i2v, prompt: light, image: { scene: opening } }\n  \
                dice: { type: t2v, prompt: dice, seed: random }\n  \
                title: { type: t2v, prompt: \"{{#if (eq lang 'fr')}}mer{{else}}sea{{/if}}\" }\n";
    let (server, project) = (Server::new(&[]), Project::new(film));
    project.build(&server, &[]).ends_with(0);
    let mut prompts = server.prompts();
    prompts.sort();
    assert_eq!(prompts, ["dice", "fog", "light", "mer", "sea"], "five takes in three languages");
    let artifact = |scene: &str| project.scene(scene)["artifact"].clone();
    assert_eq!(artifact("reveal.en"), artifact("reveal.fr"));
    assert_eq!(artifact("title.en"), artifact("title.de"));
    assert_ne!(artifact("title.en"), artifact("title.fr"));

    // Another language does not pay for what the others share.
    let more = film.replace("[en, de, fr]", "[en, de, fr, it]").replace("random", "12345");
    fs::write(project.path("storyboard.yaml"), more).unwrap();
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.prompts().len(), 6, "the dice alone are new");
    assert_eq!(artifact("title.it"), artifact("title.en"));
}

#[test]
fn adding_rows_does_not_pay_for_the_others() {
    let film = "version: 1\ndefaults: { model: kling-2-5-turbo, resolution: 720p }\nscenes:\n  \
                card: { type: t2v, prompt: \"{{item.title}}\", for_each: cards.csv }\n";
    let (server, project) = (Server::new(&[]), Project::new(film));
    let cards = |text: &str| fs::write(project.path("cards.csv"), text).unwrap();
    cards("id,title\na,Aurora\nb,Borealis\n");
    project.build(&server, &[]).ends_with(0);
    cards("title,id\nCorona,c\nBorealis,b\nAurora,a\n");
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.prompts().len(), 3);
    project.build(&server, &["--locked"]).ends_with(0);
}
