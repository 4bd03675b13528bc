package interop;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A TCP proxy before the server, to cut connections as a network does. */
final class Cutter implements AutoCloseable {
    private final ServerSocket listener;
    private final URI server;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile boolean down;

    Cutter(String server) throws IOException {
        this.server = URI.create(server);
        listener = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
        inBackground(this::accept);
    }

    String origin() {
        return "http://127.0.0.1:" + listener.getLocalPort();
    }

    /** Breaks every connection, and new ones until {@link #up}. */
    void down() {
        down = true;
        sockets.forEach(Cutter::end);
    }

    void up() {
        down = false;
    }

    @Override
    public void close() throws IOException {
        listener.close();
        down();
    }

    private void accept() throws IOException {
        while (true) {
            Socket near = listener.accept();
            if (down) {
                end(near);
                continue;
            }
            Socket far = new Socket(server.getHost(), server.getPort());
            sockets.add(near);
            sockets.add(far);
            inBackground(() -> copy(near, far));
            inBackground(() -> copy(far, near));
        }
    }

    private void copy(Socket from, Socket to) throws IOException {
        try (from; to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[8192];
            for (int length; (length = in.read(buffer)) > 0; ) {
                out.write(buffer, 0, length);
            }
        }
    }

    private static void end(Socket socket) {
        try {
            socket.close();
        } catch (IOException ended) {
            // That it is no longer there is what was wanted.
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void inBackground(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException ended) {
                // One side has gone, and with it this thread.
            }
        });
        thread.setDaemon(true);
        thread.start();
    }
}
