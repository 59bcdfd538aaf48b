//! Parsed listings: what a take was generated from, on a machine that has only the ledger.
//!
//! [`Recipe::listing`] writes; this module reads, and accepts only what it can write again byte for
//! byte.

use serde_json::Value;

use super::choice::TakeChoice;
use super::fields;
use super::recipe::{Input, Listing, ProviderFamily, Recipe};
use crate::base::Digest;
use crate::catalog::{InputRole, ModelId, Setting, SettingValue};
use crate::storyboard::{ClipShot, FrameAt};

impl Recipe {
    /// Parses a recipe. Returns `None` unless the listing belongs to a take of a remote provider:
    /// previews are redrawn at any time, so theirs are not read.
    pub fn of_listing(listing: &Listing) -> Option<Recipe> {
        let text = |name: &str| listing.get(name).and_then(Value::as_str);
        let duration = listing.get(fields::DURATION).and_then(Value::as_u64);
        let recipe = Recipe {
            family: family_of(listing).filter(|family| *family != ProviderFamily::Preview)?,
            scene_type: text(fields::TYPE)?.parse().ok()?,
            model: ModelId::new(text(fields::MODEL)?),
            prompt: text(fields::PROMPT).map(str::to_string),
            duration: duration.and_then(|seconds| u32::try_from(seconds).ok()),
            resolution: text(fields::RESOLUTION)?.parse().ok()?,
            aspect_ratio: text(fields::ASPECT_RATIO).and_then(|ratio| ratio.parse().ok()),
            seed: seed_of(listing),
            salt: number(listing, fields::SALT),
            adopted: text(fields::ADOPTED).and_then(|digest| digest.parse().ok()),
            settings: Setting::ALL
                .iter()
                .filter_map(|setting| {
                    let value = listing.get(setting.as_str())?;
                    Some((*setting, SettingValue::of_json(*setting, value)?))
                })
                .collect(),
            shots: listing.get(fields::SHOTS).and_then(shots).unwrap_or_default(),
            inputs: InputRole::ALL
                .iter()
                .filter_map(|role| Some((*role, input(listing.get(role.as_str())?)?)))
                .collect(),
            preview: None,
        };
        (recipe.listing() == *listing).then_some(recipe)
    }
}

fn input(value: &Value) -> Option<Input> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let digest = |name: &str| text(name).and_then(|text| text.parse::<Digest>().ok());
    Some(match (text(fields::input::URL), digest(fields::input::ARTIFACT)) {
        (Some(url), _) => Input::Url(url.to_string(), digest(fields::input::SHA256)),
        (_, Some(artifact)) => Input::Frame(artifact, frame(text(fields::input::FRAME)?)?),
        _ => Input::File(digest(fields::input::SHA256)?),
    })
}

fn shots(value: &Value) -> Option<Vec<ClipShot>> {
    let shot = |value: &Value| {
        let prompt = value.get(fields::shot::PROMPT)?.as_str()?.to_string();
        let seconds = value.get(fields::shot::SECONDS)?.as_u64()?;
        Some(ClipShot { prompt, seconds: seconds.try_into().ok()? })
    };
    value.as_array()?.iter().map(shot).collect()
}

fn frame(text: &str) -> Option<FrameAt> {
    match text {
        "first" => Some(FrameAt::First),
        "last" => Some(FrameAt::Last),
        seconds => {
            let seconds: f64 = seconds.parse().ok()?;
            Some(FrameAt::Millis((seconds * 1_000.0).round() as u64))
        }
    }
}

/// Who made the take of a listing; `None` if the listing does not say, or names a family that this
/// program does not know.
pub fn family_of(listing: &Listing) -> Option<ProviderFamily> {
    ProviderFamily::ALL
        .into_iter()
        .find(|family| listing.get(fields::PROVIDER) == Some(&family.as_str().into()))
}

/// The seed of a listing, where it has one.
pub fn seed_of(listing: &Listing) -> Option<u32> {
    number(listing, fields::SEED)
}

fn number(listing: &Listing, field: &str) -> Option<u32> {
    listing.get(field).and_then(Value::as_u64)?.try_into().ok()
}

/// What distinguishes the take of a listing from other takes of its recipe.
pub fn choice_of(listing: &Listing) -> TakeChoice {
    let adopted = listing.get(fields::ADOPTED).and_then(Value::as_str);
    TakeChoice {
        seed: seed_of(listing),
        salt: number(listing, fields::SALT),
        adopted: adopted.and_then(|digest| digest.parse().ok()),
    }
}

/// A listing without what distinguishes takes of one recipe.
pub fn without_choice(listing: &Listing) -> Listing {
    let mut shared = listing.clone();
    for field in [fields::SEED, fields::SALT, fields::ADOPTED] {
        shared.shift_remove(field);
    }
    shared
}

/// The full listing of a take, from the recipe that takes share.
pub fn with_choice(shared: &Listing, choice: &TakeChoice) -> Listing {
    let mut listing = shared.clone();
    let TakeChoice { seed, salt, adopted } = choice;
    let fields = [
        (fields::SEED, seed.map(Value::from)),
        (fields::SALT, salt.map(Value::from)),
        (fields::ADOPTED, adopted.map(|digest| digest.to_string().into())),
    ];
    for (name, value) in fields {
        listing.extend(value.map(|value| (name.to_string(), value)));
    }
    listing.sort_keys();
    listing
}

