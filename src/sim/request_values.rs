//! Request values: the fields of a request's body, each read strictly: of its type, and within what the
//! model allows.

use serde_json::Value;

use super::refusal::ApiError;
use super::request_inputs::Values;
use crate::base::text::excerpt;
use crate::catalog::{Model, Setting, SettingRange};

/// The prompt, within the limit of the model; `None` if there is none and none is needed.
pub(super) fn prompt(values: &Values, model: &Model) -> Result<Option<String>, ApiError> {
    let Some(most) = model.prompt_max_chars else { return Ok(None) };
    let is_optional = model.types.iter().any(|scene_type| model.prompt_is_optional(*scene_type));
    let prompt = match text(values, "prompt")? {
        None if is_optional => return Ok(None),
        prompt => prompt.unwrap_or_default(),
    };
    match prompt.chars().count() {
        _ if prompt.trim().is_empty() => Err(ApiError::prompt("it is empty")),
        length if length > most => {
            Err(ApiError::prompt(format!("it has {length} characters, {most} are allowed")))
        }
        _ => Ok(Some(prompt.to_string())),
    }
}

/// The length in seconds, one that the model sells; its first one if none is given.
pub(super) fn duration(values: &Values, model: &Model) -> Result<Option<u32>, ApiError> {
    let Some(default) = model.durations.first() else { return Ok(None) };
    match number(values, "duration")? {
        None => Ok(Some(*default)),
        Some(seconds) => {
            match model.durations.iter().find(|allowed| u64::from(**allowed) == seconds) {
                Some(allowed) => Ok(Some(*allowed)),
                None => Err(ApiError::parameters(format!("`duration` is {seconds}"))),
            }
        }
    }
}

/// The seed, within the range of the model.
pub(super) fn seed(values: &Values, model: &Model) -> Result<Option<u32>, ApiError> {
    let (Some(seed), Some((least, most))) = (number(values, "seed")?, model.seeds) else {
        return Ok(None);
    };
    match u32::try_from(seed) {
        Ok(seed) if (least..=most).contains(&seed) => Ok(Some(seed)),
        _ => Err(ApiError::parameters(format!("`seed` is {seed}, not from {least} to {most}"))),
    }
}

/// The settings that the model has, each within its range.
pub(super) fn settings(values: &Values, model: &Model) -> Result<Vec<(Setting, Value)>, ApiError> {
    let mut settings = Vec::new();
    for (setting, range) in &model.settings {
        let Some(value) = values.get(setting.as_str()) else { continue };
        let fits = match (range, value) {
            (SettingRange::Text { max_chars }, Value::String(text)) => {
                !text.is_empty() && text.chars().count() <= *max_chars
            }
            (SettingRange::Number { from, to, step }, Value::Number(number)) => {
                let number = number.as_f64().and_then(crate::catalog::Decimal::of_f64);
                number.is_some_and(|it| (*from..=*to).contains(&it) && it.is_step(*from, *step))
            }
            (SettingRange::Switch { .. }, Value::Bool(_)) => true,
            (SettingRange::Word { words, .. }, Value::String(word)) => words.contains(word),
            _ => false,
        };
        if !fits {
            return Err(ApiError::out_of_range(setting.as_str()));
        }
        settings.push((*setting, value.clone()));
    }
    Ok(settings)
}

/// The shots, within the limits of the model; together they are as long as the clip.
pub(super) fn shots(values: &Values, model: &Model) -> Result<Vec<(String, u32)>, ApiError> {
    let Some(Value::Array(items)) = values.get("shots") else { return Ok(Vec::new()) };
    let Some(limits) = &model.shots else {
        return Err(ApiError::parameters("the model takes no shots"));
    };
    if items.is_empty() || items.len() > limits.number {
        return Err(ApiError::out_of_range("multi_prompt"));
    }
    if let Some(role) = limits.excludes.iter().find(|role| values.contains_key(role.as_str())) {
        return Err(ApiError::parameters(format!("no {role} together with shots")));
    }
    let shot = |item: &Value| {
        let item = item.as_object().filter(|item| item.len() == 2)?;
        let prompt = item.get("prompt")?.as_str()?;
        let seconds = u32::try_from(item.get("duration")?.as_u64()?).ok()?;
        let (least, most) = limits.seconds;
        let chars = 1..=limits.prompt_max_chars;
        let fits = chars.contains(&prompt.chars().count()) && (least..=most).contains(&seconds);
        fits.then(|| (prompt.to_string(), seconds))
    };
    let shots: Option<Vec<(String, u32)>> = items.iter().map(shot).collect();
    let shots = shots.ok_or_else(|| ApiError::out_of_range("multi_prompt"))?;
    let sum: u32 = shots.iter().map(|shot| shot.1).sum();
    match duration(values, model)? {
        Some(seconds) if seconds != sum => {
            Err(ApiError::parameters(format!("the shots take {sum} s, the clip {seconds} s")))
        }
        _ => Ok(shots),
    }
}

/// One of the allowed words.
pub(super) fn term<T: Copy + std::str::FromStr + PartialEq>(
    values: &Values,
    name: &str,
    allowed: &[T],
) -> Result<Option<T>, ApiError> {
    let Some(text) = text(values, name)? else { return Ok(None) };
    match text.parse() {
        Ok(term) if allowed.contains(&term) => Ok(Some(term)),
        _ => Err(ApiError::parameters(format!("`{name}` is `{}`", excerpt(text)))),
    }
}

/// A text, if the field is there.
pub(super) fn text<'a>(values: &'a Values, name: &str) -> Result<Option<&'a str>, ApiError> {
    match values.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(ApiError::parameters(format!("`{name}` is not a string"))),
    }
}

/// A whole number that is not negative, if the field is there.
pub(super) fn number(values: &Values, name: &str) -> Result<Option<u64>, ApiError> {
    let Some(value) = values.get(name) else { return Ok(None) };
    match value.as_u64() {
        Some(number) => Ok(Some(number)),
        None => Err(ApiError::parameters(format!("`{name}` is not a whole number"))),
    }
}
