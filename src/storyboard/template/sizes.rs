//! Sizes: how large values are, which bounds the work of templates that use them.

use std::iter::Sum;

use serde_json::Value;

/// The size of some values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sizes {
    /// The length of the longest list or map: the most iterations of a loop.
    pub longest: u64,
    /// Bytes of text.
    pub bytes: u64,
}

impl Sizes {
    /// The size of a single value.
    pub fn of(value: &Value) -> Sizes {
        match value {
            Value::String(text) => Sizes { longest: 0, bytes: text.len() as u64 },
            Value::Array(items) => Sizes::around(items.len(), items.iter().map(Sizes::of).sum()),
            Value::Object(map) => {
                let keys = map.keys().map(|key| key.len() as u64).sum::<u64>();
                let inner: Sizes = map.values().map(Sizes::of).sum();
                Sizes::around(map.len(), Sizes { bytes: inner.bytes.saturating_add(keys), ..inner })
            }
            _ => Sizes { longest: 0, bytes: 8 },
        }
    }

    fn around(items: usize, inner: Sizes) -> Sizes {
        Sizes { longest: inner.longest.max(items as u64), ..inner }
    }
}

impl Sum for Sizes {
    fn sum<I: Iterator<Item = Sizes>>(all: I) -> Sizes {
        all.fold(Sizes::default(), |sum, one| Sizes {
            longest: sum.longest.max(one.longest),
            bytes: sum.bytes.saturating_add(one.bytes),
        })
    }
}
