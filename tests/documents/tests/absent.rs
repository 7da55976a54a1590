//! Says so when the documents are not checked.

#[test]
#[cfg(not(feature = "documents"))]
fn the_documents_are_not_checked() {
    use std::io::Write as _;

    // Past the harness, which hides what a test that passes prints.
    let _ = writeln!(
        std::io::stderr(),
        "The published documents are not checked: `cargo test -p documents --features documents` does."
    );
}
