//! Economy SVD and singular values by faer's divide and conquer on the bidiagonal form.
use crate::matrix::{
    awake, copy_rows, finite, fix_signs, from_rows, parallelism, quality, scale_of, Failure, Quality,
};
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::svd::{self, ComputeSvdVectors};
use faer::prelude::*;
use faer::{Auto, MatMut, MatRef, Par, Spec};
use faer::traits::ComplexField;

/// A result worse than this is computed again in float64, which takes three times as long again. What is promised is 1e-5 (DESIGN §5); usual
/// are 2e-6 for 512², 6e-6 for 4096².
const GOOD: f64 = 8e-6;

/// Bidiagonal blocks up to this size are done by QR iteration, whose rotations add up: with faer's own 128, orthogonality in float32 is
/// 1e-5 and more, with 16 it is 2e-6, in the same time.
pub const SMALL: usize = 16;

/// s: [k], descending.
pub fn singular_values(a: &[f32], m: usize, n: usize, s: &mut [f32], threads: usize) -> Result<(), Failure> {
    finite(a)?;
    let scale = scale_of(a);
    let w = from_rows(a, m, n, scale);
    decompose(w.as_ref(), s, None, None, parallelism(threads))?;
    rescale(s, scale);
    Ok(())
}

/// u: m×k, s: [k], vt: k×n, all row-major.
pub fn svd(
    a: &[f32],
    m: usize,
    n: usize,
    u: &mut [f32],
    s: &mut [f32],
    vt: &mut [f32],
    threads: usize,
) -> Result<Quality, Failure> {
    finite(a)?;
    let k = m.min(n);
    let par = parallelism(threads);
    let scale = scale_of(a);
    let w = from_rows(a, m, n, scale);
    let mut left = Mat::<f32>::zeros(m, k);
    let mut right = Mat::<f32>::zeros(n, k);
    let single = decompose(w.as_ref(), s, Some(left.as_mut()), Some(right.as_mut()), par);
    let mut found = single.map(|()| quality(w.as_ref(), left.as_ref(), s, right.transpose(), par));
    if !found.is_ok_and(|q| q.residual <= GOOD && q.orthogonality <= GOOD) {
        in_float64(w.as_ref(), left.as_mut(), s, right.as_mut(), par)?;
        found = Ok(quality(w.as_ref(), left.as_ref(), s, right.transpose(), par));
    }
    fix_signs(left.as_mut(), right.as_mut().transpose_mut());
    copy_rows(left.as_ref(), u);
    copy_rows(right.transpose(), vt);
    rescale(s, scale);
    found
}

/// s scaled back; a value that rounding made negative is 0.
pub fn rescale(s: &mut [f32], scale: f32) {
    for value in s {
        *value = value.max(0.0) * scale;
    }
}

fn in_float64(
    w: MatRef<'_, f32>,
    mut left: MatMut<'_, f32>,
    s: &mut [f32],
    mut right: MatMut<'_, f32>,
    par: Par,
) -> Result<(), Failure> {
    let (m, n, k) = (w.nrows(), w.ncols(), s.len());
    let wide = Mat::<f64>::from_fn(m, n, |i, j| w[(i, j)] as f64);
    let (mut u, mut v) = (Mat::<f64>::zeros(m, k), Mat::<f64>::zeros(n, k));
    let mut values = vec![0f64; k];
    decompose(wide.as_ref(), &mut values, Some(u.as_mut()), Some(v.as_mut()), par)?;
    for j in 0..k {
        s[j] = values[j] as f32;
        for i in 0..m {
            left[(i, j)] = u[(i, j)] as f32;
        }
        for i in 0..n {
            right[(i, j)] = v[(i, j)] as f32;
        }
    }
    Ok(())
}

/// u: m×k, v: n×k. Values descend.
pub fn decompose<T: ComplexField>(
    a: MatRef<'_, T>,
    s: &mut [T],
    u: Option<MatMut<'_, T>>,
    v: Option<MatMut<'_, T>>,
    par: Par,
) -> Result<(), Failure> {
    let params = Spec::new(svd::SvdParams { recursion_threshold: SMALL, ..Auto::<T>::auto() });
    let wanted = |given: bool| if given { ComputeSvdVectors::Thin } else { ComputeSvdVectors::No };
    let scratch = svd::svd_scratch::<T>(a.nrows(), a.ncols(), wanted(u.is_some()), wanted(v.is_some()), par, params);
    let mut memory = MemBuffer::new(scratch);
    awake(par, || {
        let diagonal = faer::ColMut::from_slice_mut(s).as_diagonal_mut();
        svd::svd(a, diagonal, u, v, par, MemStack::new(&mut memory), params).map_err(|_| Failure::NoConvergence)
    })
}
