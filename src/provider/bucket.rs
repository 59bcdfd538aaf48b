//! The bucket: puts local files into an S3-compatible bucket, so that the API can fetch them.
//!
//! Objects are named by the SHA-256 of their content and put only if they are not there, so a put
//! may be repeated. Requests carry their signature in the query string (SigV4), which is made for
//! each of them and is neither kept nor shown: faults name the bucket and the object.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, IF_NONE_MATCH};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response};
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::contract::FileToHost;
use super::kie::{checked_bytes, connection_fault, is_loopback_host, of_error, public_url};
use crate::base::text::{clean, shorten};
use crate::base::{Fault, FaultClass, Moment};
use crate::store::SharedDisk;
use crate::storyboard::BucketPlace;

/// How long the API can read a signed address, from the moment in which the order is sent. Tasks wait
/// at the service for minutes, on bad days for hours. Temporary credentials may end sooner, and their
/// addresses with them.
const READABLE: Duration = Duration::from_secs(24 * 60 * 60);

/// How long the signature of one of our own requests holds: as long as the request may take, and the
/// clock of a machine may be off by.
const SIGNED: Duration = Duration::from_secs(15 * 60);

/// How long to wait for a connection, for an answer without a body, and for the end of an upload.
const CONNECT_MAX: Duration = Duration::from_secs(10);
const ANSWER_MAX: Duration = Duration::from_secs(30);
const UPLOAD_MAX: Duration = Duration::from_secs(300);

/// The longest error that is read, in bytes; the documented ones have some hundred.
const ERROR_MAX_BYTES: usize = 64 << 10;

/// The region of a service that has none, and of Amazon where none is given.
const USUAL_REGION: &str = "us-east-1";

/// What the environment says about buckets, in the variables of Amazon's tools.
#[derive(Clone, Debug, Default)]
pub struct BucketAccess {
    /// `AWS_ACCESS_KEY_ID`
    pub key_id: Option<String>,
    /// `AWS_SECRET_ACCESS_KEY`
    pub secret: Option<SecretString>,
    /// `AWS_SESSION_TOKEN`, of temporary credentials.
    pub session_token: Option<SecretString>,
    /// `AWS_REGION`, else `AWS_DEFAULT_REGION`.
    pub region: Option<String>,
    /// `AWS_ENDPOINT_URL_S3`, else `AWS_ENDPOINT_URL`.
    pub endpoint: Option<String>,
}

/// A bucket cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BucketError {
    /// A variable is not set.
    #[error("`hosting.s3` needs credentials, and `{0}` is not set")]
    NoCredentials(&'static str),
    /// The address of the service is not one.
    #[error("the endpoint of the bucket is `{found}`, {why}")]
    Endpoint {
        /// The address.
        found: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// This machine cannot do HTTPS.
    #[error("HTTPS does not work on this machine: {0}")]
    NoHttps(String),
}

impl BucketError {
    /// What to do about it.
    pub const fn fix(&self) -> &'static str {
        match self {
            BucketError::NoCredentials(_) => {
                "set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` (and `AWS_SESSION_TOKEN` for \
                 temporary ones); never write them into a file"
            }
            BucketError::Endpoint { .. } => {
                "write `https://host` in `endpoint` or `AWS_ENDPOINT_URL_S3`, without the bucket"
            }
            BucketError::NoHttps(_) => "check the system's certificates",
        }
    }
}

/// What a look for an object found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ObjectLook {
    /// It is there, as long as the file.
    There,
    /// It is not there.
    Absent,
    /// The bucket does not say.
    Refused,
}

/// The bucket that a film's files are put into.
pub struct FilmBucket {
    bucket: Bucket,
    credentials: Credentials,
    prefix: String,
    public_url: Option<String>,
    client: Client,
    disk: SharedDisk,
}

impl FilmBucket {
    /// Whether a film's bucket is on this machine, as in tests and rehearsals.
    pub fn is_on_this_machine(place: &BucketPlace, access: &BucketAccess) -> bool {
        let named = place.endpoint.as_ref().or(access.endpoint.as_ref());
        named.is_some_and(|named| endpoint(named).is_ok_and(|url| is_loopback_host(&url)))
    }

