//! Downloads: a finished video from its address into a writer, without the key.
//!
//! Bytes pass through in constant memory and are never decoded. Redirects are followed by hand, so
//! that every address is checked before it is requested. A transfer that is cut off resumes where
//! it stopped, as far as [`Transfer`] allows.

use std::sync::Arc;

use reqwest::header::LOCATION;
use reqwest::{Client, Response};
use tokio::time::timeout;
use url::Url;

use super::address_guard::{AllowedHosts, ForbiddenAddress, GuardedResolver};
use super::answer::NoAnswer;
use super::not_connected::not_connected;
use super::transfer::{Transfer, TransferStop, broken};
use super::transport::{NoHttps, client};
use crate::base::{Fault, FaultClass};
use crate::provider::contract::VideoSink;
use crate::provider::kie::config::{KieConfig, Timeouts};
use crate::provider::kie::words;

/// The most redirects followed for one answer.
const REDIRECTS_MAX: usize = 5;

/// How often one transfer is resumed after it was cut off.
const RESUMES_MAX: usize = 5;

/// Downloads videos.
pub(super) struct Downloads {
    client: Client,
    resolver: Arc<GuardedResolver>,
    timeouts: Timeouts,
}

impl Downloads {
    /// Opens no connection yet.
    ///
    /// # Errors
    /// This machine cannot do HTTPS.
    pub fn new(config: &KieConfig) -> Result<Self, NoHttps> {
        let allowed = if config.is_rehearsal() {
            AllowedHosts::PublicAndLoopback
        } else {
            AllowedHosts::Public
        };
        let resolver = Arc::new(GuardedResolver::new(allowed));
        let client =
            client(config, |builder| builder.referer(false).dns_resolver(resolver.clone()))?;
        Ok(Downloads { client, resolver, timeouts: config.timeouts.clone() })
    }

    /// Writes the file at `address` to `into`, either all of it or an error.
    ///
    /// # Errors
    /// `Forbidden`, `Untrusted`, `NotFound`, `Broken`, `Transient` or `Local`, depending on the cause; after an
    /// error, discard what was written.
    pub async fn fetch(&self, address: &str, into: &mut dyn VideoSink) -> Result<(), Fault> {
        let wait_max = self.timeouts.download_total;
        timeout(wait_max, self.fetch_resuming(address, into)).await.unwrap_or_else(|_| {
            let message =
                format!("the download was not finished within {} s", wait_max.as_secs_f64());
            Err(Fault::new(FaultClass::Transient, message))
        })
    }

    async fn fetch_resuming(&self, address: &str, into: &mut dyn VideoSink) -> Result<(), Fault> {
        let url = Url::parse(address).map_err(|error| {
            Fault::new(FaultClass::Forbidden, format!("the video's address is not a URL: {error}"))
        })?;
        let mut transfer = Transfer::default();
        let mut resumes = 0;
        loop {
            let words = match self.go_on(&url, &mut transfer, into).await {
                Ok(()) => return Ok(()),
                Err(TransferStop::Final(fault)) => return Err(fault),
                Err(TransferStop::Broken(words)) => words,
            };
            if !transfer.can_resume() || resumes == RESUMES_MAX {
                let message = format!("{words}, {}", transfer.progress());
                return Err(Fault::new(FaultClass::Transient, message));
            }
            resumes += 1;
            tokio::time::sleep(self.timeouts.resume_pause).await;
        }
    }

