//! Preview fonts: what a film's previews need besides the embedded fonts, and what no font has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use unicode_width::UnicodeWidthChar;

use super::installed_fonts::{self, ChosenFont};
use crate::base::{Diagnostic, Digest, SceneId, Warning};
use crate::catalog::SceneType;
use crate::media::animatic::{FontFace, script_name, without_builtin_glyph};
use crate::plan::Inputs;
use crate::runner::session::inputs::{InputInspector, UnfitInput};
use crate::store::real_path;
use crate::storyboard::{Film, Scene, Shot};

/// How many characters a message lists.
const CHARACTERS_SHOWN: usize = 4;

/// The scripts of Chinese, Japanese and Korean, which have a package of their own.
const EAST_ASIAN: [&str; 5] = ["Han", "Hiragana", "Katakana", "Hangul", "Bopomofo"];

/// An installed font that previews of a film use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledFont {
    /// Its file.
    pub path: PathBuf,
    /// Which face of the file, from 0.
    pub index: u32,
}

/// What a film's texts need besides the embedded fonts.
#[derive(Default)]
pub struct GatheredFonts {
    /// Installed fonts that previews use; stills and cards never do.
    pub installed: Vec<InstalledFont>,
    /// A warning for each script that previews have no font for.
    pub missing: Vec<Diagnostic>,
    /// Cards with characters that neither the embedded fonts nor those of the film have.
    pub unfit: Vec<UnfitInput>,
}

/// Finds installed fonts for what neither the embedded fonts nor those of the film have, and adds
/// their digests to the inputs of the scenes that need them. `draws_previews` says whether previews
/// are wanted at all.
pub fn gather(
    film: &Film,
    folder: &Path,
    font_folders: &[PathBuf],
    inspector: &InputInspector<'_>,
    inputs: &mut Inputs,
    draws_previews: bool,
) -> GatheredFonts {
    let is_wanted = |scene: &&Scene| draws_previews || scene.scene_type() == SceneType::Card;
    let scenes = film.scenes.iter().filter(is_wanted);
    let mut needs: Vec<(&Scene, BTreeSet<char>)> =
        scenes.map(|scene| (scene, needed(film, scene))).collect();
    needs.retain(|(_, needed)| !needed.is_empty());
    let mut wanted: BTreeSet<char> = needs.iter().flat_map(|(_, needed)| needed).copied().collect();
    if wanted.is_empty() {
        return GatheredFonts::default();
    }
    for path in &film.preview_fonts {
        // A font that is missing or broken has an error of its own.
        let faces = inspector.disk.open(&real_path(inspector.disk, folder, path)).ok();
        let faces = faces.and_then(|mut file| FontFace::read_all(&mut file, &wanted).ok());
        for face in faces.unwrap_or_default() {
            wanted.retain(|character| !face.covered.contains(character));
        }
    }
    let is_card = |scene: &Scene| scene.scene_type() == SceneType::Card;
    let cards = needs.iter().filter(|(scene, _)| is_card(scene));
    let unfit = cards.filter_map(|(scene, needed)| unfit_card(film, scene, needed, &wanted));
    let unfit = unfit.collect();
    needs.retain(|(scene, _)| !scene.scene_type().is_drawn());
    if needs.is_empty() {
        return GatheredFonts { unfit, ..GatheredFonts::default() };
    }
    wanted.retain(|character| needs.iter().any(|(_, needed)| needed.contains(character)));
    let chosen = installed_fonts::choose(inspector.disk, font_folders, &wanted);
    let readable =
        chosen.into_iter().filter_map(|font| Some((inspector.font_digest(&font.path)?, font)));
    let chosen: Vec<(Digest, ChosenFont)> = readable.collect();
    let mut missing = MissingGlyphs::default();
    for (scene, mut needed) in needs {
        needed.retain(|character| wanted.contains(character));
        let mut used = Vec::new();
        for (digest, font) in &chosen {
            let before = needed.len();
            needed.retain(|character| !font.covered.contains(character));
            if needed.len() < before && !used.contains(digest) {
                used.push(*digest);
            }
        }
        inputs.insert_installed_fonts(&scene.id, used);
        missing.add(scene, needed);
    }
    let installed =
        chosen.into_iter().map(|(_, font)| InstalledFont { path: font.path, index: font.index });
    GatheredFonts { installed: installed.collect(), missing: missing.warnings(film), unfit }
}

