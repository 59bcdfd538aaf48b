//! The configuration: where the API is, which key to use, and how long to wait.
//!
//! Values arrive as the user wrote them and are checked here; the caller reads the environment.
//! Invariant: a configuration's bases are https, or http on this machine.

use std::time::Duration;

use secrecy::SecretString;
use url::{Host, Url};

use super::key::{ApiKey, KeyError};
use crate::base::text::{clean, shorten};
use crate::catalog::{Catalog, Dialect};
use crate::plan::ProviderFamily;

/// The default address of the API (`kling-api.md`, "Endpoint").
const API_BASE: &str = "https://api.kie.ai";

/// The default address of its upload service (`kie-jobs-api.md` section 4).
const UPLOAD_BASE: &str = "https://kieai.redpandaai.co";

/// Where the API is, which key to use, and how long to wait.
#[derive(Clone, Debug)]
pub struct KieConfig {
    /// The dialect to use.
    pub dialect: Dialect,
    /// The catalog, whose forms requests have.
    pub catalog: &'static Catalog,
    /// How long to wait for what.
    pub timeouts: Timeouts,
    api_base: Url,
    upload_base: Url,
    pub(super) key: ApiKey,
}

/// How long to wait for each kind of answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until a connection is made, TLS included. A server that is up answers much sooner; waiting
    /// longer only delays the message that the network is down.
    pub connect: Duration,
    /// Until a submit is answered in full. Long, because giving up early turns a slow answer into a
    /// doubt, and a doubt needs a person.
    pub submit: Duration,
    /// Until a status call is answered in full. Short, because asking again is free.
    pub status: Duration,
    /// Until an upload is answered: 10 MB at 100 kB/s take 100 s.
    pub upload: Duration,
    /// How long a download may receive no byte.
    pub download_stall: Duration,
    /// How long a whole download may take, so that a trickle ends as well.
    pub download_total: Duration,
    /// How long to wait before a broken download is resumed.
    pub resume_pause: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            connect: Duration::from_secs(10),
            submit: Duration::from_secs(120),
            status: Duration::from_secs(30),
            upload: Duration::from_secs(300),
            download_stall: Duration::from_secs(30),
            download_total: Duration::from_secs(3_600),
            resume_pause: Duration::from_millis(500),
        }
    }
}

/// The configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The text cannot be a key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A base is not a URL.
    #[error("`{name}` is `{found}`, which is not a URL ({reason}); write it like `{example}`")]
    NotAUrl {
        /// The variable it came from.
        name: &'static str,
        /// Its value.
        found: String,
        /// What is wrong with it.
        reason: String,
        /// A correct example.
        example: &'static str,
    },
    /// A base has parts that a base cannot have.
    #[error("`{name}` may hold a host, a port and a path, but no {part}")]
    UnwantedPart {
        /// The variable it came from.
        name: &'static str,
        /// The extra part.
        part: &'static str,
    },
    /// The key would travel unencrypted.
    #[error(
        "`{name}` is `{found}`, and the key would travel unencrypted; use https, http is only for \
         `localhost`, `127.0.0.1` and `[::1]`"
    )]
    NotEncrypted {
        /// The variable it came from.
        name: &'static str,
        /// Its value.
        found: String,
    },
}

impl KieConfig {
    /// Checks the values of `KIE_API_BASE`, `KIE_UPLOAD_BASE` and `KIE_API_KEY`.
    ///
    /// Requests have the forms of the embedded catalog until another one is set.
    ///
    /// Uploads go to the API's base if only that was changed: a substitute for the API also
    /// replaces its upload service, and the key must not reach the real one then.
    ///
    /// # Errors
    /// A base is not a URL or would send the key unencrypted, or the key is not valid.
    pub fn from_values(
        api_base: Option<&str>,
        upload_base: Option<&str>,
        key: &SecretString,
        dialect: Dialect,
    ) -> Result<Self, ConfigError> {
        let api_base = given(api_base);
        let upload_default = if api_base.is_some() { api_base } else { Some(UPLOAD_BASE) };
        let upload = given(upload_base).or(upload_default).unwrap_or(UPLOAD_BASE);
        Ok(KieConfig {
            dialect,
            catalog: Catalog::embedded(),
            timeouts: Timeouts::default(),
            api_base: base("KIE_API_BASE", api_base.unwrap_or(API_BASE), API_BASE)?,
            upload_base: base("KIE_UPLOAD_BASE", upload, UPLOAD_BASE)?,
            key: ApiKey::new(key)?,
        })
    }

    /// The family of an API at this base; for planning, which needs no key.
    ///
    /// # Errors
    /// As [`KieConfig::from_values`] if the base is wrong.
    pub fn family_at(api_base: Option<&str>) -> Result<ProviderFamily, ConfigError> {
        let base = base("KIE_API_BASE", given(api_base).unwrap_or(API_BASE), API_BASE)?;
        Ok(family_of(&base))
    }

    /// Where the API is.
    pub fn api_base(&self) -> &Url {
        &self.api_base
    }

    /// Where its upload service is.
    pub fn upload_base(&self) -> &Url {
        &self.upload_base
    }

    /// The family of takes from there: a server on this machine only rehearses.
    pub fn family(&self) -> ProviderFamily {
        family_of(&self.api_base)
    }

