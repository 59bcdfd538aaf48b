//! Requests: the body that requests a take, read strictly by the API page.
//!
//! A pure function from JSON to a request or the refusal that the service would give. Unknown
//! fields, wrong types, values outside the tables and fields of another scene type are refused.

use serde_json::{Map, Value};
use url::Url;

use super::refusal::ApiError;
use crate::base::Credits;
use crate::base::text::excerpt;
use crate::catalog::{AspectRatio, Catalog, Dialect, Model, Resolution, SceneType};

/// The assumed length of a voice that the simulator does not have.
pub(super) const UNKNOWN_VOICE_SECONDS: f64 = 5.0;

/// A requested take; omitted fields have their defaults.
#[derive(Clone, Debug)]
pub(super) struct TakeRequest {
    /// The type that follows from the fields.
    pub scene_type: SceneType,
    /// The model.
    pub model: &'static Model,
    /// What it shows.
    pub prompt: Option<String>,
    /// Seconds; `None` if the voice determines the length.
    pub duration: Option<u32>,
    /// Output quality.
    pub resolution: Resolution,
    /// Frame shape; `None` if the image determines it.
    pub aspect_ratio: Option<AspectRatio>,
    /// The seed.
    pub seed: Option<u32>,
    /// The first picture or portrait.
    pub image_url: Option<Url>,
    /// The voice.
    pub voice_url: Option<Url>,
    /// Where to announce the end.
    pub callback_url: Option<Url>,
}

const CLIP_FIELDS: &[&str] = &[
    "prompt",
    "imageUrl",
    "model",
    "duration",
    "resolution",
    "aspectRatio",
    "seed",
    "callBackUrl",
];
const AVATAR_FIELDS: &[&str] = &["imageUrl", "voiceUrl", "model", "resolution", "callBackUrl"];

impl TakeRequest {
    /// Reads a body.
    ///
    /// # Errors
    /// The refusal of the first mistake: 1001 for the prompt, otherwise 1004.
    pub fn read(body: &[u8]) -> Result<Self, ApiError> {
        let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
            return Err(ApiError::parameters("the body is not a JSON object"));
        };
        let named = text(&fields, "model")?;
        let avatar = named.is_some_and(|id| makes(id, SceneType::Avatar));
        let known = if avatar { AVATAR_FIELDS } else { CLIP_FIELDS };
        if let Some(field) = fields.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(ApiError::parameters(format!("unknown field `{field}`")));
        }
        let image_url = url(&fields, "imageUrl")?;
        let voice_url = url(&fields, "voiceUrl")?;
        let scene_type = match (avatar, &image_url) {
            (true, _) => SceneType::Avatar,
            (false, Some(_)) => SceneType::I2v,
            (false, None) => SceneType::T2v,
        };
        let model = model(named, scene_type)?;
        let request = TakeRequest {
            scene_type,
            model,
            prompt: prompt(&fields, model)?,
            duration: duration(&fields, model)?,
            resolution: term(&fields, "resolution", &model.resolutions)?
                .unwrap_or(Resolution::P720),
            aspect_ratio: term(&fields, "aspectRatio", &model.aspect_ratios)?
                .or(model.aspect_ratios.first().copied()),
            seed: seed(&fields, model)?,
            image_url,
            voice_url,
            callback_url: url(&fields, "callBackUrl")?,
        };
        if avatar && (request.image_url.is_none() || request.voice_url.is_none()) {
            return Err(ApiError::parameters("`imageUrl` and `voiceUrl` are required"));
        }
        Ok(request)
    }

    /// Its price.
    pub fn price(&self, voice_seconds: Option<f64>) -> Credits {
        let price = &self.model.price;
        let cost = match self.duration {
            Some(seconds) => price.of_clip(seconds),
            None => price.of_voice(self.resolution, voice_seconds.unwrap_or(UNKNOWN_VOICE_SECONDS)),
        };
        cost.expect("the catalog has a price for all that its models allow")
    }
}

