//! The recipe: everything that decides a take's picture, and nothing else.
//!
//! Only [`Recipe::listing`] writes a recipe down. The key is the SHA-256 of that listing, and the
//! reasons why a take is stale compare two listings, so the rule and its explanation cannot drift
//! apart. The listing contains no ids, times, paths, YAML order or retry settings.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::choice::TakeChoice;
use super::fields;
use crate::base::{Digest, Key};
use crate::catalog::{
    AspectRatio, FrameSize, InputRole, InputSlot, ModelId, PictureFit, Resolution, SceneType,
};
use crate::storyboard::{CameraMove, ClipSettings, ClipShot, Element, FrameAt, selecting};

/// The version of the listing format; changing it makes every take stale.
const LISTING_VERSION: u32 = 1;

/// Who makes a take. A take of one family never substitutes for a take of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Family")]
pub enum ProviderFamily {
    /// The remote Kling API.
    Kling,
    /// A local server that speaks that API, for rehearsals. Its videos are not the film's and must
    /// never be mistaken for paid ones.
    KlingRehearsal,
    /// The embedded preview.
    Preview,
    /// This program itself: stills and cards, which are the same in builds and in previews.
    Drawn,
}

impl ProviderFamily {
    /// Every family.
    pub const ALL: [ProviderFamily; 4] = [
        ProviderFamily::Kling,
        ProviderFamily::KlingRehearsal,
        ProviderFamily::Preview,
        ProviderFamily::Drawn,
    ];

    /// The name in listings and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            ProviderFamily::Kling => "kling",
            ProviderFamily::KlingRehearsal => "kling-rehearsal",
            ProviderFamily::Preview => "preview",
            ProviderFamily::Drawn => "drawn",
        }
    }
}

impl fmt::Display for ProviderFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An input, identified by its content.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// A local file by its SHA-256.
    File(Digest),
    /// A frame of the take with this artifact.
    Frame(Digest, FrameAt),
    /// The whole take with this artifact.
    Video(Digest),
    /// A URL by its text, plus the digest of its content if the storyboard pins it.
    Url(String, Option<Digest>),
}

/// What a preview shows besides the request; the animatic shows the scene's name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PreviewInputs {
    /// The scene's label.
    pub scene: String,
    /// The film's title.
    pub title: Option<String>,
    /// What a narrator says.
    pub narration: Option<String>,
    /// The renderer's version; it changes when the animatic is drawn differently.
    pub renderer: u32,
    /// The storyboard's own fonts, and the installed ones that its texts need.
    pub fonts: Vec<Digest>,
    /// The picture size.
    pub size: FrameSize,
    /// The length in milliseconds.
    pub millis: u64,
    /// How many milliseconds of it are used, if not all.
    pub used_millis: Option<u64>,
    /// Where the scene is in the film.
    pub place: SlatePlace,
    /// What the previews show that it takes pictures of. The videos' digests imply it, so it is not
    /// in the listing.
    pub sources: BTreeMap<InputSlot, SourceSlate>,
}

/// Where a scene is in the film, as its slate says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SlatePlace {
    /// Its number in the first cut that it is in, from 1.
    pub number: Option<u32>,
    /// When it starts there, in milliseconds.
    pub starts: u64,
    /// The name of its variant, if it differs from its other variants.
    pub variant: Option<String>,
}

/// What the preview of a scene shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceSlate {
    /// Its prompt alone.
    Words,
    /// A picture in a panel.
    Panel,
    /// A panel with the words of a scene before it.
    PanelOfWords,
}

/// How this program draws a still or a card. The text of a card is the recipe's prompt.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DrawingInputs {
    /// The drawing's version; it changes when the same is drawn differently.
    pub renderer: u32,
    /// The length in milliseconds.
    pub millis: u64,
    /// How the camera moves over a still.
    pub camera: Option<CameraMove>,
    /// The storyboard's own fonts, if it shows text.
    pub fonts: Vec<Digest>,
    /// What the preview shows that a still's picture is taken from. The video's digest implies it, so
    /// it is not in the listing.
    pub source: Option<SourceSlate>,
}

/// Who is heard in a preview.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Narrator {
    /// The recording with this SHA-256.
    Recording(Digest),
    /// A program of this machine that reads the text.
    ScratchVoice {
        /// What it reads.
        text: String,
        /// The name of the voice.
        voice: String,
        /// The program and its version: another one sounds different.
        program: String,
    },
}

