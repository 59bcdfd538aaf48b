//! expand: the output is a storyboard of the same film, for any film.
//!
//! Films are generated from seeds, with every feature of the language and with texts that YAML and
//! templates could misread. `EXPANSIONS` sets how many, `EXPANSION_SEED` the first.

mod memory_files;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use fastrand::Rng;
use kling_build::base::{Digest, FilmCommands, Key, Moment, SceneId};
use kling_build::catalog::ModelId;
use kling_build::plan::{
    Evidence, InputFile, Inputs, Inventory, Listing, Lock, LockedScene, LockedTake, Plan,
    PlanOptions, Project, ProviderChoice, TakeChoice,
};
use kling_build::report::Expansion;
use kling_build::storyboard::{Film, Overrides, SceneInput, read_with, verbatim};
use memory_files::memory_files;

/// Texts that have a meaning in YAML or in templates.
const NASTY: [&str; 26] = [
    "fog",
    "a: b",
    "a # b",
    "# a",
    "- a",
    "yes",
    "null",
    "~",
    "5",
    "1e3",
    "16:9",
    "it's",
    "\"quoted\" & 'quoted'",
    "back\\slash \\n",
    "one\ntwo\n\nthree",
    "  spaces  inside  ",
    "two\n  indented\n\ttabbed",
    "😀 übergang 日本語 \u{202e}x\u{feff}",
    "{ not: flow }, [nor] this",
    "%percent @at `tick` !bang *star &and",
    "---",
    "ends with a colon:",
    "bell\u{7}, next line\u{85}, line\u{2028}separator, return\r",
    "a text that is long enough to go over several lines when it is written out, with `code`, \
     a: colon, a #hash and the rest of what people write in prompts all day long",
    "long with  two spaces: a text that is long enough to go over several lines when it is written",
    "|-\n>",
];
/// Texts that templates would render or reject; data files contain none of them.
const BRACES: [&str; 7] =
    ["{{name}}", "{{{raw}}}", "{{#if x}}", "{{! no }}", "\\{{x}} \\\\{{y}}", "{{", "{{{{a}}}} }}"];

fn nasty(rng: &mut Rng, with_braces: bool) -> String {
    let mut text = String::from("x");
    for _ in 0..rng.usize(1..4) {
        let one = match with_braces && rng.u8(..3) == 0 {
            true => BRACES[rng.usize(..BRACES.len())],
            false => NASTY[rng.usize(..NASTY.len())],
        };
        text.push_str(one);
    }
    verbatim(&text).into_owned()
}

/// A text in double quotes that is valid in both JSON and YAML.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap().replace('\u{feff}', "\\ufeff").replace('\u{85}', "\\u0085")
}

/// A storyboard with the files that it names.
struct Generated {
    text: String,
    files: Vec<(String, String)>,
}

