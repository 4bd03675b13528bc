//! Every clause has a number in its turn, and a proof that exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

const CHAPTERS: [(&str, &str); 8] = [
    ("1", "1-handshake.md"),
    ("2", "2-messages.md"),
    ("3", "3-negotiate.md"),
    ("4", "4-transports.md"),
    ("5", "5-calls.md"),
    ("6", "6-keep-alive.md"),
    ("7", "7-stateful-reconnect.md"),
    ("D", "deviations.md"),
];

/// Recordings of the reference: version 10, version 11, and what is better than
/// either.
const RECORDINGS: [&str; 3] = ["golden", "golden-11", "better"];

struct Clause {
    number: String,
    proofs: Vec<String>,
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn workspace() -> PathBuf {
    here().join("..")
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The clauses of a chapter. A clause begins with `**1.2**`; the quoted words of
/// the paragraph that begins with `Proof:` are its proofs.
fn clauses(file: &str) -> Vec<Clause> {
    let mut clauses: Vec<Clause> = Vec::new();
    for paragraph in text(&here().join("spec").join(file)).split("\n\n") {
        let paragraph = paragraph.trim();
        if let Some((number, _)) = paragraph
            .strip_prefix("**")
            .and_then(|begun| begun.split_once("** "))
        {
            clauses.push(Clause {
                number: number.to_owned(),
                proofs: Vec::new(),
            });
        } else if let Some(proofs) = paragraph.strip_prefix("Proof: ") {
            let clause = clauses.last_mut().expect("a proof stands behind a clause");
            let quoted = proofs.split('`').skip(1).step_by(2);
            clause.proofs.extend(quoted.map(str::to_owned));
        }
    }
    clauses
}

#[test]
fn clauses_are_numbered_in_their_order() {
    for (chapter, file) in CHAPTERS {
        let clauses = clauses(file);
        assert!(!clauses.is_empty(), "{file} has clauses");
        for (index, clause) in clauses.iter().enumerate() {
            assert_eq!(clause.number, format!("{chapter}.{}", index + 1), "{file}");
        }
    }
}

#[test]
fn every_clause_has_a_proof_and_every_proof_exists() {
    let mut missing = Vec::new();
    for (_, file) in CHAPTERS {
        for clause in clauses(file) {
            if clause.proofs.is_empty() {
                missing.push(format!("{} has no proof", clause.number));
            }
            let lost = clause.proofs.iter().filter(|proof| !exists(proof));
            missing.extend(lost.map(|proof| format!("{}: {proof}", clause.number)));
        }
    }
    assert!(
        missing.is_empty(),
        "these do not exist:\n{}",
        missing.join("\n")
    );
}

#[test]
fn every_list_of_vectors_proves_a_clause() {
    let proofs: BTreeSet<String> = CHAPTERS
        .iter()
        .flat_map(|(_, file)| clauses(file))
        .flat_map(|clause| clause.proofs)
        .collect();
    for entry in fs::read_dir(here().join("vectors")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let vectors: Value =
            serde_json::from_str(&text(&here().join("vectors").join(&name))).unwrap();
        let lists = match &vectors {
            Value::Object(lists) => lists.keys().map(|list| format!("#{list}")).collect(),
            _ => vec![String::new()],
        };
        for list in lists {
            let list = format!("vectors/{name}{list}");
            let used = proofs.iter().any(|proof| proof.starts_with(&list));
            assert!(used, "no clause names {list}");
        }
    }
}

#[test]
fn references_to_clauses_lead_somewhere() {
    let numbers: BTreeSet<String> = CHAPTERS
        .iter()
        .flat_map(|(_, file)| clauses(file))
        .map(|clause| clause.number)
        .collect();
    for (_, file) in CHAPTERS {
        let text = text(&here().join("spec").join(file));
        let prose = text
            .split("\n\n")
            .filter(|paragraph| !paragraph.trim().starts_with("Proof:"));
        for reference in prose.flat_map(references) {
            assert!(numbers.contains(&reference), "{file} refers to {reference}");
        }
    }
}

/// Numbers in parentheses, such as `(5.3)` or `(3.9, 4.6)`.
fn references(prose: &str) -> Vec<String> {
    let inside = prose
        .split('(')
        .skip(1)
        .filter_map(|rest| rest.split_once(')'));
    inside
        .flat_map(|(inside, _)| inside.split(", "))
        .filter(|word| {
            word.split_once('.').is_some_and(|(chapter, clause)| {
                let digits =
                    |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                digits(chapter) && digits(clause)
            })
        })
        .map(str::to_owned)
        .collect()
}

fn exists(proof: &str) -> bool {
    if let Some(recording) = proof.strip_prefix("conformance/") {
        return recording_exists(recording);
    }
    let (path, place) = proof.split_once('#').unwrap_or((proof, ""));
    if path.starts_with("vectors/") {
        return vector_exists(path, place);
    }
    let path = workspace().join(path);
    path.is_file() && (place.is_empty() || text(&path).contains(&format!("fn {place}(")))
}

/// A recording may be one for all transports, or one for each: `name@ws.json`.
fn recording_exists(recording: &str) -> bool {
    let (area, name) = recording.split_once('/').expect("an area and a name");
    RECORDINGS.iter().any(|folder| {
        let folder = workspace()
            .join("tests/conformance")
            .join(folder)
            .join(area);
        fs::read_dir(folder).is_ok_and(|files| {
            files.flatten().any(|file| {
                let file = file.file_name();
                let found = file.to_str().and_then(|file| file.strip_suffix(".json"));
                found.is_some_and(|found| found.split('@').next() == Some(name))
            })
        })
    })
}

/// A whole file, a list in it, or one case of the list.
fn vector_exists(path: &str, place: &str) -> bool {
    let vectors: Value = serde_json::from_str(&text(&here().join(path))).expect("vectors in JSON");
    let mut parts = place.split('/');
    let list = match parts.next() {
        None | Some("") => &vectors,
        Some(list) => &vectors[list],
    };
    let Some(cases) = list.as_array() else {
        return false;
    };
    match parts.next() {
        None => !cases.is_empty(),
        Some(name) => cases.iter().any(|case| case["name"] == name),
    }
}
