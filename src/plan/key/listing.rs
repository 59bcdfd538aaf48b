//! Parsed listings: what a take was generated from, on a machine that has only the ledger.
//!
//! [`Recipe::listing`] writes; this module reads, and accepts only what it can write again byte for
//! byte.

use serde_json::Value;

use super::choice::TakeChoice;
use super::fields;
use super::recipe::{DrawingInputs, Input, Listing, ProviderFamily, Recipe};
use crate::base::Digest;
use std::collections::BTreeMap;

use crate::catalog::{InputRole, InputSlot, ModelId, PictureFit, Setting, SettingValue};
use crate::storyboard::{ClipShot, Element, FrameAt};

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
            elements: elements(listing)?,
            inputs: listed_inputs(listing, input)?,
            fits: listed_inputs(listing, fit)?.into_iter().filter_map(fitted).collect(),
            preview: None,
            drawing: match listing.get(fields::DRAWING) {
                Some(value) => Some(drawing(value)?),
                None => None,
            },
            narrator: None,
        };
        (recipe.listing() == *listing).then_some(recipe)
    }
}

/// Something of each input of a listing, those of its elements as well; `None` if `read` does not
/// know one of them.
fn listed_inputs<T>(
    listing: &Listing,
    read: fn(&Value) -> Option<T>,
) -> Option<BTreeMap<InputSlot, T>> {
    let mut found = BTreeMap::new();
    for role in InputRole::ALL.iter().filter(|role| !role.is_of_element()) {
        add_inputs(&mut found, *role, 0, listing.get(role.as_str()), read)?;
    }
    let elements = listing.get(fields::ELEMENTS).and_then(Value::as_array);
    for (at, element) in elements.into_iter().flatten().enumerate() {
        let at = u8::try_from(at).ok()?;
        for (role, field) in [
            (InputRole::ElementImage, fields::element::IMAGES),
            (InputRole::ElementVideo, fields::element::VIDEO),
            (InputRole::ElementVoice, fields::element::VOICE),
        ] {
            add_inputs(&mut found, role, at, element.get(field), read)?;
        }
    }
    Some(found)
}

/// Adds what is read of the input or the inputs that a value lists.
fn add_inputs<T>(
    found: &mut BTreeMap<InputSlot, T>,
    role: InputRole,
    element: u8,
    value: Option<&Value>,
    read: fn(&Value) -> Option<T>,
) -> Option<()> {
    let listed: &[Value] = match value {
        None => &[],
        Some(Value::Array(items)) => items,
        Some(one) => std::slice::from_ref(one),
    };
    for (at, value) in listed.iter().enumerate() {
        let slot = InputSlot::of_element(element, role, u8::try_from(at).ok()?);
        found.insert(slot, read(value)?);
    }
    Some(())
}

/// How a listed picture is brought to the shape of its scene; `None` if this program does not know
/// that way.
fn fit(value: &Value) -> Option<Option<PictureFit>> {
    match value.get(fields::input::FIT) {
        None => Some(None),
        Some(written) => Some(Some(PictureFit::of_text(written.as_str()?)?)),
    }
}

fn fitted((slot, fit): (InputSlot, Option<PictureFit>)) -> Option<(InputSlot, PictureFit)> {
    Some((slot, fit?))
}

/// The elements of a listing, without their files.
fn elements(listing: &Listing) -> Option<Vec<Element>> {
    let element = |value: &Value| {
        let text = |name: &str| value.get(name)?.as_str().map(str::to_string);
        let span = value.get(fields::element::SPAN).map(|span| {
            let millis = |at: usize| u32::try_from(span.get(at)?.as_u64()?).ok();
            millis(0).zip(millis(1))
        });
        Some(Element {
            name: text(fields::element::NAME)?,
            description: text(fields::element::DESCRIPTION)?,
            span: match span {
                None => None,
                Some(read) => Some(read?),
            },
        })
    };
    let listed = listing.get(fields::ELEMENTS).and_then(Value::as_array);
    listed.into_iter().flatten().map(element).collect()
}

fn drawing(value: &Value) -> Option<DrawingInputs> {
    let number = |name: &str| value.get(name).and_then(Value::as_u64);
    let fonts = value.get(fields::drawing::FONTS).and_then(Value::as_array);
    let font = |value: &Value| value.as_str()?.parse().ok();
    Some(DrawingInputs {
        renderer: number(fields::drawing::RENDERER)?.try_into().ok()?,
        millis: number(fields::drawing::MILLIS)?,
        camera: match value.get(fields::drawing::CAMERA) {
            Some(name) => Some(name.as_str()?.parse().ok()?),
            None => None,
        },
        fonts: fonts.into_iter().flatten().map(font).collect::<Option<_>>()?,
        source: None,
    })
}

