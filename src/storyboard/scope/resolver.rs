//! The resolver: shared state of all code that resolves a storyboard, and how one value is read.

use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;
use std::sync::Arc;

use super::declarations::{Character, Declaration};
use crate::base::text::excerpt;
use crate::base::{Diagnostic, Place};
use crate::catalog::{Dialect, DialectEntry, UnknownTerm};
use crate::storyboard::data::files::DataFiles;
use crate::storyboard::film::overridden::Overridden;
use crate::storyboard::template::compiled::is_template;
use crate::storyboard::template::errors::RenderFailure;
use crate::storyboard::template::errors::{TemplateProblem, UsedPartial};
use crate::storyboard::template::locate::within;
use crate::storyboard::template::names::SceneNames;
use crate::storyboard::template::renderer::TemplateRenderer;
use crate::storyboard::text::findings::Diagnostics;
use crate::storyboard::text::suggestions::{choice, did_you_mean};
use crate::storyboard::text::yaml::scalar::ScalarValue;
use crate::storyboard::text::yaml::tree::{NodeId, Tree, Value};

/// The current storyboard, its templates, and the errors found so far.
pub(in crate::storyboard) struct Resolver {
    /// The storyboard.
    pub tree: Arc<Tree>,
    /// Its templates, with the names they can use.
    pub engine: TemplateRenderer,
    /// Where each partial is defined.
    pub partials: HashMap<String, NodeId>,
    /// The declared variables.
    pub variables: BTreeMap<String, Declaration>,
    /// What the command line set, with its place.
    pub outside: Overridden,
    /// Its characters.
    pub characters: Vec<Character>,
    /// Where character pictures are written, by the node that uses them and by path.
    pub pictures: HashMap<(NodeId, String), NodeId>,
    /// The data files it refers to.
    pub library: DataFiles,
    /// The diagnostics so far.
    pub findings: Diagnostics,
    /// How many more unknown names may be compared with all scene names.
    pub guesses_left: u32,
    /// The API dialect.
    pub dialect: Dialect,
    /// What that dialect's models can do.
    pub catalog: &'static DialectEntry,
}

impl Resolver {
    /// Reports an error at a node.
    pub fn error(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        node: NodeId,
        label: impl Into<String>,
    ) {
        let place = self.tree.place(node);
        self.findings.add(Diagnostic::error(code, message).at(place).label(label));
    }

