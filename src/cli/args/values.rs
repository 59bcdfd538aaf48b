//! The values of arguments: how they are parsed, and what `--help` says about them.

use std::time::Duration;

use crate::base::{Credits, TaskId, Warning};
use crate::catalog::{Dialect, UnknownTerm};
use crate::sim::FaultKind;

/// The kinds of faults and the times at which they happen, for `sim --help`.
pub fn fault_help() -> String {
    let kinds: Vec<&str> = FaultKind::ALL.iter().map(|kind| kind.as_str()).collect();
    format!(
        "Faults are KIND or KIND:WHEN. WHEN: `3` (the third call), `1-2`, `2-` (from the second \
         on), `*` (always) or `10%`; without it, the first call.\nKinds: {}.",
        kinds.join(", ")
    )
}

/// The codes of the warnings, for `check --help`.
pub fn warning_help() -> String {
    let line = |warning: &Warning| format!("\n  {:<18} {}", warning.code(), warning.about());
    let lines: String = Warning::ALL.iter().map(line).collect();
    format!("Warnings, for -W:{lines}")
}

/// A variable and its value, from `NAME=VALUE`.
pub fn name_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_string(), value.to_string())),
        _ => Err("write it as NAME=VALUE".into()),
    }
}

/// An address of this machine, from `HOST:PORT`.
pub fn host_and_port(text: &str) -> Result<String, String> {
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => Ok(text.into()),
        _ => Err("write it as HOST:PORT, such as 127.0.0.1:9000".into()),
    }
}

/// An amount of credits, 0 or more.
pub fn credits(text: &str) -> Result<Credits, String> {
    let number: f64 = text.parse().map_err(|_| "write a number of credits".to_string())?;
    Credits::from_f64(number).ok_or_else(|| "write a number of credits, 0 or more".into())
}

/// A dialect of the API.
pub fn dialect(text: &str) -> Result<Dialect, String> {
    text.parse().map_err(|error: UnknownTerm| error.to_string())
}

/// The most that a build may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BudgetLimit {
    /// So many credits.
    Credits(Credits),
    /// What the account has.
    Balance,
}

/// A budget: an amount of credits, or the word for the account's balance.
pub fn budget(text: &str) -> Result<BudgetLimit, String> {
    match text {
        "balance" => Ok(BudgetLimit::Balance),
        text => {
            credits(text).map(BudgetLimit::Credits).map_err(|what| format!("{what}, or `balance`"))
        }
    }
}

/// A span of time, from a number of seconds up to a day.
pub fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "write a number of seconds".to_string())?;
    match number {
        0.0..=86_400.0 => Ok(Duration::from_secs_f64(number)),
        _ => Err("write a number of seconds from 0 to 86400".into()),
    }
}
/// A task id, as the provider's log page shows it.
pub fn task_id(text: &str) -> Result<TaskId, String> {
    TaskId::read(text).ok_or_else(|| "copy the id from the provider's log page".to_string())
}
