//! The card: all that an animatic shows.

use image::RgbImage;

use crate::catalog::{FrameSize, SceneType};

/// What an animatic shows of one scene.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// The scene's id, set large.
    pub scene: String,
    /// The film's title.
    pub title: Option<String>,
    /// The scene's type; it chooses the layout and the accent colour.
    pub scene_type: SceneType,
    /// The model that would make the real video.
    pub model: String,
    /// The rendered prompt, of any length and in any script that the fonts have.
    pub prompt: Option<String>,
    /// The seed, where the model takes one.
    pub seed: Option<u32>,
    /// The picture's size: even sides from 64 to 3,840 pixels.
    pub size: FrameSize,
    /// The length in milliseconds, more than 0 and at most an hour.
    pub millis: u64,
    /// The first picture or portrait.
    pub image: CardImage,
}

/// The still that a scene starts from.
#[derive(Clone, Debug, PartialEq)]
pub enum CardImage {
    /// The scene has none.
    None,
    /// It is here.
    Picture(RgbImage),
    /// It is not here, and why; for instance the URL that is not fetched offline.
    Missing(String),
}
