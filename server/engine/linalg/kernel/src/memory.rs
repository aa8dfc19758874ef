//! The allocator: large blocks that are given back are kept for the next call. To bring fresh pages takes the system longer than it takes to compute
//! what comes into them.
use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr::null_mut;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes of the blocks that are kept: smaller ones the system keeps itself, larger ones take so long to fill that their pages do not matter.
const SIZES: std::ops::RangeInclusive<usize> = 64 << 10..=8 << 20;
/// How much is kept at most; the oldest goes first.
const BYTES: usize = 32 << 20;
const BLOCKS: usize = 128;

pub struct Keeping(Mutex<Blocks>);

struct Blocks {
    /// From the oldest on.
    kept: [(*mut u8, Layout); BLOCKS],
    count: usize,
    bytes: usize,
}

// What is kept is nobody's.
unsafe impl Send for Blocks {}

impl Keeping {
    pub const fn new() -> Self {
        Keeping(Mutex::new(Blocks { kept: [(null_mut(), Layout::new::<u8>()); BLOCKS], count: 0, bytes: 0 }))
    }

    fn blocks(&self) -> MutexGuard<'_, Blocks> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, layout: Layout) -> Option<*mut u8> {
        if !SIZES.contains(&layout.size()) {
            return None;
        }
        let mut blocks = self.blocks();
        // The newest: some of it may still be in a cache.
        let at = blocks.kept[..blocks.count].iter().rposition(|(_, kept)| *kept == layout)?;
        Some(blocks.remove(at).0)
    }
}

impl Blocks {
    fn remove(&mut self, at: usize) -> (*mut u8, Layout) {
        let removed = self.kept[at];
        self.kept.copy_within(at + 1..self.count, at);
        self.count -= 1;
        self.bytes -= removed.1.size();
        removed
    }

    fn keep(&mut self, block: *mut u8, layout: Layout) {
        while self.count == BLOCKS || self.bytes + layout.size() > BYTES {
            let (oldest, layout) = self.remove(0);
            unsafe { System.dealloc(oldest, layout) };
        }
        self.kept[self.count] = (block, layout);
        self.count += 1;
        self.bytes += layout.size();
    }
}

unsafe impl GlobalAlloc for Keeping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.take(layout).unwrap_or_else(|| System.alloc(layout))
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let Some(block) = self.take(layout) else { return System.alloc_zeroed(layout) };
        block.write_bytes(0, layout.size());
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if SIZES.contains(&layout.size()) {
            self.blocks().keep(block, layout);
        } else {
            System.dealloc(block, layout);
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        System.realloc(block, layout, size)
    }
}
