//! Texts of refusals: the words that prove that no task was made, and those that prove nothing.
//!
//! The service answers many mistakes with a code of 500, which also stands for failures after a
//! task was made. Only these whole texts are known to come before that (`kie-jobs-api.md` section
//! 2.3); letter case and blanks around them are ignored. A text that merely contains such words
//! proves nothing.

use crate::base::FaultClass;

/// Which codes a text is known with.
const ANY: &[i64] = &[500, 422];
const ONLY_500: &[i64] = &[500];
const ONLY_422: &[i64] = &[422];

/// Texts without a variable part, in lower case.
const FIXED: &[(&[i64], &str, FaultClass)] = {
    use FaultClass::{InsufficientCredits, InvalidImage, InvalidParameters, ModelUnavailable};
    const NO_CREDITS: &[i64] = &[500, 402];
    &[
        (ANY, "this field is required", InvalidParameters),
        (ANY, "multi_prompt is required when customize_multi_shots is true", InvalidParameters),
        (ONLY_500, "this field is not within the range of allowed options", InvalidParameters),
        (ONLY_500, "the text length cannot exceed the maximum limit", InvalidParameters),
        (ONLY_500, "file type not supported", InvalidParameters),
        (ONLY_422, "image dimensions must be at least 300 pixels", InvalidImage),
        (
            ONLY_422,
            "aspect_ratio must be auto for image-to-video without custom multi-shot",
            InvalidParameters,
        ),
        (
            ONLY_422,
            "the model name you specified is not supported. please verify your input and use one \
             of the supported models provided by kie.",
            InvalidParameters,
        ),
        (NO_CREDITS, "credits insufficient", InsufficientCredits),
        (
            NO_CREDITS,
            "credits insufficient : your current balance isn't enough to run this request. please \
             top up to continue.",
            InsufficientCredits,
        ),
        (
            NO_CREDITS,
            "credits insufficient. your current balance isn't enough to run this request. please \
             top up to continue.",
            InsufficientCredits,
        ),
        (&[401], "the api key is not authorized to use this model", ModelUnavailable),
    ]
};

/// Texts about one field: what precedes its name, what follows it; `#` stands for a number.
const ABOUT_FIELD: &[(&[i64], &str, &str)] = &[
    (ANY, "", " is required"),
    (ANY, "", " is required for text-to-video"),
    (ONLY_500, "", " is not within the range of allowed options"),
    (ONLY_500, "this ", " is not within the range of allowed options"),
    (ONLY_500, "", " cannot be less than #"),
    (ONLY_500, "", " cannot exceed # characters"),
    (ONLY_422, "", " supports at most # images"),
    (ONLY_422, "", " supports at most # files"),
];

/// Why no task was made, by the words with a code; `None` if they are not in the list. `fields` are
/// the names of a request's own fields.
pub(super) fn class_of(code: i64, words: &str, fields: &[String]) -> Option<FaultClass> {
    let words = words.trim().to_lowercase();
    if let Some(known) = FIXED.iter().find(|known| known.0.contains(&code) && known.1 == words) {
        return Some(known.2);
    }
    let field = ABOUT_FIELD.iter().filter(|known| known.0.contains(&code)).find_map(|known| {
        let field = part_between(&words, known.1, known.2)?;
        fields.iter().find(|name| is_name_of(field, name)).map(String::as_str)
    });
    field.map(class_of_field)
}

/// Whether the words are those of another call, about a task: they cannot be about a submit, and
/// prove nothing about it, whatever their code.
pub(super) fn is_of_another_call(words: &str) -> bool {
    words.trim().eq_ignore_ascii_case("recordInfo is null")
}

/// What stands between two parts of a text; in the second one, `#` stands for a whole number.
fn part_between<'w>(words: &'w str, before: &str, after: &str) -> Option<&'w str> {
    let rest = words.strip_prefix(before)?;
    let Some((left, right)) = after.split_once('#') else { return rest.strip_suffix(after) };
    let rest = rest.strip_suffix(right)?;
    let rest = rest.trim_end_matches(|sign: char| sign.is_ascii_digit());
    let is_number = rest.len() + right.len() < words.len() - before.len();
    rest.strip_suffix(left).filter(|_| is_number)
}

/// Whether a text names a field or a part of it: `multi_prompt`, `multi_prompt[0].prompt`.
fn is_name_of(text: &str, field: &str) -> bool {
    let field = field.to_lowercase();
    let Some(rest) = text.strip_prefix(field.as_str()) else { return false };
    let is_part = |sign: char| sign.is_ascii_alphanumeric() || "_.[]".contains(sign);
    rest.is_empty() || (rest.starts_with(['[', '.']) && rest.chars().all(is_part))
}

/// Whose fault a refused field is.
fn class_of_field(field: &str) -> FaultClass {
    match field {
        "prompt" => FaultClass::InvalidPrompt,
        "imageUrl" | "image_url" | "image_urls" | "tail_image_url" => FaultClass::InvalidImage,
        _ => FaultClass::InvalidParameters,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_texts_prove_that_no_task_was_made() {
        use FaultClass::*;
        let fields = ["prompt", "duration", "multi_prompt", "imageUrl"].map(str::to_string);
        let refused = [
            (500, "duration is required", InvalidParameters),
            (422, " Prompt is required\n", InvalidPrompt),
            (500, "imageurl is required", InvalidImage),
            (422, "This field is required", InvalidParameters),
            (500, "duration is not within the range of allowed options", InvalidParameters),
            (500, "This duration is not within the range of allowed options", InvalidParameters),
            (500, "duration cannot be less than 3", InvalidParameters),
            (500, "multi_prompt[0].prompt cannot exceed 500 characters", InvalidParameters),
            (500, "The text length cannot exceed the maximum limit", InvalidParameters),
            (422, "imageUrl supports at most 2 images", InvalidImage),
            (500, "Credits insufficient", InsufficientCredits),
            (
                402,
                "Credits insufficient : Your current balance isn't enough to run this request. \
                 Please top up to continue.",
                InsufficientCredits,
            ),
            (401, "The API key is not authorized to use this model", ModelUnavailable),
        ];
        for (code, words, class) in refused {
            assert_eq!(class_of(code, words, &fields), Some(class), "{code} {words}");
            // The same words with more around them, or with another code of failure, prove nothing.
            let longer = format!("Internal Error: {words}");
            assert_eq!(class_of(code, &longer, &fields), None, "{longer}");
            let longer = format!("{words} (request kept)");
            assert_eq!(class_of(code, &longer, &fields), None, "{longer}");
            assert_eq!(class_of(501, words, &fields), None, "{words}");
        }
        for words in [
            "",
            "colour is required",
            "durations is required",
            "duration; retry is required",
            "duration cannot be less than three",
            "duration cannot be less than ",
            "Server exception, please try again later",
            "Internal Error, Please try again later.",
            "Credits insufficient soon",
        ] {
            assert_eq!(class_of(500, words, &fields), None, "{words}");
        }
        assert!(is_of_another_call(" recordInfo is null"));
    }
}
