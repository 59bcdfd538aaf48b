//! The sheet: everything on a card that stands still, drawn once.
//!
//! A card without a picture is set on the plain ground; on a picture the same things stand at the
//! foot of the frame, on scrims that keep them legible. A prompt too long to be read at once is
//! divided into pages that are shown one after another.

use std::ops::Range;

use tiny_skia::Pixmap;

use super::card::{Card, CardImage};
use super::fonts::Fonts;
use super::layout::{Area, Layout};
use super::paint;
use super::palette;
use super::text::{TextBlock, TextStyle, Typesetter};
use crate::catalog::{FrameSize, SceneType};

/// What stands still on a card.
pub(super) struct Sheet {
    face: Pixmap,
    pages: Vec<Range<usize>>,
    prompt: Option<(TextBlock, Area)>,
    /// The number of each page, where there are several, and their place.
    numbers: Vec<(TextBlock, f32, f32)>,
    /// The rows on which something is drawn.
    pub bands: Vec<Range<u32>>,
    /// Where the voice's meter stands, on a talking head.
    pub meter: Option<Area>,
}

/// The sizes that a prompt is set in, in units: the largest that fits on one page wins.
const PROMPT_SIZES: [f32; 6] = [34.0, 30.0, 27.0, 24.0, 21.5, 19.0];

/// The largest prompt on a picture, in units.
const PROMPT_ON_PICTURE: f32 = 25.0;

impl Sheet {
    /// Draws a card's still parts.
    pub(super) fn draw(card: &Card, layout: &Layout, fonts: &Fonts) -> Option<Sheet> {
        let face = Pixmap::new(card.size.width, card.size.height)?;
        let type_setter = Typesetter::new(fonts);
        let whole = 0..card.size.height;
        let mut drawing = Drawing { card, layout, text: type_setter, face, bands: vec![whole] };
        let on_picture = !matches!(card.image, CardImage::None);
        let body = if on_picture { drawing.over_picture() } else { drawing.on_ground() };
        drawing.marks();
        drawing.header();
        drawing.figures();
        let Body { prompt, pages, numbers, meter } = body;
        let bands = drawing.bands;
        Some(Sheet { face: drawing.face, pages, prompt, numbers, bands, meter })
    }

    /// How many pages the prompt has; 1 where there is none.
    pub(super) fn page_count(&self) -> usize {
        self.pages.len().max(1)
    }

    /// The sheet with one page of the prompt.
    pub(super) fn page(&self, number: usize) -> Pixmap {
        let mut face = self.face.clone();
        if let (Some((block, area)), Some(lines)) = (&self.prompt, self.pages.get(number)) {
            block.draw_lines(lines.clone(), &mut face, area.x, area.y);
        }
        if let Some((block, x, y)) = self.numbers.get(number) {
            block.draw(&mut face, *x, *y);
        }
        face
    }
}

/// Divides lines into as few pages as the height allows, all of about the same length.
fn paged(block: &TextBlock, area: Area) -> Vec<Range<usize>> {
    let lines = block.line_count();
    let line = block.height() / lines.max(1) as f32;
    let room = ((area.height / line + 0.01) as usize).max(1);
    let per_page = lines.div_ceil(lines.div_ceil(room).max(1)).max(1);
    (0..lines).step_by(per_page).map(|start| start..(start + per_page).min(lines)).collect()
}

/// The middle of a card, between header and figures.
#[derive(Default)]
struct Body {
    prompt: Option<(TextBlock, Area)>,
    pages: Vec<Range<usize>>,
    numbers: Vec<(TextBlock, f32, f32)>,
    meter: Option<Area>,
}

struct Drawing<'a> {
    card: &'a Card,
    layout: &'a Layout,
    text: Typesetter<'a>,
    face: Pixmap,
    bands: Vec<Range<u32>>,
}

