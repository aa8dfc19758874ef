//! The leading singular triplets of a tall matrix with few columns.
use crate::matrix::{gram, parallelism, Failure};
use crate::svd::{decompose, SMALL};
use crate::team::Team;
use crate::thin::{padded, Aligned};
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{self, ComputeEigenvectors};
use faer::linalg::matmul::matmul;
use faer::prelude::*;
use faer::traits::ComplexField;
use faer::{Accum, Auto, MatMut, MatRef, Par, Spec};
use std::ops::Range;

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
pub fn leading(b: &[Aligned], block: usize, width: usize, rank: usize, team: &Team) -> Result<Leading, Failure> {
    if width <= MOST {
        if let Some(found) = by_gram(b, block, width, rank, team) {
            return Ok(found);
        }
    }
    let mut values = vec![0f32; width];
    let b: Mat<f32> = assembled(b, block, width, 0..b[0].len() / padded(block));
    let mut left = Mat::<f32>::zeros(width, width);
    let mut right = Mat::<f32>::zeros(b.ncols(), width);
    decompose(b.as_ref(), &mut values, left.as_mut(), right.as_mut(), parallelism(team.size()))?;
    values.truncate(rank);
    Ok(Leading { values, turn: turn(width, rank, |i, j| left[(i, j)]), right: right.subcols(0, rank).to_owned() })
}

/// `rows` of b, transposed.
fn assembled<T: From<f32> + ComplexField>(b: &[Aligned], block: usize, width: usize, rows: Range<usize>) -> Mat<T> {
    let c = padded(block);
    let mut all = Mat::<T>::zeros(width, rows.len());
    for (i, b) in b.iter().enumerate() {
        let columns = block.min(width - i * block);
        for (j, row) in b[rows.start * c..rows.end * c].chunks_exact(c).enumerate() {
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

/// From the eigenvectors of bᵀb in float64; none where they know too little of the last vectors.
fn by_gram(b: &[Aligned], block: usize, width: usize, rank: usize, team: &Team) -> Option<Leading> {
    let n = b[0].len() / padded(block);
    let parts = team.shares(n, &|rows| {
        let part: Mat<f64> = assembled(b, block, width, rows);
        let gram = gram(part.transpose(), Par::Seq);
        (part, gram)
    });
    let gram = parts.iter().skip(1).fold(parts[0].1.clone(), |sum, (_, gram)| sum + gram);
    let (squares, vectors) = eigen(gram.as_ref())?;
    let values: Vec<f64> = (0..rank).map(|j| squares[width - 1 - j].max(0.0).sqrt()).collect();
    if !(values[rank - 1] > LEAST * values[0]) {
        return None;
    }
    let turned = Mat::<f64>::from_fn(width, rank, |i, j| vectors[(i, width - 1 - j)] / values[j]);
    let mut right = Mat::<f32>::zeros(n, rank);
    let mut rest = Some(right.as_mut());
    let into = parts.iter().map(|(part, _)| {
        let (into, after) = rest.take().unwrap().split_at_row_mut(part.ncols());
        rest = Some(after);
        (part, into)
    });
    team.each(into, &|(part, mut into): (&Mat<f64>, MatMut<'_, f32>)| {
        let mut product = Mat::<f64>::zeros(part.ncols(), rank);
        matmul(&mut product, Accum::Replace, part.transpose(), &turned, 1f64, Par::Seq);
        for j in 0..rank {
            into.rb_mut().col_mut(j).iter_mut().zip(product.col(j).iter()).for_each(|(to, x)| *to = *x as f32);
        }
    });
    Some(Leading {
        values: values.iter().map(|x| *x as f32).collect(),
        right,
        turn: turn(width, rank, |i, j| vectors[(i, width - 1 - j)] as f32),
    })
}

/// Eigenvalues, ascending, and eigenvectors of a symmetric matrix's lower half.
fn eigen(a: MatRef<'_, f64>) -> Option<(Vec<f64>, Mat<f64>)> {
    let n = a.nrows();
    let (mut values, mut vectors) = (vec![0f64; n], Mat::<f64>::zeros(n, n));
    let params = Spec::new(evd::SelfAdjointEvdParams { recursion_threshold: SMALL, ..Auto::<f64>::auto() });
    let mut memory = MemBuffer::new(evd::self_adjoint_evd_scratch::<f64>(n, ComputeEigenvectors::Yes, Par::Seq, params));
    let diagonal = faer::ColMut::from_slice_mut(&mut values).as_diagonal_mut();
    let stack = MemStack::new(&mut memory);
    evd::self_adjoint_evd(a, diagonal, Some(vectors.as_mut()), Par::Seq, stack, params).ok()?;
    Some((values, vectors))
}