fn makes(id: &str, scene_type: SceneType) -> bool {
    let entry = Catalog::embedded().dialect(Dialect::Kling);
    entry.model(id).is_some_and(|model| model.types.contains(&scene_type))
}

fn model(named: Option<&str>, scene_type: SceneType) -> Result<&'static Model, ApiError> {
    let entry = Catalog::embedded().dialect(Dialect::Kling);
    let Some(id) = named else { return Ok(entry.default_model(scene_type)) };
    let model = entry.model(id).ok_or_else(|| {
        ApiError::parameters(format!("`model` is `{}`, which does not exist", excerpt(id)))
    })?;
    match model.types.contains(&scene_type) {
        true => Ok(model),
        false if scene_type == SceneType::I2v => {
            Err(ApiError::parameters(format!("`{id}` takes no `imageUrl`")))
        }
        false => Err(ApiError::parameters(format!("`{id}` needs an `imageUrl`"))),
    }
}

fn prompt(fields: &Map<String, Value>, model: &Model) -> Result<Option<String>, ApiError> {
    let Some(most) = model.prompt_max_chars else { return Ok(None) };
    let prompt = text(fields, "prompt")?.unwrap_or_default();
    match prompt.chars().count() {
        _ if prompt.trim().is_empty() => Err(ApiError::prompt("it is empty")),
        length if length > most => {
            Err(ApiError::prompt(format!("it has {length} characters, {most} are allowed")))
        }
        _ => Ok(Some(prompt.to_string())),
    }
}

fn duration(fields: &Map<String, Value>, model: &Model) -> Result<Option<u32>, ApiError> {
    let Some(default) = model.durations.first() else { return Ok(None) };
    match number(fields, "duration")? {
        None => Ok(Some(*default)),
        Some(seconds) => {
            match model.durations.iter().find(|allowed| u64::from(**allowed) == seconds) {
                Some(allowed) => Ok(Some(*allowed)),
                None => Err(ApiError::parameters(format!("`duration` is {seconds}"))),
            }
        }
    }
}

fn seed(fields: &Map<String, Value>, model: &Model) -> Result<Option<u32>, ApiError> {
    let (Some(seed), Some((least, most))) = (number(fields, "seed")?, model.seeds) else {
        return Ok(None);
    };
    match u32::try_from(seed) {
        Ok(seed) if (least..=most).contains(&seed) => Ok(Some(seed)),
        _ => Err(ApiError::parameters(format!("`seed` is {seed}, not from {least} to {most}"))),
    }
}

fn term<T: Copy + std::str::FromStr + PartialEq>(
    fields: &Map<String, Value>,
    name: &str,
    allowed: &[T],
) -> Result<Option<T>, ApiError> {
    let Some(text) = text(fields, name)? else { return Ok(None) };
    match text.parse() {
        Ok(term) if allowed.contains(&term) => Ok(Some(term)),
        _ => Err(ApiError::parameters(format!("`{name}` is `{}`", excerpt(text)))),
    }
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, ApiError> {
    match fields.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(ApiError::parameters(format!("`{name}` is not a string"))),
    }
}

fn number(fields: &Map<String, Value>, name: &str) -> Result<Option<u64>, ApiError> {
    let Some(value) = fields.get(name) else { return Ok(None) };
    match value.as_u64() {
        Some(number) => Ok(Some(number)),
        None => Err(ApiError::parameters(format!("`{name}` is not a whole number"))),
    }
}

fn url(fields: &Map<String, Value>, name: &str) -> Result<Option<Url>, ApiError> {
    let Some(text) = text(fields, name)? else { return Ok(None) };
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Some(url)),
        _ => Err(ApiError::parameters(format!("`{name}` is not an http or https URL"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: Value) -> Result<TakeRequest, String> {
        TakeRequest::read(body.to_string().as_bytes())
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
        assert_eq!((request.aspect_ratio, request.seed), (Some(AspectRatio::Wide), None));
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
}
