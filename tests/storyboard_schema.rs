//! The storyboard's JSON Schema: it accepts what the parser accepts.
//!
//! `UPDATE_SCHEMAS=1 cargo test --test storyboard_schema` writes `schemas/storyboard.schema.json` and
//! `schemas/include.schema.json`.

use std::path::Path;

use kling_build::storyboard::{Overrides, json_schema, json_schema_of_included, read};
use serde_json::Value;

fn schema() -> Value {
    json_schema().to_value()
}

fn schema_of_included() -> Value {
    json_schema_of_included().to_value()
}

#[test]
fn the_published_schema_is_up_to_date() {
    for (name, schema) in [("storyboard", schema()), ("include", schema_of_included())] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
        let path = folder.join(format!("{name}.schema.json"));
        let generated = format!("{schema:#}\n");
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::write(&path, &generated).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(written == generated, "run `UPDATE_SCHEMAS=1 cargo test --test storyboard_schema`");
    }
}

#[test]
fn every_field_is_described() {
    let schema = schema();
    let definitions = schema["definitions"].as_object().unwrap().values();
    let objects = definitions.chain([&schema]).filter(|one| one["properties"].is_object());
    let mut count = 0;
    for object in objects {
        for (name, field) in object["properties"].as_object().unwrap() {
            assert!(field["description"].is_string(), "{name}: {field}");
            count += 1;
        }
        assert_eq!(object["additionalProperties"], false, "{object}");
    }
    assert!(count > 35, "{count}");
}

/// Valid storyboards, with every field in every form.
const GOOD: [&str; 6] = [
    r#"
version: 1
scenes: { a: { type: t2v, prompt: fog } }
"#,
    r#"
version: 1
title: "{{product}} launch"
vars: { product: Aurora One, hero: { name: Mira }, looks: [teal, amber], night: true, secs: 10 }
partials: { camera: "slow dolly-in, {{join looks ', '}}" }
defaults: { model: kling-2-6, duration: 5, resolution: 1080p, aspect_ratio: 16:9, seed: auto }
budget: 600.5
seed: 7
api: kling
hosting: { base_url: "https://cdn.example.com/film" }
preview: { fonts: [fonts/a.ttf] }
scenes:
  opening: { type: t2v, prompt: "{{product}}, {{> camera}}", seed: 45678, duration: "{{secs}}" }
  reveal:
    type: i2v
    image: { scene: opening, frame: 2.5 }
    prompt: The camera circles {{product}}
    seed: random
    after: [opening]
  host: { type: avatar, image: assets/host.jpg, voice: assets/host.mp3, duration: 8.5 }
  remote:
    type: i2v
    model: kling-2-1-pro
    prompt: fog
    image: { url: "https://example.com/a.png", sha256: "{{default pin 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'}}" }
cuts:
  launch: { scenes: [opening, reveal, host, opening] }
"#,
    r#"
version: 1
vars: { base: &base { type: t2v, prompt: fog } }
scenes:
  a: *base
  b: { <<: *base, prompt: 12, image: { file: a.png }, type: i2v }
"#,
    r#"
version: 1
vars: { ratios: ["16:9", "9:16"] }
matrix:
  lang: { en: { word: rise }, de: { word: aufgehen } }
  aspect: ratios
  exclude: [{ lang: de, aspect: ["9:16"] }]
scenes:
  a: { type: t2v, prompt: "{{lang.word}}", aspect_ratio: "{{aspect}}" }
cuts:
  all: { scenes: [a] }
"#,
    r#"
version: 1
characters:
  mia: { description: a tall woman in a red coat, image: assets/mia.png }
  tom: "{{mia}}'s brother"
  eve: { description: a robot, image: { url: "https://example.com/eve.png" } }
defaults:
  resolution: 720p
  t2v: { model: kling-2-1, seed: auto }
  i2v: { model: kling-2-1-pro, image: { character: eve } }
  avatar: { resolution: 1080p, voice: a.mp3 }
scenes:
  a: { type: t2v, prompt: "{{mia}} and {{characters.tom.description}}" }
  b: { type: i2v, prompt: fog, image: { character: "{{lower 'MIA'}}" } }
  c: { type: i2v, prompt: fog }
  d: { type: avatar, image: { character: mia } }
"#,
    r#"
version: 1
defaults: { tags: "launch, {{title}}", t2v: { tags: [2024] } }
title: fog
scenes:
  a: { type: t2v, prompt: fog, tags: [act1, hero, "{{scene.id}}", "red, new"] }
  b: { type: t2v, prompt: fog, tags: [] }
"#,
];

