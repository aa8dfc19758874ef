//! What making a block orthonormal did to it, so that Wᵀ follows without another product with W.
use crate::team::Team;
use crate::thin::{add_products, Aligned};

/// How much larger what is taken away may be than what is left: rounding of the one is an error of the other, whose product is then computed from W.
const MAGNIFIED: f32 = 16.0;

/// What a block y has become: y·own + qᵀ·others. Wᵀ·y becomes the same of itself and of Wᵀ·qᵀ.
pub struct Change {
    /// c×c
    own: Aligned,
    /// k×c for q of k rows
    others: Aligned,
}

impl Change {
    /// Of a block that is as it was.
    pub fn none(k: usize, c: usize) -> Self {
        let mut own = Aligned::zeros(c * c);
        own.iter_mut().step_by(c + 1).for_each(|x| *x = 1.0);
        Change { own, others: Aligned::zeros(k * c) }
    }

    /// Then it becomes (y + qᵀ·along)·inverse; none where rounding would grow too much.
    pub fn then(mut self, along: &[f32], inverse: &[f32], c: usize, team: &Team) -> Option<Self> {
        if !(longest(along, c) * largest(inverse) < MAGNIFIED) {
            return None;
        }
        self.others.iter_mut().zip(along).for_each(|(x, along)| *x += along);
        let combined = |a: &Aligned| {
            let mut product = Aligned::zeros(a.len());
            add_products(&[(a, inverse)], c, &mut product, team);
            product
        };
        Some(Change { own: combined(&self.own), others: combined(&self.others) })
    }

    /// What Wᵀ·y = `back` [n×c] has become; b: Wᵀ·qᵀ in blocks of `block` columns.
    pub fn of(&self, back: &Aligned, b: &[Aligned], block: usize, c: usize, team: &Team) -> Aligned {
        let factors: Vec<Aligned> = self.others.chunks(block * c).map(|rows| squared(rows, c)).collect();
        let others = b.iter().zip(&factors).map(|(b, factors)| (&b[..], &factors[..]));
        let pairs: Vec<_> = others.chain([(&back[..], &self.own[..])]).collect();
        let mut changed = Aligned::zeros(back.len());
        add_products(&pairs, c, &mut changed, team);
        changed
    }
}

/// c×c: `rows` and zeros.
fn squared(rows: &[f32], c: usize) -> Aligned {
    let mut all = Aligned::zeros(c * c);
    all[..rows.len()].copy_from_slice(rows);
    all
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
