//! Hostile storyboards: any bytes give a quick error, with bounded memory.

use std::fmt::Write as _;
use std::rc::Rc;
use std::time::{Duration, Instant};

use kling_build::base::{Diagnostic, Source};
use kling_build::report::{render, to_json};
use kling_build::storyboard::{Files, Overrides, Reading, read, read_with};
use proptest::prelude::*;

/// More time than any of these needs in a debug build on a slow machine, and far less than they
/// would need if a limit were missing.
const PATIENCE: Duration = Duration::from_secs(20);

fn try_read(bytes: &[u8]) -> Reading {
    let start = Instant::now();
    let reading = read("storyboard.yaml", bytes, &Overrides::default());
    let text = render(&reading.diagnostics, false);
    assert!(start.elapsed() < PATIENCE, "{:?}: {:.200}", start.elapsed(), text);
    for one in &reading.diagnostics {
        let _ = serde_json::to_string(&to_json(one)).unwrap();
    }
    reading
}

fn first_code(bytes: &[u8]) -> &'static str {
    try_read(bytes).diagnostics.first().map_or("none", |one| one.code)
}

fn board(prompt: &str, more: &str) -> String {
    format!("version: 1\n{more}scenes:\n  a: {{ type: t2v, prompt: \"{prompt}\" }}\n")
}

#[test]
fn billion_laughs_is_refused() {
    let mut text =
        String::from("version: 1\nvars:\n  a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha]\n");
    for n in 1..12 {
        let aliases = vec![format!("*a{}", n - 1); 9].join(", ");
        writeln!(text, "  a{n}: &a{n} [{aliases}]").unwrap();
    }
    assert_eq!(first_code(text.as_bytes()), "too-many-aliases");
}

#[test]
fn large_text_aliased_many_times_is_refused() {
    let aliases = vec!["*a"; 400].join(", ");
    let text = format!("version: 1\nvars: {{ a: &a {}, b: [{aliases}] }}\n", "x".repeat(1 << 20));
    assert_eq!(first_code(text.as_bytes()), "too-many-aliases");
}

#[test]
fn nested_merges_are_bounded() {
    let mut text = String::from("version: 1\nvars:\n  m0: &m0 { k0: 1 }\n");
    for n in 1..2_000 {
        writeln!(text, "  m{n}: &m{n} {{ <<: *m{}, k{n}: 1 }}", n - 1).unwrap();
    }
    assert_eq!(first_code(text.as_bytes()), "too-deep");
}

#[test]
fn deep_nesting_is_refused() {
    for text in ["{a: ".repeat(100_000), "[".repeat(400_000), "- ".repeat(500_000)] {
        let code = first_code(text.as_bytes());
        assert_eq!(code, "too-deep", "{text:.20}");
    }
    let mut block = String::new();
    for depth in 0..500 {
        writeln!(block, "{}a:", " ".repeat(depth)).unwrap();
    }
    assert_eq!(first_code(block.as_bytes()), "too-deep");
    assert_ne!(first_code("? ".repeat(200_000).as_bytes()), "none");
}

#[test]
fn aliases_that_nest_deeply_are_refused() {
    let mut text = String::from("version: 1\nvars:\n  a0: &a0 [x]\n");
    for n in 1..1_300 {
        writeln!(text, "  a{n}: &a{n} [*a{}]", n - 1).unwrap();
    }
    text.push_str("scenes: { a: { type: t2v, prompt: fog } }\n");
    try_read(text.as_bytes());
}

