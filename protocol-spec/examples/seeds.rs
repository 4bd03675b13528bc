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
    )?;
    write(&corpus.join("connection"), conversations())
}

/// What the target `connection` reads: flags, then steps, here pieces of bytes
/// with one less than their length in front.
fn conversations() -> [Vec<u8>; 4] {
    const CLIENT: u8 = 1 << 4;
    const MESSAGEPACK: u8 = 1 << 5;
    const STATEFUL: u8 = 1 << 6;
    let messages = protocol_spec::messages();
    let json = messages
        .iter()
        .map(|case| [case.json.as_bytes(), b"\x1e"].concat());
    let json: Vec<_> = json.collect();
    let packed = messages.iter().map(|case| framed(&case.messagepack));
    let packed: Vec<_> = packed.collect();
    let choice = |protocol: &str, version: u8| {
        format!("{{\"protocol\":\"{protocol}\",\"version\":{version}}}\u{1e}")
    };
    [
        conversation(0, choice("json", 1).as_bytes(), &json),
        conversation(STATEFUL, choice("messagepack", 2).as_bytes(), &packed),
        conversation(CLIENT | STATEFUL, b"{}\x1e", &json),
        conversation(CLIENT | MESSAGEPACK, b"{}\x1e", &packed),
    ]
}

/// With its length in front, as binary framing has it.
fn framed(record: &[u8]) -> Vec<u8> {
    let low = (record.len() & 0x7F) as u8;
    match record.len() >> 7 {
        0 => [&[low], record].concat(),
        high => [&[low | 0x80, high as u8], record].concat(),
    }
}

fn conversation(flags: u8, handshake: &[u8], records: &[Vec<u8>]) -> Vec<u8> {
    let mut input = vec![flags];
    let records = records.iter().map(Vec::as_slice);
    let pieces = std::iter::once(handshake).chain(records);
    for piece in pieces.flat_map(|record| record.chunks(200)) {
        input.extend(u8::try_from(piece.len() - 1));
        input.extend_from_slice(piece);
    }
    input
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
