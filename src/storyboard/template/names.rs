//! The names that templates can use, and errors in using them.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::collections::HashSet;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::errors::TemplateProblem;
use super::references::{NameUse, Reference, TemplateParts};
use super::sizes::Sizes;
use crate::base::Place;
use crate::storyboard::text::suggestions::{closest, did_you_mean};

/// The names that templates can use.
#[derive(Debug, Default)]
pub(in crate::storyboard) struct TemplateNames {
    /// The variables, resolved.
    pub vars: Map<String, Value>,
    /// Variables that are declared but invalid; their uses are not reported again.
    pub broken: HashSet<String>,
    /// The film's title, once it is known.
    pub title: Option<String>,
    /// The axes of the matrix, each with the union of its values.
    pub axes: Map<String, Value>,
    /// The union of the rows of the current scene, if it has rows.
    pub item: Option<Value>,
    /// The current stage of reading.
    pub stage: ReadStage,
    /// Whether a file that may declare more could not be read, which has been reported.
    pub is_incomplete: bool,
    /// How many unknown names were compared with all variables.
    guesses: Cell<u32>,
}

/// How many unknown names get a "did you mean": comparing each with all variables takes time.
const GUESSES_MAX: u32 = 50;

/// The stages of reading: later stages know more names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::storyboard) enum ReadStage {
    /// Variables are being resolved; they can use each other.
    #[default]
    Variables,
    /// The film's own fields are read; they can use the variables.
    Film,
    /// Scenes are read; they can also use the title and their own names.
    Scenes,
}

/// A value specific to a scene.
#[derive(Clone, Debug)]
pub(in crate::storyboard) struct SceneValue {
    /// Its name in templates.
    pub name: Rc<str>,
    /// The value.
    pub value: Rc<Value>,
    /// Its description in messages: `row `aurora` of `card``.
    pub label: Rc<str>,
    /// Its place.
    pub place: Place,
}

/// The scene that contains a template.
#[derive(Clone, Debug)]
pub(in crate::storyboard) struct SceneNames {
    /// Its id, without the variant.
    pub id: String,
    /// Its position in the film, from 1; the same for all its variants.
    pub index: usize,
    /// The name of its variant, if the film has a matrix.
    pub variant: Option<Rc<str>>,
    /// Its specific values: the axes of the matrix, and its row.
    pub given: Vec<SceneValue>,
}

impl SceneNames {
    /// Its id with the variant.
    pub fn full(&self) -> String {
        match &self.variant {
            Some(variant) => format!("{}.{variant}", self.id),
            None => self.id.clone(),
        }
    }
}

/// The result of looking up a path.
enum NameLookup<'n> {
    /// A value that is already known.
    Value(&'n Value),
    /// A single value that differs for each scene.
    PerScene,
    /// A value of a row or a variant, which is checked when it is rendered.
    SceneValue,
    /// Something that has already been reported.
    Broken,
    /// Nothing: the missing part, and the names that exist at that level.
    Missing { part: String, known: Vec<String>, within: Option<String> },
    /// A name that is not available at this stage.
    TooEarly,
}

impl TemplateNames {
    /// The errors in the names that a template, or a partial of that name, uses; `given` are the
    /// arguments of the partial's caller.
    pub fn check(
        &self,
        anatomy: &TemplateParts,
        partial: Option<&str>,
        given: &BTreeSet<String>,
        is_local: bool,
    ) -> Vec<TemplateProblem> {
        let checked = global(anatomy, given, is_local);
        checked.filter_map(|reference| self.check_one(reference, partial)).collect()
    }

    /// The errors in printing variables that have no value, unless a condition is around them.
    pub fn check_values(
        &self,
        anatomy: &TemplateParts,
        given: &BTreeSet<String>,
        is_local: bool,
    ) -> Vec<TemplateProblem> {
        let is_printed = |it: &&Reference| it.usage == NameUse::Printed && it.guards.is_empty();
        let checked = global(anatomy, given, is_local).filter(is_printed);
        let is_null = |it: &&Reference| matches!(self.find(&it.path), NameLookup::Value(value) if value.is_null());
        let mistake = |reference: &Reference| {
            let path = &reference.path;
            let message = format!("`{path}` has no value");
            let label = format!(
                "give it a value; if it may have none, write `{{{{default {path} \"…\"}}}}`"
            );
            TemplateProblem {
                code: "template-type",
                message,
                label,
                range: reference.range.clone(),
            }
        };
        checked.filter(is_null).map(mistake).collect()
    }

