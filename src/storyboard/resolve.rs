//! From the document to the film: every part is read, whatever is wrong with the others.

use std::collections::HashMap;

use super::cuts;
use super::dependencies::{self, Named};
use super::desk::{Desk, shorten};
use super::document::{self, Defaults, Row, Storyboard, Written};
use super::film::{Film, Hosting, Scene};
use super::ids::checked_id;
use super::partials;
use super::places::Places;
use super::read::Overrides;
use super::reader::{Read, read};
use super::scene::{self, Outcome};
use super::sources;
use super::template::{SceneNames, Stage};
use super::variables;
use crate::base::{Credits, Diagnostic, Place, SceneId, Span};
use crate::catalog::{Catalog, Dialect};

/// Resolves a document; what is wrong goes to the desk's findings.
pub(super) fn resolve(desk: &mut Desk, whole: Read<Storyboard>, overrides: &Overrides) -> Film {
    let Read { fields: written, meant } = whole;
    if written.version.is_some() || !meant.contains(&"version") {
        version(desk, written.version.as_ref());
    }
    api(desk, written.api.as_ref());
    variables::bind(desk, written.vars, overrides);
    desk.engine.enter(Stage::Film);
    let title = title(desk, written.title.as_ref());
    let budget = written.budget.and_then(|written| budget(desk, written.node));
    let film_seed = written.seed.and_then(|written| film_seed(desk, written.node));
    let hosting = written.hosting.and_then(|written| hosting(desk, &written));
    let preview_fonts = written.preview.map(|written| fonts(desk, &written)).unwrap_or_default();
    desk.engine.enter(Stage::Scenes);
    partials::bind(desk, written.partials);

    let defaults = written.defaults.and_then(|written| {
        let tree = desk.tree.clone();
        read::<Defaults>(&tree, written.node, "`defaults`", &mut desk.findings)
            .map(|read| read.fields)
    });
    if written.scenes.is_none() && !meant.contains(&"scenes") {
        no_scenes(desk);
    }
    let rows = written.scenes.map(|rows| rows.0).unwrap_or_default();
    let scenes = scenes(desk, &rows, defaults.as_ref(), film_seed);
    partials::check_unused(desk);
    let mut wrong = dependencies::check(desk, &scenes);
    wrong.extend((0..scenes.len()).filter(|at| scenes[*at].outcome.scene.is_none()));
    let by_name: HashMap<&str, Option<&Scene>> =
        scenes.iter().map(|scene| (scene.name.as_str(), scene.outcome.scene.as_ref())).collect();
    let rows = written.cuts.map(|rows| rows.0).unwrap_or_default();
    let cuts = rows.iter().filter_map(|row| cuts::resolve(desk, row, &by_name)).collect();
    let right = scenes.into_iter().enumerate().filter(|(at, _)| !wrong.contains(at));
    Film {
        title,
        api: desk.dialect,
        budget,
        hosting,
        preview_fonts,
        scenes: right.filter_map(|(_, scene)| scene.outcome.scene).collect(),
        cuts,
        places: Places::new(&desk.tree),
    }
}

fn version(desk: &mut Desk, written: Option<&Written<super::written::Version>>) {
    let tree = desk.tree.clone();
    let Some(written) = written else {
        let start = tree.node(tree.root).span.start;
        let line = tree.source.text()[start..].split(['\n', '\r']).next().map_or(0, str::len);
        let diagnostic = Diagnostic::error("missing-field", "the storyboard has no `version`")
            .at(Place::new(&tree.source, Span::new(start, start + line)))
            .label("add `version: 1` above this line");
        desk.findings.add(diagnostic);
        return;
    };
    let Some(text) = desk.text("`version`", written.node, None) else { return };
    if text.trim() == "1" {
        return;
    }
    let label = match text.trim().parse::<u32>() {
        Ok(newer) if newer > 1 => "a newer kling-build reads this; this one reads version 1",
        _ => "write `version: 1`",
    };
    let message = format!("version `{}` is not known", shorten(&text));
    desk.error("unknown-version", message, written.node, label);
}

fn api(desk: &mut Desk, written: Option<&Written<super::written::ApiName>>) {
    let Some(written) = written else { return };
    if let Some(dialect) = desk.term::<Dialect>("`api`", written.node, None) {
        desk.dialect = dialect;
        desk.catalog = Catalog::embedded().dialect(dialect);
    }
}

