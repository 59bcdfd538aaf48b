//! The palette: few colours, and one accent per scene type.

use tiny_skia::Color;

use crate::catalog::SceneType;

/// The background.
pub(super) fn ground() -> Color {
    Color::from_rgba8(17, 20, 27, 255)
}

/// Text to be read first.
pub(super) fn bright() -> Color {
    Color::from_rgba8(243, 244, 246, 255)
}

/// Running text.
pub(super) fn body() -> Color {
    Color::from_rgba8(214, 218, 225, 255)
}

/// Labels and other secondary text.
pub(super) fn quiet() -> Color {
    Color::from_rgba8(152, 160, 174, 255)
}

/// Hairlines, tracks and corner marks.
pub(super) fn faint() -> Color {
    Color::from_rgba8(255, 255, 255, 56)
}

/// Text on the accent.
pub(super) fn on_accent() -> Color {
    Color::from_rgba8(15, 17, 22, 255)
}

/// The colour of a scene type.
pub(super) fn accent(scene_type: SceneType) -> Color {
    match scene_type {
        SceneType::T2v => Color::from_rgba8(245, 182, 66, 255),
        SceneType::I2v => Color::from_rgba8(64, 201, 178, 255),
        SceneType::Avatar => Color::from_rgba8(244, 124, 138, 255),
        SceneType::Still | SceneType::Card => quiet(),
    }
}
