//! The inputs of a request: the addresses of pictures, recordings and videos, and the elements that
//! some of them belong to, read strictly and within the limits of the model.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use url::Url;

use super::refusal::ApiError;
use crate::catalog::{ELEMENT_PICTURES, ELEMENT_SPAN_MILLIS, InputRole, InputSlot, Model};

/// The values of a request, by the names of a recipe's fields.
pub(super) type Values = Map<String, Value>;

/// Reads a list of addresses into the inputs that it is of: one each, or all into one that takes
/// several.
pub(super) fn read_urls(
    name: &str,
    of: &[String],
    items: &[Value],
    values: &mut Values,
) -> Result<(), ApiError> {
    let is_list = |name: &String| name.parse::<InputRole>().is_ok_and(InputRole::is_list);
    let singles = of.iter().filter(|name| !is_list(name)).count();
    let list = of.iter().find(|name| is_list(name));
    if items.is_empty() || (list.is_none() && items.len() > singles) {
        let words = format!("{name} supports at most {singles} images, and one at least");
        return Err(ApiError::parameters(words));
    }
    match list {
        // The pictures between the first and the last one.
        Some(list) if singles > 0 => {
            let between = items.len().saturating_sub(singles);
            let (first, rest) = items.split_at(1.min(items.len()));
            let (middle, last) = rest.split_at(between.min(rest.len()));
            let singles = of.iter().filter(|name| !is_list(name));
            for (of, item) in singles.zip(first.iter().chain(last)) {
                values.insert(of.clone(), item.clone());
            }
            if !middle.is_empty() {
                values.insert(list.clone(), middle.into());
            }
        }
        Some(list) => drop(values.insert(list.clone(), items.into())),
        None => {
            for (of, item) in of.iter().zip(items) {
                values.insert(of.clone(), item.clone());
            }
        }
    }
    Ok(())
}

/// The addresses of the inputs, within the limits of the model.
pub(super) fn inputs(values: &Values, model: &Model) -> Result<BTreeMap<InputSlot, Url>, ApiError> {
    let mut inputs = BTreeMap::new();
    for role in InputRole::ALL.iter().filter(|role| !role.is_of_element()) {
        let Some(value) = values.get(role.as_str()) else { continue };
        let items = match value {
            Value::Array(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        let most = match role {
            InputRole::Reference | InputRole::ReferenceVideo | InputRole::ReferenceVoice => {
                model.references.map_or(0, |limits| limits.of(role.kind()))
            }
            InputRole::KeyImage => model.key_images,
            _ => 1,
        };
        if items.len() > most {
            return Err(ApiError::parameters(format!("{role} supports at most {most} files")));
        }
        for (at, value) in (0u8..).zip(items) {
            inputs.insert(InputSlot::nth(*role, at), url(role.as_str(), value)?);
        }
    }
    elements(values, model, &mut inputs)?;
    Ok(inputs)
}

/// Checks the elements and adds the addresses of their files (section 1.3 of `kie-jobs-api.md`).
fn elements(
    values: &Values,
    model: &Model,
    inputs: &mut BTreeMap<InputSlot, Url>,
) -> Result<(), ApiError> {
    let Some(Value::Array(items)) = values.get("elements") else { return Ok(()) };
    let Some(limits) = model.elements else {
        return Err(ApiError::parameters("the model takes no elements"));
    };
    let wrong = |what: String| ApiError::parameters(format!("elements: {what}"));
    let (mut names, mut videos) = (BTreeSet::new(), 0);
    for (at, item) in (0u8..).zip(items) {
        let Some(element) = item.as_object() else {
            return Err(wrong(format!("{at} is no object")));
        };
        let known = [
            "name",
            "description",
            "element_input_urls",
            "element_input_audio_urls",
            "start_time",
            "end_time",
        ];
        if let Some(odd) = element.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(wrong(format!("unknown field `{odd}`")));
        }
        let said = |name: &str| element.get(name).and_then(Value::as_str).unwrap_or_default();
        if said("name").is_empty() || said("description").is_empty() {
            return Err(wrong("name and description are required".into()));
        }
        if !names.insert(said("name").to_string()) {
            return Err(wrong(format!("two are called `{}`", said("name"))));
        }
        let list = |name: &str| element.get(name).and_then(Value::as_array);
        let files = list("element_input_urls").ok_or_else(|| wrong("no files".into()))?;
        let (least, most) = ELEMENT_PICTURES;
        let is_video = files.len() == 1;
        if !is_video && !(least..=most).contains(&files.len()) {
            return Err(wrong(format!("{} files", files.len())));
        }
        let span = (element.get("start_time"), element.get("end_time"));
        match (span.0.and_then(Value::as_u64), span.1.and_then(Value::as_u64)) {
            (None, None) if span == (None, None) => {}
            (Some(begins), Some(ends)) if limits.spans && is_video => {
                let (least, most) = ELEMENT_SPAN_MILLIS;
                let length = ends.saturating_sub(begins);
                if !(u64::from(least)..=u64::from(most)).contains(&length) {
                    return Err(ApiError::out_of_range("end_time"));
                }
            }
            _ => return Err(ApiError::out_of_range("start_time")),
        }
        videos += usize::from(is_video);
        let role = if is_video { InputRole::ElementVideo } else { InputRole::ElementImage };
        for (nth, file) in (0u8..).zip(files) {
            inputs.insert(InputSlot::of_element(at, role, nth), url("elements", file)?);
        }
        let voices = list("element_input_audio_urls");
        if voices.is_some_and(|voices| voices.len() != 1) {
            return Err(wrong("one voice is allowed".into()));
        }
        for voice in voices.into_iter().flatten() {
            let slot = InputSlot::of_element(at, InputRole::ElementVoice, 0);
            inputs.insert(slot, url("elements", voice)?);
        }
    }
    let references = inputs.keys().filter(|slot| slot.role == InputRole::Reference).count();
    let pictures = items.len() - videos + references;
    let most = match videos {
        0 => limits.pictures,
        _ => limits.pictures_beside_videos.unwrap_or(limits.pictures),
    };
    let number = limits.number.unwrap_or(usize::MAX);
    if items.is_empty() || items.len() > number || videos > limits.videos || pictures > most {
        return Err(wrong(format!("{} are too many or too few", items.len())));
    }
    let prompts = values.get("prompt").into_iter().filter_map(Value::as_str);
    for word in prompts.flat_map(|prompt| prompt.split_whitespace()) {
        let name = word.strip_prefix('@').unwrap_or_default();
        let name = name.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '_' && c != '-');
        if !name.is_empty() && !names.contains(name) {
            let words = format!("kling_elements must contain an element with name {name}");
            return Err(ApiError::parameters(words));
        }
    }
    Ok(())
}

/// An address.
pub(super) fn url(name: &str, value: &Value) -> Result<Url, ApiError> {
    let Some(text) = value.as_str() else {
        return Err(ApiError::parameters(format!("`{name}` is not a string")));
    };
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
        _ => Err(ApiError::parameters(format!("`{name}` is not an http or https URL"))),
    }
}