fn title<T>(desk: &mut Desk, written: Option<&Written<T>>) -> Option<String> {
    let title = desk.text("`title`", written?.node, None).map(|title| title.trim().to_string());
    desk.engine.learn(|names| {
        names.title.clone_from(&title);
        if title.is_none() {
            // It is there, and what is wrong with it has been said.
            names.broken.insert("title".to_string());
        }
    });
    title
}

fn budget(desk: &mut Desk, node: super::yaml::NodeId) -> Option<Credits> {
    let number = desk.number("`budget`", "a number of credits", node, None)?;
    let credits = Credits::from_f64(number);
    if credits.is_none() {
        let message = format!("`{number}` is no amount of credits");
        desk.error("wrong-budget", message, node, "write 0 or more credits");
    }
    credits
}

fn film_seed(desk: &mut Desk, node: super::yaml::NodeId) -> Option<u64> {
    let text = desk.text("`seed`", node, None)?;
    let seed = text.trim().parse::<u64>().ok();
    if seed.is_none() {
        let message = format!("`{}` is no seed for a film", shorten(&text));
        let label = "write a whole number from 0; scenes with `seed: auto` get theirs from it";
        desk.error("wrong-seed", message, node, label);
    }
    seed
}

fn hosting(desk: &mut Desk, written: &Written<document::Hosting>) -> Option<Hosting> {
    let tree = desk.tree.clone();
    let found = read::<document::Hosting>(&tree, written.node, "`hosting`", &mut desk.findings)?;
    let Some(base_url) = found.fields.base_url else {
        if found.meant.contains(&"base_url") {
            return None;
        }
        let label = "add `base_url: https://…`";
        desk.error("missing-field", "`hosting` has no `base_url`", written.node, label);
        return None;
    };
    let text = desk.text("`base_url`", base_url.node, None)?;
    let base_url = sources::url(desk, "`base_url`", base_url.node, text.trim())?;
    Some(Hosting { base_url })
}

fn fonts(desk: &mut Desk, written: &Written<document::Preview>) -> Vec<String> {
    let tree = desk.tree.clone();
    let found = read::<document::Preview>(&tree, written.node, "`preview`", &mut desk.findings);
    let Some(fonts) = found.and_then(|found| found.fields.fonts) else { return Vec::new() };
    let items = desk.list("`fonts`", fonts.node).unwrap_or_default();
    let mut paths = Vec::new();
    for item in items {
        if let Some(text) = desk.text("a font", item, None) {
            paths.extend(sources::checked_path(desk, "a font", item, text.trim()));
        }
    }
    paths
}

/// Reports that there is nothing to film.
fn no_scenes(desk: &mut Desk) {
    let root = desk.tree.root;
    let message = "the storyboard has no `scenes`";
    desk.error("missing-field", message, root, "add `scenes:` with at least one scene");
}

fn scenes(
    desk: &mut Desk,
    rows: &[Row<document::Scene>],
    defaults: Option<&Defaults>,
    film_seed: Option<u64>,
) -> Vec<Named> {
    let tree = desk.tree.clone();
    let written = tree.entry(&["scenes"]);
    if let Some(entry) = written
        && tree.map(entry.value).is_some_and(|map| map.entries().is_empty())
    {
        let label = "write at least one scene here";
        desk.error("missing-field", "the storyboard has no scenes", entry.key, label);
    }
    let mut named = Vec::with_capacity(rows.len());
    for (at, row) in rows.iter().enumerate() {
        let name = tree.scalar(row.key).map(|key| key.text.to_string()).unwrap_or_default();
        let id = checked_id::<SceneId>(desk, row.key, "scene");
        let noun = format!("scene `{}`", shorten(&name));
        let names = SceneNames { id: name.clone(), index: at + 1 };
        let found = read::<document::Scene>(&tree, row.value.node, &noun, &mut desk.findings);
        let outcome = match found {
            Some(found) => scene::resolve(desk, id, &names, row.key, &found, defaults, film_seed),
            None => Outcome::default(),
        };
        named.push(Named { name, outcome });
    }
    named
}

/// Reports that the text is YAML, but not a map.
pub(super) fn not_a_storyboard(desk: &mut Desk) {
    let root = desk.tree.root;
    let kind = desk.tree.kind(root);
    let message = format!("a storyboard wants `name: value` lines at its top, and this is {kind}");
    desk.error("wrong-type", message, root, "start with `version: 1`");
}
