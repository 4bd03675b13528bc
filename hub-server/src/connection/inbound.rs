//! The hub's side of a connection: takes events from the machine, starts calls,
//! and writes what can be answered at once.

use std::borrow::Cow;
use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};

use hub_core::connection::{CloseReason, Connection as Machine, Event};
use hub_core::protocol::HubProtocol;
use hub_core::{Close, EncodedValue};
use tokio::time::Instant;

use super::calls::Calls;
use super::held::HeldMessages;
use super::hooks::RunningHook;
use super::outbox::Item;
use super::receiver::Receiver;
use super::resume::Aside;
use super::session::Session;
use super::write_buffer::WriteBuffer;
use super::{hooks, texts};
use crate::dispatch::{Dispatch, ReplySink, ReplyWriter};
use crate::{DisconnectReason, HubError};

/// One connection without its transport.
pub(crate) struct Inbound {
    pub(crate) dispatch: Arc<dyn Dispatch>,
    pub(crate) session: Arc<Session>,
    pub(crate) machine: Machine,
    pub(crate) out: WriteBuffer,
    pub(super) calls: Calls,
    pub(crate) stage: Stage,
    /// The connected hook, while it runs.
    pub(super) connecting: Option<RunningHook>,
    /// The server stops: no call starts any more.
    pub(super) leaving: bool,
    /// The time of this turn: read once, good for everything in it.
    pub(crate) now: Instant,
    /// Received bytes that are not processed yet: a part of a message, or what
    /// has to wait.
    inbox: Vec<u8>,
    /// Whether the inbox holds more than a part of a message.
    held_up: bool,
    /// Whether the client's silence counts.
    listens: bool,
    /// An item whose stream has no room.
    pub(super) stalled: Option<(Box<str>, EncodedValue<'static>)>,
    /// Only with stateful reconnect.
    pub(super) held: Option<Box<HeldMessages>>,
}

/// Where a connection is in its life.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Before the handshake.
    Handshake,
    /// The connected hook runs; messages wait.
    Connecting,
    Open,
    /// It is over, for this reason; what is in the buffer still goes out.
    Ended(DisconnectReason),
}

impl Inbound {
    pub(crate) fn new(
        dispatch: Arc<dyn Dispatch>,
        session: Arc<Session>,
        machine: Machine,
        out: WriteBuffer,
    ) -> Self {
        let slots = dispatch.core().options.maximum_parallel_invocations;
        Self {
            dispatch,
            session,
            machine,
            out,
            calls: Calls::new(slots),
            stage: Stage::Handshake,
            connecting: None,
            leaving: false,
            now: Instant::now(),
            inbox: Vec::new(),
            held_up: false,
            listens: true,
            stalled: None,
            held: None,
        }
    }

    /// Whether more input is welcome: nothing of the connection's is over its
    /// bound.
    pub(crate) fn wants_input(&self) -> bool {
        matches!(self.stage, Stage::Handshake | Stage::Open)
            && self.out.has_room()
            && self.stalled.is_none()
            && self.calls.waiting_bytes() < self.waiting_limit()
            && self.may_hold_more()
    }

    /// Holds no client's silence against it while nothing would be read from it.
    pub(crate) fn watch_silence(&mut self) {
        let listens = self.wants_input();
        if listens == self.listens || self.stage == Stage::Handshake {
            return;
        }
        self.listens = listens;
        if listens {
            self.machine.restart_peer_timeout(self.now.into_std());
        } else {
            self.machine.pause_peer_timeout();
        }
    }

    /// Goes on with input that had to wait. Whether there was any.
    pub(crate) fn resume(&mut self, context: &mut Context<'_>) -> bool {
        self.retry_stalled_item(context);
        if !self.held_up || !self.wants_input() {
            return false;
        }
        self.held_up = false;
        self.process_inbox(context);
        true
    }

