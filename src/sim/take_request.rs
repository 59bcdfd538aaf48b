//! Requests: the body that requests a take, read strictly by the forms of the catalog.
//!
//! A pure function from JSON to a request or the refusal that the service would give. Unknown
//! fields, wrong types, empty values, values outside the tables and fields of another scene type
//! are refused.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use url::Url;

use super::refusal::ApiError;
use super::request_inputs::{Values, inputs, read_urls, url};
use super::request_values::{duration, prompt, seed, settings, shots, term, text};
use crate::base::Credits;
use crate::base::text::excerpt;
use crate::catalog::{
    AspectRatio, Catalog, Dialect, DialectEntry, FieldSource, InputRole, InputSlot, Model,
    PricedTake, RequestForm, Resolution, SceneType, Setting,
};

/// The assumed length of a voice or a video that the simulator does not have.
pub(super) const UNKNOWN_INPUT_SECONDS: f64 = 5.0;
/// Where the end of a task is announced.
const CALLBACK: &str = "callBackUrl";

/// A requested take; omitted fields have their defaults.
#[derive(Clone, Debug)]
pub(super) struct TakeRequest {
    /// The dialect of the request.
    pub dialect: Dialect,
    /// The type that follows from the fields.
    pub scene_type: SceneType,
    /// The model.
    pub model: &'static Model,
    /// What it shows.
    pub prompt: Option<String>,
    /// Seconds; `None` if the voice or the video determines the length.
    pub duration: Option<u32>,
    /// Output quality.
    pub resolution: Resolution,
    /// Frame shape; `None` if the image determines it.
    pub aspect_ratio: Option<AspectRatio>,
    /// The seed.
    pub seed: Option<u32>,
    /// The settings, as the request states them.
    pub settings: Vec<(Setting, Value)>,
    /// The shots, as prompt and seconds; empty if it is one shot.
    pub shots: Vec<(String, u32)>,
    /// The addresses of its pictures, recordings and videos.
    pub inputs: BTreeMap<InputSlot, Url>,
    /// Where to announce the end.
    pub callback_url: Option<Url>,
}

/// A form that a request may have.
struct Candidate {
    scene_type: SceneType,
    model: &'static Model,
    form: &'static RequestForm,
}

impl TakeRequest {
    /// Reads a body.
    ///
    /// # Errors
    /// The refusal of the first mistake: of the prompt, or of the parameters.
    pub fn read(
        body: &[u8],
        dialect: Dialect,
        catalog: &'static Catalog,
    ) -> Result<Self, ApiError> {
        let Ok(Value::Object(mut body)) = serde_json::from_slice(body) else {
            return Err(ApiError::parameters("the body is not a JSON object"));
        };
        let callback_url = body.remove(CALLBACK).map(|value| url(CALLBACK, &value)).transpose()?;
        let (named, fields) = match dialect {
            Dialect::Kling => (text(&body, "model")?.map(str::to_string), body),
            Dialect::Jobs => envelope(body)?,
        };
        let Candidate { scene_type, model, form } =
            candidate((dialect, catalog.dialect(dialect)), named.as_deref(), &fields)?;
        if let Some(field) = fields.keys().find(|name| form.fields.iter().all(|f| f.0 != **name)) {
            return Err(ApiError::parameters(format!("unknown field `{field}`")));
        }
        let mut values = Values::new();
        for (name, source) in &form.fields {
            match fields.get(name) {
                Some(value) => read_field(name, source, value, &mut values)?,
                None if form.optional.contains(name) => {}
                None if is_prompt(source) => return Err(ApiError::prompt("it is empty")),
                None => return Err(ApiError::parameters(format!("{name} is required"))),
            }
        }
        for (name, source) in &form.fields {
            let FieldSource::Given { given } = source else { continue };
            if fields.get(name) != Some(&Value::Bool(values.contains_key(given))) {
                return Err(ApiError::parameters(format!("`{name}` does not fit `{given}`")));
            }
        }
        let resolution = match named.as_deref().and_then(|id| resolution_of(form, id)) {
            Some(resolution) => resolution,
            None => term(&values, "resolution", &model.resolutions)?
                .or(model.resolutions.first().copied())
                .unwrap_or(Resolution::P720),
        };
        Ok(TakeRequest {
            dialect,
            scene_type,
            model,
            prompt: prompt(&values, model)?,
            duration: duration(&values, model)?,
            resolution,
            aspect_ratio: term(&values, "aspect_ratio", &model.aspect_ratios)?
                .or(model.aspect_ratios.first().copied()),
            seed: seed(&values, model)?,
            settings: settings(&values, model)?,
            shots: shots(&values, model)?,
            inputs: inputs(&values, model)?,
            callback_url,
        })
    }

