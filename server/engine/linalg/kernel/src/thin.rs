//! Products of a large row-major matrix with few columns, which read it once, where it lies. General matrix products pack it anew for every
//! few columns; with 16 of them that costs more than the arithmetic.
//!
//! Few columns means row-major too, with rows padded to a multiple of `PANEL`.
use crate::lanes::{dispatch, Lanes, WithLanes};
use crate::team::Team;
use std::ops::{Deref, DerefMut};

/// Columns computed at a time: a vector of AVX-512, two of AVX2, four of NEON.
pub const PANEL: usize = 16;

/// Rows of W read together. They lie a power of two apart as a rule, where a cache of 8 ways holds few of them.
const ROWS: usize = 6;
/// The same for WebAssembly, which has no registers to promise.
const FEW_ROWS: usize = 2;

/// Terms (rows, transposed) after which the next panel gets its turn: what a first cache holds.
const DEPTH: usize = 256;
/// The same for results of the transposed product, which the second cache holds.
const LENGTH: usize = 4096;

/// Values from the start of a cache line on, so that no vector lies in two.
#[derive(Clone)]
pub struct Aligned(Vec<Line>);

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; 16]);

impl Aligned {
    /// `count`: a multiple of `PANEL`.
    pub fn zeros(count: usize) -> Self {
        assert!(count % PANEL == 0);
        Aligned(vec![Line([0.0; 16]); count / 16])
    }
}

impl Deref for Aligned {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        // A line is 16 values and nothing else.
        unsafe { std::slice::from_raw_parts(self.0.as_ptr() as *const f32, 16 * self.0.len()) }
    }
}

impl DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f32] {
        unsafe { std::slice::from_raw_parts_mut(self.0.as_mut_ptr() as *mut f32, 16 * self.0.len()) }
    }
}

pub fn padded(columns: usize) -> usize {
    columns.next_multiple_of(PANEL)
}

/// out [m×c] += W·x, for W [m×n] and x [n×c]. The same bits for every number of threads.
pub fn add_product(w: &[f32], n: usize, x: &[f32], c: usize, out: &mut [f32], team: &Team) {
    let threads = team.useful(n * out.len());
    let share = (out.len() / c).div_ceil(threads).next_multiple_of(ROWS);
    let work = |(index, out): (usize, &mut [f32])| {
        let first = index * share;
        dispatch(InRegisters(Forward { w: &w[first * n..], n, x, c, out }));
    };
    team.each(out.chunks_mut(share * c).enumerate(), &work);
}

/// out [m×c] += Σ W·x over pairs of W [m×c] and x [c×c].
pub fn add_products(pairs: &[(&[f32], &[f32])], c: usize, out: &mut [f32], team: &Team) {
    let threads = team.useful(pairs.len() * c * out.len());
    let share = (out.len() / c).div_ceil(threads).next_multiple_of(ROWS).max(ROWS) * c;
    team.each(out.chunks_mut(share).enumerate(), &|(index, out): (usize, &mut [f32])| {
        // Some rows of the result stay in the first cache for all pairs.
        for (i, out) in out.chunks_mut(DEPTH * c).enumerate() {
            let first = index * share + i * DEPTH * c;
            for (w, x) in pairs {
                dispatch(InRegisters(Forward { w: &w[first..first + out.len()], n: c, x, c, out }));
            }
        }
    });
}

/// out [n×c] += Wᵀ·x, for W [m×n] and x [m×c].
pub fn add_transposed_product(w: &[f32], n: usize, x: &[f32], c: usize, out: &mut [f32], team: &Team) {
    let m = x.len() / c;
    let threads = team.useful(n * x.len());
    let work = |(w, first, x, out): (&[f32], usize, &[f32], &mut [f32])| {
        dispatch(InRegisters(Back { w, n, first, x, c, out }));
    };
    if m < n {
        let share = n.div_ceil(threads).next_multiple_of(PANEL);
        team.each(out.chunks_mut(share * c).enumerate().map(|(index, out)| (w, index * share, x, out)), &work);
        return;
    }
    // Long rows are read faster than pieces of them, so each thread sums over rows of its own.
    let share = m.div_ceil(threads).next_multiple_of(ROWS);
    let mut sums = Aligned::zeros((m.div_ceil(share) - 1) * out.len());
    let all = std::iter::once(&mut *out).chain(sums.chunks_exact_mut(n * c));
    team.each(w.chunks(share * n).zip(x.chunks(share * c)).zip(all).map(|((w, x), out)| (w, 0, x, out)), &work);
    for sum in sums.chunks_exact(n * c) {
        out.iter_mut().zip(sum).for_each(|(out, x)| *out += x);
    }
}

