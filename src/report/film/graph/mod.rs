//! Drawings of a film's graph, for people and for other programs.
//!
//! A solid link with the frame's name leads to a scene that uses another scene's frame, a dashed
//! link to a scene that only comes after another. With a plan, scenes show their actions.

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
