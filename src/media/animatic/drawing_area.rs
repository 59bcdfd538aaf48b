//! The drawing area: the part of an animatic's picture that shows the scene itself.
//!
//! A scene that begins with a frame of another one continues its picture, not its slate. What is
//! taken from an animatic is therefore the panel, or the words of a card without one.

use image::RgbImage;
use image::imageops::crop_imm;

use super::layout::{Area, Content, FrameLayout};
use super::palette;
use crate::catalog::FrameSize;

/// How much larger a page is than its words: they stay complete when a camera comes as near as it can.
const PAGE_MARGIN: f32 = 1.25;

/// The panel in a frame of an animatic.
pub fn panel_of_frame(frame: &RgbImage) -> RgbImage {
    let layout = FrameLayout::of(size_of(frame), Content::StillPanel);
    match layout.panel {
        Some(panel) => part(frame, panel),
        None => frame.clone(),
    }
}

/// The name and the prompt in a frame of an animatic without a panel, on a page of the frame's
/// shape.
pub fn words_of_frame(frame: &RgbImage) -> RgbImage {
    let layout = FrameLayout::of(size_of(frame), Content::Words);
    let FrameLayout { frame: whole, name, prompt, .. } = layout;
    let words = Area { height: prompt.bottom() - name.y, ..name };
    let words = part(frame, words);
    let scale = (words.width() as f32 / whole.width).max(words.height() as f32 / whole.height);
    let scale = scale * PAGE_MARGIN;
    let side = |whole: f32| (whole * scale).ceil() as u32;
    let (width, height) = (side(whole.width), side(whole.height));
    let ground = palette::ground().to_color_u8();
    let ground = image::Rgb([ground.red(), ground.green(), ground.blue()]);
    let mut page = RgbImage::from_pixel(width, height, ground);
    let middle = |outer: u32, inner: u32| i64::from(outer.saturating_sub(inner) / 2);
    let (x, y) = (middle(width, words.width()), middle(height, words.height()));
    image::imageops::replace(&mut page, &words, x, y);
    page
}

fn size_of(frame: &RgbImage) -> FrameSize {
    FrameSize { width: frame.width(), height: frame.height() }
}

fn part(frame: &RgbImage, area: Area) -> RgbImage {
    let [x, y, width, height] = [area.x, area.y, area.width, area.height].map(|at| at as u32);
    crop_imm(frame, x, y, width.max(1), height.max(1)).to_image()
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    const SIZES: [(u32, u32); 5] = [(1280, 720), (720, 1280), (720, 720), (1728, 720), (64, 64)];

    #[test]
    fn what_is_taken_has_the_shape_of_the_frame() {
        for (width, height) in SIZES {
            let frame = RgbImage::new(width, height);
            for taken in [panel_of_frame(&frame), words_of_frame(&frame)] {
                let shape = |(width, height): (u32, u32)| width as f32 / height as f32;
                let off = shape(taken.dimensions()) / shape((width, height));
                assert!((off - 1.0).abs() < 0.05, "{:?} of {width}x{height}", taken.dimensions());
            }
        }
    }

    #[test]
    fn nothing_of_the_slate_is_taken() {
        // The header and the figures are white, the rest is black.
        for (width, height) in SIZES {
            let layout = FrameLayout::of(FrameSize { width, height }, Content::Words);
            let frame = RgbImage::from_fn(width, height, |x, y| {
                let is_in = |area: &Area| {
                    let (x, y) = (x as f32, y as f32);
                    x >= area.x && x < area.right() && y >= area.y && y < area.bottom()
                };
                let slate = layout.figures.iter().chain([&layout.header, &layout.bar]).any(is_in);
                Rgb([if slate { 255 } else { 0 }; 3])
            });
            let taken = words_of_frame(&frame);
            assert!(taken.pixels().all(|pixel| pixel.0[0] < 30), "{width}x{height}");
        }
    }
}
