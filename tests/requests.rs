//! `plan --requests`: the JSON that would be sent, for every model and type of the unified API.

mod harness;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use harness::{Project, Ran, Server};
use kling_build::base::Credits;
use kling_build::catalog::{Catalog, Dialect, InputRole, Model, SceneType, Setting, ShotLimits};
use kling_build::sim::SimOptions;
use serde_json::Value;

fn out(ran: &Ran) -> String {
    String::from_utf8(ran.0.stdout.clone()).unwrap()
}

/// A scene of a type with a model, with every setting that it has.
fn scene(number: usize, model: &Model, scene_type: SceneType) -> String {
    let mut fields = format!("type: {scene_type}, model: {}", model.id);
    match scene_type {
        SceneType::T2v => {}
        SceneType::I2v => fields += ", image: assets/host.png",
        SceneType::Avatar => {
            fields += ", image: assets/host.png, voice: \"https://example.org/a.mp3\", duration: 4";
        }
        SceneType::Still | SceneType::Card => panic!("no model makes {scene_type} scenes"),
    }
    for role in &model.with {
        fields += match role {
            InputRole::Video => ", video: assets/dance.mp4",
            InputRole::Reference
                if model.takes_video() && !model.with.contains(&InputRole::Video) =>
            {
                ", references: [assets/host.png, assets/end.png, { video: assets/dance.mp4 }]"
            }
            InputRole::Reference => ", references: [assets/host.png, assets/end.png]",
            InputRole::ReferenceVideo if model.with.contains(&InputRole::Reference) => "",
            InputRole::ReferenceVideo => ", references: [assets/dance.mp4]",
            other => panic!("no built-in model is with {other}"),
        };
    }
    if scene_type != SceneType::Avatar {
        fields += &format!(", prompt: shot {number}, seed: {}", 20_000 + number);
    }
    for (setting, _) in &model.settings {
        fields += match setting {
            Setting::NegativePrompt => ", negative_prompt: rain",
            Setting::CfgScale => ", cfg_scale: 0.7",
            Setting::Sound => ", sound: true",
            Setting::CharacterOrientation => ", character_orientation: image",
            Setting::BackgroundSource => ", background_source: input_image",
        };
    }
    format!("  s{number}: {{ {fields} }}\n")
}

/// A scene with everything else that a model takes, if it takes more than [`scene`] says: a last
/// picture, and then shots in its place or beside it.
fn richer_scenes(number: usize, model: &Model, scene_type: SceneType) -> Vec<String> {
    let end_image = ", end_image: assets/end.png";
    let shots = ", shots: [{ prompt: pier, seconds: 2 }, { prompt: boat, seconds: 3 }]";
    let takes_end = model.sends(scene_type, "end_image");
    let excludes = |limits: &ShotLimits| limits.excludes.contains(&InputRole::EndImage);
    let mut more: Vec<String> = takes_end.then(|| end_image.to_string()).into_iter().collect();
    if let Some(limits) = &model.elements {
        let span = if limits.spans { ", from: 0.5, to: 4" } else { "" };
        more.push(format!(
            ", elements: [{{ name: host, description: a host, images: [assets/host.png, \
             assets/end.png] }}, {{ name: dance, description: a dance, video: assets/dance.mp4, \
             voice: \"https://example.org/a.mp3\"{span} }}]"
        ));
    }
    if let Some(limits) = &model.shots {
        more.push(shots.to_string());
        if takes_end && !excludes(limits) {
            more.push(end_image.to_string() + shots);
        }
    }
    let plain = scene(number, model, scene_type);
    let with = |(at, fields): (usize, String)| {
        let plain = match fields.contains("elements") {
            true => plain.replace("prompt: shot", "prompt: \"@host and @dance\", label: shot"),
            false => plain.clone(),
        };
        let named = plain.replace(&format!("s{number}:"), &format!("s{number}-{at}:"));
        named.replace(" }\n", &format!("{fields} }}\n"))
    };
    more.into_iter().enumerate().map(with).collect()
}

