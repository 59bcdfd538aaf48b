//! Warnings: every command reports them, and `-W` changes their level.

mod workspace;

use std::fs;

use image::RgbImage;
use kling_build::base::Warning;
use kling_build::storyboard::{Overrides, read};
use workspace::Workspace;

/// The codes, messages and labels of the warnings of a valid storyboard.
fn warnings(text: &str, vars: &[(&str, &str)]) -> Vec<(&'static str, String, String)> {
    let vars = vars.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let overrides = Overrides { vars, ..Overrides::default() };
    let reading = read("film.yaml", text.as_bytes(), &overrides);
    assert!(reading.is_right(), "{:#?}", reading.diagnostics);
    reading.diagnostics.into_iter().map(|one| (one.code, one.message, one.label)).collect()
}

#[test]
fn long_prompts_warn_near_the_limit() {
    let prompt = |chars: usize| {
        let text = "ä".repeat(chars);
        warnings(&format!("version: 1\nscenes: {{ a: {{ type: t2v, prompt: {text} }} }}\n"), &[])
    };
    assert_eq!(prompt(899), []);
    for (chars, label) in
        [(900, "100 characters left"), (999, "1 character left"), (1_000, "no characters left")]
    {
        let found = prompt(chars);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].0, found[0].2.as_str()), ("prompt-near-limit", label));
        assert!(found[0].1.contains(&format!("has {chars} of the 1000 characters")), "{found:?}");
    }
}

#[test]
fn unused_command_line_variables_warn() {
    let film =
        "version: 1\nvars: { product: One }\nscenes: { a: { type: t2v, prompt: '{{product}}' } }\n";
    assert_eq!(warnings(film, &[("product", "Two")]), []);
    let found = warnings(film, &[("prodct", "Two")]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].0, found[0].2.as_str()), ("unused-variable", "did you mean `product`?"));
}

const FILM: &str = "\
version: 1
vars: { look: teal, lens: 35mm }
defaults: { duration: 5, aspect_ratio: \"16:9\" }
scenes:
  dawn: { type: t2v, prompt: \"fog, {{look}}\" }
  tall: { type: t2v, prompt: fog, aspect_ratio: \"9:16\" }
  pan:  { type: i2v, prompt: a pan, image: square.png }
  next: { type: i2v, prompt: a pan, image: square.png, aspect_ratio: \"1:1\" }
  turn: { type: i2v, prompt: a turn, image: { scene: tall } }
  push: { type: i2v, prompt: \"{{item}}\", image: near.png, for_each: [in, out] }
";

fn workspace() -> Workspace {
    let workspace = Workspace::new(FILM);
    RgbImage::new(512, 512).save(workspace.path("square.png")).unwrap();
    RgbImage::new(640, 400).save(workspace.path("near.png")).unwrap();
    workspace
}

#[test]
fn every_command_warns_and_rules_change_warnings() {
    let workspace = workspace();
    let commands: [&[&str]; 6] = [
        &["check"],
        &["check", "-W", "error"],
        &["check", "-W", "error=picture-shape", "-W", "allow=unused-variable"],
        &["check", "-W", "allow"],
        &["check", "-W", "error=unused-vars"],
        &["check", "--json"],
    ];
    let output: Vec<String> =
        commands.iter().map(|arguments| workspace.transcript(arguments)).collect();
    insta::assert_snapshot!(output.join("\n"));
}

#[test]
fn warnings_as_errors_stop_a_build_before_it_starts() {
    let workspace = workspace();
    let refused = workspace.run(&["--preview", "-W", "error"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(!workspace.path("build/preview/scenes").exists());
    for _ in 0..2 {
        let built = workspace.run(&["--preview"]);
        let output = String::from_utf8(built.stderr).unwrap();
        assert_eq!(built.status.code(), Some(0), "{output}");
        // The second time everything is up to date, and the warnings are still there.
        assert!(output.contains("warning: nothing uses the variable `lens`"), "{output}");
    }
    assert_eq!(workspace.run(&["--preview", "-W", "error"]).status.code(), Some(2));
    fs::write(workspace.path("storyboard.yaml"), FILM.replace(", lens: 35mm", "")).unwrap();
    let allowed = workspace.run(&["--preview", "-W", "error", "-W", "allow=picture-shape"]);
    assert_eq!(allowed.status.code(), Some(0));
}

#[test]
fn the_help_lists_every_warning() {
    let help = workspace().run(&["check", "--help"]);
    let text = String::from_utf8(help.stdout).unwrap();
    for warning in Warning::ALL {
        assert!(text.contains(warning.code()) && text.contains(warning.about()), "{text}");
    }
}

#[test]
fn characters_without_a_font_warn_and_installed_fonts_are_used() {
    let film = "version: 1
defaults: { type: t2v, model: kling-2-6, resolution: 720p, aspect_ratio: \"1:1\" }
scenes:
  arrow: { prompt: fog ⤀ }
  hindi: { prompt: नमस्ते }
  plain: { prompt: Regen über Ωмега }
";
    let workspace = Workspace::new(film);
    insta::assert_snapshot!(workspace.transcript(&["check"]));
    let bytes = || {
        let output = workspace.run(&["--preview", "storyboard.yaml", "arrow", "plain"]);
        assert!(output.status.success(), "{output:?}");
        ["arrow", "plain"].map(|scene| {
            fs::read(workspace.path(&format!("build/preview/scenes/{scene}.mp4"))).unwrap()
        })
    };
    let [box_instead, plain] = bytes();
    fs::create_dir_all(workspace.path("fonts/deep")).unwrap();
    fs::write(workspace.path("fonts/deep/serif.ttf"), dejavu::serif::regular()).unwrap();
    let check = workspace.transcript(&["check"]);
    assert!(check.contains("Devanagari") && !check.contains("U+2900"), "{check}");
    let [arrow, still_plain] = bytes();
    assert!(arrow != box_instead, "the scene is drawn anew with the installed font");
    assert!(plain == still_plain, "no other scene depends on it");
}