    /// Its price, given the length of its voice or of the video that it follows.
    pub fn price(&self, input_seconds: Option<f64>) -> Credits {
        let of_input = input_seconds.unwrap_or(UNKNOWN_INPUT_SECONDS);
        let seconds = match self.duration {
            Some(seconds) if self.model.takes_video() => f64::from(seconds).max(of_input),
            Some(seconds) => f64::from(seconds),
            None => of_input,
        };
        let sound = self
            .settings
            .iter()
            .any(|(name, value)| *name == Setting::Sound && *value == Value::Bool(true));
        let take = PricedTake { seconds, resolution: self.resolution, sound };
        let cost = self.model.price.of(&take);
        cost.expect("the catalog has a price for all that its models allow")
    }
}

/// The model's name and the fields of a request of the unified API.
fn envelope(
    mut body: Map<String, Value>,
) -> Result<(Option<String>, Map<String, Value>), ApiError> {
    let named = match body.remove("model") {
        Some(Value::String(name)) => name,
        _ => return Err(ApiError::parameters("model is required")),
    };
    let Some(Value::Object(input)) = body.remove("input") else {
        return Err(ApiError::parameters("input is required"));
    };
    match body.keys().next() {
        Some(field) => Err(ApiError::parameters(format!("unknown field `{field}`"))),
        None => Ok((Some(named), input)),
    }
}