/// y [m×c] = W·x and z [n×c] = Wᵀ·y, for W [m×n] and x [n×c]: W comes from memory once for both. ‖W‖_F² is added to `squares`, where it is asked for.
pub fn both_products(
    w: &[f32],
    n: usize,
    x: &[f32],
    c: usize,
    squares: Option<&mut f64>,
    team: &Team,
) -> (Aligned, Aligned) {
    let m = w.len() / n;
    let mut y = Aligned::zeros(m * c);
    let mut z = Aligned::zeros(n * c);
    let share = m.div_ceil(team.useful(m * n * c)).next_multiple_of(ROWS);
    let mut sums = Aligned::zeros((m.div_ceil(share) - 1) * n * c);
    let all = std::iter::once(&mut *z).chain(sums.chunks_exact_mut(n * c));
    let mut found = vec![0f64; m.div_ceil(share)];
    let asked = squares.is_some();
    type Part<'a> = (((&'a [f32], &'a mut [f32]), &'a mut [f32]), &'a mut f64);
    let work = |(((w, y), z), squares): Part<'_>| {
        dispatch(InRegisters(Both { w, n, x, c, y, z, squares: asked.then_some(squares) }));
    };
    team.each(w.chunks(share * n).zip(y.chunks_mut(share * c)).zip(all).zip(&mut found), &work);
    if let Some(squares) = squares {
        *squares += found.iter().sum::<f64>();
    }
    for sum in sums.chunks_exact(n * c) {
        z.iter_mut().zip(sum).for_each(|(z, x)| *z += x);
    }
    (y, z)
}

/// A product that is computed some rows of W at a time.
trait ByRows {
    /// Rows of W.
    fn count(&self) -> usize;

    /// The part of R rows from `first` on.
    fn rows<L: Lanes, const VECTORS: usize, const R: usize>(&mut self, lanes: L, first: usize);
}

/// As many rows at a time as the machine has registers for.
struct InRegisters<P>(P);

impl<P: ByRows> WithLanes for InRegisters<P> {
    #[inline(always)]
    fn with<L: Lanes>(self, lanes: L) {
        match L::COUNT {
            16 => self.run::<L, 1, ROWS>(lanes),
            8 => self.run::<L, 2, ROWS>(lanes),
            4 if cfg!(target_arch = "wasm32") => self.run::<L, 4, FEW_ROWS>(lanes),
            4 => self.run::<L, 4, ROWS>(lanes),
            _ => self.run::<L, 16, 1>(lanes),
        }
    }
}

impl<P: ByRows> InRegisters<P> {
    #[inline(always)]
    fn run<L: Lanes, const VECTORS: usize, const R: usize>(mut self, lanes: L) {
        let count = self.0.count();
        let whole = count - count % R;
        for i in (0..whole).step_by(R) {
            self.0.rows::<L, VECTORS, R>(lanes, i);
        }
        for i in whole..count {
            self.0.rows::<L, VECTORS, 1>(lanes, i);
        }
    }
}

struct Forward<'a> {
    w: &'a [f32],
    n: usize,
    x: &'a [f32],
    c: usize,
    out: &'a mut [f32],
}

impl ByRows for Forward<'_> {
    fn count(&self) -> usize {
        self.out.len() / self.c
    }

    /// R rows of the result; the sums of a panel stay in registers.
    #[inline(always)]
    fn rows<L: Lanes, const VECTORS: usize, const R: usize>(&mut self, lanes: L, first: usize) {
        let Forward { w, n, x, c, out } = self;
        let (n, c) = (*n, *c);
        assert!(w.len() >= (first + R) * n && x.len() >= n * c && out.len() >= (first + R) * c && c % PANEL == 0);
        for start in (0..n).step_by(DEPTH) {
            let depth = DEPTH.min(n - start);
            for panel in (0..c).step_by(PANEL) {
                // Within the slices, as asserted; R rows of `out` are this call's own.
                unsafe {
                    let rows: [*const f32; R] = core::array::from_fn(|r| w.as_ptr().add((first + r) * n + start));
                    let sums = out.as_mut_ptr().add(first * c + panel);
                    let mut held: [[L::Vector; VECTORS]; R] = core::array::from_fn(|r| load::<L, VECTORS>(sums.add(r * c)));
                    let mut from = x.as_ptr().add(start * c + panel);
                    for k in 0..depth {
                        let terms = load::<L, VECTORS>(from);
                        for r in 0..R {
                            let factor = lanes.splat(*rows[r].add(k));
                            for v in 0..VECTORS {
                                held[r][v] = lanes.mul_add(factor, terms[v], held[r][v]);
                            }
                        }
                        from = from.add(c);
                    }
                    for r in 0..R {
                        store::<L, VECTORS>(sums.add(r * c), held[r]);
                    }
                }
            }
        }
    }
}

