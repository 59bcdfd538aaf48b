//! The film that is built and killed: forty scenes with chains of frames, pictures and cuts.

use kling_build::catalog::Dialect;

use crate::harness::Project;

/// How many scenes the long film has.
pub const SCENES: usize = 40;
/// How many scenes the short film has.
pub const SCENES_OF_SHORT: usize = 12;

/// A project of so many scenes, each with a prompt of its own.
pub fn project(scenes: usize, api: Dialect) -> Project {
    let model = match api {
        Dialect::Kling => "kling-2-5-turbo",
        Dialect::Jobs => "kling-3-0",
    };
    let mut film = format!(
        "version: 1\ntitle: Forty\napi: {api}\ndefaults: {{ model: {model}, duration: 5, \
         resolution: 720p, aspect_ratio: \"16:9\" }}\nscenes:\n"
    );
    for at in 0..scenes {
        // Chains of two and three links, one that forks, and pictures that are uploaded.
        let image = match at % 20 {
            4 => Some(format!("{{ scene: s{}, frame: last }}", at - 4)),
            8 => Some(format!("{{ scene: s{}, frame: first }}", at - 4)),
            9 => Some(format!("{{ scene: s{}, frame: last }}", at - 5)),
            5 => Some(format!("{{ scene: s{}, frame: 1.5 }}", at - 4)),
            11 => Some("assets/host.png".to_string()),
            _ => None,
        };
        let (kind, image) = match image {
            Some(image) => ("i2v", format!(", image: {image}")),
            None => ("t2v", String::new()),
        };
        let (prompt, seed) = (prompt(at), 20_000 + at);
        film.push_str(&format!(
            "  s{at}: {{ type: {kind}, prompt: \"{prompt}\", seed: {seed}{image} }}\n"
        ));
    }
    let last = scenes - 1;
    film.push_str(&format!(
        "cuts:\n  whole: {{ scenes: [s0, s4, s8, s{last}] }}\n  short: {{ scenes: [s9, s5] }}\n"
    ));
    let project = Project::new(&film);
    project.picture("assets/host.png", 200);
    project
}

/// The order of scene number `at`; no other scene has the same.
pub fn prompt(at: usize) -> String {
    format!("shot number {at}")
}

/// The prompt of a scene by its name.
pub fn prompt_of(scene: &str) -> String {
    prompt(scene.trim_start_matches('s').parse().unwrap())
}
