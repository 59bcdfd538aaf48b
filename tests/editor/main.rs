//! Editors: how yaml-language-server reads the schemas. VS Code, Neovim, Zed, Helix and Emacs use
//! this server for YAML.
//!
//! `npm install --prefix target/editor yaml-language-server@1.25.0` installs it; without it these
//! tests say so and pass, except in CI.

mod server;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use server::{Document, Server, root};

/// A storyboard as if it were beside the examples, with their first line.
fn open(server: &mut Server, name: &str, text: &str) -> Document {
    let schema = "# yaml-language-server: $schema=../../schemas/storyboard.schema.json\n";
    server.open(
        &root().join("examples").join(name).join("storyboard.yaml"),
        &(schema.to_string() + text),
    )
}

fn yaml_files(folder: PathBuf) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut todo = vec![folder];
    while let Some(folder) = todo.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.extension() {
                _ if path.is_dir() => todo.push(path),
                Some(extension) if extension == "yaml" => found.push(path),
                _ => {}
            }
        }
    }
    found
}

#[test]
fn examples_have_no_diagnostics() {
    let Some(mut server) = Server::start() else { return };
    let mut checked = 0;
    for path in yaml_files(root().join("examples")) {
        let text = fs::read_to_string(&path).unwrap();
        if !text.starts_with("# yaml-language-server: ") {
            continue;
        }
        let document = server.open(&path, &text);
        let mistakes = server.mistakes(&document);
        assert!(mistakes.is_empty(), "{}: {mistakes:#?}", path.display());
        checked += 1;
    }
    assert!(checked >= 3, "{checked}");
}

#[test]
fn errors_are_marked_while_typing() {
    let Some(mut server) = Server::start() else { return };
    let mut output = String::new();
    for (at, text) in [
        "version: 1\nscenes:\n  a: { type: t2v, promt: fog }\n",
        "version: 1\nscenes:\n  a: { type: t3v, prompt: fog }\n",
        "version: 1\nscenes:\n  a: { type: t2v, prompt: fog, model: 9 }\n",
        "version: 1\nscenes:\n  a: { type: t2v, prompt: fog, seed: 7 }\n",
        "version: 1\nscenes:\n  a: { type: i2v, prompt: fog, image: { scne: b } }\n",
        "version: 1\nscenes:\n  A b: { type: t2v, prompt: fog }\n",
        "version: 2\nscenes:\n  a: { type: t2v, prompt: fog }\n",
        "version: 1\nscenes: {}\n",
        "version: 1\ndefaults: { avatar: { prompt: fog } }\nscenes:\n  a: { type: t2v, prompt: fog }\n",
        "version: 1\nscenes:\n  a: { type: t2v, prompt: fog }\ncuts:\n  film: [a]\n",
        "version: 1\nscenes:\n  a: { type: t2v\n",
        "version: 1\nscenes:\n  a: { type: t2v, prompt: fog, prompt: rain }\n",
    ]
    .into_iter()
    .enumerate()
    {
        let document = open(&mut server, &format!("broken-{at}"), text);
        let mistakes = server.mistakes(&document);
        assert!(!mistakes.is_empty(), "nothing is marked in\n{text}");
        output += text;
        for (line, message) in mistakes {
            output += &format!("-- line {line}: {message}\n");
        }
        output += "\n";
    }
    insta::assert_snapshot!(output);
}

#[test]
fn models_of_ones_own_are_accepted_and_known_ones_proposed() {
    let Some(mut server) = Server::start() else { return };
    let text = "version: 1\ncatalog: models.yaml\ndefaults:\n  model: own-model\nscenes:\n  a:\n    \
                type: t2v\n    prompt: fog\n    model: kling-9\n  b:\n    type: t2v\n    \
                prompt: fog\n    model: kling-2-6\n";
    let document = open(&mut server, "own-models", text);
    assert_eq!(server.mistakes(&document), []);
    let shown = server.hover(&document, "kling-2-6");
    assert!(shown.contains("Native audio") && shown.contains("70 for 5 s"), "{shown}");
    let shown = server.hover(&document, "kling-9");
    assert!(shown.contains("The model that generates it"), "{shown}");
    let proposed = server.completions(&document, "model: kling-2-6");
    assert!(proposed.iter().any(|(word, _)| word == "kling-2-6"), "{proposed:#?}");
}

/// Every field of the language, each at least once.
const EVERYTHING: &str = include_str!("everything.yaml");

#[test]
fn every_field_has_a_hover_text() {
    let Some(mut server) = Server::start() else { return };
    let document = open(&mut server, "everything", EVERYTHING);
    assert_eq!(server.mistakes(&document), []);
    let mut shown = BTreeSet::new();
    for (at, line) in EVERYTHING.lines().enumerate() {
        let Some((field, _)) = line.split_once(':') else { continue };
        // The first line comes from the schema.
        shown.insert(server.hover_at(&document, at + 1, field.len() - 1));
    }
    let schema: Value = serde_json::from_str(
        &fs::read_to_string(root().join("schemas/storyboard.schema.json")).unwrap(),
    )
    .unwrap();
    let definitions = schema["definitions"].as_object().unwrap().values();
    let objects = definitions.chain([&schema]).filter_map(|one| one["properties"].as_object());
    let mut count = 0;
    for (name, field) in objects.flatten() {
        let description = plain(field["description"].as_str().unwrap());
        let is_shown = shown.iter().any(|text| plain(text).contains(&description));
        assert!(is_shown, "nothing says of `{name}`: {description}\n{shown:#?}");
        count += 1;
    }
    assert!(count > 50, "{count}");
}

/// A text without Markdown syntax.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[test]
fn completion_offers_fields_and_values_with_prices() {
    let Some(mut server) = Server::start() else { return };
    let mut output = String::new();
    for (at, text, before) in [
        (0, "version: 1\n", "version: 1\n"),
        (1, "version: 1\nscenes:\n  a:\n    type: t2v\n    \n", "type: t2v\n    "),
        (2, "version: 1\nscenes:\n  a:\n    type: \n", "type: "),
        (3, "version: 1\nscenes:\n  a:\n    model: \n", "model: "),
        (4, "version: 1\nscenes:\n  a:\n    duration: \n", "duration: "),
        (5, "version: 1\nscenes:\n  a:\n    resolution: \n", "resolution: "),
        (6, "version: 1\nscenes:\n  a:\n    aspect_ratio: \n", "aspect_ratio: "),
        (7, "version: 1\nscenes:\n  a:\n    seed: \n", "seed: "),
        (8, "version: 1\nscenes:\n  a:\n    image:\n      scene: b\n      \n", "scene: b\n      "),
        (9, "version: 1\ndefaults:\n  avatar:\n    \n", "avatar:\n    "),
    ] {
        let document = open(&mut server, &format!("typing-{at}"), text);
        output += &format!("{}▮\n", text.trim_end_matches('\n'));
        let mut proposed = server.completions(&document, before);
        proposed.sort();
        for (word, said) in proposed {
            let said = said.lines().next().unwrap_or_default();
            output += &format!("-- {word}: {said}\n");
        }
        output += "\n";
    }
    assert!(output.contains("70 for 5 s ($0.35)"), "{output}");
    insta::assert_snapshot!(output);
}

#[test]
fn values_have_hover_texts() {
    let Some(mut server) = Server::start() else { return };
    let document = open(&mut server, "everything", EVERYTHING);
    let shown: Vec<String> = ["kling-2-6", "720p", "t2v #", "random", "first"]
        .into_iter()
        .map(|value| format!("== {value}\n{}\n", server.hover(&document, value).trim_end()))
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
}
