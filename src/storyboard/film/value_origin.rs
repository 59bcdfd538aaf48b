//! Origins: where each value of a scene comes from.
//!
//! They are recorded when a value is chosen, because only then it is known whether the profile, the
//! scene, the defaults or the catalog won. They are stored as node numbers: films have ten thousand scenes.
//! They decide nothing and are not part of any key.

use crate::base::{Place, ProfileId};
use crate::catalog::{InputRole, Setting};
use crate::storyboard::text::yaml::tree::NodeId;

/// The number of fields.
const FIELDS: usize = SceneField::Tags as usize + 1;

/// A field of a scene whose value can have several origins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SceneField {
    /// `type`
    Type,
    /// `label`
    Label,
    /// `was`
    Was,
    /// `model`
    Model,
    /// `prompt`
    Prompt,
    /// `text`
    Text,
    /// `move`
    Move,
    /// `narration`
    Narration,
    /// `voiceover`
    Voiceover,
    /// `scratch_voice`
    ScratchVoice,
    /// `image`
    Image,
    /// `end_image`
    EndImage,
    /// `key_images`
    KeyImages,
    /// `fit`
    Fit,
    /// `voice`
    Voice,
    /// `video`
    Video,
    /// `references`
    References,
    /// `elements`
    Elements,
    /// `duration`
    Duration,
    /// `length`
    Length,
    /// `resolution`
    Resolution,
    /// `aspect_ratio`
    AspectRatio,
    /// `seed`
    Seed,
    /// `negative_prompt`
    NegativePrompt,
    /// `cfg_scale`
    CfgScale,
    /// `sound`
    Sound,
    /// `character_orientation`
    CharacterOrientation,
    /// `background_source`
    BackgroundSource,
    /// `shots`
    Shots,
    /// `takes`
    Takes,
    /// `after`
    After,
    /// `tags`; the scene's own if it has some in addition to the defaults
    Tags,
}

impl SceneField {
    /// The field of an input.
    pub const fn of_input(role: InputRole) -> SceneField {
        match role {
            InputRole::Image => SceneField::Image,
            InputRole::EndImage => SceneField::EndImage,
            InputRole::KeyImage => SceneField::KeyImages,
            InputRole::Voice => SceneField::Voice,
            InputRole::Video => SceneField::Video,
            InputRole::Reference | InputRole::ReferenceVideo | InputRole::ReferenceVoice => {
                SceneField::References
            }
            InputRole::ElementImage | InputRole::ElementVideo | InputRole::ElementVoice => {
                SceneField::Elements
            }
        }
    }

    /// The field of a setting.
    pub const fn of_setting(setting: Setting) -> SceneField {
        match setting {
            Setting::NegativePrompt => SceneField::NegativePrompt,
            Setting::CfgScale => SceneField::CfgScale,
            Setting::Sound => SceneField::Sound,
            Setting::CharacterOrientation => SceneField::CharacterOrientation,
            Setting::BackgroundSource => SceneField::BackgroundSource,
        }
    }
}

/// The origin of a value of the film.
#[derive(Clone, Debug)]
pub enum ValueOrigin {
    /// It is written in the scene itself or at the top level of the storyboard.
    Written {
        /// The place.
        place: Place,
        /// The command-line overrides that it contains.
        outside: Vec<String>,
    },
    /// It is written in the chosen profile.
    Profile {
        /// The profile.
        profile: ProfileId,
        /// The place.
        place: Place,
        /// The command-line overrides that it contains.
        outside: Vec<String>,
    },
    /// It is written in the defaults.
    Defaults {
        /// The place.
        place: Place,
        /// The command-line overrides that it contains.
        outside: Vec<String>,
    },
    /// It is not written anywhere; it follows from the rest.
    Unwritten,
}

/// Which value was chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::storyboard) enum ChosenValue {
    /// The value of the chosen profile.
    Profile(NodeId),
    /// The scene's own value.
    Own(NodeId),
    /// The default.
    Default(NodeId),
    /// None is written.
    #[default]
    Neither,
}

/// The origins of the values of one scene.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SceneOrigins([ChosenValue; FIELDS]);

impl SceneOrigins {
    /// Records which value was chosen.
    pub(in crate::storyboard) fn note(&mut self, field: SceneField, chosen: ChosenValue) {
        self.0[field as usize] = chosen;
    }

    /// Which value was chosen.
    pub(in crate::storyboard) fn chosen(&self, field: SceneField) -> ChosenValue {
        self.0[field as usize]
    }
}