    /// Requests the missing part and writes what arrives.
    async fn go_on(
        &self,
        url: &Url,
        transfer: &mut Transfer,
        into: &mut dyn VideoSink,
    ) -> Result<(), TransferStop> {
        let mut response = self.ask(url, transfer).await?;
        let mut to_skip = transfer.accept(&response)?;
        let stall = self.timeouts.download_stall;
        loop {
            let chunk = match timeout(stall, response.chunk()).await {
                Ok(Ok(Some(chunk))) => chunk,
                Ok(Ok(None)) => break,
                Ok(Err(error)) => return Err(lost(&error)),
                Err(_) => {
                    let words = format!("no byte came within {} s", stall.as_secs_f64());
                    return Err(TransferStop::Broken(words));
                }
            };
            let skipped = to_skip.min(chunk.len() as u64);
            to_skip -= skipped;
            transfer.write(&chunk[skipped as usize..], into).await?;
        }
        transfer.end()?;
        if !transfer.has_proven_end(&response) {
            into.note_unknown_end();
        }
        Ok(())
    }

    /// Sends the request, following redirects to permitted addresses.
    async fn ask(&self, url: &Url, transfer: &Transfer) -> Result<Response, TransferStop> {
        let mut url = url.clone();
        for _ in 0..=REDIRECTS_MAX {
            self.resolver.admit(&url).map_err(|forbidden| forbidden_stop(&forbidden))?;
            let request = self.client.get(url.clone()).headers(transfer.headers());
            let stall = self.timeouts.download_stall;
            let response = match timeout(stall, request.send()).await {
                Ok(Ok(response)) => response,
                Ok(Err(error)) => return Err(lost(&error)),
                Err(_) => {
                    let words = format!("no answer came within {} s", stall.as_secs_f64());
                    return Err(TransferStop::Broken(words));
                }
            };
            match redirect_of(&response) {
                Some(location) => {
                    url = url.join(&location).map_err(|error| {
                        broken(&format!("the video's address redirects to no URL: {error}"))
                    })?
                }
                None => return Ok(response),
            }
        }
        Err(broken(&format!("the video's address redirects more than {REDIRECTS_MAX} times")))
    }
}

fn redirect_of(response: &Response) -> Option<String> {
    let redirects = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = response.headers().get(LOCATION).filter(|_| redirects)?;
    Some(String::from_utf8_lossy(location.as_bytes()).into_owned())
}

fn lost(error: &reqwest::Error) -> TransferStop {
    let forbidden = words::causes(error).find_map(|cause| cause.downcast_ref::<ForbiddenAddress>());
    if let Some(forbidden) = forbidden {
        return forbidden_stop(forbidden);
    }
    match error.is_connect().then(|| not_connected(error)) {
        Some(NoAnswer::Untrusted(words)) => {
            TransferStop::Final(Fault::new(FaultClass::Untrusted, words))
        }
        Some(NoAnswer::NeverSent(words) | NoAnswer::Lost(words)) => TransferStop::Broken(words),
        None => {
            TransferStop::Broken(format!("the connection was lost: {}", words::of_error(error)))
        }
    }
}

fn forbidden_stop(forbidden: &ForbiddenAddress) -> TransferStop {
    TransferStop::Final(Fault::new(FaultClass::Forbidden, forbidden.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Dialect;

    /// A name that turns out to be this machine only when the connection is made.
    #[tokio::test]
    async fn a_forbidden_address_behind_a_name_is_never_connected_to() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let config =
            KieConfig::from_values(Some("http://127.0.0.1"), None, &"k".into(), Dialect::Kling)
                .unwrap();
        let resolver = Arc::new(GuardedResolver::new(AllowedHosts::Public));
        resolver.guard("localhost");
        let client = client(&config, |builder| builder.dns_resolver(resolver.clone())).unwrap();
        let error = client.get(format!("http://localhost:{port}/")).send().await.unwrap_err();
        let TransferStop::Final(fault) = lost(&error) else { panic!("not forbidden: {error:?}") };
        assert_eq!(fault.class, FaultClass::Forbidden);
        assert!(
            fault.message.starts_with("the video's host `localhost` has the address"),
            "{fault}"
        );
        let connected = timeout(std::time::Duration::ZERO, listener.accept()).await;
        assert!(connected.is_err(), "a connection was made");
    }
}
