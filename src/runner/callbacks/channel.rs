//! The channel: how a build sends callback addresses and receives callbacks.

use std::sync::Arc;

use super::inbox::CallbackInbox;
use crate::base::{Fault, FaultClass, Token};
use crate::runner::public_url::PublicUrl;

/// The source of tokens: 16 bytes that cannot be guessed, or why there are none.
pub type TokenBytes = Arc<dyn Fn() -> Result<[u8; 16], String> + Send + Sync>;

/// What the effects of a build need for callbacks.
#[derive(Clone)]
pub struct CallbackChannel {
    /// Where the provider reaches the listener.
    pub url: PublicUrl,
    /// The callbacks that have arrived.
    pub inbox: Arc<CallbackInbox>,
    /// The source of tokens.
    pub token_bytes: TokenBytes,
}

impl CallbackChannel {
    /// Creates a token.
    ///
    /// # Errors
    /// `Local` if there are no bytes for it.
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
            Err(error) => Err(format!("the system provides no random bytes: {error}")),
        }
    })
}
