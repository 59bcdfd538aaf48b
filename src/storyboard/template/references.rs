//! The parts of a template: which names it uses, where, and for what.
//!
//! Handlebars' strict mode does not look at conditions and prints a map as `[object]`; a walk over
//! the parsed template finds both before anything is rendered, and bounds the work of rendering.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use handlebars::Template;
use handlebars::template::{DecoratorTemplate, HelperTemplate, Parameter, TemplateElement};

use super::errors::{TemplateProblem, offset_of};
use super::helpers::{BLOCKS, HELPERS, TESTS};
use crate::storyboard::text::suggestions::did_you_mean;

/// What a name is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::storyboard) enum NameUse {
    /// It is printed, so it must be a single value.
    Printed,
    /// `{{#each}}` runs over it.
    Looped,
    /// A helper or a partial gets it.
    Passed,
    /// A condition looks at it.
    Tested,
    /// It may be missing: the first word of `default`.
    Optional,
}

/// A condition around a part of a template.
#[derive(Clone, Debug)]
pub(in crate::storyboard) struct Guard {
    /// Renders to some text where the condition is met; `None` where that depends on a loop.
    pub test: Option<Rc<Template>>,
    /// Whether the part is rendered when the condition is met, or when it is not.
    pub when: bool,
}

/// A name that a template uses.
#[derive(Clone, Debug)]
pub(in crate::storyboard) struct Reference {
    /// The path from the top, such as `hero.name`.
    pub path: String,
    /// Its bytes in the template.
    pub range: Range<usize>,
    /// What for.
    pub usage: NameUse,
    /// Whether it is inside `each`, `with` or a partial with a context of its own, so that
    /// what it names is only known when rendering.
    pub is_local: bool,
    /// The conditions around it.
    pub guards: Vec<Guard>,
}

/// A partial that a template uses.
#[derive(Clone, Debug)]
pub(in crate::storyboard) struct PartialCall {
    /// The partial's name.
    pub partial: String,
    /// Its bytes in the template.
    pub range: Range<usize>,
    /// How many loops it is inside.
    pub loops: usize,
    /// The names that the call gives to the partial, and their bytes: `{{> camera move="pan"}}`.
    pub gives: BTreeMap<String, Range<usize>>,
    /// Whether the partial sees another context than the template.
    pub is_local: bool,
    /// The conditions around it.
    pub guards: Vec<Guard>,
}

/// What a template is made of.
#[derive(Clone, Debug, Default)]
pub(in crate::storyboard) struct TemplateParts {
    /// The names it uses.
    pub references: Vec<Reference>,
    /// The partials it uses.
    pub calls: Vec<PartialCall>,
    /// What is wrong whatever the names mean.
    pub mistakes: Vec<TemplateProblem>,
    /// How many elements it has, by the number of loops around them.
    pub elements: Vec<u64>,
}

impl TemplateParts {
    /// Takes a parsed template apart.
    pub fn of(template: &Template, text: &str) -> Self {
        let mut walk =
            Walk { text, cursor: 0, guards: Vec::new(), anatomy: TemplateParts::default() };
        walk.template(template, Scope { depth: 0, loops: 0 });
        walk.anatomy
    }

    /// The first part of every name it uses, of names that may mean something else as well.
    pub fn roots(&self) -> impl Iterator<Item = &str> {
        self.references.iter().map(|reference| {
            let mut parts = reference.path.split(['.', '/']);
            match parts.next() {
                Some("vars") => parts.next().unwrap_or("vars"),
                first => first.unwrap_or(""),
            }
        })
    }
}

#[derive(Clone, Copy)]
struct Scope {
    /// How many blocks around change what names mean.
    depth: usize,
    /// How many of them are loops.
    loops: usize,
}

struct Walk<'t> {
    text: &'t str,
    /// Where the current element starts.
    cursor: usize,
    /// The conditions around it.
    guards: Vec<Guard>,
    anatomy: TemplateParts,
}

