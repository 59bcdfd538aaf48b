//! The remote provider: takes made by the Kling API over HTTP.
//!
//! Promises: a submit leaves this machine at most once per call, a fault's class claims only what
//! is proven, and the key goes only to the API and its upload service. Each dialect of the API is
//! one file (now `dialect/kling.rs`); all share the transport, the table of faults, hosting and
//! downloads. Nothing here knows about films, plans or the ledger.

mod words;
mod key;
mod config;
mod hosting;
mod http;
mod dialect;
mod callback;
mod client;
mod examination;
mod listed_models;

pub use callback::{
    SIGNATURE_HEADER, SignatureCheck, SignatureResult, TIMESTAMP_HEADER, named_task, sign,
};
pub use client::{KieProvider, SentRequest, request_of};
pub use config::{ConfigError, KieConfig, Timeouts, is_loopback_host};
pub use examination::{Examination, ModelPresence, NOWHERE, Presence};
pub(in crate::provider) use hosting::checked_bytes;
pub use hosting::{HostedPathError, public_url};
pub(in crate::provider) use http::connection_fault;
pub use http::{Answer, ApiCalls, Body, NoAnswer, NoHttps, Posted, reach};
pub use key::KeyError;
pub use listed_models::ListedModel;
pub(in crate::provider) use words::of_error;
