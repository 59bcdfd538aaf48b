//! Helpers: the functions that templates can call.

use handlebars::{Handlebars, handlebars_helper, no_escape};
use serde_json::Value;

/// Every helper that stands in a plain `{{…}}`, ours and the built-in ones.
pub(in crate::storyboard) const HELPERS: [&str; 17] = [
    "upper",
    "lower",
    "capitalize",
    "trim",
    "join",
    "default",
    "lookup",
    "len",
    "eq",
    "ne",
    "gt",
    "gte",
    "lt",
    "lte",
    "and",
    "or",
    "not",
];

/// Those that ask something of their values and print nothing of them.
pub(super) const TESTS: [&str; 9] = ["eq", "ne", "gt", "gte", "lt", "lte", "and", "or", "not"];

/// Every helper that opens a block.
pub(super) const BLOCKS: [&str; 5] = ["if", "unless", "each", "with", "raw"];

/// A registry in strict mode, without HTML escaping, with our helpers.
pub(super) fn registry() -> Handlebars<'static> {
    handlebars_helper!(upper: |text: Value| plain(&text).to_uppercase());
    handlebars_helper!(lower: |text: Value| plain(&text).to_lowercase());
    handlebars_helper!(trim: |text: Value| plain(&text).trim().to_string());
    handlebars_helper!(capitalize: |text: Value| {
        let text = plain(&text);
        let mut chars = text.chars();
        let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
        first + chars.as_str()
    });
    handlebars_helper!(join: |list: Vec<Value>, separator: str| {
        list.iter().map(plain).collect::<Vec<_>>().join(separator)
    });
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    registry.register_escape_fn(no_escape);
    // It would write to a log that nobody reads.
    registry.unregister_helper("log");
    registry.register_helper("upper", Box::new(upper));
    registry.register_helper("lower", Box::new(lower));
    registry.register_helper("trim", Box::new(trim));
    registry.register_helper("capitalize", Box::new(capitalize));
    registry.register_helper("join", Box::new(join));
    registry.register_helper("default", Box::new(OrElse));
    registry
}

/// A value as it is printed.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// `{{default name "otherwise"}}`: the value if it is there and not empty, else the other.
struct OrElse;

impl handlebars::HelperDef for OrElse {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &handlebars::Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc handlebars::Context,
        _: &mut handlebars::RenderContext<'reg, 'rc>,
    ) -> Result<handlebars::ScopedJson<'rc>, handlebars::RenderError> {
        let missing =
            |index| handlebars::RenderErrorReason::ParamNotFoundForIndex("default", index);
        let value = helper.param(0).ok_or_else(|| missing(0))?;
        let otherwise = helper.param(1).ok_or_else(|| missing(1))?;
        let is_empty = value.is_value_missing()
            || value.value().is_null()
            || value.value().as_str().is_some_and(str::is_empty);
        let chosen = if is_empty { otherwise } else { value };
        Ok(chosen.value().clone().into())
    }
}
