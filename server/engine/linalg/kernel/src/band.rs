//! From an upper band to two diagonals: each row in turn gives up what lies beyond its second place, and the bulge that this makes is chased down
//! the band (Schwarz 1968; by reflections as Murata and Horikoshi 1975). In float64, for the sake of many thousands of reflections.
use pulp::{Arch, Simd, WithSimd};

/// Entries (i, j) with −width < j − i < 2·width, a row after another: the band, and room for bulges.
pub struct Band {
    n: usize,
    width: usize,
    stride: usize,
    entries: Vec<f64>,
}

impl Band {
    pub fn zeros(n: usize, width: usize) -> Self {
        let stride = 3 * width;
        Band { n, width, stride, entries: vec![0.0; n * stride] }
    }

    pub fn at(&mut self, i: usize, j: usize) -> &mut f64 {
        let place = self.place(i, j);
        &mut self.entries[place]
    }

    #[inline(always)]
    fn place(&self, i: usize, j: usize) -> usize {
        i * self.stride + j + self.width - i
    }

    #[inline(always)]
    fn row(&mut self, i: usize, from: usize, to: usize) -> &mut [f64] {
        let place = self.place(i, from);
        &mut self.entries[place..place + to - from]
    }

    /// Columns from … to of rows first … last turn so that of row `first` only its first place stays.
    #[inline(always)]
    fn clear_row(&mut self, first: usize, last: usize, from: usize, to: usize, v: &mut [f64]) {
        v.copy_from_slice(self.row(first, from, to));
        let tau = reflection(v);
        if tau == 0.0 {
            return;
        }
        for i in first..last {
            let row = self.row(i, from, to);
            let sum = tau * dot(row, v);
            for (x, v) in row.iter_mut().zip(&*v) {
                *x -= sum * v;
            }
        }
        self.row(first, from + 1, to).fill(0.0);
    }

    /// Rows first … last turn so that of column `column` only its first place stays; they reach to column `to`.
    #[inline(always)]
    fn clear_column(&mut self, first: usize, last: usize, column: usize, to: usize, u: &mut [f64], sums: &mut [f64]) {
        for (i, u) in (first..last).zip(&mut *u) {
            *u = *self.at(i, column);
        }
        let tau = reflection(u);
        if tau == 0.0 {
            return;
        }
        sums.fill(0.0);
        for (i, u) in (first..last).zip(&*u) {
            for (sum, x) in sums.iter_mut().zip(self.row(i, column, to)) {
                *sum += u * *x;
            }
        }
        for (i, u) in (first..last).zip(&*u) {
            let by = tau * u;
            for (x, sum) in self.row(i, column, to).iter_mut().zip(&*sums) {
                *x -= by * sum;
            }
        }
        for i in first + 1..last {
            *self.at(i, column) = 0.0;
        }
    }
}

/// v becomes the direction, v₀ = 1, of I − τvvᵀ, which takes it to a multiple of the first unit vector; τ is 0 where it is one.
#[inline(always)]
fn reflection(v: &mut [f64]) -> f64 {
    let (first, rest) = v.split_first_mut().unwrap();
    let tail: f64 = rest.iter().map(|x| x * x).sum();
    if tail == 0.0 {
        return 0.0;
    }
    let to = -(*first * *first + tail).sqrt().copysign(*first);
    let tau = (to - *first) / to;
    let by = 1.0 / (*first - to);
    for x in rest {
        *x *= by;
    }
    *first = 1.0;
    tau
}

#[inline(always)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0f64; 8];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    for (a, b) in a.iter().zip(b) {
        for k in 0..8 {
            sums[k] += a[k] * b[k];
        }
    }
    sums.iter().sum::<f64>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f64>()
}

/// Diagonal [n] and superdiagonal [n − 1] of a bidiagonal matrix with the same singular values.
pub fn bidiagonal(mut band: Band) -> (Vec<f64>, Vec<f64>) {
    Arch::new().dispatch(Chase(&mut band));
    let n = band.n;
    let d = (0..n).map(|i| *band.at(i, i)).collect();
    let e = (1..n).map(|i| *band.at(i - 1, i)).collect();
    (d, e)
}

struct Chase<'a>(&'a mut Band);

impl WithSimd for Chase<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let band = self.0;
        let (n, width) = (band.n, band.width);
        let mut direction = vec![0f64; width];
        let mut sums = vec![0f64; 2 * width];
        for sweep in 0..n.saturating_sub(2) {
            let (mut row, mut from) = (sweep, sweep + 1);
            while from + 1 < n {
                let to = n.min(from + width);
                let reach = n.min(from + 2 * width);
                let v = &mut direction[..to - from];
                band.clear_row(row, to, from, to, v);
                band.clear_column(from, to, from, reach, v, &mut sums[..reach - from]);
                row = from;
                from += width;
            }
        }
    }
}
