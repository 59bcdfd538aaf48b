//! Randomly generated films, and what their authors change between two builds.

use std::fmt::Write;

/// A film as its author wrote it.
#[derive(Clone, Debug)]
pub struct Film {
    shots: Vec<Shot>,
    made: usize,
    /// Whether it exists in two languages.
    has_variants: bool,
    /// The resolution of its clips.
    pub clips_in: &'static str,
    /// Chooses the scenes that end on a frame of another one, or use its whole take, where the API
    /// can do that. It is a chance of its own: films of the other dialect do not change with it.
    pub ends: Option<fastrand::Rng>,
}

#[derive(Clone, Debug)]
struct Shot {
    id: String,
    was: Option<String>,
    kind: Kind,
    /// The scene with whose first frame it ends.
    end: Option<String>,
    prompt: String,
    seconds: u32,
    ratio: &'static str,
    /// Whether its prompt names the language.
    varies: bool,
    seed: Seed,
    /// How many takes the author asks for.
    takes: u32,
    after: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seed {
    Auto,
    Fixed(u32),
    Random,
}

#[derive(Clone, Debug)]
enum Kind {
    Text,
    Still,
    Frame {
        of: String,
        frame: &'static str,
    },
    /// It transforms another scene's take, or only refers to it.
    Video {
        of: String,
        transforms: bool,
    },
    Avatar,
}

const RATIOS: [&str; 3] = ["16:9", "9:16", "1:1"];
/// The only shape and length whose frames can be taken.
const SQUARE: (&str, u32) = (RATIOS[2], 5);

impl Shot {
    /// Whether frames of its take can be taken.
    fn has_frames(&self) -> bool {
        let is_asked_for = match self.kind {
            Kind::Avatar | Kind::Video { transforms: true, .. } => false,
            Kind::Text | Kind::Still | Kind::Frame { .. } | Kind::Video { .. } => true,
        };
        is_asked_for && (self.ratio, self.seconds) == SQUARE
    }

    /// Whether both request the same except for seeds and frames.
    fn is_like(&self, other: &Shot) -> bool {
        let kind = |shot: &Shot| match &shot.kind {
            Kind::Text => "text",
            Kind::Still => "still",
            Kind::Frame { frame, .. } => frame,
            Kind::Video { transforms: true, .. } => "transformation",
            Kind::Video { .. } => "reference",
            Kind::Avatar => "avatar",
        };
        let other_fields =
            |shot: &Shot| (shot.end.is_some(), shot.varies, shot.seconds, shot.ratio);
        (kind(self), &self.prompt, other_fields(self))
            == (kind(other), &other.prompt, other_fields(other))
    }
}

impl Film {
    /// One to six scenes; with `chains`, some use frames of others.
    pub fn random(chance: &mut fastrand::Rng, chains: bool, ends: Option<fastrand::Rng>) -> Film {
        let has_variants = !chains && chance.u8(..8) == 0;
        let mut film = Film { shots: Vec::new(), made: 0, has_variants, clips_in: "720p", ends };
        for _ in 0..chance.usize(1..=6) {
            film.add(chance, chains);
        }
        film
    }

    fn add(&mut self, chance: &mut fastrand::Rng, chains: bool) {
        let before = self.shots.len();
        let earlier = |chance: &mut fastrand::Rng| chance.usize(..before);
        let mut ratio = RATIOS[chance.usize(if chains { 1..6 } else { 0..3 }).min(2)];
        let kind = match chance.u8(..10) {
            0..2 => Kind::Still,
            2 => Kind::Avatar,
            3..6 if chains && before > 0 => {
                let source = &self.shots[earlier(chance)];
                match source.has_frames() {
                    false => Kind::Text,
                    true => {
                        ratio = SQUARE.0;
                        let frame = if chance.bool() { "last" } else { "first" };
                        Kind::Frame { of: source.id.clone(), frame }
                    }
                }
            }
            _ => Kind::Text,
        };
        let kind = match kind {
            Kind::Text => self.video().unwrap_or(Kind::Text),
            other => other,
        };
        let after = (before > 0 && chance.u8(..5) == 0).then(|| earlier(chance));
        let end = match kind {
            Kind::Still | Kind::Frame { .. } => self.end(),
            Kind::Text | Kind::Video { .. } | Kind::Avatar => None,
        };
        self.made += 1;
        // Few words, so that some scenes request the same take.
        let prompt = format!("shot {}", chance.u8(..12));
        self.shots.push(Shot {
            id: format!("s{}", self.made),
            was: None,
            kind,
            end,
            prompt,
            seconds: if chance.u8(..if chains { 3 } else { 2 }) > 0 { 5 } else { 10 },
            ratio,
            varies: self.has_variants && chance.bool(),
            seed: match chance.u8(..16) {
                0 if !chains => Seed::Random,
                0..8 => Seed::Auto,
                _ => Seed::Fixed(chance.u32(10_000..10_004)),
            },
            takes: if chance.u8(..10) == 0 { 2 } else { 1 },
            after: after.map(|at| self.shots[at].id.clone()),
        });
    }

