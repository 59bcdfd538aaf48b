//! The channel: what a build needs of its callbacks.

use std::sync::Arc;

use super::inbox::CallbackInbox;
use crate::base::Token;
use crate::engine::{Fault, FaultClass};
use crate::runner::public_url::PublicUrl;

/// Where the bytes of tokens come from: 16 that nobody can guess, or why there are none.
pub type TokenBytes = Arc<dyn Fn() -> Result<[u8; 16], String> + Send + Sync>;

/// What the effects of a build need of its callbacks.
#[derive(Clone)]
pub struct CallbackChannel {
    /// Where the provider reaches the listener.
    pub url: PublicUrl,
    /// What has come.
    pub inbox: Arc<CallbackInbox>,
    /// Where tokens come from.
    pub token_bytes: TokenBytes,
}

impl CallbackChannel {
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
