//! Householder QR with a diagonal ≥ 0.
use crate::matrix::{copy_rows, finite, from_rows, parallelism, Failure};
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::householder::{
    apply_block_householder_sequence_on_the_left_in_place_scratch as apply_scratch,
    apply_block_householder_sequence_on_the_left_in_place_with_conj as apply,
};
use faer::linalg::qr::no_pivoting::factor::{qr_in_place, qr_in_place_scratch, recommended_block_size};
use faer::prelude::*;
use faer::{Auto, Conj, MatMut, Par, Spec};

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
    let (m, n) = (a.nrows(), a.ncols());
    let block = recommended_block_size::<f32>(m, n);
    let params = Spec::new(Auto::<f32>::auto());
    let mut reflectors = Mat::<f32>::zeros(block, m.min(n));
    let scratch = qr_in_place_scratch::<f32>(m, n, block, par, params).or(apply_scratch::<f32>(m, block, q.ncols()));
    let mut memory = MemBuffer::new(scratch);
    let stack = MemStack::new(&mut memory);
    qr_in_place(a.rb_mut(), reflectors.as_mut(), par, stack, params);
    q.fill(0.0);
    q.rb_mut().diagonal_mut().fill(1.0);
    let k = m.min(n);
    apply(a.rb().subcols(0, k), reflectors.as_ref(), Conj::No, q, par, stack);
}
