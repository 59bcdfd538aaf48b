//! Narrators: who is heard in the previews of scenes, a recording or a program of this machine that
//! reads the text.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::file_look::{FileFacts, FileUse};
use super::inputs::{InputInspector, missing, missing_label, not_previewed};
use super::project_files::same_name;
use super::symlinks::{ProjectBounds, leads_out};
use crate::base::{Diagnostic, Digest, Warning};
use crate::catalog::{InputKind, SceneType};
use crate::media::MediaError;
use crate::media::animatic::script_name;
use crate::plan::{Inputs, Narrator};
use crate::provider::{Narration, ScratchReader};
use crate::runner::conversion::Conversions;
use crate::store::real_path;
use crate::storyboard::{Film, Scene, SceneField, ScratchVoice};

/// By how many seconds a recording may be longer than its scene: the silence at its end.
const TOLERATED_SECONDS: f64 = 0.25;

/// Finds out about the recordings of what is narrated, and in previews who reads the rest. `reader`
/// is the path of the program that reads, if it is installed.
///
/// Returns what is wrong with the recordings, and what previews need.
pub fn gather(
    film: &Film,
    folder: &Path,
    reader: Option<&Path>,
    inspector: &InputInspector<'_>,
    inputs: &mut Inputs,
    is_preview: bool,
) -> (Vec<Diagnostic>, Narration) {
    let (mut found, recordings) = recordings(film, folder, inspector);
    found.extend(film.scenes.iter().filter_map(|scene| too_much_to_say(film, scene)));
    let mut narration = Narration::default();
    if !is_preview {
        return (found, narration);
    }
    let needs_reader = |scene: &&Scene| text_to_read(scene).is_some();
    if film.scenes.iter().any(|scene| needs_reader(&scene)) {
        narration.reader = reader.and_then(ScratchReader::at);
    }
    let mut strange: Vec<&str> = Vec::new();
    for scene in &film.scenes {
        let recorded = scene.voiceover.as_deref().and_then(|path| recordings.get(path));
        if let Some((digest, path)) = recorded {
            inputs.insert_narrator(&scene.id, Narrator::Recording(*digest));
            narration.recordings.insert(*digest, path.clone());
            continue;
        }
        let Some((text, reader)) = text_to_read(scene).zip(narration.reader.as_ref()) else {
            continue;
        };
        let wanted = match &scene.scratch_voice {
            ScratchVoice::Named(name) => name.as_str(),
            ScratchVoice::ByScript | ScratchVoice::Off => voice_of_script(text),
        };
        match reader.voice(wanted) {
            Some(voice) => {
                let (text, voice) = (text.to_string(), voice.to_string());
                let program = reader.version().to_string();
                let narrator = Narrator::ScratchVoice { text, voice, program };
                inputs.insert_narrator(&scene.id, narrator);
            }
            None if strange.contains(&wanted) => {}
            None => {
                strange.push(wanted);
                found.push(no_voice(film, scene, wanted, reader));
            }
        }
    }
    (found, narration)
}

/// What a program is to read of a scene, where no recording is given and the scene has no voice of
/// its own.
fn text_to_read(scene: &Scene) -> Option<&str> {
    let is_silent = scene.scratch_voice == ScratchVoice::Off
        || scene.voiceover.is_some()
        || scene.scene_type() == SceneType::Avatar;
    scene.narration.as_deref().filter(|_| !is_silent)
}

fn no_voice(film: &Film, scene: &Scene, wanted: &str, reader: &ScratchReader) -> Diagnostic {
    let what = format!(
        "{} has no voice `{wanted}`, so scene `{}` is not read aloud",
        reader.version(),
        scene.id
    );
    let like = reader.voices_like(wanted);
    let fix = match like.as_slice() {
        [] => "write a voice of `espeak-ng --voices` as `scratch_voice`, or `off`".to_string(),
        some => format!(
            "it has {}",
            some.iter().take(6).map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")
        ),
    };
    let mut warning = Diagnostic::warning(Warning::NoScratchVoice, what).fix(fix);
    let at = [SceneField::ScratchVoice, SceneField::Narration];
    warning.place = at.iter().find_map(|field| film.place_of_value(scene, *field));
    warning
}