/// Everything that decides a take's picture.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Recipe {
    /// The provider family.
    pub family: ProviderFamily,
    /// The scene's type.
    pub scene_type: SceneType,
    /// The model.
    pub model: ModelId,
    /// The rendered prompt.
    pub prompt: Option<String>,
    /// Length in seconds, if the request states it.
    pub duration: Option<u32>,
    /// Output quality.
    pub resolution: Resolution,
    /// Frame shape, if the request states it.
    pub aspect_ratio: Option<AspectRatio>,
    /// The seed, if the model supports one.
    pub seed: Option<u32>,
    /// The number that distinguishes takes of a model without seeds, from 2; the first has none.
    pub salt: Option<u32>,
    /// The video that was adopted instead of being generated.
    pub adopted: Option<Digest>,
    /// The settings, by name.
    pub settings: ClipSettings,
    /// The shots that it cuts between; empty if it is one shot.
    pub shots: Vec<ClipShot>,
    /// The elements that its prompt can name; their files are inputs.
    pub elements: Vec<Element>,
    /// Its pictures, recordings and videos, by what they are for.
    pub inputs: BTreeMap<InputSlot, Input>,
    /// How pictures among them are brought to the shape of the scene; the others are used as they
    /// are.
    pub fits: BTreeMap<InputSlot, PictureFit>,
    /// What a preview shows besides the request.
    pub preview: Option<PreviewInputs>,
    /// How this program draws it, if it does.
    pub drawing: Option<DrawingInputs>,
    /// Who is heard, in a preview.
    pub narrator: Option<Narrator>,
}

/// A recipe in written form: field name to value, sorted by name.
pub type Listing = Map<String, Value>;

impl Recipe {
    /// Writes the recipe down: every field that is set, sorted by name.
    pub fn listing(&self) -> Listing {
        let mut fields: Vec<(&str, Option<Value>)> = vec![
            (fields::ASPECT_RATIO, self.aspect_ratio.map(|ratio| ratio.to_string().into())),
            (fields::DURATION, self.duration.map(Value::from)),
            (fields::MODEL, Some(self.model.as_str().into())),
            (fields::PROMPT, self.prompt.as_deref().map(Value::from)),
            (fields::PROVIDER, Some(self.family.as_str().into())),
            (fields::RESOLUTION, Some(self.resolution.as_str().into())),
            (fields::SEED, self.seed.map(Value::from)),
            (fields::SALT, self.salt.map(Value::from)),
            (fields::ADOPTED, self.adopted.map(|digest| digest.to_string().into())),
            (fields::TYPE, Some(self.scene_type.as_str().into())),
        ];
        if !self.shots.is_empty() {
            let shots: Vec<Value> = self.shots.iter().map(shot_listing).collect();
            fields.push((fields::SHOTS, Some(shots.into())));
        }
        for role in InputRole::ALL.iter().filter(|role| !role.is_of_element()) {
            let of_role = self.inputs.iter().filter(|(slot, _)| slot.role == *role);
            let mut listed: Vec<Value> =
                of_role.map(|(slot, input)| self.input_listing(slot, input)).collect();
            let value = match role.is_list() {
                true => (!listed.is_empty()).then(|| listed.into()),
                false => listed.pop(),
            };
            fields.push((role.as_str(), value));
        }
        if !self.elements.is_empty() {
            let elements = self.elements.iter().enumerate();
            let listed: Vec<Value> =
                elements.map(|(at, element)| self.element_listing(at, element)).collect();
            fields.push((fields::ELEMENTS, Some(listed.into())));
        }
        let settings = self.settings.iter();
        fields.extend(settings.map(|(name, value)| (name.as_str(), Some(value.json()))));
        if let Some(shown) = &self.preview {
            let fonts: Vec<String> = shown.fonts.iter().map(Digest::to_string).collect();
            fields.extend([
                (fields::preview::FONTS, (!fonts.is_empty()).then(|| fonts.into())),
                (fields::preview::MILLIS, Some(shown.millis.into())),
                (fields::preview::NARRATION, shown.narration.as_deref().map(Value::from)),
                (fields::preview::NUMBER, shown.place.number.map(Value::from)),
                (fields::preview::RENDERER, Some(shown.renderer.into())),
                (fields::preview::SCENE, Some(shown.scene.as_str().into())),
                (fields::preview::SIZE, Some(shown.size.to_string().into())),
                (
                    fields::preview::STARTS,
                    (shown.place.starts > 0).then(|| shown.place.starts.into()),
                ),
                (fields::preview::TITLE, shown.title.as_deref().map(Value::from)),
                (fields::preview::USED, shown.used_millis.map(Value::from)),
                (fields::preview::VARIANT, shown.place.variant.as_deref().map(Value::from)),
            ]);
        }
        fields.push((fields::NARRATOR, self.narrator.as_ref().map(Narrator::listing)));
        fields.push((fields::DRAWING, self.drawing.as_ref().map(DrawingInputs::listing)));
        fields.sort_by_key(|field| field.0);
        let present = fields.into_iter();
        present.filter_map(|(name, value)| Some((name.to_string(), value?))).collect()
    }

    fn input_listing(&self, slot: &InputSlot, input: &Input) -> Value {
        let mut listing = input.listing();
        if let Some(fit) = self.fits.get(slot) {
            listing.insert(fields::input::FIT.to_string(), fit.to_string().into());
            listing.sort_keys();
        }
        Value::Object(listing)
    }