fn generate(rng: &mut Rng) -> Generated {
    let mut files = Vec::new();
    let mut text = String::from("version: 1\n");
    let axes = rng.usize(..3);
    if rng.bool() {
        writeln!(text, "title: {}", quoted(&nasty(rng, true))).unwrap();
    }
    if rng.bool() {
        writeln!(text, "budget: {}", f64::from(rng.u32(1..9_000_000)) / 1_000.0).unwrap();
    }
    if rng.bool() {
        writeln!(text, "seed: {}", rng.u32(..)).unwrap();
    }
    if rng.u8(..4) == 0 {
        text.push_str("hosting: { base_url: 'https://{{host}}/a#b' }\n");
    }
    if rng.u8(..4) == 0 {
        text.push_str("preview: { fonts: ['fonts/a b.ttf', 'fonts/: #.otf'] }\n");
    }
    writeln!(
        text,
        "vars: {{ host: cdn.example.com, word: {}, list: [{{ id: r1, t: {} }}, {{ id: R 2, t: x }}] }}",
        quoted(&nasty(rng, true)),
        quoted(&nasty(rng, true)),
    )
    .unwrap();
    text.push_str(
        "partials: { look: \"{{word}}, teal {{#if (eq word 'fog')}}and amber{{/if}}\" }\n",
    );
    text.push_str("characters: { mia: { description: tall, image: img/mia.png } }\n");
    if axes > 0 {
        text.push_str("matrix:\n  lang: { en: { w: rise }, pt-BR: { w: 'sobe: #' } }\n");
    }
    if axes > 1 {
        text.push_str("  take: [1, 'A b', 16:9]\n  exclude: [{ lang: en, take: 1 }]\n");
    }
    text.push_str(
        "defaults:\n  resolution: 720p\n  model: kling-2-6\n  tags: [all, 'no-{{scene.index}}']\n  \
         t2v: { duration: 10, tags: 'cut, wide' }\n  \
         i2v: { model: kling-2-1-pro, image: img/still.png }\n  avatar: { voice: 'a/voice.mp3' }\n",
    );
    let rows: String = (0..rng.usize(1..4))
        .map(|row| format!("r{row},\"{}\"\n", nasty(rng, false).replace('"', "\"\"")))
        .collect();
    files.push(("data/cards.csv".to_string(), format!("id,t\n{rows}")));
    files.push((
        "acts/one.yaml".to_string(),
        "scenes:\n  from.act: { type: i2v, prompt: \"act {{> look}}\", image: ../img/act.png }\n  \
         pin: { type: i2v, prompt: p, image: near.png, seed: random }\ncuts: { act: { scenes: [pin] } }\n"
            .to_string(),
    ));
    let has_act = rng.bool();
    if has_act {
        text.push_str("include: acts/one.yaml\n");
    }
    text.push_str("scenes:\n");
    let mut names: Vec<String> =
        if has_act { vec!["from.act".into(), "pin".into()] } else { Vec::new() };
    for at in 0..rng.usize(1..8) {
        let name = match rng.u8(..4) {
            0 => format!("s{at}.x.{at}"),
            1 => ["null", "yes", "on", "n", "true"][rng.usize(..5)].to_string() + &"_".repeat(at),
            _ => format!("s-{at}"),
        };
        scene(rng, &mut text, &name, &names, axes);
        names.push(name);
    }
    text.push_str("cuts:\n");
    for at in 0..rng.usize(1..3) {
        let one = &names[rng.usize(..names.len())];
        writeln!(text, "  c{at}.d: {{ scenes: ['{one}', '{one}'] }}").unwrap();
    }
    Generated { text, files }
}

