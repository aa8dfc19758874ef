//! The leading singular triplets by randomized block Krylov iteration (Musco and Musco 2015, on Halko, Martinsson, Tropp 2011), as a
//! block Golub–Kahan bidiagonalization: for the same products with W as subspace iteration it keeps every block, and is nearer for it.
use crate::basis::{self, orthonormal, remove, Orthonormal};
use crate::matrix::{finite, fix_signs, from_identity, parallelism, scale_of, squared_norm, view, Failure, Quality};
use crate::small::leading;
use crate::svd::rescale;
use crate::thin::{add_product, add_transposed_product, both_products, padded, sum_of_squares, Aligned};
use faer::linalg::matmul::matmul;
use faer::prelude::*;
use faer::{Accum, MatMut, MatRef, Par};
use std::ops::RangeInclusive;

pub struct Truncation {
    pub rank: usize,
    /// Dimensions of the subspace beyond the rank: what the products with W cost.
    pub oversampling: usize,
    /// Blocks after the first in which the subspace is built: more of them see W to a higher power, in smaller products.
    pub iterations: usize,
    pub seed: u32,
}

/// u: m×r, s: [r], vt: r×n, row-major. rank + oversampling ≤ min(m, n). The residual is that of rank r.
pub fn truncated_svd(
    a: &[f32],
    m: usize,
    n: usize,
    settings: &Truncation,
    u: &mut [f32],
    s: &mut [f32],
    vt: &mut [f32],
    threads: usize,
) -> Result<Quality, Failure> {
    if let Some(space) = subspace(a, m, n, settings, USUAL, threads) {
        return triplets(a, m, n, space, settings.rank, u, s, vt, threads);
    }
    finite(a)?;
    let scale = scale_of(a);
    let w: Vec<f32> = a.iter().map(|x| x / scale).collect();
    let space = subspace(&w, m, n, settings, 0.0..=f64::MAX, threads).expect("values near 1");
    let found = triplets(&w, m, n, space, settings.rank, u, s, vt, threads);
    rescale(s, scale);
    found
}

fn triplets(
    a: &[f32],
    m: usize,
    n: usize,
    Subspace { q, b, block, squares }: Subspace,
    rank: usize,
    u: &mut [f32],
    s: &mut [f32],
    vt: &mut [f32],
    threads: usize,
) -> Result<Quality, Failure> {
    let found = leading(&b, block, q.len() / m, rank, threads)?;
    let c = padded(rank);
    let mut left = Aligned::zeros(m * c);
    add_transposed_product(&q, m, &found.turn, c, &mut left, threads);
    unpad(&left, c, rank, u);
    s.copy_from_slice(&found.values);
    let par = parallelism(threads);
    let mut right = found.right;
    fix_signs(MatMut::from_row_major_slice_mut(u, m, rank), right.as_mut().transpose_mut());
    for (j, row) in vt.chunks_exact_mut(n).enumerate() {
        row.copy_from_slice(right.col(j).try_as_col_major().unwrap().as_slice());
    }
    let (left, right) = (view(u, m, rank), right.as_ref());
    let residual = residual(view(a, m, n), squares, left, s, right, par);
    let orthogonality = from_identity(left, par).max(from_identity(right, par));
    rescale(s, 1.0);
    Ok(Quality { residual, orthogonality })
}

/// Few columns without their padding.
fn unpad(from: &[f32], c: usize, columns: usize, to: &mut [f32]) {
    for (to, from) in to.chunks_exact_mut(columns).zip(from.chunks_exact(c)) {
        to.copy_from_slice(&from[..columns]);
    }
}

struct Subspace {
    /// width×m: orthonormal rows, whose span holds the leading left singular vectors nearly.
    q: Vec<f32>,
    /// Wᵀ·qᵀ, block by block: n×padded(columns) each.
    b: Vec<Aligned>,
    block: usize,
    /// ‖W‖_F²
    squares: f64,
}

/// ‖W‖_F² of a matrix whose values can be squared and summed in float32 as they are; others are scaled first.
const USUAL: RangeInclusive<f64> = 1e-20..=1e20;

/// How much larger what is taken away may be than what is left: rounding of the one is an error of the other, whose product is then computed from W.
const MAGNIFIED: f32 = 16.0;

