//! Limits: every bound of the language that more than one place respects, or that users may meet.

/// The most bytes a storyboard or a file of variables may have.
pub const INPUT_MAX_BYTES: u64 = 32 << 20;
/// The most bytes that all files of a film may have together, the storyboard aside.
pub(in crate::storyboard) const FILES_MAX_BYTES: u64 = 64 << 20;
/// How deep files may include one another.
pub(in crate::storyboard) const INCLUDE_DEPTH_MAX: usize = 32;
/// How many files a storyboard may include.
pub(in crate::storyboard) const INCLUDED_FILES_MAX: usize = 1_000;
/// How many nodes a text may have: some 100,000 scenes.
pub(in crate::storyboard) const NODES_MAX: usize = 2_000_000;
/// The most variants that a film may have.
pub(in crate::storyboard) const VARIANTS_MAX: usize = 1_000;
/// The most scenes that rows and variants may make of those written.
pub(in crate::storyboard) const SCENES_MAX: usize = 10_000;
/// The most that scenes may need of one another, all together.
pub(in crate::storyboard) const LINKS_MAX: usize = 1_000_000;
/// How many unknown scenes get a "did you mean": comparing each with every scene takes time.
pub(in crate::storyboard) const GUESSES_MAX: u32 = 100;
/// The longest voice that can be stated, in seconds; longer ones are typing errors.
pub(in crate::storyboard) const VOICE_MAX_SECONDS: f64 = 3_600.0;
/// The longest label; every id is shorter.
pub(in crate::storyboard) const LABEL_MAX_CHARS: usize = 200;
