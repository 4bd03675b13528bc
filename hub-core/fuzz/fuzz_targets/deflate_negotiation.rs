//! Any bytes as what a client offers and as what a server answers: no panic, and
//! a server answers nothing that was not offered.

#![no_main]

use hub_core::websocket::deflate::{DeflateOptions, accept_offer, verify_response};
use hub_core::websocket::handshake::RequestKey;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], &[u8], u8, u8, bool, bool)| {
    let (first, second, server_bits, client_bits, server, client) = input;
    let options = DeflateOptions::new()
        .server_max_window_bits(server_bits)
        .client_max_window_bits(client_bits)
        .disable_server_context_takeover(server)
        .disable_client_context_takeover(client);
    if let Some(agreed) = accept_offer([first, second], &options) {
        let names_client_bits = [first, second]
            .iter()
            .any(|value| contains(value, b"client_max_window_bits"));
        assert!(agreed.client_max_window_bits.is_none() || names_client_bits);
        assert!(agreed.server_no_context_takeover || !server);
        assert!(agreed.client_no_context_takeover || !client);
        // An answer can be read as an offer, which changes nothing but adds limits.
        let answer = agreed.to_string();
        let again = accept_offer([answer.as_bytes()], &options);
        assert_eq!(again, Some(agreed));
    }
    // Our own offer is always good enough.
    let offer = options.offer();
    let agreed = accept_offer([offer.as_bytes()], &options).unwrap();
    assert_eq!(
        verified(&agreed.to_string().into_bytes(), &options),
        Ok(Some(agreed))
    );
    let _ = verified(first, &options);
});

fn verified(
    answer: &[u8],
    options: &DeflateOptions,
) -> Result<
    Option<hub_core::websocket::deflate::DeflateParameters>,
    hub_core::websocket::handshake::HandshakeError,
> {
    let key = RequestKey::new([0; 16]);
    let accept = key.accept_key();
    let headers = [
        ("connection", &b"Upgrade"[..]),
        ("upgrade", b"websocket"),
        ("sec-websocket-accept", accept.as_bytes()),
        ("sec-websocket-extensions", answer),
    ];
    verify_response(101, &key, &[], options, |name| {
        let named = headers.iter().filter(move |header| header.0 == name);
        named.map(|header| header.1)
    })
    .map(|(_, agreed)| agreed)
}

fn contains(value: &[u8], word: &[u8]) -> bool {
    value.windows(word.len()).any(|window| window == word)
}
