//! What the compiler says to hubs and contracts that are wrong. What is right is
//! in `macros`.
//!
//! The texts are those of the stable compiler; `TRYBUILD=overwrite` writes them
//! anew.

#[test]
fn messages() {
    trybuild::TestCases::new().compile_fail("tests/ui/fail/*.rs");
}
