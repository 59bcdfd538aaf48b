//! The doctor: looks at everything that a build relies on, without making or paying anything.

mod checkup;
mod local;
mod remote;
mod webhook;

pub use checkup::Doctor;