#[test]
fn non_text_input_is_refused() {
    assert_eq!(first_code(b"version: 1\ntitle: \xff\xfe\n"), "not-utf8");
    assert_eq!(first_code(b"\xff\xfev\0e\0r\0"), "not-utf8");
    assert_eq!(first_code(&[0; 100_000]), "not-text");
    assert_eq!(first_code(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "not-utf8");
    let place = try_read(b"version: 1\ntitle: ab\xff\n").diagnostics[0].place.clone().unwrap();
    assert_eq!((place.line(), place.column()), (2, 10));
}

#[test]
fn byte_order_mark_and_crlf_are_accepted() {
    let text = "\u{feff}version: 1\r\nscenes:\r\n  a: { type: t2v, prompt: fog }\r\n";
    let reading = try_read(text.as_bytes());
    assert!(reading.is_right(), "{:?}", reading.diagnostics);
}

#[test]
fn oversized_storyboards_are_refused() {
    let text = "#".repeat((32 << 20) + 1);
    assert_eq!(first_code(text.as_bytes()), "too-large");
}

#[test]
fn millions_of_values_are_refused() {
    let text = format!("version: 1\nvars: {{ a: [{}] }}\n", "1,".repeat(2_500_000));
    let start = Instant::now();
    let reading = read("storyboard.yaml", text.as_bytes(), &Overrides::default());
    assert_eq!(reading.diagnostics[0].code, "too-large");
    assert!(start.elapsed() < 3 * PATIENCE, "{:?}", start.elapsed());
}

#[test]
fn runaway_templates_are_refused() {
    let partials = |body: &dyn Fn(usize) -> String, count: usize| {
        let mut text = String::from("partials:\n");
        for n in 0..count {
            writeln!(text, "  p{n}: \"{}\"", body(n)).unwrap();
        }
        text
    };
    let doubling = partials(&|n| format!("{{{{> p{0}}}}}{{{{> p{0}}}}}", n + 1), 60);
    let doubling = format!("{doubling}  p60: x\n");
    let long = partials(&|n| format!("{{{{> p{}}}}}", n + 1), 20_000);
    let long = format!("{long}  p20000: x\n");
    for (text, code) in [
        (board("{{> p0}}", &doubling), "template-too-much"),
        (board("{{> p0}}", &long), "template-too-much"),
        (board(&"{{#if a}}".repeat(10_000), ""), "template-syntax"),
        (board(&format!("{{{{{}a", "(a ".repeat(10_000)), ""), "template-syntax"),
        (board(&"{{".repeat(10_000), ""), "template-syntax"),
        (board(&"{{a}}".repeat(5_000), ""), "template-syntax"),
        (board(&"x{{a}}".repeat(20_000), ""), "template-syntax"),
    ] {
        assert_eq!(first_code(text.as_bytes()), code, "{text:.100}");
    }
    let mut growing = String::from("vars:\n  v0: xxxxxxxxxxxxxxxx\n");
    for n in 1..60 {
        writeln!(growing, "  v{n}: \"{{{{v{0}}}}}{{{{v{0}}}}}\"", n - 1).unwrap();
    }
    assert_eq!(first_code(board("fog", &growing).as_bytes()), "template-too-long");
}

#[test]
fn ten_thousand_errors_are_reported() {
    let mut text = String::from("version: 1\nscenes:\n");
    for n in 0..10_000 {
        writeln!(text, "  s{n}: {{ type: t2v, promt: fog }}").unwrap();
    }
    assert_eq!(try_read(text.as_bytes()).diagnostics.len(), 10_000);
}

#[test]
fn ten_thousand_errors_on_one_line_are_reported() {
    let mut text = String::from("{ version: 1, scenes: { ");
    for n in 0..10_000 {
        write!(text, "s{n}: {{ type: t2v, prompt: fog, after: [x{n}] }}, ").unwrap();
    }
    text.push_str("} }");
    let reading = try_read(text.as_bytes());
    assert_eq!(reading.diagnostics.len(), 10_000);
}

#[test]
fn ten_thousand_unknown_variables_get_suggestions_in_time() {
    let mut text = String::from("version: 1\nvars:\n");
    for n in 0..10_000 {
        writeln!(text, "  variable{n}: x").unwrap();
    }
    text.push_str("scenes:\n");
    for n in 0..10_000 {
        writeln!(text, "  s{n}: {{ type: t2v, prompt: \"{{{{varable{n}}}}}\" }}").unwrap();
    }
    assert_eq!(try_read(text.as_bytes()).diagnostics.len(), 10_000);
}

#[test]
fn a_dependency_cycle_of_ten_thousand_scenes_is_reported() {
    let mut text = String::from("version: 1\nscenes:\n");
    for n in 0..10_000 {
        let next = (n + 1) % 10_000;
        writeln!(text, "  s{n}: {{ type: t2v, prompt: fog, after: [s{next}] }}").unwrap();
    }
    let reading = try_read(text.as_bytes());
    assert_eq!(reading.diagnostics.len(), 1);
    assert!(reading.diagnostics[0].message.len() < 2_000, "{}", reading.diagnostics[0].message);
}

#[test]
fn messages_contain_no_terminal_control_characters() {
    let text = board("fog", "title: \"\\e[2J{{x}}\\e]0;owned\\a\"\n\"\\e[31mred\": 1\n");
    let reading = try_read(text.as_bytes());
    let shown = render(&reading.diagnostics, false);
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
    // The same with bidirectional control characters, which are in the file as they are.
    let text = board("fog", "title: \"\u{202e}{{x}}\u{2066}\"\n\"\u{202e}red\": 1\n");
    let shown = render(&try_read(text.as_bytes()).diagnostics, false);
    assert!(shown.contains("red") && !shown.contains(['\u{202e}', '\u{2066}']), "{shown:?}");
}

#[test]
fn secrets_are_not_printed() {
    let text = "version: 1\napi_key: sk-very-secret\nscenes:\n  a:\n    type: i2v\n    \
                token: sk-other\n    prompt: fog\n    image: https://me:hush@example.com/a.png\n";
    let reading = try_read(text.as_bytes());
    let mut shown = render(&reading.diagnostics, false);
    for one in &reading.diagnostics {
        shown += &serde_json::to_string(&to_json(one)).unwrap();
    }
    for secret in ["very-secret", "sk-other", "hush"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert_eq!(reading.diagnostics.len(), 3, "{shown}");
}

#[test]
fn hostile_variable_files_are_refused() {
    for text in ["[".repeat(100_000), "a: {{b}}\n".into(), "- a\n".into(), String::new()] {
        let overrides = Overrides {
            vars: vec![("look".into(), "{{look}}".into()), ("a b".into(), "\0".into())],
            files: vec![Source::new("vars.yaml", text)],
            ..Overrides::default()
        };
        let reading = read("storyboard.yaml", board("fog", "").as_bytes(), &overrides);
        assert!(reading.diagnostics.iter().any(|one| one.is_error()));
        render(&reading.diagnostics, true);
    }
}

const WHOLE: &str = r#"version: 1
title: "{{product}} launch"
vars: { product: Aurora One, hero: { name: "{{product}}" }, looks: [teal, amber] }
partials: { camera: "slow dolly-in, {{#each looks}}{{this}}{{/each}}" }
defaults: { model: kling-2-6, duration: 5, aspect_ratio: 16:9 }
budget: 600
scenes:
  opening:
    type: t2v
    prompt: |
      {{product}} rises, {{> camera}}
      {{#if hero.name}}{{upper hero.name}}{{else}}nobody{{/if}}
    seed: 45678
  reveal: &reveal
    type: i2v
    image: { scene: opening, frame: last }
    prompt: 'it''s {{product}}'
  again: { <<: *reveal, after: [reveal] }
  host: { type: avatar, image: a.jpg, voice: "https://example.com/a.mp3" }
cuts: { launch: { scenes: [opening, reveal, host] } }
"#;

#[test]
fn the_unmodified_storyboard_is_valid() {
    let reading = try_read(WHOLE.as_bytes());
    assert!(reading.is_right(), "{}", render(&reading.diagnostics, false));
}

/// Pieces of valid storyboards, and some that are not valid.
fn piece() -> impl Strategy<Value = String> {
    let pieces = [
        "{{",
        "}}",
        "{{#if x}}",
        "{{/if}}",
        "{{else}}",
        "{{> camera}}",
        "{{~",
        "~}}",
        "{{{",
        "}}}",
        "{{!--",
        "--}}",
        "\\{{",
        "{{#each looks}}",
        "{{/each}}",
        "{{^}}",
        "{{@root.x}}",
        "{{../x}}",
        "{{{{raw}}}}",
        "{{&x}}",
        "(",
        ")",
        "as |x|",
        "{",
        "}",
        "[",
        "]",
        ": ",
        "- ",
        "\n",
        "\n  ",
        "\n    ",
        "\t",
        "\"",
        "'",
        "|",
        ">",
        "&a ",
        "*a",
        "<<: ",
        "!x ",
        "#",
        "---\n",
        "? ",
        "%",
        "@",
        "\u{0}",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "é",
        "🎬",
        "\u{feff}",
        "\\",
        "\\u00",
        "type",
        "i2v",
        "1e999",
        "scenes",
        "~",
        "null",
        "-5",
        "\r\n",
        "\r",
    ];
    prop_oneof![
        4 => proptest::sample::select(pieces.to_vec()).prop_map(str::to_string),
        1 => any::<char>().prop_map(|c| c.to_string()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        try_read(&bytes);
    }

    #[test]
    fn shuffled_pieces_are_read_or_refused(pieces in proptest::collection::vec(piece(), 0..60)) {
        try_read(pieces.concat().as_bytes());
    }

    #[test]
    fn storyboards_with_inserted_pieces_are_read_or_refused(
        changes in proptest::collection::vec((0..WHOLE.len(), 0..6usize, piece()), 1..5),
    ) {
        let mut text = WHOLE.to_string();
        for (at, removed, piece) in changes {
            let boundary = |at: usize| {
                (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
            };
            let (start, end) = (boundary(at), boundary(at + removed));
            text.replace_range(start..end, &piece);
        }
        let reading = try_read(text.as_bytes());
        prop_assert!(reading.film.is_some() || !reading.diagnostics.is_empty());
        for one in &reading.diagnostics {
            prop_assert!(one.place.is_some(), "{}", one.message);
        }
    }

    #[test]
    fn prompts_made_of_pieces_are_read_or_refused(pieces in proptest::collection::vec(piece(), 0..30)) {
        let prompt = serde_json::to_string(&pieces.concat()).unwrap();
        let text = format!(
            "version: 1\nvars: {{ x: 1, looks: [a, b] }}\npartials: {{ camera: 35mm }}\n\
             scenes:\n  a:\n    type: t2v\n    prompt: {prompt}\n"
        );
        try_read(text.as_bytes());
    }
}

/// Files with identical contents.
struct Same(String);

impl Files for Same {
    fn read(&self, _: &str) -> Result<Vec<u8>, Box<Diagnostic>> {
        Ok(self.0.clone().into_bytes())
    }
}

fn try_read_with(text: &str, file: String) -> Reading {
    let start = Instant::now();
    let files = Rc::new(Same(file));
    let reading = read_with("storyboard.yaml", text.as_bytes(), &Overrides::default(), files);
    let output = render(&reading.diagnostics, false);
    assert!(start.elapsed() < PATIENCE, "{:?}: {:.200}", start.elapsed(), output);
    reading
}

const CARDS: &str =
    "version: 1\nscenes: { a: { type: t2v, prompt: '{{item.t}}', for_each: a.csv } }\n";

#[test]
fn oversized_data_files_are_refused() {
    let many: String = (0..200_000).map(|n| format!("k{n},x\n")).collect();
    let reading = try_read_with(CARDS, format!("id,t\n{many}"));
    assert_eq!(reading.diagnostics[0].code, "too-many-scenes");
    let wide = format!("{}\n{}", "id,".repeat(200_000), "x,".repeat(200_000));
    try_read_with(CARDS, wide);
    let commas = format!("id,t\n{}", ",".repeat(2_000_000));
    try_read_with(CARDS, commas);
    let reading = try_read_with(CARDS, format!("id,t\na,\"{}", "x".repeat(2 << 20)));
    assert_eq!(reading.diagnostics[0].code, "csv-quote");
    let quotes = format!("id,t\na,{}", "\"\"".repeat(1 << 20));
    try_read_with(CARDS, quotes);
    let long: String = (0..20).map(|n| format!("k{n},{}\n", "x".repeat(1 << 20))).collect();
    let reading = try_read_with(CARDS, format!("id,t\n{long}"));
    assert_eq!(reading.diagnostics[0].code, "template-too-long");
    assert_eq!(reading.diagnostics.len(), 1);
}

#[test]
fn large_includes_are_bounded() {
    let paths: String = (0..40).map(|n| format!("f{n}.yaml,")).collect();
    let text = format!("version: 1\ninclude: [{paths}]\n");
    let reading = try_read_with(&text, format!("#{}\nvars: {{}}\n", "x".repeat(3 << 20)));
    assert!(reading.diagnostics.iter().any(|one| one.code == "too-large"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_csv_is_read_or_refused(csv in "(id|t|[a-c]|[,;\"\r\n\t ]|é|\\{\\{){0,60}") {
        try_read_with(CARDS, csv);
    }
}
