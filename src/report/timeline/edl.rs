//! EDL: the timeline as an edit decision list, in the form of CMX 3600 that all editing programs
//! read: one line an event, with reel, tracks, and source and record time code.
//!
//! Time code is non-drop and counts from 0 on both sides. An EDL knows one rate, which it does not
//! state, reel names of 8 letters and digits, and 999 events; what of the cut goes beyond that is
//! returned as notes, which are also comments at its end.

use std::collections::{HashMap, HashSet};

use super::clips::{Timeline, TimelineClip};
use crate::base::text::count;
use crate::base::{FrameRate, SceneId};

/// The longest name of a reel.
const REEL_MAX: usize = 8;
/// The most events.
const EVENTS_MAX: usize = 999;
/// Reels with a meaning of their own: black, and an auxiliary source.
const RESERVED: [&str; 2] = ["BL", "AX"];
/// The fastest rate that CMX 3600 has a time code for.
const RATE_MAX: u64 = 30;

/// An edit decision list, and what it could not say about the cut.
pub struct Edl {
    /// The text of the `.edl` file.
    pub text: String,
    /// In words, a sentence each.
    pub notes: Vec<String>,
}

/// The edit decision list of a timeline.
pub fn edl(timeline: &Timeline<'_>) -> Edl {
    let (reels, shortened) = reels(timeline);
    let notes = notes(timeline, shortened);
    let mut text = format!("TITLE: {}\nFCM: NON-DROP FRAME\n\n", timeline.cut.name);
    for (number, clip) in timeline.clips.iter().enumerate() {
        let code = |frames: u64| time_code(frames, timeline.rate);
        text.push_str(&format!(
            "{:03}  {:REEL_MAX$} {:5} C        {} {} {} {}\n",
            number + 1,
            reels[&clip.scene.scene],
            tracks(clip),
            code(clip.used.start),
            code(clip.used.end),
            code(clip.starts),
            code(clip.starts + clip.frames()),
        ));
        text.push_str(&format!("* FROM CLIP NAME: {}\n", clip.scene.scene));
        text.push_str(&format!("* SOURCE FILE: {}\n", clip.url()));
    }
    text.push_str(&format!("* FRAME RATE: {}\n", timeline.rate));
    text.extend(notes.iter().map(|note| format!("* NOTE: {note}\n")));
    Edl { text, notes }
}

/// Picture, and the sound of one or two channels.
fn tracks(clip: &TimelineClip<'_>) -> &'static str {
    match clip.sound.map(|sound| sound.channels) {
        None => "V",
        Some(1) => "B",
        Some(_) => "AA/V",
    }
}

/// A reel for each scene, and how many of them are shortened.
fn reels<'t>(timeline: &'t Timeline<'_>) -> (HashMap<&'t SceneId, String>, usize) {
    let mut reels: HashMap<&SceneId, String> = HashMap::new();
    let mut taken: HashSet<String> = RESERVED.iter().map(ToString::to_string).collect();
    let mut shortened = 0;
    for clip in &timeline.clips {
        let scene = &clip.scene.scene;
        if reels.contains_key(scene) {
            continue;
        }
        let letters = scene.as_str().chars().filter(char::is_ascii_alphanumeric);
        let whole: String = letters.map(|letter| letter.to_ascii_uppercase()).collect();
        let numbered = (2u32..).map(|number| {
            let number = number.to_string();
            format!("{:.*}{number}", REEL_MAX.saturating_sub(number.len()), whole)
        });
        let cut = format!("{whole:.REEL_MAX$}");
        let reel = std::iter::once(cut).chain(numbered).find(|reel| !taken.contains(reel));
        let reel = reel.expect("there are more numbers than scenes");
        shortened += usize::from(reel != whole);
        taken.insert(reel.clone());
        reels.insert(scene, reel);
    }
    (reels, shortened)
}

