//! Asking about a task, and downloading its video.

mod task_status;
mod video_check;
mod download;

pub use download::{PaidTask, deliver, download};
pub use task_status::{api_of, enquire};
pub use video_check::{ExpectedVideo, check as check_video};
