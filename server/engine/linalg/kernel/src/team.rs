//! The threads of one computation. To wake one takes as long as a small product, so between two of them they stay awake.
use crate::crew::Crew;
use std::ops::Range;
use std::sync::Mutex;

/// Multiplications that are worth a thread of their own.
const WORTH: usize = 200_000;

/// This thread and, but for one alone, others.
pub struct Team<'a>(Option<Crew<'a>>);

/// For what each of a team does: they have no team themselves.
pub const ALONE: Team<'static> = Team(None);

impl Team<'_> {
    /// What `work` returns, with a team of `threads`, this one among them.
    pub fn with<R>(threads: usize, work: impl FnOnce(&Team) -> R) -> R {
        if threads <= 1 {
            return work(&ALONE);
        }
        Crew::with(threads - 1, |crew| work(&Team(Some(crew))))
    }

    pub fn size(&self) -> usize {
        1 + self.0.as_ref().map_or(0, Crew::len)
    }

    /// How many of them so much work is worth.
    pub fn useful(&self, multiplications: usize) -> usize {
        self.size().min(multiplications / WORTH).max(1)
    }

    /// Each part on a thread of its own, the first on this one.
    pub fn each<T: Send>(&self, parts: impl Iterator<Item = T>, work: &(impl Fn(T) + Sync)) {
        let parts: Vec<_> = parts.collect();
        let Some(crew) = self.0.as_ref().filter(|_| parts.len() > 1) else { return parts.into_iter().for_each(work) };
        let parts: Vec<_> = parts.into_iter().map(|part| Mutex::new(Some(part))).collect();
        crew.run(&|first| {
            for part in parts.iter().skip(first).step_by(1 + crew.len()) {
                let part = part.lock().unwrap().take();
                work(part.expect("each is taken once"));
            }
        });
    }

    /// What `work` makes of each one's share of 0..count, in order.
    pub fn shares<R: Send>(&self, count: usize, work: &(impl Fn(Range<usize>) -> R + Sync)) -> Vec<R> {
        let share = count.div_ceil(self.size()).max(1);
        let mut results: Vec<_> = (0..count).step_by(share).map(|_| None).collect();
        self.each(results.iter_mut().enumerate(), &|(index, result): (usize, &mut Option<R>)| {
            *result = Some(work(index * share..count.min((index + 1) * share)));
        });
        results.into_iter().flatten().collect()
    }
}
