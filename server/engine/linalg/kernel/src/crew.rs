//! Threads that look out for their next job for a while before they sleep.
use std::cell::UnsafeCell;
use std::hint::spin_loop;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{park, scope, yield_now, Builder, Thread};

/// How often a thread looks before it sleeps: a hundred microseconds or two.
const LOOKS: usize = 4000;

type Job = *const (dyn Fn(usize) + Sync);

#[derive(Default)]
struct Shared {
    /// How many jobs there were: another one is there when it changes.
    jobs: AtomicUsize,
    /// None: there will be no more.
    job: UnsafeCell<Option<Job>>,
    /// How many threads are still at it.
    busy: AtomicUsize,
    failed: AtomicBool,
}

// `job` is written while all threads wait for `jobs` to change.
unsafe impl Sync for Shared {}

pub struct Crew<'a> {
    shared: &'a Shared,
    threads: Vec<Thread>,
}

impl Crew<'_> {
    /// What `work` returns, with `count` threads beside this one, or as many as the system starts.
    pub fn with<R>(count: usize, work: impl FnOnce(Crew) -> R) -> R {
        let shared = &Shared::default();
        scope(|scope| {
            let start = |index| Builder::new().spawn_scoped(scope, move || shared.serve(index)).ok();
            let threads = (1..=count).map_while(start).map(|thread| thread.thread().clone()).collect();
            work(Crew { shared, threads })
        })
    }

    pub fn len(&self) -> usize {
        self.threads.len()
    }

    /// `work` of 0 on this thread and of 1, 2, … on the others.
    pub fn run(&self, work: &(dyn Fn(usize) + Sync)) {
        // Nobody has it any longer when this function ends.
        self.announce(Some(unsafe { std::mem::transmute::<*const (dyn Fn(usize) + Sync + '_), Job>(work) }));
        let own = catch_unwind(AssertUnwindSafe(|| work(0)));
        let mut looks = 0;
        while self.shared.busy.load(Ordering::Acquire) > 0 {
            if looks < LOOKS { spin_loop() } else { yield_now() }
            looks += 1;
        }
        own.unwrap_or_else(|panic| resume_unwind(panic));
        assert!(!self.shared.failed.load(Ordering::Relaxed), "a thread panicked");
    }

    fn announce(&self, job: Option<Job>) {
        unsafe { *self.shared.job.get() = job };
        self.shared.busy.store(self.threads.len(), Ordering::Relaxed);
        self.shared.jobs.fetch_add(1, Ordering::Release);
        self.threads.iter().for_each(Thread::unpark);
    }
}

impl Drop for Crew<'_> {
    fn drop(&mut self) {
        self.announce(None);
    }
}

impl Shared {
    fn serve(&self, index: usize) {
        for seen in 0.. {
            let mut looks = 0;
            while self.jobs.load(Ordering::Acquire) == seen {
                if looks < LOOKS { spin_loop() } else { park() }
                looks += 1;
            }
            let Some(job) = (unsafe { *self.job.get() }) else { return };
            if catch_unwind(AssertUnwindSafe(|| unsafe { (*job)(index) })).is_err() {
                self.failed.store(true, Ordering::Relaxed);
            }
            self.busy.fetch_sub(1, Ordering::Release);
        }
    }
}
