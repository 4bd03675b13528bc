//! permessage-deflate on a route: what is agreed on, what goes compressed, and
//! what a client must not do.

mod client;

use hub_core::websocket::deflate::{Contexts, DeflateOptions, DeflateParameters};
use hub_core::websocket::{FrameHeader, Message, MessageKind, OpCode, Role};
use hub_server::websocket::{Fragment, WebSocket, WebSocketError, WebSocketOptions};

use client::{Client, open, serve};

const LIMIT: usize = 64 * 1024;

fn enabled() -> WebSocketOptions {
    WebSocketOptions::default()
        .dangerous_enable_compression(true)
        .max_message_size(LIMIT)
}

fn takeover(options: WebSocketOptions) -> WebSocketOptions {
    options
        .disable_server_context_takeover(false)
        .disable_client_context_takeover(false)
}

/// A client that compresses everything and wants nothing.
fn any_client() -> DeflateOptions {
    DeflateOptions::new()
        .disable_server_context_takeover(false)
        .disable_client_context_takeover(false)
        .min_message_size(0)
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if message.is_data() {
            socket.feed(message).await.unwrap();
        }
    }
}

async fn echo_fragments(mut socket: WebSocket) {
    while let Some(Ok(fragment)) = socket.recv_fragment().await {
        if socket.send_fragment(fragment).await.is_err() {
            return;
        }
    }
}

/// Compresses well, but has no short period.
fn text(len: usize) -> String {
    let mut text = String::new();
    let mut number = 0;
    while text.len() < len {
        text += &format!("{number} ");
        number += 1;
    }
    text.truncate(len);
    text
}

#[tokio::test]
async fn what_is_long_enough_comes_back_compressed() {
    for options in [
        enabled(),
        takeover(enabled()),
        takeover(enabled()).server_max_window_bits(9),
    ] {
        let address = serve(options, echo).await;
        let mut client = Client::connect(address, &any_client()).await;
        for (len, is_compressed) in [(10, false), (1023, false), (1024, true), (LIMIT, true)] {
            for _ in 0..2 {
                client.send(&text(len)).await;
                assert_eq!(client.receive().await, Some(text(len).into()));
                assert_eq!(client.was_compressed, is_compressed, "{len}");
            }
        }
    }
}

#[tokio::test]
async fn fragments_come_back_as_one_compressed_message() {
    let address = serve(takeover(enabled()).min_compressed_size(1), echo_fragments).await;
    let mut client = Client::connect(address, &any_client()).await;
    for len in [1, 100, 16 * 1024, LIMIT] {
        client.send(&text(len)).await;
        assert_eq!(client.receive().await, Some(text(len).into()));
        assert!(client.was_compressed);
    }
}

#[tokio::test]
async fn a_message_can_be_sent_uncompressed() {
    let address = serve(enabled(), |mut socket: WebSocket| async move {
        assert!(socket.is_compressed());
        let message = Message::from(text(5000));
        let fragment = |ends_message| Fragment {
            kind: MessageKind::Text,
            payload: text(5000).into(),
            ends_message,
        };
        socket.send(message.clone()).await.unwrap();
        socket.send_uncompressed(message.clone()).await.unwrap();
        socket.feed_uncompressed(message.clone()).await.unwrap();
        socket.send_fragment(fragment(false)).await.unwrap();
        let interrupted = socket.send(message).await;
        assert!(matches!(
            interrupted,
            Err(WebSocketError::UnfinishedMessage)
        ));
        socket
            .send_fragment_uncompressed(fragment(true))
            .await
            .unwrap();
        socket
            .send_fragment_uncompressed(fragment(false))
            .await
            .unwrap();
        socket.send_fragment(fragment(true)).await.unwrap();
        echo(socket).await;
    })
    .await;
    let mut client = Client::connect(address, &any_client()).await;
    for (times, is_compressed) in [(1, true), (1, false), (1, false), (2, true), (2, false)] {
        let expected = text(5000).repeat(times);
        assert_eq!(client.receive().await, Some(expected.into()));
        assert_eq!(client.was_compressed, is_compressed);
    }
}

#[tokio::test]
async fn without_an_agreement_the_websocket_opens_uncompressed() {
    let unfit = "permessage-deflate; server_max_window_bits=8, permessage-deflate; unheard_of";
    let fit = "permessage-deflate";
    for (options, offer) in [(enabled(), unfit), (WebSocketOptions::default(), fit)] {
        let address = serve(options, |socket| async move {
            assert!(!socket.is_compressed());
            echo(socket).await;
        })
        .await;
        let (stream, agreed) = open(address, &any_client(), offer).await;
        assert_eq!(agreed, None);
        let mut client = Client::over(stream, None, &any_client());
        // "Hi", masked with zeros.
        client
            .send_bytes(&[0x81, 0x82, 0, 0, 0, 0, b'H', b'i'])
            .await;
        assert_eq!(client.receive().await, Some("Hi".into()));
        // The same, said to be compressed.
        client
            .send_bytes(&[0xC1, 0x82, 0, 0, 0, 0, b'H', b'i'])
            .await;
        assert_eq!(client.close_code().await, 1002);
    }
}

