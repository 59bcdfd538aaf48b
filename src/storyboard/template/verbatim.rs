//! Verbatim: turns a text into a template that renders as exactly that text.
//!
//! It is the inverse of [`TemplateRenderer::render`](super::renderer::TemplateRenderer::render),
//! for writing a storyboard from rendered values.

use std::borrow::Cow;

use super::compiled::is_template;

/// The most braces in one tag; those of a literal count as nested as well.
const PIECE_MAX: usize = 8;

/// The template that renders as a text, whatever it contains; the text itself if nothing needs
/// escaping.
pub fn verbatim(text: &str) -> Cow<'_, str> {
    if !is_template(text) {
        return Cow::Borrowed(text);
    }
    let mut template = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(start) = rest.find(['{', '\\']) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c| !matches!(c, '{' | '\\')).unwrap_or(from.len());
        let (run, after) = from.split_at(end);
        template.push_str(before);
        if !is_template(run) {
            template.push_str(run);
        } else if run.contains('\\') {
            // A backslash before a tag escapes the tag, or another backslash, so backslashes go
            // into tags.
            for piece in run.as_bytes().chunks(PIECE_MAX) {
                let piece = serde_json::Value::from(&*String::from_utf8_lossy(piece));
                template.push_str(&format!("{{{{trim {piece}}}}}"));
            }
        } else {
            template.push_str(&run.replace("{{", "\\{{"));
        }
        rest = after;
    }
    template.push_str(rest);
    Cow::Owned(template)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::renderer::TemplateRenderer;
    use super::*;

    #[test]
    fn braces_are_escaped_readably() {
        for (text, template) in [
            ("fog", "fog"),
            ("a { b } \\ {c}", "a { b } \\ {c}"),
            ("the word {{name}} in sand", "the word \\{{name}} in sand"),
            ("{{{raw}}}", "\\{{{raw}}}"),
            ("\\{{x}}", "{{trim \"\\\\{{\"}}x}}"),
            ("{\\{{{{{{{{", "{{trim \"{\\\\{{{{{{\"}}{{trim \"{{\"}}"),
        ] {
            assert_eq!(verbatim(text), template);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, ..Default::default() })]
        #[test]
        fn escaping_round_trips(text in "([{}\\\\]|[{]{2,20}|[a!#>~/&^*\"'\n -]|é|😀|else|raw){0,24}") {
            let template = verbatim(&text);
            let rendered = match is_template(&template) {
                true => TemplateRenderer::new().render(&template, None).unwrap(),
                false => template.to_string(),
            };
            prop_assert_eq!(rendered, &*text, "{}", template);
        }
    }
}
