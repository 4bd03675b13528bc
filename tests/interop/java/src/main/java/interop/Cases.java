package interop;

import com.microsoft.signalr.HubConnection;
import com.microsoft.signalr.TransportEnum;
import com.microsoft.signalr.TypeReference;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.core.Single;
import io.reactivex.rxjava3.disposables.Disposable;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** What the Java client does against the conformance hub. */
final class Cases {
    /** What takes longer hangs. */
    static final long PATIENCE = 20;
    static final TimeUnit SECONDS = TimeUnit.SECONDS;

    interface Body {
        void run(Peer peer) throws Exception;
    }

    record Case(String name, Body body) {
        /**
         * Polling, the client sends each item of an upload in a POST of its own without waiting for the
         * one before, so that they arrive in any order.
         */
        boolean isFor(TransportEnum transport) {
            return transport == TransportEnum.WEBSOCKETS || !name.startsWith("upload");
        }
    }

    static final List<Case> ALL = List.of(
            new Case("echo", Cases::echo),
            new Case("lists, maps and objects", Cases::values),
            new Case("errors", Cases::errors),
            new Case("server calls client", Cases::serverCalls),
            new Case("call without answer", Cases::send),
            new Case("stream", Cases::stream),
            new Case("stream that is cancelled", Cases::cancelledStream),
            new Case("upload", Cases::upload),
            new Case("upload and stream at once", Cases::uploadAndStream),
            new Case("client result", Cases::clientResult),
            new Case("token", Cases::token),
            new Case("stop", Cases::stop),
            new Case("start again after a cut", Cases::cut),
            new Case("fallback", Cases::fallback));

    private static void echo(Peer peer) throws Exception {
        peer.connected(hub -> {
            for (String text : List.of("hello", "", "Grüße, 你好 👩‍🚀", "\u0000 \u001e \"\\/<>&\u2028", "x".repeat(20_000))) {
                equal(text, invoke(hub, String.class, "Echo", text));
            }
            equal(42, invoke(hub, Integer.class, "Add", 40, 2));
            hub.invoke("DoNothing").timeout(PATIENCE, SECONDS).blockingAwait();
        });
    }

    /** With the names that the server writes. */
    private static final class Thing {
        String Name;
        int Count;
        Thing Child;
    }

    private static void values(Peer peer) throws Exception {
        peer.connected(hub -> {
            List<Integer> ints = List.of(1, -2, Integer.MAX_VALUE);
            equal(ints, hub.<List<Integer>>invoke(new TypeReference<List<Integer>>() {}.getType(), "EchoInts", ints).blockingGet());
            Map<String, Integer> map = Map.of("one", 1, "two", 2);
            equal(map, hub.<Map<String, Integer>>invoke(new TypeReference<Map<String, Integer>>() {}.getType(), "EchoMap", map).blockingGet());
            Thing lamp = new Thing();
            lamp.Name = "lamp";
            lamp.Child = new Thing();
            lamp.Child.Count = 3;
            Thing echoed = invoke(hub, Thing.class, "EchoThing", lamp);
            equal("lamp", echoed.Name);
            equal(3, echoed.Child.Count);
        });
    }

    private static void errors(Peer peer) throws Exception {
        peer.connected(hub -> {
            equal(
                    "An unexpected error occurred invoking 'ThrowPlain' on the server.",
                    failure(hub.invoke(String.class, "ThrowPlain", "secret")));
            equal(
                    "An unexpected error occurred invoking 'ThrowHub' on the server. HubException: for you",
                    failure(hub.invoke(String.class, "ThrowHub", "for you")));
            equal(
                    "Failed to invoke 'Nothing' due to an error on the server. HubException: Method does not exist.",
                    failure(hub.invoke(String.class, "Nothing")));
            equal("still here", invoke(hub, String.class, "Echo", "still here"));
        });
    }

    private static void serverCalls(Peer peer) throws Exception {
        peer.connected(hub -> {
            BlockingQueue<String> messages = record(hub, "Message");
            hub.invoke("SendMany", 100).blockingAwait();
            for (int i = 0; i < 100; i++) {
                equal(String.valueOf(i), messages.poll(PATIENCE, SECONDS));
            }
        });
    }

    private static void send(Peer peer) throws Exception {
        peer.connected(hub -> {
            BlockingQueue<String> messages = record(hub, "Message");
            hub.send("SendBack", "sent");
            equal("sent", messages.poll(PATIENCE, SECONDS));
        });
    }

    private static void stream(Peer peer) throws Exception {
        peer.connected(hub -> {
            equal(IntStream.range(0, 50).boxed().toList(), all(hub.stream(Integer.class, "Count", 50)));
            equal(List.of(), all(hub.stream(Integer.class, "Count", 0)));
            equal(
                    "An error occurred on the server while streaming results. HubException: enough",
                    failure(hub.stream(Integer.class, "ThrowHubMidway", 2, "enough").toList()));
        });
    }

