//! `sim`: a local server that speaks the API.

use tokio::net::TcpListener;

use crate::base::Diagnostic;
use crate::cli::args::sim::SimArgs;
use crate::cli::environment;
use crate::cli::runtime::runtime;
use crate::cli::stop_signals::StopSignals;
use crate::cli::terminal;
use crate::runner::{Exit, Refusal, system_clock};
use crate::sim::{Sim, SimOptions};

/// Serves until it is asked to stop.
pub fn sim(arguments: &SimArgs) -> Result<Exit, Refusal> {
    runtime()?.block_on(async {
        let address = arguments.listen;
        let listener = TcpListener::bind(address).await.map_err(|error| {
            let what = format!("cannot listen on {address}: {error}");
            Refusal::usage(
                Diagnostic::error("listen", what).fix("choose another with `--listen 127.0.0.1:0`"),
            )
        })?;
        let options = SimOptions {
            credits: arguments.credits,
            latency: arguments.latency,
            concurrent_tasks: arguments.concurrent_tasks,
            catalog: environment::catalog(arguments.catalog.as_deref())?,
            faults: arguments.faults.clone(),
            // Ids of a server that ran before must not come back: a ledger knows them.
            seed: arguments.seed.unwrap_or_else(|| system_clock()().millis() as u64),
            webhook_secret: environment::read(None)?.webhook_secret,
            ..SimOptions::default()
        };
        let sim = Sim::start(listener, options).await.map_err(|error| {
            Refusal::machine("listen", error, "choose another address with `--listen`")
        })?;
        terminal::message(format_args!("the simulated API is at {}\n", sim.base_url()));
        terminal::message(format_args!(
            "rehearse: KIE_API_BASE={} KIE_API_KEY=sim kling-build …\n",
            sim.base_url()
        ));
        let stops = StopSignals::listen();
        let mut stops = stops
            .map_err(|error| Refusal::machine("signal", error, "close some other programs"))?;
        stops.next().await;
        sim.stop().await;
        Ok(Exit::Done)
    })
}