    /// The scene with whose first frame a new one ends, if it ends with one.
    fn end(&mut self) -> Option<String> {
        let ends = self.ends.as_mut().filter(|_| !self.shots.is_empty())?;
        let source = &self.shots[ends.usize(..self.shots.len())];
        (source.has_frames() && ends.bool()).then(|| source.id.clone())
    }

    /// What a new scene does with another one's whole take, if it uses one.
    fn video(&mut self) -> Option<Kind> {
        let chance = self.ends.as_mut().filter(|_| !self.shots.is_empty())?;
        let source = &self.shots[chance.usize(..self.shots.len())];
        let (uses, transforms) = (chance.u8(..4) == 0, chance.bool());
        uses.then(|| Kind::Video { of: source.id.clone(), transforms })
    }

    /// The author changes something.
    pub fn edit(&mut self, chance: &mut fastrand::Rng, chains: bool) {
        let at = chance.usize(..self.shots.len());
        match chance.u8(..4) {
            0 => self.add(chance, chains),
            1 if self.shots.len() > 1 => {
                let gone = self.shots.remove(at).id;
                self.forget(&gone);
            }
            2 => {
                self.rename_some(chance, false);
            }
            _ => self.shots[at].prompt = format!("shot {}", chance.u8(..12)),
        }
    }

    /// The author renames scenes and changes nothing else: a scene gets a new name, with `was` if
    /// the author `writes` it, or two scenes swap names. Returns whether names were swapped.
    pub fn rename_some(&mut self, chance: &mut fastrand::Rng, writes: bool) -> bool {
        let at = |film: &Film, chance: &mut fastrand::Rng| chance.usize(..film.shots.len());
        let (first, second) = (at(self, chance), at(self, chance));
        let (one, other) = (self.shots[first].id.clone(), self.shots[second].id.clone());
        let swaps = chance.bool() && !self.shots[first].is_like(&self.shots[second]);
        self.made += 1;
        let new = format!("s{}", self.made);
        self.rename(&one, &new);
        if swaps {
            self.rename(&other, &one);
            self.rename(&new, &other);
            for at in [first, second] {
                self.shots[at].was = None;
            }
        } else if writes {
            self.shots[first].was = Some(one);
        }
        swaps
    }

    /// The author writes `was` for a scene, or makes it unlike all others if no name can be
    /// written.
    pub fn clarify(&mut self, scene: &str, names: &[String]) {
        // Variants share what is written for their scene.
        let base = |name: &str| name.split('.').next().unwrap_or_default().to_string();
        let scene = base(scene);
        let names: Vec<String> = names.iter().map(|name| base(name)).collect();
        let is_free = |name: &&String| {
            self.shots.iter().all(|shot| shot.id != **name && shot.was.as_ref() != Some(*name))
        };
        let was = names.iter().find(is_free).cloned();
        self.made += 1;
        let made = self.made;
        let Some(shot) = self.shots.iter_mut().find(|shot| shot.id == scene) else { return };
        match was.filter(|_| shot.was.is_none()) {
            Some(was) => shot.was = Some(was),
            None => shot.prompt = format!("shot {}", 100 + made),
        }
    }

    /// How many scenes there are.
    pub fn len(&self) -> u64 {
        self.shots.len() as u64
    }

    /// The film in which the last scene is as it was, is another, is gone, is a third one.
    pub fn come_and_go(&self, step: u32) -> Film {
        let mut film = self.clone();
        let last = film.shots.len() - 1;
        match step {
            0 => {}
            2 if last > 0 => drop(film.shots.pop()),
            step => film.shots[last].prompt = format!("shot {}", 50 + step),
        }
        film
    }

