//! The scene: everything that an animatic shows.

use image::RgbImage;

use crate::catalog::{FrameSize, SceneType};
use crate::media::error::MediaError;
use crate::media::sound::VoiceTrack;
use crate::storyboard::CameraMove;

/// What an animatic shows of one scene.
#[derive(Clone, Debug, PartialEq)]
pub struct AnimaticScene {
    /// The scene's id, set large.
    pub id: String,
    /// The film's title.
    pub title: Option<String>,
    /// Where the scene is in the film.
    pub place: AnimaticPlace,
    /// The scene's type; it chooses the layout and the accent colour.
    pub scene_type: SceneType,
    /// The model that would generate the real video.
    pub model: String,
    /// The rendered prompt, of any length and in any script that the fonts support.
    pub prompt: Option<String>,
    /// What a narrator says, as it is shown below the prompt.
    pub narration: Option<String>,
    /// The seed, if the model supports one.
    pub seed: Option<u32>,
    /// The picture size: even sides from 64 to 3,840 pixels.
    pub size: FrameSize,
    /// The length in milliseconds, more than 0 and at most an hour.
    pub millis: u64,
    /// How many milliseconds of it are used, if not all.
    pub used_millis: Option<u64>,
    /// The first picture or portrait.
    pub image: AnimaticImage,
    /// The last picture.
    pub end_image: AnimaticImage,
    /// The shots that the scene cuts between, in order; empty if it is one shot. Their lengths add
    /// up to that of the scene.
    pub shots: Vec<AnimaticShot>,
    /// The voice.
    pub voice: AnimaticVoice,
    /// How the camera moves over the first picture; `None` if nothing asks for a move, and then it
    /// comes a little nearer.
    pub camera: Option<CameraMove>,
}

/// Where a scene is in the film.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnimaticPlace {
    /// Its number in the cut, from 1.
    pub number: Option<u32>,
    /// The name of its variant.
    pub variant: Option<String>,
    /// When it starts in the cut, in milliseconds: the time code goes on from there.
    pub starts: u64,
}

/// One of several shots of a scene.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnimaticShot {
    /// What it shows.
    pub prompt: String,
    /// Its length in seconds.
    pub seconds: u32,
}

/// The still that a scene starts from, or that it ends with.
#[derive(Clone, Debug, PartialEq)]
pub enum AnimaticImage {
    /// The scene has none.
    None,
    /// The picture is available.
    Picture(RgbImage),
    /// The picture is not available, and why; for instance a URL that is not fetched offline.
    Missing(String),
}

/// The voice that speaks in a scene.
#[derive(Clone, Debug, PartialEq)]
pub enum AnimaticVoice {
    /// The scene has none.
    None,
    /// The voice is heard, until the end of the picture.
    Recorded(VoiceTrack),
    /// The voice is not heard, and why, in the words that the animatic shows.
    Silent(String),
}

impl AnimaticVoice {
    /// The voice in a file's bytes: heard if it is MP3 or AAC, which an MP4 can contain, or can be
    /// decoded.
    ///
    /// # Errors
    /// The file is not a recording, or is damaged.
    pub fn read(bytes: &[u8]) -> Result<AnimaticVoice, MediaError> {
        Ok(match VoiceTrack::read(bytes)? {
            Ok(recording) => AnimaticVoice::Recorded(recording),
            Err(name) => AnimaticVoice::Silent(format!("voice: {name}, not played in previews")),
        })
    }
}
