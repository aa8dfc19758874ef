//! The leading singular triplets by randomized block Krylov iteration (Musco and Musco 2015, on Halko, Martinsson, Tropp 2011), as a
//! block Golub–Kahan bidiagonalization: for the same products with W as subspace iteration it keeps every block, and is nearer for it.
use crate::matrix::{finite, fix_signs, from_identity, parallelism, scale_of, squared_norm, view, Failure, Quality};
use crate::qr::factor;
use crate::svd::{copy_rows, decompose, rescale};
use faer::linalg::matmul::matmul;
use faer::prelude::*;
use faer::{Accum, MatRef, Par};

pub struct Truncation {
    pub rank: usize,
    /// Dimensions of the subspace beyond the rank: what the products with W cost.
    pub oversampling: usize,
    /// Blocks after the first in which the subspace is built: more of them see W to a higher power, in smaller products.
    pub iterations: usize,
    pub seed: u32,
}

/// u: m×r, s: [r], vt: r×n, row-major. rank + oversampling ≤ min(m, n). The residual is that of rank r.
pub fn truncated_svd(
    a: &[f32],
    m: usize,
    n: usize,
    settings: &Truncation,
    u: &mut [f32],
    s: &mut [f32],
    vt: &mut [f32],
    threads: usize,
) -> Result<Quality, Failure> {
    finite(a)?;
    let par = parallelism(threads);
    let scale = scale_of(a);
    // Squares of usual weights are far from the ends of float32: only others are worth a scaled copy.
    let copy = (!(1e-12..1e12).contains(&scale)).then(|| Mat::from_fn(m, n, |i, j| a[i * n + j] / scale));
    let (w, scale) = copy.as_ref().map_or((view(a, m, n), 1.0), |copy| (copy.as_ref(), scale));

    let (q, b) = subspace(w, settings, par);
    let (width, rank) = (q.ncols(), settings.rank);
    let mut values = vec![0f32; width];
    let mut small = Mat::<f32>::zeros(width, width);
    let mut right = Mat::<f32>::zeros(n, width);
    decompose(b.transpose(), &mut values, Some(small.as_mut()), Some(right.as_mut()), par)?;
    let mut left = Mat::<f32>::zeros(m, rank);
    matmul(&mut left, Accum::Replace, &q, small.subcols(0, rank), 1f32, par);
    let mut right = right.subcols_mut(0, rank);
    fix_signs(left.as_mut(), right.rb_mut().transpose_mut());
    s.copy_from_slice(&values[..rank]);
    let residual = residual(w, left.as_ref(), s, right.rb(), par);
    copy_rows(left.as_ref(), u);
    copy_rows(right.rb().transpose(), vt);
    rescale(s, scale);
    let orthogonality = from_identity(left.as_ref(), par).max(from_identity(right.rb(), par));
    Ok(Quality { residual, orthogonality })
}

/// Orthonormal q (m×width) whose span holds the leading left singular vectors nearly, and b = Wᵀq (n×width).
fn subspace(w: MatRef<'_, f32>, settings: &Truncation, par: Par) -> (Mat<f32>, Mat<f32>) {
    let (m, n) = (w.nrows(), w.ncols());
    let width = settings.rank + settings.oversampling;
    let block = width.div_ceil(settings.iterations + 1);
    let mut draw = Draw::new(settings.seed);
    let mut right = Mat::<f32>::from_fn(n, block, |_, _| draw.next());
    let (mut q, mut b) = (Mat::<f32>::zeros(m, width), Mat::<f32>::zeros(n, width));
    for done in (0..width).step_by(block) {
        let columns = block.min(width - done);
        if done > 0 {
            let mut last = b.subcols(done - block, block).to_owned();
            factor(last.as_mut(), right.as_mut(), par);
        }
        let right = right.subcols(0, columns);
        let mut product = Mat::<f32>::zeros(m, columns);
        matmul(&mut product, Accum::Replace, w, right, 1f32, par);
        let (before, mut rest) = q.as_mut().split_at_col_mut(done);
        let mut fresh = rest.rb_mut().subcols_mut(0, columns);
        // Twice is enough (Giraud et al. 2005): once leaves what cancellation brought up.
        for round in 0..2 {
            remove(before.rb(), &mut product, par);
            factor(product.as_mut(), fresh.rb_mut(), par);
            if done == 0 || round == 1 {
                break;
            }
            product.copy_from(fresh.rb());
        }
        matmul(b.subcols_mut(done, columns), Accum::Replace, w.transpose(), fresh.rb(), 1f32, par);
    }
    (q, b)
}

/// y − q·(qᵀy)
fn remove(q: MatRef<'_, f32>, y: &mut Mat<f32>, par: Par) {
    if q.ncols() == 0 {
        return;
    }
    let mut along = Mat::<f32>::zeros(q.ncols(), y.ncols());
    matmul(&mut along, Accum::Replace, q.transpose(), &*y, 1f32, par);
    matmul(y, Accum::Add, q, &along, -1f32, par);
}

/// U·diag(s)·Vᵀ is the projection UUᵀW, so ‖W‖² − Σs² is what remains; where little does, the difference itself is measured.
fn residual(w: MatRef<'_, f32>, u: MatRef<'_, f32>, s: &[f32], v: MatRef<'_, f32>, par: Par) -> f64 {
    let whole = squared_norm(w);
    if whole == 0.0 {
        return 0.0;
    }
    let kept: f64 = s.iter().map(|x| *x as f64 * *x as f64).sum();
    let rest = 1.0 - kept / whole;
    if rest > 1e-3 {
        return rest.sqrt();
    }
    let us = Mat::from_fn(u.nrows(), u.ncols(), |i, j| u[(i, j)] * s[j]);
    let mut difference = w.to_owned();
    matmul(&mut difference, Accum::Add, &us, v.transpose(), -1f32, par);
    (squared_norm(difference.as_ref()) / whole).sqrt()
}

/// Sums of twelve uniform numbers: near enough to normal, and of plain arithmetic, so that every machine draws the same.
struct Draw(u64);

impl Draw {
    fn new(seed: u32) -> Self {
        Draw((seed as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x2545_F491_4F6C_DD1D))
    }

    fn next(&mut self) -> f32 {
        let mut sum = -6.0;
        for _ in 0..12 {
            // xorshift64*: Vigna 2016.
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            sum += (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 40) as f32 / 16_777_216.0;
        }
        sum
    }
}
