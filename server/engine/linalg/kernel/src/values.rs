//! Singular values: to a band by matrix products, from the band to two diagonals, and of these by bisection. The usual way, to two
//! diagonals at once, reads the whole matrix for each column.
use crate::band::{bidiagonal, Band};
use crate::bisection::bisect;
use crate::matrix::awake;
use crate::reflections::{triangularize, turn, upper, BLOCK};
use faer::prelude::*;
use faer::{MatMut, Par};

/// Diagonals above the main one that the band has: more make better products, and the way from there longer.
const WIDTH: usize = 32;

/// s: [n], descending, of w (m×n, m ≥ n), of which nothing is left.
pub fn by_band(mut w: Mat<f32>, s: &mut [f32], par: Par) {
    let (m, n) = (w.nrows(), w.ncols());
    awake(par, || {
        if 3 * m > 4 * n {
            triangularize(w.as_mut(), BLOCK, par);
            w = upper(w.as_ref());
        }
        for first in (0..n).step_by(WIDTH) {
            reduce(w.as_mut().get_mut(first.., first..), WIDTH.min(n - first), par);
        }
    });
    let mut band = Band::zeros(n, WIDTH);
    for i in 0..n {
        for j in i..n.min(i + WIDTH + 1) {
            *band.at(i, j) = w[(i, j)] as f64;
        }
    }
    let (d, e) = bidiagonal(band);
    bisect(&d, &e, s);
}

/// The first `width` columns become a triangle, and what is right of it another, by turns of rows and columns.
fn reduce(w: MatMut<'_, f32>, width: usize, par: Par) {
    let (mut panel, mut rest) = w.split_at_col_mut(width);
    let factors = triangularize(panel.rb_mut(), width, par);
    if rest.ncols() == 0 {
        return;
    }
    turn(panel.rb(), factors.as_ref(), rest.rb_mut(), par);
    let (mut top, bottom) = rest.split_at_row_mut(width);
    let mut across = top.rb().transpose().to_owned();
    let factors = triangularize(across.as_mut(), width, par);
    for j in 0..top.ncols() {
        for i in 0..width {
            top[(i, j)] = if j <= i { across[(j, i)] } else { 0.0 };
        }
    }
    turn(across.as_ref(), factors.as_ref(), bottom.transpose_mut(), par);
}
