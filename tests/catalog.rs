//! A user's catalog: a model that this program does not know, from the plan to the request.

mod harness;

use harness::{Project, Ran, Server};
use kling_build::base::Source;
use kling_build::catalog::Catalog;
use kling_build::sim::SimOptions;
use serde_json::{Value, json};

/// A model that ends on a given picture and is wider than those of the built-in catalog.
const MODELS: &str = "version: 1
jobs:
  prices: { seen: 2026-11-20, source: price page }
  models:
    kling-4-0:
      branches:
        - types: [t2v]
          prompt_max_chars: 3000
          durations: [3, 30]
          resolutions: [720p]
          aspect_ratios: [\"21:9\", \"16:9\"]
          seeds: [1, 99999]
          price: { per_second: { 720p: 3 } }
          typical_seconds: 60
          request:
            model: kling-4.0/text-to-video
            fields:
              prompt: { text: prompt }
              seconds: { number: duration }
              ratio: { text: aspect_ratio }
";

const FILM: &str = "version: 1
api: jobs
catalog: models.yaml
scenes:
  a: { type: t2v, model: kling-4-0, prompt: fog, duration: 3, aspect_ratio: \"21:9\" }
";

fn out(ran: &Ran) -> String {
    String::from_utf8(ran.0.stdout.clone()).unwrap()
}

fn server() -> Server {
    let catalog = Catalog::with_file(&Source::new("models.yaml", MODELS)).unwrap();
    Server::with(SimOptions { catalog, ..SimOptions::default() })
}

fn project(film: &str) -> Project {
    let project = Project::new(film);
    project.write("models.yaml", MODELS);
    project
}

#[test]
fn a_new_model_needs_no_new_program() {
    let (server, project) = (server(), project(FILM));
    let plan = out(&project.run(&server, &["plan", "--json"]).ends_with(0));
    let plan: Value = serde_json::from_str(&plan).unwrap();
    assert_eq!(plan["totals"]["credits_max"].as_f64(), Some(9.0), "{plan:#}");
    project.build(&server, &[]).ends_with(0);
    let [task] = <[_; 1]>::try_from(server.records().tasks).unwrap();
    assert_eq!(
        task.request,
        json!({ "model": "kling-4.0/text-to-video",
                "input": { "prompt": "fog", "seconds": 3, "ratio": "21:9" } })
    );
    assert_eq!(server.records().violations, Vec::<String>::new());
    // The lock and its decisions are of the same film.
    project.run(&server, &["note", "a", "1", "good"]).ends_with(0);
    // The preview has its shape, and an unchanged build looks at the file as well.
    project.run(&server, &["--preview"]).ends_with(0);
    assert!(project.build(&server, &[]).ends_with(0).said().contains("up to date"));
    project.write("models.yaml", MODELS.replace("[3, 30]", "[5, 30]"));
    let said = project.build(&server, &[]).ends_with(2).said();
    assert!(said.contains("`kling-4-0` cannot make 3-second clips"), "{said}");
    assert_eq!(server.prompts().len(), 1);
}

/// What a reseller says of a newer model: pictures between the first and the last one, and
/// references of three kinds in any combination.
const NEWER: &str = "version: 1
jobs:
  prices: { seen: 2026-11-01, source: price page }
  models:
    kling-4-0:
      branches:
        - types: [i2v]
          prompt_max_chars: 3000
          durations: [3, 30]
          resolutions: [720p]
          aspect_ratios: [\"21:9\", \"16:9\"]
          key_images: 8
          price: { per_second: { 720p: 3 } }
          typical_seconds: 60
          request:
            model: kling-4.0/image-to-video
            fields:
              prompt: { text: prompt }
              images: { urls: [image, key_images, end_image] }
        - types: [t2v]
          may_have: [references, reference_videos, reference_voices]
          prompt_max_chars: 3000
          durations: [3, 30]
          resolutions: [720p]
          aspect_ratios: [\"21:9\", \"16:9\"]
          references: { pictures: 10, videos: 5, voices: 3 }
          videos: { max_bytes: 104857600, seconds: [3, 30] }
          price: { per_second: { 720p: 3 } }
          typical_seconds: 60
          request:
            model: kling-4.0/text-to-video
            fields:
              prompt: { text: prompt }
              pictures: { urls: [references] }
              videos: { urls: [reference_videos] }
              sounds: { urls: [reference_voices] }
            optional: [pictures, videos, sounds]
";

#[test]
fn pictures_between_and_references_of_all_kinds_need_no_new_program() {
    let film = "version: 1\napi: jobs\ncatalog: models.yaml\ndefaults: { model: kling-4-0, \
        duration: 3, prompt: fog }\nscenes:\n  \
        a: { type: i2v, image: 1.png, key_images: [2.png, 3.png], end_image: 4.png }\n  \
        b: { type: i2v, image: 1.png, end_image: 4.png }\n  \
        c: { type: t2v, references: [1.png, 'https://e.com/a.mp4', 'https://e.com/b.mp3', 2.png] }\n  \
        d: { type: t2v }\n  \
        e: { type: t2v, references: ['https://e.com/b.mp3', 'https://e.com/c.mp3'] }\n";
    let catalog = Catalog::with_file(&Source::new("models.yaml", NEWER)).unwrap();
    let server = Server::with(SimOptions { catalog, ..SimOptions::default() });
    let project = Project::new(film);
    project.write("models.yaml", NEWER);
    for at in 1..=4 {
        project.picture(&format!("{at}.png"), at * 40);
    }
    let shown = out(&project.run(&server, &["plan", "--requests"]).ends_with(0));
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let inputs: Vec<&Value> =
        shown["requests"].as_array().unwrap().iter().map(|it| &it["body"]["input"]).collect();
    let upload = |at: u8| format!("<upload of {at}.png>");
    let all = [upload(1), upload(2), upload(3), upload(4)];
    assert_eq!(*inputs[0], json!({ "prompt": "fog", "images": all }));
    assert_eq!(*inputs[1], json!({ "prompt": "fog", "images": [upload(1), upload(4)] }));
    let (video, sounds) = ("https://e.com/a.mp4", ["https://e.com/b.mp3", "https://e.com/c.mp3"]);
    assert_eq!(
        *inputs[2],
        json!({ "prompt": "fog", "pictures": [upload(1), upload(2)], "videos": [video],
                "sounds": [sounds[0]] })
    );
    assert_eq!(*inputs[3], json!({ "prompt": "fog" }));
    assert_eq!(*inputs[4], json!({ "prompt": "fog", "sounds": sounds }));
    project.build(&server, &["--yes"]).ends_with(0);
    assert_eq!(server.records().violations, Vec::<String>::new());
    assert_eq!(server.records().tasks.len(), 5);
    project.run(&server, &["--preview"]).ends_with(0);
}

#[test]
fn the_command_line_overrides_the_storyboard() {
    let (server, project) = (server(), project(&FILM.replace("catalog: models.yaml\n", "")));
    let said = project.run(&server, &["plan"]).ends_with(2).said();
    assert!(said.contains("there is no model `kling-4-0`"), "{said}");
    let dearer = MODELS.replace("720p: 3 }", "720p: 5 }");
    project.write("dearer.yaml", &dearer);
    let price = |ran: &Ran| -> Value {
        serde_json::from_str::<Value>(&out(ran)).unwrap()["totals"]["credits_max"].clone()
    };
    let given = project.run(&server, &["plan", "--json", "--catalog", "dearer.yaml"]);
    assert_eq!(price(&given.ends_with(0)), 15.0);
    project.edit("api: jobs\n", "api: jobs\ncatalog: models.yaml\n");
    let given = project.run(&server, &["plan", "--json", "--catalog", "dearer.yaml"]);
    assert_eq!(price(&given.ends_with(0)), 15.0);
    assert_eq!(price(&project.run(&server, &["plan", "--json"]).ends_with(0)), 9.0);
    project.write("storyboard.yaml", FILM.replace("catalog: models.yaml\n", ""));
    project.build(&server, &["--catalog", "models.yaml"]).ends_with(0);
    project.edit("prompt: fog", "prompt: fog, seed: 20001");
    project.run(&server, &["pick", "a", "1", "--catalog", "models.yaml"]).ends_with(0);
    let table = out(&project.run(&server, &["catalog", "--catalog", "models.yaml"]).ends_with(0));
    assert!(table.contains("kling-4-0") && table.contains("kling-3-0-omni"), "{table}");
}

#[test]
fn the_printed_catalog_is_a_catalog() {
    let (server, project) = (server(), project(FILM));
    let printed = out(&project.run(&server, &["catalog", "--print"]).ends_with(0));
    project.write("models.yaml", &printed);
    let own = out(&project.run(&server, &["catalog", "--catalog", "models.yaml"]).ends_with(0));
    assert_eq!(own, out(&project.run(&server, &["catalog"]).ends_with(0)));
}

#[test]
fn wrong_catalogs_are_refused_with_the_place() {
    let (server, project) = (server(), project(FILM));
    let mut said = String::new();
    for (what, models) in [
        ("a misspelt field", MODELS.replace("durations", "durration")),
        ("a missing field", MODELS.replace("          typical_seconds: 60\n", "")),
        ("a price without a source", MODELS.replace("source: price page", "src: page")),
        ("a missing price", MODELS.replace("720p: 3", "1080p: 3")),
        ("an unknown part", MODELS.replace("{ text: aspect_ratio }", "{ text: shape }")),
        ("no catalog", "version: 2\n".to_string()),
        ("broken text", "version: [\n".to_string()),
    ] {
        project.write("models.yaml", &models);
        let ran = project.run(&server, &["check"]).ends_with(2);
        said += &format!("=== {what}\n{}\n", ran.said());
    }
    project.edit("catalog: models.yaml", "catalog: ../models.yaml");
    said += &format!("=== outside\n{}\n", project.run(&server, &["check"]).ends_with(2).said());
    project.edit("catalog: ../models.yaml", "catalog: nothing.yaml");
    said += &format!("=== nothing\n{}\n", project.run(&server, &["check"]).ends_with(2).said());
    insta::assert_snapshot!(said);
}

#[test]
fn the_api_is_asked_for_models_that_are_new() {
    let (server, project) = (server(), project(FILM));
    let ran = project.run(&server, &["catalog", "--refresh", "--write", "new.yaml"]).ends_with(0);
    let said = out(&ran);
    assert!(said.starts_with("new    kling-4.0/text-to-video"), "{said}");
    assert!(said.contains("1 new, 0 gone, "), "{said}");
    let written = std::fs::read_to_string(project.path("new.yaml")).unwrap();
    assert!(written.contains("# kling-4.0/text-to-video"), "{written}");
    project.run(&server, &["catalog", "--catalog", "new.yaml"]).ends_with(0);
    // Written once, and with the user's file nothing is new.
    let again = project.run(&server, &["catalog", "--refresh", "--write", "new.yaml"]);
    assert!(
        again
            .ends_with(0)
            .said()
            .ends_with("new.yaml mentions every new model already; nothing was changed\n")
    );
    assert_eq!(std::fs::read_to_string(project.path("new.yaml")).unwrap(), written);
    let known = project.run(&server, &["catalog", "--refresh", "--catalog", "models.yaml"]);
    assert!(out(&known.ends_with(0)).contains("0 new, 0 gone, "));
    assert_eq!(server.records().violations, Vec::<String>::new());
}

#[test]
fn a_refresh_adds_to_a_file_and_changes_nothing_else_in_it() {
    let (server, project) = (server(), project(FILM));
    let refresh = |ends: i32| {
        let arguments = ["catalog", "--refresh", "--write", "own.yaml"];
        let said = project.run(&server, &arguments).ends_with(ends).said();
        (said, std::fs::read_to_string(project.path("own.yaml")).unwrap())
    };
    // The user's own model, with comments above, beside and inside of it.
    let own = MODELS
        .replace("jobs:\n", "\n# Ours since March.\njobs:\n")
        .replace("    kling-4-0:\n", "    # The wide one.\n    kling-5-0:   # not public\n")
        .replace("kling-4.0/", "kling-5.0/")
        .replace("          price:", "          # as invoiced\n          price:");
    let behind = "\n# The documented API is as it is.\nkling:   {}\n";
    project.write("own.yaml", format!("{own}{behind}"));
    let (said, edited) = refresh(0);
    assert!(said.contains("1 new, 1 gone, ") && said.contains("gone   kling-5.0/"), "{said}");
    let rest = edited.strip_prefix(&own).and_then(|rest| rest.strip_suffix(behind)).unwrap();
    assert!(rest.starts_with("    # kling-4.0/text-to-video: "), "{rest}");
    assert!(rest.lines().all(|line| line.starts_with("    #")), "{rest}");
    let (said, again) = refresh(0);
    assert_eq!(again, edited);
    assert!(
        said.ends_with("own.yaml mentions every new model already; nothing was changed\n"),
        "{said}"
    );

    // What cannot be edited is left alone, with the lines to write.
    for text in
        ["version: 1\njobs: { models: {} }\n", "version: 1\njobs:\n  models: &all\n    {}\n"]
    {
        project.write("own.yaml", text);
        let (said, same) = refresh(2);
        assert_eq!(same, text);
        assert!(said.contains("lines cannot be added safely"), "{said}");
        assert!(said.contains("    # kling-4.0/text-to-video: "), "{said}");
    }
    assert_eq!(server.records().violations, Vec::<String>::new());
}

#[test]
fn the_schema_of_catalogs_accepts_them() {
    let schema = kling_build::report::schema_of("models").unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let read = |text: &str| serde_yaml::from_str::<Value>(text).unwrap();
    for text in [Catalog::printed().as_str(), MODELS, NEWER] {
        let errors: Vec<String> =
            schema.iter_errors(&read(text)).map(|it| it.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
    for wrong in [
        MODELS.replace("durations", "durration"),
        MODELS.replace("types: [t2v]", "types: [v2v]"),
        MODELS.replace("{ text: prompt }", "{ txt: prompt }"),
        MODELS.replace("version: 1", "version: 2"),
    ] {
        assert!(!schema.is_valid(&read(&wrong)), "{wrong}");
    }
}
