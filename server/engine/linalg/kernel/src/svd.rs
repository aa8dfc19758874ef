//! Economy SVD by faer's divide and conquer on the bidiagonal form; singular values alone come by a band.
use crate::matrix::{
    awake, copy_rows, finite, fix_signs, from_rows, parallelism, quality, scale_of, squared_norm, Failure, Quality,
};
use crate::reflections::{triangularize, turn_back, upper, BLOCK};
use crate::values::by_band;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::svd::{self, ComputeSvdVectors};
use faer::prelude::*;
use faer::{Auto, MatMut, MatRef, Par, Spec};
use faer::traits::ComplexField;

/// A result worse than this is computed again in float64, which takes three times as long again. What is promised is 1e-5 (DESIGN §5); usual
/// are 2e-6 for 512², 6e-6 for 4096².
const GOOD: f64 = 8e-6;

/// ‖s‖² and ‖W‖² differ by this share of it at most, or the values are computed again in float64. Usual are 2e-8.
const SAME_NORM: f64 = 1e-6;

/// Bidiagonal blocks up to this size are done by QR iteration, whose rotations add up: with faer's own 128, orthogonality in float32 is
/// 1e-5 and more, with 16 it is 2e-6, in the same time.
pub const SMALL: usize = 16;

/// s: [k], descending.
pub fn singular_values(a: &[f32], m: usize, n: usize, s: &mut [f32], threads: usize) -> Result<(), Failure> {
    finite(a)?;
    let scale = scale_of(a);
    // W or Wᵀ, whichever is not wide: they have the same values.
    let w = if m >= n { from_rows(a, m, n, scale) } else { Mat::from_fn(n, m, |i, j| a[j * n + i] / scale) };
    let par = parallelism(threads);
    let norm = squared_norm(w.as_ref());
    by_band(w, s, par);
    // Rounding that goes one way, as in a matrix whose entries are all the same, shows in the norm.
    let found: f64 = s.iter().map(|x| *x as f64 * *x as f64).sum();
    let same = (found - norm).abs() <= SAME_NORM * norm;
    if !same {
        let w = Mat::<f64>::from_fn(m, n, |i, j| (a[i * n + j] / scale) as f64);
        let mut values = vec![0f64; s.len()];
        by_faer(w.as_ref(), &mut values, None, None, par)?;
        s.iter_mut().zip(&values).for_each(|(s, value)| *s = *value as f32);
        descend(s, [None, None]);
    }
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
    let single = decompose(w.as_ref(), s, left.as_mut(), right.as_mut(), par);
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
    by_faer(wide.as_ref(), &mut values, Some(u.as_mut()), Some(v.as_mut()), par)?;
    for j in 0..k {
        s[j] = values[j] as f32;
        for i in 0..m {
            left[(i, j)] = u[(i, j)] as f32;
        }
        for i in 0..n {
            right[(i, j)] = v[(i, j)] as f32;
        }
    }
    descend(s, [Some(left), Some(right)]);
    Ok(())
}

/// u: m×k, v: n×k. Values descend. A tall matrix is made a triangle first.
pub fn decompose(
    a: MatRef<'_, f32>,
    s: &mut [f32],
    mut u: MatMut<'_, f32>,
    mut v: MatMut<'_, f32>,
    par: Par,
) -> Result<(), Failure> {
    let (m, n) = (a.nrows(), a.ncols());
    if m < n {
        return decompose(a.transpose(), s, v, u, par);
    }
    // faer would do so itself from 11/6 on.
    if 3 * m <= 5 * n {
        by_faer(a, s, Some(u.rb_mut()), Some(v.rb_mut()), par)?;
    } else {
        let mut reflections = a.to_owned();
        let factors = awake(par, || triangularize(reflections.as_mut(), BLOCK, par));
        let r = upper(reflections.as_ref());
        u.fill(0.0);
        by_faer(r.as_ref(), s, Some(u.rb_mut().subrows_mut(0, n)), Some(v.rb_mut()), par)?;
        awake(par, || turn_back(reflections.as_ref(), factors.as_ref(), u.rb_mut(), par));
    }
    descend(s, [Some(u), Some(v)]);
    Ok(())
}

/// faer's values need not descend where most are nothing, as in a matrix of exactly low rank.
fn descend(s: &mut [f32], vectors: [Option<MatMut<'_, f32>>; 2]) {
    if s.is_sorted_by(|a, b| a >= b) {
        return;
    }
    let mut order: Vec<usize> = (0..s.len()).collect();
    order.sort_by(|&i, &j| s[j].total_cmp(&s[i]));
    let given = s.to_vec();
    order.iter().zip(s).for_each(|(&i, value)| *value = given[i]);
    for mut vectors in vectors.into_iter().flatten() {
        let given = vectors.to_owned();
        for (j, &i) in order.iter().enumerate() {
            vectors.rb_mut().col_mut(j).copy_from(given.col(i));
        }
    }
}

fn by_faer<T: ComplexField>(
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
