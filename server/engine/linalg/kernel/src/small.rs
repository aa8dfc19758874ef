//! The leading singular triplets of a tall matrix with few columns.
use crate::matrix::{parallelism, Failure};
use crate::svd::{decompose, SMALL};
use crate::thin::{padded, Aligned};
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{self, ComputeEigenvectors};
use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::prelude::*;
use faer::traits::ComplexField;
use faer::{Accum, Auto, Par, Spec};

/// Columns up to which the Gram matrix is the shorter way.
const MOST: usize = 256;

/// The ratio of the last value to the first from which a Gram matrix in float64 keeps the vectors orthogonal within float32.
const LEAST: f64 = 1e-3;

pub struct Leading {
    /// [r], descending.
    pub values: Vec<f32>,
    /// n×r
    pub right: Mat<f32>,
    /// width×padded(r), row-major: the combinations of columns that are the other vectors.
    pub turn: Aligned,
}

/// b: n×width in blocks of as many columns as `block` says, each row-major with padded rows.
pub fn leading(b: &[Aligned], block: usize, width: usize, rank: usize, threads: usize) -> Result<Leading, Failure> {
    let par = parallelism(threads);
    if width <= MOST {
        if let Some(found) = by_gram(&assembled(b, block, width), rank, par) {
            return Ok(found);
        }
    }
    let mut values = vec![0f32; width];
    let b: Mat<f32> = assembled(b, block, width);
    let mut left = Mat::<f32>::zeros(width, width);
    let mut right = Mat::<f32>::zeros(b.ncols(), width);
    decompose(b.as_ref(), &mut values, Some(left.as_mut()), Some(right.as_mut()), par)?;
    values.truncate(rank);
    Ok(Leading { values, turn: turn(width, rank, |i, j| left[(i, j)]), right: right.subcols(0, rank).to_owned() })
}

/// bᵀ: width×n
fn assembled<T: From<f32> + ComplexField>(b: &[Aligned], block: usize, width: usize) -> Mat<T> {
    let c = padded(block);
    let mut all = Mat::<T>::zeros(width, b[0].len() / c);
    for (i, b) in b.iter().enumerate() {
        let columns = block.min(width - i * block);
        for (j, row) in b.chunks_exact(c).enumerate() {
            for (to, from) in all.col_mut(j).subrows_mut(i * block, columns).iter_mut().zip(row) {
                *to = T::from(*from);
            }
        }
    }
    all
}

fn turn(width: usize, rank: usize, value: impl Fn(usize, usize) -> f32) -> Aligned {
    let c = padded(rank);
    let mut turn = Aligned::zeros(width * c);
    for (i, row) in turn.chunks_exact_mut(c).enumerate() {
        row[..rank].iter_mut().enumerate().for_each(|(j, x)| *x = value(i, j));
    }
    turn
}

/// From the eigenvectors of b·bᵀ in float64; none where they know too little of the last vectors.
fn by_gram(b: &Mat<f64>, rank: usize, par: Par) -> Option<Leading> {
    let (width, n) = (b.nrows(), b.ncols());
    let mut gram = Mat::<f64>::zeros(width, width);
    triangular::matmul(
        gram.as_mut(),
        BlockStructure::TriangularLower,
        Accum::Replace,
        b.as_ref(),
        BlockStructure::Rectangular,
        b.transpose(),
        BlockStructure::Rectangular,
        1f64,
        par,
    );
    // In ascending order.
    let mut squares = vec![0f64; width];
    let mut vectors = Mat::<f64>::zeros(width, width);
    let params = Spec::new(evd::SelfAdjointEvdParams { recursion_threshold: SMALL, ..Auto::<f64>::auto() });
    let mut memory = MemBuffer::new(evd::self_adjoint_evd_scratch::<f64>(width, ComputeEigenvectors::Yes, par, params));
    let diagonal = faer::ColMut::from_slice_mut(&mut squares).as_diagonal_mut();
    let stack = MemStack::new(&mut memory);
    evd::self_adjoint_evd(gram.as_ref(), diagonal, Some(vectors.as_mut()), par, stack, params).ok()?;
    let values: Vec<f64> = (0..rank).map(|j| squares[width - 1 - j].max(0.0).sqrt()).collect();
    if !(values[rank - 1] > LEAST * values[0]) {
        return None;
    }
    let turned = Mat::<f64>::from_fn(width, rank, |i, j| vectors[(i, width - 1 - j)] / values[j]);
    let mut right = Mat::<f64>::zeros(n, rank);
    matmul(&mut right, Accum::Replace, b.transpose(), &turned, 1f64, par);
    Some(Leading {
        values: values.iter().map(|x| *x as f32).collect(),
        right: Mat::from_fn(n, rank, |i, j| right[(i, j)] as f32),
        turn: turn(width, rank, |i, j| vectors[(i, width - 1 - j)] as f32),
    })
}
