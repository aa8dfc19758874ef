//! The leading singular triplets by randomized block Krylov iteration (Musco and Musco 2015, on Halko, Martinsson, Tropp 2011), as a
//! block Golub–Kahan bidiagonalization: for the same products with W as subspace iteration it keeps every block, and is nearer for it.
use crate::basis::{self, orthonormal, remove, Orthonormal};
use crate::change::Change;
use crate::matrix::{farthest, finite, gram, parallelism, scale_of, squared_norm, view, Failure, Quality};
use crate::small::{leading, Leading};
use crate::svd::rescale;
use crate::team::Team;
use crate::thin::{add_product, add_transposed_product, both_products, padded, sum_of_squares, Aligned};
use faer::linalg::matmul::matmul;
use faer::prelude::*;
use faer::{Accum, MatRef, Par};
use std::ops::RangeInclusive;

pub struct Truncation {
    pub rank: usize,
    /// Dimensions of the subspace beyond the rank: what the products with W cost.
    pub oversampling: usize,
    /// Blocks after the first in which the subspace is built: more of them see W to a higher power, in smaller products.
    pub iterations: usize,
    pub seed: u32,
}

/// Where the triplets go, row-major: u m×r, s [r], vt r×n.
pub struct Triplets<'a> {
    pub u: &'a mut [f32],
    pub s: &'a mut [f32],
    pub vt: &'a mut [f32],
}

/// rank + oversampling ≤ min(m, n). The residual is that of rank r.
pub fn truncated_svd(
    a: &[f32],
    m: usize,
    n: usize,
    settings: &Truncation,
    out: Triplets<'_>,
    threads: usize,
) -> Result<Quality, Failure> {
    Team::with(threads, |team| {
        if let Some(space) = subspace(a, m, n, settings, USUAL, team) {
            return triplets(a, m, n, space, settings.rank, out, team);
        }
        finite(a)?;
        let scale = scale_of(a);
        let w: Vec<f32> = a.iter().map(|x| x / scale).collect();
        let space = subspace(&w, m, n, settings, 0.0..=f64::MAX, team).expect("values near 1");
        let Triplets { u, s, vt } = out;
        let found = triplets(&w, m, n, space, settings.rank, Triplets { u, s, vt }, team);
        rescale(s, scale);
        found
    })
}

fn triplets(
    a: &[f32],
    m: usize,
    n: usize,
    Subspace { q, b, block, squares }: Subspace,
    rank: usize,
    Triplets { u, s, vt }: Triplets<'_>,
    team: &Team,
) -> Result<Quality, Failure> {
    let Leading { values, right, turn } = leading(&b, block, q.len() / m, rank, team)?;
    let c = padded(rank);
    let mut left = Aligned::zeros(m * c);
    add_transposed_product(&q, m, &turn, c, &mut left, team);
    let signs = signs(&left, c);
    for (to, from) in u.chunks_exact_mut(rank).zip(left.chunks_exact(c)) {
        to.iter_mut().zip(from).zip(&signs).for_each(|((to, x), sign)| *to = x * sign);
    }
    s.copy_from_slice(&values);
    for ((j, to), sign) in vt.chunks_exact_mut(n).enumerate().zip(&signs) {
        let from = right.col(j).try_as_col_major().unwrap().as_slice();
        to.iter_mut().zip(from).for_each(|(to, x)| *to = x * sign);
    }
    let (left, right) = (view(u, m, rank), view(vt, rank, n).transpose());
    let residual = residual(view(a, m, n), squares, left, s, right, parallelism(team.size()));
    let orthogonality = from_identity(left, team).max(from_identity(right, team));
    rescale(s, 1.0);
    Ok(Quality { residual, orthogonality })
}

/// Of each column of `a` (rows of c) that of its largest |value|, of equals the first.
fn signs(a: &[f32], c: usize) -> Vec<f32> {
    let mut largest = vec![0f32; c];
    for row in a.chunks_exact(c) {
        largest.iter_mut().zip(row).for_each(|(most, x)| *most = if x.abs() > most.abs() { *x } else { *most });
    }
    largest.into_iter().map(|x| if x < 0.0 { -1.0 } else { 1.0 }).collect()
}

/// max |QᵀQ − I|
fn from_identity(q: MatRef<'_, f32>, team: &Team) -> f64 {
    let parts = team.shares(q.nrows(), &|rows| gram(q.subrows(rows.start, rows.len()), Par::Seq));
    farthest(parts.into_iter().reduce(|sum, part| sum + part).unwrap().as_ref())
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

/// None where ‖W‖_F² is not in `range`.
fn subspace(
    w: &[f32],
    m: usize,
    n: usize,
    settings: &Truncation,
    range: RangeInclusive<f64>,
    team: &Team,
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
            right = orthonormal(last, c, block, team).basis;
            right.chunks_exact_mut(c).for_each(|row| row[columns..].fill(0.0));
        }
        let (mut left, back) = if block <= basis::MOST {
            let (left, back) = both_products(w, n, &right, c, (done == 0).then_some(&mut squares), team);
            (left, Some(back))
        } else {
            let mut left = Aligned::zeros(m * c);
            add_product(w, n, &right, c, &mut left, team);
            squares = if done == 0 { sum_of_squares(w) } else { squares };
            (left, None)
        };
        if !range.contains(&squares) {
            return None;
        }
        // Twice is enough (Giraud et al. 2005): once leaves what cancellation brought up.
        let mut change = back.is_some().then(|| Change::none(done, c));
        for _ in 0..2 {
            let along = remove(&q[..done * m], m, &mut left, c, team);
            let Orthonormal { basis, inverse } = orthonormal(&left, c, columns, team);
            left = basis;
            change = change.zip(inverse).and_then(|(change, inverse)| change.then(&along, &inverse, c, team));
        }
        let back = back.zip(change).map(|(back, change)| change.of(&back, &b, block, c, team));
        keep(&left, c, &mut q[done * m..][..columns * m], m, team);
        b.push(back.unwrap_or_else(|| {
            let mut back = Aligned::zeros(n * c);
            add_transposed_product(w, n, &left, c, &mut back, team);
            back
        }));
    }
    Some(Subspace { q, b, block, squares })
}

/// The first columns of `left` [m×c] as rows.
fn keep(left: &[f32], c: usize, rows: &mut [f32], m: usize, team: &Team) {
    let share = (rows.len() / m).div_ceil(team.size());
    team.each(rows.chunks_mut(share * m).enumerate(), &|(index, rows): (usize, &mut [f32])| {
        // 16 rows of `left`, some cache lines, at a time.
        for (i, from) in left.chunks(16 * c).enumerate() {
            for (j, to) in rows.chunks_exact_mut(m).enumerate() {
                let column = index * share + j;
                to[16 * i..].iter_mut().zip(from.chunks_exact(c)).for_each(|(to, from)| *to = from[column]);
            }
        }
    });
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