/// The form of a request, by the model's name and by whether there is an image.
fn candidate(
    (dialect, entry): (Dialect, &'static DialectEntry),
    named: Option<&str>,
    fields: &Map<String, Value>,
) -> Result<Candidate, ApiError> {
    let all = entry.models.iter().flat_map(|model| {
        let forms = model.requests.iter();
        forms.map(|(scene_type, form)| Candidate { scene_type: *scene_type, model, form })
    });
    let is_named = |candidate: &Candidate| match named {
        Some(name) if candidate.form.model.is_some() => candidate.form.models().contains(&name),
        Some(name) => candidate.model.id.as_str() == name,
        None => {
            let default = entry.default_model(candidate.scene_type);
            candidate.scene_type != SceneType::Avatar && default.id == candidate.model.id
        }
    };
    let named_ones: Vec<Candidate> = all.filter(is_named).collect();
    if named_ones.is_empty() {
        return Err(ApiError::unknown_model(dialect, &excerpt(named.unwrap_or_default())));
    }
    // The fields of inputs decide among the forms of a model: the one that has just those.
    let of_inputs = |candidate: &Candidate| {
        let form = candidate.form.fields.iter();
        let inputs = form.filter(|(name, source)| {
            let is_input = |name: &str| name.parse::<InputRole>().is_ok();
            source.names().any(is_input) && !candidate.form.optional.contains(name)
        });
        inputs.map(|(name, _)| name.as_str()).collect::<BTreeSet<&str>>()
    };
    let known: BTreeSet<&str> = named_ones.iter().flat_map(of_inputs).collect();
    let given: BTreeSet<&str> =
        known.into_iter().filter(|name| fields.contains_key(*name)).collect();
    let only = named_ones.len() == 1;
    let mut fitting = named_ones.into_iter();
    let found = fitting.find(|candidate| only || of_inputs(candidate) == given);
    found.ok_or_else(|| ApiError::parameters("no form fits"))
}

/// Reads a field into the values of the recipe's fields that fill it.
fn read_field(
    name: &str,
    source: &FieldSource,
    value: &Value,
    values: &mut Values,
) -> Result<(), ApiError> {
    let wrong = |what: &str| Err(ApiError::parameters(format!("`{name}` is not {what}")));
    let mut keep = |of: &str, value: Value| drop(values.insert(of.to_string(), value));
    match (source, value) {
        (FieldSource::Text { text: of }, Value::String(text)) => {
            // A number that travels as a text.
            let number = (of == "duration").then(|| text.parse::<u64>().ok()).flatten();
            keep(of, number.map_or_else(|| value.clone(), Value::from));
        }
        (FieldSource::TextOrEmpty { text_or_empty: of }, Value::String(text)) => {
            if !text.is_empty() {
                keep(of, value.clone());
            }
        }
        (FieldSource::Text { .. } | FieldSource::TextOrEmpty { .. }, _) => {
            return wrong("a string");
        }
        (FieldSource::Number { number: of }, Value::Number(_)) => keep(of, value.clone()),
        (FieldSource::Number { .. }, _) => return wrong("a whole number"),
        (FieldSource::Flag { flag: of }, Value::Bool(_)) => keep(of, value.clone()),
        (FieldSource::Flag { .. }, _) => return wrong("a boolean"),
        (FieldSource::Url { url: of }, Value::String(_)) => keep(of, value.clone()),
        (FieldSource::Url { .. }, _) => return wrong("a string"),
        (FieldSource::Urls { urls: of }, Value::Array(items)) => {
            read_urls(name, of, items, values)?;
        }
        (FieldSource::Urls { .. }, _) => return wrong("a list"),
        (FieldSource::Elements { elements: of }, Value::Array(_)) => keep(of, value.clone()),
        (FieldSource::Elements { .. }, _) => return wrong("a list"),
        (FieldSource::Shots { shots: of }, Value::Array(_)) => keep(of, value.clone()),
        (FieldSource::Shots { .. }, _) => return wrong("a list"),
        (FieldSource::Given { .. }, Value::Bool(_)) => {}
        (FieldSource::Given { .. }, _) => return wrong("a boolean"),
        (FieldSource::ResolutionName { resolution_name: names }, value) => {
            let found = names.iter().find(|(_, word)| value.as_str() == Some(word.as_str()));
            match found {
                Some((resolution, _)) => keep("resolution", resolution.as_str().into()),
                None => return Err(ApiError::out_of_range(name)),
            }
        }
        (FieldSource::Always { always }, value) => {
            if always != value {
                return Err(ApiError::out_of_range(name));
            }
        }
    }
    Ok(())
}

/// The resolution that a model's name in the API stands for, if it stands for one.
fn resolution_of(form: &RequestForm, named: &str) -> Option<Resolution> {
    use crate::catalog::ApiModel;
    let Some(ApiModel::ByResolution(names)) = &form.model else { return None };
    names.iter().find(|(_, name)| name == named).map(|(resolution, _)| *resolution)
}

fn is_prompt(source: &FieldSource) -> bool {
    matches!(source, FieldSource::Text { text } if text == "prompt")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: Value) -> Result<TakeRequest, String> {
        TakeRequest::read(body.to_string().as_bytes(), Dialect::Kling, Catalog::embedded())
            .map_err(|refusal| format!("{} {}", refusal.code, refusal.message))
    }

    #[test]
    fn examples_of_the_api_page_are_accepted() {
        let t2v = read(json!({
            "prompt": "A professional business meeting in a modern office, cinematic lighting",
            "model": "kling-2-5-turbo", "duration": 10, "resolution": "1080p",
            "aspectRatio": "16:9", "seed": 45678,
            "callBackUrl": "https://webhook.your-domain.com/kling"
        }))
        .unwrap();
        assert_eq!((t2v.scene_type, t2v.price(None)), (SceneType::T2v, Credits::whole(100)));
        let i2v = read(json!({
            "imageUrl": "https://example.com/image.jpg",
            "prompt": "The person walks forward with confident motion",
            "model": "kling-2-1-pro", "duration": 10, "resolution": "1080p",
            "aspectRatio": "16:9", "callBackUrl": "https://webhook.your-domain.com/kling"
        }))
        .unwrap();
        assert_eq!(i2v.scene_type, SceneType::I2v);
        let avatar = read(json!({
            "imageUrl": "https://example.com/person.jpg",
            "voiceUrl": "https://example.com/audio.mp3",
            "model": "kling-avatar", "resolution": "1080p",
            "callBackUrl": "https://webhook.your-domain.com/kling-avatar"
        }))
        .unwrap();
        assert_eq!(
            (avatar.scene_type, avatar.price(Some(3.2))),
            (SceneType::Avatar, Credits::whole(64))
        );
    }

    #[test]
    fn omitted_fields_have_defaults() {
        let request = read(json!({ "prompt": "x" })).unwrap();
        assert_eq!(request.model.id.as_str(), "kling-2-5-turbo");
        assert_eq!((request.duration, request.resolution), (Some(5), Resolution::P720));
        assert_eq!((request.aspect_ratio, request.seed), (Some(AspectRatio::WIDE), None));
    }

    #[test]
    fn requests_outside_the_page_are_refused() {
        let image = "https://example.com/a.png";
        let bodies = [
            json!([]),
            json!({}),
            json!({ "prompt": " " }),
            json!({ "prompt": "x".repeat(1001) }),
            json!({ "prompt": 5 }),
            json!({ "prompt": null }),
            json!({ "prompt": "x", "negative_prompt": "y" }),
            json!({ "prompt": "x", "aspect_ratio": "16:9" }),
            json!({ "prompt": "x", "model": "kling-9" }),
            json!({ "prompt": "x", "duration": "5" }),
            json!({ "prompt": "x", "duration": 5.0 }),
            json!({ "prompt": "x", "duration": 7 }),
            json!({ "prompt": "x", "resolution": "4k" }),
            json!({ "prompt": "x", "aspectRatio": "4:3" }),
            json!({ "prompt": "x", "seed": 9999 }),
            json!({ "prompt": "x", "seed": 100000 }),
            json!({ "prompt": "x", "seed": -1 }),
            json!({ "prompt": "x", "imageUrl": "assets/a.png" }),
            json!({ "prompt": "x", "callBackUrl": "me" }),
            json!({ "prompt": "x", "model": "kling-2-1", "imageUrl": image }),
            json!({ "prompt": "x", "model": "kling-2-1-pro" }),
            json!({ "prompt": "x", "voiceUrl": image }),
            json!({ "model": "kling-avatar", "imageUrl": image }),
            json!({ "model": "kling-avatar", "imageUrl": image, "voiceUrl": image, "prompt": "x" }),
            json!({ "model": "kling-avatar", "imageUrl": image, "voiceUrl": image, "seed": 12345 }),
        ];
        let refusals: Vec<_> = bodies.into_iter().map(|body| read(body).unwrap_err()).collect();
        insta::assert_snapshot!(refusals.join("\n"));
    }

    #[test]
    fn a_prompt_is_measured_in_characters() {
        assert!(read(json!({ "prompt": "é".repeat(1000) })).is_ok());
    }

    fn job(model: &str, input: Value) -> Result<TakeRequest, String> {
        let body = json!({ "model": model, "input": input }).to_string();
        TakeRequest::read(body.as_bytes(), Dialect::Jobs, Catalog::embedded())
            .map_err(|refusal| refusal.message)
    }

    #[test]
    fn requests_of_the_unified_api_are_read_by_their_model() {
        let image = "https://example.com/a.png";
        let clip = job(
            "kling-3.0/video",
            json!({
                "prompt": "Rain on a harbour at dawn", "image_urls": [image], "sound": false,
                "duration": "5", "aspect_ratio": "16:9", "mode": "std", "multi_shots": false
            }),
        )
        .unwrap();
        assert_eq!((clip.scene_type, clip.duration), (SceneType::I2v, Some(5)));
        assert_eq!((clip.resolution, clip.price(None)), (Resolution::P720, Credits::whole(70)));
        let avatar = json!({ "image_url": image, "audio_url": image, "prompt": "" });
        let avatar = job("kling/ai-avatar-pro", avatar).unwrap();
        assert_eq!(avatar.resolution, Resolution::P1080);
        assert_eq!(avatar.price(Some(3.2)), Credits::whole(64));
    }

    #[test]
    fn mistakes_of_the_unified_api_are_refused() {
        let whole = json!({
            "prompt": "x", "sound": false, "duration": "5", "aspect_ratio": "16:9"
        });
        let model = "kling-2.6/text-to-video";
        assert!(job(model, whole.clone()).is_ok());
        for (field, value) in [
            ("duration", json!(5)),
            ("duration", json!("6")),
            ("sound", json!("false")),
            ("aspect_ratio", json!("21:9")),
            ("prompt", json!("")),
            ("prompt", json!("x".repeat(1001))),
            ("seed", json!(12345)),
            ("image_urls", json!([])),
            ("negative_prompt", json!("")),
        ] {
            let mut odd = whole.clone();
            odd[field] = value.clone();
            assert!(job(model, odd).is_err(), "{field}: {value}");
        }
        for field in ["prompt", "sound", "duration", "aspect_ratio"] {
            let mut less = whole.clone();
            less.as_object_mut().unwrap().remove(field);
            assert!(job(model, less).is_err(), "{field}");
        }
        assert!(job("kling-2-6", whole).is_err());
    }
}