fn notes(timeline: &Timeline<'_>, shortened: usize) -> Vec<String> {
    let mut notes = Vec::new();
    if shortened > 0 {
        let names = count(shortened, "scene name");
        let verb = if shortened == 1 { "is" } else { "are" };
        notes.push(format!(
            "a reel has at most {REEL_MAX} letters and digits, so {names} {verb} changed; each event \
             has the scene as its clip name"
        ));
    }
    if timeline.clips.len() > EVENTS_MAX {
        let events = count(timeline.clips.len(), "clip");
        notes.push(format!(
            "an EDL has at most {EVENTS_MAX} events and this cut has {events}; a program may read \
             only the first {EVENTS_MAX}"
        ));
    }
    if timeline.rate.time_code_base() > RATE_MAX {
        notes.push(format!(
            "{} pictures a second have no time code in CMX 3600; choose that rate where the EDL is \
             read",
            timeline.rate
        ));
    }
    let others = timeline.clips.iter().filter(|clip| clip.rate != timeline.rate);
    let others: HashSet<&SceneId> = others.map(|clip| &clip.scene.scene).collect();
    if !others.is_empty() {
        notes.push(format!(
            "an EDL has one rate, and all its times count {} frames a second; {} of another rate",
            timeline.rate,
            match others.len() {
                1 => "1 scene is".to_string(),
                many => format!("{} are", count(many, "scene")),
            }
        ));
    }
    notes
}

/// Hours, minutes, seconds and frames, without dropping any number. It starts again after 24 hours.
fn time_code(frames: u64, rate: FrameRate) -> String {
    let base = rate.time_code_base();
    let seconds = frames / base;
    let (hours, minutes) = (seconds / 3_600 % 24, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}:{:02}", seconds % 60, frames % base)
}

#[cfg(test)]
mod tests {
    use super::super::clips::tests::film;
    use super::*;
    use crate::report::build::manifest::Manifest;

    fn edl_of(film: &Manifest) -> Edl {
        edl(&Timeline::of(&film.cuts[0], film, &HashMap::new()).unwrap())
    }

    /// The film with its scenes renamed.
    fn renamed(names: [&str; 3]) -> Manifest {
        let mut film = film().0;
        let new = |old: &SceneId| {
            let at = ["dawn", "harbor", "host"].iter().position(|name| *name == old.as_str());
            names[at.unwrap()].parse::<SceneId>().unwrap()
        };
        film.scenes.iter_mut().for_each(|scene| scene.scene = new(&scene.scene));
        film.cuts[0].clips.iter_mut().for_each(|clip| clip.scene = new(&clip.scene));
        film
    }

    #[test]
    fn a_timeline_is_a_list_of_events() {
        insta::assert_snapshot!(edl_of(&film().0).text);
    }

    #[test]
    fn reels_are_short_and_distinct() {
        let reels = |names| {
            let edl = edl_of(&renamed(names));
            let events = edl.text.lines().filter(|line| line.starts_with('0'));
            let reels = events.map(|line| line[5..13].trim_end().to_string());
            (reels.collect::<Vec<_>>(), edl.notes)
        };
        let (names, notes) = reels(["product-one.en", "product-one.de", "bl"]);
        assert_eq!(names, ["PRODUCTO", "PRODUCT2", "BL2", "PRODUCTO"]);
        assert!(notes[0].contains("3 scene names are changed"), "{notes:?}");
        let (names, notes) = reels(["end-card", "a.b", "8"]);
        assert_eq!(names, ["ENDCARD", "AB", "8", "ENDCARD"]);
        assert_eq!(notes.len(), 1, "{notes:?}");
    }

    #[test]
    fn what_it_cannot_say_is_noted() {
        let mut film = film().0;
        film.cuts[0].frame_rate = FrameRate::new(60, 1);
        let clip = film.cuts[0].clips[0].clone();
        film.cuts[0].clips.resize(1_000, clip);
        insta::assert_snapshot!(edl_of(&film).notes.join("\n"));
    }

    #[test]
    fn time_codes_drop_nothing() {
        let ntsc = FrameRate::new(30_000, 1_001).unwrap();
        assert_eq!(time_code(30 * 60, ntsc), "00:01:00:00");
        assert_eq!(time_code(24 * 3_725 + 12, FrameRate::CINEMA), "01:02:05:12");
        assert_eq!(time_code(24 * 86_400, FrameRate::CINEMA), "00:00:00:00");
    }
}
