//! Callbacks: the provider's word that a task has ended, listened for while a build runs.
//!
//! Promise: nothing that comes in is believed. A callback with a token of this build makes the
//! engine ask the provider; one with a token of another submission in doubt is looked into once;
//! everything else is forgotten. A build without callbacks ends the same, only later.

mod clerk;
mod gate;
mod listener;
mod postbox;
mod public_url;
mod session;

pub use clerk::look_into_strangers;
pub use listener::Listener;
pub use postbox::{Call, Postbox};
pub use public_url::{PublicUrl, PublicUrlError};
pub use session::Listening;

use crate::base::Token;
use crate::engine::{Fault, FaultClass};

/// What the effects of a build need of its callbacks.
pub struct Callbacks {
    /// Where the provider reaches the listener.
    pub url: PublicUrl,
    /// What has come.
    pub postbox: std::sync::Arc<Postbox>,
}

impl Callbacks {
    /// Makes a token that nobody can guess.
    ///
    /// # Errors
    /// `Local` where the system has no random bytes to give.
    pub fn token(&self) -> Result<Token, Fault> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| {
            Fault::new(FaultClass::Local, format!("the system gives no random bytes: {error}"))
        })?;
        Ok(Token::from_bytes(bytes))
    }
}
