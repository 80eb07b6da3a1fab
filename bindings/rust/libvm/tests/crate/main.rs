//! The crate's tests: one program, as each costs a link.
//!
//! SPDX-License-Identifier: MIT
mod common;
mod guest;
mod language;
mod million;
mod sound;
