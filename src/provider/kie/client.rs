//! The client: implements the provider trait with the remote API.
//!
//! It only joins the parts: the dialect writes and reads, HTTP carries, the fault table judges.
//! Every fault leaves through [`KieProvider::cleaned`], which removes unsafe characters and the key
//! from foreign words.

use std::fmt;

use futures_util::future::BoxFuture;

use super::config::{KieConfig, under};
use super::dialect::{ApiProtocol, faults, protocol};
use super::hosting;
use super::http::{ApiCalls, HttpApiCalls, NoHttps};
use crate::base::{Credits, Fault, FaultClass, TaskId};
use crate::catalog::{Catalog, Dialect};
use crate::plan::ProviderFamily;
use crate::provider::contract::{FileToHost, Order, Provider, TaskResult, TaskStatus, VideoSink};
use crate::store::SharedDisk;

/// The remote API as a provider.
pub struct KieProvider {
    config: KieConfig,
    dialect: &'static dyn ApiProtocol,
    calls: Box<dyn ApiCalls>,
}

impl KieProvider {
    /// Creates the HTTP clients, which upload from this disk; opens no connection.
    ///
    /// # Errors
    /// This machine cannot do HTTPS.
    pub fn new(config: KieConfig, disk: SharedDisk) -> Result<Self, NoHttps> {
        let calls = HttpApiCalls::new(&config, disk)?;
        Ok(KieProvider::over(config, Box::new(calls)))
    }

    /// The API, reached in any way.
    pub fn over(config: KieConfig, calls: Box<dyn ApiCalls>) -> Self {
        let dialect = protocol(config.dialect);
        KieProvider { config, dialect, calls }
    }

    /// Its configuration.
    pub(super) const fn config(&self) -> &KieConfig {
        &self.config
    }

    /// How it reaches the API.
    pub(super) fn calls(&self) -> &dyn ApiCalls {
        &*self.calls
    }

    async fn submit_once(&self, order: &Order) -> Result<TaskId, Fault> {
        let body = self.dialect.submit_body(order, self.config.catalog)?;
        let url = under(self.config.api_base(), self.dialect.submit_path());
        let wait_max = self.config.timeouts.submit;
        let answer = self.calls.submit(url, &body.json, wait_max).await;
        faults::of_submit(self.dialect, &body.fields, answer)
    }

    async fn ask_status(
        &self,
        task: &TaskId,
        dialect: &dyn ApiProtocol,
    ) -> Result<TaskStatus, Fault> {
        let mut url = under(self.config.api_base(), dialect.status_path());
        url.query_pairs_mut().append_pair("taskId", task.as_str());
        let wait_max = self.config.timeouts.status;
        let answer = self.calls.status(url, wait_max).await;
        faults::of_status(dialect, task, answer)
    }

    /// Section 5 of `kie-jobs-api.md`: the call is free, and the same for every dialect.
    async fn ask_balance(&self) -> Result<Credits, Fault> {
        let url = under(self.config.api_base(), "/api/v1/chat/credit");
        let answer = self.calls.status(url, self.config.timeouts.status).await;
        let envelope = faults::of_free_call(self.dialect, answer)?;
        envelope.data.as_f64().and_then(Credits::from_f64).ok_or_else(|| {
            Fault::new(FaultClass::Transient, "the answer about the balance has no number")
        })
    }

    async fn upload(&self, file: &FileToHost) -> Result<String, Fault> {
        let url = hosting::upload_url(self.config.upload_base());
        let wait_max = self.config.timeouts.upload;
        let answer = self.calls.upload(url, file, wait_max).await?;
        let envelope = faults::of_free_call(self.dialect, answer)?;
        hosting::uploaded_url(&envelope.data, self.config.is_rehearsal())
    }

    /// Makes a fault's words safe for terminals and logs.
    fn cleaned(&self, fault: Fault) -> Fault {
        Fault { message: self.config.key.cleaned(&fault.message), ..fault }
    }
}

/// A request for a take, without address and key.
#[derive(Clone, Debug, PartialEq)]
pub struct SentRequest {
    /// The path, under the API's base.
    pub path: &'static str,
    /// The JSON that is sent.
    pub body: serde_json::Value,
}

/// The request that would be sent for an order.
///
/// # Errors
/// `Local` if the order lacks what its type needs, or the catalog has no such model.
pub fn request_of(
    dialect: Dialect,
    catalog: &Catalog,
    order: &Order,
) -> Result<SentRequest, Fault> {
    let protocol = protocol(dialect);
    let body = protocol.submit_body(order, catalog)?.json;
    Ok(SentRequest { path: protocol.submit_path(), body })
}

impl Provider for KieProvider {
    fn family(&self) -> ProviderFamily {
        self.config.family()
    }

    fn slots(&self) -> usize {
        self.config.catalog.dialect(self.dialect.id()).limits.concurrent_tasks
    }

    fn needs_hosting(&self) -> bool {
        true
    }

    fn host_name(&self) -> String {
        self.config.upload_base().to_string()
    }

    fn balance(&self) -> BoxFuture<'_, Result<Option<Credits>, Fault>> {
        Box::pin(async { self.ask_balance().await.map(Some).map_err(|fault| self.cleaned(fault)) })
    }

    fn host<'a>(&'a self, file: &'a FileToHost) -> BoxFuture<'a, Result<String, Fault>> {
        Box::pin(async { self.upload(file).await.map_err(|fault| self.cleaned(fault)) })
    }

    fn submit<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, Result<TaskId, Fault>> {
        Box::pin(async { self.submit_once(order).await.map_err(|fault| self.cleaned(fault)) })
    }

    fn status<'a>(
        &'a self,
        task: &'a TaskId,
        api: Dialect,
    ) -> BoxFuture<'a, Result<TaskStatus, Fault>> {
        Box::pin(async move {
            match self.ask_status(task, protocol(api)).await {
                Ok(TaskStatus::Failed(fault)) => Ok(TaskStatus::Failed(self.cleaned(fault))),
                Ok(status) => Ok(status),
                Err(fault) => Err(self.cleaned(fault)),
            }
        })
    }

    fn fetch<'a>(
        &'a self,
        _order: &'a Order,
        result: &'a TaskResult,
        into: &'a mut dyn VideoSink,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async {
            let fetched = self.calls.download(&result.video_url, into).await;
            fetched.map_err(|fault| self.cleaned(fault))
        })
    }
}

impl fmt::Debug for KieProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KieProvider").field("config", &self.config).finish_non_exhaustive()
    }
}