impl Walk<'_> {
    fn template(&mut self, template: &Template, scope: Scope) {
        for (at, element) in template.elements.iter().enumerate() {
            // Elements of `{{else if}}` have no place of their own and keep the last one.
            if let Some(place) = template.mapping.get(at) {
                self.cursor = offset_of(self.text, place.0, place.1).max(self.cursor);
            }
            self.count(scope.loops);
            self.element(element, scope);
        }
    }

    fn count(&mut self, loops: usize) {
        if self.anatomy.elements.len() <= loops {
            self.anatomy.elements.resize(loops + 1, 0);
        }
        self.anatomy.elements[loops] += 1;
    }

    fn element(&mut self, element: &TemplateElement, scope: Scope) {
        match element {
            TemplateElement::RawString(_) | TemplateElement::Comment(_) => {}
            TemplateElement::Expression(helper) | TemplateElement::HtmlExpression(helper) => {
                self.expression(helper, scope, NameUse::Printed);
            }
            TemplateElement::HelperBlock(block) => self.block(block, scope),
            TemplateElement::PartialExpression(partial) => self.partial(partial, scope),
            // Decorators, blocks of partials, and whatever a later handlebars adds.
            _ => {
                let label = "define it under `partials:` and use it with `{{> name}}`";
                self.mistake(
                    "template-feature",
                    "inline and block partials are not supported",
                    label,
                );
            }
        }
    }

    /// `{{name}}` or `{{helper …}}`.
    fn expression(&mut self, helper: &HelperTemplate, scope: Scope, usage: NameUse) {
        let is_call = !helper.params.is_empty() || !helper.hash.is_empty();
        match &helper.name {
            Parameter::Literal(_) => {}
            Parameter::Subexpression(inner) => self.inner(&inner.element, scope),
            name if !is_call => {
                let name = name.as_name().unwrap_or("");
                if HELPERS.contains(&name) || BLOCKS.contains(&name) {
                    let message = format!("the helper `{name}` needs a value");
                    self.mistake(
                        "helper-use",
                        message,
                        format!("for example `{{{{{name} product}}}}`"),
                    );
                } else {
                    self.reference(name, scope, usage);
                }
            }
            name => {
                let name = name.as_name().unwrap_or("");
                if !HELPERS.contains(&name) {
                    let message = format!("there is no helper `{name}`");
                    let label =
                        did_you_mean(name, HELPERS, || format!("there are {}", HELPERS.join(", ")));
                    self.mistake("unknown-helper", message, label);
                }
                self.parameters(name, helper, scope);
            }
        }
    }

    fn inner(&mut self, element: &TemplateElement, scope: Scope) {
        if let TemplateElement::Expression(helper) = element {
            self.expression(helper, scope, NameUse::Passed);
        }
    }

    fn parameters(&mut self, name: &str, helper: &HelperTemplate, scope: Scope) {
        for (at, parameter) in helper.params.iter().enumerate() {
            let usage = match name {
                "default" if at == 0 => NameUse::Optional,
                _ if TESTS.contains(&name) => NameUse::Tested,
                _ => NameUse::Passed,
            };
            self.parameter(parameter, scope, usage);
        }
        let mut hash: Vec<_> = helper.hash.iter().collect();
        hash.sort_by_key(|pair| pair.0);
        for (_, parameter) in hash {
            self.parameter(parameter, scope, NameUse::Passed);
        }
    }

    fn parameter(&mut self, parameter: &Parameter, scope: Scope, usage: NameUse) {
        match parameter {
            Parameter::Literal(_) => {}
            Parameter::Subexpression(inner) => self.inner(&inner.element, scope),
            name => self.reference(name.as_name().unwrap_or(""), scope, usage),
        }
    }

    /// `{{#if …}}…{{else}}…{{/if}}`.
    fn block(&mut self, block: &HelperTemplate, scope: Scope) {
        let name = block.name.as_name().unwrap_or("");
        if !BLOCKS.contains(&name) {
            let message = format!("there is no block `{{{{#{name}}}}}`");
            let label = did_you_mean(name, BLOCKS, || format!("there are {}", BLOCKS.join(", ")));
            self.mistake("unknown-helper", message, label);
        } else if block.params.is_empty() && name != "raw" {
            let message = format!("`{{{{#{name}}}}}` needs a value");
            self.mistake("helper-use", message, format!("for example `{{{{#{name} product}}}}`"));
        }
        for parameter in &block.params {
            let usage = match name {
                "each" => NameUse::Looped,
                "if" | "unless" => NameUse::Tested,
                _ => NameUse::Passed,
            };
            self.parameter(parameter, scope, usage);
        }
        let inside = match name {
            "each" => {
                // A loop with nothing in it turns all the same.
                self.count(scope.loops + 1);
                Scope { depth: scope.depth + 1, loops: scope.loops + 1 }
            }
            "with" => Scope { depth: scope.depth + 1, loops: scope.loops },
            _ => scope,
        };
        let is_condition = matches!(name, "if" | "unless");
        if is_condition {
            self.guards.push(Guard { test: test(block, scope), when: true });
        }
        if let Some(body) = &block.template {
            self.template(body, inside);
        }
        if let Some(guard) = self.guards.last_mut().filter(|_| is_condition) {
            guard.when = false;
        }
        if let Some(otherwise) = &block.inverse {
            self.template(otherwise, scope);
        }
        if is_condition {
            self.guards.pop();
        }
    }

    /// `{{> name}}`.
    fn partial(&mut self, partial: &DecoratorTemplate, scope: Scope) {
        let Some(name) = partial.name.as_name().filter(|name| !name.starts_with('@')) else {
            let label = "write its name, as in `{{> camera}}`";
            self.mistake("template-feature", "a partial must be called by its name", label);
            return;
        };
        let range = self.find(name);
        for parameter in &partial.params {
            self.parameter(parameter, scope, NameUse::Passed);
        }
        let mut gives = BTreeMap::new();
        for (name, parameter) in &partial.hash {
            let range = self.find(&format!("{name}="));
            gives.insert(name.clone(), range.start..range.end - 1);
            self.parameter(parameter, scope, NameUse::Passed);
        }
        self.anatomy.calls.push(PartialCall {
            partial: name.to_string(),
            range,
            loops: scope.loops,
            gives,
            is_local: scope.depth > 0 || !partial.params.is_empty(),
            guards: self.guards.clone(),
        });
    }

    fn reference(&mut self, raw: &str, scope: Scope, usage: NameUse) {
        let range = self.find(raw);
        let mut path = raw;
        let mut is_local = scope.depth > 0;
        if let Some(rest) = path.strip_prefix("@root.").or(path.strip_prefix("@root/")) {
            (path, is_local) = (rest, false);
        } else {
            let mut ups = 0;
            while let Some(rest) = path.strip_prefix("../") {
                (path, ups) = (rest, ups + 1);
            }
            if ups > 0 {
                is_local = ups != scope.depth;
            }
        }
        let path = path.strip_prefix("this.").or(path.strip_prefix("./")).unwrap_or(path);
        // `@index` and the like are set by the loop.
        let is_local = is_local || path.starts_with('@') && scope.depth > 0;
        let (path, guards) = (path.to_string(), self.guards.clone());
        self.anatomy.references.push(Reference { path, range, usage, is_local, guards });
    }

    fn mistake(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        label: impl Into<String>,
    ) {
        let (message, label, range) = (message.into(), label.into(), self.tag());
        self.anatomy.mistakes.push(TemplateProblem { code, message, label, range });
    }

    /// The current tag.
    fn tag(&self) -> Range<usize> {
        let rest = &self.text[self.cursor..];
        let end = rest.find("}}").map_or(rest.len(), |end| end + 2);
        self.cursor..self.cursor + end
    }

    /// The range of a word in the current tag, or of the tag if it is not found.
    fn find(&self, word: &str) -> Range<usize> {
        let tag = self.tag();
        let found = self.text[self.cursor..].find(word).filter(|_| !word.is_empty());
        match found.map(|at| self.cursor + at) {
            Some(at) => at..at + word.len(),
            None => tag,
        }
    }
}

/// The condition of a block, as a template that renders to some text where it is met.
fn test(block: &HelperTemplate, scope: Scope) -> Option<Rc<Template>> {
    if scope.depth > 0 {
        return None;
    }
    let mut something = Template::new();
    something.elements.push(TemplateElement::RawString("1".to_string()));
    let mut condition = block.clone();
    condition.template = Some(something);
    condition.inverse = None;
    let mut test = Template::new();
    test.elements.push(TemplateElement::HelperBlock(Box::new(condition)));
    Some(Rc::new(test))
}
