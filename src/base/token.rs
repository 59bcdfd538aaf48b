//! Tokens: proof that a callback comes from someone who was given its address.

use std::fmt;
use std::str::FromStr;

/// 128 bits that cannot be guessed, written as 32 lower-case hex digits. A token names one
/// submission and is sent with it, as part of its callback address.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Token(String);

/// The text is not 32 lower-case hex digits. It is not shown, because it may be a mistyped secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a token has 32 hex digits")]
pub struct ParseTokenError;

impl Token {
    /// A token from 16 random bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Token {
        Token(hex::encode(bytes))
    }

    /// The token as text, for a callback address or the ledger.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Token {
    type Err = ParseTokenError;

    fn from_str(text: &str) -> Result<Token, ParseTokenError> {
        let digits = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if digits && text.len() == 32 { Ok(Token(text.to_string())) } else { Err(ParseTokenError) }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_tokens_are_read_and_none_is_shown() {
        let token = Token::from_bytes([0xab; 16]);
        assert_eq!(token.as_str().parse(), Ok(token.clone()));
        assert!(!format!("{token:?}").contains("ab"));
        let upper = token.as_str().to_uppercase();
        for bad in ["", "abab", upper.as_str(), &format!("{}0", token.as_str()), &"é".repeat(16)] {
            assert_eq!(bad.parse::<Token>(), Err(ParseTokenError), "{bad}");
        }
    }
}
