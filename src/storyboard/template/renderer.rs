//! The renderer: templates are parsed once each, checked, and rendered within bounds.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use handlebars::template::TemplateElement;
use handlebars::{Context, Handlebars, Output, RenderContext, RenderError, Renderable, Template};
use serde_json::Value;

use super::compiled::Compiled;
use super::errors::{
    OUTPUT_MAX_BYTES, RenderFailure, TemplateProblem, UsedPartial, offset_of, render_mistake,
    too_much,
};
use super::helpers;
use super::names::{ReadStage, SceneNames, TemplateNames};
use super::partials::Partials;
use super::precheck::{PrecheckInput, PrecheckResult, survey};
use super::scene_values;

/// The most work of all templates of a film, in rendered elements; a storyboard of 10,000 scenes
/// needs some 100,000.
const WORK_MAX: u64 = 20_000_000;

/// Parses, checks and renders the templates of a film.
pub(in crate::storyboard) struct TemplateRenderer {
    registry: Handlebars<'static>,
    names: TemplateNames,
    partials: Partials,
    prepared: HashMap<Box<str>, Rc<Prepared>>,
    /// Templates that use a row; they are checked again for each scene with rows.
    of_rows: HashMap<Box<str>, Rc<Prepared>>,
    used: UsedNames,
    work: u64,
}

/// The names used so far, by templates and otherwise.
#[derive(Default)]
struct UsedNames {
    names: HashSet<String>,
    partials: HashSet<String>,
}

/// A template that can be rendered, or its errors.
struct Prepared {
    compiled: Compiled,
    found: PrecheckResult,
}

impl TemplateRenderer {
    /// A renderer without names and partials.
    pub fn new() -> Self {
        TemplateRenderer {
            registry: helpers::registry(),
            names: TemplateNames::default(),
            partials: Partials::default(),
            prepared: HashMap::new(),
            of_rows: HashMap::new(),
            used: UsedNames::default(),
            work: 0,
        }
    }

    /// Adds names; known templates are checked again.
    pub fn learn(&mut self, add: impl FnOnce(&mut TemplateNames)) {
        add(&mut self.names);
        self.prepared.clear();
        self.of_rows.clear();
    }

    /// Continues with a scene; `item` is the union of its rows, if it has rows.
    pub fn enter_scene(&mut self, item: Option<Value>) {
        self.names.item = item;
        self.names.broken.remove("item");
        self.of_rows.clear();
    }

    /// Records that the current scene has invalid rows, which have been reported.
    pub fn give_up_on_rows(&mut self) {
        self.enter_scene(None);
        self.names.broken.insert("item".to_string());
    }

    /// Records that a file could not be read, which has been reported; it may declare unknown
    /// names.
    pub fn give_up_on_file(&mut self) {
        self.learn(|names| names.is_incomplete = true);
    }

    /// Whether unknown names may be declared in a file that could not be read.
    pub fn is_incomplete(&self) -> bool {
        self.names.is_incomplete
    }

    /// Whether the matrix has an axis with that name.
    pub fn is_axis(&self, name: &str) -> bool {
        self.names.axes.contains_key(name)
    }

    /// Records that a name is declared but invalid, which has been reported.
    pub fn give_up_on(&mut self, name: &str) {
        self.learn(|names| {
            names.axes.remove(name);
            names.broken.insert(name.to_string());
        });
    }

    /// Whether a name is declared but invalid, which has been reported.
    pub fn is_broken(&self, name: &str) -> bool {
        self.names.broken.contains(name)
    }

    /// The value of a variable, if it is known.
    pub fn variable(&self, name: &str) -> Option<&Value> {
        self.names.vars.get(name)
    }

    /// The names of all variables, for suggestions.
    pub fn variable_names(&self) -> impl Iterator<Item = &str> {
        self.names.vars.keys().map(String::as_str)
    }

    /// Records that something other than a template uses a variable or a character.
    pub fn note_use(&mut self, name: &str) {
        self.used.names.insert(name.to_string());
    }

    /// Whether anything has used a variable or a character so far.
    pub fn is_used(&self, name: &str) -> bool {
        ["vars", name].iter().any(|used| self.used.names.contains(*used))
    }

    /// Whether anything has used a partial so far.
    pub fn is_partial_used(&self, name: &str) -> bool {
        self.used.partials.contains(name)
    }

    /// Adds a variable.
    pub fn learn_variable(&mut self, name: &str, value: Value) {
        self.learn(|names| {
            names.broken.remove(name);
            names.vars.insert(name.to_string(), value);
        });
    }

    /// Continues with a stage at which more names are available.
    pub fn enter(&mut self, stage: ReadStage) {
        self.learn(|names| names.stage = stage);
    }

    /// Adds a partial.
    pub fn add_partial(&mut self, name: &str, text: &str) {
        let mut compiled = Compiled::parse(text);
        compiled.template.name = Some(name.to_string());
        self.registry.register_template(name, compiled.template.clone());
        self.partials.add(name, text, compiled);
    }

