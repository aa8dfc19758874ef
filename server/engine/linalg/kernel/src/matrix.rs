//! Row-major slices as faer's matrices, checks, and what both SVDs do with their result.
use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::prelude::*;
use faer::traits::ComplexField;
use faer::{Accum, MatMut, MatRef, Par};

/// Why there is no result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Failure {
    /// NaN or infinite values: how many, and the index of the first.
    NotFinite { count: usize, first: usize },
    /// The iteration did not converge.
    NoConvergence,
}

/// How well a decomposition holds.
#[derive(Clone, Copy, Debug)]
pub struct Quality {
    /// ‖W − U·diag(s)·Vᵀ‖_F / ‖W‖_F; 0 for a zero matrix.
    pub residual: f64,
    /// The larger of max |UᵀU − I| and max |VᵀV − I|.
    pub orthogonality: f64,
}

/// One thread computes on the spot; results do not depend on what else runs.
pub fn parallelism(threads: usize) -> Par {
    #[cfg(feature = "threads")]
    if threads > 1 {
        // What recurses may do so on one of the pool's.
        static POOL: std::sync::Once = std::sync::Once::new();
        POOL.call_once(|| drop(rayon::ThreadPoolBuilder::new().stack_size(STACK).build_global()));
        return Par::rayon(threads);
    }
    let _ = threads;
    Par::Seq
}

/// What `work` returns; faer's threads stay awake between its parts. A bidiagonalization has one a column, and a pool's threads would sleep
/// and wake for each.
pub fn awake<R: Send>(par: Par, work: impl FnOnce() -> R + Send) -> R {
    #[cfg(feature = "threads")]
    if let Par::Rayon(threads) = par {
        return spindle::with_lock(threads.get(), work);
    }
    let _ = par;
    work()
}

/// Bytes for a thread that decomposes.
#[cfg(feature = "threads")]
pub const STACK: usize = 16 << 20;

const EXPONENT: u32 = 0x7f80_0000;

pub fn finite(a: &[f32]) -> Result<(), Failure> {
    // Chunks without branches; only one that holds such a value is looked at value by value.
    let mut count = 0;
    let mut first = 0;
    for (chunk_index, chunk) in a.chunks(4096).enumerate() {
        let wrong = chunk.iter().fold(0u32, |wrong, x| wrong | (x.to_bits() & EXPONENT == EXPONENT) as u32);
        if wrong == 0 {
            continue;
        }
        for (i, x) in chunk.iter().enumerate() {
            if !x.is_finite() {
                if count == 0 {
                    first = chunk_index * 4096 + i;
                }
                count += 1;
            }
        }
    }
    if count == 0 { Ok(()) } else { Err(Failure::NotFinite { count, first }) }
}

pub fn view(a: &[f32], rows: usize, columns: usize) -> MatRef<'_, f32> {
    MatRef::from_row_major_slice(a, rows, columns)
}

/// Rows copied together: what lies across is then read and written some values at a time, and not one a cache line.
const TOGETHER: usize = 8;

/// Row-major m×n over `scale`, as a matrix of columns.
pub fn from_rows(a: &[f32], m: usize, n: usize, scale: f32) -> Mat<f32> {
    let mut w = Mat::zeros(m, n);
    for first in (0..m).step_by(TOGETHER) {
        for j in 0..n {
            for i in first..m.min(first + TOGETHER) {
                w[(i, j)] = a[i * n + j] / scale;
            }
        }
    }
    w
}

pub fn copy_rows(from: MatRef<'_, f32>, to: &mut [f32]) {
    let (m, n) = (from.nrows(), from.ncols());
    for first in (0..m).step_by(TOGETHER) {
        for j in 0..n {
            for i in first..m.min(first + TOGETHER) {
                to[i * n + j] = from[(i, j)];
            }
        }
    }
}

