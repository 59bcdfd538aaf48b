//! Warnings: everything about a film that can be doubtful without being wrong.

use std::fmt;

macro_rules! warnings {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal,)+) => {
        /// A kind of warning. Its code is part of the command line and of `check --json`, so it
        /// never changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Warning {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Warning {
            /// All warnings.
            pub const ALL: &[Warning] = &[$(Warning::$name,)+];

            /// Its name in kebab-case, such as `unused-variable`.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Warning::$name => $code,)+
                }
            }

            /// A sentence about it.
            pub const fn about(self) -> &'static str {
                match self {
                    $(Warning::$name => concat!($($doc),+).trim_ascii(),)+
                }
            }
        }
    };
}

warnings! {
    /// A variable that nothing uses.
    UnusedVariable = "unused-variable",
    /// A partial that nothing uses.
    UnusedPartial = "unused-partial",
    /// A character that nothing uses.
    UnusedCharacter = "unused-character",
    /// A scene that is in none of the film's cuts.
    SceneInNoCut = "scene-in-no-cut",
    /// A text that ends before a `#`, where it may have been meant to go on.
    TextCutByComment = "text-cut-by-comment",
    /// A prompt that uses nine tenths of its limit or more.
    PromptNearLimit = "prompt-near-limit",
    /// A first picture whose shape differs much from that of its scene.
    PictureShape = "picture-shape",
    /// A picture that something is seen through.
    TransparentPicture = "transparent-picture",
    /// A cut of scenes that will differ in size, so that it cannot be joined.
    UnlikeCut = "unlike-cut",
    /// A scene that may have been renamed, where the former name is ambiguous.
    UnclearRename = "unclear-rename",
    /// A first picture that would be a frame of a video that cannot be decoded here.
    FrameNotDecodable = "frame-not-decodable",
    /// Text that previews show as boxes, because no font has its characters.
    MissingGlyphs = "missing-glyphs",
    /// A recording or a narration that is longer than its scene.
    VoiceoverTooLong = "voiceover-too-long",
    /// A recording that previews cannot play.
    VoiceNotPreviewed = "voice-not-previewed",
    /// A narration that previews do not read aloud, because there is no such voice.
    NoScratchVoice = "no-scratch-voice",
    /// Shots without sound where the API's documentation is not clear about them.
    SilentShots = "silent-shots",
    /// No prompt names an element.
    UnusedElement = "unused-element",
    /// A voice that the API may refuse, because sources disagree about its limits.
    DoubtfulVoice = "doubtful-voice",
    /// A seed where the API accepts none.
    SeedIgnored = "seed-ignored",
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
