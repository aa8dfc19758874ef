//! Householder QR with a diagonal ≥ 0.
use crate::matrix::{copy_rows, finite, from_rows, parallelism, Failure};
use crate::reflections::{triangularize, turn_back, BLOCK};
use faer::prelude::*;
use faer::{MatMut, Par};

/// q: m×k, r: k×n, both row-major.
pub fn qr(a: &[f32], m: usize, n: usize, q: &mut [f32], r: &mut [f32], threads: usize) -> Result<(), Failure> {
    finite(a)?;
    let k = m.min(n);
    let mut factored = from_rows(a, m, n, 1.0);
    let mut basis = Mat::<f32>::zeros(m, k);
    factor(factored.as_mut(), basis.as_mut(), parallelism(threads));
    for i in 0..k {
        let sign = if factored[(i, i)] < 0.0 { -1.0 } else { 1.0 };
        for j in 0..n {
            r[i * n + j] = if j < i { 0.0 } else { sign * factored[(i, j)] };
        }
        for x in basis.col_mut(i).iter_mut() {
            *x *= sign;
        }
    }
    copy_rows(basis.as_ref(), q);
    Ok(())
}

/// Orthonormal columns that span those of `a` (m×n), into `q` (m×k); `a` keeps R in its upper triangle.
pub fn factor(mut a: MatMut<'_, f32>, mut q: MatMut<'_, f32>, par: Par) {
    let factors = triangularize(a.rb_mut(), BLOCK, par);
    q.fill(0.0);
    q.rb_mut().diagonal_mut().fill(1.0);
    turn_back(a.rb(), factors.as_ref(), q, par);
}