    /// Whether a scene has another seed in each build.
    pub fn has_random_seeds(&self) -> bool {
        self.shots.iter().any(|shot| shot.seed == Seed::Random)
    }

    /// The author gives up random seeds.
    pub fn forget_random_seeds(&mut self) {
        for shot in self.shots.iter_mut().filter(|shot| shot.seed == Seed::Random) {
            shot.seed = Seed::Auto;
        }
    }

    /// The author goes back to an earlier version; new names stay new.
    pub fn go_back(&mut self, earlier: Film) {
        self.shots = earlier.shots;
    }

    fn forget(&mut self, gone: &str) {
        for shot in &mut self.shots {
            if shot.after.as_deref() == Some(gone) {
                shot.after = None;
            }
            if shot.end.as_deref() == Some(gone) {
                shot.end = None;
            }
            if matches!(&shot.kind, Kind::Frame { of, .. } | Kind::Video { of, .. } if of == gone) {
                shot.kind = Kind::Text;
                shot.end = None;
            }
        }
    }

    fn rename(&mut self, old: &str, new: &str) {
        for shot in &mut self.shots {
            for name in std::iter::once(&mut shot.id).chain(&mut shot.after).chain(&mut shot.end) {
                if name == old {
                    *name = new.to_string();
                }
            }
            if let Kind::Frame { of, .. } | Kind::Video { of, .. } = &mut shot.kind
                && of == old
            {
                *of = new.to_string();
            }
        }
    }

    /// The names of its scenes.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.shots.iter().map(|shot| shot.id.as_str())
    }

    /// The storyboard's text.
    pub fn text(&self) -> String {
        let clips = format!("{{ resolution: {} }}", self.clips_in);
        let mut text = format!(
            "version: 1\ntitle: Simulated\ndefaults:\n  model: kling-2-5-turbo\n  \
             resolution: 720p\n  t2v: {clips}\n  i2v: {clips}\n"
        );
        if self.has_variants {
            text.push_str("matrix: { lang: [en, de] }\n");
        }
        text.push_str("scenes:\n");
        for shot in &self.shots {
            let Shot { id, prompt, seconds, ratio, .. } = shot;
            let after = shot.after.as_ref().map_or(String::new(), |id| format!(", after: [{id}]"));
            let seed = match shot.seed {
                Seed::Auto => String::new(),
                Seed::Fixed(seed) => format!(", seed: {seed}"),
                Seed::Random => ", seed: random".to_string(),
            };
            let takes = match shot.takes {
                1 => String::new(),
                takes => format!(", takes: {takes}"),
            };
            let lang = if shot.varies { " in {{lang}}" } else { "" };
            let common = format!("prompt: \"{prompt}{lang}\"{seed}{takes}{after}");
            let clip = format!("{common}, duration: {seconds}, aspect_ratio: \"{ratio}\"");
            let was = shot.was.as_ref().map_or(String::new(), |was| format!("was: {was}, "));
            let end = shot.end.as_ref().map_or(String::new(), |end| {
                format!("end_image: {{ scene: {end}, frame: first }}, ")
            });
            let line = match &shot.kind {
                Kind::Text => format!("type: t2v, {clip}"),
                Kind::Still => format!("type: i2v, image: still.png, {end}{clip}"),
                Kind::Frame { of, frame } => {
                    format!("type: i2v, image: {{ scene: {of}, frame: {frame} }}, {end}{clip}")
                }
                Kind::Video { of, transforms: true } => {
                    format!("type: t2v, model: kling-3-0-omni, video: {{ scene: {of} }}, {common}")
                }
                Kind::Video { of, .. } => format!(
                    "type: t2v, model: kling-3-0-omni, references: [still.png, {{ video: {{ scene: \
                     {of} }} }}], {clip}"
                ),
                Kind::Avatar => {
                    // Each prompt's number has a voice of its own.
                    let voice = prompt.replace(' ', "-");
                    format!(
                        "type: avatar, model: kling-avatar, image: still.png, duration: 4, voice: \
                         \"https://voices.example/{voice}.mp3\"{after}"
                    )
                }
            };
            writeln!(text, "  {id}: {{ {was}{line} }}").expect("a string takes every text");
        }
        text
    }
}
