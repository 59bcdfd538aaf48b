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

use std::sync::Arc;

use crate::base::Token;
use crate::engine::{Fault, FaultClass};

/// Where the bytes of tokens come from: 16 that nobody can guess, or why there are none.
pub type TokenBytes = Arc<dyn Fn() -> Result<[u8; 16], String> + Send + Sync>;

/// What the effects of a build need of its callbacks.
#[derive(Clone)]
pub struct Callbacks {
    /// Where the provider reaches the listener.
    pub url: PublicUrl,
    /// What has come.
    pub postbox: Arc<Postbox>,
    /// Where tokens come from.
    pub token_bytes: TokenBytes,
}

impl Callbacks {
    /// Makes a token.
    ///
    /// # Errors
    /// `Local` where there are no bytes for it.
    pub fn token(&self) -> Result<Token, Fault> {
        let bytes = (self.token_bytes)().map_err(|why| Fault::new(FaultClass::Local, why))?;
        Ok(Token::from_bytes(bytes))
    }
}

/// The system's own random bytes.
pub fn system_token_bytes() -> TokenBytes {
    Arc::new(|| {
        let mut bytes = [0; 16];
        match getrandom::fill(&mut bytes) {
            Ok(()) => Ok(bytes),
            Err(error) => Err(format!("the system gives no random bytes: {error}")),
        }
    })
}
