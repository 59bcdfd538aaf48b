//! From the document to the film: every part is read, whatever is wrong with the others.

use super::characters;
use super::cuts;
use super::defaults::Defaults;
use super::dependencies;
use super::desk::{Desk, shorten};
use super::document::{self, Storyboard, Written};
use super::film::{Cut, Film, Hosting, Scene};
use super::matrix;
use super::partials;
use super::places::{Places, SceneSpot, Spots};
use super::read::Overrides;
use super::reader::{Read, read};
use super::roster::Roster;
use super::scenes::{self, Setting};
use super::sources;
use super::template::Stage;
use super::uncut;
use super::unused;
use super::variables;
use crate::base::{Credits, Diagnostic, Place, Span};
use crate::catalog::{Catalog, Dialect};

/// Resolves a document; what is wrong goes to the desk's findings.
pub(super) fn resolve(desk: &mut Desk, whole: Read<Storyboard>, overrides: &Overrides) -> Film {
    let Read { fields: written, meant } = whole;
    if written.version.is_some() || !meant.contains(&"version") {
        version(desk, written.version.as_ref());
    }
    api(desk, written.api.as_ref());
    matrix::announce(desk, written.matrix.as_ref());
    let characters = characters::declare(desk, written.characters);
    variables::bind(desk, written.vars, &characters, overrides);
    characters::bind(desk, characters);
    desk.engine.enter(Stage::Film);
    let variants = matrix::bind(desk, written.matrix.as_ref());
    let title = title(desk, written.title.as_ref());
    let budget = written.budget.and_then(|written| budget(desk, written.node));
    let film_seed = written.seed.and_then(|written| film_seed(desk, written.node));
    let hosting = written.hosting.and_then(|written| hosting(desk, &written));
    let preview_fonts = written.preview.map(|written| fonts(desk, &written)).unwrap_or_default();
    desk.engine.enter(Stage::Scenes);
    partials::bind(desk, written.partials);

    let defaults =
        written.defaults.map(|written| Defaults::read(desk, &written)).unwrap_or_default();
    if written.scenes.is_none() && !meant.contains(&"scenes") {
        no_scenes(desk);
    }
    let rows = written.scenes.map(|rows| rows.0).unwrap_or_default();
    empty_scenes(desk);
    let setting = Setting { defaults, film_seed, variants: &variants };
    let mut scenes = scenes::resolve(desk, &rows, &setting);
    partials::check_unused(desk);
    let rows = written.cuts.map(|rows| rows.0).unwrap_or_default();
    // What was meant as a scene and could not be read may be named by others.
    let is_whole = !desk.engine.is_incomplete() && !meant.contains(&"scenes");
    let roster = Roster::of(&scenes, is_whole);
    let needs = dependencies::check(desk, &scenes, &roster);
    let mut spots = Spots::default();
    let mut cuts = Vec::new();
    for row in &rows {
        cuts.extend(cuts::resolve(desk, row, &scenes, &roster, &variants));
    }
    cuts::check_former_names(desk, &cuts);
    spots.cuts.extend(cuts.iter().map(|resolved| (resolved.cut.id.clone(), resolved.key)));
    let cuts: Vec<Cut> = cuts.into_iter().map(|resolved| resolved.cut).collect();
    needs.fill_in(&mut scenes);
    uncut::check(desk, &scenes, &cuts);
    unused::check(desk);
    let is_right = |at: &usize| !needs.wrong.contains(at);
    let right = scenes.into_iter().enumerate().filter(|(at, _)| is_right(at));
    let scenes: Vec<Scene> = right
        .filter_map(|(_, named)| {
            let scene = named.outcome.scene?;
            let spot = SceneSpot { entry: named.entry, row: named.row };
            spots.scenes.insert(scene.id.clone(), spot);
            Some(scene)
        })
        .collect();
    spots.pictures = std::mem::take(&mut desk.pictures);
    spots.outside = std::mem::take(&mut desk.outside);
    Film {
        title,
        api: desk.dialect,
        budget,
        hosting,
        preview_fonts,
        scenes,
        cuts,
        places: Places::new(&desk.tree, spots),
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

/// Reports that `scenes` is there and holds none.
fn empty_scenes(desk: &mut Desk) {
    let tree = desk.tree.clone();
    if let Some(entry) = tree.entry(&["scenes"])
        && tree.map(entry.value).is_some_and(|map| map.entries().is_empty())
    {
        let label = "write at least one scene here";
        desk.error("missing-field", "the storyboard has no scenes", entry.key, label);
    }
}
