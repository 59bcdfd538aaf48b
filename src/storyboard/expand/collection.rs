//! Collections: values in order, each with its place, from any source in the storyboard.
//!
//! A collection is a list or a map, written where it is used or in a variable. The keys of a map
//! name its values; the values of a list are named by themselves, or by their `key` or `id`.

use super::data_rows::is_data_file;
use crate::base::Diagnostic;
use crate::base::text::excerpt;
use crate::storyboard::data::elements::{CollectionItem, elements};
use crate::storyboard::scope::declarations::Declaration;
use crate::storyboard::scope::findings::Findings;
use crate::storyboard::scope::values::Scope;
use crate::storyboard::scope::variables;
use crate::storyboard::text::suggestions::{choice, closest, did_you_mean};
use crate::storyboard::text::yaml::tree::{NodeId, Value};

/// The extensions of data files.
const EXTENSIONS: [&str; 5] = ["csv", "tsv", "json", "yaml", "yml"];

/// Reads a collection; `what` names it in messages. `None` after reporting an error.
pub(in crate::storyboard) fn read(
    scope: &mut Scope,
    findings: &mut Findings,
    what: &str,
    node: NodeId,
) -> Option<Vec<CollectionItem>> {
    let tree = scope.tree.clone();
    match tree.value(node) {
        Value::Broken | Value::Alias(_) => None,
        Value::List(_) | Value::Map(_) => {
            let value = variables::resolve(scope, findings, &tree, node)?;
            elements(&tree, node, value)
        }
        Value::Scalar(scalar) => variable(scope, findings, what, node, scalar.text.trim()),
    }
}

/// The variable with that name, or in that template: `products` or `{{products}}`.
fn variable(
    scope: &mut Scope,
    findings: &mut Findings,
    what: &str,
    node: NodeId,
    text: &str,
) -> Option<Vec<CollectionItem>> {
    let inner = text.strip_prefix("{{").and_then(|text| text.strip_suffix("}}"));
    let path = inner.unwrap_or(text).trim();
    let path = path.strip_prefix("vars.").unwrap_or(path);
    let mut names = path.split('.');
    let root = names.next().unwrap_or("");
    if scope.renderer.is_broken(root) {
        return None;
    }
    let declared = scope.variables.get(root).cloned();
    let Some((declared, mut value)) = declared.zip(scope.renderer.variable(root).cloned()) else {
        if let Some(label) = inner.map_or_else(|| file_advice(text), |_| None) {
            let message = format!("{what} cannot be read from `{}`", excerpt(text));
            findings.error("wrong-file", message, node, label);
            return None;
        }
        let known: Vec<&str> = scope.renderer.variable_names().collect();
        let label = did_you_mean(root, known, || match inner {
            Some(_) => format!("add `{root}` to `vars`"),
            None => format!("write `[{}]`, or the name of a variable", excerpt(text)),
        });
        let message = format!(
            "{what} takes its values from `{}`, but there is no such variable",
            excerpt(root)
        );
        findings.error("unknown-variable", message, node, label);
        return None;
    };
    scope.renderer.note_use(root);
    let Declaration { tree, node: mut at, .. } = declared;
    for name in names {
        let inner = match tree.value(at) {
            Value::Map(map) => map.get(name).map(|entry| entry.value),
            _ => None,
        };
        let Some((inner, found)) = inner.zip(value.get(name).cloned()) else {
            let message = format!("{what} takes its values from `{path}`, which has no `{name}`");
            findings.error("unknown-variable", message, node, "name a list or a map in `vars`");
            return None;
        };
        (at, value) = (inner, found);
    }
    let found = elements(&tree, at, value);
    if found.is_none() {
        let message = format!("{what} must be a list, but `{path}` is a single value");
        let declared = tree.place(at);
        let diagnostic = Diagnostic::error("wrong-type", message)
            .at(scope.tree.place(node))
            .label("name a list or a map in `vars`")
            .related(declared, "its value");
        findings.add(diagnostic);
    }
    found
}

/// What to do about a text that names a file from which rows cannot be read.
fn file_advice(text: &str) -> Option<String> {
    const TEXTS: [&str; 8] = ["md", "markdown", "txt", "docx", "doc", "pdf", "html", "rtf"];
    const SHEETS: [&str; 6] = ["xlsx", "xls", "xlsm", "ods", "numbers", "gsheet"];
    if is_data_file(text) {
        return Some("write the values here: only `for_each` can read files".to_string());
    }
    let (stem, extension) = text.rsplit_once('.')?;
    let extension = extension.to_ascii_lowercase();
    if SHEETS.contains(&extension.as_str()) {
        return Some(format!("save the spreadsheet as CSV, and write `{stem}.csv`"));
    }
    if TEXTS.contains(&extension.as_str()) {
        let advice = "a table in it is not read: copy it into a spreadsheet, save that as CSV";
        return Some(format!("{advice}, and write `{stem}.csv`"));
    }
    match closest(&extension, EXTENSIONS) {
        Some(meant) => Some(format!("did you mean `{stem}.{meant}`?")),
        None => text.contains('/').then(|| format!("rows come from {} files", choice(EXTENSIONS))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suggested_extension_can_be_read() {
        assert!(EXTENSIONS.iter().all(|extension| is_data_file(&format!("rows.{extension}"))));
    }
}
