//! A small server that speaks the part of S3's protocol that hosting uses, and checks the signature of
//! each request as the documentation of SigV4 says, with nothing of the signer's code.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use tokio::runtime::Runtime;

pub const KEY_ID: &str = "AKIAEXAMPLE";
pub const SECRET: &str = "wJalrXUtnFEMI-very-secret";
pub const TOKEN: &str = "a/session+token==";
pub const REGION: &str = "eu-test-1";

/// What the server does besides its duty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Oddities {
    /// It refuses questions about objects that are not there, as where a bucket may not be listed.
    pub is_unlistable: bool,
    /// How many requests it answers with 503 first.
    pub busy: usize,
    /// It stores what somebody else puts there just before, and says that it was there.
    pub is_overtaken: bool,
    /// Everyone can read it.
    pub is_public: bool,
    /// It lets nobody look for objects or read them with credentials.
    pub is_write_only: bool,
}

/// A request that it has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub status: u16,
    pub content_type: Option<String>,
    pub if_none_match: Option<String>,
}

#[derive(Default)]
struct Stored {
    oddities: Oddities,
    objects: BTreeMap<String, (Bytes, String)>,
    seen: Vec<Seen>,
}

/// The server, on a thread of its own.
pub struct BucketServer {
    _runtime: Runtime,
    address: String,
    stored: Arc<Mutex<Stored>>,
}

impl BucketServer {
    pub fn new(oddities: Oddities) -> BucketServer {
        let runtime = Runtime::new().unwrap();
        let stored = Arc::new(Mutex::new(Stored { oddities, ..Stored::default() }));
        let app = Router::new().fallback(answer).with_state(Arc::clone(&stored));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move { axum::serve(listener, app).await.unwrap() });
        BucketServer { _runtime: runtime, address, stored }
    }

    /// Its address, for `AWS_ENDPOINT_URL_S3`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The objects, by path.
    pub fn objects(&self) -> BTreeMap<String, (Bytes, String)> {
        self.stored.lock().unwrap().objects.clone()
    }

    pub fn store(&self, path: &str, bytes: &'static [u8]) {
        let object = (Bytes::from_static(bytes), "image/png".to_string());
        self.stored.lock().unwrap().objects.insert(path.to_string(), object);
    }

    /// The requests since the last call.
    pub fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.stored.lock().unwrap().seen)
    }
}

async fn answer(
    State(stored): State<Arc<Mutex<Stored>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<axum::body::Body> {
    let mut stored = stored.lock().unwrap();
    let header = |name: &str| Some(headers.get(name)?.to_str().unwrap().to_string());
    let path = uri.path().to_string();
    let (content_type, if_none_match) = (header("content-type"), header("if-none-match"));
    let held = stored.objects.get(&path).cloned();
    let (status, code, shown) = match refusal(&method, &uri, &headers) {
        _ if stored.oddities.busy > 0 => {
            stored.oddities.busy -= 1;
            (503, "SlowDown", None)
        }
        Some(_) if method == Method::GET && stored.oddities.is_public && held.is_some() => {
            (200, "", held)
        }
        Some(code) => (403, code, None),
        None => match (method.as_str(), held) {
            ("GET" | "HEAD", _) if stored.oddities.is_write_only => (403, "AccessDenied", None),
            ("GET" | "HEAD", Some(object)) => (200, "", Some(object)),
            ("HEAD", None) if stored.oddities.is_unlistable => (403, "AccessDenied", None),
            ("GET" | "HEAD", None) => (404, "NoSuchKey", None),
            ("PUT", Some(_)) if if_none_match.as_deref() == Some("*") => {
                (412, "PreconditionFailed", None)
            }
            ("PUT", _) => {
                let object = (body, content_type.clone().unwrap_or_default());
                stored.objects.insert(path.clone(), object);
                match stored.oddities.is_overtaken {
                    true => (412, "PreconditionFailed", None),
                    false => (200, "", None),
                }
            }
            _ => (405, "MethodNotAllowed", None),
        },
    };
    let method = method.to_string();
    stored.seen.push(Seen { method, path, status, content_type, if_none_match });
    let answer = Response::builder().status(StatusCode::from_u16(status).unwrap());
    let error = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Key>x</Key></Error>");
    match shown {
        Some((bytes, media_type)) => answer.header("content-type", media_type).body(bytes.into()),
        None if status == 200 => answer.body(Bytes::new().into()),
        None => answer.body(error.into()),
    }
    .unwrap()
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// Why a request is not signed as it must be; `None` if it is.
fn refusal(method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<&'static str> {
    let query = uri.query().unwrap_or_default();
    let mut parameters: Vec<(&str, &str)> =
        query.split('&').filter_map(|part| part.split_once('=')).collect();
    parameters.sort_unstable();
    let value = |name: &str| parameters.iter().find(|one| one.0 == name).map(|one| one.1);
    let decoded = |name: &str| {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.find(|pair| pair.0 == name).map(|pair| pair.1.into_owned())
    };
    let Some(signature) = value("X-Amz-Signature") else { return Some("AccessDenied") };
    if decoded("X-Amz-Security-Token").as_deref() != Some(TOKEN) {
        return Some("InvalidToken");
    }
    let date = value("X-Amz-Date")?;
    let scope = format!("{}/{REGION}/s3/aws4_request", &date[..8]);
    if decoded("X-Amz-Credential") != Some(format!("{KEY_ID}/{scope}")) {
        return Some("InvalidAccessKeyId");
    }
    let signed: jiff::Timestamp =
        jiff::fmt::strtime::parse("%Y%m%dT%H%M%S%z", date.replace('Z', "+0000"))
            .unwrap()
            .to_timestamp()
            .unwrap();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() as i64;
    let age = now - signed.as_second();
    let lasts: i64 = value("X-Amz-Expires").unwrap().parse().unwrap();
    if !(-60..=lasts).contains(&age) {
        return Some("RequestTimeTooSkewed");
    }
    let signed_names = decoded("X-Amz-SignedHeaders").unwrap();
    // What decides about an overwrite must not be left to who carries the request.
    let must_be_signed: &[&str] = match *method {
        Method::PUT => &["content-type", "host", "if-none-match"],
        _ => &["host"],
    };
    if !must_be_signed.iter().all(|name| signed_names.split(';').any(|signed| signed == *name)) {
        return Some("HeadersNotSigned");
    }
    let lines: String = signed_names
        .split(';')
        .map(|name| format!("{name}:{}\n", headers[name].to_str().unwrap().trim()))
        .collect();
    let others = parameters.iter().filter(|one| one.0 != "X-Amz-Signature");
    let canonical_query: Vec<String> =
        others.map(|(name, value)| format!("{name}={value}")).collect();
    let canonical = format!(
        "{method}\n{}\n{}\n{lines}\n{signed_names}\nUNSIGNED-PAYLOAD",
        uri.path(),
        canonical_query.join("&")
    );
    let digest = hex::encode(Sha256::digest(canonical.as_bytes()));
    let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{digest}");
    let mut key = hmac(format!("AWS4{SECRET}").as_bytes(), &date[..8]);
    for part in [REGION, "s3", "aws4_request"] {
        key = hmac(&key, part);
    }
    (hex::encode(hmac(&key, &to_sign)) != signature).then_some("SignatureDoesNotMatch")
}