fn scene(rng: &mut Rng, text: &mut String, name: &str, others: &[String], axes: usize) {
    writeln!(text, "  '{name}':").unwrap();
    let mut field = |name: &str, value: &str| writeln!(text, "    {name}: {value}").unwrap();
    let kind = rng.u8(..4);
    let has_rows = rng.u8(..4) == 0;
    if has_rows {
        field("for_each", ["list", "data/cards.csv", "[{ id: a, t: b }]"][rng.usize(..3)]);
    }
    if rng.u8(..3) == 0 {
        field(
            "label",
            &quoted(&format!("{} {{{{upper scene.id}}}}", ["a: b", "#", "😀"][rng.usize(..3)])),
        );
    }
    let mut prompt = quoted(&nasty(rng, true));
    prompt.truncate(prompt.len() - 1);
    prompt.push_str(match rng.u8(..5) {
        0 => " {{> look}} {{scene.id}} {{mia}}",
        1 => " \\\\{{name}} and {{word}}",
        2 => " {{trim '{{'}} {{scene.index}}",
        _ => "",
    });
    if has_rows {
        prompt.push_str(" {{item.t}}");
    }
    if axes > 0 && rng.bool() {
        prompt.push_str(" {{lang.w}} {{scene.variant}}");
    }
    prompt.push('"');
    let earlier = (!others.is_empty() && rng.bool()).then(|| &others[rng.usize(..others.len())]);
    match kind {
        0 | 1 => {
            field("type", "t2v");
            field("prompt", &prompt);
        }
        2 => {
            field("type", "\"{{trim 'i2v '}}\"");
            field("prompt", &prompt);
            match (rng.u8(..5), earlier) {
                (0, _) => field("image", "{ character: mia }"),
                (1, _) => field(
                    "image",
                    [
                        "{ file: 'img/odd: #1.png' }",
                        "{ file: 'img/odd: #1.png', fit: \"{{trim 'crop '}}\" }",
                        "{ file: 'aa:bb.png', fit: pad }",
                    ][rng.usize(..3)],
                ),
                (2, _) => field(
                    "image",
                    &format!("{{ url: 'https://e.com/a b', sha256: {} }}", Digest::of(b"x")),
                ),
                (3, _) => field("image", "'https://e.com/a?b=c#d'"),
                (_, Some(other)) if others.first() == Some(other) && other == "from.act" => {
                    field(
                        "image",
                        &format!(
                            "{{ scene: {other}, frame: {} }}",
                            ["first", "0.04", "last", "4.999"][rng.usize(..4)]
                        ),
                    );
                }
                _ => {}
            }
        }
        _ => {
            field("type", "avatar");
            field("image", ["{ file: 'aa:bb.png' }", "img/face.png"][rng.usize(..2)]);
            if rng.bool() {
                field("duration", &format!("{}", f64::from(rng.u32(1..40_000)) / 1_000.0));
            }
            if rng.bool() {
                field("voice", "https://e.com/v.mp3");
            }
            if rng.bool() {
                field("resolution", "1080p");
            }
        }
    }
    if kind < 3 {
        match rng.u8(..5) {
            0 => field("seed", "45678"),
            1 => field("seed", "random"),
            2 => field("seed", "auto"),
            _ => {}
        }
        if rng.u8(..3) == 0 {
            field("aspect_ratio", "9:16");
        }
        if kind == 2 && rng.u8(..3) == 0 {
            field("fit", ["keep", "\"{{trim ' keep'}}\""][rng.usize(..2)]);
        }
        if kind < 2 && rng.u8(..3) == 0 {
            field("model", "kling-2-5-turbo");
            field("duration", "5");
        }
    }
    if let Some(other) = earlier {
        field("after", &format!("['{other}']"));
    }
}

/// Nothing has been made yet.
struct Nothing;

impl Inventory for Nothing {
    fn of_key(&self, _: &Key) -> Evidence {
        Evidence::default()
    }

    fn holds(&self, _: &Digest, _: u64) -> bool {
        false
    }

    fn usual_seconds(&self, _: &ModelId) -> Option<u32> {
        None
    }
}

fn film(text: &str, files: &[(String, String)], overrides: &Overrides) -> Film {
    let reading =
        read_with("film/storyboard.yaml", text.as_bytes(), overrides, memory_files(files));
    let errors: Vec<_> = reading.diagnostics.iter().filter(|one| one.is_error()).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{text}");
    reading.film.unwrap()
}

fn project(film: &Film, maker: ProviderChoice, lock: Lock) -> Project {
    let mut inputs = Inputs::default();
    let mut insert = |path: &str| {
        let facts = InputFile {
            digest: Digest::of(path.as_bytes()),
            bytes: 1,
            media_type: "image/png",
            extension: "png",
            picture: Some((640, 480)),
            is_turned: false,
            seconds: Some(3.0),
        };
        inputs.insert(path, facts);
    };
    for scene in &film.scenes {
        for (_, input) in scene.inputs() {
            if let SceneInput::File(path) = input {
                insert(path);
            }
        }
    }
    film.preview_fonts.iter().for_each(|path| insert(path));
    let options = PlanOptions {
        provider: maker,
        drawing: 1,
        now: Moment::from_millis(0),
        retry_failed: 0,
        begun_rolls: Vec::new(),
        reroll: None,
        draft_seeds: BTreeMap::new(),
        random_seeds: BTreeMap::new(),
        commands: FilmCommands::new("storyboard.yaml", []),
    };
    Project::new(film.clone(), inputs, lock, options)
}