    private static void cancelledStream(Peer peer) throws Exception {
        peer.connected(hub -> {
            BlockingQueue<String> cancelled = record(hub, "StreamCancelled");
            String label = UUID.randomUUID().toString();
            CompletableFuture<String> first = new CompletableFuture<>();
            Disposable held = hub.stream(String.class, "HoldStream", label).subscribe(first::complete, first::completeExceptionally);
            equal("started", first.get(PATIENCE, SECONDS));
            held.dispose();
            equal(label, cancelled.poll(PATIENCE, SECONDS));
        });
    }

    private static void upload(Peer peer) throws Exception {
        peer.connected(hub -> {
            equal(42, invoke(hub, Integer.class, "SumUpload", Observable.just(1, 2, 39)));
            equal("<ab>", invoke(hub, String.class, "MixedUpload", "<", Observable.just("a", "b"), ">"));
            Observable<String> broken = Observable.just("a").concatWith(Observable.error(new Exception("out of paper")));
            String drained = invoke(hub, String.class, "DrainUpload", broken);
            equal(true, drained.startsWith("failed after a: ") && drained.contains("out of paper"));
        });
    }

    private static void uploadAndStream(Peer peer) throws Exception {
        peer.connected(hub -> {
            Observable<String> words = Observable.just("x", "y");
            equal(List.of("echo:x", "echo:y"), all(hub.stream(String.class, "EchoUpload", words)));
        });
    }

    private static void clientResult(Peer peer) throws Exception {
        peer.connected(hub -> {
            String none = invoke(hub, String.class, "AskCallerCaught", "Anybody?");
            equal(true, none.startsWith("failed: "));
            hub.onWithResult("Ask", question -> Single.just(question + " Yes."), String.class);
            equal("Ready? Yes.", invoke(hub, String.class, "AskCaller", "Ready?"));
        });
    }

    private static void token(Peer peer) throws Exception {
        String token = peer.get("/token?user=ann");
        peer.connected("/conformance-auth", token, hub -> equal("ann", invoke(hub, String.class, "UserIdentifier")));
    }

    private static void stop(Peer peer) throws Exception {
        String key = UUID.randomUUID().toString();
        peer.connected("/conformance?journal=" + key, "", hub -> equal("x", invoke(hub, String.class, "Echo", "x")));
        equal("[\"connected\",\"disconnected\"]", peer.get("/journal?count=2&wait=20000&key=" + key));
    }

    private static void cut(Peer peer) throws Exception {
        try (Cutter cutter = new Cutter(peer.server())) {
            HubConnection hub = peer.build(cutter.origin() + "/conformance", "");
            CompletableFuture<Boolean> closed = new CompletableFuture<>();
            // There is no error when the end comes without a WebSocket close.
            hub.onClosed(error -> closed.complete(true));
            hub.start().timeout(PATIENCE, SECONDS).blockingAwait();
            cutter.down();
            equal(true, closed.get(PATIENCE, SECONDS));
            cutter.up();
            hub.start().timeout(PATIENCE, SECONDS).blockingAwait();
            equal("again", invoke(hub, String.class, "Echo", "again"));
            hub.stop().timeout(PATIENCE, SECONDS).blockingAwait();
        }
    }

    /** The client takes the transport that the server offers. */
    private static void fallback(Peer peer) throws Exception {
        Peer any = new Peer(peer.server(), TransportEnum.ALL);
        any.connected("/conformance", "", hub -> equal("WebSockets", invoke(hub, String.class, "TransportName")));
        any.connected("/conformance-longpolling", "", hub -> equal("LongPolling", invoke(hub, String.class, "TransportName")));
    }

    private static <T> T invoke(HubConnection hub, Class<T> type, String method, Object... arguments) {
        return hub.invoke(type, method, arguments).timeout(PATIENCE, SECONDS).blockingGet();
    }

    private static <T> List<T> all(Observable<T> stream) {
        return stream.timeout(PATIENCE, SECONDS).toList().blockingGet();
    }

    private static String failure(Single<?> call) {
        try {
            return "it did not fail but gave " + call.timeout(PATIENCE, SECONDS).blockingGet();
        } catch (RuntimeException error) {
            Throwable cause = error.getCause() == null ? error : error.getCause();
            return cause.getMessage();
        }
    }

    private static BlockingQueue<String> record(HubConnection hub, String method) {
        BlockingQueue<String> calls = new LinkedBlockingQueue<>();
        hub.on(method, calls::add, String.class);
        return calls;
    }

    private static void equal(Object expected, Object actual) {
        if (!Objects.equals(expected, actual)) {
            throw new AssertionError("expected " + expected + ", got " + actual);
        }
    }
}
