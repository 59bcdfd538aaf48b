//! The scope: what the storyboard defines, and how one of its values is read.

use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;
use std::sync::Arc;

use super::declarations::{Character, Declaration};
use super::findings::Findings;
use crate::base::text::excerpt;
use crate::base::{Diagnostic, Place};
use crate::catalog::{Catalog, Dialect, DialectEntry, UnknownTerm};
use crate::storyboard::film::overridden::Overridden;
use crate::storyboard::template::compiled::is_template;
use crate::storyboard::template::errors::RenderFailure;
use crate::storyboard::template::errors::{TemplateProblem, UsedPartial};
use crate::storyboard::template::locate::within;
use crate::storyboard::template::names::SceneNames;
use crate::storyboard::template::renderer::TemplateRenderer;
use crate::storyboard::text::suggestions::{choice, did_you_mean};
use crate::storyboard::text::written_seconds;
use crate::storyboard::text::written_seconds::{SECONDS, decimal, without_unit};
use crate::storyboard::text::yaml::scalar::ScalarValue;
use crate::storyboard::text::yaml::tree::{NodeId, Tree, Value};

/// What the storyboard defines: the names that templates and fields can refer to.
pub(in crate::storyboard) struct Scope {
    /// The storyboard's text as a tree.
    pub tree: Arc<Tree>,
    /// Renders its templates, with the names they can refer to.
    pub renderer: TemplateRenderer,
    /// The node of each partial.
    pub partials: HashMap<String, NodeId>,
    /// The declared variables.
    pub variables: BTreeMap<String, Declaration>,
    /// The values given on the command line, and the values of the storyboard that use them.
    pub overridden: Overridden,
    /// The characters.
    pub characters: Vec<Character>,
    /// The API dialect.
    pub dialect: Dialect,
    /// What the models of that dialect can do.
    pub catalog: &'static DialectEntry,
    /// The models of all dialects.
    pub whole_catalog: &'static Catalog,
    /// How many folders above that of the storyboard belong to its project.
    pub folders_above: usize,
}

impl Scope {
    /// A single value as text, rendered if it is a template; `what` names it in messages. `None`
    /// when there is none, which has been reported.
    pub fn text(
        &mut self,
        what: &str,
        node: NodeId,
        scene: Option<&SceneNames>,
        findings: &mut Findings,
    ) -> Option<String> {
        let tree = self.tree.clone();
        match tree.value(node) {
            Value::Broken | Value::Alias(_) => None,
            Value::Map(_) | Value::List(_) => {
                let kind = tree.kind(node);
                let message = format!("{what} must be a single value, not {kind}");
                findings.error("wrong-type", message, node, "write a single value here");
                None
            }
            Value::Scalar(scalar) if scalar.meaning() == ScalarValue::Nothing => {
                let label = "write a value, or remove the line";
                findings.error("empty-value", format!("{what} is empty"), node, label);
                None
            }
            Value::Scalar(scalar) if is_template(&scalar.text) => {
                match self.renderer.render(&scalar.text, scene) {
                    Ok(text) => {
                        if !self.overridden.is_empty() {
                            let uses = self.renderer.roots(&scalar.text);
                            self.overridden.note(node, uses.into_iter());
                        }
                        Some(text)
                    }
                    Err(trouble) => {
                        self.trouble(&tree, node, trouble, findings);
                        None
                    }
                }
            }
            Value::Scalar(scalar) => Some(scalar.text.to_string()),
        }
    }

    /// Reports what is wrong with the template at a node of a tree.
    pub fn trouble(
        &self,
        tree: &Tree,
        node: NodeId,
        trouble: RenderFailure,
        findings: &mut Findings,
    ) {
        for mistake in trouble.own {
            let place = within(tree, node, mistake.range.clone());
            findings.add(diagnostic(mistake, place));
        }
        let main = self.tree.clone();
        for (UsedPartial { name, used }, mistake) in trouble.partials {
            let Some(partial) = self.partials.get(&name).copied() else { continue };
            let place = within(&main, partial, mistake.range.clone());
            let used = within(tree, node, used);
            let note = format!("the partial `{name}` is used here");
            findings.add(diagnostic(mistake, place).related(used, note));
        }
        for lack in trouble.lacks {
            let partial = lack.partial.as_ref().map(|partial| &partial.name);
            let used = match partial.and_then(|name| self.partials.get(name)) {
                Some(partial) => within(&main, *partial, lack.range.clone()),
                None => within(tree, node, lack.range.clone()),
            };
            let name = used.source.text()[used.span.start..used.span.end].trim();
            let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
            let name = match !name.is_empty() && name.chars().all(is_part) {
                true => name.to_string(),
                false => "NAME".to_string(),
            };
            let (message, label) = match lack.path.as_str() {
                "" => (format!("{} is empty", lack.label), "write a value".to_string()),
                path => (format!("{} has no `{path}`", lack.label), format!("add `{path}`")),
            };
            let mut diagnostic = Diagnostic::error("missing-value", message)
                .at(lack.place)
                .label(label)
                .related(used, "used here");
            if let Some(partial) = lack.partial {
                let used = within(tree, node, partial.used);
                diagnostic = diagnostic.related(used, "in a partial used here");
            }
            findings.add(diagnostic.fix(format!(
                "if it may be missing, write `{{{{default {name} \"…\"}}}}` or \
                 `{{{{#if {name}}}}}…{{{{/if}}}}`"
            )));
        }
    }

