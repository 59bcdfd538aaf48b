//! The format of a catalog's file, before it is converted to models.

use serde::Deserialize;

use super::aspect_ratio::AspectRatio;
use super::model::{DialectEntry, Limits, Model, SeedRange, ShotLimits};
use super::ordered_map::OrderedMap;
use super::price::{PriceSource, RawPrice};
use super::request_form::RawRequestForm;
use super::setting::{Setting, SettingRange};
use super::terms::{ModelId, Resolution, SceneType};

/// The file: one dialect.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawDialect {
    default: OrderedMap<SceneType, ModelId>,
    limits: Limits,
    /// The requests of branches that have none of their own.
    #[serde(default)]
    requests: OrderedMap<SceneType, RawRequestForm>,
    /// The source of prices that name none of their own.
    prices: PriceSource,
    models: OrderedMap<String, RawModel>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawModel {
    title: String,
    notes: String,
    branches: Vec<RawBranch>,
}

/// What a model does for some types of scenes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBranch {
    types: Vec<SceneType>,
    prompt_max_chars: Option<usize>,
    durations: Vec<u32>,
    resolutions: Vec<Resolution>,
    aspect_ratios: Vec<AspectRatio>,
    seeds: Option<SeedRange>,
    #[serde(default)]
    settings: OrderedMap<Setting, SettingRange>,
    shots: Option<ShotLimits>,
    price: RawPrice,
    typical_seconds: u32,
    request: Option<RawRequestForm>,
}

impl RawDialect {
    pub fn into_entry(self) -> DialectEntry {
        let RawDialect { default, limits, requests, prices, models } = self;
        let models = models.into_iter().flat_map(|(id, model)| {
            let RawModel { title, notes, branches } = model;
            let (requests, prices) = (&requests, &prices);
            let branches = branches
                .into_iter()
                .map(move |branch| branch.into_model(&id, (&title, &notes), requests, prices));
            branches.collect::<Vec<Model>>()
        });
        DialectEntry { limits, models: models.collect(), defaults: default.into_iter().collect() }
    }
}

impl RawBranch {
    fn into_model(
        self,
        id: &str,
        (title, notes): (&str, &str),
        requests: &OrderedMap<SceneType, RawRequestForm>,
        prices: &PriceSource,
    ) -> Model {
        let own = &self.request;
        let form = |scene_type: &SceneType| {
            let form = own.as_ref().or_else(|| requests.get(scene_type))?;
            Some((*scene_type, form.clone().into_form()))
        };
        Model {
            id: ModelId::new(id),
            title: title.to_string(),
            notes: notes.to_string(),
            requests: self.types.iter().filter_map(form).collect(),
            types: self.types,
            prompt_max_chars: self.prompt_max_chars,
            durations: self.durations,
            resolutions: self.resolutions,
            aspect_ratios: self.aspect_ratios,
            seeds: self.seeds,
            settings: self.settings.into_iter().collect(),
            shots: self.shots,
            price: self.price.into_price(prices),
            typical_seconds: self.typical_seconds,
        }
    }
}
