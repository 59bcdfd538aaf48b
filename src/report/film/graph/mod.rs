//! Drawings of a film's graph, for people and for other programs.
//!
//! A scene that shows another's frame is tied to it by a solid link with the frame's name; a scene
//! that only comes after another, by a dashed one. With a plan, scenes bear their actions.

mod diagram;
mod dot;
mod layout;
mod mermaid;
mod svg;
mod text;
#[cfg(test)]
mod tests;

pub use dot::graph_dot;
pub use mermaid::graph_mermaid;
pub use svg::graph_svg;
pub use text::graph_text;
