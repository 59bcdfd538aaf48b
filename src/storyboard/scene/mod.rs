//! A scene: from what is written, and the defaults, to a scene of the film.

mod choice;
mod clip;
mod fields;
mod kind;
mod label;
mod outcome;
mod prompt;
mod seed;
mod tags;

pub(super) use outcome::{Outcome, resolve};