/// Whether an input of a listing is a frame of a video.
pub fn shows_frame_of(listing: &Listing, video: Digest) -> bool {
    let video = video.to_string();
    let artifact = |role: &InputRole| listing.get(role.as_str())?.get(fields::input::ARTIFACT);
    InputRole::ALL.iter().filter_map(artifact).any(|artifact| artifact.as_str() == Some(&video))
}

/// A listing with a video in the place of another one, wherever it shows a frame of that.
pub fn with_frames_of(listing: &Listing, old: Digest, new: Digest) -> Listing {
    let mut listing = listing.clone();
    let old = Value::from(old.to_string());
    for input in inputs_of(&mut listing) {
        if input.get(fields::input::ARTIFACT) == Some(&old) {
            input.insert(fields::input::ARTIFACT.into(), new.to_string().into());
        }
    }
    listing
}

/// The inputs of a listing.
fn inputs_of(listing: &mut Listing) -> impl Iterator<Item = &mut Listing> {
    let is_input = |name: &str| InputRole::ALL.iter().any(|role| role.as_str() == name);
    let inputs = listing.iter_mut().filter(move |(name, _)| is_input(name));
    inputs.filter_map(|(_, input)| input.as_object_mut())
}

/// The name of a recipe that takes share: the first 12 hex digits of its SHA-256. The order of
/// fields does not matter.
pub fn recipe_id(shared: &Listing) -> String {
    let mut sorted = Value::Object(shared.clone());
    sorted.sort_all_objects();
    Digest::of(sorted.to_string().as_bytes()).short()
}

/// A listing without the values that follow from the names of scenes or from a choice among takes:
/// the seed and its like, and the videos that its frames are taken from. Fields are sorted at every
/// level.
pub(super) fn without_derived(listing: &Listing) -> Value {
    let mut listing = without_choice(listing);
    for input in inputs_of(&mut listing) {
        input.shift_remove(fields::input::ARTIFACT);
    }
    let mut sorted = Value::Object(listing);
    sorted.sort_all_objects();
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{AspectRatio, Decimal, Resolution, SceneType};
    use crate::storyboard::ClipSettings;

    fn recipe(inputs: &[(InputRole, Input)]) -> Recipe {
        Recipe {
            family: ProviderFamily::Kling,
            scene_type: SceneType::I2v,
            model: ModelId::new("kling-2-6"),
            prompt: Some("fog".into()),
            duration: Some(5),
            resolution: Resolution::P1080,
            aspect_ratio: Some(AspectRatio::TALL),
            seed: Some(45_678),
            salt: None,
            adopted: None,
            settings: ClipSettings::new(),
            shots: Vec::new(),
            inputs: inputs.iter().cloned().collect(),
            preview: None,
        }
    }

    #[test]
    fn a_written_recipe_is_read_back() {
        let digest = Digest::of(b"file");
        let url = || "https://example.com/a.png".to_string();
        for input in [
            Input::File(digest),
            Input::Url(url(), None),
            Input::Url(url(), Some(digest)),
            Input::Frame(digest, FrameAt::First),
            Input::Frame(digest, FrameAt::Last),
            Input::Frame(digest, FrameAt::Millis(2_345)),
        ] {
            for role in InputRole::ALL {
                let written = recipe(&[(*role, input.clone())]);
                let read = Recipe::of_listing(&written.listing());
                assert_eq!(read.as_ref().map(Recipe::key), Some(written.key()), "{written:?}");
                assert_eq!(read, Some(written));
            }
        }
    }

    #[test]
    fn shots_are_read_back() {
        let shot = |prompt: &str, seconds| ClipShot { prompt: prompt.into(), seconds };
        let shots = vec![shot("the pier", 3), shot("the open sea", 2)];
        let written = Recipe { shots: shots.clone(), ..recipe(&[]) };
        assert_eq!(Recipe::of_listing(&written.listing()), Some(written.clone()));
        let swapped = Recipe { shots: shots.into_iter().rev().collect(), ..recipe(&[]) };
        assert_ne!(written.key(), swapped.key());
        assert_ne!(written.key(), recipe(&[]).key());
    }

    #[test]
    fn settings_are_read_back() {
        let scale = Decimal::of_f64(0.7).unwrap();
        let settings = [
            (Setting::NegativePrompt, SettingValue::Text("blur".into())),
            (Setting::CfgScale, SettingValue::Number(scale)),
            (Setting::Sound, SettingValue::Switch(false)),
        ];
        let plain = recipe(&[]);
        let written = Recipe { settings: settings.into(), ..plain.clone() };
        assert_eq!(Recipe::of_listing(&written.listing()), Some(written.clone()));
        assert_ne!(written.key(), plain.key());
    }

    #[test]
    fn a_listing_with_an_invalid_field_is_not_read() {
        let whole = recipe(&[]).listing();
        for name in whole.keys() {
            let mut odd = whole.clone();
            odd.insert(name.clone(), Value::from("odd"));
            let read = Recipe::of_listing(&odd);
            // A prompt or a model may be any text.
            assert_eq!(read.is_some(), ["prompt", "model"].contains(&name.as_str()), "{name}");
        }
        let mut more = whole;
        more.insert("renderer".into(), 1.into());
        assert_eq!(Recipe::of_listing(&more), None);
    }
}
