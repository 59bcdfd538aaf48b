//! What exists on this machine and at the provider: requests in doubt, `status`, `store`, `salvage`.

pub mod doctor;
pub mod doubt;
pub mod status;
pub mod takes;
pub mod store;
pub mod salvage;
