//! What a user would try, and what must then be true.

mod archive;
mod cancel;
mod fidelity;
mod files;
mod image;
mod mirror;
mod refusal;
mod service;
mod signed;
