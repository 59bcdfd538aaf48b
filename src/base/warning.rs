//! Warnings: everything that can be doubtful about a film without being wrong.

use std::fmt;

macro_rules! warnings {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal,)+) => {
        /// Something doubtful. Its code is part of the command line and of `check --json`, so it
        /// never changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Warning {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Warning {
            /// All of them.
            pub const ALL: &[Warning] = &[$(Warning::$name,)+];

            /// Its name in kebab-case, such as `unused-variable`.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Warning::$name => $code,)+
                }
            }

            /// What it is about, as a sentence.
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
    /// A prompt that fills nine tenths of its limit or more.
    PromptNearLimit = "prompt-near-limit",
    /// A first picture whose shape is far from that of its scene.
    PictureShape = "picture-shape",
    /// A scene that may be a renamed one, where it is not clear which.
    UnclearRename = "unclear-rename",
    /// A seed where the API takes none.
    SeedIgnored = "seed-ignored",
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
