//! The text layer: a scene's id and prompt, in the areas of the layout.
//!
//! A prompt too long to be read at once is divided into pages that are shown in turn.

use std::ops::Range;

use tiny_skia::Pixmap;

use super::layout::{Area, FrameLayout};
use super::palette;
use super::scene::AnimaticScene;
use super::text::{TextBlock, TextStyle, Typesetter};

/// The font sizes of a prompt, in units: the largest that fits on one page is used.
const PROMPT_SIZES: [f32; 6] = [34.0, 30.0, 27.0, 24.0, 21.5, 19.0];

/// The largest prompt size beside a panel, in units.
const PROMPT_BESIDE_PANEL: f32 = 25.0;

/// The part of a name's area that its letters fill; the rest is leading.
const NAME_SHARE: f32 = 0.70;

/// The smallest name size on one line and on several, in units.
const NAME_MIN: f32 = 30.0;
const NAME_MIN_WRAPPED: f32 = 22.0;

/// The pages of a scene's prompt, ready to be drawn.
#[derive(Default)]
pub(super) struct PromptPages {
    prompt: Option<TextBlock>,
    /// The lines on each page.
    lines: Vec<Range<usize>>,
    /// The page numbers, if there are several pages.
    numbers: Vec<TextBlock>,
}

impl PromptPages {
    /// Lays out a scene's prompt.
    pub(super) fn set(
        scene: &AnimaticScene,
        layout: &FrameLayout,
        text: &mut Typesetter<'_>,
    ) -> PromptPages {
        let Some(prompt) = prompt(scene, layout, text) else { return PromptPages::default() };
        let lines = divided(&prompt, layout.prompt);
        let style = TextStyle::plain(17.0 * layout.unit, palette::quiet());
        let count = if lines.len() > 1 { lines.len() } else { 0 };
        let numbers = (1..=count)
            .map(|number| text.set(&format!("{number} / {count}"), style, f32::INFINITY))
            .collect();
        PromptPages { prompt: Some(prompt), lines, numbers }
    }

    /// The number of pages; 1 if there is no prompt.
    pub(super) fn count(&self) -> usize {
        self.lines.len().max(1)
    }

    /// Draws a page, counted from 0.
    pub(super) fn draw(&self, number: usize, layout: &FrameLayout, face: &mut Pixmap) {
        let FrameLayout { name, stripe, prompt: area, .. } = *layout;
        if let (Some(block), Some(lines)) = (&self.prompt, self.lines.get(number)) {
            block.draw_lines(lines.clone(), face, area.x, area.y);
        }
        if let Some(block) = self.numbers.get(number) {
            let middle = stripe.y + stripe.height / 2.0;
            block.draw(face, name.right() - block.width(), middle - block.height() / 2.0);
        }
    }
}

/// Draws the scene's id at the bottom of its area: on one line if it can be large, else on several.
pub(super) fn draw_name(
    id: &str,
    layout: &FrameLayout,
    text: &mut Typesetter<'_>,
    on: &mut Pixmap,
) {
    let FrameLayout { unit, name: area, .. } = *layout;
    let style = |size: f32| TextStyle::plain(size.min(66.0 * unit), palette::bright()).bold();
    let largest = style(area.height * NAME_SHARE).size;
    let natural = text.set(id, style(largest), f32::INFINITY).width();
    let fitting = (largest * area.width / natural.max(1.0)).floor();
    let wrapped = text.set(id, style(largest.min(NAME_MIN_WRAPPED * unit)), area.width);
    let block = if fitting < NAME_MIN * unit && wrapped.height() <= area.height {
        wrapped
    } else {
        text.set_line(id, style(largest), NAME_MIN_WRAPPED * unit, area.width)
    };
    block.draw(on, area.x, area.bottom() - block.height());
}

/// Lays out the prompt as large as fits on one page, or at the smallest legible size on several.
fn prompt(
    scene: &AnimaticScene,
    layout: &FrameLayout,
    text: &mut Typesetter<'_>,
) -> Option<TextBlock> {
    let prompt = scene.prompt.as_deref().filter(|prompt| !prompt.trim().is_empty())?;
    let largest = layout.panel.map_or(PROMPT_SIZES[0], |_| PROMPT_BESIDE_PANEL);
    let mut last = None;
    for size in PROMPT_SIZES.into_iter().filter(|size| *size <= largest) {
        let style = TextStyle::plain(size * layout.unit, palette::body());
        let block = text.set(prompt, style, layout.prompt.width);
        let fits = block.height() <= layout.prompt.height;
        last = Some(block);
        if fits {
            break;
        }
    }
    last
}

/// Divides lines into as few pages as the height allows, all of similar length.
pub(super) fn divided(block: &TextBlock, area: Area) -> Vec<Range<usize>> {
    let lines = block.line_count();
    let line = block.height() / lines.max(1) as f32;
    let room = ((area.height / line + 0.01) as usize).max(1);
    let per_page = lines.div_ceil(lines.div_ceil(room).max(1)).max(1);
    (0..lines).step_by(per_page).map(|start| start..(start + per_page).min(lines)).collect()
}
