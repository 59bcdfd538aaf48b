//! Characters and type defaults: what scenes get from them.

mod memory_files;

use kling_build::catalog::Resolution;
use kling_build::storyboard::{Film, Overrides, SceneInput, read_with};
use memory_files::memory_files;

fn film_with(text: &str, overrides: &Overrides, files: &[(&str, &str)]) -> Film {
    let reading = read_with("storyboard.yaml", text.as_bytes(), overrides, memory_files(files));
    assert!(reading.is_right(), "{:#?}", reading.diagnostics);
    reading.film.unwrap()
}

fn film(text: &str) -> Film {
    film_with(text, &Overrides::default(), &[])
}

const CAST: &str = "version: 1\ncharacters:\n  \
    mia: { description: 'a woman in a {{coat}} coat', image: img/mia.png }\n  \
    tom: \"{{mia}}'s brother\"\nvars: { coat: red, pair: '{{mia}} and {{tom}}' }\nscenes:\n";

#[test]
fn character_descriptions_are_variables_and_their_images_are_scene_images() {
    let scenes = "  a: { type: t2v, prompt: '{{pair}}; {{characters.tom.description}}' }\n  \
                  b: { type: i2v, prompt: '{{upper mia}}', image: { character: mia } }\n";
    let one = film(&format!("{CAST}{scenes}"));
    let mia = "a woman in a red coat";
    let pair = format!("{mia} and {mia}'s brother; {mia}'s brother");
    assert_eq!(one.scenes[0].prompt(), Some(pair.as_str()));
    assert_eq!(one.scenes[1].image(), Some(&SceneInput::File("img/mia.png".into())));
    let vars = vec![("mia".to_string(), "a robot".to_string())];
    let other =
        film_with(&format!("{CAST}{scenes}"), &Overrides { vars, ..Overrides::default() }, &[]);
    assert_eq!(other.scenes[1].prompt(), Some("A ROBOT"));
}

#[test]
fn character_images_are_relative_to_their_file_and_may_differ_by_variant() {
    let film = film_with(
        "version: 1\ninclude: [cast/all.yaml]\nmatrix: { lang: [en, de] }\nscenes:\n  \
         a: { type: i2v, prompt: '{{mia}}', image: { character: mia } }\n",
        &Overrides::default(),
        &[(
            "cast/all.yaml",
            "characters: { mia: { description: tall, image: 'mia.{{lang}}.png' } }",
        )],
    );
    let images: Vec<_> = film.scenes.iter().map(|scene| scene.image().unwrap().clone()).collect();
    let file = |path: &str| SceneInput::File(path.into());
    assert_eq!(images, [file("cast/mia.en.png"), file("cast/mia.de.png")]);
}

#[test]
fn type_defaults_win_over_general_defaults() {
    let film = film(
        "version: 1\ndefaults:\n  model: kling-2-6\n  duration: 10\n  resolution: 720p\n  \
         i2v: { duration: 5, image: a.png }\n  avatar: { resolution: 1080p, voice: v.mp3 }\n\
         scenes:\n  a: { type: t2v, prompt: fog }\n  b: { type: i2v, prompt: fog }\n  \
         c: { type: i2v, prompt: fog, duration: 10, image: b.png }\n  \
         d: { type: avatar, image: c.png }\n",
    );
    let output: Vec<(&str, Option<u32>, Resolution)> = film
        .scenes
        .iter()
        .map(|scene| {
            let duration = scene.clip().and_then(|clip| clip.duration);
            (scene.model.as_str(), duration, scene.resolution())
        })
        .collect();
    assert_eq!(
        output,
        [
            ("kling-2-6", Some(10), Resolution::P720),
            ("kling-2-6", Some(5), Resolution::P720),
            ("kling-2-6", Some(10), Resolution::P720),
            ("kling-avatar", None, Resolution::P1080),
        ]
    );
    assert_eq!(film.scenes[1].image(), Some(&SceneInput::File("a.png".into())));
}
