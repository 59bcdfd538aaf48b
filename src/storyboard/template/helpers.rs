//! Helpers: the functions that templates can call.
//!
//! | helper | gives |
//! | --- | --- |
//! | `upper`, `lower`, `capitalize`, `titlecase` | the text in other letters |
//! | `trim` | the text without white space around it |
//! | `replace text from to` | the text with every `from` as `to` |
//! | `truncate text chars` | the text's beginning, whole words of it |
//! | `plural number one many` | `one` for 1, else `many` |
//! | `join list between` | the values as one text; `last=" and "` goes before the last one |
//! | `pick list by` | one of the values, always the same for the same `by` |
//! | `default value otherwise` | the value if it is there and not empty, else the other |
//!
//! The built-in helpers of handlebars are available too: `lookup`, `len`, and the tests `eq`, `ne`,
//! `gt`, `gte`, `lt`, `lte`, `and`, `or`, `not`.

use handlebars::{
    Context, Handlebars, Helper, HelperDef, RenderContext, RenderError, RenderErrorReason,
    ScopedJson, no_escape,
};
use serde_json::Value;

use crate::base::Digest;

/// Every helper for a plain `{{…}}`, ours and the built-in ones.
pub(in crate::storyboard) const HELPERS: [&str; 22] = [
    "upper",
    "lower",
    "capitalize",
    "titlecase",
    "trim",
    "replace",
    "truncate",
    "plural",
    "join",
    "pick",
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

/// Helpers that test their values without printing them.
pub(super) const TESTS: [&str; 9] = ["eq", "ne", "gt", "gte", "lt", "lte", "and", "or", "not"];

/// Every helper that opens a block.
pub(super) const BLOCKS: [&str; 5] = ["if", "unless", "each", "with", "raw"];

/// A registry in strict mode, without HTML escaping, with our helpers.
pub(super) fn registry() -> Handlebars<'static> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    registry.register_escape_fn(no_escape);
    // It writes to a log that is not read.
    registry.unregister_helper("log");
    let texts: [(&'static str, HelperFn); 8] = [
        ("upper", |given| Ok(given.text(0)?.to_uppercase())),
        ("lower", |given| Ok(given.text(0)?.to_lowercase())),
        ("trim", |given| Ok(given.text(0)?.trim().to_string())),
        ("capitalize", |given| Ok(capitalized(&given.text(0)?))),
        ("titlecase", |given| {
            let text = given.text(0)?;
            Ok(text.split_inclusive(char::is_whitespace).map(capitalized).collect())
        }),
        ("replace", |given| Ok(given.text(0)?.replace(&given.text(1)?, &given.text(2)?))),
        ("truncate", |given| Ok(beginning(&given.text(0)?, given.number(1)? as usize))),
        ("plural", |given| given.text(if given.number(0)? == 1.0 { 1 } else { 2 })),
    ];
    for (name, make) in texts {
        registry.register_helper(name, Box::new(TextHelper { name, make }));
    }
    registry.register_helper("join", Box::new(TextHelper { name: "join", make: join }));
    registry.register_helper("pick", Box::new(TextHelper { name: "pick", make: pick }));
    registry.register_helper("default", Box::new(OrElse));
    registry.register_helper("eq", Box::new(IsSame { wanted: true }));
    registry.register_helper("ne", Box::new(IsSame { wanted: false }));
    registry
}

/// The result of a helper.
type HelperOutput = Result<String, RenderErrorReason>;

/// A helper's function.
type HelperFn = fn(&HelperCall<'_, '_>) -> HelperOutput;

/// A helper that returns a text.
struct TextHelper {
    name: &'static str,
    make: HelperFn,
}

impl HelperDef for TextHelper {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let made = (self.make)(&HelperCall { name: self.name, helper })?;
        Ok(Value::String(made).into())
    }
}

/// Whether two values are the same, or whether they are not. Handlebars' own helpers tell `5.0` from
/// `5`, which `gte` and `lte` do not.
struct IsSame {
    wanted: bool,
}

impl HelperDef for IsSame {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let name = if self.wanted { "eq" } else { "ne" };
        let given = HelperCall { name, helper };
        let (one, other) = (given.value(0)?, given.value(1)?);
        let is_same = match one.as_f64().zip(other.as_f64()) {
            Some((one, other)) => one == other,
            None => one == other,
        };
        Ok(Value::Bool(is_same == self.wanted).into())
    }
}

/// The arguments of a helper.
struct HelperCall<'a, 'rc> {
    name: &'static str,
    helper: &'a Helper<'rc>,
}

