//! Variables: `vars:`, and the files and flags that override them.
//!
//! A variable may be a template that uses other variables, in any order but without cycles.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use serde_json::Value as Json;

use super::declarations::{Character, Declaration, Overrides};
use super::findings::Findings;
use super::values::Scope;
use crate::base::{Diagnostic, Place, Source, Span};
use crate::storyboard::schema::value_schemas::AnyValue;
use crate::storyboard::schema::written::NamedValues;
use crate::storyboard::template::compiled::{Compiled, is_template};
use crate::storyboard::template::helpers::HELPERS;
use crate::storyboard::text::diagnostics::Diagnostics;
use crate::storyboard::text::yaml::parse::scan;
use crate::storyboard::text::yaml::scalar::{ScalarText, Style};
use crate::storyboard::text::yaml::tree::{MapEntry, Node, NodeId, Tree, Value};

/// Names that are built into templates.
const RESERVED: [&str; 10] =
    ["characters", "scene", "title", "vars", "this", "item", "else", "true", "false", "null"];

/// Resolves the variables and makes them available to templates.
pub(in crate::storyboard) fn bind(
    scope: &mut Scope,
    findings: &mut Findings,
    vars: Option<NamedValues<AnyValue>>,
    characters: &[Character],
    overrides: &Overrides,
) {
    let declared = gather(scope, findings, vars, characters, overrides);
    scope.renderer.learn(|names| names.broken.extend(declared.keys().cloned()));
    for group in in_order(&declared) {
        let uses_itself = group.len() > 1 || uses(&declared[&group[0]]).contains(&group[0]);
        if uses_itself {
            report_ring(findings, &declared, &group);
            continue;
        }
        let name = &group[0];
        let declaration @ Declaration { tree, node, given, .. } = &declared[name];
        scope.overridden.add(name, given.as_ref(), &uses(declaration));
        if let Some(value) = resolve(scope, findings, tree, *node) {
            scope.renderer.learn_variable(name, value);
        }
    }
    scope.variables = declared;
}

/// All declarations; later ones override earlier ones: storyboard, files in order, flags.
fn gather(
    scope: &mut Scope,
    findings: &mut Findings,
    vars: Option<NamedValues<AnyValue>>,
    characters: &[Character],
    overrides: &Overrides,
) -> BTreeMap<String, Declaration> {
    let mut declared = BTreeMap::new();
    let tree = scope.tree.clone();
    for row in vars.map(|rows| rows.0).unwrap_or_default() {
        declare(
            scope,
            findings,
            &mut declared,
            &tree,
            MapEntry { key: row.key, value: row.value.node },
            None,
        );
    }
    for character in characters {
        let key = tree.place(character.key);
        if let Some(variable) = declared.get(&character.name) {
            let message = format!("`{}` is both a variable and a character", character.name);
            let diagnostic = Diagnostic::error("duplicate-name", message)
                .at(key)
                .label("rename one of them: templates could not tell them apart")
                .related(variable.key.clone(), "the variable");
            findings.add(diagnostic);
            continue;
        }
        let (tree, node) = (tree.clone(), character.description);
        declared.insert(character.name.clone(), Declaration { tree, node, key, given: None });
    }
    for file in &overrides.files {
        let mut of_file = Diagnostics::default();
        let scanned = scan(file, &mut of_file).map(Arc::new);
        findings.diagnostics.absorb(of_file);
        let Some(tree) = scanned else { continue };
        match tree.value(tree.root) {
            Value::Map(map) => {
                for entry in map.entries() {
                    let given = format!("--vars {}", tree.place(entry.value));
                    declare(scope, findings, &mut declared, &tree, *entry, Some(given.into()));
                }
            }
            Value::Broken => {}
            _ => {
                let message = "a file of variables must start with `name: value` lines";
                let place = tree.place(tree.root);
                findings.add(Diagnostic::error("wrong-type", message).at(place));
            }
        }
    }
    for (name, value) in &overrides.vars {
        let source = Source::new(format!("--var {name}"), value.as_str());
        let style = if value.is_empty() { Style::TaggedText } else { Style::Plain };
        let scalar = ScalarText { text: value.as_str().into(), style };
        let node = Node { span: Span::new(0, value.len()), value: Value::Scalar(scalar) };
        let tree = Arc::new(Tree::new(source, vec![node], NodeId(0)));
        let key = tree.place(tree.root);
        if is_usable(scope, findings, "a variable", name, &key) {
            let given = Some(format!("--var {name}").into());
            let variable = Declaration { node: tree.root, tree, key, given };
            put(scope, &mut declared, name.clone(), variable);
        }
    }
    declared
}

/// Declares a variable. If it replaces one, whatever the replaced one uses is not reported as
/// unused.
fn put(
    scope: &mut Scope,
    declared: &mut BTreeMap<String, Declaration>,
    name: String,
    variable: Declaration,
) {
    for used in declared.insert(name, variable).iter().flat_map(uses) {
        scope.renderer.note_use(&used);
    }
}

fn declare(
    scope: &mut Scope,
    findings: &mut Findings,
    declared: &mut BTreeMap<String, Declaration>,
    tree: &Arc<Tree>,
    entry: MapEntry,
    given: Option<Arc<str>>,
) {
    let Some(name) = tree.scalar(entry.key).map(|scalar| scalar.text.to_string()) else { return };
    let key = tree.place(entry.key);
    if is_usable(scope, findings, "a variable", &name, &key) {
        let variable = Declaration { tree: tree.clone(), node: entry.value, key, given };
        put(scope, declared, name, variable);
    }
}

