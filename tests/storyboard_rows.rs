//! for_each: scenes from lists, variables and files, with names independent of other rows.

mod memory_files;

use std::collections::HashMap;

use kling_build::storyboard::{Film, Overrides, Seed, read_with};
use memory_files::memory_files;

fn film(text: &str, files: &[(&str, &str)]) -> Film {
    let overrides = Overrides::default();
    let reading = read_with("storyboard.yaml", text.as_bytes(), &overrides, memory_files(files));
    assert!(reading.is_right(), "{:#?}", reading.diagnostics);
    reading.film.unwrap()
}

fn shown(film: &Film) -> Vec<(&str, &str)> {
    film.scenes.iter().map(|scene| (scene.id.as_str(), scene.prompt().unwrap())).collect()
}

fn cards(source: &str, key: &str, files: &[(&str, &str)]) -> Film {
    film(
        &format!(
            "version: 1\nvars: {{ word: fog, list: [{{ id: a-1, title: 'Aurora {{{{word}}}}' }}] }}\n\
             scenes:\n  card: {{ type: t2v, prompt: '{{{{item.title}}}}', for_each: {source}{key} }}\n"
        ),
        files,
    )
}

#[test]
fn rows_come_from_lists_variables_and_files() {
    let one = [("card.a-1", "Aurora fog")];
    for source in [
        "[{ id: a-1, title: 'Aurora {{word}}' }]",
        "{ A 1: { title: Aurora fog } }",
        "list",
        "vars.list",
        "'{{list}}'",
        "'{{ vars.list }}'",
    ] {
        assert_eq!(shown(&cards(source, "", &[])), one, "{source}");
    }
    for (name, text) in [
        ("data/cards.csv", "\u{feff}id;title\r\na-1;\"Aurora fog\"\r\n"),
        ("cards.tsv", "id\ttitle\nA 1\tAurora fog\n"),
        ("cards.json", "[\n\t{ \"id\": \"a-1\",\r\n\t\"title\": \"Aurora\\u0020fog\" }\n]"),
        ("cards.yaml", "- { id: a-1, title: Aurora fog }\n"),
        ("cards.yml", "a-1: { title: Aurora fog }\n"),
    ] {
        assert_eq!(shown(&cards(name, "", &[(name, text)])), one, "{name}");
    }
    let scalars = film(
        "version: 1\nscenes: { c: { type: t2v, prompt: '{{item}}', for_each: [Red, 5] } }\n",
        &[],
    );
    assert_eq!(shown(&scalars), [("c.red", "Red"), ("c.5", "5")]);
}

#[test]
fn json_may_contain_any_character() {
    let text = r#"[{ "id": "a", "title": "\ud83d\ude00 \"\/\u00e9\n" }]"#;
    assert_eq!(shown(&cards("c.json", "", &[("c.json", text)])), [("card.a", "😀 \"/é")]);
}

#[test]
fn a_row_does_not_depend_on_other_rows() {
    let seeds = |text: &str| -> HashMap<String, Option<Seed>> {
        let film = cards("c.csv", ", key: '{{item.sku}}'", &[("c.csv", text)]);
        let seed = |scene: &kling_build::storyboard::Scene| scene.clip().unwrap().seed;
        film.scenes.iter().map(|scene| (scene.id.to_string(), seed(scene))).collect()
    };
    let before = seeds("sku,title\na,Aurora\nb,Borealis\n");
    let after = seeds("title,sku\nCorona,c\nBorealis,b\nAurora,a\n");
    assert_eq!(before["card.a"], after["card.a"]);
    assert_eq!(before["card.b"], after["card.b"]);
    assert_ne!(before["card.a"], before["card.b"]);
}

#[test]
fn rows_fill_every_field_in_every_variant() {
    let film = film(
        "version: 1\nmatrix: { lang: [en, de] }\nscenes:\n  \
         card:\n    for_each: cards.csv\n    type: t2v\n    \
         prompt: \"{{lookup item lang}} {{scene.id}} {{scene.index}}{{#if item.note}}!{{/if}}\"\n    \
         duration: '{{item.secs}}'\n    aspect_ratio: '{{item.shape}}'\n  \
         end:\n    for_each: cards.csv\n    type: i2v\n    prompt: '{{default item.note \"fog\"}}'\n    \
         image: { scene: 'card.{{item.id}}' }\n    aspect_ratio: '{{item.shape}}'\n  \
         last: { type: t2v, prompt: '{{scene.index}}', after: [card] }\n\
         cuts: { all: { scenes: [card, end] } }\n",
        &[(
            "cards.csv",
            "id,en,de,secs,shape,note\na,fog,Nebel,5,16:9,\nb,rain,Regen,10,16:9,wet\n",
        )],
    );
    assert_eq!(
        shown(&film),
        [
            ("card.a.en", "fog card.a 1"),
            ("card.a.de", "Nebel card.a 1"),
            ("card.b.en", "rain card.b 2!"),
            ("card.b.de", "Regen card.b 2!"),
            ("end.a.en", "fog"),
            ("end.a.de", "fog"),
            ("end.b.en", "wet"),
            ("end.b.de", "wet"),
            ("last.en", "5"),
            ("last.de", "5"),
        ]
    );
    let scene = |id: &str| film.scene(&id.parse().unwrap()).unwrap();
    assert_eq!(scene("card.b.de").clip().unwrap().duration, Some(10));
    assert_eq!(scene("end.b.de").sources().next().unwrap().1.as_str(), "card.b.de");
    let after: Vec<&str> = scene("last.de").after.iter().map(|id| id.as_str()).collect();
    assert_eq!(after, ["card.a.de", "card.b.de"]);
    let cut: Vec<&str> = film.cuts[1].scenes().map(|id| id.as_str()).collect();
    assert_eq!(cut, ["card.a.de", "card.b.de", "end.a.de", "end.b.de"]);
}

#[test]
fn a_thousand_rows_can_be_looped_over() {
    let rows: String = (0..2_000).map(|n| format!("r{n},x\n")).collect();
    let film = film(
        "version: 1\nvars: { looks: [teal, amber] }\npartials: { look: '{{#each looks}}{{this}} {{/each}}' }\n\
         scenes: { c: { type: t2v, prompt: '{{> look}}{{item.id}}', for_each: c.csv } }\n",
        &[("c.csv", &format!("id,n\n{rows}"))],
    );
    assert_eq!(film.scenes[1_999].prompt(), Some("teal amber r1999"));
}
