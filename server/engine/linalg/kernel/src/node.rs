//! Node-API: each call computes on a thread of its own and settles a promise. These threads are nobody's to wait for: a process that
//! exits meanwhile does so at once, which libuv's own pool would not let it.
use crate::{qr, singular_values, svd, truncated_svd, Failure, Quality, Triplets, Truncation};
use crate::matrix::STACK;
use napi::bindgen_prelude::*;
use napi_derive::napi;
use std::panic::{catch_unwind, AssertUnwindSafe};

/// What a call came to: `failure` or the rest.
#[napi(object)]
pub struct Outcome {
    pub residual: Option<f64>,
    pub orthogonality: Option<f64>,
    /// `not-finite` or `no-convergence` or what a panic said.
    pub failure: Option<String>,
    pub count: Option<f64>,
    pub first: Option<f64>,
}

impl From<std::result::Result<Quality, Failure>> for Outcome {
    fn from(result: std::result::Result<Quality, Failure>) -> Self {
        let mut outcome = Outcome { residual: None, orthogonality: None, failure: None, count: None, first: None };
        match result {
            Ok(Quality { residual, orthogonality }) => {
                (outcome.residual, outcome.orthogonality) = (Some(residual), Some(orthogonality))
            }
            Err(Failure::NotFinite { count, first }) => {
                outcome.failure = Some("not-finite".into());
                (outcome.count, outcome.first) = (Some(count as f64), Some(first as f64));
            }
            Err(Failure::NoConvergence) => outcome.failure = Some("no-convergence".into()),
        }
        outcome
    }
}

const NONE: Quality = Quality { residual: 0.0, orthogonality: 0.0 };

/// The arrays stay with their JavaScript owners, who do not touch them before the promise settles.
fn compute<'env>(
    env: &'env Env,
    work: impl FnOnce() -> std::result::Result<Quality, Failure> + Send + 'static,
) -> Result<Object<'env>> {
    let (deferred, promise) = env.create_deferred()?;
    std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || {
            let outcome = catch_unwind(AssertUnwindSafe(work)).map(Outcome::from).unwrap_or_else(|panic| Outcome {
                failure: Some(panic.downcast_ref::<&str>().map_or("panic".into(), |text| text.to_string())),
                ..Outcome::from(Ok(NONE))
            });
            deferred.resolve(move |_| Ok(outcome));
        })
        .map_err(|error| Error::from_reason(error.to_string()))?;
    Ok(promise)
}

#[napi]
pub fn values<'env>(
    env: &'env Env,
    a: Float32Array,
    m: u32,
    n: u32,
    mut s: Float32Array,
    threads: u32,
) -> Result<Object<'env>> {
    compute(env, move || {
        singular_values(&a, m as usize, n as usize, unsafe { s.as_mut() }, threads as usize).map(|()| NONE)
    })
}

/// What computes u, s and vt.
fn triplets<'env>(
    env: &'env Env,
    (mut u, mut s, mut vt): (Float32Array, Float32Array, Float32Array),
    work: impl FnOnce(&mut [f32], &mut [f32], &mut [f32]) -> std::result::Result<Quality, Failure> + Send + 'static,
) -> Result<Object<'env>> {
    compute(env, move || {
        let (u, s, vt) = unsafe { (u.as_mut(), s.as_mut(), vt.as_mut()) };
        work(u, s, vt)
    })
}

#[napi]
pub fn full<'env>(
    env: &'env Env,
    a: Float32Array,
    m: u32,
    n: u32,
    u: Float32Array,
    s: Float32Array,
    vt: Float32Array,
    threads: u32,
) -> Result<Object<'env>> {
    triplets(env, (u, s, vt), move |u, s, vt| svd(&a, m as usize, n as usize, u, s, vt, threads as usize))
}

#[napi(object)]
pub struct Settings {
    pub rank: u32,
    pub oversampling: u32,
    pub iterations: u32,
    pub seed: u32,
}

#[napi]
pub fn truncated<'env>(
    env: &'env Env,
    a: Float32Array,
    m: u32,
    n: u32,
    settings: Settings,
    u: Float32Array,
    s: Float32Array,
    vt: Float32Array,
    threads: u32,
) -> Result<Object<'env>> {
    triplets(env, (u, s, vt), move |u, s, vt| {
        let Settings { rank, oversampling, iterations, seed } = settings;
        let (rank, oversampling, iterations) = (rank as usize, oversampling as usize, iterations as usize);
        let settings = Truncation { rank, oversampling, iterations, seed };
        truncated_svd(&a, m as usize, n as usize, &settings, Triplets { u, s, vt }, threads as usize)
    })
}

#[napi]
pub fn orthogonal<'env>(
    env: &'env Env,
    a: Float32Array,
    m: u32,
    n: u32,
    mut q: Float32Array,
    mut r: Float32Array,
    threads: u32,
) -> Result<Object<'env>> {
    compute(env, move || {
        qr(&a, m as usize, n as usize, unsafe { q.as_mut() }, unsafe { r.as_mut() }, threads as usize).map(|()| NONE)
    })
}
