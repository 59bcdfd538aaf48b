//! The command `kling-build`; all of it lives in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    kling_build::run()
}
