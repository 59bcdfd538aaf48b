//! The balance against the cost of a plan: what is missing, and how far the credits reach.

use crate::base::Credits;
use crate::plan::Plan;

/// How many scenes are named.
const NAMED_MAX: usize = 6;

/// What a balance does not pay of a plan; `None` if it pays all of it.
pub fn balance_note(plan: &Plan, balance: Credits) -> Option<String> {
    let cost = plan.credits_max();
    if cost <= balance {
        return None;
    }
    let mut left = balance;
    let mut paid: Vec<&str> = Vec::new();
    let costly = || plan.takes.iter().filter(|take| take.credits_max > Credits::ZERO);
    for take in costly() {
        if take.credits_max > left {
            break;
        }
        left = left - take.credits_max;
        paid.push(take.scene.as_str());
    }
    let missing = (cost - balance).with_unit();
    let reaches = match paid.as_slice() {
        [] => "for none of its takes".to_string(),
        some => {
            let named: Vec<String> =
                some.iter().take(NAMED_MAX).map(|scene| format!("`{scene}`")).collect();
            let more = match some.len().saturating_sub(NAMED_MAX) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!("for {}{more}", named.join(", "))
        }
    };
    let balance = balance.with_unit();
    Some(format!("the balance is {balance}, {missing} less than this may cost: enough {reaches}"))
}
