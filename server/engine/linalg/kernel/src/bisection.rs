//! Singular values of a bidiagonal matrix by bisection (Demmel and Kahan 1990): how many lie below a place is seen in the signs of one recurrence.
use pulp::{Arch, Simd, WithSimd};

/// Places that are looked at together: divisions of several overlap.
const TOGETHER: usize = 16;

/// Halvings of [0, ‖B‖]: what is left is 1e-12 of it.
const HALVINGS: usize = 40;

/// What a pivot of zero is taken for.
const TINY: f64 = 1e-250;

/// s: [n], descending. d: [n] the diagonal, e: [n − 1] that above it.
pub fn bisect(d: &[f64], e: &[f64], s: &mut [f32]) {
    let n = d.len();
    let above = |i: usize| e.get(i).map_or(0.0, |x| x.abs());
    // ‖B‖₂ ≤ √(‖B‖₁·‖B‖_∞), each at most the largest sum of two neighbours.
    let bound = (0..n).map(|i| d[i].abs() + above(i).max(i.checked_sub(1).map_or(0.0, above))).fold(0.0, f64::max);
    let squares = d.iter().enumerate().map(|(i, d)| (d * d, above(i) * above(i))).collect::<Vec<_>>();
    Arch::new().dispatch(Bisect { squares: &squares, bound, s });
}

struct Bisect<'a> {
    squares: &'a [(f64, f64)],
    bound: f64,
    s: &'a mut [f32],
}

impl WithSimd for Bisect<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let n = self.squares.len();
        for (group, values) in self.s.chunks_mut(TOGETHER).enumerate() {
            let (mut low, mut high) = ([0f64; TOGETHER], [self.bound; TOGETHER]);
            for _ in 0..HALVINGS {
                let middle: [f64; TOGETHER] = std::array::from_fn(|k| 0.5 * (low[k] + high[k]));
                let below = below(self.squares, &middle);
                for k in 0..TOGETHER {
                    // The largest has n − 1 below it.
                    let enough = below[k] + (group * TOGETHER + k) as f64 >= n as f64;
                    low[k] = if enough { low[k] } else { middle[k] };
                    high[k] = if enough { middle[k] } else { high[k] };
                }
            }
            for (k, value) in values.iter_mut().enumerate() {
                // So that what is nothing is exactly nothing.
                *value = low[k] as f32;
            }
        }
    }
}

/// How many singular values lie below each place: negative pivots of BᵀB − σ²I, by the recurrence that keeps small ones right (dstqds).
#[inline(always)]
fn below(squares: &[(f64, f64)], places: &[f64; TOGETHER]) -> [f64; TOGETHER] {
    let shift: [f64; TOGETHER] = std::array::from_fn(|k| places[k] * places[k]);
    let mut t: [f64; TOGETHER] = std::array::from_fn(|k| -shift[k]);
    let mut count = [0f64; TOGETHER];
    for &(d, e) in squares {
        for k in 0..TOGETHER {
            let pivot = d + t[k];
            let pivot = if pivot.abs() < TINY { -TINY } else { pivot };
            count[k] += if pivot < 0.0 { 1.0 } else { 0.0 };
            t[k] = t[k] / pivot * e - shift[k];
        }
    }
    count
}