/// What is wrong with a card, if some of its characters are in no font of the film: an installed one
/// would make it another film on another machine.
fn unfit_card(
    film: &Film,
    scene: &Scene,
    needed: &BTreeSet<char>,
    missing: &BTreeSet<char>,
) -> Option<UnfitInput> {
    let lacking: BTreeSet<char> = needed.intersection(missing).copied().collect();
    let script = lacking.first().map(|first| script_name(*first))?;
    let what =
        format!("card `{}` has no font for {}", scene.id, listed(script.as_deref(), &lacking));
    let mut mistake = Diagnostic::error("missing-glyphs", what).fix(
        "name a font file in `preview.fonts`: a card uses no installed font, so that it is the \
              same on every machine",
    );
    mistake.place = film.place_of(&scene.id, "text").or_else(|| film.place_of_scene(&scene.id));
    Some(UnfitInput(vec![(scene.id.clone(), mistake)]))
}

/// The characters on a scene's slate, or on a card, that no embedded font has.
fn needed(film: &Film, scene: &Scene) -> BTreeSet<char> {
    let shots = scene.clip().into_iter().flat_map(|clip| &clip.shots);
    if let Shot::Card { text, .. } = &scene.shot {
        return without_builtin_glyph(text);
    }
    let own = [Some(scene.label()), scene.prompt(), scene.narration.as_deref()];
    let texts = own.into_iter().flatten().chain(film.title.as_deref());
    let texts = texts.chain(shots.map(|shot| shot.prompt.as_str()));
    texts.flat_map(without_builtin_glyph).collect()
}

/// What no font has, by script.
#[derive(Default)]
struct MissingGlyphs<'f>(BTreeMap<Option<String>, (BTreeSet<char>, Vec<&'f SceneId>)>);

impl<'f> MissingGlyphs<'f> {
    fn add(&mut self, scene: &'f Scene, characters: BTreeSet<char>) {
        for character in characters {
            let (all, scenes) = self.0.entry(script_name(character)).or_default();
            all.insert(character);
            if scenes.last() != Some(&&scene.id) {
                scenes.push(&scene.id);
            }
        }
    }

    /// One warning for each script, at the first scene that needs it.
    fn warnings(&self, film: &Film) -> Vec<Diagnostic> {
        let warning = |(script, (characters, scenes)): (
            &Option<String>,
            &(BTreeSet<char>, Vec<&SceneId>),
        )| {
            let first = scenes[0];
            let others = match scenes.len() - 1 {
                0 => String::new(),
                1 => " and 1 more scene".to_string(),
                more => format!(" and {more} more scenes"),
            };
            let what = format!(
                "previews of scene `{first}`{others} have no font for {}",
                listed(script.as_deref(), characters)
            );
            let package = match script {
                Some(script) if EAST_ASIAN.contains(&script.as_str()) => "fonts-noto-cjk",
                _ => "fonts-noto-core",
            };
            let fix = format!(
                "install a font (`{package}` on Debian and Ubuntu), or name a font file in `preview.fonts`"
            );
            let mut warning =
                Diagnostic::warning(Warning::MissingGlyphs, what).label("drawn as boxes").fix(fix);
            warning.place = film.place_of(first, "prompt").or_else(|| film.place_of_scene(first));
            warning
        };
        self.0.iter().map(warning).collect()
    }
}

/// Characters with their code points: `U+0939 ह, U+0928 न and 12 more (Devanagari)`.
fn listed(script: Option<&str>, characters: &BTreeSet<char>) -> String {
    let shown: Vec<String> = characters.iter().take(CHARACTERS_SHOWN).map(|c| named(*c)).collect();
    let more = match characters.len().saturating_sub(CHARACTERS_SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let script = script.map_or_else(String::new, |script| format!(" ({script})"));
    format!("{}{more}{script}", shown.join(", "))
}

/// A character with its code point; a mark without a letter is not shown itself.
fn named(character: char) -> String {
    let code = format!("U+{:04X}", u32::from(character));
    match character.width() {
        Some(1..) => format!("{code} {character}"),
        _ => code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut() {
        let set = |text: &str| text.chars().collect::<BTreeSet<char>>();
        assert_eq!(listed(Some("Han"), &set("日本")), "U+65E5 日, U+672C 本 (Han)");
        let devanagari = listed(Some("Devanagari"), &set("नमस्ते"));
        assert_eq!(devanagari, "U+0924 त, U+0928 न, U+092E म, U+0938 स and 2 more (Devanagari)");
        assert_eq!(listed(None, &set("\u{1fae9}")), "U+1FAE9 🫩");
        assert_eq!(named('\u{941}'), "U+0941");
    }
}
