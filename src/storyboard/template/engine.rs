//! The engine: templates parsed once each, checked, and rendered within bounds.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use handlebars::template::TemplateElement;
use handlebars::{
    Context, Handlebars, Output, RenderContext, RenderError, RenderErrorReason, Renderable,
    Template,
};
use serde_json::Value;

use super::Mistake;
use super::anatomy::{Anatomy, offset_of};
use super::helpers;
use super::names::{Names, SceneNames, Stage};
use super::tags;
use crate::storyboard::suggest::did_you_mean;

/// Longest text that a template may render as, in bytes.
const OUTPUT_MAX_BYTES: usize = 256 << 10;
/// Work that all templates of a film may do, in elements rendered; a storyboard of 10,000 scenes
/// does some 100,000.
const WORK_MAX: u64 = 20_000_000;
/// Bytes of variables whose copying counts as one element; handlebars copies them per partial.
const COPIED_BYTES: u64 = 4_096;
/// Work that one template may do.
const TEMPLATE_WORK_MAX: u64 = 200_000;

/// Parses, checks and renders the templates of a film.
pub(in super::super) struct Engine {
    registry: Handlebars<'static>,
    names: Names,
    partials: BTreeMap<String, Partial>,
    prepared: HashMap<Box<str>, Rc<Prepared>>,
    /// The longest list or map in the variables: the most that a loop can run.
    longest: u64,
    /// The size of all variables, in units of work.
    copying: u64,
    work: u64,
}

/// A parsed template and what it is made of.
pub(in super::super) struct Compiled {
    /// What it is made of; its mistakes include those of syntax.
    pub anatomy: Anatomy,
    template: Template,
}

struct Partial {
    compiled: Compiled,
    /// It uses itself, directly or through others.
    in_ring: bool,
}

/// A template that can be rendered, or what is wrong with it.
struct Prepared {
    compiled: Compiled,
    /// The names that it and its partials use.
    roots: BTreeSet<String>,
    /// How many elements rendering it visits, at most.
    work: u64,
    trouble: Option<Trouble>,
}

/// Why a template was not rendered. Nothing in it means that the reason has been reported.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Trouble {
    /// What is wrong in the template.
    pub own: Vec<Mistake>,
    /// What is wrong in partials that it uses, by their names.
    pub partials: Vec<(String, Mistake)>,
}

impl Trouble {
    fn own(mistake: Mistake) -> Self {
        Trouble { own: vec![mistake], partials: Vec::new() }
    }
}

impl Compiled {
    /// Parses a text; what is wrong is in the anatomy.
    pub fn parse(text: &str) -> Self {
        let failed = |mistake| Compiled {
            anatomy: Anatomy { mistakes: vec![mistake], ..Anatomy::default() },
            template: Template::new(),
        };
        if let Err(mistake) = tags::check_bounds(text) {
            return failed(mistake);
        }
        match Template::compile(text) {
            Ok(template) => Compiled { anatomy: Anatomy::of(&template, text), template },
            Err(error) => {
                let at = error.pos().map_or(0, |(line, column)| offset_of(text, line, column));
                failed(tags::diagnose(text, at))
            }
        }
    }
}

impl Engine {
    /// An engine that knows no names and no partials yet.
    pub fn new() -> Self {
        Engine {
            registry: helpers::registry(),
            names: Names::default(),
            partials: BTreeMap::new(),
            prepared: HashMap::new(),
            longest: 1,
            copying: 0,
            work: 0,
        }
    }

    /// Adds names; templates seen before are looked at anew.
    pub fn learn(&mut self, add: impl FnOnce(&mut Names)) {
        add(&mut self.names);
        self.prepared.clear();
    }

    /// Adds a variable.
    pub fn learn_variable(&mut self, name: &str, value: Value) {
        self.longest = self.longest.max(longest(&value));
        self.copying = self.copying.saturating_add(bytes(&value) / COPIED_BYTES);
        self.learn(|names| {
            names.broken.remove(name);
            names.vars.insert(name.to_string(), value);
        });
    }

    /// Goes on to a stage at which more names are known.
    pub fn enter(&mut self, stage: Stage) {
        self.learn(|names| names.stage = stage);
    }

    /// Adds a partial.
    pub fn add_partial(&mut self, name: &str, text: &str) {
        let compiled = Compiled::parse(text);
        self.registry.register_template(name, compiled.template.clone());
        self.partials.insert(name.to_string(), Partial { compiled, in_ring: false });
    }

