//! Finds libvm: in LIBVM_DIR if that is set, else by pkg-config.
//!
//! SPDX-License-Identifier: MIT

use std::env;
use std::path::{Path, PathBuf};
use std::process::{exit, Command};

/// The oldest libvm that has what the declarations declare.
const MINIMUM: &str = "0.1.0";

fn fail(what: &str) -> ! {
    eprintln!(
        "\nlibvm was not found: {}\n\n\
         Do one of these:\n\
         - install libvm {} or newer of the same minor version, so that `pkg-config --libs libvm` works; if it\n\
         \u{20} lies under a prefix of its own, set PKG_CONFIG_PATH=PREFIX/lib/pkgconfig (or the folder of libvm.pc);\n\
         - set LIBVM_DIR to the prefix it was installed to, or to the folder with libvm.so.\n",
        what, MINIMUM
    );
    exit(1);
}

/// Is there a libvm to link with in this folder?
fn has_library(folder: &Path) -> bool {
    ["libvm.so", "libvm.dylib", "libvm.a"].iter().any(|name| folder.join(name).is_file())
}

/// The folder of the library in what LIBVM_DIR names: itself, lib, or lib/TRIPLET as on Debian.
fn find_under(prefix: &Path) -> Option<PathBuf> {
    let lib = prefix.join("lib");
    let mut folders = vec![prefix.to_path_buf(), lib.clone(), prefix.join("lib64")];
    if let Ok(entries) = std::fs::read_dir(&lib) {
        let mut more: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        more.sort();
        folders.extend(more.into_iter().filter(|path| path.is_dir()));
    }
    folders.into_iter().find(|folder| has_library(folder))
}

fn pkg_config(arguments: &[&str]) -> Result<String, String> {
    let tool = env::var_os("PKG_CONFIG").unwrap_or_else(|| "pkg-config".into());
    let output = Command::new(&tool).args(arguments).output().map_err(|e| {
        format!("LIBVM_DIR is not set, and `{}` does not run: {}", tool.to_string_lossy(), e)
    })?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("LIBVM_DIR is not set, and pkg-config says: {}", said.trim()))
    }
}

fn main() {
    for name in ["LIBVM_DIR", "PKG_CONFIG", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR", "DOCS_RS"] {
        println!("cargo:rerun-if-env-changed={}", name);
    }
    println!("cargo:rerun-if-changed=build.rs");
    if env::var_os("DOCS_RS").is_some() {
        return; // documentation needs no library
    }
    if let Some(prefix) = env::var_os("LIBVM_DIR").filter(|value| !value.is_empty()) {
        let prefix = PathBuf::from(prefix);
        match find_under(&prefix) {
            Some(folder) => {
                println!("cargo:rustc-link-search=native={}", folder.display());
                println!("cargo:libdir={}", folder.display());
            }
            None => fail(&format!(
                "LIBVM_DIR is {}, but there is no libvm.so in it, in its lib, or in a folder of its lib",
                prefix.display()
            )),
        }
        println!("cargo:rustc-link-lib=dylib=vm");
        return;
    }
    let wanted = format!("libvm >= {}", MINIMUM);
    match pkg_config(&["--libs", "--print-errors", &wanted]) {
        Ok(flags) => {
            for flag in flags.split_whitespace() {
                if let Some(folder) = flag.strip_prefix("-L") {
                    println!("cargo:rustc-link-search=native={}", folder);
                    println!("cargo:libdir={}", folder);
                } else if let Some(library) = flag.strip_prefix("-l") {
                    println!("cargo:rustc-link-lib=dylib={}", library);
                }
            }
        }
        Err(why) => fail(&why),
    }
}
