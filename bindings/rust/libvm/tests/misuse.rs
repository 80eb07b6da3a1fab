//! Programs that must not compile. Each file of `misuse/` is compiled twice: as it stands, which shows that it is
//! right but for one thing, and with `--cfg wrong`, which must fail with the error that its head names (one of the
//! codes or texts between the bars, as compilers differ).
//!
//! SPDX-License-Identifier: MIT
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The folder of what cargo compiled, and the newest of the library's files in it.
fn library() -> (PathBuf, PathBuf) {
    let folder = std::env::current_exe().unwrap().parent().unwrap().to_path_buf();
    let newest = std::fs::read_dir(&folder)
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            name.starts_with("liblibvm-") && name.ends_with(".rlib")
        })
        .max_by_key(|path| path.metadata().and_then(|m| m.modified()).unwrap())
        .expect("the library beside its tests");
    (folder, newest)
}

fn compile(source: &Path, wrong: bool, library: &(PathBuf, PathBuf)) -> Output {
    let out = library.0.join("misuse");
    std::fs::create_dir_all(&out).unwrap();
    let mut command = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    command
        .args([
            "--edition=2021",
            "--crate-type=lib",
            "--emit=metadata",
            "-Adead_code",
            "-Aunexpected_cfgs",
        ])
        .arg("--out-dir")
        .arg(out)
        .arg("--extern")
        .arg(format!("libvm={}", library.1.display()))
        .arg("-L")
        .arg(format!("dependency={}", library.0.display()));
    if wrong {
        command.args(["--cfg", "wrong"]);
    }
    command.arg(source).output().expect("rustc runs")
}

#[test]
fn misuse_does_not_compile() {
    let library = library();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/misuse");
    let mut sources: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    sources.sort();
    assert!(sources.len() > 20, "only {} programs", sources.len());
    let mut failures = Vec::new();
    for source in &sources {
        let name = source.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(source).unwrap();
        let expected = text
            .lines()
            .find_map(|line| line.strip_prefix("// error: "))
            .expect("the error in its head");
        let right = compile(source, false, &library);
        if !right.status.success() {
            failures.push(format!(
                "{}: the right form fails:\n{}",
                name,
                String::from_utf8_lossy(&right.stderr)
            ));
        }
        let wrong = compile(source, true, &library);
        let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
        let errors: Vec<&str> = said.lines().filter(|line| line.starts_with("error")).collect();
        if wrong.status.success() {
            failures.push(format!("{}: the wrong form compiles", name));
        } else if !errors.iter().any(|line| expected.split('|').any(|code| line.contains(code))) {
            failures.push(format!("{}: expected {}, found:\n{}", name, expected, said));
        } else if errors.iter().any(|line| {
            line.starts_with("error[") && !expected.split('|').any(|code| line.contains(code))
        }) {
            failures.push(format!("{}: expected {} alone, found:\n{}", name, expected, said));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