/// The key of every scene, in film order; the key of its scene represents the bytes of a frame.
fn keys(project: &Project) -> Vec<(String, Key)> {
    let mut keys: BTreeMap<usize, Key> = BTreeMap::new();
    let positions = project.film.positions();
    for &at in project.graph.order() {
        let recipe = project.recipe(at, &|source| {
            Some(Digest::of(keys[&positions[source]].to_string().as_bytes()))
        });
        keys.insert(at, recipe.unwrap().key());
    }
    keys.into_iter().map(|(at, key)| (project.scene(at).id.to_string(), key)).collect()
}

fn expand(project: &Project) -> String {
    let all: Vec<usize> = (0..project.film.scenes.len()).collect();
    let plan = Plan::make(project, &all, &Nothing);
    Expansion::of(&plan, project, "film/storyboard.yaml", "film/storyboard.lock").print_yaml()
}

/// A text without its comments; no value of these films ends like a comment.
fn without_comments(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with("# "));
    let values =
        lines.map(|line| line.rsplit_once("  # ").map_or(line, |parts| parts.0).trim_end());
    values.collect::<Vec<_>>().join("\n")
}

/// A lock with other seeds than the automatic ones for some scenes.
fn lock(rng: &mut Rng, film: &Film) -> Lock {
    let mut lock = Lock::default();
    for scene in &film.scenes {
        if rng.bool() {
            continue;
        }
        let seed = scene.clip().and_then(|clip| clip.seed).map(|_| rng.u32(10_000..=99_999));
        let key = Key(Digest::of(scene.id.as_str().as_bytes()));
        let choice = TakeChoice { seed, ..TakeChoice::default() };
        let take = LockedTake::new(1, key, choice, (Digest::of(b"video"), 5));
        let mut locked = LockedScene::default();
        locked.picked = Some(locked.keep(take, &Listing::default()));
        lock.scenes.insert(scene.id.clone(), locked);
    }
    lock
}

fn assert_round_trip(film_text: &str, film: &Film, maker: ProviderChoice, lock: Lock) {
    let project_of = project(film, maker, lock);
    let text = expand(&project_of);
    let again = self::film(&text, &[], &Overrides::default());
    let project_again = project(&again, maker, Lock::default());
    let context = || format!("{film_text}\n=====\n{text}");
    assert_eq!(keys(&project_of), keys(&project_again), "{}", context());
    assert_eq!(film.cuts, again.cuts, "{}", context());
    let after = |film: &Film| -> Vec<Vec<SceneId>> {
        film.scenes.iter().map(|scene| scene.after.clone()).collect()
    };
    assert_eq!(after(film), after(&again), "{}", context());
    let tags = |film: &Film| film.scenes.iter().map(|scene| scene.tags.clone()).collect::<Vec<_>>();
    assert_eq!(tags(film), tags(&again), "{}", context());
    assert_eq!(
        (&film.title, film.api, film.budget, &film.hosting, &film.preview_fonts),
        (&again.title, again.api, again.budget, &again.hosting, &again.preview_fonts),
        "{}",
        context()
    );
    let prices = |project: &Project| -> Vec<_> {
        (0..project.film.scenes.len()).map(|at| project.price(at, &|_| None)).collect()
    };
    assert_eq!(prices(&project_of), prices(&project_again), "{}", context());
    let twice = expand(&project_again);
    assert_eq!(without_comments(&text), without_comments(&twice), "{}", context());
}

#[test]
fn expanding_generated_films_keeps_their_keys() {
    let number = |name: &str, otherwise: u64| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
    };
    let first = number("EXPANSION_SEED", 1);
    for seed in first..first + number("EXPANSIONS", 400) {
        let rng = &mut Rng::with_seed(seed);
        let Generated { text, files } = generate(rng);
        let text = format!("# EXPANSION_SEED={seed}\n{text}");
        let film = film(&text, &files, &Overrides::default());
        let lock = lock(rng, &film);
        assert_round_trip(&text, &film, ProviderChoice::Kling, lock);
        assert_round_trip(&text, &film, ProviderChoice::Preview(1), Lock::default());
    }
}