/// A power of two near the largest |value|: a matrix divided by it can be squared without overflow or underflow, and no bit is lost.
pub fn scale_of(a: &[f32]) -> f32 {
    // Of positive floats the larger has the larger bits, and integers have a maximum in one instruction.
    let largest = f32::from_bits(a.iter().fold(0u32, |max, x| max.max(x.to_bits() & 0x7fff_ffff)));
    if largest == 0.0 { 1.0 } else { 2f32.powi((largest.log2().floor() as i32).clamp(-126, 126)) }
}

/// ‖A‖_F², in float64.
pub fn squared_norm(a: MatRef<'_, f32>) -> f64 {
    // Along the rows or columns that lie together; eight sums at once, since each waits for the one before it.
    let a = if a.row_stride() == 1 { a.transpose() } else { a };
    let mut sum = 0f64;
    for i in 0..a.nrows() {
        let mut sums = [0f64; 8];
        match a.row(i).try_as_row_major().map(|row| row.as_slice()) {
            Some(row) => {
                let (chunks, rest) = row.as_chunks::<8>();
                for chunk in chunks {
                    for (sum, x) in sums.iter_mut().zip(chunk) {
                        *sum += *x as f64 * *x as f64;
                    }
                }
                sum += rest.iter().map(|x| *x as f64 * *x as f64).sum::<f64>();
            }
            None => sums[0] = (0..a.ncols()).map(|j| (a[(i, j)] as f64).powi(2)).sum(),
        }
        sum += sums.iter().sum::<f64>();
    }
    sum
}

/// Turns each pair of vectors so that the largest |uᵢ| is positive, of equals the first. u: m×k, vt: k×n.
pub fn fix_signs(mut u: MatMut<'_, f32>, mut vt: MatMut<'_, f32>) {
    for j in 0..u.ncols() {
        let mut largest = 0f32;
        for x in u.rb().col(j).iter() {
            if x.abs() > largest.abs() {
                largest = *x;
            }
        }
        if largest < 0.0 {
            for x in u.rb_mut().col_mut(j).iter_mut().chain(vt.rb_mut().row_mut(j).iter_mut()) {
                *x = -*x;
            }
        }
    }
}

/// Measured on the result itself. a: m×n, u: m×k, vt: k×n.
pub fn quality(a: MatRef<'_, f32>, u: MatRef<'_, f32>, s: &[f32], vt: MatRef<'_, f32>, par: Par) -> Quality {
    let norm = squared_norm(a);
    let us = Mat::from_fn(u.nrows(), u.ncols(), |i, j| u[(i, j)] * s[j]);
    let mut difference = a.to_owned();
    matmul(&mut difference, Accum::Add, &us, vt, -1f32, par);
    let residual = if norm > 0.0 { (squared_norm(difference.as_ref()) / norm).sqrt() } else { 0.0 };
    Quality { residual, orthogonality: from_identity(u, par).max(from_identity(vt.transpose(), par)) }
}

/// max |QᵀQ − I|
pub fn from_identity(q: MatRef<'_, f32>, par: Par) -> f64 {
    farthest(gram(q, par).as_ref())
}

/// QᵀQ; it is symmetric, so its lower half is computed.
pub fn gram<T: ComplexField>(q: MatRef<'_, T>, par: Par) -> Mat<T> {
    let k = q.ncols();
    let mut gram = Mat::<T>::zeros(k, k);
    triangular::matmul(
        gram.as_mut(),
        BlockStructure::TriangularLower,
        Accum::Replace,
        q.transpose(),
        BlockStructure::Rectangular,
        q,
        BlockStructure::Rectangular,
        T::one_impl(),
        par,
    );
    gram
}

/// max |G − I| for a lower half.
pub fn farthest(gram: MatRef<'_, f32>) -> f64 {
    let mut worst = 0f32;
    for j in 0..gram.ncols() {
        for i in j..gram.nrows() {
            worst = worst.max((gram[(i, j)] - if i == j { 1.0 } else { 0.0 }).abs());
        }
    }
    worst as f64
}
