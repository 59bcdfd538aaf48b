//! Camera words: the camera move that an English prompt asks for.
//!
//! Many camera words are everyday words too. A verb such as `tracks` or `pulls out` therefore
//! counts only where the sentence has named the camera before, and a bare `truck left` only where a
//! direction would stand: at the beginning of a clause, or after a word such as `slow`.

use super::camera_move::CameraMove;

impl CameraMove {
    /// The camera move that an English prompt asks for; the first one, if it asks for several.
    pub fn from_prompt(prompt: &str) -> Option<CameraMove> {
        let words = Words::of(prompt);
        (0..words.0.len()).find_map(|at| words.move_at(at))
    }

    /// Every camera move that an English text asks for, each once, in order.
    pub fn all_from_prompt(prompt: &str) -> Vec<CameraMove> {
        let words = Words::of(prompt);
        let mut moves = Vec::new();
        for way in (0..words.0.len()).filter_map(|at| words.move_at(at)) {
            if !moves.contains(&way) {
                moves.push(way);
            }
        }
        moves
    }
}

/// What a camera can do; with a direction it is a move.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CameraVerb {
    Pan,
    Tilt,
    Truck,
    Crane,
    Push,
    Pull,
    Dolly,
    Zoom,
    Orbit,
    /// Goes anywhere; only ever a camera's verb directly after `camera`.
    Move,
}

