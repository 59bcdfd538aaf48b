//! The catalog as data: what `catalog --json` prints.

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::Credits;
use crate::catalog::{
    AspectRatio, Catalog, Dialect, DialectEntry, ElementLimits, ImageFormat, InputRole, Limits,
    Model, ModelId, PriceRow, PriceUnit, ReferenceLimits, Resolution, SceneType, Setting,
    VoiceFormat,
};

/// The version of the document that this program writes.
pub const CATALOG_VERSION: u32 = 1;

/// Every model that this program knows, as data.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CatalogDocument {
    /// The version of this document's form.
    version: u32,
    /// The API dialects.
    dialects: Vec<DialectDocument>,
}

/// What one API dialect offers.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Dialect")]
struct DialectDocument {
    /// Its name, as written in `api:` in the storyboard.
    api: Dialect,
    /// Limits that apply to every model.
    limits: LimitsDocument,
    /// The models in the order of the API's documentation.
    models: Vec<ModelDocument>,
}

/// The limits of an API, whatever the model.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Limits")]
struct LimitsDocument {
    /// Tasks that may run at once.
    concurrent_tasks: usize,
    /// Submits that an account may send in `submits_seconds`.
    submits: usize,
    /// The span of time in which it may send them.
    submits_seconds: u64,
    /// Days for which a finished video can be downloaded.
    retention_days: u32,
    /// Largest image in bytes.
    image_max_bytes: u64,
    /// Accepted image formats.
    image_formats: Vec<ImageFormat>,
    /// Largest voice in bytes.
    voice_max_bytes: u64,
    /// Accepted voice formats.
    voice_formats: Vec<VoiceFormat>,
    /// Longest voice in seconds.
    voice_max_seconds: f64,
}

/// One model.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Model")]
struct ModelDocument {
    /// Its id in storyboards.
    id: ModelId,
    /// Its name for people.
    title: String,
    /// What it is good at.
    notes: String,
    /// The scene types it makes.
    types: Vec<SceneType>,
    /// The inputs with which a scene belongs to this entry: `video`, `references`,
    /// `reference_videos`, `reference_voices`. It has all of them.
    with: Vec<InputRole>,
    /// Those of them that such a scene may have besides; it has no others.
    may_have: Vec<InputRole>,
    /// The scene types for which it is the default model.
    default_for: Vec<SceneType>,
    /// Longest prompt in characters; null if it does not take a prompt.
    prompt_max_chars: Option<usize>,
    /// Clip lengths in seconds; empty if the voice determines the length.
    durations: Vec<u32>,
    /// Resolutions it makes.
    resolutions: Vec<Resolution>,
    /// Aspect ratios it makes; empty if the image determines the shape.
    aspect_ratios: Vec<AspectRatio>,
    /// Smallest and largest seed; null if it does not take a seed.
    seeds: Option<(u32, u32)>,
    /// What a take costs.
    prices: Vec<PriceDocument>,
    /// The day on which the prices were read.
    prices_seen: String,
    /// What they were read from.
    prices_source: String,
    /// The names of its settings.
    settings: Vec<Setting>,
    /// Whether it takes a last picture.
    end_image: bool,
    /// How many pictures between the first and the last one it takes.
    key_images: usize,
    /// How many shots it takes; 0 if a take is one shot.
    shots: usize,
    /// How many references of each kind it takes; null if none.
    references: Option<ReferenceLimits>,
    /// How many elements of each kind it takes; null if none.
    elements: Option<ElementLimits>,
    /// Its names in the API, where they differ from its id.
    api_models: Vec<String>,
    /// Seconds that a take usually needs at the provider.
    typical_seconds: u32,
}

/// One price: of a clip of so many seconds, of each second of a clip, or of each started second of
/// voice.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Price")]
struct PriceDocument {
    /// The clip's length, if this is the price of a clip.
    #[serde(skip_serializing_if = "Option::is_none")]
    clip_seconds: Option<u32>,
    /// The resolution, if this is the price of a second of a clip.
    #[serde(skip_serializing_if = "Option::is_none")]
    second_in: Option<Resolution>,
    /// The resolution, if this is the price of a second of voice.
    #[serde(skip_serializing_if = "Option::is_none")]
    voice_second_in: Option<Resolution>,
    /// Whether the clip has sound, if that can be chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    sound: Option<bool>,
    /// The price.
    credits: Credits,
    /// The same in US dollars.
    dollars: f64,
}

impl CatalogDocument {
    /// Converts a catalog.
    pub fn of(catalog: &Catalog) -> CatalogDocument {
        let dialects = Dialect::ALL.iter().map(|dialect| {
            let entry = catalog.dialect(*dialect);
            DialectDocument {
                api: *dialect,
                limits: limits(&entry.limits),
                models: entry.models.iter().map(|model| document(model, entry)).collect(),
            }
        });
        CatalogDocument { version: CATALOG_VERSION, dialects: dialects.collect() }
    }

    /// The document as JSON text, with a newline at the end.
    pub fn print(&self) -> String {
        crate::report::format::json::pretty(self)
    }
}

fn limits(limits: &Limits) -> LimitsDocument {
    LimitsDocument {
        concurrent_tasks: limits.concurrent_tasks,
        submits: limits.submits.number,
        submits_seconds: limits.submits.seconds,
        retention_days: limits.retention_days,
        image_max_bytes: limits.image_max_bytes,
        image_formats: limits.image_formats.clone(),
        voice_max_bytes: limits.voice_max_bytes,
        voice_formats: limits.voice_formats.clone(),
        voice_max_seconds: limits.voice_max_seconds,
    }
}

fn document(model: &Model, entry: &DialectEntry) -> ModelDocument {
    let price = |row: &PriceRow| {
        let of = |unit| row.resolution.filter(|_| model.price.unit == unit);
        PriceDocument {
            clip_seconds: row.seconds,
            second_in: of(PriceUnit::Second),
            voice_second_in: of(PriceUnit::VoiceSecond),
            sound: row.sound,
            credits: row.credits,
            dollars: row.credits.as_dollars(),
        }
    };
    let api_models = model.requests.iter().flat_map(|(_, form)| form.models());
    let is_default = |scene_type: &SceneType| {
        entry.default_model(*scene_type).id == model.id && model.with.is_empty()
    };
    let takes_last =
        |scene_type: &SceneType| model.sends(*scene_type, InputRole::EndImage.as_str());
    ModelDocument {
        id: model.id.clone(),
        title: model.title.clone(),
        notes: model.notes.clone(),
        types: model.types.clone(),
        with: model.with.iter().copied().collect(),
        may_have: model.may_have.iter().copied().collect(),
        default_for: model.types.iter().copied().filter(is_default).collect(),
        prompt_max_chars: model.prompt_max_chars,
        durations: model.durations.clone(),
        resolutions: model.resolutions.clone(),
        aspect_ratios: model.aspect_ratios.clone(),
        seeds: model.seeds,
        prices: model.price.rows.iter().map(price).collect(),
        prices_seen: model.price.source.seen.to_string(),
        prices_source: model.price.source.source.clone(),
        settings: model.settings.iter().map(|setting| setting.0).collect(),
        end_image: model.types.iter().any(takes_last),
        key_images: model.key_images,
        shots: model.shots.as_ref().map_or(0, |limits| limits.number),
        references: model.references,
        elements: model.elements,
        api_models: api_models.map(str::to_string).collect(),
        typical_seconds: model.typical_seconds,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_every_model() {
        insta::assert_snapshot!(CatalogDocument::of(Catalog::embedded()).print());
    }
}