struct Back<'a> {
    w: &'a [f32],
    n: usize,
    /// The column of W that the first row of `out` belongs to.
    first: usize,
    x: &'a [f32],
    c: usize,
    out: &'a mut [f32],
}

impl ByRows for Back<'_> {
    fn count(&self) -> usize {
        self.x.len() / self.c
    }

    /// What R rows of W add to all of the result; their factors stay in registers.
    #[inline(always)]
    fn rows<L: Lanes, const VECTORS: usize, const R: usize>(&mut self, lanes: L, i: usize) {
        let Back { w, n, first, x, c, out } = self;
        let (n, c, results) = (*n, *c, out.len() / *c);
        assert!(w.len() >= (i + R) * n && *first + results <= n && x.len() >= (i + R) * c && c % PANEL == 0);
        for start in (0..results).step_by(LENGTH) {
            let count = LENGTH.min(results - start);
            for panel in (0..c).step_by(PANEL) {
                // Within the slices, as asserted.
                unsafe {
                    let rows: [*const f32; R] = core::array::from_fn(|r| w.as_ptr().add((i + r) * n + *first + start));
                    let factors: [[L::Vector; VECTORS]; R] =
                        core::array::from_fn(|r| load::<L, VECTORS>(x.as_ptr().add((i + r) * c + panel)));
                    let mut sums = out.as_mut_ptr().add(start * c + panel);
                    for j in 0..count {
                        let mut held = load::<L, VECTORS>(sums);
                        for r in 0..R {
                            let term = lanes.splat(*rows[r].add(j));
                            for v in 0..VECTORS {
                                held[v] = lanes.mul_add(term, factors[r][v], held[v]);
                            }
                        }
                        store::<L, VECTORS>(sums, held);
                        sums = sums.add(c);
                    }
                }
            }
        }
    }
}

struct Both<'a> {
    w: &'a [f32],
    n: usize,
    x: &'a [f32],
    c: usize,
    y: &'a mut [f32],
    z: &'a mut [f32],
    squares: Option<&'a mut f64>,
}

impl ByRows for Both<'_> {
    fn count(&self) -> usize {
        self.y.len() / self.c
    }

    /// The rows of W are in the second cache when they are used again.
    #[inline(always)]
    fn rows<L: Lanes, const VECTORS: usize, const R: usize>(&mut self, lanes: L, i: usize) {
        let Both { w, n, x, c, y, z, squares } = self;
        let (n, c) = (*n, *c);
        if let Some(squares) = squares {
            **squares += sum_of_squares(&w[i * n..(i + R) * n]);
        }
        Forward { w, n, x, c, out: y }.rows::<L, VECTORS, R>(lanes, i);
        Back { w, n, first: 0, x: y, c, out: z }.rows::<L, VECTORS, R>(lanes, i);
    }
}

/// Sums of float32 stay short. Not finite where a value is not.
#[inline(always)]
pub fn sum_of_squares(a: &[f32]) -> f64 {
    let mut sum = 0f64;
    for part in a.chunks(2048) {
        let mut sums = [0f32; 64];
        let (chunks, rest) = part.as_chunks::<64>();
        for chunk in chunks {
            sums.iter_mut().zip(chunk).for_each(|(sum, x)| *sum += x * x);
        }
        sum += sums.iter().chain([&rest.iter().map(|x| x * x).sum::<f32>()]).map(|x| *x as f64).sum::<f64>();
    }
    sum
}

#[inline(always)]
unsafe fn load<L: Lanes, const VECTORS: usize>(from: *const f32) -> [L::Vector; VECTORS] {
    core::array::from_fn(|v| (from.add(v * L::COUNT) as *const L::Vector).read_unaligned())
}

#[inline(always)]
unsafe fn store<L: Lanes, const VECTORS: usize>(to: *mut f32, values: [L::Vector; VECTORS]) {
    for (v, value) in values.into_iter().enumerate() {
        (to.add(v * L::COUNT) as *mut L::Vector).write_unaligned(value);
    }
}