/// Whether templates can use this name of a `what`, such as a variable; reports it if not.
pub(in crate::storyboard) fn is_usable(
    scope: &mut Scope,
    findings: &mut Findings,
    what: &str,
    name: &str,
    place: &Place,
) -> bool {
    let error = if RESERVED.contains(&name) || HELPERS.contains(&name) {
        let message = format!("{what} cannot be named `{name}`: that name is reserved");
        Some(("reserved-name", message, format!("for example, name it `my_{name}`")))
    } else if scope.renderer.is_axis(name) {
        let message =
            format!("{what} cannot be named `{name}`: the matrix has an axis with that name");
        Some(("reserved-name", message, "rename one of them".to_string()))
    } else if !is_name(name) {
        let message = format!("templates cannot refer to {what} named `{name}`");
        let fixed: String =
            name.trim().chars().map(|c| if is_name_char(c) { c } else { '_' }).collect();
        Some(("bad-name", message, format!("name it `{fixed}`")))
    } else {
        None
    };
    let Some((code, message, label)) = error else { return true };
    findings.add(Diagnostic::error(code, message).at(place.clone()).label(label));
    scope.renderer.give_up_on(name);
    false
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-')
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.chars().all(is_name_char)
        && !name.starts_with(|c: char| c.is_ascii_digit() || c == '-')
}

/// The variables in groups, each after those it uses; a group of several is a cycle.
fn in_order(declared: &BTreeMap<String, Declaration>) -> Vec<Vec<String>> {
    let mut graph: DiGraph<&str, ()> = DiGraph::new();
    let nodes: HashMap<&str, NodeIndex> =
        declared.keys().map(|name| (name.as_str(), graph.add_node(name))).collect();
    for (name, variable) in declared {
        for used in uses(variable) {
            if let Some(used) = nodes.get(used.as_str()) {
                graph.add_edge(nodes[name.as_str()], *used, ());
            }
        }
    }
    let groups = kosaraju_scc(&graph).into_iter();
    groups.map(|group| group.into_iter().map(|node| graph[node].to_string()).collect()).collect()
}

/// The names that a variable's templates use.
fn uses(variable: &Declaration) -> Vec<String> {
    let mut used = Vec::new();
    let mut todo = vec![variable.node];
    while let Some(node) = todo.pop() {
        match variable.tree.value(node) {
            Value::List(items) => todo.extend(items),
            Value::Map(map) => todo.extend(map.entries().iter().map(|entry| entry.value)),
            Value::Scalar(scalar) if is_template(&scalar.text) => {
                let compiled = Compiled::parse(&scalar.text);
                used.extend(compiled.anatomy.roots().map(str::to_string));
            }
            _ => {}
        }
    }
    used
}

fn report_ring(
    findings: &mut Findings,
    declared: &BTreeMap<String, Declaration>,
    group: &[String],
) {
    let mut ring: Vec<&String> = group.iter().collect();
    ring.sort_by_key(|name| declared[*name].key.span.start);
    let first = ring[0];
    let mut names: Vec<&str> = vec![first];
    // Follow uses within the group until a name repeats.
    loop {
        let last = names[names.len() - 1];
        let next = uses(&declared[last])
            .into_iter()
            .find_map(|used| group.iter().find(|name| **name == used));
        let Some(next) = next else { break };
        let seen = names.iter().position(|name| name == next);
        names.push(next);
        if let Some(seen) = seen {
            names.drain(..seen);
            break;
        }
    }
    let message = match group {
        [one] => format!("the variable `{one}` uses itself"),
        _ => format!("circular variables: {}", names.join(" → ")),
    };
    let place = declared[names[0]].tree.place(declared[names[0]].node);
    let diagnostic = Diagnostic::error("variable-ring", message).at(place).label(match group {
        [_] => "give it a value that does not use it",
        _ => "give one of them a value that uses none of the others",
    });
    findings.add(diagnostic);
}

/// The value with its templates rendered; `None` after reporting an error.
pub(in crate::storyboard) fn resolve(
    scope: &mut Scope,
    findings: &mut Findings,
    tree: &Arc<Tree>,
    node: NodeId,
) -> Option<Json> {
    match tree.value(node) {
        Value::Scalar(scalar) if is_template(&scalar.text) => {
            match scope.renderer.render(&scalar.text, None) {
                Ok(text) => Some(text.into()),
                Err(trouble) => {
                    scope.trouble(tree, node, trouble, findings);
                    None
                }
            }
        }
        Value::Scalar(scalar) => Some(scalar.meaning().to_json()),
        Value::List(items) => {
            let values: Vec<_> =
                items.iter().map(|item| resolve(scope, findings, tree, *item)).collect();
            values.into_iter().collect::<Option<Vec<_>>>().map(Json::Array)
        }
        Value::Map(map) => {
            let mut object = serde_json::Map::new();
            let mut is_whole = true;
            for entry in map.entries() {
                match resolve(scope, findings, tree, entry.value) {
                    Some(value) => {
                        object.insert(tree.key_text(*entry).to_string(), value);
                    }
                    None => is_whole = false,
                }
            }
            is_whole.then_some(Json::Object(object))
        }
        Value::Alias(_) | Value::Broken => None,
    }
}
