//! From the document to the film: every part is resolved, even if others have errors.

use super::cuts;
use super::defaults::{DefaultsByType, SceneContext};
use super::dependencies;
use super::scene_names::SceneIndex;
use super::scenes;
use super::unused;
use crate::base::text::excerpt;
use crate::base::{Credits, Diagnostic, Place, Span};
use crate::catalog::{Catalog, Dialect};
use crate::storyboard::expand::matrix;
use crate::storyboard::film::places::{PlaceIndex, Places, ScenePlace};
use crate::storyboard::film::resolved::{Cut, Film, Hosting, Scene};
use crate::storyboard::schema::document;
use crate::storyboard::schema::document::Storyboard;
use crate::storyboard::schema::reader::{ReadMap, read};
use crate::storyboard::schema::written::Written;
use crate::storyboard::scope::characters;
use crate::storyboard::scope::declarations::Overrides;
use crate::storyboard::scope::locations;
use crate::storyboard::scope::partials;
use crate::storyboard::scope::resolver::Resolver;
use crate::storyboard::scope::variables;
use crate::storyboard::template::names::ReadStage;

/// Resolves a document; errors go to the resolver's findings.
pub(in crate::storyboard) fn resolve(
    resolver: &mut Resolver,
    whole: ReadMap<Storyboard>,
    overrides: &Overrides,
) -> Film {
    let ReadMap { fields: written, meant } = whole;
    if written.version.is_some() || !meant.contains(&"version") {
        version(resolver, written.version.as_ref());
    }
    api(resolver, written.api.as_ref());
    matrix::announce(resolver, written.matrix.as_ref());
    let characters = characters::declare(resolver, written.characters);
    variables::bind(resolver, written.vars, &characters, overrides);
    characters::bind(resolver, characters);
    resolver.engine.enter(ReadStage::Film);
    let variants = matrix::bind(resolver, written.matrix.as_ref());
    let title = title(resolver, written.title.as_ref());
    let budget = written.budget.and_then(|written| budget(resolver, written.node));
    let film_seed = written.seed.and_then(|written| film_seed(resolver, written.node));
    let hosting = written.hosting.and_then(|written| hosting(resolver, &written));
    let preview_fonts =
        written.preview.map(|written| fonts(resolver, &written)).unwrap_or_default();
    resolver.engine.enter(ReadStage::Scenes);
    partials::bind(resolver, written.partials);

    let defaults = written
        .defaults
        .map(|written| DefaultsByType::read(resolver, &written))
        .unwrap_or_default();
    if written.scenes.is_none() && !meant.contains(&"scenes") {
        no_scenes(resolver);
    }
    let rows = written.scenes.map(|rows| rows.0).unwrap_or_default();
    empty_scenes(resolver);
    let setting = SceneContext { defaults, film_seed, variants: &variants };
    let mut scenes = scenes::resolve(resolver, &rows, &setting);
    partials::check_unused(resolver);
    let rows = written.cuts.map(|rows| rows.0).unwrap_or_default();
    // Other scenes may refer to scenes that could not be read.
    let is_whole = !resolver.engine.is_incomplete() && !meant.contains(&"scenes");
    let index = SceneIndex::of(&scenes, is_whole);
    let needs = dependencies::check(resolver, &scenes, &index);
    let mut spots = PlaceIndex::default();
    let mut cuts = Vec::new();
    for row in &rows {
        cuts.extend(cuts::resolve(resolver, row, &scenes, &index, &variants));
    }
    cuts::check_former_names(resolver, &cuts);
    spots.cuts.extend(cuts.iter().map(|resolved| (resolved.cut.id.clone(), resolved.key)));
    let cuts: Vec<Cut> = cuts.into_iter().map(|resolved| resolved.cut).collect();
    needs.fill_in(&mut scenes);
    unused::check_uncut(resolver, &scenes, &cuts);
    unused::check(resolver);
    let is_right = |at: &usize| !needs.wrong.contains(at);
    let right = scenes.into_iter().enumerate().filter(|(at, _)| is_right(at));
    let scenes: Vec<Scene> = right
        .filter_map(|(_, named)| {
            let scene = named.outcome.scene?;
            let spot = ScenePlace { entry: named.entry, row: named.row };
            spots.scenes.insert(scene.id.clone(), spot);
            Some(scene)
        })
        .collect();
    spots.pictures = std::mem::take(&mut resolver.pictures);
    spots.outside = std::mem::take(&mut resolver.outside);
    Film {
        title,
        api: resolver.dialect,
        budget,
        hosting,
        preview_fonts,
        scenes,
        cuts,
        places: Places::new(&resolver.tree, spots),
    }
}

