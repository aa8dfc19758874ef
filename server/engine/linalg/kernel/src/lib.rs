//! Decompositions of float32 matrices in row-major host memory. `matrix.rs` has what they share; `node.rs` and `wasm.rs` bind them.
mod band;
mod basis;
mod bisection;
mod change;
mod crew;
mod lanes;
mod matrix;
#[cfg(feature = "threads")]
mod memory;
mod qr;
mod reflections;
mod small;
mod svd;
mod team;
mod thin;
mod truncated;
mod values;

#[cfg(feature = "node")]
mod node;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use matrix::{Failure, Quality};
pub use qr::qr;
pub use svd::{singular_values, svd};
pub use truncated::{truncated_svd, Triplets, Truncation};

#[cfg(feature = "threads")]
#[global_allocator]
static MEMORY: memory::Keeping = memory::Keeping::new();
