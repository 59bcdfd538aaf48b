//! The names of the fields in a listing, in one place.
//!
//! The writer (`Recipe::listing`), the reader, likeness, the reasons of a plan and every report
//! that shows a recipe take the names from here; inputs and settings have the names of the catalog.
//! They are part of every key, lock and ledger: changing one makes every take stale.

/// The digest of a video that was adopted instead of being generated.
pub const ADOPTED: &str = "adopted";
/// The frame shape, such as `16:9`.
pub const ASPECT_RATIO: &str = "aspect_ratio";
/// Who is heard in a preview.
pub(super) const NARRATOR: &str = "narrator";
/// How this program draws it, an object of the fields in [`drawing`].
pub const DRAWING: &str = "drawing";
/// The elements that its prompt can name, a list of objects of the fields in [`element`].
pub const ELEMENTS: &str = "elements";
/// The length asked for, in seconds.
pub const DURATION: &str = "duration";
/// The model's name.
pub const MODEL: &str = "model";
/// The rendered prompt.
pub const PROMPT: &str = "prompt";
/// Who makes the take.
pub const PROVIDER: &str = "provider";
/// The output quality, such as `1080p`.
pub const RESOLUTION: &str = "resolution";
/// The number that distinguishes takes of a model without seeds.
pub const SALT: &str = "salt";
/// The seed. Models that take none have one all the same: it distinguishes their takes.
pub const SEED: &str = "seed";
/// The shots that it cuts between, a list of objects of the fields in [`shot`].
pub const SHOTS: &str = "shots";
/// The scene's type.
pub const TYPE: &str = "type";

/// Fields of an element.
pub mod element {
    /// What it is.
    pub const DESCRIPTION: &str = "description";
    /// Its pictures, a list.
    pub const IMAGES: &str = "images";
    /// Its name.
    pub const NAME: &str = "name";
    /// The part of its video that counts, as two numbers of milliseconds.
    pub const SPAN: &str = "span";
    /// Its video.
    pub const VIDEO: &str = "video";
    /// Its voice.
    pub const VOICE: &str = "voice";
}

/// Fields of a picture, a recording or a video.
pub mod input {
    /// The digest of the video that a frame is taken from, or that is used as a whole.
    pub const ARTIFACT: &str = "artifact";
    /// How a picture is brought to the shape of its scene; absent if it is used as it is.
    pub const FIT: &str = "fit";
    /// Which frame of that video: `first`, `last`, or seconds; absent for the whole video.
    pub const FRAME: &str = "frame";
    /// The digest of a file, or of what a URL is pinned to.
    pub const SHA256: &str = "sha256";
    /// The address.
    pub const URL: &str = "url";
}

/// Fields of who is heard in a preview.
pub(super) mod narrator {
    /// The program that reads, with its version.
    pub const PROGRAM: &str = "program";
    /// The digest of a recording.
    pub const RECORDING: &str = "recording";
    /// What is read.
    pub const TEXT: &str = "text";
    /// The voice that reads.
    pub const VOICE: &str = "voice";
}

/// Fields of a drawing.
pub mod drawing {
    /// How the camera moves over a still.
    pub const CAMERA: &str = "camera";
    /// Digests of the fonts besides the embedded ones.
    pub const FONTS: &str = "fonts";
    /// The length in milliseconds.
    pub const MILLIS: &str = "millis";
    /// The version of the drawing.
    pub const RENDERER: &str = "renderer";
}

/// Fields of a shot.
pub mod shot {
    /// What it shows.
    pub const PROMPT: &str = "prompt";
    /// Its length in seconds.
    pub const SECONDS: &str = "seconds";
}

/// Fields that only a preview's listing has.
pub(super) mod preview {
    /// Digests of the storyboard's own fonts, and of the installed ones that its texts need.
    pub const FONTS: &str = "fonts";
    /// The length in milliseconds.
    pub const MILLIS: &str = "millis";
    /// What a narrator says.
    pub const NARRATION: &str = "narration";
    /// The scene's number in its cut.
    pub const NUMBER: &str = "number";
    /// The version of the animatic's drawing.
    pub const RENDERER: &str = "renderer";
    /// The scene's label.
    pub const SCENE: &str = "scene";
    /// The picture's size in pixels.
    pub const SIZE: &str = "size";
    /// When the scene starts in its cut, in milliseconds.
    pub const STARTS: &str = "starts_millis";
    /// The film's title.
    pub const TITLE: &str = "title";
    /// How much of it is used, in milliseconds, if not all.
    pub const USED: &str = "used_millis";
    /// The name of the scene's variant.
    pub const VARIANT: &str = "variant";
}