fn version(
    resolver: &mut Resolver,
    written: Option<&Written<crate::storyboard::schema::value_schemas::FormatVersion>>,
) {
    let tree = resolver.tree.clone();
    let Some(written) = written else {
        let start = tree.node(tree.root).span.start;
        let line = tree.source.text()[start..].split(['\n', '\r']).next().map_or(0, str::len);
        let diagnostic = Diagnostic::error("missing-field", "the storyboard has no `version`")
            .at(Place::new(&tree.source, Span::new(start, start + line)))
            .label("add `version: 1` above this line");
        resolver.findings.add(diagnostic);
        return;
    };
    let Some(text) = resolver.text("`version`", written.node, None) else { return };
    if text.trim() == "1" {
        return;
    }
    let label = match text.trim().parse::<u32>() {
        Ok(newer) if newer > 1 => "this kling-build reads only version 1",
        _ => "write `version: 1`",
    };
    let message = format!("unsupported version `{}`", excerpt(&text));
    resolver.error("unknown-version", message, written.node, label);
}

fn api(
    resolver: &mut Resolver,
    written: Option<&Written<crate::storyboard::schema::value_schemas::ApiName>>,
) {
    let Some(written) = written else { return };
    if let Some(dialect) = resolver.term::<Dialect>("`api`", written.node, None) {
        resolver.dialect = dialect;
        resolver.catalog = Catalog::embedded().dialect(dialect);
    }
}

fn title<T>(resolver: &mut Resolver, written: Option<&Written<T>>) -> Option<String> {
    let title = resolver.text("`title`", written?.node, None).map(|title| title.trim().to_string());
    resolver.engine.learn(|names| {
        names.title.clone_from(&title);
        if title.is_none() {
            // The title exists, and its error has been reported.
            names.broken.insert("title".to_string());
        }
    });
    title
}

fn budget(
    resolver: &mut Resolver,
    node: crate::storyboard::text::yaml::tree::NodeId,
) -> Option<Credits> {
    let text = resolver.text("`budget`", node, None)?;
    if let Some((shown, credits)) = dollars(text.trim()) {
        let message = format!("`budget` must be a number of credits, not `{shown}`");
        let label = format!("{shown} is {credits} credits: write `{credits}`");
        resolver.error("wrong-type", message, node, label);
        return None;
    }
    let number = resolver.number("`budget`", "a number of credits", node, None)?;
    let credits = Credits::from_f64(number);
    if credits.is_none() {
        let message = format!("`budget` cannot be {number}");
        resolver.error("wrong-budget", message, node, "write 0 or more");
    }
    credits
}

/// An amount such as `$20`, with its value in credits, if the text is one.
fn dollars(text: &str) -> Option<(&str, Credits)> {
    let amount = text.strip_prefix('$').or_else(|| text.strip_suffix('$'))?;
    let amount = amount.trim().parse::<f64>().ok().filter(|amount| *amount >= 0.0)?;
    Some((text, Credits::from_dollars(amount)?))
}

fn film_seed(
    resolver: &mut Resolver,
    node: crate::storyboard::text::yaml::tree::NodeId,
) -> Option<u64> {
    let text = resolver.text("`seed`", node, None)?;
    let seed = text.trim().parse::<u64>().ok();
    if seed.is_none() {
        let message = format!("`{}` is not a valid film seed", excerpt(&text));
        let label =
            "write a whole number, 0 or more; scenes with `seed: auto` derive theirs from it";
        resolver.error("wrong-seed", message, node, label);
    }
    seed
}

fn hosting(
    resolver: &mut Resolver,
    written: &Written<document::WrittenHosting>,
) -> Option<Hosting> {
    let tree = resolver.tree.clone();
    let found =
        read::<document::WrittenHosting>(&tree, written.node, "`hosting`", &mut resolver.findings)?;
    let Some(base_url) = found.fields.base_url else {
        if found.meant.contains(&"base_url") {
            return None;
        }
        let label = "add `base_url: https://…`";
        resolver.error("missing-field", "`hosting` has no `base_url`", written.node, label);
        return None;
    };
    let text = resolver.text("`base_url`", base_url.node, None)?;
    let base_url = locations::url(resolver, "`base_url`", base_url.node, text.trim())?;
    Some(Hosting { base_url })
}

fn fonts(resolver: &mut Resolver, written: &Written<document::Preview>) -> Vec<String> {
    let tree = resolver.tree.clone();
    let found = read::<document::Preview>(&tree, written.node, "`preview`", &mut resolver.findings);
    let Some(fonts) = found.and_then(|found| found.fields.fonts) else { return Vec::new() };
    let items = resolver.list("`fonts`", fonts.node).unwrap_or_default();
    let mut paths = Vec::new();
    for item in items {
        if let Some(text) = resolver.text("a font", item, None) {
            paths.extend(locations::checked_path(resolver, "a font", item, text.trim()));
        }
    }
    paths
}

/// Reports that there are no scenes.
fn no_scenes(resolver: &mut Resolver) {
    let root = resolver.tree.root;
    let message = "the storyboard has no `scenes`";
    resolver.error("missing-field", message, root, "add `scenes:` with at least one scene");
}

/// Reports that `scenes` is empty.
fn empty_scenes(resolver: &mut Resolver) {
    let tree = resolver.tree.clone();
    if let Some(entry) = tree.entry(&["scenes"])
        && tree.map(entry.value).is_some_and(|map| map.entries().is_empty())
    {
        let label = "add at least one scene";
        resolver.error("missing-field", "the storyboard has no scenes", entry.key, label);
    }
}
