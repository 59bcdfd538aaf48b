//! kling-build turns a YAML storyboard that lives in git into videos.
//!
//! The core is pure functions over values; the shell does the input and output. A folder imports
//! only from folders above it in this list; a test checks that order.
//!
//! The public entry point is [`run`]. All folders behind it are private, so that the compiler finds
//! unused code; the feature `internals`, which tests and benches enable, makes them public.

// The `mod.rs` files also re-export names that only tests import.
#![cfg_attr(not(feature = "internals"), allow(unused_imports))]

#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod base;
#[cfg(not(feature = "internals"))]
mod base;

#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod catalog;
#[cfg(not(feature = "internals"))]
mod catalog;

#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod storyboard;
#[cfg(not(feature = "internals"))]
mod storyboard;

#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod plan;
#[cfg(not(feature = "internals"))]
mod plan;

#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod engine;
#[cfg(not(feature = "internals"))]
mod engine;

#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod media;
#[cfg(not(feature = "internals"))]
mod media;

#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod store;
#[cfg(not(feature = "internals"))]
mod store;

#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod provider;
#[cfg(not(feature = "internals"))]
mod provider;

#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod report;
#[cfg(not(feature = "internals"))]
mod report;

#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod net;
#[cfg(not(feature = "internals"))]
mod net;

#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod runner;
#[cfg(not(feature = "internals"))]
mod runner;

#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod sim;
#[cfg(not(feature = "internals"))]
mod sim;

#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod cli;
#[cfg(not(feature = "internals"))]
mod cli;

pub use cli::run;