    /// A number; `wants` says which, such as `a number of seconds`.
    pub fn number(
        &mut self,
        what: &str,
        wants: &str,
        node: NodeId,
        scene: Option<&SceneNames>,
        findings: &mut Findings,
    ) -> Option<f64> {
        let text = self.text(what, node, scene, findings)?;
        let trimmed = text.trim();
        if let Some(number) = finite(trimmed) {
            return Some(number);
        }
        let percent = trimmed.strip_suffix('%').and_then(|number| decimal(number.trim()));
        let beginning = trimmed.trim_end_matches(|c: char| !c.is_ascii_digit());
        let number = percent.map(|number| number / 100.0).or_else(|| decimal(beginning));
        let label = match number.filter(|number| number.is_finite()) {
            Some(number) => format!("write `{number}`"),
            None => "write a number".to_string(),
        };
        let message = format!("{what} must be {wants}, not `{}`", excerpt(&text));
        findings.error("wrong-type", message, node, label);
        None
    }

    /// A number of seconds, with or without the unit: `6`, `6 s`, `6 seconds`. `wants` says what it
    /// is in messages.
    pub fn seconds(
        &mut self,
        what: &str,
        wants: &str,
        node: NodeId,
        scene: Option<&SceneNames>,
        findings: &mut Findings,
    ) -> Option<f64> {
        let text = self.text(what, node, scene, findings)?;
        if let Some(seconds) = finite(without_unit(&text, &SECONDS)) {
            return Some(seconds);
        }
        let message = format!("{what} must be {wants}, not `{}`", excerpt(&text));
        findings.error("wrong-type", message, node, written_seconds::advice(&text));
        None
    }

    /// One of the catalog's words.
    pub fn term<T: FromStr<Err = UnknownTerm>>(
        &mut self,
        what: &str,
        node: NodeId,
        scene: Option<&SceneNames>,
        findings: &mut Findings,
    ) -> Option<T> {
        self.term_where(what, node, scene, findings, str::parse)
    }

    /// A term as `read` reads it.
    pub fn term_where<T>(
        &mut self,
        what: &str,
        node: NodeId,
        scene: Option<&SceneNames>,
        findings: &mut Findings,
        read: impl FnOnce(&str) -> Result<T, UnknownTerm>,
    ) -> Option<T> {
        let text = self.text(what, node, scene, findings)?;
        match read(text.trim()) {
            Ok(term) => Some(term),
            Err(unknown) => {
                let label =
                    did_you_mean(text.trim(), unknown.known.iter().map(String::as_str), || {
                        format!("write {}", choice(&unknown.known))
                    });
                let message = format!("unknown {} `{}`", unknown.what, excerpt(&text));
                findings.error("unknown-value", message, node, label);
                None
            }
        }
    }

    /// The items of a list; `None` when it is none, which has been reported.
    pub fn list(&self, what: &str, node: NodeId, findings: &mut Findings) -> Option<Vec<NodeId>> {
        let tree = self.tree.clone();
        match tree.value(node) {
            Value::List(items) => Some(items.clone()),
            Value::Broken => None,
            Value::Scalar(scalar) if scalar.meaning() != ScalarValue::Nothing => {
                let message = format!("{what} must be a list, {}", tree.instead(node));
                let label = format!("write `[{}]`", excerpt(&scalar.text));
                findings.error("wrong-type", message, node, label);
                None
            }
            _ => {
                let message = format!("{what} must be a list, {}", tree.instead(node));
                findings.error("wrong-type", message, node, "write `[one, another]`");
                None
            }
        }
    }
}

fn diagnostic(mistake: TemplateProblem, place: Place) -> Diagnostic {
    Diagnostic::error(mistake.code, mistake.message).at(place).label(mistake.label)
}

fn finite(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}