    /// The values of rows and variants that a template uses.
    pub fn given_uses<'a>(
        &self,
        anatomy: &'a TemplateParts,
        given: &BTreeSet<String>,
        is_local: bool,
    ) -> impl Iterator<Item = &'a Reference> {
        global(anatomy, given, is_local).filter(|reference| self.is_given(root(&reference.path)))
    }

    /// Whether a template uses a variable that was already reported, or one that may be declared in
    /// a file that could not be read.
    pub fn uses_broken(&self, anatomy: &TemplateParts) -> bool {
        let is_broken = |root: &str| {
            self.broken.contains(root) || self.is_incomplete && !self.vars.contains_key(root)
        };
        (self.is_incomplete || !self.broken.is_empty()) && anatomy.roots().any(is_broken)
    }

    fn check_one(&self, reference: &Reference, partial: Option<&str>) -> Option<TemplateProblem> {
        let path = &reference.path;
        let mistake = |code, message: String, label: String| {
            Some(TemplateProblem { code, message, label, range: reference.range.clone() })
        };
        match self.find(path) {
            NameLookup::Broken => None,
            NameLookup::TooEarly => {
                let message = format!("`{path}` is not available here");
                mistake("unknown-variable", message, "only scenes and partials can use it".into())
            }
            // It may be missing, but a name close to a known one is a typing error.
            NameLookup::Missing { part, known, .. }
                if reference.usage == NameUse::Optional
                    && closest(&part, known.iter().map(String::as_str)).is_none() =>
            {
                None
            }
            NameLookup::Missing { part, known, within } => {
                let message = match &within {
                    Some(owner) => format!("`{owner}` has no `{part}`"),
                    None if part == "title" => "the storyboard has no `title`".to_string(),
                    None if part == "item" => "there is no `item` here".to_string(),
                    None => format!("there is no variable `{part}`"),
                };
                let label = did_you_mean(&part, known.iter().map(String::as_str), || {
                    match (&within, known.as_slice()) {
                        (None, _) if part == "title" => "add `title:` at the top".to_string(),
                        (None, _) if part == "item" => {
                            "only scenes with `for_each` have it".to_string()
                        }
                        (None, _) => match partial {
                            Some(name) => format!(
                                "pass it where the partial is used, `{{{{> {name} {part}=…}}}}`, or add it to `vars`"
                            ),
                            None => format!("add `{part}` to `vars`, or give `--var {part}=…`"),
                        },
                        (Some(_), []) => "it is a single value".to_string(),
                        (Some(_), known) => format!("it has {}", known.join(", ")),
                    }
                });
                mistake("unknown-variable", message, label)
            }
            NameLookup::PerScene if reference.usage == NameUse::Looped => {
                let message =
                    format!("`{path}` is a single value, but `each` needs a list or a map");
                mistake(
                    "template-type",
                    message,
                    "remove `each` and write `{{name}}` instead of `{{this}}`".into(),
                )
            }
            NameLookup::PerScene | NameLookup::SceneValue => None,
            NameLookup::Value(value) => misuse(reference, value),
        }
    }

    /// Whether a name is available in every template of a scene.
    pub fn is_known(&self, root: &str) -> bool {
        self.is_given(root)
            || self.vars.contains_key(root)
            || self.broken.contains(root)
            || matches!(root, "scene" | "title")
    }

    /// Whether a name has a different value in each variant or row.
    pub fn is_given(&self, root: &str) -> bool {
        root == "item" || self.axes.contains_key(root)
    }

    fn find(&self, path: &str) -> NameLookup<'_> {
        let parts = parts(path);
        let Some((first, rest)) = parts.split_first() else { return NameLookup::PerScene };
        let is_early = self.stage < ReadStage::Scenes;
        match (*first, rest) {
            ("scene" | "item", _) if is_early => NameLookup::TooEarly,
            (axis, _) if is_early && self.axes.contains_key(axis) => NameLookup::TooEarly,
            ("item", _) if self.broken.contains("item") => NameLookup::Broken,
            ("item", rest) => match &self.item {
                Some(item) => within(item, "item".to_string(), rest, |_| NameLookup::SceneValue),
                None => {
                    NameLookup::Missing { part: "item".into(), known: Vec::new(), within: None }
                }
            },
            (axis, rest) if let Some(value) = self.axes.get(axis) => {
                within(value, axis.to_string(), rest, |_| NameLookup::SceneValue)
            }
            ("scene", ["id" | "index"]) => NameLookup::PerScene,
            ("scene", ["variant"]) if !self.axes.is_empty() => NameLookup::PerScene,
            ("scene", rest) => NameLookup::Missing {
                part: rest.first().unwrap_or(&"").to_string(),
                known: vec!["id".into(), "index".into()],
                within: Some("scene".into()),
            },
            ("title", []) if self.stage < ReadStage::Scenes => NameLookup::TooEarly,
            ("title", []) if self.title.is_some() || self.broken.contains("title") => {
                NameLookup::PerScene
            }
            ("vars", []) => NameLookup::PerScene,
            ("vars", [name, rest @ ..]) => self.variable(name, rest, "vars."),
            (name, rest) => self.variable(name, rest, ""),
        }
    }

    fn variable<'n>(&'n self, name: &str, rest: &[&str], prefix: &str) -> NameLookup<'n> {
        if self.broken.contains(name) {
            return NameLookup::Broken;
        }
        let Some(value) = self.vars.get(name) else {
            if self.is_incomplete {
                return NameLookup::Broken;
            }
            self.guesses.set(self.guesses.get() + 1);
            let mut known = Vec::new();
            if self.guesses.get() <= GUESSES_MAX {
                known.extend(self.vars.keys().cloned());
                known.extend(self.axes.keys().cloned());
                known.extend(self.broken.iter().cloned());
            }
            return NameLookup::Missing { part: name.to_string(), known, within: None };
        };
        within(value, format!("{prefix}{name}"), rest, NameLookup::Value)
    }

    /// The sizes of the values that a template uses.
    pub(super) fn sizes(&self, roots: &BTreeSet<String>) -> Sizes {
        let all = roots.contains("vars");
        let vars = self.vars.iter().filter(|(name, _)| all || roots.contains(name.as_str()));
        let axes = self.axes.iter().filter(|(name, _)| roots.contains(name.as_str()));
        let item = self.item.iter().filter(|_| roots.contains("item"));
        vars.chain(axes).map(|pair| pair.1).chain(item).map(Sizes::of).sum()
    }

    /// Only the values that a template needs, because handlebars copies them for each partial.
    pub fn context(
        &self,
        roots: &BTreeSet<String>,
        scene: Option<&SceneNames>,
    ) -> Map<String, Value> {
        let mut context = Map::new();
        let mut vars = Map::new();
        let all = roots.contains("vars");
        let names = self.vars.iter().filter(|(name, _)| all || roots.contains(name.as_str()));
        for (name, value) in names {
            vars.insert(name.clone(), value.clone());
        }
        context.clone_from(&vars);
        context.insert("vars".into(), Value::Object(vars));
        if let Some(title) = &self.title {
            context.insert("title".into(), title.as_str().into());
        }
        if let Some(scene) = scene {
            let mut fields = Map::new();
            fields.insert("id".into(), scene.id.as_str().into());
            fields.insert("index".into(), scene.index.into());
            fields.extend(scene.variant.iter().map(|name| ("variant".into(), name[..].into())));
            context.insert("scene".into(), Value::Object(fields));
            let used = scene.given.iter().filter(|given| roots.contains(&*given.name));
            context.extend(used.map(|given| (given.name.to_string(), (*given.value).clone())));
        }
        context
    }
}

