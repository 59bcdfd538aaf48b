//! Data rows: the rows of a data file, read as CSV, JSON or YAML depending on its extension.

use crate::base::text::excerpt;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::base::{Diagnostic, Source};
use crate::storyboard::data::elements::CollectionItem;
use crate::storyboard::data::files::DataFiles;
use crate::storyboard::data::files::DataRows;
use crate::storyboard::data::{csv, elements};
use crate::storyboard::limits::SCENES_MAX;
use crate::storyboard::scope::findings::Findings;
use crate::storyboard::scope::locations::checked_path;
use crate::storyboard::scope::values::Scope;
use crate::storyboard::template::compiled::is_template;
use crate::storyboard::text::diagnostics::Diagnostics;
use crate::storyboard::text::yaml::parse::{scan, scan_json};
use crate::storyboard::text::yaml::tree::{NodeId, Value};

/// Whether a text names a file of rows.
pub(in crate::storyboard) fn is_data_file(text: &str) -> bool {
    extension(text).is_some()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum DataFormat {
    Csv,
    Json,
    Yaml,
}

fn extension(path: &str) -> Option<DataFormat> {
    let (_, extension) = path.rsplit_once('.')?;
    match extension.to_ascii_lowercase().as_str() {
        "csv" | "tsv" => Some(DataFormat::Csv),
        "json" => Some(DataFormat::Json),
        "yaml" | "yml" => Some(DataFormat::Yaml),
        _ => None,
    }
}

/// The rows of the file named at a node; `None` if none can be read. Errors have been reported.
pub(in crate::storyboard) fn read(
    scope: &Scope,
    findings: &mut Findings,
    files: &mut DataFiles,
    what: &str,
    node: NodeId,
    path: &str,
) -> Option<DataRows> {
    let path = checked_path(scope, findings, what, node, path)?;
    if let Some(known) = files.data.get(&path) {
        return known.as_deref().cloned();
    }
    let rows = match files.text(&path) {
        Ok(source) => rows_of(findings, what, &source, &path),
        Err(mistake) => {
            // Errors inside the file have places of their own.
            let label = format!("{what} takes its values from here");
            let named = scope.tree.place(node);
            findings.add(match mistake.place {
                Some(_) => mistake.related(named, label),
                None => mistake.at(named).label("named here; paths are relative to this file"),
            });
            None
        }
    };
    files.data.insert(path, rows.clone().map(Rc::new));
    rows
}

fn rows_of(findings: &mut Findings, what: &str, source: &Source, path: &str) -> Option<DataRows> {
    let (elements, mistakes) = match extension(path)? {
        DataFormat::Csv => csv::rows(source, SCENES_MAX),
        format => rows_of_tree(source, format),
    };
    let mut is_whole = !mistakes.iter().any(Diagnostic::is_error);
    findings.diagnostics.extend(mistakes);
    if !is_whole && elements.is_empty() {
        return None;
    }
    for row in elements.iter().filter(|row| holds_template(&row.value)) {
        let message = format!("{what} reads data from `{}`, and this is a template", excerpt(path));
        let diagnostic = Diagnostic::error("template-in-data", message)
            .at(row.place.clone())
            .label("data files cannot contain templates: move this to the storyboard");
        findings.add(diagnostic);
        is_whole = false;
    }
    Some(DataRows { elements, is_whole })
}

fn rows_of_tree(source: &Source, format: DataFormat) -> (Vec<CollectionItem>, Vec<Diagnostic>) {
    let mut findings = Diagnostics::default();
    let tree = match format {
        DataFormat::Json => scan_json(source, &mut findings),
        _ => scan(source, &mut findings),
    }
    .map(Arc::new);
    let mut mistakes = findings.into_sorted(source.name());
    let Some(tree) = tree else { return (Vec::new(), mistakes) };
    if mistakes.iter().any(Diagnostic::is_error) {
        return (Vec::new(), mistakes);
    }
    let rows = match tree.value(tree.root) {
        Value::List(_) | Value::Map(_) => elements::literal(&tree, tree.root)
            .and_then(|value| elements::elements(&tree, tree.root, value)),
        Value::Broken => Some(Vec::new()),
        _ => None,
    };
    match rows {
        Some(rows) => (rows, mistakes),
        None => {
            mistakes.push(elements::not_rows(&tree));
            (Vec::new(), mistakes)
        }
    }
}

fn holds_template(value: &Json) -> bool {
    match value {
        Json::String(text) => is_template(text),
        Json::Array(items) => items.iter().any(holds_template),
        Json::Object(fields) => fields.values().any(holds_template),
        _ => false,
    }
}
