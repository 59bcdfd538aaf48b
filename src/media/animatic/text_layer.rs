//! The text layer: a scene's id and prompt, in the areas of the layout.
//!
//! A prompt too long to be read at once is divided into pages that are shown in turn.

use std::borrow::Cow;
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

/// The prompt size in a panel, in units.
const PROMPT_IN_PANEL: f32 = 26.0;

/// The part of a name's area that its letters fill; the rest is leading.
const NAME_SHARE: f32 = 0.70;

/// The smallest name size on one line and on several, in units.
const NAME_MIN: f32 = 30.0;
const NAME_MIN_WRAPPED: f32 = 22.0;

/// The pages of a scene's prompt, or of the prompts of its shots, ready to be drawn.
#[derive(Default)]
pub(super) struct PromptPages {
    /// The prompts.
    blocks: Vec<TextBlock>,
    /// The prompts of several shots again, for the panel.
    panels: Vec<TextBlock>,
    pages: Vec<PromptPage>,
}

/// One page.
struct PromptPage {
    /// The number of its prompt.
    block: usize,
    /// The lines of the prompt that are on it.
    lines: Range<usize>,
    /// The part of the scene after which it is shown, from 0 to 1.
    begins: f32,
    /// Which page or shot it is, if there are several.
    label: Option<TextBlock>,
}

impl PromptPages {
    /// Lays out the prompts of a scene.
    pub(super) fn set(
        scene: &AnimaticScene,
        layout: &FrameLayout,
        text: &mut Typesetter<'_>,
    ) -> PromptPages {
        let total: u32 = scene.shots.iter().map(|shot| shot.seconds).sum();
        let part = |seconds: u32| seconds as f32 / total.max(1) as f32;
        let mut prompts: Vec<(Cow<'_, str>, f32)> = match scene.shots.as_slice() {
            [] => scene.prompt.iter().map(|prompt| (prompt.into(), 1.0)).collect(),
            shots => {
                let shots = shots.iter();
                shots.map(|shot| ((&shot.prompt).into(), part(shot.seconds))).collect()
            }
        };
        if let Some(said) = &scene.narration {
            match prompts.first_mut() {
                Some((prompt, _)) => *prompt = format!("{prompt}\n\n{said}").into(),
                None => prompts.push((said.clone().into(), 1.0)),
            }
        }
        let shots = scene.shots.len();
        let mut all = PromptPages::default();
        let mut begins = 0.0;
        for (number, (prompt, share)) in prompts.into_iter().enumerate() {
            let Some(block) = set_prompt(&prompt, layout, text) else { continue };
            let lines = divided(&block, layout.prompt);
            let count = lines.len();
            for (at, lines) in lines.into_iter().enumerate() {
                let page = (count > 1).then(|| format!("{} / {count}", at + 1));
                let shot = (shots > 0).then(|| format!("shot {} / {shots}", number + 1));
                let label: Vec<String> = shot.into_iter().chain(page).collect();
                let style = TextStyle::plain(17.0 * layout.unit, palette::quiet());
                all.pages.push(PromptPage {
                    block: all.blocks.len(),
                    lines,
                    begins: begins + share * at as f32 / count as f32,
                    label: (!label.is_empty())
                        .then(|| text.set(&label.join(" · "), style, f32::INFINITY)),
                });
            }
            all.blocks.push(block);
            if let Some(panel) = layout.panel.filter(|_| shots > 0) {
                let style = TextStyle::plain(PROMPT_IN_PANEL * layout.unit, palette::quiet());
                all.panels.push(text.set(&prompt, style, panel.width - 48.0 * layout.unit));
            }
            begins += share;
        }
        all
    }

    /// The number of the page that is shown at a part of the scene, from 0 to 1.
    pub(super) fn page_at(&self, progress: f32) -> usize {
        // Shares of a length are rounded, moments too: a page that begins at this very moment is on.
        let begun = self.pages.iter().take_while(|page| page.begins <= progress + 1e-4);
        begun.count().saturating_sub(1)
    }

    /// Writes what the shot of a page shows into a panel, whose still belongs to the first shot.
    pub(super) fn draw_shot(&self, page: usize, panel: Area, unit: f32, on: &mut Pixmap) {
        let Some(block) = self.panels.get(self.shot_of(page)) else { return };
        let inner = panel.grown(-24.0 * unit);
        let lines = 0..divided(block, inner).first().map_or(0, |lines| lines.end);
        let y = inner.y + (inner.height - block.height_of(lines.clone())) / 2.0;
        block.draw_lines(lines, on, inner.x, y);
    }

    /// The number of the shot that a page belongs to, counted from 0.
    pub(super) fn shot_of(&self, page: usize) -> usize {
        self.pages.get(page).map_or(0, |page| page.block)
    }

    /// Draws a page, counted from 0.
    pub(super) fn draw(&self, number: usize, layout: &FrameLayout, face: &mut Pixmap) {
        let FrameLayout { name, stripe, prompt: area, .. } = *layout;
        let Some(page) = self.pages.get(number) else { return };
        self.blocks[page.block].draw_lines(page.lines.clone(), face, area.x, area.y);
        if let Some(block) = &page.label {
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

/// Lays out a prompt as large as fits on one page, or at the smallest legible size on several.
fn set_prompt(prompt: &str, layout: &FrameLayout, text: &mut Typesetter<'_>) -> Option<TextBlock> {
    if prompt.trim().is_empty() {
        return None;
    }
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