/// The forms of each verb, the bare one first.
const VERBS: [(CameraVerb, &[&str]); 23] = [
    (CameraVerb::Pan, &["pan", "pans", "panning"]),
    (CameraVerb::Tilt, &["tilt", "tilts", "tilting"]),
    (CameraVerb::Truck, &["truck", "trucks", "trucking"]),
    (CameraVerb::Truck, &["track", "tracks", "tracking"]),
    (CameraVerb::Crane, &["crane", "cranes", "craning"]),
    (CameraVerb::Crane, &["jib", "jibs", "jibbing"]),
    (CameraVerb::Crane, &["boom", "booms", "booming"]),
    (CameraVerb::Crane, &["pedestal", "pedestals", "pedestaling"]),
    (CameraVerb::Push, &["push", "pushes", "pushing"]),
    (CameraVerb::Pull, &["pull", "pulls", "pulling"]),
    (CameraVerb::Dolly, &["dolly", "dollies", "dollying"]),
    (CameraVerb::Zoom, &["zoom", "zooms", "zooming"]),
    (CameraVerb::Orbit, &["orbit", "orbits", "orbiting"]),
    (CameraVerb::Orbit, &["arc", "arcs", "arcing"]),
    (CameraVerb::Orbit, &["circle", "circles", "circling"]),
    (CameraVerb::Move, &["move", "moves", "moving"]),
    (CameraVerb::Move, &["glide", "glides", "gliding"]),
    (CameraVerb::Move, &["drift", "drifts", "drifting"]),
    (CameraVerb::Move, &["slide", "slides", "sliding"]),
    (CameraVerb::Move, &["creep", "creeps", "creeping"]),
    (CameraVerb::Move, &["float", "floats", "floating"]),
    (CameraVerb::Move, &["travel", "travels", "travelling"]),
    (CameraVerb::Move, &["fly", "flies", "flying"]),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum CameraDirection {
    In,
    Out,
    Left,
    Right,
    Up,
    Down,
    Around,
}

const DIRECTIONS: [(CameraDirection, &[&str]); 7] = [
    (
        CameraDirection::In,
        &["in", "into", "inward", "inwards", "forward", "forwards", "closer", "toward", "towards"],
    ),
    (
        CameraDirection::Out,
        &["out", "outward", "outwards", "back", "backward", "backwards", "away"],
    ),
    (CameraDirection::Left, &["left", "leftward", "leftwards"]),
    (CameraDirection::Right, &["right", "rightward", "rightwards"]),
    (CameraDirection::Up, &["up", "upward", "upwards"]),
    (CameraDirection::Down, &["down", "downward", "downwards"]),
    (CameraDirection::Around, &["around", "round"]),
];

/// What may stand directly before a camera word that is an everyday word too.
const BEFORE: [&str; 24] = [
    "camera",
    "slow",
    "slowly",
    "gentle",
    "gently",
    "smooth",
    "smoothly",
    "subtle",
    "subtly",
    "quick",
    "quickly",
    "fast",
    "steady",
    "steadily",
    "dramatic",
    "cinematic",
    "whip",
    "swish",
    "then",
    "and",
    "drone",
    "aerial",
    "continuous",
    "lateral",
];

/// What may stand between a verb and its direction, besides adverbs in `-ly`.
const BETWEEN: [&str; 7] = ["to", "the", "from", "a", "little", "bit", "very"];

/// What turns a camera word into its opposite.
const NEGATIONS: [&str; 6] = ["no", "not", "never", "without", "don't", "avoid"];

/// What a camera's shot is called.
const SHOT_NOUNS: [&str; 9] =
    ["camera", "shot", "frame", "framing", "footage", "angle", "cam", "move", "movement"];

/// A word of a prompt in lower case.
struct PromptWord {
    text: String,
    /// Whether it begins a clause, and a sentence.
    begins_clause: bool,
    begins_sentence: bool,
}

struct Words(Vec<PromptWord>);

impl Words {
    fn of(prompt: &str) -> Words {
        let mut words = Vec::new();
        let (mut begins_clause, mut begins_sentence) = (true, true);
        let is_part = |c: char| c.is_alphanumeric() || c == '\'' || c == '’';
        let mut rest = prompt;
        while let Some(first) = rest.chars().next() {
            if is_part(first) {
                let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
                let text = rest[..end].to_lowercase().replace('’', "'");
                words.push(PromptWord { text, begins_clause, begins_sentence });
                (begins_clause, begins_sentence) = (false, false);
                rest = &rest[end..];
            } else {
                begins_sentence |= matches!(first, '.' | '!' | '?' | '\n' | ';');
                begins_clause |= begins_sentence || !(first.is_whitespace() || first == '-');
                rest = &rest[first.len_utf8()..];
            }
        }
        Words(words)
    }

    fn text(&self, at: usize) -> &str {
        self.0.get(at).map_or("", |word| &word.text)
    }

    /// The word before another one in its clause.
    fn before(&self, at: usize) -> Option<&str> {
        let begins = self.0.get(at).is_none_or(|word| word.begins_clause);
        (!begins).then(|| self.text(at - 1))
    }

    /// The word at a position, if it continues the clause of the one before.
    fn next(&self, at: usize) -> &str {
        self.0.get(at).filter(|word| !word.begins_clause).map_or("", |word| &word.text)
    }

    /// Whether the words at a position are these, in one clause.
    fn are(&self, at: usize, expected: &str) -> bool {
        let mut expected = expected.split(' ').enumerate();
        expected.all(|(number, word)| match number {
            0 => self.text(at) == word,
            number => self.next(at + number) == word,
        })
    }

    /// The move that the words at a position ask for.
    fn move_at(&self, at: usize) -> Option<CameraMove> {
        self.still_at(at).or_else(|| self.handheld_at(at)).or_else(|| self.verb_at(at))
    }

    fn is_negated(&self, at: usize) -> bool {
        self.before(at).is_some_and(|before| NEGATIONS.contains(&before))
    }

    /// Whether the sentence names the camera before this position.
    fn has_camera_before(&self, at: usize) -> bool {
        let sentence = (0..=at).rev().find(|at| self.0[*at].begins_sentence).unwrap_or(0);
        (sentence..at).any(|at| matches!(self.text(at), "camera" | "lens"))
    }

    /// A camera that does not move.
    fn still_at(&self, at: usize) -> Option<CameraMove> {
        const PHRASES: [&str; 14] = [
            "locked off",
            "lock off",
            "locked down shot",
            "locked down camera",
            "locked camera",
            "locked shot",
            "on a tripod",
            "on tripod",
            "tripod shot",
            "no camera movement",
            "no camera motion",
            "without camera movement",
            "camera does not move",
            "camera doesn't move",
        ];
        let has_shot = |from: usize| (from..from + 3).find(|at| self.next(*at).is_empty());
        let shot_follows = |from: usize| {
            let end = has_shot(from).unwrap_or(from + 3);
            (from..end).any(|at| SHOT_NOUNS.contains(&self.next(at)))
        };
        let is_still = |word: &str| matches!(word, "static" | "stationary" | "fixed" | "still");
        let phrase = PHRASES.iter().any(|phrase| self.are(at, phrase));
        let adjective = matches!(self.text(at), "static" | "stationary" | "fixed")
            && !self.is_negated(at)
            && shot_follows(at + 1);
        let predicate = self.text(at) == "camera"
            && (is_still(self.next(at + 1))
                || matches!(self.next(at + 1), "is" | "remains" | "stays" | "holds" | "keeps")
                    && is_still(self.next(at + 2)));
        (phrase || adjective || predicate).then_some(CameraMove::Static)
    }

    /// A camera that is carried by hand. Lamps and fans are handheld too.
    fn handheld_at(&self, at: usize) -> Option<CameraMove> {
        const LOOKS: [&str; 8] =
            ["camerawork", "look", "feel", "style", "shake", "tracking", "motion", "documentary"];
        let end = match (self.text(at), self.next(at + 1)) {
            ("handheld", _) => at + 1,
            ("hand", "held") => at + 2,
            ("shaky", "cam" | "camera" | "footage") => return Some(CameraMove::Handheld),
            _ => return None,
        };
        let next = self.next(end);
        let is_camera = SHOT_NOUNS.contains(&next) || LOOKS.contains(&next);
        let is_alone = next.is_empty()
            && self.before(at).is_none_or(|before| BEFORE.contains(&before) || before == "shot");
        ((is_camera || is_alone) && !self.is_negated(at)).then_some(CameraMove::Handheld)
    }

    /// A verb with its direction.
    fn verb_at(&self, at: usize) -> Option<CameraMove> {
        let word = self.text(at);
        let (verb, forms) = VERBS.iter().find(|(_, forms)| forms.contains(&word))?;
        let before = self.before(at);
        if self.is_negated(at) {
            return None;
        }
        let allowed = match verb {
            CameraVerb::Zoom | CameraVerb::Dolly => true,
            CameraVerb::Move => self.is_camera_subject(at),
            _ if self.has_camera_before(at) => true,
            _ => word == forms[0] && before.is_none_or(|before| BEFORE.contains(&before)),
        };
        allowed.then(|| self.move_of(*verb, at)).flatten()
    }

    /// Whether the camera is what does something at a position, as in `the camera slowly glides`.
    fn is_camera_subject(&self, at: usize) -> bool {
        match self.before(at) {
            Some("camera") => true,
            Some(adverb) if adverb.ends_with("ly") => self.before(at - 1) == Some("camera"),
            _ => false,
        }
    }

    fn move_of(&self, verb: CameraVerb, at: usize) -> Option<CameraMove> {
        use CameraDirection as To;
        let direction = self.direction_after(at + 1);
        Some(match (verb, direction) {
            (CameraVerb::Pan, Some(To::Left)) => CameraMove::PanLeft,
            (CameraVerb::Pan, Some(To::Right)) => CameraMove::PanRight,
            // A whip pan goes on to the next picture, and this way is read.
            (CameraVerb::Pan, None) if self.is_plain_pan(at) => CameraMove::PanRight,
            (CameraVerb::Tilt, Some(To::Up)) => CameraMove::TiltUp,
            (CameraVerb::Tilt, Some(To::Down)) => CameraMove::TiltDown,
            (CameraVerb::Crane | CameraVerb::Move, Some(To::Up)) => CameraMove::CraneUp,
            (CameraVerb::Crane | CameraVerb::Move, Some(To::Down)) => CameraMove::CraneDown,
            (CameraVerb::Truck | CameraVerb::Dolly | CameraVerb::Move, Some(To::Left)) => {
                CameraMove::TruckLeft
            }
            (CameraVerb::Truck | CameraVerb::Dolly | CameraVerb::Move, Some(To::Right)) => {
                CameraMove::TruckRight
            }
            (CameraVerb::Orbit, _) if self.is_orbit(at, direction) => CameraMove::Orbit,
            (CameraVerb::Move, Some(To::Around)) => CameraMove::Orbit,
            (
                CameraVerb::Push
                | CameraVerb::Dolly
                | CameraVerb::Zoom
                | CameraVerb::Truck
                | CameraVerb::Move,
                Some(To::In),
            ) => CameraMove::PushIn,
            (
                CameraVerb::Pull
                | CameraVerb::Dolly
                | CameraVerb::Zoom
                | CameraVerb::Truck
                | CameraVerb::Move,
                Some(To::Out),
            ) => CameraMove::PullOut,
            _ => return None,
        })
    }

    /// Whether a pan without a direction is a camera's.
    fn is_plain_pan(&self, at: usize) -> bool {
        let before = self.before(at).unwrap_or_default();
        matches!(before, "whip" | "swish")
            || matches!(self.next(at + 1), "across" | "over" | "shot")
    }

    /// Whether an orbit is a camera's, which goes around something; a planet has one too.
    fn is_orbit(&self, at: usize, direction: Option<CameraDirection>) -> bool {
        let next = self.next(at + 1);
        direction.is_some() || SHOT_NOUNS.contains(&next) || self.has_camera_before(at)
    }

    /// The direction that follows from a position on, behind adverbs. Of `from left to right` it is
    /// the second.
    fn direction_after(&self, from: usize) -> Option<CameraDirection> {
        let is_between = |word: &str| BETWEEN.contains(&word) || word.ends_with("ly");
        let mut at = from;
        while at < from + 4 && is_between(self.next(at)) {
            at += 1;
        }
        let direction = direction_of(self.next(at))?;
        let second = (self.next(at + 1) == "to").then(|| direction_of(self.next(at + 2))).flatten();
        Some(second.unwrap_or(direction))
    }
}

fn direction_of(word: &str) -> Option<CameraDirection> {
    let direction = DIRECTIONS.iter().find(|(_, words)| words.contains(&word));
    direction.map(|(direction, _)| *direction)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(prompt: &str) -> Option<&'static str> {
        CameraMove::from_prompt(prompt).map(CameraMove::as_str)
    }

    #[test]
    fn usual_camera_words_are_found() {
        for (prompt, expected) in [
            ("Slow push in on the face", "push in"),
            ("Aurora One rises over a dark sea, slow dolly-in, 35mm.", "push in"),
            ("The camera slowly pushes in on the letter", "push in"),
            ("The camera pushes slowly towards the door", "push in"),
            ("Zoom in on her eyes", "push in"),
            ("The camera glides forward through the hall", "push in"),
            ("Fog. Camera slowly moves closer.", "push in"),
            ("zooming out from the city", "pull out"),
            ("Pull back to reveal the valley", "pull out"),
            ("A lake; the camera pulls out.", "pull out"),
            ("Camera: dolly back", "pull out"),
            ("Pan left across the harbour", "pan left"),
            ("camera pans slowly to the left", "pan left"),
            ("A slow pan from left to right", "pan right"),
            ("slow pan right", "pan right"),
            ("Whip pan to the next room", "pan right"),
            ("whip pan left", "pan left"),
            ("The camera pans across the ruins", "pan right"),
            ("Tilt up from the boots to the hat", "tilt up"),
            ("the camera tilts gently downward", "tilt down"),
            ("Crane up over the rooftops", "crane up"),
            ("the camera cranes down to street level", "crane down"),
            ("Pedestal up", "crane up"),
            ("Truck left past the shelves", "truck left"),
            ("smooth tracking, camera tracks right with the runner", "truck right"),
            ("dolly left", "truck left"),
            ("Slow orbit around the statue", "orbit"),
            ("The camera orbits the car", "orbit"),
            ("Arc shot, golden hour", "orbit"),
            ("Handheld, nervous, close", "handheld"),
            ("A chase, hand-held camera", "handheld"),
            ("handheld documentary style", "handheld"),
            ("Static camera, rain", "static"),
            ("A static wide shot of the pier", "static"),
            ("The pier, locked-off.", "static"),
            ("The camera remains static", "static"),
            ("Filmed on a tripod", "static"),
            ("No camera movement", "static"),
            ("Locked off, then push in", "static"),
            ("Push in, then pan left", "push in"),
        ] {
            assert_eq!(found(prompt), Some(expected), "{prompt}");
        }
    }

    #[test]
    fn everyday_words_are_no_camera_words() {
        for prompt in [
            "",
            "A panda in the pantry, pancakes, a panel on the left",
            "A tilted hat",
            "Static on the television",
            "She pulls out a letter",
            "He pushes in the door and walks right",
            "A truck left the yard",
            "The red truck right behind the bus",
            "A frying pan left on the stove",
            "Peter Pan left the room",
            "Her head tilts up to the sky",
            "A crane down by the river",
            "A satellite in orbit around Mars",
            "The moon orbits the earth",
            "A girl with a handheld fan",
            "A photographer carries a tripod",
            "No zoom in, no cuts",
            "They move in together",
            "Leaves drift down. The boat glides right.",
            "the dolly zoom of Vertigo",
            "The train tracks left of the river",
            "Kamera schwenkt nach links",
        ] {
            assert_eq!(found(prompt), None, "{prompt}");
        }
    }
}
