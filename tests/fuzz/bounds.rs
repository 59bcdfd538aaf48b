//! Bounds: the time and memory that a case may use.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// The time limit of one case, for an unoptimised program on a busy machine.
const CASE_MAX: Duration = Duration::from_secs(20);
/// How much memory one case may use at once; the largest index of a video may have 64 MiB.
const MEMORY_MAX: usize = 512 << 20;

/// Counts the memory of each thread.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    /// The memory that this thread has allocated and not freed, and its maximum so far. A thread
    /// may free what another has allocated, so it can fall below zero.
    static HELD: Cell<(isize, isize)> = const { Cell::new((0, 0)) };
}

fn count(bytes: isize) {
    // A thread that is ending has no such value any more.
    let _ = HELD.try_with(|held| {
        let (now, most) = held.get();
        held.set((now + bytes, most.max(now + bytes)));
    });
}

// SAFETY: every call is passed on unchanged to the system's allocator.
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

/// Runs one case; prints the case if it needs too much time or memory.
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
