//! Fonts: the embedded ones, font files given by the user, and installed ones.
//!
//! The embedded typeface is always that of Latin, Greek and Cyrillic. Other scripts are set in the
//! user's fonts before it. Installed fonts come last: they differ between machines, so whoever adds
//! one must make its bytes part of the key.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use anyhow::{Result, bail};
use parley::FontContext;
use parley::fontique::{
    Blob, Collection, CollectionOptions, FontInfoOverride, GenericFamily, SourceCache,
};
use parley::style::{FontFamily, FontFamilyName};
use skrifa::{FontRef, MetadataProvider};

use super::scripts::is_visible;

/// The fonts of an animatic; cheap to clone and to share between threads.
#[derive(Clone)]
pub struct Fonts(Arc<FontSet>);

struct FontSet {
    context: FontContext,
    /// The families to try for Latin, Greek and Cyrillic text, in order.
    western: Vec<FontFamilyName<'static>>,
    /// The families to try for text in other scripts, in order.
    other: Vec<FontFamilyName<'static>>,
}

/// An installed font.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemFace {
    /// Its file.
    pub bytes: Vec<u8>,
    /// Which face of the file, from 0.
    pub index: u32,
}

/// The family whose digits all have the same width, for time codes.
pub(super) const MONO: &str = "DejaVu Sans Mono";

/// The regular face as a family of its own: bold text falls back to it, because the bold face has
/// fewer characters.
const REGULAR: &str = "DejaVu Sans, regular alone";

impl Fonts {
    /// DejaVu Sans (Latin, Greek, Cyrillic, Arabic, Hebrew and more) and Noto Emoji.
    pub fn builtin() -> Fonts {
        static BUILTIN: LazyLock<Fonts> = LazyLock::new(|| {
            Fonts::shelve(Vec::new(), Vec::new()).expect("the fonts in this program are fonts")
        });
        BUILTIN.clone()
    }

    /// The embedded fonts, with these font files of the user's (TrueType, OpenType or collections)
    /// and installed fonts, each in order.
    ///
    /// Fails if one of the user's files contains no font; the message counts files from 1. An
    /// installed file without such a face is left out.
    pub fn with_files(files: Vec<Vec<u8>>, system: Vec<SystemFace>) -> Result<Fonts> {
        Fonts::shelve(files, system)
    }

    fn shelve(files: Vec<Vec<u8>>, system: Vec<SystemFace>) -> Result<Fonts> {
        let options = CollectionOptions { shared: false, system_fonts: false };
        let mut collection = Collection::new(options);
        let mut users = Vec::new();
        for (number, file) in (1..).zip(files) {
            let families = register(&mut collection, Blob::from(file));
            if families.is_empty() {
                bail!("font file {number} is not a TrueType or OpenType font");
            }
            users.extend(families);
        }
        let mut builtin = Vec::new();
        for file in [dejavu::sans::regular(), dejavu::sans::bold()] {
            builtin.extend(register(&mut collection, Blob::new(Arc::new(file))));
        }
        let regular =
            FontInfoOverride { family_name: Some(REGULAR), ..FontInfoOverride::default() };
        let file = Blob::new(Arc::new(dejavu::sans::regular()));
        collection.register_fonts(file, Some(regular));
        builtin.push(REGULAR.to_string());
        let emoji = Blob::new(Arc::new(epaint_default_fonts::NOTO_EMOJI_REGULAR));
        builtin.extend(register(&mut collection, emoji));
        register(&mut collection, Blob::new(Arc::new(dejavu::sans_mono::bold())));
        let emoji = collection.family_id("Noto Emoji");
        collection.set_generic_families(GenericFamily::Emoji, emoji.into_iter());
        let installed: Vec<String> =
            system.into_iter().filter_map(|face| register_face(&mut collection, face)).collect();
        let families = |orders: [&Vec<String>; 3]| {
            let mut names: Vec<&String> = orders.into_iter().flatten().collect();
            let mut seen = BTreeSet::new();
            names.retain(|name| seen.insert(*name));
            let named = |name: &String| FontFamilyName::Named(Cow::Owned(name.clone()));
            names.into_iter().map(named).collect()
        };
        Ok(Fonts(Arc::new(FontSet {
            context: FontContext { collection, source_cache: SourceCache::default() },
            western: families([&builtin, &users, &installed]),
            other: families([&users, &builtin, &installed]),
        })))
    }

    /// A separate context for laying out text.
    pub(super) fn context(&self) -> FontContext {
        self.0.context.clone()
    }

    /// The families to try for Latin, Greek and Cyrillic text, in order.
    pub(super) fn western(&self) -> FontFamily<'_> {
        FontFamily::List(Cow::Borrowed(&self.0.western))
    }

    /// The families to try for text in other scripts, in order.
    pub(super) fn other(&self) -> FontFamily<'_> {
        FontFamily::List(Cow::Borrowed(&self.0.other))
    }
}

/// The visible characters of a text that no embedded font has.
pub fn without_builtin_glyph(text: &str) -> BTreeSet<char> {
    static BUILTIN: LazyLock<BTreeSet<u32>> = LazyLock::new(|| {
        let files = [dejavu::sans::regular(), epaint_default_fonts::NOTO_EMOJI_REGULAR];
        let fonts = files.into_iter().filter_map(|file| FontRef::new(file).ok());
        fonts
            .flat_map(|font| font.charmap().mappings().map(|(at, _)| at).collect::<Vec<_>>())
            .collect()
    });
    if text.is_ascii() {
        return BTreeSet::new();
    }
    let others: BTreeSet<char> = text.chars().filter(|c| !c.is_ascii()).collect();
    let lacks = |c: &char| !BUILTIN.contains(&u32::from(*c)) && is_visible(*c);
    others.into_iter().filter(lacks).collect()
}

/// Adds one face of a file and returns its family name.
fn register_face(collection: &mut Collection, face: SystemFace) -> Option<String> {
    let families = collection.register_fonts(Blob::from(face.bytes), None);
    let is_it =
        |fonts: &[parley::fontique::FontInfo]| fonts.iter().any(|f| f.index() == face.index);
    let (id, _) = families.into_iter().find(|(_, fonts)| is_it(fonts))?;
    collection.family_name(id).map(str::to_string)
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
        f.debug_tuple("Fonts").field(&self.0.other).finish()
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
    fn user_fonts_come_first_in_other_scripts_and_must_be_fonts() {
        let serif = dejavu::serif::regular().to_vec();
        let fonts = Fonts::with_files(vec![serif], Vec::new()).unwrap();
        assert_eq!(fonts.0.other[0], FontFamilyName::named("DejaVu Serif"));
        assert_eq!(fonts.0.western[0], FontFamilyName::named("DejaVu Sans"));
        let error = Fonts::with_files(vec![b"no font".to_vec()], Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "font file 1 is not a TrueType or OpenType font");
    }

    #[test]
    fn installed_fonts_come_last() {
        let bytes = dejavu::serif::regular().to_vec();
        let face = SystemFace { bytes, index: 0 };
        let broken = SystemFace { bytes: b"no font".to_vec(), index: 0 };
        let fonts = Fonts::with_files(Vec::new(), vec![broken, face]).unwrap();
        assert_eq!(fonts.0.other.last(), Some(&FontFamilyName::named("DejaVu Serif")));
    }

    #[test]
    fn characters_without_a_glyph_are_found() {
        assert!(without_builtin_glyph("Regen über dem Hafen 🔥 قمر שלום Ωм\u{200d}").is_empty());
        assert_eq!(without_builtin_glyph("नमस्ते 日本"), "नमस्ते日本".chars().collect());
    }
}
