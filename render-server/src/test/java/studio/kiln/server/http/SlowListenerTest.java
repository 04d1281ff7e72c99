package studio.kiln.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.access.Caller;
import studio.kiln.server.events.EventHub;
import studio.kiln.server.events.EventOutbox;
import studio.kiln.server.events.Sequencer;
import studio.kiln.server.ops.Activity;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.Duties;
import studio.kiln.server.security.Guard;
import studio.kiln.server.security.LoopbackGate;

@Tag("contract")
@Timeout(120)
class SlowListenerTest {
    private static final String LARGE = "x".repeat(200_000);

    @TempDir
    Path home;

    @Test
    void whoTakesNothingIsCutOffAndOthersGoOn() throws Exception {
        Activity activity = new Activity();
        try (Database database = Database.embedded(home);
                EventHub hub = new EventHub(database, (type, subject) -> null);
                Sequencer sequencer = new Sequencer(database, new Duties("test"), hub);
                EventOutbox events = new EventOutbox(hub, sequencer);
                EventRoutes routes = new EventRoutes(
                        hub,
                        new NoTasks(),
                        new LoopbackGate("t", new Caller.LocalUser("me")),
                        Guard.OPEN,
                        Duration.ofSeconds(1))) {
            hub.start();
            sequencer.start();
            LoopbackGate gate = new LoopbackGate("t", new Caller.LocalUser("me"));
            try (HttpServer server = HttpServer.start(
                            HttpServer.Listening.loopback(0),
                            new RouteTable(routes.routes()),
                            gate,
                            Guard.OPEN,
                            activity);
                    Socket slow = listen(server);
                    Socket quick = listen(server)) {
                Awaitility.await().until(() -> activity.underWay() == 2);
                Thread reader = Thread.ofVirtual().start(() -> readAll(quick));
                database.run(tx -> {
                    for (int i = 0; i < 100; i++) {
                        events.record(tx, "model", "m", null, "me", Map.of("text", LARGE));
                    }
                });
                events.committed();
                Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> activity.underWay() == 1);
                assertThat(reader.isAlive()).as("the one that reads").isTrue();
            }
        }
    }

    private static Socket listen(HttpServer server) throws IOException {
        Socket socket = new Socket("127.0.0.1", server.port());
        socket.getOutputStream()
                .write("GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer t\r\n\r\n"
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static void readAll(Socket socket) {
        try {
            InputStream in = socket.getInputStream();
            byte[] buffer = new byte[1 << 16];
            while (in.read(buffer) >= 0) {
                continue;
            }
        } catch (IOException e) {
            // the server ended
            return;
        }
    }
}