#[test]
fn references_elements_and_videos_are_written_out() {
    let text = "version: 1\napi: jobs\ncharacters: { mia: { description: tall, image: img/mia.png } }\n\
        defaults: { model: kling-3-0-omni }\nscenes:\n  \
        a: { type: t2v, prompt: \"@mia\", references: [{ character: mia }, { file: 'ab: c.png' }, \
             { url: 'https://e.com/a.png', sha256: SHA }], elements: \
             [{ name: mia, description: 'tall: #1', images: [img/mia.png, { scene: b, frame: 0.5 }], \
             voice: v.mp3 }, { name: tom, description: '{{mia}}', video: { scene: b }, from: 0.5, \
             to: 4 }] }\n  \
        b: { type: t2v, prompt: x, duration: 4 }\n  \
        c: { type: t2v, prompt: x, video: { scene: b } }\n  \
        d: { type: t2v, prompt: x, video: 'a b.mp4', references: [img/mia.png] }\n  \
        e: { type: t2v, prompt: x, references: [{ video: { file: 'ab:c.mp4' } }] }\n  \
        f: { type: i2v, model: kling-3-0, image: img/mia.png, video: { scene: c }, \
             background_source: input_image }\n";
    let text = text.replace("SHA", &Digest::of(b"x").to_string());
    let film = film(&text, &[], &Overrides::default());
    assert_round_trip(&text, &film, ProviderChoice::Kling, Lock::default());
    assert_round_trip(&text, &film, ProviderChoice::Preview(1), Lock::default());
}

#[test]
fn fits_are_written_out_with_their_pictures() {
    let text = "version: 1\ncharacters: { mia: { description: tall, image: img/mia.png } }\n\
        defaults: { type: i2v, prompt: x, aspect_ratio: '16:9', fit: crop }\nscenes:\n  \
        a: { image: 'img/odd: #1.png' }\n  \
        b: { image: { file: 'ab:c.png', fit: pad } }\n  \
        c: { image: { character: mia } }\n  \
        d: { image: { character: mia, fit: keep } }\n  \
        e: { image: { scene: a, frame: 0.5 } }\n  \
        f: { image: { scene: a, fit: keep }, fit: pad }\n  \
        g: { image: 'https://e.com/a.png' }\n  \
        h: { type: still, image: img/mia.png }\n  \
        i: { type: avatar, image: img/mia.png, voice: v.mp3 }\n  \
        j: { type: t2v }\n";
    let film = film(text, &[], &Overrides::default());
    let fits = film.scenes.iter().map(|scene| match scene.fits.values().next() {
        Some(fit) => fit.written().as_str(),
        None => "keep",
    });
    let fits: Vec<&str> = fits.collect();
    let crop = "crop";
    assert_eq!(fits, [crop, "pad", crop, "keep", crop, "keep", "keep", crop, "keep", "keep"]);
    assert_round_trip(text, &film, ProviderChoice::Kling, Lock::default());
    assert_round_trip(text, &film, ProviderChoice::Preview(1), Lock::default());
}

#[test]
fn a_bucket_is_written_out() {
    for rest in [
        "",
        ", endpoint: 'https://{{host}}/s3', region: auto, prefix: films/harbor/, \
         public_url: 'https://cdn.{{host}}/x'",
    ] {
        let text = format!(
            "version: 1\nvars: {{ host: e.com }}\nhosting: {{ s3: {{ bucket: films{rest} }} }}\n\
             scenes:\n  a: {{ type: i2v, image: img/mia.png, prompt: \"{{{{host}}}}\" }}\n"
        );
        let film = film(&text, &[], &Overrides::default());
        assert_eq!(film.bucket().map(|place| place.region.is_some()), Some(!rest.is_empty()));
        assert_round_trip(&text, &film, ProviderChoice::Kling, Lock::default());
    }
}
