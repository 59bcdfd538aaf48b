//! From the document to the film: every part is resolved, even if others have errors.

use super::catalog;
use super::cuts;
use super::defaults::{DefaultsByType, SceneContext};
use super::dependencies;
use super::frames;
use super::hosting;
use super::profiles::{self, FilmProfiles};
use super::scene_names::SceneIndex;
use super::scenes;
use super::unused;
use crate::base::text::excerpt;
use crate::base::{Credits, Diagnostic, Place, Span};
use crate::catalog::Quality;
use crate::storyboard::data::files::DataFiles;
use crate::storyboard::expand::matrix;
use crate::storyboard::film::places::{PlaceIndex, Places, ScenePlace};
use crate::storyboard::film::resolved::{Cut, Film, Scene};
use crate::storyboard::schema::document;
use crate::storyboard::schema::document::Storyboard;
use crate::storyboard::schema::reader::{ReadMap, read};
use crate::storyboard::schema::written::Written;
use crate::storyboard::scope::characters;
use crate::storyboard::scope::declarations::Overrides;
use crate::storyboard::scope::findings::Findings;
use crate::storyboard::scope::locations;
use crate::storyboard::scope::partials;
use crate::storyboard::scope::values::Scope;
use crate::storyboard::scope::variables;
use crate::storyboard::template::names::ReadStage;
use crate::storyboard::text::yaml::tree::Value;

/// Resolves a document; errors go to the findings.
pub(in crate::storyboard) fn resolve(
    scope: &mut Scope,
    findings: &mut Findings,
    files: &mut DataFiles,
    whole: ReadMap<Storyboard>,
    overrides: &Overrides,
) -> Film {
    let ReadMap { fields: written, meant } = whole;
    if written.version.is_some() || !meant.contains(&"version") {
        version(scope, findings, written.version.as_ref());
    }
    let is_known = catalog::read(scope, findings, files, written.catalog.as_ref(), overrides);
    // What is wrong with scenes follows from a catalog that cannot be read.
    let catalog_error = (!is_known).then(|| std::mem::take(&mut findings.diagnostics));
    catalog::api(scope, findings, written.api.as_ref(), overrides);
    matrix::announce(scope, findings, written.matrix.as_ref());
    let characters = characters::declare(scope, findings, written.characters);
    variables::bind(scope, findings, written.vars, &characters, overrides);
    characters::bind(scope, characters);
    scope.renderer.enter(ReadStage::Film);
    let variants = matrix::bind(scope, findings, written.matrix.as_ref());
    let title = title(scope, findings, written.title.as_ref());
    let budget = written.budget.and_then(|written| budget(scope, findings, written.node));
    let quality = written
        .quality
        .and_then(|written| scope.term::<Quality>("`quality`", written.node, None, findings));
    let film_seed = written.seed.and_then(|written| film_seed(scope, findings, written.node));
    let hosting =
        written.hosting.and_then(|written| hosting::read_hosting(scope, findings, &written));
    let preview_fonts =
        written.preview.map(|written| fonts(scope, findings, &written)).unwrap_or_default();
    let is_readable = !meant.contains(&"profiles");
    let chosen = overrides.profile.as_ref();
    let FilmProfiles { chosen: profile, names: profiles } =
        profiles::read(scope, findings, written.profiles, chosen, is_readable);
    let profile_name = profile.as_ref().map(|profile| profile.name.clone());
    scope.renderer.enter(ReadStage::Scenes);
    partials::bind(scope, findings, written.partials);

    let defaults = written
        .defaults
        .map(|written| DefaultsByType::read(scope, findings, &written))
        .unwrap_or_default();
    if written.scenes.is_none() && !meant.contains(&"scenes") {
        no_scenes(scope, findings);
    }
    let rows = written.scenes.map(|rows| rows.0).unwrap_or_default();
    empty_scenes(scope, findings);
    let setting = SceneContext { defaults, profile, film_seed, variants: &variants };
    let mut scenes = scenes::resolve(scope, findings, files, &rows, &setting);
    partials::check_unused(scope, findings);
    let rows = written.cuts.map(|rows| rows.0).unwrap_or_default();
    // Other scenes may refer to scenes that could not be read.
    let is_whole = !scope.renderer.is_incomplete() && !meant.contains(&"scenes");
    let index = SceneIndex::of(&scenes, is_whole);
    let needs = dependencies::check(scope, findings, &scenes, &index);
    let mut spots = PlaceIndex::default();
    let mut cuts = Vec::new();
    for row in &rows {
        cuts.extend(cuts::resolve(scope, findings, row, &scenes, &index, &variants));
    }
    cuts::check_former_names(scope, findings, &cuts);
    spots.cuts.extend(cuts.iter().map(|resolved| (resolved.cut.id.clone(), resolved.key)));
    let cuts: Vec<Cut> = cuts.into_iter().map(|resolved| resolved.cut).collect();
    needs.fill_in(&mut scenes);
    unused::check_uncut(scope, findings, &scenes, &cuts);
    unused::check(scope, findings);
    spots.pictures =
        scenes.iter_mut().flat_map(|scene| std::mem::take(&mut scene.outcome.pictures)).collect();
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
    let scenes = frames::with_used_ends(scenes);
    if let Some(error) = catalog_error {
        findings.diagnostics = error;
    }
    spots.outside = std::mem::take(&mut scope.overridden);
    spots.profile.clone_from(&profile_name);
    Film {
        title,
        profile: profile_name,
        profiles,
        catalog: scope.whole_catalog,
        api: scope.dialect,
        api_is_given: overrides.api.is_some(),
        budget,
        quality,
        hosting,
        preview_fonts,
        scenes,
        cuts,
        places: Places::new(&scope.tree, spots),
    }
}

