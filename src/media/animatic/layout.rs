//! The layout: the position of everything on a frame of any size and shape. Pure geometry, in
//! pixels.
//!
//! A scene with a still looks like a storyboard panel: the still in a frame of its own, and all
//! text beside or below it on the plain background. A still is often a frame of another animatic,
//! so text on it would cover other text.

use super::scene::{AnimaticImage, AnimaticScene};
use crate::catalog::{FrameSize, SceneType};

/// A rectangle in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

impl Area {
    /// The x of its right edge.
    pub(super) fn right(&self) -> f32 {
        self.x + self.width
    }

    /// The y of its lower edge.
    pub(super) fn bottom(&self) -> f32 {
        self.y + self.height
    }

    /// The area enlarged by this much on every side.
    pub(super) fn grown(&self, by: f32) -> Area {
        Area {
            x: self.x - by,
            y: self.y - by,
            width: self.width + 2.0 * by,
            height: self.height + 2.0 * by,
        }
    }

    /// The part from `from` down, counted from the upper edge.
    fn below(&self, from: f32) -> Area {
        Area { y: self.y + from, height: (self.height - from).max(0.0), ..*self }
    }
}

/// The kind of content of a scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Text alone.
    Words,
    /// A still, or the reason why it is missing.
    StillPanel,
    /// The portrait of a speaker.
    Speaker,
}

impl Content {
    /// The kind of content of this scene.
    pub(super) fn of(scene: &AnimaticScene) -> Content {
        match (&scene.image, scene.scene_type) {
            (AnimaticImage::None, _) => Content::Words,
            (_, SceneType::Avatar) => Content::Speaker,
            _ => Content::StillPanel,
        }
    }
}

/// The position of everything on a frame.
#[derive(Clone, Debug)]
pub(super) struct FrameLayout {
    /// A 720th of the short side; all other measures are multiples of it.
    pub unit: f32,
    /// The whole frame.
    pub frame: Area,
    /// Type, number, variant, title and time code.
    pub header: Area,
    /// The still, in the shape of the frame; all its numbers are even.
    pub panel: Option<Area>,
    /// The scene's id.
    pub name: Area,
    /// The coloured stripe below the name.
    pub stripe: Area,
    /// The prompt, page by page.
    pub prompt: Area,
    /// Model, frame, length and seed.
    pub figures: [Area; 4],
    /// The voice meter, if someone speaks.
    pub meter: Option<Area>,
    /// A note about the voice, if someone speaks.
    pub note: Option<Area>,
    /// The progress bar.
    pub bar: Area,
}

/// The margin on the short side, in units: 6 % of it, inside the usual safe area of 5 %.
const MARGIN: f32 = 44.0;

/// The height of a label with its value, in units.
const FIGURE: f32 = 56.0;

/// The space between a panel and what is beside it, in units.
const GAP: f32 = 26.0;

/// The minimum width of the column beside a panel, in units: of text, and of figures.
const WORDS_WIDTH_MIN: f32 = 230.0;
const FIGURES_WIDTH_MIN: f32 = 160.0;

/// The largest height of the meter, in units.
const METER: f32 = 110.0;

/// Width to height: frames of at least `WIDE` have all text beside the panel, and frames of at most
/// `TALL` have it below; in between, the name is beside the panel and the prompt below.
const WIDE: f32 = 1.2;
const TALL: f32 = 0.76;

impl FrameLayout {
    /// The layout of a frame.
    pub(super) fn of(size: FrameSize, content: Content) -> Self {
        let unit = size.width.min(size.height) as f32 / 720.0;
        let (width, height) = (size.width as f32, size.height as f32);
        let frame = Area { x: 0.0, y: 0.0, width, height };
        let safe = frame.grown(-MARGIN * unit);
        let bar = Area { y: safe.bottom() - 8.0 * unit, height: 6.0 * unit, ..safe };
        let nowhere = Area { x: safe.x, y: safe.y, width: 0.0, height: 0.0 };
        let mut layout = FrameLayout {
            unit,
            frame,
            header: Area { height: 34.0 * unit, ..safe },
            panel: None,
            name: nowhere,
            stripe: nowhere,
            prompt: nowhere,
            figures: [nowhere; 4],
            meter: None,
            note: None,
            bar,
        };
        let ratio = width / height;
        match content {
            Content::Words => layout.words_alone(),
            _ if ratio >= WIDE => layout.words_beside(ratio),
            _ if ratio <= TALL => layout.words_below(ratio),
            _ => layout.words_around(ratio),
        }
        if content == Content::Speaker {
            layout.lay_voice();
        }
        layout
    }