impl Drawing<'_> {
    /// Scene and prompt on the plain ground.
    fn on_ground(&mut self) -> Body {
        let Layout { unit, safe, header, figures, .. } = *self.layout;
        self.face.fill(palette::ground());
        let rule = Area { y: header.bottom() + 16.0 * unit, height: unit.max(1.0), ..safe };
        paint::fill(&mut self.face, rule, palette::faint());
        let style = TextStyle::plain(66.0 * unit, palette::bright()).bold();
        let name = self.text.set_line(&self.card.scene, style, 26.0 * unit, safe.width);
        let top = rule.bottom() + 30.0 * unit;
        name.draw(&mut self.face, safe.x, top);
        let bar = Area {
            x: safe.x,
            y: top + name.height() + 2.0 * unit,
            width: 76.0 * unit,
            height: 6.0 * unit,
        };
        paint::fill_round(&mut self.face, bar, 3.0 * unit, palette::accent(self.card.scene_type));
        let top = bar.bottom() + 30.0 * unit;
        let area = Area { y: top, height: figures.y - 26.0 * unit - top, ..safe };
        let Some(block) = self.prompt(area, PROMPT_SIZES[0]) else { return Body::default() };
        let pages = paged(&block, area);
        let middle = bar.y + bar.height / 2.0;
        let numbers = self.page_numbers(pages.len(), safe.right(), middle);
        Body { prompt: Some((block, area)), pages, numbers, meter: None }
    }

    /// Scene and prompt at the foot of a picture.
    fn over_picture(&mut self) -> Body {
        let Layout { unit, frame, safe, header, figures, .. } = *self.layout;
        if let CardImage::Missing(why) = &self.card.image {
            self.face.fill(palette::ground());
            self.missing(why);
        }
        let tall = frame.height > frame.width;
        let most = frame.height * if tall { 0.30 } else { 0.27 };
        let foot = Area { height: most, y: figures.y - 18.0 * unit - most, ..safe };
        let prompt = self.prompt(foot, PROMPT_ON_PICTURE);
        let pages = prompt.as_ref().map_or_else(Vec::new, |block| paged(block, foot));
        let height = match (&prompt, pages.first()) {
            (Some(block), Some(page)) => block.height_of(page.clone()),
            _ => 0.0,
        };
        let area = Area { y: foot.bottom() - height, height, ..foot };
        let talking = self.card.scene_type == SceneType::Avatar;
        let meter_width = if talking { 150.0 * unit } else { 0.0 };
        let style = TextStyle::plain(46.0 * unit, palette::bright()).bold();
        let numbers_width = if pages.len() > 1 { 80.0 * unit } else { 0.0 };
        let width = safe.width - meter_width - numbers_width - 24.0 * unit;
        let name = self.text.set_line(&self.card.scene, style, 22.0 * unit, width);
        let name_top = area.y - name.height() - 8.0 * unit;
        self.scrims(header.bottom() + 60.0 * unit, name_top);
        let accent = palette::accent(self.card.scene_type);
        let stripe = Area {
            x: safe.x,
            y: name_top + name.height() * 0.2,
            width: 6.0 * unit,
            height: name.height() * 0.62,
        };
        paint::fill_round(&mut self.face, stripe, 3.0 * unit, accent);
        name.draw(&mut self.face, safe.x + 20.0 * unit, name_top);
        let meter = talking.then(|| Area {
            x: safe.right() - meter_width,
            y: stripe.y,
            width: meter_width,
            height: stripe.height,
        });
        let right = meter.map_or(safe.right(), |meter| meter.x - 24.0 * unit);
        let middle = stripe.y + stripe.height / 2.0;
        let numbers = self.page_numbers(pages.len(), right, middle);
        Body { prompt: prompt.map(|block| (block, area)), pages, numbers, meter }
    }

    /// Sets `1 / 3` and so on, for several pages, ending at `right`.
    fn page_numbers(
        &mut self,
        pages: usize,
        right: f32,
        middle: f32,
    ) -> Vec<(TextBlock, f32, f32)> {
        let style = TextStyle::plain(17.0 * self.layout.unit, palette::quiet());
        let count = if pages > 1 { pages } else { 0 };
        (1..=count)
            .map(|number| {
                let block = self.text.set(&format!("{number} / {pages}"), style, f32::INFINITY);
                let place = (right - block.width(), middle - block.height() / 2.0);
                (block, place.0, place.1)
            })
            .collect()
    }

    /// Darkens the head down to `head` and the foot from a little above `foot`.
    fn scrims(&mut self, head: f32, foot: f32) {
        let Layout { unit, frame, .. } = *self.layout;
        let top = Area { height: head, ..frame };
        let none = palette::scrim(0.0);
        paint::fill_course(
            &mut self.face,
            top,
            &[(0.0, palette::scrim(0.78)), (0.55, palette::scrim(0.5)), (1.0, none)],
        );
        let start = (foot - 90.0 * unit).max(0.0);
        let bottom = Area { y: start, height: frame.height - start, ..frame };
        self.bands =
            vec![0..(head.ceil() as u32).min(start as u32), start as u32..frame.height as u32];
        let solid = (90.0 * unit / bottom.height).clamp(0.05, 0.9);
        paint::fill_course(
            &mut self.face,
            bottom,
            &[(0.0, none), (solid, palette::scrim(0.74)), (1.0, palette::scrim(0.9))],
        );
    }

    /// Says that the picture is not here, and why.
    fn missing(&mut self, why: &str) {
        let Layout { unit, frame, safe, header, .. } = *self.layout;
        let top = header.bottom() + 40.0 * unit;
        let area = Area { y: top, height: frame.height * 0.46 - top, ..safe };
        paint::dashed(&mut self.face, area, 2.0 * unit, palette::faint());
        let style = TextStyle::plain(20.0 * unit, palette::quiet());
        let block = self.text.set(why, style, area.width - 56.0 * unit);
        let lines = 0..paged(&block, Area { height: area.height - 40.0 * unit, ..area })
            .first()
            .map_or(0, |page| page.end);
        let height = block.height_of(lines.clone());
        let y = area.y + (area.height - height) / 2.0;
        block.draw_lines(lines, &mut self.face, area.x + 28.0 * unit, y);
    }

    /// Sets the prompt as large as fits on one page, or as small as can be read on several.
    fn prompt(&mut self, area: Area, largest: f32) -> Option<TextBlock> {
        let prompt = self.card.prompt.as_deref().filter(|prompt| !prompt.trim().is_empty())?;
        let mut last = None;
        for size in PROMPT_SIZES.into_iter().filter(|size| *size <= largest) {
            let style = TextStyle::plain(size * self.layout.unit, palette::body());
            let block = self.text.set(prompt, style, area.width);
            let fits = block.height() <= area.height;
            last = Some(block);
            if fits {
                break;
            }
        }
        last
    }

    /// The corners of the safe area.
    fn marks(&mut self) {
        let Layout { unit, frame, .. } = *self.layout;
        let inset = 20.0 * unit;
        let area = Area {
            x: inset,
            y: inset,
            width: frame.width - 2.0 * inset,
            height: frame.height - 2.0 * inset,
        };
        paint::corners(&mut self.face, area, 24.0 * unit, (2.0 * unit).max(1.0), palette::faint());
    }

    /// Type and title; the time code to their right moves and is drawn elsewhere.
    fn header(&mut self) {
        let Layout { unit, header, .. } = *self.layout;
        let accent = palette::accent(self.card.scene_type);
        let style = TextStyle::plain(18.0 * unit, palette::on_accent()).bold().tracked(unit);
        let label = self.text.set(type_label(self.card.scene_type), style, header.width);
        let chip = Area { width: label.width() + 26.0 * unit, height: 32.0 * unit, ..header };
        paint::fill_round(&mut self.face, chip, 6.0 * unit, accent);
        let label_y = chip.y + (chip.height - label.height()) / 2.0;
        label.draw(&mut self.face, chip.x + 13.0 * unit, label_y);
        if let Some(title) = &self.card.title {
            let x = chip.right() + 18.0 * unit;
            let room = header.right() - 210.0 * unit - x;
            let style = TextStyle::plain(20.0 * unit, palette::quiet());
            let title = self.text.set_line(title, style, 16.0 * unit, room.max(40.0 * unit));
            title.draw(&mut self.face, x, chip.y + (chip.height - title.height()) / 2.0);
        }
    }

    /// Model, frame, length and seed, each under its label.
    fn figures(&mut self) {
        let unit = self.layout.unit;
        let seed = self.card.seed.map_or("–".to_string(), |seed| seed.to_string());
        let figures = [
            ("MODEL", self.card.model.clone()),
            ("FRAME", frame_text(self.card.size)),
            ("LENGTH", length_text(self.card.millis)),
            ("SEED", seed),
        ];
        for (number, (label, value)) in figures.into_iter().enumerate() {
            let area = self.layout.figure(number);
            let style = TextStyle::plain(13.0 * unit, palette::quiet()).bold().tracked(1.5 * unit);
            self.text.set(label, style, area.width).draw(&mut self.face, area.x, area.y);
            let style = TextStyle::plain(22.0 * unit, palette::bright());
            let value = self.text.set_line(&value, style, 14.0 * unit, area.width);
            value.draw(&mut self.face, area.x, area.y + 18.0 * unit);
        }
    }
}

