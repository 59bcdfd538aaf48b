//! Fonts: the embedded ones, and font files given by the user.
//!
//! System fonts are never used, because then the same storyboard would give different bytes on
//! another machine.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use anyhow::{Result, bail};
use parley::FontContext;
use parley::fontique::{Blob, Collection, CollectionOptions, GenericFamily, SourceCache};
use parley::style::{FontFamily, FontFamilyName};

/// The fonts of an animatic; cheap to clone and to share between threads.
#[derive(Clone)]
pub struct Fonts(Arc<FontSet>);

struct FontSet {
    context: FontContext,
    /// The families to try for text, in order.
    text: Vec<FontFamilyName<'static>>,
}

/// The family whose digits all have the same width, for time codes.
pub(super) const MONO: &str = "DejaVu Sans Mono";

impl Fonts {
    /// DejaVu Sans (Latin, Greek, Cyrillic, Arabic, Hebrew and more) and Noto Emoji.
    pub fn builtin() -> Fonts {
        static BUILTIN: LazyLock<Fonts> = LazyLock::new(|| {
            Fonts::shelve(Vec::new()).expect("the fonts in this program are fonts")
        });
        BUILTIN.clone()
    }

    /// The embedded fonts, preceded by these font files (TrueType, OpenType or collections), in
    /// order.
    ///
    /// Fails if one of them contains no font; the message counts files from 1.
    pub fn with_files(files: Vec<Vec<u8>>) -> Result<Fonts> {
        Fonts::shelve(files)
    }

    fn shelve(files: Vec<Vec<u8>>) -> Result<Fonts> {
        let options = CollectionOptions { shared: false, system_fonts: false };
        let mut collection = Collection::new(options);
        let mut text = Vec::new();
        for (number, file) in (1..).zip(files) {
            let families = register(&mut collection, Blob::from(file));
            if families.is_empty() {
                bail!("font file {number} is not a TrueType or OpenType font");
            }
            text.extend(families);
        }
        for file in [
            dejavu::sans::regular(),
            dejavu::sans::bold(),
            epaint_default_fonts::NOTO_EMOJI_REGULAR,
        ] {
            text.extend(register(&mut collection, Blob::new(Arc::new(file))));
        }
        register(&mut collection, Blob::new(Arc::new(dejavu::sans_mono::bold())));
        text.dedup();
        let emoji = collection.family_id("Noto Emoji");
        collection.set_generic_families(GenericFamily::Emoji, emoji.into_iter());
        let text = text.into_iter().map(|name| FontFamilyName::Named(Cow::Owned(name))).collect();
        let context = FontContext { collection, source_cache: SourceCache::default() };
        Ok(Fonts(Arc::new(FontSet { context, text })))
    }

    /// A separate context for laying out text.
    pub(super) fn context(&self) -> FontContext {
        self.0.context.clone()
    }

    /// The families to try for text, in order.
    pub(super) fn text(&self) -> FontFamily<'_> {
        FontFamily::List(Cow::Borrowed(&self.0.text))
    }
}

/// Adds a file's fonts and returns their family names.
fn register(collection: &mut Collection, file: Blob<u8>) -> Vec<String> {
    let families = collection.register_fonts(file, None);
    families
        .into_iter()
        .filter_map(|(id, _)| collection.family_name(id).map(str::to_string))
        .collect()
}

impl std::fmt::Debug for Fonts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Fonts").field(&self.0.text).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn can_be_shared_between_threads() {
        fn shared<T: Send + Sync>(_: T) {}
        shared(Fonts::builtin());
    }

    #[test]
    fn user_fonts_come_first_and_must_be_fonts() {
        let fonts = Fonts::with_files(vec![dejavu::serif::regular().to_vec()]).unwrap();
        assert_eq!(fonts.0.text[0], FontFamilyName::named("DejaVu Serif"));
        let error = Fonts::with_files(vec![b"no font".to_vec()]).unwrap_err();
        assert_eq!(error.to_string(), "font file 1 is not a TrueType or OpenType font");
    }
}
