//! for_each: one written scene, expanded once for each row of a list.
//!
//! A row is named by its key and never by its number, so that rows can be added, removed and
//! reordered without turning another row into another scene.

use std::collections::HashMap;
use std::rc::Rc;

use super::collection;
use super::row_union;
use crate::base::text::excerpt;
use crate::base::{Diagnostic, Place};
use crate::storyboard::data::elements::CollectionItem;

use super::data_rows;
use crate::storyboard::data::files::DataFiles;
use crate::storyboard::data::files::DataRows;
use crate::storyboard::limits::SCENES_MAX;
use crate::storyboard::schema::document::WrittenScene;
use crate::storyboard::schema::value_schemas::RowsForm;
use crate::storyboard::schema::written::Written;
use crate::storyboard::scope::findings::Findings;
use crate::storyboard::scope::values::Scope;
use crate::storyboard::template::names::SceneNames;
use crate::storyboard::template::names::SceneValue;
use crate::storyboard::text::name_part::part;
use crate::storyboard::text::yaml::tree::{NodeId, Value};

/// One row of a scene.
pub(in crate::storyboard) struct SceneRow {
    /// Its name in the scene's name.
    pub part: String,
    /// Its values for templates.
    pub given: SceneValue,
}

/// The rows of a scene.
pub(in crate::storyboard) struct SceneRows {
    /// The valid rows; empty if the scene has no `for_each`.
    pub rows: Vec<SceneRow>,
    /// Whether these are all; the errors in the others have been reported.
    pub is_whole: bool,
}

impl SceneRows {
    /// The rows of a scene without `for_each`.
    pub(in crate::storyboard) fn none() -> Self {
        SceneRows { rows: Vec::new(), is_whole: true }
    }
}

/// The rows of the scene with that name.
pub(in crate::storyboard) fn rows(
    scope: &mut Scope,
    findings: &mut Findings,
    files: &mut DataFiles,
    name: &str,
    scene: &WrittenScene,
) -> SceneRows {
    let Some(written) = &scene.for_each else {
        scope.renderer.enter_scene(None);
        if let Some(key) = &scene.key {
            let message = format!("scene `{}` has a `key` but no `for_each`", excerpt(name));
            let label = "`key` names the rows of a `for_each`: remove it";
            findings.error("field-not-taken", message, key.node, label);
        }
        return SceneRows::none();
    };
    let found = some_rows(scope, findings, files, name, scene, written);
    let found = found.unwrap_or(SceneRows { rows: Vec::new(), is_whole: false });
    if found.rows.is_empty() {
        // The scene's uses of its rows cannot be checked; the rest of it can.
        scope.renderer.give_up_on_rows();
    }
    found
}

/// The rows of a scene with `for_each`; `None` if none is valid.
fn some_rows(
    scope: &mut Scope,
    findings: &mut Findings,
    files: &mut DataFiles,
    name: &str,
    scene: &WrittenScene,
    written: &Written<RowsForm>,
) -> Option<SceneRows> {
    let what = format!("`for_each` of scene `{}`", excerpt(name));
    let DataRows { mut elements, is_whole } = elements(scope, findings, files, &what, written)?;
    if elements.is_empty() {
        let message = format!("{what} has no rows");
        findings.error("no-rows", message, written.node, "add a row, or remove the scene");
        return None;
    }
    if elements.len() > SCENES_MAX {
        let message =
            format!("{what} has more than {SCENES_MAX} rows, the most scenes that a film can have");
        findings.error("too-many-scenes", message, written.node, "split it into several films");
        return None;
    }
    if let Some(list) = list_of_rows(&elements) {
        let name = list.name.as_deref().unwrap_or_default();
        let message = format!("{what} takes a list of rows, which is under `{}`", excerpt(name));
        let source = scope.tree.scalar(written.node).map_or("", |text| text.text.trim());
        let label = match data_rows::is_data_file(source) {
            true => "put this list alone into the file".to_string(),
            false if source.is_empty() => "write this list itself".to_string(),
            false => format!("write `for_each: {source}.{name}`"),
        };
        findings.add(Diagnostic::error("wrong-type", message).at(list.place.clone()).label(label));
        return None;
    }
    let all = row_union::union(elements.iter().map(|element| &element.value));
    elements.iter_mut().for_each(|element| row_union::fill(&mut element.value, &all));
    scope.renderer.enter_scene(Some(all));
    let named = named(scope, findings, name, scene, written.node, elements);
    Some(SceneRows { is_whole: is_whole && named.is_whole, ..named })
}

/// The only list of maps among named values of which none is a map, such as `{ shots: [{ … }] }`:
/// it is what was meant, and its name is no row.
fn list_of_rows(elements: &[CollectionItem]) -> Option<&CollectionItem> {
    let is_list = |element: &&CollectionItem| {
        let items = element.value.as_array().filter(|items| !items.is_empty());
        items.is_some_and(|items| items.iter().all(serde_json::Value::is_object))
    };
    let is_named = elements.iter().all(|it| it.name.is_some() && !it.value.is_object());
    let mut lists = elements.iter().filter(is_list);
    let first = lists.next().filter(|_| is_named)?;
    lists.next().is_none().then_some(first)
}