    /// Carries out what other tasks queued.
    pub(crate) fn take_outbox(&mut self) {
        let taken = self.session.outbox().take();
        for item in taken.items {
            match item {
                Item::Message(message) => self.send(&message),
                Item::Ask(ask) => {
                    self.send(&ask.message);
                    self.calls.question(*ask);
                }
                Item::Forget(id) => drop(self.calls.take_question(&id)),
                Item::ReleaseSlot(call) => self.calls.release_slot(call),
                Item::Finished(call) => self.calls.finish_detached(call),
            }
        }
        self.leaving = taken.leaving;
        if let Some(reason) = taken.ending {
            self.end(reason);
        }
    }

    /// Starts the calls in line for which there are slots.
    pub(crate) fn start_waiting_calls(&mut self, context: &mut Context<'_>) {
        while self.stage == Stage::Open
            && self.out.has_room()
            && !self.is_send_blocked()
            && let Some(waiting) = self.calls.next_waiting()
        {
            self.start_waiting(context, waiting);
        }
    }

    /// Writes what the machine wants to say.
    pub(crate) fn transmit(&mut self) {
        while let Some(transmit) = self.machine.poll_transmit() {
            self.out.record(&transmit.bytes, transmit.format);
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        if let Some(reason) = self.machine.handle_timeout(now.into_std()) {
            if reason == CloseReason::HandshakeTimeout && !self.inbox.is_empty() {
                tracing::warn!(
                    connection = %self.session.id(),
                    "the handshake was not complete in time: its record separator (0x1E) is missing"
                );
            }
            self.closed(&reason);
        }
        self.transmit();
    }

    /// The client sends nothing more. `listens`: whether it may still receive.
    pub(crate) fn handle_end_of_input(&mut self, listens: bool) {
        let mut rest = mem::take(&mut self.inbox);
        if self.held_up {
            // It begins with whole messages that had to wait.
            rest.clear();
        }
        if let Some(reason) = self.machine.handle_end_of_input(&rest) {
            self.closed(&reason);
        }
        if listens {
            self.transmit();
        }
    }

    /// Ends the connection from our side, if it has not ended yet.
    pub(crate) fn end(&mut self, reason: DisconnectReason) {
        if matches!(self.stage, Stage::Ended(_)) {
            return;
        }
        let allow_reconnect = matches!(
            reason,
            DisconnectReason::Shutdown
                | DisconnectReason::AuthenticationExpired
                | DisconnectReason::SlowReceiver
        );
        self.release_held();
        self.machine.close(Close {
            error: None,
            allow_reconnect,
        });
        self.stage = Stage::Ended(reason);
        self.transmit();
    }

    /// Throws away what was received and not understood yet.
    pub(super) fn forget_input(&mut self) {
        self.inbox = Vec::new();
        self.held_up = false;
    }

    fn closed(&mut self, reason: &CloseReason) {
        if !matches!(self.stage, Stage::Ended(_)) {
            self.stage = Stage::Ended(hooks::disconnect_reason(reason));
        }
    }

    fn process_inbox(&mut self, context: &mut Context<'_>) {
        let mut inbox = mem::take(&mut self.inbox);
        let mut input = inbox.as_slice();
        self.process(context, &mut input);
        let consumed = inbox.len() - input.len();
        if consumed < inbox.len() {
            inbox.drain(..consumed);
            self.inbox = inbox;
        }
    }

    fn process(&mut self, context: &mut Context<'_>, input: &mut &[u8]) {
        let now = self.now.into_std();
        loop {
            if !self.wants_input() {
                self.held_up = !input.is_empty() && !matches!(self.stage, Stage::Ended(_));
                return;
            }
            let Some(event) = self.machine.receive(input, now) else {
                return;
            };
            self.handle(context, event);
        }
    }

    fn handle(&mut self, context: &mut Context<'_>, event: Event<'_>) {
        match event {
            Event::Invocation(call) => self.handle_invocation(context, call),
            Event::StreamInvocation(call) => self.handle_stream_invocation(context, &call),
            Event::StreamItem(item) => self.handle_item(context, item),
            Event::Completion(completion) => self.handle_completion(completion),
            Event::CancelInvocation(cancel) => self.calls.cancel(&cancel.invocation_id),
            Event::HandshakeCompleted => self.handshake_completed(context),
            Event::Closed(reason) => {
                self.transmit();
                self.closed(&reason);
            }
            // Events that a later machine may add concern clients only.
            _ => {}
        }
    }

    fn handshake_completed(&mut self, context: &mut Context<'_>) {
        self.transmit();
        let index = self
            .machine
            .protocol_index()
            .expect("the machine names the protocol once the handshake is complete");
        self.out.set_format(self.protocol().transfer_format());
        self.session.agree_on_protocol(index);
        self.dispatch.core().connect(&self.session);
        self.stage = Stage::Connecting;
        let hook = self.dispatch.connected(&self.session);
        match hooks::start_connected(context, hook) {
            Ok(result) => self.connected(result),
            Err(running) => self.connecting = Some(running),
        }
    }

    /// Goes on when the connected hook has ended.
    pub(super) fn poll_connecting(&mut self, context: &mut Context<'_>) {
        if let Some(hook) = &mut self.connecting
            && let Poll::Ready(result) = hook.poll(context)
        {
            self.connecting = None;
            self.connected(result);
        }
    }

    fn connected(&mut self, result: Result<(), HubError>) {
        // What the hook sent comes first.
        if self.session.outbox().is_occupied() {
            self.take_outbox();
        }
        match result {
            Ok(()) => {
                if self.stage == Stage::Connecting {
                    self.stage = Stage::Open;
                }
                self.held_up = !self.inbox.is_empty();
                self.session.mark_connected();
            }
            Err(error) => {
                let detailed = self.detailed_errors();
                tracing::warn!(connection = %self.session.id(), %error, "on_connected failed");
                let text = texts::connection_failed(&error, detailed);
                self.machine.close(Close {
                    error: Some(text.into()),
                    allow_reconnect: false,
                });
                self.stage = Stage::Ended(DisconnectReason::Aborted);
                self.transmit();
            }
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.stage, Stage::Ended(_))
    }

    pub(super) fn protocol(&self) -> &Arc<dyn HubProtocol> {
        self.machine.protocol().expect(AFTER_THE_HANDSHAKE)
    }

    pub(super) fn detailed_errors(&self) -> bool {
        self.dispatch.core().options.detailed_errors
    }

    /// Answers a call with an error, if it wants an answer.
    pub(super) fn refuse(&mut self, invocation_id: Option<&str>, text: &str) {
        if self.has_ended() {
            return;
        }
        let protocol = self.protocol().clone();
        let mut aside = Aside::new(&*protocol);
        let sink: &mut dyn ReplySink = if self.machine.is_resumable() {
            &mut aside
        } else {
            &mut self.out
        };
        ReplyWriter {
            protocol: &*protocol,
            invocation_id,
            sink,
            answered: false,
        }
        .error(text);
        if let Some(message) = aside.take() {
            self.send(&message);
        }
    }
}

impl Receiver for Inbound {
    fn payload(&mut self, context: &mut Context<'_>, payload: &[u8]) {
        if self.inbox.is_empty() {
            let mut input = payload;
            self.process(context, &mut input);
            self.inbox.extend_from_slice(input);
        } else {
            self.inbox.extend_from_slice(payload);
            if self.wants_input() {
                self.process_inbox(context);
            } else {
                self.held_up = true;
            }
        }
    }

    fn reply(&mut self, frame: &[u8]) {
        self.out.framed(frame);
    }
}

/// Why there is a protocol wherever calls are handled.
pub(super) const AFTER_THE_HANDSHAKE: &str = "calls come after the handshake";

/// The ids of a message's streams, as they are passed on.
pub(super) type StreamIds<'a> = [Cow<'a, str>];
