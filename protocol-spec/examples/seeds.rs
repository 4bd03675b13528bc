//! Writes the vectors as seeds for fuzzing: one folder for each target, one file
//! for each record.
//!
//! `cargo run -p protocol-spec --example seeds -- hub-core/fuzz/corpus`

use std::path::Path;
use std::{env, fs, io};

use protocol_spec::Protocol;

fn main() -> io::Result<()> {
    let Some(corpus) = env::args().nth(1) else {
        return Err(io::Error::other("the folder of the corpus is missing"));
    };
    let corpus = Path::new(&corpus);
    let messages = protocol_spec::messages();

    let written = messages.iter().map(|case| case.json.as_bytes().to_vec());
    let json = written.chain(records(&protocol_spec::json()));
    write(&corpus.join("json_decode"), json)?;

    let written = messages.iter().map(|case| case.messagepack.to_vec());
    let messagepack = written.chain(records(&protocol_spec::messagepack()));
    write(&corpus.join("messagepack_decode"), messagepack)?;

    let handshake = protocol_spec::handshake();
    let requests = handshake.requests.iter().map(|case| case.record.to_vec());
    let responses = handshake.responses.iter().map(|case| case.record.to_vec());
    let bodies = protocol_spec::negotiate().responses;
    let bodies = bodies.iter().map(|case| case.body.as_bytes().to_vec());
    write(
        &corpus.join("handshake"),
        requests.chain(responses).chain(bodies),
    )
}

fn records(protocol: &Protocol) -> Vec<Vec<u8>> {
    let read = protocol.read.iter().map(|case| &case.record);
    let unfit = protocol.unfit.iter().map(|case| &case.record);
    let rejected = protocol.rejected.iter().map(|case| &case.record);
    let records = read.chain(unfit).chain(rejected);
    records.map(|record| record.to_vec()).collect()
}

fn write(folder: &Path, records: impl IntoIterator<Item = Vec<u8>>) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for (index, record) in records.into_iter().enumerate() {
        fs::write(folder.join(format!("seed-{index}")), record)?;
    }
    Ok(())
}