    /// The bucket of a film, with what the environment says; opens no connection. What the film says
    /// comes before the environment.
    ///
    /// # Errors
    /// Credentials are missing, or the address of the service is not https (or http on this machine).
    pub fn new(
        place: &BucketPlace,
        access: &BucketAccess,
        disk: SharedDisk,
    ) -> Result<FilmBucket, BucketError> {
        let key_id = access.key_id.as_deref();
        let key_id = key_id.ok_or(BucketError::NoCredentials("AWS_ACCESS_KEY_ID"))?;
        let secret = access.secret.as_ref().map(SecretString::expose_secret);
        let secret = secret.ok_or(BucketError::NoCredentials("AWS_SECRET_ACCESS_KEY"))?;
        let credentials = match &access.session_token {
            Some(token) => Credentials::new_with_token(key_id, secret, token.expose_secret()),
            None => Credentials::new(key_id, secret),
        };
        let region = place.region.as_ref().or(access.region.as_ref());
        let region = region.map_or(USUAL_REGION, String::as_str);
        let named = place.endpoint.as_ref().or(access.endpoint.as_ref());
        let amazon = format!("https://s3.{region}.amazonaws.com");
        let endpoint = endpoint(named.unwrap_or(&amazon))?;
        let is_local = is_loopback_host(&endpoint);
        // Amazon's certificates hold for one more part of a name, and other services may have none.
        let style = match named.is_some() || place.bucket.contains(['.', '_']) {
            true => UrlStyle::Path,
            false => UrlStyle::VirtualHost,
        };
        let bucket = Bucket::new(endpoint, style, place.bucket.clone(), region.to_string());
        let bucket = bucket.map_err(|_| BucketError::Endpoint {
            found: shorten(named.unwrap_or(&amazon), 80),
            why: "where no bucket can be",
        })?;
        let (prefix, public_url) = (place.prefix.clone(), place.public_url.clone());
        let client = client(is_local).map_err(|error| BucketError::NoHttps(of_error(&error)))?;
        Ok(FilmBucket { bucket, credentials, prefix, public_url, client, disk })
    }

    /// The name of a file's object: its content's SHA-256 with the usual extension, which the API
    /// judges files by.
    pub fn object_of(&self, file: &FileToHost) -> String {
        let name = format!("{}.{}", file.digest, file.extension);
        match self.prefix.as_str() {
            "" => name,
            prefix => format!("{prefix}/{name}"),
        }
    }

    /// An address of an object for the API: public, or signed at this moment for 24 hours.
    pub fn address(&self, object: &str, now: Moment) -> String {
        let public = self.public_url.as_deref().and_then(|base| public_url(base, object).ok());
        let signed = || {
            let action = self.bucket.get_object(Some(&self.credentials), object);
            action.sign_with_time(READABLE, &timestamp(now)).into()
        };
        public.unwrap_or_else(signed)
    }

    /// Puts a file into the bucket, unless it is there.
    ///
    /// # Errors
    /// `NotSent` or `Transient` if it may be tried again; `Local` if the file cannot be read or has
    /// changed, if the bucket refuses it, or if another object has its name.
    pub async fn put(&self, file: &FileToHost, now: Moment) -> Result<(), Fault> {
        let object = self.object_of(file);
        let length = self
            .disk
            .stamp(&file.path)
            .map_err(|error| local(format!("`{}` cannot be read: {error}", file.path.display())));
        if self.look_for(&object, length?.bytes(), now).await? == ObjectLook::There {
            return Ok(());
        }
        let bytes = checked_bytes(&self.disk, file).await?;
        let length = bytes.len() as u64;
        let answer = self.send_bytes(&object, file.media_type, bytes, now).await?;
        match answer.status().as_u16() {
            200..=299 => {}
            // Somebody else has put it there just now, or is about to.
            409 | 412 => {}
            _ => return Err(self.refused(&object, answer).await),
        }
        match self.look_for(&object, length, now).await? {
            ObjectLook::There => Ok(()),
            // Credentials that may only write are enough where the objects are public.
            ObjectLook::Refused if self.public_url.is_some() => Ok(()),
            ObjectLook::Refused => Err(local(format!(
                "{} was put there, but these credentials may not read it, and the service reads with \
                 them: allow `s3:GetObject`, or write `public_url` if the objects are public",
                self.shown(&object)
            ))),
            ObjectLook::Absent => {
                let what = format!("{} is not there after it was put there", self.shown(&object));
                Err(Fault::new(FaultClass::Transient, what))
            }
        }
    }

