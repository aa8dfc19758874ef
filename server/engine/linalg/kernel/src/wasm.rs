//! Plain exports for WebAssembly: the caller allocates, writes, calls, and reads. A status is 0 or a failure, as `status` says.
use crate::{qr, singular_values, svd, truncated_svd, Failure, Quality, Triplets, Truncation};
use std::slice::{from_raw_parts, from_raw_parts_mut};

/// Where `residual`, `orthogonality`, or `count` and `first` of the last call stand.
static mut REPORT: [f64; 2] = [0.0; 2];

#[no_mangle]
pub extern "C" fn report() -> *const f64 {
    &raw const REPORT as *const f64
}

#[no_mangle]
pub extern "C" fn allocate(values: usize) -> *mut f32 {
    Box::leak(vec![0f32; values].into_boxed_slice()).as_mut_ptr()
}

/// # Safety
/// `at` came from `allocate(values)`.
#[no_mangle]
pub unsafe extern "C" fn release(at: *mut f32, values: usize) {
    drop(Box::from_raw(std::ptr::slice_from_raw_parts_mut(at, values)));
}

fn status(result: Result<Quality, Failure>) -> u32 {
    let (code, report) = match result {
        Ok(quality) => (0, [quality.residual, quality.orthogonality]),
        Err(Failure::NotFinite { count, first }) => (1, [count as f64, first as f64]),
        Err(Failure::NoConvergence) => (2, [0.0; 2]),
    };
    unsafe { REPORT = report };
    code
}

const NONE: Quality = Quality { residual: 0.0, orthogonality: 0.0 };

/// # Safety
/// Each pointer, here and below, came from `allocate` with the number of values that the shapes say.
#[no_mangle]
pub unsafe extern "C" fn values(a: *const f32, m: usize, n: usize, s: *mut f32) -> u32 {
    status(singular_values(from_raw_parts(a, m * n), m, n, from_raw_parts_mut(s, m.min(n)), 1).map(|()| NONE))
}

#[no_mangle]
pub unsafe extern "C" fn full(a: *const f32, m: usize, n: usize, u: *mut f32, s: *mut f32, vt: *mut f32) -> u32 {
    let k = m.min(n);
    let (u, s, vt) = (from_raw_parts_mut(u, m * k), from_raw_parts_mut(s, k), from_raw_parts_mut(vt, k * n));
    status(svd(from_raw_parts(a, m * n), m, n, u, s, vt, 1))
}

#[no_mangle]
#[allow(clippy::too_many_arguments)]
pub unsafe extern "C" fn truncated(
    a: *const f32,
    m: usize,
    n: usize,
    rank: usize,
    oversampling: usize,
    iterations: usize,
    seed: u32,
    u: *mut f32,
    s: *mut f32,
    vt: *mut f32,
) -> u32 {
    let (u, s, vt) = (from_raw_parts_mut(u, m * rank), from_raw_parts_mut(s, rank), from_raw_parts_mut(vt, rank * n));
    let settings = Truncation { rank, oversampling, iterations, seed };
    status(truncated_svd(from_raw_parts(a, m * n), m, n, &settings, Triplets { u, s, vt }, 1))
}

#[no_mangle]
pub unsafe extern "C" fn orthogonal(a: *const f32, m: usize, n: usize, q: *mut f32, r: *mut f32) -> u32 {
    let k = m.min(n);
    let (q, r) = (from_raw_parts_mut(q, m * k), from_raw_parts_mut(r, k * n));
    status(qr(from_raw_parts(a, m * n), m, n, q, r, 1).map(|()| NONE))
}
