//! One run of a program: its time and its peak memory.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Runs a command that says nothing, and returns its time and its peak resident memory in bytes.
///
/// # Panics
/// It cannot be started, or does not succeed.
#[expect(clippy::zombie_processes, reason = "`wait4` waits for it")]
pub fn measured(command: &mut Command) -> (Duration, u64) {
    let begun = Instant::now();
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let child = child.expect("the program starts");
    let mut status = 0;
    // SAFETY: `rusage` is plain numbers, for which zeroes are valid, and both pointers outlive the
    // call. The child is not waited for anywhere else.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::wait4(child.id() as libc::pid_t, &mut status, 0, &mut usage);
        usage
    };
    let unit = if cfg!(target_os = "macos") { 1 } else { 1_024 };
    assert!(status == 0, "{command:?} failed");
    (begun.elapsed(), usage.ru_maxrss as u64 * unit)
}
