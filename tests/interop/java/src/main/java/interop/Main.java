package interop;

import com.microsoft.signalr.TransportEnum;
import java.util.List;

/**
 * Runs every case over each transport against HUB_URL, the base URL of a conformance server. The last
 * line is {@code N passed, M failed}; the exit code is 1 when anything failed.
 */
public final class Main {
    /** The client has no Server-Sent Events. */
    private static final List<TransportEnum> TRANSPORTS = List.of(TransportEnum.WEBSOCKETS, TransportEnum.LONG_POLLING);

    public static void main(String[] arguments) {
        String server = System.getenv("HUB_URL").replaceAll("/$", "");
        int passed = 0;
        int failed = 0;
        for (TransportEnum transport : TRANSPORTS) {
            Peer peer = new Peer(server, transport);
            for (Cases.Case one : Cases.ALL) {
                if (!one.isFor(transport)) {
                    System.out.printf("skip %s over %s%n", one.name(), transport);
                } else if (passes(one, peer)) {
                    passed++;
                } else {
                    failed++;
                }
            }
        }
        System.out.printf("%d passed, %d failed%n", passed, failed);
        // The client leaves threads behind.
        System.exit(failed == 0 ? 0 : 1);
    }

    private static boolean passes(Cases.Case one, Peer peer) {
        try {
            one.body().run(peer);
            System.out.printf("ok   %s over %s%n", one.name(), peer.transport());
            return true;
        } catch (Throwable failure) {
            System.out.printf("FAIL %s over %s%n", one.name(), peer.transport());
            failure.printStackTrace(System.out);
            return false;
        }
    }
}
