//! The moving still: a part of a still, redrawn for each moment.
//!
//! This is the animatic's hottest loop, so it does one thing: it scales RGBA by bilinear weights of
//! 256 steps, two channels in one multiplication. It uses integers only, so it is exact everywhere.

use super::camera::View;
use crate::media::picture::colour::EvenRect;

/// A still that a camera moves over.
pub(super) struct MovingStill {
    pixels: Vec<u32>,
    width: usize,
    height: usize,
}

/// Fixed point: one pixel is 65,536.
const ONE: u64 = 1 << 16;

impl MovingStill {
    /// A still from RGBA bytes, row by row.
    pub(super) fn new(rgba: &[u8], width: usize, height: usize) -> Self {
        let pixels = rgba.chunks_exact(4).map(|p| u32::from_le_bytes([p[0], p[1], p[2], p[3]]));
        let pixels: Vec<u32> = pixels.collect();
        assert!(pixels.len() == width * height && width > 1 && height > 1, "a still of its size");
        MovingStill { pixels, width, height }
    }

    /// Fills a rectangle of a canvas of RGBA bytes, `canvas_width` pixels across, with the part of
    /// the still that is seen.
    pub(super) fn draw(&self, view: View, canvas: &mut [u8], canvas_width: usize, rect: EvenRect) {
        let columns = weights(self.width, rect.width, view.zoom, view.x);
        let rows = weights(self.height, rect.height, view.zoom, view.y);
        let seen = columns.first().map_or(0, |(first, _)| *first)
            ..columns.last().map_or(0, |(last, _)| *last + 2);
        let mut mixed = vec![0u32; self.width];
        let lines = canvas.chunks_exact_mut(canvas_width * 4).skip(rect.y);
        for (line, (row, weight)) in lines.zip(rows) {
            let upper = &self.pixels[row * self.width..(row + 1) * self.width][seen.clone()];
            let lower = &self.pixels[(row + 1) * self.width..(row + 2) * self.width][seen.clone()];
            let part = &mut mixed[seen.clone()];
            for ((mixed, upper), lower) in part.iter_mut().zip(upper).zip(lower) {
                *mixed = mix(*upper, *lower, weight);
            }
            let pixels = line[rect.x * 4..(rect.x + rect.width) * 4].chunks_exact_mut(4);
            for (pixel, (column, weight)) in pixels.zip(&columns) {
                let value = mix(mixed[*column], mixed[*column + 1], *weight);
                pixel.copy_from_slice(&value.to_le_bytes());
            }
        }
    }
}

/// For each pixel of the frame, the first of its two neighbours in the still, and the weight of the
/// second in 256ths.
fn weights(still: usize, frame: usize, zoom: f64, place: f64) -> Vec<(usize, u32)> {
    let seen = (still as f64 / zoom * ONE as f64) as u64;
    let start = ((still as f64 - still as f64 / zoom) * place * ONE as f64) as u64;
    let last = (still as u64 - 1) * ONE;
    (0..frame as u64)
        .map(|pixel| {
            // Pixel centres map to pixel centres, hence the halves.
            let centre = start + (2 * pixel + 1) * seen / (2 * frame as u64);
            let at = centre.saturating_sub(ONE / 2).min(last);
            let first = (at / ONE).min(still as u64 - 2);
            (first as usize, ((at - first * ONE) >> 8) as u32)
        })
        .collect()
}

/// Mixes two pixels, the second with a weight of 0 to 256.
#[inline]
fn mix(a: u32, b: u32, weight: u32) -> u32 {
    const EVEN: u32 = 0x00ff_00ff;
    let rest = 256 - weight;
    let even = ((a & EVEN) * rest + (b & EVEN) * weight + 0x0080_0080) >> 8 & EVEN;
    let odd = ((a >> 8 & EVEN) * rest + (b >> 8 & EVEN) * weight + 0x0080_0080) & !EVEN;
    even | odd
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixing_is_exact_at_both_ends_and_in_the_middle() {
        let (a, b) = (0xff00_80fe, 0x00ff_8000);
        assert_eq!(mix(a, b, 0), a);
        assert_eq!(mix(a, b, 256), b);
        assert_eq!(mix(a, b, 128), 0x8080_807f);
    }

    fn all(width: usize, height: usize) -> EvenRect {
        EvenRect { x: 0, y: 0, width, height }
    }

    fn view(zoom: f64) -> View {
        View { zoom, x: 0.5, y: 0.42 }
    }

    #[test]
    fn the_first_moment_shows_the_whole_still() {
        let still: Vec<u8> = (0..8 * 6 * 4).map(|byte| byte as u8).collect();
        let mut canvas = vec![0; still.len()];
        MovingStill::new(&still, 8, 6).draw(view(1.0), &mut canvas, 8, all(8, 6));
        assert_eq!(canvas, still);
    }

    #[test]
    fn nothing_is_drawn_outside_the_rectangle() {
        let moving = MovingStill::new(&[9; 4 * 4 * 4], 4, 4);
        let mut canvas = vec![0; 8 * 6 * 4];
        moving.draw(view(1.05), &mut canvas, 8, EvenRect { x: 2, y: 2, width: 4, height: 2 });
        let drawn = |x: usize, y: usize| (2..6).contains(&x) && (2..4).contains(&y);
        for (at, pixel) in canvas.chunks_exact(4).enumerate() {
            assert_eq!(pixel == [9; 4], drawn(at % 8, at / 8), "pixel {at}");
        }
    }

    #[test]
    fn zooming_in_crops_the_edges() {
        // White in the middle, black at the edges: after zooming in, the corner is no longer black.
        let inside = |x: usize, y: usize| (8..92).contains(&x) && (8..92).contains(&y);
        let pixel = |at: usize| if inside(at % 100, at / 100) { [255; 4] } else { [0; 4] };
        let still: Vec<u8> = (0..10_000).flat_map(pixel).collect();
        let moving = MovingStill::new(&still, 100, 100);
        let mut canvas = vec![0; 50 * 50 * 4];
        moving.draw(view(1.0), &mut canvas, 50, all(50, 50));
        assert_eq!(canvas[0], 0);
        moving.draw(view(1.4), &mut canvas, 50, all(50, 50));
        assert!(canvas.iter().all(|byte| *byte == 255));
    }

    #[test]
    fn a_view_at_the_edge_shows_the_edge() {
        // Each column has its number as its colour.
        let still: Vec<u8> = (0..100 * 100).flat_map(|at| [(at % 100) as u8; 4]).collect();
        let moving = MovingStill::new(&still, 100, 100);
        let mut canvas = vec![0; 50 * 50 * 4];
        let ends = |canvas: &[u8]| (canvas[0], canvas[49 * 4]);
        moving.draw(View { zoom: 2.0, x: 0.0, y: 0.5 }, &mut canvas, 50, all(50, 50));
        assert_eq!(ends(&canvas), (0, 49));
        moving.draw(View { zoom: 2.0, x: 1.0, y: 0.5 }, &mut canvas, 50, all(50, 50));
        assert_eq!(ends(&canvas), (50, 99));
    }
}