/// The type in words.
fn type_label(scene_type: SceneType) -> &'static str {
    match scene_type {
        SceneType::T2v => "TEXT TO VIDEO",
        SceneType::I2v => "IMAGE TO VIDEO",
        SceneType::Avatar => "AVATAR",
    }
}

/// The size and shape, as `1920 × 1080 · 16:9`.
fn frame_text(size: FrameSize) -> String {
    let ratio = size.width as f32 / size.height as f32;
    let known = [("16:9", 16.0 / 9.0), ("9:16", 9.0 / 16.0), ("1:1", 1.0), ("4:3", 4.0 / 3.0)];
    let shape = known.iter().find(|(_, exact)| (ratio / exact - 1.0).abs() < 0.01);
    let shape = shape.map_or_else(|| format!("{ratio:.2}:1"), |(name, _)| name.to_string());
    format!("{} × {} · {shape}", size.width, size.height)
}

/// The length, as `5 s` or `3.42 s`.
fn length_text(millis: u64) -> String {
    let text = format!("{}.{:02}", millis / 1_000, millis % 1_000 / 10);
    format!("{} s", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!(length_text(5_000), "5 s");
        assert_eq!(length_text(3_420), "3.42 s");
        assert_eq!(length_text(10_500), "10.5 s");
        assert_eq!(frame_text(FrameSize { width: 1920, height: 1080 }), "1920 × 1080 · 16:9");
        assert_eq!(frame_text(FrameSize { width: 720, height: 720 }), "720 × 720 · 1:1");
        assert_eq!(frame_text(FrameSize { width: 864, height: 720 }), "864 × 720 · 1.20:1");
    }
}
