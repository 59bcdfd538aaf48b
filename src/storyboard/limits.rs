//! Limits: every bound of the language that is used in several places or visible to users.

/// The largest storyboard or variables file, in bytes.
pub const INPUT_MAX_BYTES: u64 = 32 << 20;
/// The most bytes in all files of a film together, without the storyboard.
pub(in crate::storyboard) const FILES_MAX_BYTES: u64 = 64 << 20;
/// The maximum nesting of included files.
pub(in crate::storyboard) const INCLUDE_DEPTH_MAX: usize = 32;
/// The most files that a storyboard may include.
pub(in crate::storyboard) const INCLUDED_FILES_MAX: usize = 1_000;
/// The most nodes in a text: enough for some 100,000 scenes.
pub(in crate::storyboard) const NODES_MAX: usize = 2_000_000;
/// The most variants that a film may have.
pub(in crate::storyboard) const VARIANTS_MAX: usize = 1_000;
/// The most scenes after expanding rows and variants.
pub(in crate::storyboard) const SCENES_MAX: usize = 10_000;
/// The most dependencies between scenes in total.
pub(in crate::storyboard) const LINKS_MAX: usize = 1_000_000;
/// How many unknown scenes get a "did you mean": comparing each with all scenes takes time.
pub(in crate::storyboard) const GUESSES_MAX: u32 = 100;
/// The longest voice length that can be given, in seconds; longer ones are typing errors.
pub(in crate::storyboard) const VOICE_MAX_SECONDS: f64 = 3_600.0;
/// The longest still or card, in seconds.
pub(in crate::storyboard) const DRAWN_MAX_SECONDS: f64 = 600.0;
/// The shortest part of a clip that can be used, in seconds.
pub(in crate::storyboard) const LENGTH_MIN_SECONDS: f64 = 0.1;
/// The most takes that a scene may ask for.
pub(in crate::storyboard) const TAKES_MAX: u32 = 20;
/// The most items in a list of pictures, references or elements; models accept fewer.
pub(in crate::storyboard) const INPUTS_MAX: usize = 100;
/// The longest narration of a scene in characters: some two minutes of speech.
pub(in crate::storyboard) const NARRATION_MAX_CHARS: usize = 2_000;
/// The longest label; every id is shorter.
pub(in crate::storyboard) const LABEL_MAX_CHARS: usize = 200;