fn version(
    scope: &mut Scope,
    findings: &mut Findings,
    written: Option<&Written<crate::storyboard::schema::value_schemas::FormatVersion>>,
) {
    let tree = scope.tree.clone();
    let Some(written) = written else {
        let start = tree.node(tree.root).span.start;
        let line = tree.source.text()[start..].split(['\n', '\r']).next().map_or(0, str::len);
        let diagnostic = Diagnostic::error("missing-field", "the storyboard has no `version`")
            .at(Place::new(&tree.source, Span::new(start, start + line)))
            .label("add `version: 1` above this line");
        findings.add(diagnostic);
        return;
    };
    let Some(text) = scope.text("`version`", written.node, None, findings) else { return };
    if text.trim() == "1" {
        return;
    }
    let label = match text.trim().parse::<u32>() {
        Ok(newer) if newer > 1 => "this kling-build reads only version 1",
        _ => "write `version: 1`",
    };
    let message = format!("unsupported version `{}`", excerpt(&text));
    findings.error("unknown-version", message, written.node, label);
}

fn title<T>(
    scope: &mut Scope,
    findings: &mut Findings,
    written: Option<&Written<T>>,
) -> Option<String> {
    let title =
        scope.text("`title`", written?.node, None, findings).map(|title| title.trim().to_string());
    scope.renderer.learn(|names| {
        names.title.clone_from(&title);
        if title.is_none() {
            // The title exists, and its error has been reported.
            names.broken.insert("title".to_string());
        }
    });
    title
}

fn budget(
    scope: &mut Scope,
    findings: &mut Findings,
    node: crate::storyboard::text::yaml::tree::NodeId,
) -> Option<Credits> {
    let text = scope.text("`budget`", node, None, findings)?;
    if let Some((shown, credits)) = dollars(text.trim()) {
        let message = format!("`budget` must be a number of credits, not `{shown}`");
        let label = format!("{shown} is {credits} credits: write `{credits}`");
        findings.error("wrong-type", message, node, label);
        return None;
    }
    let number = scope.number("`budget`", "a number of credits", node, None, findings)?;
    let credits = Credits::from_f64(number);
    if credits.is_none() {
        let message = format!("`budget` cannot be {number}");
        findings.error("wrong-budget", message, node, "write 0 or more");
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
    scope: &mut Scope,
    findings: &mut Findings,
    node: crate::storyboard::text::yaml::tree::NodeId,
) -> Option<u64> {
    let text = scope.text("`seed`", node, None, findings)?;
    let seed = text.trim().parse::<u64>().ok();
    if seed.is_none() {
        let message = format!("`{}` is not a valid film seed", excerpt(&text));
        let label =
            "write a whole number, 0 or more; scenes with `seed: auto` derive theirs from it";
        findings.error("wrong-seed", message, node, label);
    }
    seed
}

fn fonts(
    scope: &mut Scope,
    findings: &mut Findings,
    written: &Written<document::Preview>,
) -> Vec<String> {
    let tree = scope.tree.clone();
    let found =
        read::<document::Preview>(&tree, written.node, "`preview`", &mut findings.diagnostics);
    let Some(fonts) = found.and_then(|found| found.fields.fonts) else { return Vec::new() };
    let items = scope.list("`fonts`", fonts.node, findings).unwrap_or_default();
    let mut paths = Vec::new();
    for item in items {
        if let Some(text) = scope.text("a font", item, None, findings) {
            paths.extend(locations::checked_path(scope, findings, "a font", item, text.trim()));
        }
    }
    paths
}

/// Reports that there are no scenes.
fn no_scenes(scope: &Scope, findings: &mut Findings) {
    let root = scope.tree.root;
    let message = "the storyboard has no `scenes`";
    findings.error("missing-field", message, root, "add `scenes:` with at least one scene");
}

/// Reports that `scenes` is empty.
fn empty_scenes(scope: &Scope, findings: &mut Findings) {
    let tree = scope.tree.clone();
    if let Some(entry) = tree.entry(&["scenes"])
        && match tree.value(entry.value) {
            Value::Map(map) => map.entries().is_empty(),
            Value::List(items) => items.is_empty(),
            _ => false,
        }
    {
        let label = "add at least one scene";
        findings.error("missing-field", "the storyboard has no scenes", entry.key, label);
    }
}
