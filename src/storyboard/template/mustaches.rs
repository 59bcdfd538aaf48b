//! Tags: the `{{…}}` of a template, found by a simple scan.
//!
//! The parser of handlebars recurses for each nested block, and its messages are about its grammar.
//! So the text is scanned first: nesting is bounded, and if the parser fails, the tags help to
//! explain the error.

use std::ops::Range;

use super::errors::TemplateProblem;

/// Longest template, in bytes.
const TEMPLATE_MAX_BYTES: usize = 64 << 10;
/// Most tags in one template.
const TAGS_MAX: usize = 1_000;
/// The maximum nesting of blocks, and of brackets within a tag.
const NESTING_MAX: usize = 16;

/// One `{{…}}`.
struct Mustache<'t> {
    /// The whole tag, including its braces.
    range: Range<usize>,
    /// The text between the braces, without `~` and spaces.
    content: &'t str,
    /// Whether it has closing braces.
    closed: bool,
}

/// The tags of a text, without comments and escaped tags.
fn tags(text: &str) -> Vec<Mustache<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("{{").map(|offset| at + offset) {
        if text[..start].ends_with('\\') {
            at = start + 2;
            continue;
        }
        let is_comment = text[start..].starts_with("{{!");
        let close = if text[start..].starts_with("{{!--") { "--}}" } else { "}}" };
        let end = text[start + 2..].find(close).map(|end| start + 2 + end + close.len());
        let mut end_at = end.unwrap_or(text.len());
        while text[end_at..].starts_with('}') && text[start..].starts_with("{{{") {
            end_at += 1;
        }
        if !is_comment {
            let inner = text[start..end_at].trim_matches(['{', '}']);
            let content = inner.trim_matches(|c: char| c == '~' || c.is_whitespace());
            found.push(Mustache { range: start..end_at, content, closed: end.is_some() });
        }
        at = end_at;
    }
    found
}

fn mistake(
    range: Range<usize>,
    message: impl Into<String>,
    label: impl Into<String>,
) -> TemplateProblem {
    TemplateProblem { code: "template-syntax", message: message.into(), label: label.into(), range }
}

/// Rejects texts that would be too expensive to parse.
pub(super) fn check_bounds(text: &str) -> Result<(), TemplateProblem> {
    if text.len() > TEMPLATE_MAX_BYTES {
        let message = format!(
            "this template has {} bytes, over the limit of {TEMPLATE_MAX_BYTES}",
            text.len()
        );
        return Err(mistake(0..text.len(), message, "shorten it"));
    }
    let tags = tags(text);
    if let Some(tag) = tags.get(TAGS_MAX) {
        let message =
            format!("this template has {} tags, over the limit of {TAGS_MAX}", tags.len());
        return Err(mistake(tag.range.clone(), message, format!("this is tag {}", TAGS_MAX + 1)));
    }
    let mut blocks = 0usize;
    for tag in &tags {
        if tag.content.starts_with('#') || tag.content.starts_with('^') {
            blocks += 1;
        } else if tag.content.starts_with('/') {
            blocks = blocks.saturating_sub(1);
        }
        let mut brackets = 0usize;
        let mut deepest = 0;
        for byte in tag.content.bytes() {
            match byte {
                b'(' | b'[' | b'{' => brackets += 1,
                b')' | b']' | b'}' => brackets = brackets.saturating_sub(1),
                _ => {}
            }
            deepest = deepest.max(brackets);
        }
        if blocks > NESTING_MAX || deepest > NESTING_MAX {
            let message = format!("blocks and brackets nest more than {NESTING_MAX} deep");
            return Err(mistake(tag.range.clone(), message, "this is too deep"));
        }
    }
    Ok(())
}

