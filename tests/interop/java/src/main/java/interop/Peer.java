package interop;

import com.microsoft.signalr.HubConnection;
import com.microsoft.signalr.HubConnectionBuilder;
import com.microsoft.signalr.TransportEnum;
import io.reactivex.rxjava3.core.Single;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

/** The server under test and the way to it. */
record Peer(String server, TransportEnum transport) {
    /** What is done with a connection. */
    interface Use {
        void with(HubConnection connection) throws Exception;
    }

    /** Hands over a connection that is started, and stops it afterwards. */
    void connected(Use use) throws Exception {
        connected("/conformance", "", use);
    }

    /** The same with a path and a token; an empty one is none. */
    void connected(String path, String token, Use use) throws Exception {
        HubConnection connection = build(server + path, token);
        try {
            connection.start().timeout(Cases.PATIENCE, Cases.SECONDS).blockingAwait();
            use.with(connection);
        } finally {
            connection.stop().timeout(Cases.PATIENCE, Cases.SECONDS).blockingAwait();
            connection.close();
        }
    }

    /** A connection that is not started yet. */
    HubConnection build(String url, String token) {
        return HubConnectionBuilder.create(url)
                .withTransport(transport)
                .withAccessTokenProvider(Single.just(token))
                .build();
    }

    /** The answer to a GET of one of the server's helper endpoints. */
    String get(String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server + path)).build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
    }
}