    /// Whether the API is a server on this machine.
    pub(super) fn is_rehearsal(&self) -> bool {
        self.family() == ProviderFamily::KlingRehearsal
    }
}

/// A server on this machine only rehearses.
fn family_of(api_base: &Url) -> ProviderFamily {
    if is_loopback_host(api_base) { ProviderFamily::KlingRehearsal } else { ProviderFamily::Kling }
}

/// A variable that is set but empty counts as not set, as users of shells expect.
fn given(value: Option<&str>) -> Option<&str> {
    value.map(str::trim).filter(|value| !value.is_empty())
}

fn base(name: &'static str, text: &str, example: &'static str) -> Result<Url, ConfigError> {
    let not_a_url = |reason: String| ConfigError::NotAUrl {
        name,
        found: shorten(&clean(text), 80),
        reason,
        example,
    };
    let url = Url::parse(text).map_err(|error| not_a_url(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(not_a_url("it starts with neither `https://` nor `http://`".into()));
    }
    // Checked before anything prints the URL: a password must not appear in a message.
    let unwanted = [
        (!url.username().is_empty() || url.password().is_some(), "user name or password"),
        (url.query().is_some(), "query (`?…`)"),
        (url.fragment().is_some(), "fragment (`#…`)"),
    ];
    if let Some((_, part)) = unwanted.into_iter().find(|(found, _)| *found) {
        return Err(ConfigError::UnwantedPart { name, part });
    }
    if url.scheme() == "http" && !is_loopback_host(&url) {
        return Err(ConfigError::NotEncrypted { name, found: url.to_string() });
    }
    Ok(url)
}

/// Whether the text of a URL's host already says that it is this machine.
pub fn is_loopback_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_localhost(name),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether a name means this machine (RFC 6761 section 6.3).
pub(super) fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

/// A path under a base, which may have a path of its own.
pub(super) fn under(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let prefix = base.path().trim_end_matches('/');
    url.set_path(&format!("{prefix}/{}", path.trim_start_matches('/')));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bases(api: Option<&str>, upload: Option<&str>) -> Result<(String, String), String> {
        KieConfig::from_values(api, upload, &"test-key".into(), Dialect::Kling)
            .map(|config| (config.api_base.to_string(), config.upload_base.to_string()))
            .map_err(|error| error.to_string())
    }

    fn pair(api: &str, upload: &str) -> Result<(String, String), String> {
        Ok((api.into(), upload.into()))
    }

    #[test]
    fn uploads_follow_a_moved_api() {
        assert_eq!(bases(None, None), pair("https://api.kie.ai/", "https://kieai.redpandaai.co/"));
        assert_eq!(
            bases(Some("http://127.0.0.1:8700"), Some("")),
            pair("http://127.0.0.1:8700/", "http://127.0.0.1:8700/")
        );
        assert_eq!(
            bases(Some("https://proxy.example/kie"), Some("https://up.example")),
            pair("https://proxy.example/kie", "https://up.example/")
        );
        assert_eq!(
            bases(Some(" "), Some("http://[::1]:1")),
            pair("https://api.kie.ai/", "http://[::1]:1/")
        );
    }

    #[test]
    fn the_key_never_travels_unencrypted() {
        for bad in ["http://api.kie.ai", "http://192.168.0.7:1", "http://localhost.evil.example"] {
            assert!(bases(Some(bad), None).unwrap_err().contains("unencrypted"), "{bad}");
        }
        for good in
            ["http://localhost:1", "http://LOCALHOST", "http://a.localhost", "http://127.9.9.9"]
        {
            assert!(bases(Some(good), None).is_ok(), "{good}");
        }
    }

    #[test]
    fn errors_do_not_contain_secrets() {
        let messages: Vec<String> = [
            "api.kie.ai",
            "ftp://api.kie.ai",
            "https://",
            "https://me:pass@api.kie.ai",
            "https://api.kie.ai/?x=1",
        ]
        .map(|bad| bases(Some(bad), None).unwrap_err())
        .to_vec();
        insta::assert_snapshot!(messages.join("\n"));
    }

    #[test]
    fn paths_are_joined_to_a_base_with_a_path() {
        let with_path = Url::parse("https://proxy.example/kie/").unwrap();
        assert_eq!(under(&with_path, "/api/v1/x").as_str(), "https://proxy.example/kie/api/v1/x");
        let plain = Url::parse("https://api.kie.ai").unwrap();
        assert_eq!(under(&plain, "/api/v1/x").as_str(), "https://api.kie.ai/api/v1/x");
    }

    #[test]
    fn only_a_server_on_this_machine_rehearses() {
        let family =
            |api| KieConfig::from_values(api, None, &"k".into(), Dialect::Kling).unwrap().family();
        assert_eq!(family(None), ProviderFamily::Kling);
        assert_eq!(family(Some("https://proxy.example")), ProviderFamily::Kling);
        assert_eq!(family(Some("http://localhost:1")), ProviderFamily::KlingRehearsal);
    }

    #[test]
    fn debug_hides_the_key() {
        let config =
            KieConfig::from_values(None, None, &"sk-very-secret".into(), Dialect::Kling).unwrap();
        assert!(!format!("{config:?}").contains("very-secret"));
    }
}
