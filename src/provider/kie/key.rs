//! The API key: proves to the API who pays.
//!
//! It can be put into a request or removed from a text, and nothing else: `Debug` hides it, and
//! every message that leaves this folder passes through [`ApiKey::cleaned`].

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use super::words::without_signatures;
use crate::base::text::{clean, shorten};

/// The longest foreign text in a message, in columns.
const MESSAGE_MAX_COLUMNS: usize = 300;

/// The shortest key that is removed from texts. Shorter ones are no secrets: rehearsals use words
/// such as `sim`, which are parts of other words.
const SECRET_MIN_BYTES: usize = 8;

/// A text that cannot be the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is empty.
    #[error("there is no API key; set `KIE_API_KEY` or give `--api-key-file`")]
    Missing,
    /// An HTTP header cannot contain it.
    #[error(
        "the API key contains spaces, line breaks or non-ASCII characters; copy it again into \
         `KIE_API_KEY` or the key file"
    )]
    Unusable,
}

/// The key, ready to be sent.
#[derive(Clone, Debug)]
pub(super) struct ApiKey {
    secret: SecretString,
    bearer: HeaderValue,
}

impl ApiKey {
    /// Reads a key, which may have spaces or a line end around it.
    pub fn new(text: &SecretString) -> Result<Self, KeyError> {
        let trimmed = text.expose_secret().trim();
        if trimmed.is_empty() {
            return Err(KeyError::Missing);
        }
        if !trimmed.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(KeyError::Unusable);
        }
        let mut bearer = HeaderValue::try_from(format!("Bearer {trimmed}"))
            .expect("graphic ASCII characters are allowed in a header");
        bearer.set_sensitive(true);
        Ok(ApiKey { secret: SecretString::from(trimmed), bearer })
    }

    /// The value of the `Authorization` header.
    pub fn bearer(&self) -> HeaderValue {
        self.bearer.clone()
    }

    /// Makes foreign text safe for a message: plain, without the key and without the signatures of
    /// addresses, of bounded length.
    pub fn cleaned(&self, text: &str) -> String {
        // The key is removed before the text is cut, or a part of it could remain at the end.
        let (text, key) = (without_signatures(&clean(text)), self.secret.expose_secret());
        let text = if key.len() < SECRET_MIN_BYTES { text } else { text.replace(key, "[key]") };
        shorten(&text, MESSAGE_MAX_COLUMNS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_never_appears_in_text() {
        let key = ApiKey::new(&" sk-1234567890\n".into()).unwrap();
        assert_eq!(key.bearer().as_bytes(), b"Bearer sk-1234567890");
        assert!(!format!("{key:?}").contains("1234567890"), "{key:?}");
        assert_eq!(key.cleaned("no: sk-12\u{7}34567890!"), "no: [key]!");
        let cut_inside = format!("{}sk-1234567890", "x".repeat(295));
        assert!(!key.cleaned(&cut_inside).contains("sk-1"));
        let rehearsal = ApiKey::new(&"sim".into()).unwrap();
        assert_eq!(rehearsal.cleaned("a simple prompt"), "a simple prompt");
        let shortest = ApiKey::new(&"12345678".into()).unwrap();
        assert_eq!(shortest.cleaned("key 12345678"), "key [key]");
    }

    #[test]
    fn keys_that_do_not_fit_in_a_header_are_refused() {
        assert_eq!(ApiKey::new(&" \n".into()).unwrap_err(), KeyError::Missing);
        assert_eq!(ApiKey::new(&"a b".into()).unwrap_err(), KeyError::Unusable);
        assert_eq!(ApiKey::new(&"schlüssel".into()).unwrap_err(), KeyError::Unusable);
    }
}
