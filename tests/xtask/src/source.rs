//! The workspace's source files, as far as rules about them need.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Context, Failure};

/// All Rust files below `folder`, sorted; none when there is no such folder.
pub(crate) fn rust_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    if folder.is_dir() {
        collect(folder, &mut found)?;
    }
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    for entry in fs::read_dir(folder).context(folder.display())? {
        let path = entry.context(folder.display())?.path();
        if path.is_dir() {
            if !is_generated(&path) {
                collect(&path, found)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

fn is_generated(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default();
    name == "target" || name == "node_modules" || name.as_encoded_bytes().starts_with(b".")
}

/// The lines of the program itself, numbered from 1: without comments and
/// without the tests, which by convention end a file.
pub(crate) fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .take_while(|line| line.trim() != "#[cfg(test)]")
        .map(|line| line.split("//").next().unwrap_or_default())
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .filter(|(_, line)| !line.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn code_has_neither_comments_nor_tests() {
        let text = "//! about\nuse a; // why\n\nfn b() {}\n#[cfg(test)]\nmod tests {}\n";
        let lines: Vec<_> = code(text).collect();
        assert_eq!(lines, [(2, "use a; "), (4, "fn b() {}")]);
    }
}
