//! Choices: what distinguishes several takes of one recipe.

use crate::base::Digest;

/// What distinguishes takes of one recipe. Every field is part of the key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TakeChoice {
    /// The seed, if the model supports one.
    pub seed: Option<u32>,
    /// The number that distinguishes takes of a model without seeds, from 2; the first has none.
    pub salt: Option<u32>,
    /// The video that was adopted instead of being generated.
    pub adopted: Option<Digest>,
}
