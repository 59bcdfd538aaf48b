//! Selections: which scenes the selectors of the command line match, and the errors of the others.

use std::fmt::Write as _;

use kling_build::plan::{Graph, Selection, with_needed};
use kling_build::storyboard::{Film, Overrides, read};

const FILM: &str = "\
version: 1
matrix: { lang: [en, de] }
scenes:
  dawn:   { type: t2v, prompt: fog, tags: [act1, hero] }
  harbor: { type: i2v, prompt: fog, image: { scene: dawn }, tags: [act1] }
  chase:  { type: i2v, prompt: fog, image: { scene: harbor }, tags: [act2] }
  title:  { type: t2v, prompt: \"{{lang}}\", after: [chase] }
  card:   { type: t2v, prompt: \"{{item}}\", for_each: [red, blue], tags: [\"{{item}}\"] }
";

fn film(text: &str) -> Film {
    let reading = read("storyboard.yaml", text.as_bytes(), &Overrides::default());
    assert!(reading.diagnostics.is_empty(), "{:#?}", reading.diagnostics);
    reading.film.unwrap()
}

fn selection(scenes: &str, exclude: &str) -> Selection {
    let words = |text: &str| text.split_whitespace().map(str::to_string).collect();
    Selection { scenes: words(scenes), exclude: words(exclude), ..Selection::default() }
}

/// The chosen English scenes, without their variant.
fn chosen(scenes: &str, exclude: &str) -> String {
    let film = film(FILM);
    let chosen = selection(scenes, exclude).named(&film, &Graph::of(&film)).unwrap();
    let english = |at: usize| film.scenes[at].id.as_str().strip_suffix(".en");
    chosen.into_iter().filter_map(english).collect::<Vec<_>>().join(" ")
}

#[test]
fn selectors_add_up_and_exclusions_subtract() {
    for (scenes, exclude, expected) in [
        ("", "", "dawn harbor chase title card.red card.blue"),
        ("dawn", "", "dawn"),
        ("card", "", "card.red card.blue"),
        ("*r*", "title card.*", "harbor"),
        ("*.de", "", ""),
        ("chase+", "", "chase title"),
        ("+chase", "", "dawn harbor chase"),
        ("+harbor+", "", "dawn harbor chase title"),
        ("tag:act1", "", "dawn harbor"),
        ("tag:act*", "", "dawn harbor chase"),
        ("tag:act2+", "", "chase title"),
        ("+tag:act2", "tag:hero", "harbor chase"),
        ("tag:blue dawn", "", "dawn card.blue"),
        ("", "tag:act1+", "card.red card.blue"),
        ("dawn", "dawn", ""),
    ] {
        assert_eq!(chosen(scenes, exclude), expected, "{scenes} --exclude {exclude}");
    }
}

#[test]
fn upstream_scenes_are_needed_even_when_excluded() {
    let film = film(FILM);
    let graph = Graph::of(&film);
    let chosen = selection("chase.en", "harbor").named(&film, &graph).unwrap();
    let needed = with_needed(&graph, &chosen);
    let ids: Vec<&str> = needed.iter().map(|at| film.scenes[*at].id.as_str()).collect();
    assert_eq!(ids, ["dawn.en", "harbor.en", "chase.en"]);
}

#[test]
fn all_unknown_selectors_are_reported_together() {
    let (tagged, plain) =
        (film(FILM), film("version: 1\nscenes: { dawn: { type: t2v, prompt: fog } }\n"));
    let mut output = String::new();
    let cases = [
        (&tagged, "dwan+ +hrabor nope act1 card.re chase.fr", "tag:dawn tag:hreo+ tag:x"),
        (&tagged, "other.yaml ./shots/a !dawn dawn,harbor tag: +", ""),
        (&plain, "tag:act1 tag:Act*", ""),
    ];
    for (film, scenes, exclude) in cases {
        let mistakes = selection(scenes, exclude).named(film, &Graph::of(film)).unwrap_err();
        assert_eq!(mistakes.len(), format!("{scenes} {exclude}").split_whitespace().count());
        for mistake in mistakes {
            writeln!(output, "{}: {}", mistake.code, mistake.message).unwrap();
            writeln!(output, "  fix: {}", mistake.fix.unwrap()).unwrap();
        }
    }
    insta::assert_snapshot!(output);
}