/// The first name of a path.
fn root(path: &str) -> &str {
    path.split(['.', '/']).next().unwrap_or("")
}

/// The names that refer to the top level: not those inside of loops, nor the arguments of a
/// partial's caller.
fn global<'a>(
    anatomy: &'a TemplateParts,
    given: &BTreeSet<String>,
    is_local: bool,
) -> impl Iterator<Item = &'a Reference> {
    anatomy.references.iter().filter(move |reference| {
        !reference.is_local && !is_local && !given.contains(root(&reference.path))
    })
}

/// The names along a path.
pub(super) fn parts(path: &str) -> Vec<&str> {
    let parts = path.split(['.', '/']).map(|part| part.trim_matches(['[', ']']));
    parts.filter(|part| !part.is_empty() && *part != "this").collect()
}

/// The result of looking up a path within a value; `owner` is the name of the value.
fn within<'n>(
    mut value: &'n Value,
    mut owner: String,
    path: &[&str],
    found: impl FnOnce(&'n Value) -> NameLookup<'n>,
) -> NameLookup<'n> {
    for part in path {
        let Some(inner) = step(value, part) else {
            let known = match value {
                Value::Object(map) => map.keys().cloned().collect(),
                Value::Array(list) => (0..list.len().min(10)).map(|at| at.to_string()).collect(),
                _ => Vec::new(),
            };
            return NameLookup::Missing { part: part.to_string(), known, within: Some(owner) };
        };
        owner = format!("{owner}.{part}");
        value = inner;
    }
    found(value)
}

/// The member of a value with this name or number.
pub(super) fn step<'v>(value: &'v Value, part: &str) -> Option<&'v Value> {
    match value {
        Value::Object(map) => map.get(part),
        Value::Array(list) => part.parse().ok().and_then(|at: usize| list.get(at)),
        _ => None,
    }
}

/// The error in using a value in this way.
pub(super) fn misuse(reference: &Reference, value: &Value) -> Option<TemplateProblem> {
    let path = &reference.path;
    let (message, label) = match (reference.usage, value) {
        (NameUse::Printed, Value::Object(map)) => {
            let label = match map.keys().next() {
                Some(key) => format!("use one of its values: `{{{{{path}.{key}}}}}`"),
                None => "it is empty".to_string(),
            };
            (format!("`{path}` is a map, which cannot be printed"), label)
        }
        (NameUse::Printed, Value::Array(_)) => {
            let message = format!("`{path}` is a list, which cannot be printed");
            (message, format!("write `{{{{join {path} \", \"}}}}`"))
        }
        (NameUse::Looped, Value::Object(_) | Value::Array(_)) => return None,
        (NameUse::Looped, _) => {
            let message = format!("`{path}` is a single value, but `each` needs a list or a map");
            (message, format!("remove `each` and write `{{{{{path}}}}}`"))
        }
        _ => return None,
    };
    Some(TemplateProblem { code: "template-type", message, label, range: reference.range.clone() })
}
