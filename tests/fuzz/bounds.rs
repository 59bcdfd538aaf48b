//! Bounds: how long a case may take and how much memory it may ask for.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// How long one case may take, in a program that was not optimised, on a machine that is busy.
const CASE_MAX: Duration = Duration::from_secs(20);
/// How much memory one case may hold at once; the largest index of a video may have 64 MiB.
const MEMORY_MAX: usize = 512 << 20;

/// Counts what each thread holds.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    /// What this thread has asked for and not given back, and the most of it so far. Given back may
    /// be what another thread had asked for, so it can fall below zero.
    static HELD: Cell<(isize, isize)> = const { Cell::new((0, 0)) };
}

fn count(bytes: isize) {
    // A thread that ends has no such value any more.
    let _ = HELD.try_with(|held| {
        let (now, most) = held.get();
        held.set((now + bytes, most.max(now + bytes)));
    });
}

// SAFETY: every call is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Runs one case; prints the case when it takes too much time or memory.
pub fn bounded<T>(what: &str, case: impl FnOnce() -> T) -> T {
    HELD.set((0, 0));
    let begun = Instant::now();
    let answer = case();
    let (took, most) = (begun.elapsed(), HELD.get().1);
    assert!(took < CASE_MAX, "{what} took {took:?}");
    assert!(most < MEMORY_MAX as isize, "{what} held {} MiB", most >> 20);
    answer
}

#[test]
fn peak_memory_is_bounded() {
    let held = std::panic::catch_unwind(|| bounded("a lot", || drop(vec![1u8; MEMORY_MAX + 1])));
    assert!(held.is_err());
    bounded("a little", || drop(vec![1u8; 1 << 20]));
}
