//! The matrix: axes with their values, and the resulting variants.
//!
//! Every scene and every cut exists in every variant. A variant is named by its values in the order
//! of the axes, such as `en.16x9`, and templates can use each value under the name of its axis. The
//! variants are ordered by value, with the first axis changing last.

use crate::base::text::excerpt;
use crate::storyboard::limits::VARIANTS_MAX;
use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value as Json;

use super::collection;
use super::row_union;
use crate::base::{Diagnostic, Place};
use crate::storyboard::data::elements::CollectionItem;
use crate::storyboard::schema::lists;
use crate::storyboard::schema::value_schemas::MatrixForm;
use crate::storyboard::schema::written::Written;
use crate::storyboard::scope::findings::Findings;
use crate::storyboard::scope::values::Scope;
use crate::storyboard::scope::variables;
use crate::storyboard::template::names::SceneValue;
use crate::storyboard::text::name_part::part;
use crate::storyboard::text::suggestions::{did_you_mean, list};
use crate::storyboard::text::yaml::tree::{MapEntry, NodeId, Value};

/// The field that excludes variants; no axis can have this name.
const EXCLUDE: &str = "exclude";

/// One point of the matrix.
#[derive(Clone, Debug, Default)]
pub(in crate::storyboard) struct Variant {
    /// Its name; `None` if the film has no matrix.
    pub name: Option<Rc<str>>,
    /// Its value on each axis.
    pub given: Vec<SceneValue>,
}

/// A valid axis.
struct Axis {
    name: Rc<str>,
    points: Vec<AxisValue>,
}

/// A value of an axis.
struct AxisValue {
    part: String,
    given: SceneValue,
}

/// Makes the names of the axes available before anything that could use them is read.
pub(in crate::storyboard) fn announce(
    scope: &mut Scope,
    findings: &mut Findings,
    written: Option<&Written<MatrixForm>>,
) {
    for entry in entries(scope, written) {
        let name = scope.tree.key_text(entry).to_string();
        let place = scope.tree.place(entry.key);
        if variables::is_usable(scope, findings, "an axis", &name, &place) {
            scope.renderer.learn(|names| drop(names.axes.insert(name, Json::Null)));
        }
    }
}

/// The variants; a single one without a name if there is no matrix or it has no valid axis. If
/// there would be too many or none, only the first is returned, so that scenes are still checked.
pub(in crate::storyboard) fn bind(
    scope: &mut Scope,
    findings: &mut Findings,
    written: Option<&Written<MatrixForm>>,
) -> Vec<Variant> {
    let alone = || vec![Variant::default()];
    let Some(written) = written else { return alone() };
    let tree = scope.tree.clone();
    let Some(map) = tree.map(written.node) else {
        if !matches!(tree.value(written.node), Value::Broken) {
            let message =
                format!("`matrix` must be a map of axes to values, {}", tree.instead(written.node));
            let label = lists::axes_advice(&tree, written.node);
            findings.error("wrong-type", message, written.node, label);
            scope.renderer.give_up_on_file();
        }
        return alone();
    };
    let mut axes = Vec::new();
    let mut is_whole = true;
    for entry in entries(scope, Some(written)) {
        match axis(scope, findings, entry) {
            Some(axis) => axes.push(axis),
            None => {
                is_whole = false;
                let name = tree.key_text(entry).to_string();
                scope.renderer.give_up_on(&name);
            }
        }
    }
    if axes.is_empty() {
        if is_whole {
            let label = "write `lang: [en, de]` lines here, indented";
            findings.error("empty-matrix", "the matrix has no axes", written.node, label);
        }
        return alone();
    }
    let count = axes.iter().fold(1usize, |count, axis| count.saturating_mul(axis.points.len()));
    if count > VARIANTS_MAX {
        let message =
            format!("the matrix has {count} variants, but a film can have at most {VARIANTS_MAX}");
        findings.error("too-many-variants", message, written.node, "remove axes or values");
        return vec![variant(&axes, &vec![0; axes.len()])];
    }
    let excluded = match map.get(EXCLUDE) {
        Some(entry) => excluded(scope, findings, entry.value, &axes, is_whole),
        None => Vec::new(),
    };
    let variants: Vec<Variant> = combinations(&axes)
        .into_iter()
        .filter(|points| !excluded.iter().any(|rule| rule.takes_out(points)))
        .map(|points| variant(&axes, &points))
        .collect();
    if variants.is_empty() {
        let node = map.get(EXCLUDE).map_or(written.node, |entry| entry.key);
        let label = "leave at least one variant";
        findings.error("empty-matrix", "every variant is excluded", node, label);
        return vec![variant(&axes, &vec![0; axes.len()])];
    }
    variants
}

/// The entries of the matrix that are axes.
fn entries(scope: &Scope, written: Option<&Written<MatrixForm>>) -> Vec<MapEntry> {
    let tree = &scope.tree;
    let map = written.and_then(|written| tree.map(written.node));
    let all = map.map(|map| map.entries()).unwrap_or_default().iter().copied();
    all.filter(|entry| tree.key_text(*entry) != EXCLUDE).collect()
}

