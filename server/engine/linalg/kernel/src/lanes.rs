//! The vectors that thin.rs computes with: pulp's, and AVX-512. pulp has that too, but would choose it for faer as well, whose values take 8% longer with
//! it (Zen 4).
use pulp::{Arch, Simd, WithSimd};

/// Arithmetic of `COUNT` float32 numbers at a time.
pub trait Lanes: Copy {
    type Vector: Copy;
    const COUNT: usize;

    fn splat(self, value: f32) -> Self::Vector;

    /// a·b + c
    fn mul_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
}

/// What can be computed with any vectors.
pub trait WithLanes {
    fn with<L: Lanes>(self, lanes: L);
}

/// With the widest of this processor.
pub fn dispatch(work: impl WithLanes) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx512f") {
        // The processor has it.
        return unsafe { wide::with(work) };
    }
    Arch::new().dispatch(ByPulp(work));
}

struct ByPulp<W>(W);

impl<W: WithLanes> WithSimd for ByPulp<W> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.0.with(OfPulp(simd));
    }
}

#[derive(Clone, Copy)]
struct OfPulp<S>(S);

impl<S: Simd> Lanes for OfPulp<S> {
    type Vector = S::f32s;
    const COUNT: usize = S::F32_LANES;

    #[inline(always)]
    fn splat(self, value: f32) -> S::f32s {
        self.0.splat_f32s(value)
    }

    #[inline(always)]
    fn mul_add(self, a: S::f32s, b: S::f32s, c: S::f32s) -> S::f32s {
        self.0.mul_add_e_f32s(a, b, c)
    }
}

#[cfg(target_arch = "x86_64")]
mod wide {
    use super::{Lanes, WithLanes};
    use std::arch::x86_64::{__m512, _mm512_fmadd_ps, _mm512_set1_ps};

    /// Exists only within `with`.
    #[derive(Clone, Copy)]
    struct Avx512;

    #[target_feature(enable = "avx512f")]
    pub fn with(work: impl WithLanes) {
        work.with(Avx512);
    }

    impl Lanes for Avx512 {
        type Vector = __m512;
        const COUNT: usize = 16;

        #[inline(always)]
        fn splat(self, value: f32) -> __m512 {
            unsafe { _mm512_set1_ps(value) }
        }

        #[inline(always)]
        fn mul_add(self, a: __m512, b: __m512, c: __m512) -> __m512 {
            unsafe { _mm512_fmadd_ps(a, b, c) }
        }
    }
}