    /// Puts the voice meter into the lower part of the prompt's area, and the note below it. A
    /// speaker seldom has a prompt, and the meter is what a phone shows of the voice.
    fn lay_voice(&mut self) {
        let (unit, words) = (self.unit, self.prompt);
        // In a narrow column the note needs two lines.
        let lines = if words.width < 400.0 * unit { 2.0 } else { 1.0 };
        let note = words.below(words.height - 22.0 * lines * unit);
        let meter = (METER * unit).min(words.height * 0.45);
        let meter = Area { y: note.y - 10.0 * unit - meter, height: meter, ..words };
        self.prompt.height = (meter.y - 10.0 * unit - words.y).max(0.0);
        (self.meter, self.note) = (Some(meter), Some(note));
    }

    /// The hairline below the header.
    pub(super) fn rule(&self) -> Area {
        let y = self.header.bottom() + 16.0 * self.unit;
        Area { y, height: self.unit.max(1.0), ..self.header }
    }

    fn words_alone(&mut self) {
        let unit = self.unit;
        let top = self.rule().bottom() + 30.0 * unit;
        let bottom = self.lay_figures_at_the_foot() - 26.0 * unit;
        let words = Area { y: top, height: bottom - top, ..self.header };
        self.lay_words(words, 94.0 * unit, 30.0 * unit);
    }

    /// The panel on the left, name and prompt in a column to its right, figures at the bottom.
    fn words_beside(&mut self, ratio: f32) {
        let unit = self.unit;
        let foot = self.lay_figures_at_the_foot() - 20.0 * unit;
        let middle = self.middle(foot);
        let room = middle.width - (GAP + WORDS_WIDTH_MIN) * unit;
        let panel = self.lay_panel(middle, middle.height.min(room / ratio), ratio);
        let column = Area { height: panel.height, ..beside(panel, middle, GAP * unit) };
        self.lay_words(column, 66.0 * unit, 20.0 * unit);
    }

    /// The panel on top with the figures beside it, name and prompt below.
    fn words_below(&mut self, ratio: f32) {
        let unit = self.unit;
        let middle = self.middle(self.bar.y - 20.0 * unit);
        let room = middle.width - (GAP + FIGURES_WIDTH_MIN) * unit;
        let height = middle.height * 0.73 - GAP * unit;
        let panel = self.lay_panel(middle, height.min(room / ratio), ratio);
        let column = beside(panel, middle, GAP * unit);
        self.stack_figures(column);
        let words = middle.below(panel.height + GAP * unit);
        let name = (66.0 * unit).min(words.height * 0.25);
        self.lay_words(words, name, 14.0 * unit);
    }

    /// The panel on top with name and figures beside it, the prompt below.
    fn words_around(&mut self, ratio: f32) {
        let unit = self.unit;
        let middle = self.middle(self.bar.y - 20.0 * unit);
        let room = middle.width - (GAP + FIGURES_WIDTH_MIN) * unit;
        let height = middle.height * 0.74 - 18.0 * unit;
        let panel = self.lay_panel(middle, height.min(room / ratio), ratio);
        let column = beside(panel, middle, GAP * unit);
        self.lay_words(column, 80.0 * unit, 18.0 * unit);
        self.stack_figures(self.prompt);
        self.prompt = middle.below(panel.height + 18.0 * unit);
    }

    /// The area between the header and `foot`.
    fn middle(&self, foot: f32) -> Area {
        let top = self.header.bottom() + 18.0 * self.unit;
        Area { y: top, height: foot - top, ..self.header }
    }

    /// Puts the panel into the upper left corner, on even pixels.
    fn lay_panel(&mut self, middle: Area, height: f32, ratio: f32) -> Area {
        let even = |pixels: f32| (pixels / 2.0).round() * 2.0;
        let panel = Area {
            x: even(middle.x),
            y: even(middle.y),
            width: even(height * ratio).max(4.0),
            height: even(height).max(4.0),
        };
        self.panel = Some(panel);
        panel
    }

    /// Puts the name at the top of an area, the stripe below it and the prompt into the rest.
    fn lay_words(&mut self, area: Area, name: f32, gap: f32) {
        let unit = self.unit;
        self.name = Area { height: name, ..area };
        let below = area.below(name + 2.0 * unit);
        self.stripe = Area { width: 76.0 * unit, height: 6.0 * unit, ..below };
        self.prompt = below.below(6.0 * unit + gap);
    }

