//! HTTP: carries calls to the API and downloads videos, without interpreting either.

mod answer;
mod not_connected;
mod transport;
mod reach;
mod address_guard;
mod transfer;
mod download;
mod api_calls;

pub use answer::{Answer, Body, Envelope, NoAnswer, integer};
pub use api_calls::{ApiCalls, HttpApiCalls};
pub use not_connected::connection_fault;
pub use reach::{Posted, reach};
pub use transport::NoHttps;