fn axis(scope: &mut Scope, findings: &mut Findings, entry: MapEntry) -> Option<Axis> {
    let name: Rc<str> = scope.tree.key_text(entry).into();
    if !scope.renderer.is_axis(&name) {
        return None;
    }
    let mut elements =
        collection::read(scope, findings, &format!("the axis `{name}`"), entry.value)?;
    if elements.is_empty() {
        let message = format!("the axis `{name}` has no values");
        findings.error("empty-matrix", message, entry.value, "add a value, or remove the axis");
        return None;
    }
    let mut parts: Vec<String> = Vec::with_capacity(elements.len());
    let mut places: HashMap<String, Place> = HashMap::new();
    for element in &mut elements {
        let part = part_of(findings, &name, element)?;
        if let Some(first) = places.insert(part.clone(), element.place.clone()) {
            let message = format!("two values of the axis `{name}` are named `{part}`");
            let diagnostic = Diagnostic::error("same-name", message)
                .at(element.place.clone())
                .label(format!("name them: `{name}: {{ one: …, another: … }}`"))
                .related(first, "the other");
            findings.add(diagnostic);
            return None;
        }
        if let Json::Object(fields) = &mut element.value {
            fields.entry("id").or_insert_with(|| part.as_str().into());
        }
        parts.push(part);
    }
    let all = row_union::union(elements.iter().map(|element| &element.value));
    let points = elements.into_iter().zip(parts).map(|(mut element, part)| {
        row_union::fill(&mut element.value, &all);
        let label = format!("`{part}` of the axis `{name}`").into();
        let value = Rc::new(element.value);
        AxisValue {
            given: SceneValue { name: name.clone(), value, label, place: element.place },
            part,
        }
    });
    let points = points.collect();
    scope.renderer.learn(|names| drop(names.axes.insert(name.to_string(), all)));
    Some(Axis { name, points })
}

/// The name of a value in scene names.
fn part_of(findings: &mut Findings, axis: &str, element: &CollectionItem) -> Option<String> {
    let Some(called) = element.called() else {
        let message = format!("a value of the axis `{axis}` has no name");
        let label = format!("name it: `{axis}: {{ name: … }}`, or give it an `id`");
        let diagnostic =
            Diagnostic::error("no-name", message).at(element.place.clone()).label(label);
        findings.add(diagnostic);
        return None;
    };
    let made = part(&called);
    if made.is_none() {
        let called = excerpt(&called);
        let message = format!("`{called}` cannot be used in a file name");
        let diagnostic = Diagnostic::error("bad-name", message)
            .at(element.place.clone())
            .label(format!("give it a name: `{axis}: {{ name: {called} }}`"));
        findings.add(diagnostic);
    }
    made
}

/// One `exclude` entry: some values on some axes.
struct ExcludeRule(Vec<(usize, Vec<usize>)>);

impl ExcludeRule {
    fn takes_out(&self, points: &[usize]) -> bool {
        self.0.iter().all(|(axis, values)| values.contains(&points[*axis]))
    }
}

fn excluded(
    scope: &mut Scope,
    findings: &mut Findings,
    node: NodeId,
    axes: &[Axis],
    is_whole: bool,
) -> Vec<ExcludeRule> {
    let tree = scope.tree.clone();
    let Some(items) = scope.list("`exclude`", node, findings) else { return Vec::new() };
    let mut rules = Vec::new();
    for item in items {
        let Some(map) = tree.map(item).filter(|map| !map.entries().is_empty()) else {
            if !matches!(tree.value(item), Value::Broken) {
                let label = format!("write `{{ {}: … }}`", axes[0].name);
                findings.error(
                    "wrong-type",
                    "`exclude` must be a map of axes to values",
                    item,
                    label,
                );
            }
            continue;
        };
        let found: Vec<Option<(usize, Vec<usize>)>> = map
            .entries()
            .iter()
            .map(|entry| excluded_on(scope, findings, *entry, axes, is_whole))
            .collect();
        rules.extend(found.into_iter().collect::<Option<Vec<_>>>().map(ExcludeRule));
    }
    rules
}

/// The axis that an entry of an `exclude` refers to, with the values.
fn excluded_on(
    scope: &mut Scope,
    findings: &mut Findings,
    entry: MapEntry,
    axes: &[Axis],
    is_whole: bool,
) -> Option<(usize, Vec<usize>)> {
    let tree = scope.tree.clone();
    let name = tree.key_text(entry);
    let names = || axes.iter().map(|axis| &*axis.name);
    let Some(at) = axes.iter().position(|axis| *axis.name == *name) else {
        // An invalid axis has already been reported.
        if is_whole {
            let label = did_you_mean(name, names(), || format!("the axes are {}", list(names())));
            let message = format!("the matrix has no axis `{}`", excerpt(name));
            findings.error("unknown-axis", message, entry.key, label);
        }
        return None;
    };
    let nodes = match tree.value(entry.value) {
        Value::List(items) => items.clone(),
        _ => vec![entry.value],
    };
    let mut values = Vec::new();
    for node in nodes {
        let text = scope.text("`exclude`", node, None, findings)?;
        let points = &axes[at].points;
        let wanted = part(&text);
        let Some(found) = points.iter().position(|point| Some(&point.part) == wanted.as_ref())
        else {
            let known = || points.iter().map(|point| point.part.as_str());
            let label = did_you_mean(&text, known(), || format!("it has {}", list(known())));
            let message = format!("the axis `{name}` has no value `{}`", excerpt(&text));
            findings.error("unknown-value", message, node, label);
            return None;
        };
        values.push(found);
    }
    Some((at, values))
}

/// Every combination of one value on each axis.
fn combinations(axes: &[Axis]) -> Vec<Vec<usize>> {
    axes.iter().fold(vec![Vec::new()], |chosen, axis| {
        let with = |chosen: &Vec<usize>, at: usize| chosen.iter().copied().chain([at]).collect();
        chosen
            .iter()
            .flat_map(|chosen| (0..axis.points.len()).map(move |at| with(chosen, at)))
            .collect()
    })
}

fn variant(axes: &[Axis], points: &[usize]) -> Variant {
    let points = || axes.iter().zip(points).map(|(axis, at)| &axis.points[*at]);
    let name: Vec<&str> = points().map(|point| point.part.as_str()).collect();
    Variant {
        name: Some(name.join(".").into()),
        given: points().map(|point| point.given.clone()).collect(),
    }
}
