//! The format of catalog files: what they say about a dialect, one file on top of another, before
//! it is converted to models.
//!
//! The embedded files and those of users have the same format. In a user's file everything may be
//! left out that the embedded one says already.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::aspect_ratio::AspectRatio;
use super::dialect_entry::DialectEntry;
use super::input_limits::{ElementLimits, PictureLimits, ReferenceLimits, VideoLimits};
use super::model::{Limits, Model, SeedRange, ShotLimits};
use super::ordered_map::OrderedMap;
use super::price::{PriceSource, RawPrice};
use super::request_form::RawRequestForm;
use super::setting::{Setting, SettingRange};
use super::terms::{InputRole, ModelId, Resolution, SceneType};

/// What a file says about one dialect.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Dialect")]
pub struct RawDialect {
    /// The model of each type for scenes that name none.
    #[serde(default)]
    default: OrderedMap<SceneType, ModelId>,
    /// What the account and the API allow, whatever the model; only the built-in files say it.
    limits: Option<Limits>,
    /// The requests of branches that have none of their own.
    #[serde(default)]
    requests: OrderedMap<SceneType, RawRequestForm>,
    /// The source of prices that name none of their own.
    prices: Option<PriceSource>,
    /// The models, by their ids in storyboards.
    #[serde(default)]
    models: OrderedMap<String, RawModel>,
}

#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Model")]
struct RawModel {
    /// Its name for people.
    title: Option<String>,
    /// What it is good at.
    notes: Option<String>,
    /// What it does, for each type of scene and its inputs.
    #[serde(default)]
    branches: Vec<RawBranch>,
}

/// What a model does for some types of scenes.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Branch")]
struct RawBranch {
    /// The types of scenes that it is about.
    types: BTreeSet<SceneType>,
    /// The inputs that such a scene has: `video`, `references`, `reference_videos`,
    /// `reference_voices`. Scenes with others belong to other branches.
    #[serde(default)]
    with: BTreeSet<InputRole>,
    /// Those of these inputs that it may have besides.
    may_have: Option<BTreeSet<InputRole>>,
    /// The longest prompt in characters; absent if it takes none.
    prompt_max_chars: Option<usize>,
    /// A length in characters from which on sources disagree about whether a prompt is accepted.
    prompt_sure_chars: Option<usize>,
    /// The lengths of clips in seconds; empty if the voice or the video decides.
    durations: Option<Vec<u32>>,
    /// The resolutions.
    resolutions: Option<Vec<Resolution>>,
    /// The shapes; empty if the image or the video decides.
    aspect_ratios: Option<Vec<AspectRatio>>,
    /// The smallest and the largest seed; absent if takes are numbered instead.
    seeds: Option<SeedRange>,
    /// The settings that it has, with the values that it accepts.
    settings: Option<OrderedMap<Setting, SettingRange>>,
    /// What it accepts of a list of shots; absent if a take is one shot.
    shots: Option<ShotLimits>,
    /// How many pictures between the first and the last one it accepts.
    key_images: Option<usize>,
    /// How many references of each kind it accepts.
    references: Option<ReferenceLimits>,
    /// What it accepts of elements.
    elements: Option<ElementLimits>,
    /// What it accepts of pictures, beyond the limits of the dialect.
    pictures: Option<PictureLimits>,
    /// What it accepts of a video.
    videos: Option<VideoLimits>,
    /// What a take costs.
    price: Option<RawPrice>,
    /// Seconds that a take usually needs at the provider.
    typical_seconds: Option<u32>,
    /// The request for a take.
    request: Option<RawRequestForm>,
}

/// What is wrong with a file, and the model that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogFault {
    /// The model, as the file names it.
    pub model: Option<String>,
    /// What is wrong.
    pub message: String,
}

impl RawDialect {
    /// The entry for a dialect of which this file says everything.
    ///
    /// # Errors
    /// It does not say everything, or contradicts itself.
    pub fn into_entry(self) -> Result<DialectEntry, CatalogFault> {
        let of_file = |message: &str| CatalogFault { model: None, message: message.to_string() };
        let RawDialect { default, limits, requests, prices, models } = self;
        let limits = limits.ok_or_else(|| of_file("it has no `limits`"))?;
        let mut rows = Vec::new();
        for (id, model) in models {
            let (title, notes) = (model.title.unwrap_or_else(|| id.clone()), model.notes);
            for branch in model.branches {
                let notes = notes.clone().unwrap_or_default();
                let fault = |message| CatalogFault { model: Some(id.clone()), message };
                let model = branch.into_model(&id, (title.clone(), notes), &requests, &prices);
                let model = model.map_err(fault)?;
                model.check().map_err(fault)?;
                rows.push(model);
            }
        }
        let entry = DialectEntry { limits, models: rows, defaults: default.into_iter().collect() };
        for scene_type in SceneType::made_by_models() {
            let named = entry.defaults.iter().find(|row| row.0 == scene_type);
            let known = named.and_then(|row| entry.model(row.1.as_str(), scene_type));
            if known.is_none() {
                return Err(of_file(&format!("it has no default model for {scene_type}")));
            }
        }
        Ok(entry)
    }