    /// Suggests the scene that was probably meant by an unknown name.
    pub fn guess_scene<'n>(
        &mut self,
        found: &str,
        scenes: impl Iterator<Item = &'n str>,
        otherwise: impl FnOnce() -> String,
    ) -> String {
        if self.guesses_left == 0 {
            return otherwise();
        }
        self.guesses_left -= 1;
        did_you_mean(found, scenes, otherwise)
    }

    /// A single value as text, rendered if it is a template; `what` names it in messages. `None`
    /// after reporting that it is not a single value.
    pub fn text(&mut self, what: &str, node: NodeId, scene: Option<&SceneNames>) -> Option<String> {
        let tree = self.tree.clone();
        match tree.value(node) {
            Value::Broken | Value::Alias(_) => None,
            Value::Map(_) | Value::List(_) => {
                let kind = tree.kind(node);
                let message = format!("{what} must be a single value, not {kind}");
                self.error("wrong-type", message, node, "write a single value here");
                None
            }
            Value::Scalar(scalar) if scalar.meaning() == ScalarValue::Nothing => {
                let label = "write a value, or remove the line";
                self.error("empty-value", format!("{what} is empty"), node, label);
                None
            }
            Value::Scalar(scalar) if is_template(&scalar.text) => {
                match self.engine.render(&scalar.text, scene) {
                    Ok(text) => {
                        if !self.outside.is_empty() {
                            let uses = self.engine.roots(&scalar.text);
                            self.outside.note(node, uses.into_iter());
                        }
                        Some(text)
                    }
                    Err(trouble) => {
                        self.trouble(&tree, node, trouble);
                        None
                    }
                }
            }
            Value::Scalar(scalar) => Some(scalar.text.to_string()),
        }
    }

    /// Reports an error in the template at a node of a tree.
    pub fn trouble(&mut self, tree: &Tree, node: NodeId, trouble: RenderFailure) {
        for mistake in trouble.own {
            let place = within(tree, node, mistake.range.clone());
            self.findings.add(diagnostic(mistake, place));
        }
        let main = self.tree.clone();
        for (UsedPartial { name, used }, mistake) in trouble.partials {
            let Some(partial) = self.partials.get(&name).copied() else { continue };
            let place = within(&main, partial, mistake.range.clone());
            let used = within(tree, node, used);
            let note = format!("the partial `{name}` is used here");
            self.findings.add(diagnostic(mistake, place).related(used, note));
        }
        for lack in trouble.lacks {
            let partial = lack.partial.as_ref().map(|partial| &partial.name);
            let used = match partial.and_then(|name| self.partials.get(name)) {
                Some(partial) => within(&main, *partial, lack.range.clone()),
                None => within(tree, node, lack.range.clone()),
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
            self.findings.add(diagnostic.fix(
                "if it may be missing, write `{{default NAME \"…\"}}` or `{{#if NAME}}…{{/if}}`",
            ));
        }
    }

    /// A number; `wants` describes the expected value, such as `a number of seconds`.
    pub fn number(
        &mut self,
        what: &str,
        wants: &str,
        node: NodeId,
        scene: Option<&SceneNames>,
    ) -> Option<f64> {
        let text = self.text(what, node, scene)?;
        let trimmed = text.trim();
        if let Some(number) = trimmed.parse::<f64>().ok().filter(|number| number.is_finite()) {
            return Some(number);
        }
        let digits = trimmed.trim_end_matches(|c: char| !c.is_ascii_digit()).to_string();
        let label = match digits.parse::<f64>() {
            Ok(number) if number.is_finite() => format!("write `{number}`"),
            _ => "write a number".to_string(),
        };
        let message = format!("{what} must be {wants}, not `{}`", excerpt(&text));
        self.error("wrong-type", message, node, label);
        None
    }

    /// A term from the catalog.
    pub fn term<T: FromStr<Err = UnknownTerm>>(
        &mut self,
        what: &str,
        node: NodeId,
        scene: Option<&SceneNames>,
    ) -> Option<T> {
        let text = self.text(what, node, scene)?;
        match text.trim().parse::<T>() {
            Ok(term) => Some(term),
            Err(unknown) => {
                let label =
                    did_you_mean(text.trim(), unknown.known.iter().map(String::as_str), || {
                        format!("write {}", choice(&unknown.known))
                    });
                let message = format!("unknown {} `{}`", unknown.what, excerpt(&text));
                self.error("unknown-value", message, node, label);
                None
            }
        }
    }

    /// The items of a list; `None` after reporting that it is not a list.
    pub fn list(&mut self, what: &str, node: NodeId) -> Option<Vec<NodeId>> {
        let tree = self.tree.clone();
        match tree.value(node) {
            Value::List(items) => Some(items.clone()),
            Value::Broken => None,
            Value::Scalar(scalar) if scalar.meaning() != ScalarValue::Nothing => {
                let message = format!("{what} must be a list, {}", tree.instead(node));
                let label = format!("write `[{}]`", excerpt(&scalar.text));
                self.error("wrong-type", message, node, label);
                None
            }
            _ => {
                let message = format!("{what} must be a list, {}", tree.instead(node));
                self.error("wrong-type", message, node, "write `[one, another]`");
                None
            }
        }
    }
}

fn diagnostic(mistake: TemplateProblem, place: Place) -> Diagnostic {
    Diagnostic::error(mistake.code, mistake.message).at(place).label(mistake.label)
}
