package studio.kiln.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.EngineView;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.core.api.ServerView;
import studio.kiln.core.blender.Capabilities;

/** What is said of Blenders before and after they have proved what they can. */
class EnginesSaidTest {
    @TempDir
    Path folder;

    private final AtomicInteger asked = new AtomicInteger();
    private HttpServer http;

    @BeforeEach
    void start() throws IOException {
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        answer("/api/server", () -> new ServerView("1", "offline", "me", 1, 0, 0, null, 1L << 40, 1));
        http.start();
    }

    @AfterEach
    void stop() {
        http.stop(0);
    }

    private void answer(String path, java.util.function.Supplier<Object> with) {
        http.createContext(path, exchange -> {
            byte[] body = ApiJson.LENIENT.writeValueAsBytes(with.get());
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
    }

    private CommandLineFixture kiln() {
        return new CommandLineFixture(folder)
                .localServer(new ServerAddress(
                        URI.create("http://127.0.0.1:" + http.getAddress().getPort()), "token"));
    }

    private static EngineView engine(@Nullable Boolean eevee, boolean tested) {
        Map<String, Boolean> engines = new LinkedHashMap<>(Map.of("cycles", true, "workbench", true));
        if (eevee != null) {
            engines.put("eevee", eevee);
        }
        return new EngineView(
                "e1",
                "4.3.2",
                "hash",
                "process",
                "bubblewrap",
                "found",
                "/usr/bin/blender",
                tested
                        ? new Capabilities(
                                "4.3.2",
                                "hash",
                                engines,
                                List.of(),
                                Map.of("blend", true),
                                Map.of(),
                                List.of(),
                                true,
                                1.0,
                                List.of())
                        : null,
                null,
                tested ? null : "It is being tested.");
    }

    @Test
    void doctor_waits_for_the_first_test_of_a_blender() {
        answer("/api/engines", () -> List.of(engine(null, asked.incrementAndGet() > 2)));
        CommandLineFixture.Outcome outcome = kiln().run("doctor");
        assertThat(outcome.exit()).as(outcome.out()).isZero();
        assertThat(outcome.out()).contains("Kiln can render here.").doesNotContain("cannot be used");
        assertThat(asked.get()).isGreaterThan(2);
    }

    @Test
    void what_is_not_tested_yet_is_not_said_to_be_missing() {
        answer(
                "/api/engines",
                () -> List.of(engine(null, true), engine(true, true), engine(false, true), engine(null, false)));
        assertThat(kiln().run("engines", "list").out().lines().skip(1))
                .satisfiesExactly(
                        line -> assertThat(line).contains("cycles, workbench (eevee is being tested)"),
                        line -> assertThat(line).contains("cycles, eevee, workbench;"),
                        line -> assertThat(line).contains("cycles, workbench (eevee does not work here)"),
                        line -> assertThat(line).contains("is being tested").doesNotContain("cannot"));
    }
}
