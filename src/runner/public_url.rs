//! The public URL: where the provider reaches the listener, usually through a tunnel or a proxy.

use std::fmt;
use std::str::FromStr;

use url::Url;

use crate::base::Token;
use crate::provider::kie::is_loopback_host;

/// A URL under which the listener is reached: https, or http on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(Url);

/// The text is not such a URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicUrlError {
    /// It is not a URL.
    #[error("it is not a URL ({0}); write it like `https://hooks.example.com/kling`")]
    NotAUrl(String),
    /// Everybody could read the tokens in transit.
    #[error("the tokens of callbacks would travel unencrypted; use https")]
    NotEncrypted,
    /// It has parts that a callback's address cannot have.
    #[error("it may hold a host, a port and a path, but no {0}")]
    UnwantedPart(&'static str),
}

impl PublicUrl {
    /// The callback address of the submission with that token: the token is the last part of the
    /// path.
    pub fn of_token(&self, token: &Token) -> Url {
        let mut url = self.0.clone();
        let prefix = self.0.path().trim_end_matches('/');
        url.set_path(&format!("{prefix}/{}", token.as_str()));
        url
    }

    /// The token in the path of a request. The path before it may be missing, because proxies may
    /// be configured to remove it.
    pub fn token_in(&self, path: &str) -> Option<Token> {
        let (before, token) = path.rsplit_once('/')?;
        let prefix = self.0.path().trim_end_matches('/');
        if before.is_empty() || before == prefix { token.parse().ok() } else { None }
    }

    /// Whether only this machine itself can reach it.
    pub fn is_loopback(&self) -> bool {
        is_loopback_host(&self.0)
    }
}

impl FromStr for PublicUrl {
    type Err = PublicUrlError;

    fn from_str(text: &str) -> Result<PublicUrl, PublicUrlError> {
        let not_a_url = |reason: String| PublicUrlError::NotAUrl(reason);
        let url = Url::parse(text.trim()).map_err(|error| not_a_url(error.to_string()))?;
        let unwanted = [
            (!url.username().is_empty() || url.password().is_some(), "user name or password"),
            (url.query().is_some(), "query (`?…`)"),
            (url.fragment().is_some(), "fragment (`#…`)"),
        ];
        if let Some((_, part)) = unwanted.into_iter().find(|(found, _)| *found) {
            return Err(PublicUrlError::UnwantedPart(part));
        }
        match url.scheme() {
            "https" => Ok(PublicUrl(url)),
            "http" if is_loopback_host(&url) => Ok(PublicUrl(url)),
            "http" => Err(PublicUrlError::NotEncrypted),
            _ => Err(not_a_url("it does not start with `https://`".into())),
        }
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> PublicUrl {
        text.parse().unwrap()
    }

    #[test]
    fn token_round_trips_through_the_path() {
        let token = Token::from_bytes([7; 16]);
        for (base, address) in [
            ("https://h.example", format!("https://h.example/{}", token.as_str())),
            ("https://h.example/k/", format!("https://h.example/k/{}", token.as_str())),
            ("http://127.0.0.1:9000/k", format!("http://127.0.0.1:9000/k/{}", token.as_str())),
        ] {
            let of_token = url(base).of_token(&token);
            assert_eq!(of_token.as_str(), address);
            assert_eq!(url(base).token_in(of_token.path()), Some(token.clone()));
            assert_eq!(url(base).token_in(&format!("/{}", token.as_str())), Some(token.clone()));
            for bad in [format!("/x/{}", token.as_str()), format!("/{}/", token.as_str())] {
                assert_eq!(url(base).token_in(&bad), None, "{bad}");
            }
            for bad in ["", "/", "/k", "/k/", "/favicon.ico", "*"] {
                assert_eq!(url(base).token_in(bad), None, "{bad}");
            }
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let said = [
            "hooks.example.com",
            "ftp://hooks.example.com",
            "http://hooks.example.com",
            "http://192.168.0.7:9000",
            "https://me:secret@hooks.example.com",
            "https://hooks.example.com/?token=1",
        ]
        .map(|bad| format!("{bad}: {}", bad.parse::<PublicUrl>().unwrap_err()));
        insta::assert_snapshot!(said.join("\n"));
        assert!(url("http://localhost:1").is_loopback() && !url("https://h.example").is_loopback());
    }
}