/// The recordings by the paths that the storyboard writes, with their digests and where they are;
/// and what is wrong with them.
fn recordings<'f>(
    film: &'f Film,
    folder: &Path,
    inspector: &InputInspector<'_>,
) -> (Vec<Diagnostic>, BTreeMap<&'f str, (Digest, PathBuf)>) {
    let bounds = inspector.bounds(folder);
    let used = film.scenes.iter().filter_map(|scene| Some((scene, scene.voiceover.as_deref()?)));
    let used: Vec<(&Scene, &str)> = used.collect();
    let (mut found, mut recordings) = (Vec::new(), BTreeMap::new());
    if used.is_empty() {
        return (found, recordings);
    }
    let is_inside = |path: &&str| {
        bounds.outside(inspector.disk, &real_path(inspector.disk, folder, path)).is_none()
    };
    let files = used.iter().map(|(_, path)| *path).filter(is_inside);
    let voice = FileUse::Input(InputKind::Voice);
    let looked = inspector.look_at(folder, files.map(|path| (path, voice)));
    let mut told: Vec<&str> = Vec::new();
    for (scene, path) in used {
        let mut say = |mistake: Diagnostic| {
            if !told.contains(&path) {
                told.push(path);
                found.push(at_voiceover(film, scene, mistake));
            }
        };
        if let Some(mistake) = same_name(inspector.disk, folder, path) {
            say(mistake);
            continue;
        }
        match looked.get(&(path, voice)) {
            None => say(outside(&bounds, inspector, folder, path)),
            Some(Err(error)) => {
                let label = missing_label(inspector.disk, path, folder);
                let what = format!("scene `{}` uses `{path}`", scene.id);
                say(missing(&what, error).label(label));
            }
            Some(Ok((_, Err(error)))) => {
                say(unheard(path, error, Conversions::new(inspector.disk, folder)))
            }
            Some(Ok((digest, Ok(facts)))) => {
                if let FileFacts::Voice { unheard: Some(kind), .. } = facts {
                    say(not_previewed(path, kind, Conversions::new(inspector.disk, folder)));
                }
                let FileFacts::Voice { seconds, unheard, .. } = facts else { continue };
                found.extend(too_long(film, scene, path, *seconds));
                if unheard.is_some() {
                    continue;
                }
                recordings.insert(path, (*digest, real_path(inspector.disk, folder, path)));
            }
        }
    }
    (found, recordings)
}

fn outside(
    bounds: &ProjectBounds,
    inspector: &InputInspector<'_>,
    folder: &Path,
    path: &str,
) -> Diagnostic {
    let target = bounds
        .outside(inspector.disk, &real_path(inspector.disk, folder, path))
        .unwrap_or_default();
    leads_out(path, &target)
}

/// Why a recording cannot be heard. What is damaged was meant to be; what is of another kind is only not
/// heard in previews, and a voiceover is used for nothing else.
fn unheard(path: &str, error: &MediaError, conversions: Conversions<'_>) -> Diagnostic {
    match error {
        MediaError::OtherRecording(kind) => return not_previewed(path, kind, conversions),
        MediaError::UnconvertibleRecording(kind) => {
            let fix = "export it anew as MP3 or as PCM WAV: ffmpeg would lose most of it";
            return not_previewed(path, kind, conversions).fix(fix);
        }
        _ => {}
    }
    let what = format!("`{path}` cannot be used as a voiceover: it is {error}");
    Diagnostic::error("unfit-file", what).fix("export it anew as MP3 or as PCM WAV")
}

/// How many seconds of a scene are seen, if the storyboard says so.
fn seen_seconds(scene: &Scene) -> Option<f64> {
    let clip = scene.clip().and_then(|clip| clip.duration).map(f64::from);
    let drawn = scene.drawn_frame().map(|frame| frame.millis as f64 / 1_000.0);
    let used = scene.used_millis.map(|millis| millis as f64 / 1_000.0);
    used.or(clip).or(drawn)
}

/// How many characters a second are spoken at most: of alphabets, and of scripts whose characters
/// are syllables or words. Narrators speak two thirds as fast.
const SPOKEN_MAX: (f64, f64) = (22.0, 9.0);