    /// Looks for an object of this length. A bucket that may not be listed refuses the question where
    /// there is none, and one that may not be read always does: putting it decides.
    async fn look_for(&self, object: &str, length: u64, now: Moment) -> Result<ObjectLook, Fault> {
        let action = self.bucket.head_object(Some(&self.credentials), object);
        let url = action.sign_with_time(SIGNED, &timestamp(now));
        let answer = self.answer(object, self.client.head(url).timeout(ANSWER_MAX)).await?;
        match answer.status().as_u16() {
            200 => {}
            403 => return Ok(ObjectLook::Refused),
            404 => return Ok(ObjectLook::Absent),
            _ => return Err(self.refused(object, answer).await),
        }
        let found = answer.headers().get(CONTENT_LENGTH);
        let found = found.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        match found {
            Some(found) if found != length => Err(local(format!(
                "{} has {found} bytes, and the file with that SHA-256 has {length}: remove the object",
                self.shown(object)
            ))),
            _ => Ok(ObjectLook::There),
        }
    }

    async fn send_bytes(
        &self,
        object: &str,
        media_type: &'static str,
        bytes: Vec<u8>,
        now: Moment,
    ) -> Result<Response, Fault> {
        let mut action = self.bucket.put_object(Some(&self.credentials), object);
        let headers = action.headers_mut();
        headers.insert("content-type", media_type);
        headers.insert("if-none-match", "*");
        let url = action.sign_with_time(SIGNED, &timestamp(now));
        let request = self.client.put(url).timeout(UPLOAD_MAX);
        let request = request.header(CONTENT_TYPE, media_type).header(IF_NONE_MATCH, "*");
        self.answer(object, request.body(bytes)).await
    }

    async fn answer(&self, object: &str, request: RequestBuilder) -> Result<Response, Fault> {
        request.send().await.map_err(|error| {
            // What is said names the host alone: the address has a signature in it.
            let fault = match error.is_connect() {
                true => connection_fault(&error),
                false => Fault::new(FaultClass::Transient, of_error(&error.without_url())),
            };
            let what = format!("no answer about {}: {}", self.shown(object), clean(&fault.message));
            Fault::new(fault.class, what)
        })
    }

    /// Why the bucket refused an object, by the code in its answer.
    async fn refused(&self, object: &str, mut answer: Response) -> Fault {
        let status = answer.status().as_u16();
        let mut body = Vec::new();
        while let Ok(Some(chunk)) = answer.chunk().await {
            body.extend_from_slice(&chunk[..chunk.len().min(ERROR_MAX_BYTES - body.len())]);
            if body.len() == ERROR_MAX_BYTES {
                break;
            }
        }
        let body = String::from_utf8_lossy(&body);
        let code = body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
        let code =
            code.map_or_else(String::new, |(code, _)| format!(" {}", shorten(&clean(code), 60)));
        let what = format!("{} was refused ({status}{code})", self.shown(object));
        let advice = match status {
            429 | 500..=599 => return Fault::new(FaultClass::Transient, what),
            403 => "check the `AWS_…` variables, what they allow, and this machine's clock",
            404 => "check the names of the bucket and of its region",
            _ => "check `hosting.s3`: the bucket, its region and its endpoint",
        };
        local(format!("{what}: {advice}"))
    }

    /// An object in messages: `s3://films/harbor/0a1b….png`.
    fn shown(&self, object: &str) -> String {
        format!("`s3://{}/{object}`", self.bucket.name())
    }
}

/// The address of a service.
fn endpoint(text: &str) -> Result<Url, BucketError> {
    let refuse = |why| Err(BucketError::Endpoint { found: shorten(&clean(text), 80), why });
    let Ok(url) = Url::parse(text.trim()) else { return refuse("which is not a URL") };
    if !url.username().is_empty() || url.password().is_some() {
        let found = "https://…@…".to_string();
        return Err(BucketError::Endpoint { found, why: "which has a password in it" });
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback_host(&url) => Ok(url),
        "http" => refuse("which is not secure"),
        _ => refuse("which is not an https URL"),
    }
}