#[tokio::test]
async fn of_several_offers_the_first_that_fits_is_answered() {
    let address = serve(takeover(enabled()).client_max_window_bits(12), echo).await;
    for (offer, answer) in [
        (
            "permessage-deflate; server_max_window_bits=8, \
             permessage-deflate; server_max_window_bits=10; client_max_window_bits",
            "permessage-deflate; server_max_window_bits=10; client_max_window_bits=12",
        ),
        (
            "x-webkit-deflate-frame, permessage-deflate; client_no_context_takeover, \
             permessage-deflate",
            "permessage-deflate; client_no_context_takeover",
        ),
    ] {
        let (stream, agreed) = open(address, &any_client(), offer).await;
        assert_eq!(agreed.unwrap().to_string(), answer);
        let mut client = Client::over(stream, agreed, &any_client());
        client.send(&text(3000)).await;
        assert_eq!(client.receive().await, Some(text(3000).into()));
    }
}

#[tokio::test]
async fn a_message_must_not_inflate_beyond_the_limit() {
    for options in [enabled(), takeover(enabled())] {
        let whole = serve(options.clone(), echo).await;
        let pieces = serve(options, echo_fragments).await;
        for address in [whole, pieces] {
            let mut client = Client::connect(address, &any_client()).await;
            for len in [LIMIT - 1, LIMIT] {
                client.send(&"0".repeat(len)).await;
                assert_eq!(client.receive().await, Some("0".repeat(len).into()));
            }
            client.send(&"0".repeat(LIMIT + 1)).await;
            assert_eq!(client.close_code().await, 1009);
        }
    }
}

#[tokio::test]
async fn what_is_no_deflate_ends_the_connection() {
    let address = serve(enabled(), echo).await;
    for (first, payload, code) in [
        (0xC1, &[0xFF, 0xFF][..], 1007),
        (0xC2, &[0xF2, 0x48, 0xCD], 1007),
        // Text with the byte FF in it, uncompressed.
        (0xC1, &[0x00, 0x01, 0x00, 0xFE, 0xFF, 0xFF, 0x00], 1007),
        (0xC9, &[], 1002),
        (0xC0, &[], 1002),
        (0xA1, &[], 1002),
    ] {
        let mut client = Client::connect(address, &any_client()).await;
        let mut frame = vec![first, 0x80 | payload.len() as u8, 0, 0, 0, 0];
        frame.extend_from_slice(payload);
        client.send_bytes(&frame).await;
        assert_eq!(client.close_code().await, code, "{first:X} {payload:X?}");
    }
}

/// A message of a gigabyte of zeros, a megabyte on the wire.
fn bomb() -> Vec<u8> {
    let agreed = DeflateParameters {
        client_no_context_takeover: true,
        ..DeflateParameters::default()
    };
    let mut deflater = agreed.deflater(Role::Client, &any_client().level(9));
    let mut frame = Vec::new();
    let (contexts, kind) = (&mut Contexts::default(), MessageKind::Binary);
    let megabyte = vec![0; 1024 * 1024];
    deflater.encode_fragment(contexts, kind, &megabyte, false, Some([0; 4]), &mut frame);
    // The payload is whole blocks, which can be repeated.
    let blocks = &frame[frame.len() - frame_payload_len(&frame)..];
    let payload = [&blocks.repeat(1024), &[0x00][..]].concat();
    let header = FrameHeader {
        compressed: true,
        mask: Some([0; 4]),
        ..FrameHeader::new(OpCode::Binary, payload.len())
    };
    let mut out = Vec::new();
    header.encode_with(&payload, &mut out);
    out
}

/// The most memory that this process has had, in KiB, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Of a masked frame with a 16-bit length.
fn frame_payload_len(frame: &[u8]) -> usize {
    usize::from(u16::from_be_bytes([frame[2], frame[3]]))
}

#[tokio::test]
async fn a_gigabyte_in_a_megabyte_is_refused_at_the_limit() {
    let bomb = bomb();
    assert!(bomb.len() < 2 * 1024 * 1024);
    for options in [enabled(), takeover(enabled())] {
        let whole = serve(options.clone(), echo).await;
        let pieces = serve(options, echo_fragments).await;
        for address in [whole, pieces] {
            let mut client = Client::connect(address, &any_client()).await;
            // The server reads on after its close frame, so all of it can be sent.
            client.send_bytes(&bomb).await;
            assert_eq!(client.close_code().await, 1009);
        }
    }
    if let Some(peak) = peak_memory() {
        assert!(peak < 512 * 1024, "{peak} KiB were in use");
    }
}