/// The seconds that it takes at least to say a text.
fn spoken_seconds(text: &str) -> f64 {
    let is_syllable =
        |c: char| ('\u{3040}'..='\u{9fff}').contains(&c) || ('가'..='힣').contains(&c);
    let (letters, syllables) = SPOKEN_MAX;
    let said = text.chars().filter(|c| c.is_alphanumeric() || *c == ' ');
    said.map(|c| if is_syllable(c) { 1.0 / syllables } else { 1.0 / letters }).sum()
}

/// Warns of a text without a recording that nobody can say while its scene is seen.
fn too_much_to_say(film: &Film, scene: &Scene) -> Option<Diagnostic> {
    let (text, seen) = text_to_read(scene).zip(seen_seconds(scene))?;
    let seconds = spoken_seconds(text);
    if seconds <= seen + TOLERATED_SECONDS {
        return None;
    }
    let what = format!(
        "the narration of scene `{}` takes {seconds:.0} s or more to say, but the scene is seen \
         for {seen} s",
        scene.id
    );
    let warning = Diagnostic::warning(Warning::VoiceoverTooLong, what)
        .label("its end is cut off")
        .fix("make the scene longer, or say less");
    Some(match film.place_of_value(scene, SceneField::Narration) {
        Some(place) => warning.at(place),
        None => warning,
    })
}

/// Warns of a recording that is longer than what is seen of its scene.
fn too_long(film: &Film, scene: &Scene, path: &str, seconds: f64) -> Option<Diagnostic> {
    let seen = seen_seconds(scene)?;
    if seconds <= seen + TOLERATED_SECONDS {
        return None;
    }
    let what = format!(
        "the voiceover `{path}` is {seconds:.1} s long, but scene `{}` is seen for {seen} s",
        scene.id
    );
    let warning = Diagnostic::warning(Warning::VoiceoverTooLong, what);
    let warning =
        warning.label("its end is cut off").fix("make the scene longer, or divide the recording");
    Some(at_voiceover(film, scene, warning))
}

fn at_voiceover(film: &Film, scene: &Scene, mistake: Diagnostic) -> Diagnostic {
    match film.place_of_value(scene, SceneField::Voiceover) {
        Some(place) => mistake.at(place),
        None => mistake,
    }
}

/// The voice of the language that a text is probably in, judged by the script of most of its
/// letters. Kana and Hangul decide even where there are more Chinese characters.
fn voice_of_script(text: &str) -> &'static str {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for character in text.chars() {
        let script = script_name(character).unwrap_or_default();
        let voice = match script.as_str() {
            "Hiragana" | "Katakana" => return "ja",
            "Hangul" => return "ko",
            "Latin" => "en",
            "Han" | "Bopomofo" => "cmn",
            "Cyrillic" => "ru",
            "Greek" => "el",
            "Arabic" => "ar",
            "Hebrew" => "he",
            "Devanagari" => "hi",
            "Bengali" => "bn",
            "Gujarati" => "gu",
            "Gurmukhi" => "pa",
            "Kannada" => "kn",
            "Malayalam" => "ml",
            "Tamil" => "ta",
            "Telugu" => "te",
            "Sinhala" => "si",
            "Thai" => "th",
            "Myanmar" => "my",
            "Ethiopic" => "am",
            "Georgian" => "ka",
            "Armenian" => "hy",
            _ => continue,
        };
        // A Chinese character is a word.
        *counts.entry(voice).or_default() += if voice == "cmn" { 3 } else { 1 };
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map_or("en", |(voice, _)| voice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_takes_its_time() {
        for (text, least, most) in [
            ("And then, nothing.", 0.5, 1.0),
            ("Look at this very long sentence that nobody can say within three seconds", 3.0, 4.0),
            ("海辺の町で、彼女は待っている", 1.0, 2.0),
            ("", 0.0, 0.0),
        ] {
            let seconds = spoken_seconds(text);
            assert!((least..=most).contains(&seconds), "{text}: {seconds}");
        }
    }

    #[test]
    fn the_script_chooses_the_voice() {
        for (text, voice) in [
            ("The shore, 1912.", "en"),
            ("1912", "en"),
            ("Берег спит", "ru"),
            ("海辺の町", "ja"),
            ("海边的小镇 Kling", "cmn"),
            ("नदी", "hi"),
            ("바다", "ko"),
        ] {
            assert_eq!(voice_of_script(text), voice, "{text}");
        }
    }
}