fn elements(
    scope: &mut Scope,
    findings: &mut Findings,
    files: &mut DataFiles,
    what: &str,
    written: &Written<RowsForm>,
) -> Option<DataRows> {
    let tree = scope.tree.clone();
    // Rows are the same in every variant, and cannot refer to each other.
    scope.renderer.enter_scene(None);
    match tree.value(written.node) {
        Value::Scalar(scalar) if data_rows::is_data_file(scalar.text.trim()) => {
            let path = scope.text(what, written.node, None, findings)?;
            data_rows::read(scope, findings, files, what, written.node, path.trim())
        }
        _ => {
            let elements = collection::read(scope, findings, what, written.node)?;
            Some(DataRows { elements, is_whole: true })
        }
    }
}

/// The rows with their names.
fn named(
    scope: &mut Scope,
    findings: &mut Findings,
    scene: &str,
    written: &WrittenScene,
    node: NodeId,
    elements: Vec<CollectionItem>,
) -> SceneRows {
    let mut rows = Vec::with_capacity(elements.len());
    let mut first: HashMap<String, Place> = HashMap::new();
    let mut is_whole = true;
    let is_named = |element: &CollectionItem| element.called().is_some();
    if written.key.is_none() && !elements.iter().any(is_named) {
        let message = format!("the rows of scene `{}` have no names", excerpt(scene));
        let label = format!("add `key: \"{{{{item.{}}}}}\"` to the scene", proposal(&elements));
        findings.error("no-name", message, node, label);
        return SceneRows { rows, is_whole: false };
    }
    for element in elements {
        let CollectionItem { value, place, .. } = &element;
        let called = match &written.key {
            Some(key) => key_of(scope, findings, scene, key.node, value, place),
            None => element.called().or_else(|| no_name(findings, scene, place)),
        };
        let part = called.and_then(|called| part_of(findings, scene, &called, place));
        let Some(part) = part else {
            is_whole = false;
            continue;
        };
        if let Some(other) = first.insert(part.clone(), place.clone()) {
            let message = format!("two rows of scene `{}` are named `{part}`", excerpt(scene));
            let diagnostic = Diagnostic::error("same-name", message)
                .at(place.clone())
                .label("give each row its own name: takes are kept under it")
                .related(other, "the other");
            findings.add(diagnostic);
            is_whole = false;
            continue;
        }
        let given = given(scene, &part, value, place);
        rows.push(SceneRow { part, given });
    }
    SceneRows { rows, is_whole }
}

fn given(scene: &str, part: &str, value: &serde_json::Value, place: &Place) -> SceneValue {
    SceneValue {
        name: "item".into(),
        value: Rc::new(value.clone()),
        label: match part {
            "" => format!("a row of scene `{scene}`").into(),
            part => format!("row `{part}` of scene `{scene}`").into(),
        },
        place: place.clone(),
    }
}

/// The name that the scene's `key` gives a row.
fn key_of(
    scope: &mut Scope,
    findings: &mut Findings,
    scene: &str,
    key: NodeId,
    value: &serde_json::Value,
    place: &Place,
) -> Option<String> {
    let given = vec![given(scene, "", value, place)];
    let names = SceneNames { id: scene.to_string(), index: 0, variant: None, given };
    scope.text("`key`", key, Some(&names), findings)
}

fn no_name(findings: &mut Findings, scene: &str, place: &Place) -> Option<String> {
    let message = format!("this row of scene `{}` has no name", excerpt(scene));
    let diagnostic = Diagnostic::error("no-name", message)
        .at(place.clone())
        .label("give it a `key` or an `id`, as the other rows have");
    findings.add(diagnostic);
    None
}

fn part_of(findings: &mut Findings, scene: &str, called: &str, place: &Place) -> Option<String> {
    let made = part(called);
    if made.is_none() {
        let called = excerpt(called);
        let message = format!("`{called}` cannot be used in a file name");
        let diagnostic = Diagnostic::error("bad-name", message)
            .at(place.clone())
            .label("use a-z and 0-9")
            .fix(format!("add a `key:` to scene `{scene}` that names a field made of a-z and 0-9"));
        findings.add(diagnostic);
    }
    made
}

/// The first field that could name the rows.
fn proposal(elements: &[CollectionItem]) -> String {
    let single = |value: &serde_json::Value| value.is_string() || value.is_number();
    let fields = elements.first().and_then(|element| element.value.as_object());
    let field = fields.and_then(|fields| fields.iter().find(|(_, value)| single(value)));
    field.map_or_else(|| "name".to_string(), |(name, _)| name.clone())
}
