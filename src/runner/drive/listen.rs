//! A session's callbacks: whether they are listened for, how long, and for which old doubts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::task::JoinSet;

use super::effects::Workshop;
use super::unclaimed_callbacks::look_into_strangers;
use crate::base::{Diagnostic, Moment, Token};
use crate::engine;
use crate::plan::{Action, PlannedTake, ProviderChoice, Reason};
use crate::runner::callbacks::{Call, Postbox};
use crate::runner::callbacks::{Callbacks, Listener, TokenBytes, system_token_bytes};
use crate::runner::exit::Refusal;
use crate::runner::options::Webhooks;
use crate::runner::public_url::PublicUrl;
use crate::runner::session::Session;

/// How long a submit in doubt waits for its callback: twice what the slowest models usually need,
/// for the callback comes at the end of the task, and at least five minutes.
const DOUBT_TIMES: u32 = 2;
const DOUBT_MIN: Duration = Duration::from_secs(5 * 60);

/// A session's callbacks until it builds.
pub struct Listening {
    callbacks: Callbacks,
    strangers: Receiver<Call>,
    /// None where calls come another way than over the network.
    listener: Option<Listener>,
}

/// A session's callbacks while it builds; dropping it stops listening.
pub struct Attending {
    _listener: Option<Listener>,
    _clerk: JoinSet<()>,
}

impl Listening {
    /// Calls come in through the postbox alone, and tokens from there: for simulations.
    pub fn without_network(url: PublicUrl, token_bytes: TokenBytes) -> (Listening, Arc<Postbox>) {
        let (postbox, strangers) = Postbox::new();
        let callbacks = Callbacks { url, postbox: Arc::new(postbox), token_bytes };
        let postbox = Arc::clone(&callbacks.postbox);
        (Listening { callbacks, strangers, listener: None }, postbox)
    }

    /// What the effects of the build need.
    pub fn callbacks(&self) -> &Callbacks {
        &self.callbacks
    }

    /// What people are told of it.
    pub fn said(&self) -> Option<String> {
        let address = self.listener.as_ref()?.address();
        Some(format!("listening for callbacks on {address}, reached as {}", self.callbacks.url))
    }

    /// From now on also looks into calls that are for no take of the build.
    pub fn attend(self, shop: Arc<Workshop>) -> Attending {
        let mut clerk = JoinSet::new();
        clerk.spawn(look_into_strangers(shop, self.strangers));
        Attending { _listener: self.listener, _clerk: clerk }
    }
}

impl Session {
    /// Refuses a public URL that the provider cannot reach.
    pub fn refuse_unreachable_callbacks(&self) -> Result<(), Refusal> {
        let Some(webhooks) = &self.options.webhooks else { return Ok(()) };
        if self.project.options.provider != ProviderChoice::Kling || !webhooks.url.is_loopback() {
            return Ok(());
        }
        let what = format!("`--webhook-url {}` is on this machine alone", webhooks.url);
        let fix = "give the public https address of a tunnel or proxy that leads to \
                   `--webhook-listen`, or build without both";
        Err(Refusal::usage(Diagnostic::error("webhook-url", what).fix(fix)))
    }

    /// Begins to listen for callbacks, if that is wished and something has to be made.
    ///
    /// # Errors
    /// Where the address cannot be listened on; nothing was sent.
    pub async fn listen(&mut self) -> Result<(), Refusal> {
        let Some(Webhooks { listen, url, .. }) = self.options.webhooks.clone() else {
            return Ok(());
        };
        if self.plan.is_up_to_date() {
            return Ok(());
        }
        let secret = self.environment.webhook_secret.clone();
        let clock = Arc::clone(&self.clock);
        let (mut listening, postbox) =
            Listening::without_network(url.clone(), system_token_bytes());
        let listener = Listener::start(&listen, url, secret, postbox, clock).await;
        let listener = listener.map_err(|error| {
            let what = format!("cannot listen for callbacks on `{listen}`: {error}");
            let fix = "give a free address of this machine, such as \
                       `--webhook-listen 127.0.0.1:9000`; nothing was sent";
            Refusal::usage(Diagnostic::error("webhook-listen", what).fix(fix))
        })?;
        listening.listener = Some(listener);
        self.hear(listening);
        Ok(())
    }

    /// Takes callbacks from there while it builds; the options have to wish for callbacks.
    pub fn hear(&mut self, listening: Listening) {
        self.listening = Some(listening);
    }

    /// How long callbacks are waited for. `shortest` is the least time between polls that is wished;
    /// a callback may go below it, but not below what the service allows. `usual` is what the slowest models usually need.
    pub(in crate::runner) fn callback_times(
        &self,
        shortest: Duration,
        usual: Duration,
    ) -> Option<engine::CallbackTimes> {
        let webhooks = self.options.webhooks.as_ref().filter(|_| self.listening.is_some())?;
        let doubt_max = webhooks.wait.unwrap_or((usual * DOUBT_TIMES).max(DOUBT_MIN));
        let allowed = Duration::from_secs_f64(self.project.dialect().limits.poll_seconds.0);
        Some(engine::CallbackTimes { gap: shortest.min(allowed), usual, doubt_max })
    }

    /// The doubts of earlier runs that a callback can still settle: by job, when each was sent and
    /// the token that was sent with it.
    pub(in crate::runner) fn hopeful_doubts(&self) -> BTreeMap<usize, (Moment, Token)> {
        let doubt = |take: &PlannedTake| match (take.action, take.reasons.first(), take.key) {
            (Action::Ask, Some(Reason::Doubt { sent_at }), Some(key)) => {
                // A ledger that cannot be read knows no tokens; a person decides then.
                let token = self.knowledge.ledger.token_in_doubt(&key).ok().flatten()?;
                Some((*sent_at, token))
            }
            _ => None,
        };
        if self.listening.is_none() {
            return BTreeMap::new();
        }
        let takes = self.plan.takes.iter().enumerate();
        takes.filter_map(|(job, take)| Some((job, doubt(take)?))).collect()
    }
}
