//! API calls: carry requests to the API and its answers back, without interpreting them.
//!
//! Everything that decides about money is above this trait, so that tests can run all of it with a
//! simulated provider. [`HttpApiCalls`] is the real implementation.

use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;
use url::Url;

use super::answer::{Answer, NoAnswer};
use super::download::Downloads;
use super::transport::{NoHttps, Transport};
use crate::base::Fault;
use crate::provider::contract::FileToHost;
use crate::provider::contract::VideoSink;
use crate::provider::kie::config::KieConfig;
use crate::provider::kie::hosting;
use crate::store::SharedDisk;

/// Carries calls to the API.
pub trait ApiCalls: Send + Sync {
    /// Posts a request that costs money. It is sent at most once.
    fn submit<'a>(
        &'a self,
        url: Url,
        body: &'a Value,
        wait_max: Duration,
    ) -> BoxFuture<'a, Result<Answer, NoAnswer>>;

    /// Gets the record of a task.
    fn status(&self, url: Url, wait_max: Duration) -> BoxFuture<'_, Result<Answer, NoAnswer>>;

    /// Uploads a file.
    ///
    /// # Errors
    /// `Local` if the file cannot be read or has changed; nothing was sent then.
    fn upload<'a>(
        &'a self,
        url: Url,
        file: &'a FileToHost,
        wait_max: Duration,
    ) -> BoxFuture<'a, Result<Result<Answer, NoAnswer>, Fault>>;

    /// Writes the video at an address to `into`, without the key.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Broken`, `Transient` or `Local`; discard what was written then.
    fn download<'a>(
        &'a self,
        address: &'a str,
        into: &'a mut dyn VideoSink,
    ) -> BoxFuture<'a, Result<(), Fault>>;
}

/// API calls over HTTP.
pub struct HttpApiCalls {
    transport: Transport,
    downloads: Downloads,
    disk: SharedDisk,
}

impl HttpApiCalls {
    /// Uploads from this disk; opens no connection yet.
    ///
    /// # Errors
    /// This machine cannot do HTTPS.
    pub fn new(config: &KieConfig, disk: SharedDisk) -> Result<HttpApiCalls, NoHttps> {
        let (transport, downloads) = (Transport::new(config)?, Downloads::new(config)?);
        Ok(HttpApiCalls { transport, downloads, disk })
    }
}

impl ApiCalls for HttpApiCalls {
    fn submit<'a>(
        &'a self,
        url: Url,
        body: &'a Value,
        wait_max: Duration,
    ) -> BoxFuture<'a, Result<Answer, NoAnswer>> {
        Box::pin(self.transport.submit(wait_max, |client| client.post(url).json(body)))
    }

    fn status(&self, url: Url, wait_max: Duration) -> BoxFuture<'_, Result<Answer, NoAnswer>> {
        Box::pin(self.transport.free_call(wait_max, |client| client.get(url)))
    }

    fn upload<'a>(
        &'a self,
        url: Url,
        file: &'a FileToHost,
        wait_max: Duration,
    ) -> BoxFuture<'a, Result<Result<Answer, NoAnswer>, Fault>> {
        Box::pin(async move {
            let form = hosting::upload_form(&self.disk, file).await?;
            let post = |client: &reqwest::Client| client.post(url).multipart(form);
            Ok(self.transport.free_call(wait_max, post).await)
        })
    }

    fn download<'a>(
        &'a self,
        address: &'a str,
        into: &'a mut dyn VideoSink,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(self.downloads.fetch(address, into))
    }
}