impl HelperCall<'_, '_> {
    fn value(&self, at: usize) -> Result<&Value, RenderErrorReason> {
        let missing = || RenderErrorReason::ParamNotFoundForIndex(self.name, at);
        self.helper.param(at).map(|given| given.value()).ok_or_else(missing)
    }

    /// A single value as it is printed.
    fn text(&self, at: usize) -> Result<String, RenderErrorReason> {
        plain(self.value(at)?).ok_or_else(|| self.needs("text"))
    }

    fn number(&self, at: usize) -> Result<f64, RenderErrorReason> {
        let number = self.text(at)?.trim().parse::<f64>().ok();
        number.filter(|number| *number >= 0.0).ok_or_else(|| self.needs("a number"))
    }

    /// The values of a list as they are printed.
    fn list(&self, at: usize) -> Result<Vec<String>, RenderErrorReason> {
        let needs = || self.needs("a list of texts");
        let values = self.value(at)?.as_array().ok_or_else(needs)?;
        values.iter().map(plain).collect::<Option<_>>().ok_or_else(needs)
    }

    fn needs(&self, what: &str) -> RenderErrorReason {
        let (name, what) = (self.name.to_string(), what.to_string());
        RenderErrorReason::ParamTypeMismatchForName(self.name, name, what)
    }
}

/// A single value as it is printed; `None` for lists and maps.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// The text with its first letter in upper case.
fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    first + chars.as_str()
}

/// As many whole words of a text as fit into `chars` characters; if none fits, a part of the first.
fn beginning(text: &str, chars: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(chars) else { return text.to_string() };
    let ends_word = text[end..].starts_with(char::is_whitespace);
    let words = match text[..end].rfind(char::is_whitespace) {
        Some(space) if !ends_word => &text[..space],
        _ => &text[..end],
    };
    words.trim_end().to_string()
}

fn join(given: &HelperCall<'_, '_>) -> HelperOutput {
    let (list, between) = (given.list(0)?, given.text(1)?);
    let last = given.helper.hash_get("last").map(|last| last.value());
    match (last, list.split_last()) {
        (Some(last), Some((end, rest))) if !rest.is_empty() => {
            let last = plain(last).ok_or_else(|| given.needs("text"))?;
            Ok(rest.join(&between) + &last + end)
        }
        _ => Ok(list.join(&between)),
    }
}

fn pick(given: &HelperCall<'_, '_>) -> HelperOutput {
    let (mut list, by) = (given.list(0)?, given.text(1)?);
    if list.is_empty() {
        return Err(given.needs("a non-empty list"));
    }
    let [a, b, c, d, ..] = *Digest::of(format!("pick 1\0{by}").as_bytes()).as_bytes();
    Ok(list.swap_remove(u32::from_be_bytes([a, b, c, d]) as usize % list.len()))
}

/// `{{default name "otherwise"}}`: the value if it is there and not empty, else the other.
struct OrElse;

impl HelperDef for OrElse {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let missing = |index| RenderErrorReason::ParamNotFoundForIndex("default", index);
        let value = helper.param(0).ok_or_else(|| missing(0))?;
        let otherwise = helper.param(1).ok_or_else(|| missing(1))?;
        let is_empty = value.is_value_missing()
            || value.value().is_null()
            || value.value().as_str().is_some_and(str::is_empty);
        let chosen = if is_empty { otherwise } else { value };
        Ok(chosen.value().clone().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truncate_keeps_whole_words() {
        for (chars, expected) in [
            (0, ""),
            (2, "äö"),
            (3, "äöü"),
            (4, "äöü"),
            (6, "äöü"),
            (7, "äöü abc"),
            (99, "äöü abc"),
        ] {
            assert_eq!(beginning("äöü abc", chars), expected, "{chars}");
        }
        assert_eq!(beginning("one  two", 4), "one");
    }

    #[test]
    fn pick_is_stable() {
        // Another choice would make every film stale that uses `pick`.
        let mut registry = registry();
        registry.register_template_string("t", "{{pick looks by}}").unwrap();
        let picked = |by: &str| {
            let values = serde_json::json!({ "looks": ["teal", "amber", "noir"], "by": by });
            registry.render("t", &values).unwrap()
        };
        let all: Vec<String> = ["a", "b", "c", "d", "e", "f"].map(picked).into();
        assert_eq!(all, ["noir", "amber", "amber", "teal", "teal", "teal"]);
    }
}