/// None where ‖W‖_F² is not in `range`.
fn subspace(
    w: &[f32],
    m: usize,
    n: usize,
    settings: &Truncation,
    range: RangeInclusive<f64>,
    threads: usize,
) -> Option<Subspace> {
    let width = settings.rank + settings.oversampling;
    let block = width.div_ceil(settings.iterations + 1);
    let c = padded(block);
    let mut draw = Draw::new(settings.seed);
    let mut right = Aligned::zeros(n * c);
    for row in right.chunks_exact_mut(c) {
        row[..block].fill_with(|| draw.next());
    }
    let (mut q, mut b, mut squares) = (vec![0f32; width * m], Vec::<Aligned>::new(), 0f64);
    for done in (0..width).step_by(block) {
        let columns = block.min(width - done);
        if let Some(last) = b.last() {
            right = orthonormal(last, c, block, threads).basis;
            right.chunks_exact_mut(c).for_each(|row| row[columns..].fill(0.0));
        }
        let (mut left, mut back) = if block <= basis::MOST {
            let (left, back) = both_products(w, n, &right, c, (done == 0).then_some(&mut squares), threads);
            (left, Some(back))
        } else {
            let mut left = Aligned::zeros(m * c);
            add_product(w, n, &right, c, &mut left, threads);
            squares = if done == 0 { sum_of_squares(w) } else { squares };
            (left, None)
        };
        if !range.contains(&squares) {
            return None;
        }
        // Twice is enough (Giraud et al. 2005): once leaves what cancellation brought up.
        for _ in 0..2 {
            let along = remove(&q[..done * m], m, &mut left, c, threads);
            let Orthonormal { basis, inverse } = orthonormal(&left, c, columns, threads);
            left = basis;
            let inverse = inverse.filter(|inverse| longest(&along, c) * largest(inverse) < MAGNIFIED);
            back = back.zip(inverse).map(|(back, inverse)| followed(back, &b, &along, &inverse, block, c, threads));
        }
        // 16 rows of `left`, some cache lines, at a time.
        for (i, rows) in left.chunks(16 * c).enumerate() {
            for (j, to) in q[done * m..].chunks_exact_mut(m).take(columns).enumerate() {
                to[16 * i..].iter_mut().zip(rows.chunks_exact(c)).for_each(|(to, from)| *to = from[j]);
            }
        }
        b.push(back.unwrap_or_else(|| {
            let mut back = Aligned::zeros(n * c);
            add_transposed_product(w, n, &left, c, &mut back, threads);
            back
        }));
    }
    Some(Subspace { q, b, block, squares })
}

/// Wᵀ·left for `left` = (y + qᵀ·along)·inverse, from `back` = Wᵀ·y and the blocks `b` of Wᵀ·qᵀ: W need not be read again.
fn followed(mut back: Aligned, b: &[Aligned], along: &[f32], inverse: &[f32], block: usize, c: usize, threads: usize) -> Aligned {
    for (i, b) in b.iter().enumerate() {
        let mut part = Aligned::zeros(c * c);
        part[..block * c].copy_from_slice(&along[i * block * c..][..block * c]);
        add_product(b, c, &part, c, &mut back, threads);
    }
    let mut turned = Aligned::zeros(back.len());
    add_product(&back, c, inverse, c, &mut turned, threads);
    turned
}

/// The length of the longest column.
fn longest(a: &[f32], c: usize) -> f32 {
    let mut squares = vec![0f32; c];
    for row in a.chunks_exact(c) {
        squares.iter_mut().zip(row).for_each(|(sum, x)| *sum += x * x);
    }
    squares.iter().fold(0f32, |most, x| most.max(*x)).sqrt()
}

fn largest(a: &[f32]) -> f32 {
    a.iter().fold(0f32, |most, x| most.max(x.abs()))
}

/// U·diag(s)·Vᵀ is the projection UUᵀW, so ‖W‖² − Σs² is what remains; where little does, the difference itself is measured.
fn residual(
    w: MatRef<'_, f32>,
    whole: f64,
    u: MatRef<'_, f32>,
    s: &[f32],
    v: MatRef<'_, f32>,
    par: Par,
) -> f64 {
    if whole == 0.0 {
        return 0.0;
    }
    let kept: f64 = s.iter().map(|x| *x as f64 * *x as f64).sum();
    let rest = 1.0 - kept / whole;
    if rest > 1e-3 {
        return rest.sqrt();
    }
    let us = Mat::from_fn(u.nrows(), u.ncols(), |i, j| u[(i, j)] * s[j]);
    let mut difference = w.to_owned();
    matmul(&mut difference, Accum::Add, &us, v.transpose(), -1f32, par);
    (squared_norm(difference.as_ref()) / whole).sqrt()
}

/// Sums of twelve uniform numbers: near enough to normal, and of plain arithmetic, so that every machine draws the same.
struct Draw(u64);

impl Draw {
    fn new(seed: u32) -> Self {
        Draw((seed as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x2545_F491_4F6C_DD1D))
    }

    fn next(&mut self) -> f32 {
        let mut sum = -6.0;
        for _ in 0..3 {
            // xorshift64*: Vigna 2016.
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            let bits = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D);
            sum += (0..4).map(|i| (bits >> (16 * i)) as u16 as f32).sum::<f32>() / 65_536.0;
        }
        sum
    }
}
