//! What this program draws itself, as if it were models: stills and cards.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jiff::civil::date;

use super::aspect_ratio::AspectRatio;
use super::input_limits::PictureLimits;
use super::model::Model;
use super::price::{Price, PriceRow, PriceSource, PriceUnit};
use super::terms::{ModelId, Resolution, SceneType};
use crate::base::Credits;

/// The longest text of a card in characters.
const CARD_MAX_CHARS: usize = 600;

/// The largest picture of a still in bytes: it is not uploaded anywhere.
const PICTURE_MAX_BYTES: u64 = 100 << 20;

/// The model of each drawn type.
pub(super) fn drawn_models() -> &'static [Model] {
    static MODELS: LazyLock<Vec<Model>> =
        LazyLock::new(|| SceneType::DRAWN.map(drawn_model).into_iter().collect());
    &MODELS
}

fn drawn_model(scene_type: SceneType) -> Model {
    let (title, notes, prompt_max_chars) = match scene_type {
        SceneType::Card => ("Card", "text on a plain ground", Some(CARD_MAX_CHARS)),
        _ => ("Still", "a picture, moved as by a camera", None),
    };
    let free = PriceRow { seconds: None, resolution: None, sound: None, credits: Credits::ZERO };
    let source =
        PriceSource { seen: date(2026, 11, 30), source: "drawn on this machine".to_string() };
    Model {
        id: ModelId::new(scene_type.as_str()),
        title: title.to_string(),
        notes: notes.to_string(),
        types: vec![scene_type],
        with: BTreeSet::new(),
        may_have: BTreeSet::new(),
        prompt_max_chars,
        prompt_sure_chars: None,
        durations: Vec::new(),
        resolutions: Resolution::ALL.to_vec(),
        aspect_ratios: AspectRatio::USUAL.iter().map(|(ratio, _)| *ratio).collect(),
        seeds: None,
        settings: Vec::new(),
        shots: None,
        key_images: 0,
        references: None,
        elements: None,
        pictures: PictureLimits {
            max_bytes: Some(PICTURE_MAX_BYTES),
            min_side: Some(2),
            ratio: None,
        },
        videos: None,
        price: Price { unit: PriceUnit::Second, rows: vec![free], source },
        requests: Vec::new(),
        typical_seconds: 1,
    }
}
