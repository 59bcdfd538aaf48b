//! The meaning of a scalar: nothing, a boolean, a number, or text.
//!
//! The rules are those of YAML 1.2's core schema, so `16:9`, `yes`, `on` and `0755` are text. A
//! number that would not be printed as written, such as `1.10`, is text too: otherwise a prompt
//! would contain another text than the storyboard.

/// A single value.
#[derive(Debug)]
pub(in crate::storyboard) struct ScalarText {
    /// Its text, without quotes, escapes and indentation.
    pub text: Box<str>,
    /// How it is quoted.
    pub style: Style,
}

/// How a scalar is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::storyboard) enum Style {
    /// Without quotes; only such scalars can be numbers, booleans or nothing.
    Plain,
    /// `'…'`
    SingleQuoted,
    /// `"…"`
    DoubleQuoted,
    /// `|` or `>`
    Block,
    /// Without quotes, but tagged `!!str`.
    TaggedText,
}

/// The meaning of a scalar.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::storyboard) enum ScalarValue<'a> {
    /// `null`, `~` or empty.
    Nothing,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A decimal number.
    Decimal(f64),
    /// Anything else.
    Text(&'a str),
}

impl ScalarValue<'_> {
    /// The name of its kind in messages.
    pub fn kind(&self) -> &'static str {
        match self {
            ScalarValue::Nothing => "nothing",
            ScalarValue::Bool(_) => "a boolean",
            ScalarValue::Integer(_) | ScalarValue::Decimal(_) => "a number",
            ScalarValue::Text(_) => "text",
        }
    }

    /// The value for templates.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            ScalarValue::Nothing => serde_json::Value::Null,
            ScalarValue::Bool(value) => (*value).into(),
            ScalarValue::Integer(value) => (*value).into(),
            ScalarValue::Decimal(value) => (*value).into(),
            ScalarValue::Text(text) => (*text).into(),
        }
    }
}

impl ScalarText {
    /// Its meaning; only scalars without quotes can be anything but text.
    pub fn meaning(&self) -> ScalarValue<'_> {
        match self.style {
            Style::Plain => plain(&self.text),
            _ => ScalarValue::Text(&self.text),
        }
    }
}

/// The meaning of a text without quotes.
pub(in crate::storyboard) fn plain(text: &str) -> ScalarValue<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return ScalarValue::Nothing,
        "true" | "True" | "TRUE" => return ScalarValue::Bool(true),
        "false" | "False" | "FALSE" => return ScalarValue::Bool(false),
        _ => {}
    }
    let numeric = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'.'));
    if numeric {
        // It must be printed with the same characters.
        if let Some(value) = text.parse::<i64>().ok().filter(|value| value.to_string() == text) {
            return ScalarValue::Integer(value);
        }
        let decimal = text.parse::<f64>().ok();
        if let Some(value) = decimal.filter(|value| format!("{value:?}") == text) {
            return ScalarValue::Decimal(value);
        }
    }
    ScalarValue::Text(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_that_prints_unchanged_is_a_number() {
        for (text, meaning) in [
            ("5", ScalarValue::Integer(5)),
            ("-3", ScalarValue::Integer(-3)),
            ("2.5", ScalarValue::Decimal(2.5)),
            ("1.0", ScalarValue::Decimal(1.0)),
            ("True", ScalarValue::Bool(true)),
            ("~", ScalarValue::Nothing),
        ] {
            assert_eq!(plain(text), meaning, "{text}");
        }
        let texts = ["16:9", "yes", "off", "0755", "1.10", "1_000", ".5", "1e3", "0x1f", "+5"];
        for text in texts.into_iter().chain(["99999999999999999999", "-", "--", "1.", ".nan"]) {
            assert_eq!(plain(text), ScalarValue::Text(text), "{text}");
        }
    }
}
