//! Orthonormal columns of tall matrices, row-major with padded rows (see thin.rs).
use crate::matrix::parallelism;
use crate::qr::factor;
use crate::team::{Team, ALONE};
use crate::thin::{add_product, add_transposed_product, Aligned};
use faer::prelude::*;

/// Columns beyond which Householder's reflections are as fast.
pub const MOST: usize = 64;

/// What of a column's squared length must be left beside the columns before it, or the Gram matrix knows too little of it.
const LEAST: f64 = 1e-3;

/// Rows whose products are summed in float32.
const CHUNK: usize = 256;

/// y [m×c] − qᵀ·(q·y), for q [k×m] with orthonormal rows. Returns −q·y [k×c].
pub fn remove(q: &[f32], m: usize, y: &mut [f32], c: usize, team: &Team) -> Aligned {
    let mut along = Aligned::zeros(q.len() / m * c);
    if q.is_empty() {
        return along;
    }
    add_product(q, m, y, c, &mut along, team);
    along.iter_mut().for_each(|x| *x = -*x);
    add_transposed_product(q, m, &along, c, y, team);
    along
}

/// Orthonormal columns [m×c], and what they are `a` times of [c×c], where it is known.
pub struct Orthonormal {
    pub basis: Aligned,
    pub inverse: Option<Aligned>,
}

/// The first `columns` of a [m×c] made orthonormal: nearly, by Cholesky factors of their Gram matrix, and exactly when done again; by
/// Householder's reflections where they are many or hardly independent.
pub fn orthonormal(a: &[f32], c: usize, columns: usize, team: &Team) -> Orthonormal {
    let mut found = Aligned::zeros(a.len());
    let inverse = if columns <= MOST { inverse_factor(&gram(a, c, team), c, columns) } else { None };
    if let Some(inverse) = inverse {
        add_product(a, c, &inverse, c, &mut found, team);
        return Orthonormal { basis: found, inverse: Some(inverse) };
    }
    let m = a.len() / c;
    let mut given = Mat::from_fn(m, columns, |i, j| a[i * c + j]);
    let mut basis = Mat::<f32>::zeros(m, columns);
    factor(given.as_mut(), basis.as_mut(), parallelism(team.size()));
    for (i, row) in found.chunks_exact_mut(c).enumerate() {
        row[..columns].iter_mut().enumerate().for_each(|(j, x)| *x = basis[(i, j)]);
    }
    Orthonormal { basis: found, inverse: None }
}

/// aᵀa [c×c]. The same bits for every team.
fn gram(a: &[f32], c: usize, team: &Team) -> Vec<f64> {
    let chunks: Vec<&[f32]> = a.chunks(CHUNK * c).collect();
    let grams = team.shares(chunks.len(), &|share| {
        let mut grams = Aligned::zeros(share.len() * c * c);
        for (rows, gram) in chunks[share].iter().zip(grams.chunks_exact_mut(c * c)) {
            add_transposed_product(rows, c, rows, c, gram, &ALONE);
        }
        grams
    });
    let mut sum = vec![0f64; c * c];
    for gram in grams.iter().flat_map(|grams| grams.chunks_exact(c * c)) {
        sum.iter_mut().zip(gram).for_each(|(sum, x)| *sum += *x as f64);
    }
    sum
}

/// R⁻¹ [c×c], zero beyond `columns`, with RᵀR the Gram matrix; none where the columns are hardly independent.
fn inverse_factor(gram: &[f64], c: usize, columns: usize) -> Option<Aligned> {
    let mut r = vec![0f64; c * c];
    for i in 0..columns {
        for j in i..columns {
            let rest = gram[i * c + j] - (0..i).map(|k| r[k * c + i] * r[k * c + j]).sum::<f64>();
            if i == j {
                if !(rest > LEAST * gram[i * c + i]) {
                    return None;
                }
                r[i * c + i] = rest.sqrt();
            } else {
                r[i * c + j] = rest / r[i * c + i];
            }
        }
    }
    let mut inverse = vec![0f64; c * c];
    for j in 0..columns {
        for i in (0..=j).rev() {
            let known: f64 = (i + 1..=j).map(|k| r[i * c + k] * inverse[k * c + j]).sum();
            inverse[i * c + j] = ((i == j) as u8 as f64 - known) / r[i * c + i];
        }
    }
    let mut rounded = Aligned::zeros(c * c);
    rounded.iter_mut().zip(&inverse).for_each(|(to, x)| *to = *x as f32);
    Some(rounded)
}