    /// Puts the figures above the bar, four or two side by side, and returns their upper edge.
    fn lay_figures_at_the_foot(&mut self) -> f32 {
        let (unit, safe) = (self.unit, self.header);
        // The first column contains the longest value, the model's name.
        let shares: &[f32] = if safe.width >= 900.0 * unit {
            &[0.0, 0.32, 0.64, 0.83, 1.0]
        } else {
            &[0.0, 0.6, 1.0]
        };
        let columns = shares.len() - 1;
        let top = self.bar.y - (22.0 + FIGURE * (4 / columns) as f32) * unit;
        self.figures = std::array::from_fn(|number| {
            let (row, column) = (number / columns, number % columns);
            Area {
                x: safe.x + safe.width * shares[column],
                y: top + FIGURE * unit * row as f32,
                width: safe.width * (shares[column + 1] - shares[column]) - 12.0 * unit,
                height: FIGURE * unit,
            }
        });
        top
    }

    /// Stacks the figures.
    fn stack_figures(&mut self, column: Area) {
        let height = FIGURE * self.unit;
        self.figures = std::array::from_fn(|number| Area {
            y: column.y + height * number as f32,
            height,
            ..column
        });
    }
}

/// The rest of `middle` to the right of a panel, as high as the panel.
fn beside(panel: Area, middle: Area, gap: f32) -> Area {
    let x = panel.right() + gap;
    Area { x, y: panel.y, width: middle.right() - x, height: panel.height }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: [(u32, u32); 10] = [
        (1280, 720),
        (720, 1280),
        (720, 720),
        (1920, 1080),
        (1080, 1920),
        (1080, 1080),
        (1728, 720),
        (960, 720),
        (576, 720),
        (820, 720),
    ];

    fn overlap(a: &Area, b: &Area) -> bool {
        a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom()
    }

    /// Every separate area, with its name.
    fn places(layout: &FrameLayout) -> Vec<(&'static str, Area)> {
        let FrameLayout { header, name, stripe, prompt, bar, .. } = *layout;
        let mut places = vec![("header", header), ("name", name), ("stripe", stripe)];
        places.extend([("prompt", prompt), ("bar", bar)]);
        places.extend(["model", "frame", "length", "seed"].into_iter().zip(layout.figures));
        places.extend(layout.panel.map(|area| ("panel", area)));
        places.extend(layout.meter.map(|area| ("meter", area)));
        places.extend(layout.note.map(|area| ("note", area)));
        places
    }

    #[test]
    fn areas_do_not_overlap_and_stay_in_the_safe_area() {
        for (width, height) in SIZES {
            for content in [Content::Words, Content::StillPanel, Content::Speaker] {
                let layout = FrameLayout::of(FrameSize { width, height }, content);
                let safe = layout.frame.grown(1.0 - MARGIN * layout.unit);
                let places = places(&layout);
                for (number, (name, area)) in places.iter().enumerate() {
                    let case = format!("{name} {area:?} on {width}x{height}, {content:?}");
                    assert!(area.width >= 30.0 && area.height >= 4.0, "{case}");
                    assert!(area.x >= safe.x && area.right() <= safe.right(), "{case}");
                    assert!(area.y >= safe.y && area.bottom() <= safe.bottom(), "{case}");
                    for (other, place) in &places[number + 1..] {
                        let shrunk = place.grown(-0.1);
                        assert!(!overlap(area, &shrunk), "{case} and {other} {place:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_panel_is_large_and_has_the_shape_of_the_frame() {
        for (width, height) in SIZES {
            let layout = FrameLayout::of(FrameSize { width, height }, Content::StillPanel);
            let (panel, frame) = (layout.panel.unwrap(), layout.frame);
            let side = (panel.width / frame.width).max(panel.height / frame.height);
            assert!(side > 0.53, "{side} of {width}x{height}");
            let shape = panel.width / panel.height * frame.height / frame.width;
            assert!((shape - 1.0).abs() < 0.01, "{shape} on {width}x{height}");
            assert_eq!([panel.x % 2.0, panel.y % 2.0], [0.0; 2]);
            assert_eq!([panel.width % 2.0, panel.height % 2.0], [0.0; 2]);
            // Room for five lines of the smallest prompt, in every layout.
            assert!(layout.prompt.height > 5.0 * 19.0 * 1.4 * layout.unit, "{width}x{height}");
        }
    }

    #[test]
    fn extreme_frames_have_a_panel_too() {
        for (width, height) in [(64, 3840), (3840, 64), (64, 64), (2160, 3840)] {
            let panel =
                FrameLayout::of(FrameSize { width, height }, Content::StillPanel).panel.unwrap();
            assert!(panel.width >= 4.0 && panel.height >= 4.0, "{panel:?}");
            assert!(panel.right() <= width as f32 && panel.bottom() <= height as f32, "{panel:?}");
        }
    }
}