/// Explains why a text is not a valid template; `offset` is where the parser stopped.
pub(super) fn diagnose(text: &str, offset: usize) -> TemplateProblem {
    let tags = tags(text);
    let mut open: Vec<(&Mustache<'_>, &str)> = Vec::new();
    for tag in &tags {
        let start = tag.range.start..(tag.range.start + 2).min(text.len());
        if !tag.closed {
            return mistake(start, "`{{` is never closed", "the closing `}}` is missing");
        }
        if tag.content.is_empty() {
            let label = "write the name of a variable, such as `{{product}}`";
            return mistake(tag.range.clone(), "there is nothing between `{{` and `}}`", label);
        }
        if let Some(name) = tag.content.strip_prefix('#') {
            open.push((tag, name.split_whitespace().next().unwrap_or("")));
        } else if let Some(name) = tag.content.strip_prefix('/') {
            let name = name.trim();
            match open.pop() {
                Some((_, opened)) if opened == name => {}
                Some((_, opened)) => {
                    let message = format!("`{{{{#{opened}}}}}` is closed by `{{{{/{name}}}}}`");
                    return mistake(
                        tag.range.clone(),
                        message,
                        format!("write `{{{{/{opened}}}}}`"),
                    );
                }
                None => {
                    let message = format!("`{{{{/{name}}}}}` closes a block that was never opened");
                    let label = format!("remove it, or open the block with `{{{{#{name} …}}}}`");
                    return mistake(tag.range.clone(), message, label);
                }
            }
        } else if open.is_empty() && (tag.content == "else" || tag.content.starts_with("else ")) {
            let message = "`{{else}}` is outside any block";
            return mistake(tag.range.clone(), message, "it belongs inside `{{#if …}}…{{/if}}`");
        }
    }
    if let Some((tag, name)) = open.pop() {
        let message = format!("`{{{{#{name}}}}}` is never closed");
        return mistake(tag.range.clone(), message, format!("close it with `{{{{/{name}}}}}`"));
    }
    let tag = tags.iter().rev().find(|tag| tag.range.start <= offset).or(tags.first());
    match tag {
        Some(tag) => {
            mistake(tag.range.clone(), "this is not a handlebars expression", hint(tag.content))
        }
        None => mistake(0..text.len(), "this is not a handlebars template", ""),
    }
}

fn hint(content: &str) -> String {
    let has = |sign: &str| content.contains(sign);
    if let Some((owner, name)) = spaced_name(content) {
        return format!("a name with spaces goes in brackets: `{{{{{owner}.[{name}]}}}}`");
    }
    let hint = if has("|") && !has(" as |") {
        "filters do not exist; call a helper: `{{upper name}}`"
    } else if has("==") || has("!=") || has("&&") || has("||") || has("<") {
        "operators do not exist; write `{{#if (eq a b)}}`, `(ne a b)`, `(and a b)`, `(gt a b)`"
    } else if has("+") || has("*") {
        "arithmetic is not supported; write the value in `vars`"
    } else {
        "write `{{name}}`, `{{name.part}}`, `{{helper value}}` or `{{> partial}}`"
    };
    hint.to_string()
}

/// `item` and `product name` of `item.product name`, since columns of a spreadsheet may have
/// spaces.
fn spaced_name(content: &str) -> Option<(&str, &str)> {
    let (owner, name) = content.split_once('.')?;
    let is_plain = owner.chars().all(|c| c.is_alphanumeric() || c == '_');
    let is_other = name.contains(['"', '\'', '|', '=', '[', '&', '<', '+', '*']);
    (is_plain && !is_other && name.contains(' ')).then_some((owner, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syntax_errors_are_explained() {
        for (text, message) in [
            ("a {{b", "`{{` is never closed"),
            ("a {{ }}", "there is nothing between `{{` and `}}`"),
            ("{{#if a}}x", "`{{#if}}` is never closed"),
            ("{{#if a}}x{{/unless}}", "`{{#if}}` is closed by `{{/unless}}`"),
            ("x{{/if}}", "`{{/if}}` closes a block that was never opened"),
            ("{{else}}", "`{{else}}` is outside any block"),
            ("{{a | upper}}", "this is not a handlebars expression"),
        ] {
            assert_eq!(diagnose(text, 0).message, message, "{text}");
        }
    }

    #[test]
    fn deep_and_long_templates_are_refused_before_parsing() {
        for text in [
            "{{#if a}}".repeat(40),
            format!("{{{{{}", "(a ".repeat(40)),
            "{{a}}".repeat(2_000),
            format!("{{{{a}}}}{}", "x".repeat(TEMPLATE_MAX_BYTES)),
        ] {
            assert!(check_bounds(&text).is_err(), "{text:.60}");
        }
        assert!(check_bounds("{{#if a}}{{#each b}}{{this}}{{/each}}{{/if}}").is_ok());
    }
}