    /// Which partials use which, by name, once all have been added.
    pub fn partial_uses(&self) -> Vec<(String, Vec<String>)> {
        self.partials.uses()
    }

    /// Records that these partials use themselves; they are never rendered.
    pub fn forbid_partials(&mut self, ring: &[String]) {
        self.partials.forbid(ring);
    }

    /// The errors in a partial that nothing uses, as far as they can be known.
    pub fn mistakes_of_partial(&self, name: &str) -> &[TemplateProblem] {
        self.partials.get(name).map_or(&[], |partial| &partial.compiled.anatomy.mistakes)
    }

    /// Renders a text in a scene, or outside of any scene.
    pub fn render(
        &mut self,
        text: &str,
        scene: Option<&SceneNames>,
    ) -> Result<String, RenderFailure> {
        let prepared = self.prepare(text);
        self.work = self.work.saturating_add(prepared.found.work);
        if self.work > WORK_MAX {
            return Err(RenderFailure::own(too_much(text)));
        }
        let context = self.context(&prepared, scene);
        let holds = |test: &Template| self.run(test, &context).ok().map(|text| !text.is_empty());
        let of_scene = scene_values::check(&prepared.found.given, scene, holds);
        if let Some(mut trouble) = prepared.found.trouble.clone() {
            // Report what a row lacks in addition to other errors, unless no row has it.
            let lacks = of_scene.map(|more| more.lacks).unwrap_or_default();
            let new: Vec<_> = lacks.into_iter().filter(|lack| !trouble.explains(lack)).collect();
            trouble.lacks.extend(new);
            return Err(trouble);
        }
        if let Some(trouble) = of_scene {
            return Err(trouble);
        }
        self.run(&prepared.compiled.template, &context).map_err(|error| {
            let partial = error.template_name.as_deref();
            match partial.and_then(|name| Some((name, self.partials.get(name)?))) {
                Some((name, partial)) => {
                    let mistake = render_mistake(&partial.text, &error);
                    let used = UsedPartial { name: name.to_string(), used: 0..text.len() };
                    RenderFailure { partials: vec![(used, mistake)], ..RenderFailure::default() }
                }
                None => RenderFailure::own(render_mistake(text, &error)),
            }
        })
    }

    /// The names that a text and its partials use.
    pub fn roots(&mut self, text: &str) -> BTreeSet<String> {
        self.prepare(text).found.roots.clone()
    }

    /// The rendered length in characters of each part of a text: the literal text, and each tag as
    /// written, in the order of first appearance.
    pub fn parts(
        &mut self,
        text: &str,
        scene: Option<&SceneNames>,
    ) -> Vec<(Option<String>, usize)> {
        let prepared = self.prepare(text);
        let context = self.context(&prepared, scene);
        let template = &prepared.compiled.template;
        let mut parts: Vec<(Option<String>, usize)> = Vec::new();
        for (element, place) in template.elements.iter().zip(&template.mapping) {
            let mut single = Template::new();
            single.elements.push(element.clone());
            let chars = self.run(&single, &context).map_or(0, |text| text.chars().count());
            let label = match element {
                TemplateElement::RawString(_) => None,
                _ => {
                    let rest = &text[offset_of(text, place.0, place.1)..];
                    let end = rest.find("}}").map_or(rest.len(), |end| end + 2);
                    Some(rest[..end].to_string())
                }
            };
            match parts.iter_mut().find(|part| part.0 == label) {
                Some(part) => part.1 += chars,
                None => parts.push((label, chars)),
            }
        }
        parts
    }

    fn context(&self, prepared: &Prepared, scene: Option<&SceneNames>) -> Context {
        Context::from(Value::Object(self.names.context(&prepared.found.roots, scene)))
    }

    fn run(&self, template: &Template, context: &Context) -> Result<String, RenderError> {
        let mut output = BoundedOutput(String::new());
        let mut render = RenderContext::new(None);
        template.render(&self.registry, context, &mut render, &mut output)?;
        Ok(output.0)
    }

    fn prepare(&mut self, text: &str) -> Rc<Prepared> {
        if let Some(prepared) = self.prepared.get(text).or_else(|| self.of_rows.get(text)) {
            return prepared.clone();
        }
        let compiled = Compiled::parse(text);
        let ground = PrecheckInput { names: &self.names, partials: &self.partials };
        let found = survey(ground, &compiled.anatomy, text);
        self.used.names.extend(found.roots.iter().cloned());
        self.used.partials.extend(found.partials.iter().cloned());
        let prepared = Rc::new(Prepared { compiled, found });
        let cache = match prepared.found.roots.contains("item") {
            true => &mut self.of_rows,
            false => &mut self.prepared,
        };
        cache.insert(text.into(), prepared.clone());
        prepared
    }
}

/// An output that refuses to exceed a limit.
struct BoundedOutput(String);

impl Output for BoundedOutput {
    fn write(&mut self, text: &str) -> Result<(), std::io::Error> {
        if self.0.len() + text.len() > OUTPUT_MAX_BYTES {
            return Err(std::io::Error::other("too long"));
        }
        self.0.push_str(text);
        Ok(())
    }
}