#[test]
fn valid_storyboards_match_the_schema() {
    let validator = jsonschema::draft7::new(&schema()).unwrap();
    for text in GOOD {
        let mut value: serde_yaml::Value = serde_yaml::from_str(text).unwrap();
        value.apply_merge().unwrap();
        let value = serde_json::to_value(value).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{text}");
        let reading = read("good.yaml", text.as_bytes(), &Overrides::default());
        assert!(reading.is_right(), "{:#?}", reading.diagnostics);
        let film = reading.film.unwrap();
        assert!(film.scenes.len() >= value["scenes"].as_object().unwrap().len());
    }
}

#[test]
fn included_files_match_their_schema() {
    let validator = jsonschema::draft7::new(&schema_of_included()).unwrap();
    let is_valid = |text: &str| {
        let value: Value = serde_yaml::from_str(text).unwrap();
        validator.is_valid(&value)
    };
    assert!(is_valid("{ include: [a.yaml], scenes: { a: { type: t2v, prompt: fog } } }"));
    assert!(is_valid("{ version: 1, include: a.yaml, vars: { a: 1 }, partials: { b: c } }"));
    for text in ["{ budget: 5 }", "{ matrix: { a: [1] } }", "{ scenes: [a] }", "{ include: [] }"] {
        assert!(!is_valid(text), "{text}");
    }
}

#[test]
fn models_of_a_file_of_ones_own_match_the_schema() {
    let validator = jsonschema::draft7::new(&schema()).unwrap();
    let film = "{ version: 1, catalog: models.yaml, defaults: { model: own-1 }, profiles: { draft: \
                { model: own-2 } }, scenes: { a: { type: t2v, prompt: fog, model: own-3 } } }";
    let value: Value = serde_yaml::from_str(film).unwrap();
    let errors: Vec<String> = validator.iter_errors(&value).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    // The program has read the file, and knows.
    let text = "version: 1\nscenes:\n  a: { type: t2v, prompt: fog, model: kling-2-6x }\n";
    let reading = read("film.yaml", text.as_bytes(), &Overrides::default());
    let [unknown] = reading.diagnostics.as_slice() else { panic!("{:#?}", reading.diagnostics) };
    assert!(unknown.message.contains("`kling-2-6x`"), "{unknown:#?}");
    assert!(format!("{unknown:?}").contains("did you mean `kling-2-6`?"), "{unknown:#?}");
}

#[test]
fn malformed_storyboards_do_not_match_the_schema() {
    let validator = jsonschema::draft7::new(&schema()).unwrap();
    for text in [
        "{ scenes: { a: { type: t2v, prompt: fog } } }",
        "{ version: 2, scenes: { a: { type: t2v, prompt: fog } } }",
        "{ version: 1, scenes: {} }",
        "{ version: 1, scenes: { A: { type: t2v, prompt: fog } } }",
        "{ version: 1, scenes: { a: { type: t2x, prompt: fog } } }",
        "{ version: 1, scenes: { a: { type: t2v, promt: fog } } }",
        "{ version: 1, scenes: { a: { type: t2v, prompt: fog, duration: -1 } } }",
        "{ version: 1, scenes: { a: { type: t2v, prompt: fog, seed: 5 } } }",
        "{ version: 1, scenes: { a: { type: t2v, prompt: fog, model: 3 } } }",
        "{ version: 1, scenes: { a: { type: t2v, prompt: fog, after: b } } }",
        "{ version: 1, scenes: { a: { type: i2v, prompt: fog, image: { path: a } } } }",
        "{ version: 1, scenes: { a: { type: t2v, prompt: fog } }, matrix: { a: [] } }",
        "{ version: 1, scenes: { a: { type: t2v, prompt: fog } }, matrix: [a] }",
        "{ version: 1, scenes: { a: { type: t2v, prompt: fog, duration: null } } }",
        "{ version: 1, scenes: { a: { type: t2v, prompt: fog } }, budget: ~ }",
        "{ version: 1, scenes: { a: { type: t2v, prompt: fog } }, characters: { a: { image: b } } }",
        "{ version: 1, scenes: { a: { type: t2v, prompt: fog } }, defaults: { avatar: { prompt: b } } }",
        "{ version: 1, scenes: { a: { type: t2v, prompt: fog } }, api: ~ }",
        "{ version: 1, scenes: { a: { type: t2v, prompt: fog, tags: [Act1] } } }",
        "{ version: 1, scenes: { a: { type: t2v, prompt: fog, tags: { act: 1 } } } }",
    ] {
        let value: Value = serde_yaml::from_str(text).unwrap();
        assert!(!validator.is_valid(&value), "{text}");
    }
}