/// Sends each request once, and follows no answer elsewhere.
fn client(is_local: bool) -> Result<Client, reqwest::Error> {
    let builder = || {
        let builder = Client::builder()
            .user_agent(concat!("kling-build/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_MAX);
        // A proxy cannot reach a server on this machine.
        if is_local { builder.no_proxy() } else { builder }
    };
    match builder().build() {
        // Bare containers have no certificates, and a server on this machine needs none.
        Err(_) if is_local => builder().tls_certs_only([]).build(),
        built => built,
    }
}

fn timestamp(now: Moment) -> Timestamp {
    Timestamp::from_millisecond(now.millis()).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn local(what: String) -> Fault {
    Fault::new(FaultClass::Local, what)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use super::*;
    use crate::base::Digest;
    use crate::store::LocalDisk;

    fn place() -> BucketPlace {
        BucketPlace {
            bucket: "films".into(),
            endpoint: None,
            region: None,
            prefix: String::new(),
            public_url: None,
        }
    }

    fn access() -> BucketAccess {
        BucketAccess {
            key_id: Some("AKIAEXAMPLE".into()),
            secret: Some("very-secret".into()),
            ..BucketAccess::default()
        }
    }

    fn bucket(place: &BucketPlace, access: &BucketAccess) -> Result<FilmBucket, BucketError> {
        FilmBucket::new(place, access, Arc::new(LocalDisk))
    }

    fn address(place: &BucketPlace, access: &BucketAccess) -> String {
        let file = FileToHost {
            path: PathBuf::from("a.png"),
            digest: Digest::of(b"a"),
            media_type: "image/png",
            extension: "png",
        };
        let bucket = bucket(place, access).unwrap();
        let object = bucket.object_of(&file);
        let address = bucket.address(&object, Moment::from_millis(1_800_000_000_000));
        address.replace(&Digest::of(b"a").to_string(), "DIGEST")
    }

    #[test]
    fn addresses_follow_the_film_then_the_environment() {
        let (plain, amazon) = (place(), access());
        let signed = address(&plain, &amazon);
        let start = "https://films.s3.us-east-1.amazonaws.com/DIGEST.png?X-Amz-Algorithm=";
        assert!(signed.starts_with(start), "{signed}");
        assert!(signed.contains("X-Amz-Expires=86400&") && signed.contains("&X-Amz-Signature="));
        assert!(!signed.contains("very-secret"));
        let elsewhere = BucketAccess {
            region: Some("eu-central-1".into()),
            endpoint: Some("https://minio.example:9000".into()),
            session_token: Some("session".into()),
            ..access()
        };
        let signed = address(&plain, &elsewhere);
        assert!(signed.starts_with("https://minio.example:9000/films/DIGEST.png?"), "{signed}");
        assert!(signed.contains("%2Feu-central-1%2Fs3%2F"), "{signed}");
        assert!(signed.contains("X-Amz-Security-Token=session"), "{signed}");
        let own = BucketPlace {
            endpoint: Some("https://s3.example".into()),
            region: Some("auto".into()),
            prefix: "harbor/in".into(),
            ..place()
        };
        let signed = address(&own, &elsewhere);
        assert!(signed.starts_with("https://s3.example/films/harbor/in/DIGEST.png?"), "{signed}");
        assert!(signed.contains("%2Fauto%2Fs3%2F"), "{signed}");
        let public = BucketPlace { public_url: Some("https://cdn.example/x".into()), ..own };
        assert_eq!(address(&public, &elsewhere), "https://cdn.example/x/harbor/in/DIGEST.png");
    }

    #[test]
    fn what_is_missing_or_insecure_is_named() {
        let error = |place: &BucketPlace, access: &BucketAccess| match bucket(place, access) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        };
        let no_secret = BucketAccess { secret: None, ..access() };
        assert!(error(&place(), &no_secret).contains("`AWS_SECRET_ACCESS_KEY` is not set"));
        assert!(error(&place(), &BucketAccess::default()).contains("`AWS_ACCESS_KEY_ID`"));
        let at = |endpoint: &str| BucketPlace { endpoint: Some(endpoint.into()), ..place() };
        assert!(error(&at("http://minio.example"), &access()).contains("not secure"));
        assert!(error(&at("minio.example"), &access()).contains("not a URL"));
        let with_password = error(&at("https://me:pass@minio.example"), &access());
        assert!(with_password.contains("password") && !with_password.contains("pass@"));
        assert_eq!(error(&at("http://127.0.0.1:9000"), &access()), "");
        assert!(!format!("{:?}", access()).contains("very-secret"));
    }
}
