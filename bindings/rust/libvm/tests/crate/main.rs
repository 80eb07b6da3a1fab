//! The crate's tests: one program, as each costs a link.
//!
//! SPDX-License-Identifier: MIT
mod building;
mod common;
mod failing;
mod guest;
mod language;
mod million;
mod sound;
