//! Householder's reflections: a matrix becomes a triangle, some columns at a time. Not by faer's, which take what is left of a column for rounding where it
//! is below 16·m·ε of the column, 0.8% of it with 4096 rows, and skip it: of a matrix with few strong directions R is then off by as much.
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::householder::{
    apply_block_householder_sequence_on_the_left_in_place_scratch as undo_scratch,
    apply_block_householder_sequence_on_the_left_in_place_with_conj as undo,
    apply_block_householder_sequence_transpose_on_the_left_in_place_scratch as apply_scratch,
    apply_block_householder_sequence_transpose_on_the_left_in_place_with_conj as apply,
    upgrade_householder_factor,
};
use faer::prelude::*;
use faer::{Conj, MatMut, MatRef, Par};
use pulp::{Arch, Simd, WithSimd};

/// Columns whose reflections are applied to the others at once, of a matrix and, before that, among them.
pub const BLOCK: usize = 64;
const FEW: usize = 8;

/// R in the upper triangle, the reflections below it. Returned are their factors: block×min(m, n), as faer has them.
pub fn triangularize(mut a: MatMut<'_, f32>, block: usize, par: Par) -> Mat<f32> {
    let k = a.nrows().min(a.ncols());
    let mut factors = Mat::zeros(block, k);
    for first in (0..k).step_by(block) {
        let columns = block.min(k - first);
        let (mut panel, rest) = a.rb_mut().get_mut(first.., first..).split_at_col_mut(columns);
        let mut factor = factors.as_mut().submatrix_mut(0, first, columns, columns);
        reflect(panel.rb_mut(), factor.rb_mut());
        turn(panel.rb(), factor.rb(), rest, par);
    }
    factors
}

/// The upper triangle, k×n.
pub fn upper(a: MatRef<'_, f32>) -> Mat<f32> {
    Mat::from_fn(a.nrows().min(a.ncols()), a.ncols(), |i, j| if i <= j { a[(i, j)] } else { 0.0 })
}

/// Qᵀa in the place of a. `reflections`: the matrix that was made a triangle, `factors`: what was returned.
pub fn turn(reflections: MatRef<'_, f32>, factors: MatRef<'_, f32>, a: MatMut<'_, f32>, par: Par) {
    if a.ncols() == 0 {
        return;
    }
    let reflections = reflections.subcols(0, factors.ncols());
    let mut memory = MemBuffer::new(apply_scratch::<f32>(a.nrows(), factors.nrows(), a.ncols()));
    apply(reflections, factors, Conj::No, a, par, MemStack::new(&mut memory));
}

/// Qa in the place of a.
pub fn turn_back(reflections: MatRef<'_, f32>, factors: MatRef<'_, f32>, a: MatMut<'_, f32>, par: Par) {
    let reflections = reflections.subcols(0, factors.ncols());
    let mut memory = MemBuffer::new(undo_scratch::<f32>(a.nrows(), factors.nrows(), a.ncols()));
    undo(reflections, factors, Conj::No, a, par, MemStack::new(&mut memory));
}

fn reflect(mut panel: MatMut<'_, f32>, mut factor: MatMut<'_, f32>) {
    let columns = panel.ncols();
    for first in (0..columns).step_by(FEW) {
        let few = FEW.min(columns - first);
        let (mut these, rest) = panel.rb_mut().get_mut(first.., first..).split_at_col_mut(few);
        let mut factor = factor.rb_mut().submatrix_mut(first, first, few, few);
        Arch::new().dispatch(OneByOne { columns: these.rb_mut(), factor: factor.rb_mut() });
        if rest.ncols() > 0 {
            upgrade_householder_factor(factor.rb_mut(), these.rb(), few, 1, Par::Seq);
            turn(these.rb(), factor.rb(), rest, Par::Seq);
        }
    }
    upgrade_householder_factor(factor, panel.rb(), columns, 1, Par::Seq);
}

/// Fills the diagonal of `factor`.
struct OneByOne<'a> {
    columns: MatMut<'a, f32>,
    factor: MatMut<'a, f32>,
}

impl WithSimd for OneByOne<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) {
        for j in 0..self.columns.ncols() {
            let (left, right) = self.columns.rb_mut().split_at_col_mut(j + 1);
            let (first, v) = below(left.col_mut(j), j);
            let tail = dot(v, v);
            if tail == 0.0 {
                // Nothing to reflect: the way faer says so.
                self.factor[(j, j)] = f32::INFINITY;
                continue;
            }
            let at = *first as f64;
            let to = -(at * at + tail).sqrt().copysign(at);
            let tau = (to - at) / to;
            let by = 1.0 / (at - to);
            // What is left of a column may be so small that float32 has no such factor.
            v.iter_mut().for_each(|x| *x = (*x as f64 * by) as f32);
            *first = to as f32;
            self.factor[(j, j)] = (1.0 / tau) as f32;
            for column in right.col_iter_mut() {
                let (first, x) = below(column, j);
                let sum = (tau * (*first as f64 + dot(v, x))) as f32;
                *first -= sum;
                for (x, v) in x.iter_mut().zip(&*v) {
                    *x -= sum * v;
                }
            }
        }
    }
}

/// Place j of a column, and those after it.
#[inline(always)]
fn below(column: faer::ColMut<'_, f32>, j: usize) -> (&mut f32, &mut [f32]) {
    column.try_as_col_major_mut().unwrap().as_slice_mut()[j..].split_first_mut().unwrap()
}

/// In float64: in columns that are all alike rounding would add up.
#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f64 {
    let mut sums = [0f64; 16];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
    for (a, b) in a.iter().zip(b) {
        for k in 0..16 {
            sums[k] += a[k] as f64 * b[k] as f64;
        }
    }
    sums.iter().sum::<f64>() + a_rest.iter().zip(b_rest).map(|(a, b)| *a as f64 * *b as f64).sum::<f64>()
}
