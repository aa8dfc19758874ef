//! Decompositions of float32 matrices in row-major host memory. `matrix.rs` has what they share; `node.rs` and `wasm.rs` bind them.
mod basis;
mod lanes;
mod matrix;
mod qr;
mod small;
mod svd;
mod thin;
mod truncated;

#[cfg(feature = "node")]
mod node;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use matrix::{Failure, Quality};
pub use qr::qr;
pub use svd::{singular_values, svd};
pub use truncated::{truncated_svd, Truncation};