    /// What this file says, and what `base` says where this one says nothing.
    ///
    /// # Errors
    /// This file says what only the program decides, or gives prices without their source.
    pub fn over(self, base: RawDialect) -> Result<RawDialect, CatalogFault> {
        if self.limits.is_some() {
            let message = "it has `limits`, which belong to the account and cannot be changed";
            return Err(CatalogFault { model: None, message: message.into() });
        }
        let mut models = base.models;
        for (id, mut model) in self.models {
            for branch in &mut model.branches {
                if let Some(price) = &mut branch.price {
                    price
                        .name_source(self.prices.as_ref())
                        .map_err(|message| CatalogFault { model: Some(id.clone()), message })?;
                }
            }
            let known = models.remove(&id).unwrap_or_default();
            models.insert(id, model.over(known));
        }
        Ok(RawDialect {
            default: self.default.over(base.default),
            limits: base.limits,
            requests: self.requests.over(base.requests),
            prices: base.prices,
            models,
        })
    }
}

impl RawModel {
    fn over(self, base: RawModel) -> RawModel {
        let mut branches = base.branches;
        for own in self.branches {
            let shared =
                |known: &RawBranch| known.with == own.with && !known.types.is_disjoint(&own.types);
            let known = branches.iter().find(|known| shared(known)).cloned();
            for branch in branches.iter_mut().filter(|branch| branch.with == own.with) {
                branch.types = branch.types.difference(&own.types).copied().collect();
            }
            branches.retain(|branch| !branch.types.is_empty());
            branches.push(match known {
                Some(known) => own.over(known),
                None => own,
            });
        }
        RawModel { title: self.title.or(base.title), notes: self.notes.or(base.notes), branches }
    }
}

impl RawBranch {
    fn over(self, base: RawBranch) -> RawBranch {
        RawBranch {
            types: self.types,
            with: self.with,
            may_have: self.may_have.or(base.may_have),
            prompt_max_chars: self.prompt_max_chars.or(base.prompt_max_chars),
            prompt_sure_chars: self.prompt_sure_chars.or(base.prompt_sure_chars),
            durations: self.durations.or(base.durations),
            resolutions: self.resolutions.or(base.resolutions),
            aspect_ratios: self.aspect_ratios.or(base.aspect_ratios),
            seeds: self.seeds.or(base.seeds),
            settings: self.settings.or(base.settings),
            shots: self.shots.or(base.shots),
            key_images: self.key_images.or(base.key_images),
            references: self.references.or(base.references),
            elements: self.elements.or(base.elements),
            pictures: self.pictures.or(base.pictures),
            videos: self.videos.or(base.videos),
            price: self.price.or(base.price),
            typical_seconds: self.typical_seconds.or(base.typical_seconds),
            request: self.request.or(base.request),
        }
    }

    fn into_model(
        self,
        id: &str,
        (title, notes): (String, String),
        requests: &OrderedMap<SceneType, RawRequestForm>,
        prices: &Option<PriceSource>,
    ) -> Result<Model, String> {
        let types: Vec<SceneType> = self.types.into_iter().collect();
        let named = types.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(", ");
        let lacks = |what: &str| format!("the branch for {named} has no `{what}`");
        let own = self.request.as_ref();
        let form = |scene_type: &SceneType| {
            let form = own.or_else(|| requests.get(scene_type)).ok_or_else(|| lacks("request"))?;
            Ok((*scene_type, form.clone().into_form()))
        };
        let mut price = self.price.ok_or_else(|| lacks("price"))?;
        price.name_source(prices.as_ref())?;
        Ok(Model {
            id: ModelId::new(id),
            title,
            notes,
            requests: types.iter().map(form).collect::<Result<Vec<_>, String>>()?,
            types,
            with: self.with,
            may_have: self.may_have.unwrap_or_default(),
            prompt_max_chars: self.prompt_max_chars,
            prompt_sure_chars: self.prompt_sure_chars,
            durations: self.durations.ok_or_else(|| lacks("durations"))?,
            resolutions: self.resolutions.ok_or_else(|| lacks("resolutions"))?,
            aspect_ratios: self.aspect_ratios.ok_or_else(|| lacks("aspect_ratios"))?,
            seeds: self.seeds,
            settings: self.settings.unwrap_or_default().into_iter().collect(),
            shots: self.shots,
            key_images: self.key_images.unwrap_or(0),
            references: self.references,
            elements: self.elements,
            pictures: self.pictures.unwrap_or_default(),
            videos: self.videos,
            price: price.into_price()?,
            typical_seconds: self.typical_seconds.ok_or_else(|| lacks("typical_seconds"))?,
        })
    }
}
