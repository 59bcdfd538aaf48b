//! The static layer: everything in an animatic that does not move, drawn once onto the background.

use tiny_skia::Pixmap;

use super::fonts::Fonts;
use super::layout::{Area, FrameLayout};
use super::paint;
use super::palette;
use super::scene::{AnimaticImage, AnimaticPlace, AnimaticScene, AnimaticVoice};
use super::text::{TextStyle, Typesetter};
use super::text_layer::{PromptPages, divided, draw_name};
use crate::catalog::{FrameSize, SceneType};

/// The parts of an animatic that do not move.
pub(super) struct StaticLayer {
    face: Pixmap,
    pages: PromptPages,
}

impl StaticLayer {
    /// Draws the parts of a scene that do not move; the panel is left empty.
    pub(super) fn draw(
        scene: &AnimaticScene,
        layout: &FrameLayout,
        fonts: &Fonts,
    ) -> Option<StaticLayer> {
        let mut face = Pixmap::new(scene.size.width, scene.size.height)?;
        face.fill(palette::ground());
        let mut drawing = Drawing { scene, layout, text: Typesetter::new(fonts), face };
        drawing.marks();
        drawing.header();
        drawing.figures();
        drawing.name();
        match layout.panel {
            Some(panel) => drawing.panel(panel),
            None => paint::fill(&mut drawing.face, layout.rule(), palette::faint()),
        }
        drawing.note();
        let pages = PromptPages::set(scene, layout, &mut drawing.text);
        Some(StaticLayer { face: drawing.face, pages })
    }

    /// The number of the page that is shown at a part of the scene, from 0 to 1.
    pub(super) fn page_at(&self, progress: f32) -> usize {
        self.pages.page_at(progress)
    }

    /// Whether a page belongs to the shot with which the scene begins.
    pub(super) fn is_first_shot(&self, page: usize) -> bool {
        self.pages.shot_of(page) == 0
    }

    /// Fills the panel with what the shot of a page shows.
    pub(super) fn draw_shot(&self, page: usize, layout: &FrameLayout, on: &mut Pixmap) {
        let Some(panel) = layout.panel else { return };
        paint::fill(on, panel, palette::ground());
        self.pages.draw_shot(page, panel, layout.unit, on);
    }

    /// The layer with one page of the prompt.
    pub(super) fn page(&self, number: usize, layout: &FrameLayout) -> Pixmap {
        let mut face = self.face.clone();
        self.pages.draw(number, layout, &mut face);
        face
    }
}

struct Drawing<'a> {
    scene: &'a AnimaticScene,
    layout: &'a FrameLayout,
    text: Typesetter<'a>,
    face: Pixmap,
}

