//! Turning: a picture as it is shown, where its rows are stored as they were taken.

use super::colour::Yuv420;
use crate::catalog::FrameSize;
use crate::media::mp4::Turn;

/// The picture, turned.
pub(in crate::media) fn turned(picture: Yuv420, turn: Turn) -> Yuv420 {
    let FrameSize { width, height } = picture.size;
    let plane = |bytes: &[u8], part: u32| {
        let (width, height) = ((width / part) as usize, (height / part) as usize);
        let at = |x: usize, y: usize| bytes[y * width + x];
        let (columns, rows) = if turn.is_on_its_side() { (height, width) } else { (width, height) };
        let pixels = (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y)));
        pixels
            .map(|(x, y)| match turn {
                Turn::None => at(x, y),
                Turn::Right => at(y, height - 1 - x),
                Turn::Around => at(width - 1 - x, height - 1 - y),
                Turn::Left => at(width - 1 - y, x),
            })
            .collect()
    };
    if turn == Turn::None {
        return picture;
    }
    let size = match turn.is_on_its_side() {
        true => FrameSize { width: height, height: width },
        false => picture.size,
    };
    let (y, u, v) = (plane(&picture.y, 1), plane(&picture.u, 2), plane(&picture.v, 2));
    Yuv420 { size, y, u, v }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_turns_to_the_right_are_none() {
        let size = FrameSize { width: 4, height: 2 };
        let picture = Yuv420 { size, y: (0..8).collect(), u: vec![10, 11], v: vec![20, 21] };
        let right = |picture: Yuv420| turned(picture, Turn::Right);
        let once = right(picture.clone());
        assert_eq!(once.size, FrameSize { width: 2, height: 4 });
        assert_eq!(once.y, [4, 0, 5, 1, 6, 2, 7, 3]);
        assert_eq!((&once.u[..], &once.v[..]), (&[10, 11][..], &[20, 21][..]));
        let twice = right(once);
        assert_eq!(turned(picture.clone(), Turn::Around), twice);
        assert_eq!(turned(picture.clone(), Turn::Left), right(twice.clone()));
        assert_eq!(right(right(twice)), picture);
    }
}