    /// Which partials use which, by name, once all have been added.
    pub fn partial_uses(&self) -> Vec<(String, Vec<String>)> {
        let uses = |partial: &Partial| {
            partial.compiled.anatomy.calls.iter().map(|call| call.partial.clone()).collect()
        };
        self.partials.iter().map(|(name, partial)| (name.clone(), uses(partial))).collect()
    }

    /// Says that these partials use themselves; they are never rendered.
    pub fn forbid_partials(&mut self, ring: &[String]) {
        for name in ring {
            if let Some(partial) = self.partials.get_mut(name) {
                partial.in_ring = true;
            }
        }
    }

    /// What is wrong in a partial that nothing uses, as far as it can be told.
    pub fn mistakes_of_partial(&self, name: &str) -> &[Mistake] {
        self.partials.get(name).map_or(&[], |partial| &partial.compiled.anatomy.mistakes)
    }

    /// Renders a text in a scene, or outside of any.
    pub fn render(&mut self, text: &str, scene: Option<&SceneNames>) -> Result<String, Trouble> {
        let prepared = self.prepare(text);
        if let Some(trouble) = &prepared.trouble {
            return Err(trouble.clone());
        }
        self.work = self.work.saturating_add(prepared.work);
        if self.work > WORK_MAX {
            return Err(Trouble::own(too_much(text)));
        }
        let context = self.context(&prepared, scene);
        self.run(&prepared.compiled.template, &context).map_err(|error| {
            let mistake = render_mistake(text, &error);
            match error.template_name.clone() {
                Some(name) => Trouble { own: Vec::new(), partials: vec![(name, mistake)] },
                None => Trouble::own(mistake),
            }
        })
    }

    /// How many characters each part of a text renders as: the text itself, and each tag as
    /// written, in the order of their first appearance.
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
        Context::from(Value::Object(self.names.context(&prepared.roots, scene)))
    }

    fn run(&self, template: &Template, context: &Context) -> Result<String, RenderError> {
        let mut output = Bounded(String::new());
        let mut render = RenderContext::new(None);
        template.render(&self.registry, context, &mut render, &mut output)?;
        Ok(output.0)
    }

    fn prepare(&mut self, text: &str) -> Rc<Prepared> {
        if let Some(prepared) = self.prepared.get(text) {
            return prepared.clone();
        }
        let compiled = Compiled::parse(text);
        let mut survey = Survey {
            engine: self,
            trouble: Trouble::default(),
            is_silent: false,
            roots: BTreeSet::new(),
        };
        let work = survey.visit(&compiled.anatomy, None, &BTreeSet::new(), false, &mut Vec::new());
        let Survey { mut trouble, is_silent, roots, .. } = survey;
        if work > TEMPLATE_WORK_MAX {
            trouble.own.push(too_much(text));
        }
        let is_wrong = is_silent || !trouble.own.is_empty() || !trouble.partials.is_empty();
        let trouble = is_wrong.then_some(trouble);
        let prepared = Rc::new(Prepared { compiled, roots, work, trouble });
        self.prepared.insert(text.into(), prepared.clone());
        prepared
    }
}

/// A look at a template and all partials it uses.
struct Survey<'e> {
    engine: &'e Engine,
    trouble: Trouble,
    /// It uses something that was reported already.
    is_silent: bool,
    roots: BTreeSet<String>,
}

impl Survey<'_> {
    /// Gathers mistakes and names; returns the work that rendering does at most.
    fn visit(
        &mut self,
        anatomy: &Anatomy,
        partial: Option<&str>,
        given: &BTreeSet<String>,
        is_local: bool,
        path: &mut Vec<String>,
    ) -> u64 {
        let engine = self.engine;
        let mut mistakes = anatomy.mistakes.clone();
        mistakes.extend(engine.names.check(anatomy, given, is_local));
        self.is_silent |= engine.names.uses_broken(anatomy);
        self.roots.extend(anatomy.roots().map(str::to_string));
        let times = |loops: usize| engine.longest.saturating_pow(loops as u32);
        let mut work = 0u64;
        for (loops, elements) in anatomy.elements.iter().enumerate() {
            work = work.saturating_add(elements.saturating_mul(times(loops)));
        }
        for call in &anatomy.calls {
            let Some((name, called)) = engine.partials.get_key_value(&call.partial) else {
                mistakes.push(unknown_partial(&call.partial, call.range.clone(), engine));
                continue;
            };
            if called.in_ring || path.contains(name) {
                self.is_silent = true;
                continue;
            }
            // A chain of partials that each use the next twice doubles with each link.
            if work > TEMPLATE_WORK_MAX {
                break;
            }
            path.push(name.clone());
            let mut gives = given.clone();
            gives.extend(call.gives.iter().cloned());
            let local = is_local || call.is_local;
            let inner = self.visit(&called.compiled.anatomy, Some(name), &gives, local, path);
            path.pop();
            let inner = inner.saturating_add(engine.copying);
            work = work.saturating_add(inner.saturating_mul(times(call.loops)));
        }
        match partial {
            None => self.trouble.own.extend(mistakes),
            Some(name) => {
                for mistake in mistakes {
                    let found = (name.to_string(), mistake);
                    if !self.trouble.partials.contains(&found) {
                        self.trouble.partials.push(found);
                    }
                }
            }
        }
        work
    }
}