impl Drawing<'_> {
    /// The scene's id and the stripe in its type's colour.
    fn name(&mut self) {
        draw_name(&self.scene.id, self.layout, &mut self.text, &mut self.face);
        let accent = palette::accent(self.scene.scene_type);
        let radius = self.layout.stripe.height / 2.0;
        paint::fill_round(&mut self.face, self.layout.stripe, radius, accent);
    }

    /// The frame around a still, or the reason why there is none.
    fn panel(&mut self, panel: Area) {
        let unit = self.layout.unit;
        let AnimaticImage::Missing(why) = &self.scene.image else {
            // The line goes around the still, because a moving still would draw over it.
            let line = (1.5 * unit).max(1.0).round();
            paint::fill(&mut self.face, panel.grown(line), palette::faint());
            return;
        };
        paint::dashed(&mut self.face, panel.grown(-unit), 2.0 * unit, palette::faint());
        let style = TextStyle::plain(20.0 * unit, palette::quiet());
        let inner = panel.grown(-24.0 * unit);
        let block = self.text.set(why, style, inner.width);
        let lines = 0..divided(&block, inner).first().map_or(0, |page| page.end);
        let height = block.height_of(lines.clone());
        let y = inner.y + (inner.height - height) / 2.0;
        block.draw_lines(lines, &mut self.face, inner.x, y);
    }

    /// The reason why the voice is not heard, at the bottom of its area.
    fn note(&mut self) {
        let (Some(area), AnimaticVoice::Silent(why)) = (self.layout.note, &self.scene.voice) else {
            return;
        };
        let unit = self.layout.unit;
        let style = TextStyle::plain(15.0 * unit, palette::quiet());
        let mut block = self.text.set(why, style, area.width);
        if block.height() > area.height {
            block = self.text.set_line(why, style, 12.0 * unit, area.width);
        }
        block.draw(&mut self.face, area.x, area.bottom() - block.height());
    }

    /// The corners of the safe area.
    fn marks(&mut self) {
        let FrameLayout { unit, frame, .. } = *self.layout;
        let inset = 20.0 * unit;
        let area = Area {
            x: inset,
            y: inset,
            width: frame.width - 2.0 * inset,
            height: frame.height - 2.0 * inset,
        };
        paint::corners(&mut self.face, area, 24.0 * unit, (2.0 * unit).max(1.0), palette::faint());
    }

    /// Type, number, variant and title; the time code to their right moves and is drawn separately.
    fn header(&mut self) {
        let FrameLayout { unit, header, .. } = *self.layout;
        let accent = palette::accent(self.scene.scene_type);
        let style = TextStyle::plain(18.0 * unit, palette::on_accent()).bold().tracked(unit);
        let label = self.text.set(type_label(self.scene.scene_type), style, header.width);
        let chip = Area { width: label.width() + 26.0 * unit, height: 32.0 * unit, ..header };
        paint::fill_round(&mut self.face, chip, 6.0 * unit, accent);
        let label_y = chip.y + (chip.height - label.height()) / 2.0;
        label.draw(&mut self.face, chip.x + 13.0 * unit, label_y);
        let AnimaticPlace { number, variant, .. } = &self.scene.place;
        let number = number.map(|number| number.to_string());
        let parts = [number.as_ref(), variant.as_ref(), self.scene.title.as_ref()];
        let line = parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" · ");
        if !line.is_empty() {
            let x = chip.right() + 18.0 * unit;
            let room = header.right() - 210.0 * unit - x;
            let style = TextStyle::plain(20.0 * unit, palette::quiet());
            let title = self.text.set_line(&line, style, 16.0 * unit, room.max(40.0 * unit));
            title.draw(&mut self.face, x, chip.y + (chip.height - title.height()) / 2.0);
        }
    }

    /// Model, frame, length and seed, each under its label.
    fn figures(&mut self) {
        let unit = self.layout.unit;
        let seed = self.scene.seed.map_or("–".to_string(), |seed| seed.to_string());
        let figures = [
            ("MODEL", self.scene.model.clone()),
            ("FRAME", frame_text(self.scene.size)),
            ("LENGTH", length_text(self.scene.millis, self.scene.used_millis)),
            ("SEED", seed),
        ];
        for ((label, value), area) in figures.into_iter().zip(self.layout.figures) {
            let style = TextStyle::plain(13.0 * unit, palette::quiet()).bold().tracked(1.5 * unit);
            self.text.set(label, style, area.width).draw(&mut self.face, area.x, area.y);
            let style = TextStyle::plain(22.0 * unit, palette::bright());
            let value = self.text.set_line(&value, style, 14.0 * unit, area.width);
            value.draw(&mut self.face, area.x, area.y + 18.0 * unit);
        }
    }
}

/// The display name of a scene type.
fn type_label(scene_type: SceneType) -> &'static str {
    match scene_type {
        SceneType::T2v => "TEXT TO VIDEO",
        SceneType::I2v => "IMAGE TO VIDEO",
        SceneType::Avatar => "AVATAR",
        SceneType::Still => "STILL",
        SceneType::Card => "CARD",
    }
}

/// The size and shape, as `1920 × 1080 · 16:9`.
fn frame_text(size: FrameSize) -> String {
    let ratio = size.width as f32 / size.height as f32;
    let known = [(16, 9), (9, 16), (1, 1), (4, 3), (3, 4), (3, 2), (2, 3), (5, 4), (4, 5), (21, 9)];
    let is_near =
        |sides: &&(u8, u8)| (ratio / (f32::from(sides.0) / f32::from(sides.1)) - 1.0).abs() < 0.01;
    let shape = match known.iter().find(is_near) {
        Some((across, down)) => format!("{across}:{down}"),
        None => format!("{ratio:.2}:1"),
    };
    format!("{} × {} · {shape}", size.width, size.height)
}

/// The length, as `5 s` or `3.42 s`, and how much of it is used: `5 s · 1.5 s used`.
fn length_text(millis: u64, used_millis: Option<u64>) -> String {
    let seconds = |millis: u64| {
        let text = format!("{}.{:02}", millis / 1_000, millis % 1_000 / 10);
        format!("{} s", text.trim_end_matches('0').trim_end_matches('.'))
    };
    match used_millis {
        Some(used) => format!("{} · {} used", seconds(millis), seconds(used)),
        None => seconds(millis),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_formatted() {
        assert_eq!(length_text(5_000, None), "5 s");
        assert_eq!(length_text(3_420, None), "3.42 s");
        assert_eq!(length_text(10_500, Some(7_000)), "10.5 s · 7 s used");
        assert_eq!(frame_text(FrameSize { width: 1920, height: 1080 }), "1920 × 1080 · 16:9");
        assert_eq!(frame_text(FrameSize { width: 720, height: 720 }), "720 × 720 · 1:1");
        assert_eq!(frame_text(FrameSize { width: 720, height: 960 }), "720 × 960 · 3:4");
        assert_eq!(frame_text(FrameSize { width: 864, height: 720 }), "864 × 720 · 1.20:1");
    }
}
