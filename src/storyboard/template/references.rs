//! The parts of a template: which names it uses, where, and how.
//!
//! Handlebars' strict mode does not check conditions and prints a map as `[object]`. Walking the
//! parsed template finds both before anything is rendered, and bounds the work of rendering.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use handlebars::Template;
use handlebars::template::{DecoratorTemplate, HelperTemplate, Parameter, TemplateElement};

use super::errors::{TemplateProblem, offset_of};
use super::helpers::{BLOCKS, HELPERS, TESTS};
use crate::storyboard::text::suggestions::did_you_mean;

/// How a name is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::storyboard) enum NameUse {
    /// It is printed, so it must be a single value.
    Printed,
    /// `{{#each}}` loops over it.
    Looped,
    /// It is passed to a helper or a partial.
    Passed,
    /// A condition tests it.
    Tested,
    /// It may be missing: the first argument of `default`.
    Optional,
}

/// A condition around a part of a template.
#[derive(Clone, Debug)]
pub(in crate::storyboard) struct Guard {
    /// Renders as non-empty if the condition is met; `None` if that depends on a loop.
    pub test: Option<Rc<Template>>,
    /// Whether the part is rendered if the condition is met, or if it is not.
    pub when: bool,
}

/// A name that a template uses.
#[derive(Clone, Debug)]
pub(in crate::storyboard) struct Reference {
    /// The path from the top, such as `hero.name`.
    pub path: String,
    /// Its bytes in the template.
    pub range: Range<usize>,
    /// How it is used.
    pub usage: NameUse,
    /// Whether it is inside of `each`, `with` or a partial with its own context, so that its
    /// meaning is known only when rendering.
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
    /// The number of loops around it.
    pub loops: usize,
    /// The arguments of the call, with their bytes: `{{> camera move="pan"}}`.
    pub gives: BTreeMap<String, Range<usize>>,
    /// Whether the partial has another context than the template.
    pub is_local: bool,
    /// The conditions around it.
    pub guards: Vec<Guard>,
}

/// The parts of a template.
#[derive(Clone, Debug, Default)]
pub(in crate::storyboard) struct TemplateParts {
    /// The names it uses.
    pub references: Vec<Reference>,
    /// The partials it uses.
    pub calls: Vec<PartialCall>,
    /// Errors that do not depend on the meaning of names.
    pub mistakes: Vec<TemplateProblem>,
    /// The number of elements, by the number of loops around them.
    pub elements: Vec<u64>,
}

impl TemplateParts {
    /// Takes a parsed template apart.
    pub fn of(template: &Template, text: &str) -> Self {
        let mut walk =
            Walk { text, cursor: 0, guards: Vec::new(), anatomy: TemplateParts::default() };
        walk.template(template, BlockScope { depth: 0, loops: 0 });
        walk.anatomy
    }

    /// The first part of every name it uses, including names that may mean something else.
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
struct BlockScope {
    /// The number of blocks around that change the meaning of names.
    depth: usize,
    /// The number of loops among them.
    loops: usize,
}

struct Walk<'t> {
    text: &'t str,
    /// The start of the current element.
    cursor: usize,
    /// The conditions around it.
    guards: Vec<Guard>,
    anatomy: TemplateParts,
}

impl Walk<'_> {
    fn template(&mut self, template: &Template, scope: BlockScope) {
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

    fn element(&mut self, element: &TemplateElement, scope: BlockScope) {
        match element {
            TemplateElement::RawString(_) | TemplateElement::Comment(_) => {}
            TemplateElement::Expression(helper) | TemplateElement::HtmlExpression(helper) => {
                self.expression(helper, scope, NameUse::Printed);
            }
            TemplateElement::HelperBlock(block) => self.block(block, scope),
            TemplateElement::PartialExpression(partial) => self.partial(partial, scope),
            // Decorators, partial blocks, and anything that a later handlebars adds.
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
    fn expression(&mut self, helper: &HelperTemplate, scope: BlockScope, usage: NameUse) {
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

    fn inner(&mut self, element: &TemplateElement, scope: BlockScope) {
        if let TemplateElement::Expression(helper) = element {
            self.expression(helper, scope, NameUse::Passed);
        }
    }

    fn parameters(&mut self, name: &str, helper: &HelperTemplate, scope: BlockScope) {
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

    fn parameter(&mut self, parameter: &Parameter, scope: BlockScope, usage: NameUse) {
        match parameter {
            Parameter::Literal(_) => {}
            Parameter::Subexpression(inner) => self.inner(&inner.element, scope),
            name => self.reference(name.as_name().unwrap_or(""), scope, usage),
        }
    }

    /// `{{#if …}}…{{else}}…{{/if}}`.
    fn block(&mut self, block: &HelperTemplate, scope: BlockScope) {
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
                // A loop with an empty body still iterates.
                self.count(scope.loops + 1);
                BlockScope { depth: scope.depth + 1, loops: scope.loops + 1 }
            }
            "with" => BlockScope { depth: scope.depth + 1, loops: scope.loops },
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
    fn partial(&mut self, partial: &DecoratorTemplate, scope: BlockScope) {
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

    fn reference(&mut self, raw: &str, scope: BlockScope, usage: NameUse) {
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
        // The loop sets `@index` and similar names.
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

    /// The range of a word in the current tag, or of the whole tag if it is not found.
    fn find(&self, word: &str) -> Range<usize> {
        let tag = self.tag();
        let found = self.text[self.cursor..].find(word).filter(|_| !word.is_empty());
        match found.map(|at| self.cursor + at) {
            Some(at) => at..at + word.len(),
            None => tag,
        }
    }
}

/// The condition of a block, as a template that renders as non-empty if it is met.
fn test(block: &HelperTemplate, scope: BlockScope) -> Option<Rc<Template>> {
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