fn unknown_partial(name: &str, range: std::ops::Range<usize>, engine: &Engine) -> Mistake {
    let known = engine.partials.keys().map(String::as_str);
    let label = match engine.names.vars.contains_key(name) {
        true => format!("`{name}` is a variable: write `{{{{{name}}}}}`"),
        false => did_you_mean(name, known, || format!("add `{name}` to `partials`")),
    };
    Mistake {
        code: "unknown-partial",
        message: format!("there is no partial `{name}`"),
        label,
        range,
    }
}

fn too_much(text: &str) -> Mistake {
    Mistake {
        code: "template-too-much",
        message: "this template would do more work than a storyboard can need".into(),
        label: "use fewer or shorter loops and partials".into(),
        range: 0..text.len(),
    }
}

/// What only rendering could find: names inside loops, and helpers given the wrong kind of value.
fn render_mistake(text: &str, error: &RenderError) -> Mistake {
    let place = error.line_no.zip(error.column_no).filter(|_| error.template_name.is_none());
    let start = place.map_or(0, |(line, column)| offset_of(text, line, column));
    let rest = &text[start..];
    let end = match place {
        Some(_) => rest.find("}}").map_or(rest.len(), |end| end + 2),
        None => rest.len(),
    };
    let (code, message, label) = match error.reason() {
        RenderErrorReason::MissingVariable(Some(path)) => (
            "unknown-variable",
            format!("there is no `{path}` here"),
            format!("inside a loop, names of the film are `{{{{@root.{path}}}}}`"),
        ),
        RenderErrorReason::MissingVariable(None) => {
            ("unknown-variable", "a value is missing here".into(), String::new())
        }
        RenderErrorReason::IOError(_) => (
            "template-too-long",
            format!("this renders as more than {} KiB", OUTPUT_MAX_BYTES >> 10),
            "shorten it".into(),
        ),
        RenderErrorReason::ParamNotFoundForIndex(helper, at) => {
            ("helper-use", format!("`{helper}` wants {} values", at + 1), "give it one more".into())
        }
        RenderErrorReason::ParamTypeMismatchForName(helper, _, wanted) => {
            let wanted = if wanted.contains("Vec") { "a list" } else { "text" };
            (
                "helper-use",
                format!("`{helper}` wants {wanted} here"),
                "give it another value".into(),
            )
        }
        other => ("template-render", format!("this cannot be rendered: {other}"), String::new()),
    };
    Mistake { code, message, label, range: start..start + end }
}

/// The longest list or map in a value.
fn longest(value: &Value) -> u64 {
    match value {
        Value::Array(items) => items.iter().map(longest).max().unwrap_or(0).max(items.len() as u64),
        Value::Object(map) => map.values().map(longest).max().unwrap_or(0).max(map.len() as u64),
        _ => 0,
    }
}

/// How many bytes of text a value holds.
fn bytes(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.len() as u64,
        Value::Array(items) => items.iter().map(bytes).sum(),
        Value::Object(map) => map.iter().map(|(key, value)| key.len() as u64 + bytes(value)).sum(),
        _ => 8,
    }
}

/// An output that refuses to grow without end.
struct Bounded(String);

impl Output for Bounded {
    fn write(&mut self, text: &str) -> Result<(), std::io::Error> {
        if self.0.len() + text.len() > OUTPUT_MAX_BYTES {
            return Err(std::io::Error::other("too long"));
        }
        self.0.push_str(text);
        Ok(())
    }
}