    fn element_listing(&self, at: usize, element: &Element) -> Value {
        let Element { name, description, span } = element;
        let files = |role: InputRole| {
            let of_role =
                move |slot: &InputSlot| slot.role == role && usize::from(slot.element) == at;
            let files = self.inputs.iter().filter(move |(slot, _)| of_role(slot));
            files.map(|(slot, input)| self.input_listing(slot, input)).collect::<Vec<Value>>()
        };
        let images = files(InputRole::ElementImage);
        let fields = [
            (fields::element::DESCRIPTION, Some(Value::from(description.as_str()))),
            (fields::element::IMAGES, (!images.is_empty()).then(|| images.into())),
            (fields::element::NAME, Some(name.as_str().into())),
            (fields::element::SPAN, span.map(|(begins, ends)| vec![begins, ends].into())),
            (fields::element::VIDEO, files(InputRole::ElementVideo).pop()),
            (fields::element::VOICE, files(InputRole::ElementVoice).pop()),
        ];
        let present = fields.into_iter();
        let present = present.filter_map(|(name, value)| Some((name.to_string(), value?)));
        Value::Object(present.collect())
    }

    /// The inputs that decide which entry of its model it belongs to; see `Model::SELECTING`.
    pub fn selecting_inputs(&self) -> BTreeSet<InputRole> {
        selecting(self.inputs.keys())
    }

    /// Whether this program draws its take. A video that was adopted in its place is not drawn.
    pub fn is_drawn(&self) -> bool {
        self.family == ProviderFamily::Drawn && self.adopted.is_none()
    }

    /// What distinguishes its take from others of the same recipe.
    pub const fn choice(&self) -> TakeChoice {
        TakeChoice { seed: self.seed, salt: self.salt, adopted: self.adopted }
    }

    /// The recipe of another take.
    pub fn with_choice(self, choice: TakeChoice) -> Recipe {
        let TakeChoice { seed, salt, adopted } = choice;
        Recipe { seed, salt, adopted, ..self }
    }

    /// The recipe's key: SHA-256 over `{"v":1,"recipe":{…}}` without spaces, fields sorted.
    pub fn key(&self) -> Key {
        let listing = Value::Object(self.listing());
        let canonical = format!("{{\"v\":{LISTING_VERSION},\"recipe\":{listing}}}");
        Key(Digest::of(canonical.as_bytes()))
    }
}

impl Narrator {
    fn listing(&self) -> Value {
        let fields = match self {
            Narrator::Recording(digest) => {
                vec![(fields::narrator::RECORDING, digest.to_string())]
            }
            Narrator::ScratchVoice { text, voice, program } => vec![
                (fields::narrator::PROGRAM, program.clone()),
                (fields::narrator::TEXT, text.clone()),
                (fields::narrator::VOICE, voice.clone()),
            ],
        };
        Value::Object(fields.into_iter().map(|(name, it)| (name.to_string(), it.into())).collect())
    }
}

impl DrawingInputs {
    fn listing(&self) -> Value {
        let DrawingInputs { renderer, millis, camera, fonts, source: _ } = self;
        let fonts: Vec<String> = fonts.iter().map(Digest::to_string).collect();
        let fields = [
            (fields::drawing::CAMERA, camera.map(|camera| camera.as_str().into())),
            (fields::drawing::FONTS, (!fonts.is_empty()).then(|| fonts.into())),
            (fields::drawing::MILLIS, Some((*millis).into())),
            (fields::drawing::RENDERER, Some((*renderer).into())),
        ];
        let present = fields.into_iter();
        let present = present.filter_map(|(name, value)| Some((name.to_string(), value?)));
        Value::Object(present.collect())
    }
}

fn shot_listing(shot: &ClipShot) -> Value {
    let ClipShot { prompt, seconds } = shot;
    let fields = [
        (fields::shot::PROMPT, Value::from(prompt.as_str())),
        (fields::shot::SECONDS, (*seconds).into()),
    ];
    Value::Object(fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect())
}

impl Input {
    fn listing(&self) -> Listing {
        let fields = match self {
            Input::File(digest) => vec![(fields::input::SHA256, Value::from(digest.to_string()))],
            Input::Frame(digest, frame) => {
                vec![
                    (fields::input::ARTIFACT, digest.to_string().into()),
                    (fields::input::FRAME, frame.to_string().into()),
                ]
            }
            Input::Video(digest) => {
                vec![(fields::input::ARTIFACT, Value::from(digest.to_string()))]
            }
            Input::Url(url, pinned) => {
                let pinned =
                    pinned.map(|digest| (fields::input::SHA256, Value::from(digest.to_string())));
                pinned
                    .into_iter()
                    .chain([(fields::input::URL, Value::from(url.as_str()))])
                    .collect()
            }
        };
        fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
    }
}