/// The addresses of files that were uploaded to the server.
fn hosted_urls(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if text.starts_with("http://") => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(hosted_urls).collect(),
        Value::Object(fields) => fields.values().flat_map(hosted_urls).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn bodies_of_the_unified_api_have_exactly_the_fields_of_each_model() {
    let mut film = "version: 1\napi: jobs\nscenes:\n".to_string();
    let models = &Catalog::embedded().dialect(Dialect::Jobs).models;
    let all = models.iter().flat_map(|model| model.types.iter().map(move |one| (model, *one)));
    for (number, (model, scene_type)) in all.enumerate() {
        film += &scene(number, model, scene_type);
        film += &richer_scenes(number, model, scene_type).concat();
    }
    let (server, project) = (Server::new(&[]), Project::new(&film));
    project.picture("assets/host.png", 100);
    project.picture("assets/end.png", 200);
    project.video("assets/dance.mp4", 5);
    let ran = project.run(&server, &["plan", "--requests"]);
    let shown = out(&ran.ends_with(0));
    let document: Value = serde_json::from_str(&shown).unwrap();
    let mut bodies = String::new();
    for request in document["requests"].as_array().unwrap() {
        assert_eq!(request["path"], "/api/v1/jobs/createTask");
        writeln!(bodies, "{} {}", request["credits_max"], request["body"]).unwrap();
    }
    insta::assert_snapshot!(bodies);
    assert!(!shown.contains(harness::KEY));
    // What is shown is what is sent.
    project.build(&server, &[]).ends_with(0);
    let sent: Vec<Value> = server.records().tasks.into_iter().map(|task| task.request).collect();
    let shown: Vec<String> = document["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|request| request["body"].to_string())
        .collect();
    assert_eq!(sent.len(), shown.len());
    let urls: BTreeSet<String> = sent.iter().flat_map(hosted_urls).collect();
    let (videos, pictures): (Vec<String>, Vec<String>) =
        urls.into_iter().partition(|url| url.ends_with(".mp4"));
    let [one, other] = <[String; 2]>::try_from(pictures).unwrap();
    let [dance] = <[String; 1]>::try_from(videos).unwrap();
    let is_shown = |host: &str, end: &str| {
        sent.iter().all(|sent| {
            let named = sent.to_string().replace(host, "<upload of assets/host.png>");
            let named = named.replace(&dance, "<upload of assets/dance.mp4>");
            shown.contains(&named.replace(end, "<upload of assets/end.png>"))
        })
    };
    assert!(is_shown(&one, &other) || is_shown(&other, &one), "{sent:#?}\n{shown:#?}");
    assert_eq!(server.records().violations, Vec::<String>::new());
}

#[test]
fn frames_are_named_until_they_exist() {
    let film = "version: 1\nscenes:\n  a: { type: t2v, prompt: fog, seed: 20000 }\n  \
                b: { type: i2v, image: { scene: a }, prompt: rain, seed: 20001 }\n";
    let (server, project) = (Server::new(&[]), Project::new(film));
    let shown = out(&project.run(&server, &["plan", "--requests"]).ends_with(0));
    let document: Value = serde_json::from_str(&shown).unwrap();
    let body = &document["requests"][1]["body"];
    assert_eq!(body["imageUrl"], "<upload of the last frame of a>");
    assert_eq!(body["seed"], 20_001);
    project.run(&server, &["plan", "--requests", "--preview"]).ends_with(2);
}

#[test]
fn a_film_moves_between_the_dialects_without_paying_again() {
    let film = "version: 1\ndefaults: { model: kling-2-5-turbo, duration: 5 }\nscenes:\n  \
                a: { type: t2v, prompt: fog }\n  b: { type: t2v, prompt: rain, seed: 20001 }\n";
    let (server, project) = (Server::new(&[]), Project::new(film));
    project.build(&server, &[]).ends_with(0);
    let plan = out(&project.run(&server, &["plan", "--api", "jobs", "--json"]).ends_with(0));
    let plan: Value = serde_json::from_str(&plan).unwrap();
    assert_eq!(plan["totals"]["credits_max"].as_f64(), Some(0.0), "{plan:#}");
    project.build(&server, &["--api", "jobs"]).ends_with(0);
    assert_eq!(server.prompts().len(), 2);
    // A new scene is made in the other dialect, and each task is asked about in its own.
    project.edit("scenes:\n", "scenes:\n  c: { type: t2v, prompt: snow }\n");
    project.build(&server, &["--api", "jobs"]).ends_with(0);
    let lock = std::fs::read_to_string(project.path("storyboard.lock")).unwrap();
    assert_eq!(lock.matches("\"api\": \"jobs\"").count(), 1, "{lock}");
    let home = project.home.path();
    std::fs::remove_dir_all(home.join("objects")).unwrap();
    std::fs::remove_dir_all(project.path("build")).unwrap();
    project.build(&server, &[]).ends_with(0);
    // A clone that has only the lock asks about each task in its own dialect as well.
    std::fs::remove_dir_all(home).unwrap();
    std::fs::remove_dir_all(project.path("build")).unwrap();
    project.build(&server, &[]).ends_with(0);
    assert_eq!(server.prompts().len(), 3);
    let expanded = out(&project.run(&server, &["expand", "--api", "jobs"]).ends_with(0));
    assert!(
        expanded.contains("api: jobs") && expanded.contains("# --api or KIE_API"),
        "{expanded}"
    );
    assert_eq!(server.records().violations, Vec::<String>::new());
}

#[test]
fn the_balance_is_told_before_anything_is_sent() {
    let film = "version: 1\napi: jobs\nscenes:\n  a: { type: t2v, prompt: fog }\n  \
                b: { type: t2v, prompt: rain }\n  c: { type: t2v, prompt: snow }\n";
    let options = SimOptions { credits: Credits::whole(100), ..SimOptions::default() };
    let (server, project) = (Server::with(options), Project::new(film));
    let said = project.build(&server, &["--budget", "balance"]).ends_with(3).said();
    let note =
        "the balance is 100 credits, 26 credits less than this may cost: enough for `a`, `b`";
    assert!(said.contains(note), "{said}");
    assert_eq!(server.records().submits, 0);
    let said = project.build(&server, &[]).said();
    assert!(said.contains(&format!("note: {note}")), "{said}");
    assert_eq!(server.prompts().len(), 2, "{said}");
    // What it pays is built; which two came first is up to chance.
    let scenes = [("fog", "a"), ("rain", "b"), ("snow", "c")];
    let is_made = |prompt: &str| server.prompts().iter().any(|made| made == prompt);
    let made = scenes.into_iter().filter(|scene| is_made(scene.0)).map(|scene| scene.1);
    let made: Vec<&str> = made.chain(["--budget", "balance"]).collect();
    project.build(&server, &made).ends_with(0);
    project.run(&server, &["plan", "--budget", "balance"]).ends_with(2);
}