fn input(value: &Value) -> Option<Input> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let digest = |name: &str| text(name).and_then(|text| text.parse::<Digest>().ok());
    Some(match (text(fields::input::URL), digest(fields::input::ARTIFACT)) {
        (Some(url), _) => Input::Url(url.to_string(), digest(fields::input::SHA256)),
        (_, Some(artifact)) => match text(fields::input::FRAME) {
            Some(at) => Input::Frame(artifact, frame(at)?),
            None => Input::Video(artifact),
        },
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

/// Whether an input of a listing is a video or a frame of it.
pub fn uses_video(listing: &Listing, video: Digest) -> bool {
    fn names(value: &Value, video: &str) -> bool {
        match value {
            Value::Object(fields) => fields.iter().any(|(name, value)| {
                (name == fields::input::ARTIFACT && value.as_str() == Some(video))
                    || names(value, video)
            }),
            Value::Array(items) => items.iter().any(|item| names(item, video)),
            _ => false,
        }
    }
    let video = video.to_string();
    listing.values().any(|value| names(value, &video))
}

/// A listing with a video in the place of another one, wherever it uses that or shows a frame of it.
pub fn with_video(listing: &Listing, old: Digest, new: Digest) -> Listing {
    let mut listing = listing.clone();
    let old = Value::from(old.to_string());
    each_input(&mut listing, &mut |input| {
        if input.get(fields::input::ARTIFACT) == Some(&old) {
            input.insert(fields::input::ARTIFACT.into(), new.to_string().into());
        }
    });
    listing
}

/// Does something with each input of a listing, those of its elements as well.
fn each_input(listing: &mut Listing, change: &mut dyn FnMut(&mut Listing)) {
    let is_input = |name: &str| InputRole::ALL.iter().any(|role| role.as_str() == name);
    for (name, value) in listing.iter_mut() {
        match value {
            Value::Array(elements) if name == fields::ELEMENTS => {
                let elements = elements.iter_mut().filter_map(Value::as_object_mut);
                elements.for_each(|element| each_input_of_element(element, change));
            }
            value if is_input(name) => change_each(value, change),
            _ => {}
        }
    }
}

fn each_input_of_element(element: &mut Listing, change: &mut dyn FnMut(&mut Listing)) {
    for field in [fields::element::IMAGES, fields::element::VIDEO, fields::element::VOICE] {
        element.get_mut(field).into_iter().for_each(|value| change_each(value, change));
    }
}

/// Does something with an input, or with each one of a list.
fn change_each(value: &mut Value, change: &mut dyn FnMut(&mut Listing)) {
    match value {
        Value::Object(input) => change(input),
        Value::Array(inputs) => {
            inputs.iter_mut().filter_map(Value::as_object_mut).for_each(change);
        }
        _ => {}
    }
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
    each_input(&mut listing, &mut |input| drop(input.shift_remove(fields::input::ARTIFACT)));
    let mut sorted = Value::Object(listing);
    sorted.sort_all_objects();
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{AspectRatio, Decimal, Resolution, SceneType};
    use crate::storyboard::{CameraMove, ClipSettings};

    fn recipe(inputs: &[(InputSlot, Input)]) -> Recipe {
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
            elements: Vec::new(),
            inputs: inputs.iter().cloned().collect(),
            fits: BTreeMap::new(),
            preview: None,
            drawing: None,
            narrator: None,
        }
    }

    #[test]
    fn a_drawn_recipe_is_read_back() {
        let drawing = DrawingInputs {
            renderer: 1,
            millis: 3_500,
            camera: Some(CameraMove::PanLeft),
            fonts: vec![Digest::of(b"font")],
            source: None,
        };
        let mut written = Recipe {
            family: ProviderFamily::Drawn,
            scene_type: SceneType::Still,
            duration: None,
            seed: None,
            drawing: Some(drawing),
            ..recipe(&[(InputSlot::only(InputRole::Image), Input::File(Digest::of(b"a")))])
        };
        assert_eq!(Recipe::of_listing(&written.listing()), Some(written.clone()));
        let key = written.key();
        written.drawing.as_mut().unwrap().millis += 1;
        assert_ne!(written.key(), key);
        let mut odd = written.listing();
        odd[fields::DRAWING]["camera"] = "sideways".into();
        assert_eq!(Recipe::of_listing(&odd), None);
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
            Input::Video(digest),
        ] {
            for role in InputRole::ALL.iter().filter(|role| !role.is_of_element()) {
                let written = recipe(&[(InputSlot::only(*role), input.clone())]);
                let read = Recipe::of_listing(&written.listing());
                assert_eq!(read.as_ref().map(Recipe::key), Some(written.key()), "{written:?}");
                assert_eq!(read, Some(written));
            }
        }
    }

    #[test]
    fn a_fit_is_part_of_the_recipe_and_is_read_back() {
        let (digest, first) = (Digest::of(b"file"), InputSlot::only(InputRole::Image));
        let key_image = InputSlot::nth(InputRole::KeyImage, 1);
        let inputs = [
            (first, Input::Frame(digest, FrameAt::Last)),
            (InputSlot::nth(InputRole::KeyImage, 0), Input::File(digest)),
            (key_image, Input::File(digest)),
        ];
        let kept = recipe(&inputs);
        let mut keys = vec![kept.key()];
        for slot in [first, key_image] {
            for ratio in [AspectRatio::WIDE, AspectRatio::TALL] {
                for fit in [PictureFit::Crop(ratio), PictureFit::Pad(ratio)] {
                    let written = Recipe { fits: [(slot, fit)].into(), ..kept.clone() };
                    assert_eq!(Recipe::of_listing(&written.listing()), Some(written.clone()));
                    assert!(!keys.contains(&written.key()), "{slot} {fit}");
                    keys.push(written.key());
                }
            }
        }
        let mut odd =
            Recipe { fits: [(first, PictureFit::Crop(AspectRatio::WIDE))].into(), ..kept };
        let listing = odd.listing();
        let shown = serde_json::to_string(&listing["image"]).unwrap();
        let artifact = format!("{{\"artifact\":\"{digest}\",\"fit\":\"crop to 16:9\"");
        assert_eq!(shown, format!("{artifact},\"frame\":\"last\"}}"));
        let mut unknown = listing.clone();
        unknown["image"]["fit"] = "stretch to 16:9".into();
        assert_eq!(Recipe::of_listing(&unknown), None);
        // The fit stays where the video behind a frame is another one.
        let other = Digest::of(b"other");
        odd.inputs.insert(first, Input::Frame(other, FrameAt::Last));
        assert_eq!(with_video(&listing, digest, other)["image"], odd.listing()["image"]);
    }

    /// A recipe with two elements, the first of pictures and the second of a video with a voice.
    fn with_elements() -> Recipe {
        let element = |name: &str, span| Element {
            name: name.into(),
            description: format!("the {name}"),
            span,
        };
        let file = |text: &str| Input::File(Digest::of(text.as_bytes()));
        let of = InputSlot::of_element;
        let inputs = [
            (of(0, InputRole::ElementImage, 0), file("front")),
            (of(0, InputRole::ElementImage, 1), Input::Frame(Digest::of(b"a"), FrameAt::Last)),
            (of(1, InputRole::ElementVideo, 0), Input::Video(Digest::of(b"a"))),
            (of(1, InputRole::ElementVoice, 0), file("voice")),
            (InputSlot::nth(InputRole::Reference, 0), file("one")),
            (InputSlot::nth(InputRole::Reference, 1), file("two")),
        ];
        let elements = vec![element("boat", None), element("mia", Some((500, 4_000)))];
        Recipe { elements, ..recipe(&inputs) }
    }

    #[test]
    fn elements_and_references_are_read_back() {
        let written = with_elements();
        assert_eq!(Recipe::of_listing(&written.listing()), Some(written.clone()));
        insta::assert_snapshot!(serde_json::to_string_pretty(&written.listing()).unwrap());
        let mut swapped = written.clone();
        swapped.elements.swap(0, 1);
        assert_ne!(written.key(), swapped.key());
    }

    #[test]
    fn a_video_is_replaced_wherever_it_is_used() {
        let (old, new) = (Digest::of(b"a"), Digest::of(b"b"));
        let listing = with_elements().listing();
        assert!(uses_video(&listing, old) && !uses_video(&listing, new));
        let changed = with_video(&listing, old, new);
        assert!(uses_video(&changed, new) && !uses_video(&changed, old));
        assert_eq!(with_video(&changed, new, old), listing);
        assert_eq!(without_derived(&changed), without_derived(&listing));
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
