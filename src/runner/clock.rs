//! The clock: where the present comes from.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::base::Moment;

/// Says what time it is.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// The machine's clock.
pub fn system_clock() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Moment::from_millis(since.as_millis() as i64)
    })
}
