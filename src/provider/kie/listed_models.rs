//! The models that the API lists, with its words about their prices (`kie-jobs-api.md` section 5,
//! "Look-ups with key"). The call is free.

use serde_json::Value;

use super::client::KieProvider;
use super::config::under;
use super::dialect::{faults, protocol};
use crate::base::{Fault, FaultClass};
use crate::catalog::Dialect;

/// The path of the list.
const MODELS: &str = "/api/v1/models";

/// A model as the API lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedModel {
    /// Its name in requests.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// What the API says about its price, in words.
    pub price: String,
}

impl KieProvider {
    /// Every model that the API lists.
    ///
    /// # Errors
    /// The list cannot be read.
    pub async fn listed_models(&self) -> Result<Vec<ListedModel>, Fault> {
        let url = under(self.config().api_base(), MODELS);
        let answer = self.calls().status(url, self.config().timeouts.status).await;
        let cleaned =
            |fault: Fault| Fault { message: self.config().key.cleaned(&fault.message), ..fault };
        let envelope = faults::of_free_call(protocol(Dialect::Jobs), answer).map_err(cleaned)?;
        let models = envelope.data.get("models").and_then(Value::as_array).ok_or_else(|| {
            Fault::new(FaultClass::Transient, "the answer about models has no list")
        })?;
        Ok(models.iter().filter_map(listed).collect())
    }
}

fn listed(model: &Value) -> Option<ListedModel> {
    let text = |name: &str| model.get(name).and_then(Value::as_str).unwrap_or_default().to_string();
    let id = text("model");
    (!id.is_empty()).then(|| ListedModel { id, title: text("title"), price: text("pricingDesc") })
}
