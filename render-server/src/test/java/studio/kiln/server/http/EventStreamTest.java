package studio.kiln.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.api.EventStream;
import studio.kiln.core.api.ModelSubmission;
import studio.kiln.core.api.ModelUpload;
import studio.kiln.core.api.ServerEvent;
import studio.kiln.core.asset.Manifest;
import studio.kiln.core.asset.ManifestFile;
import studio.kiln.core.asset.Sha256;

@Tag("contract")
@Timeout(60)
class EventStreamTest {
    @TempDir
    Path home;

    private RunningServer running;

    @BeforeEach
    void start() throws IOException {
        running = RunningServer.start(home);
    }

    @AfterEach
    void stop() {
        running.close();
    }

    @Test
    void changesArriveWithConsecutiveNumbers() throws IOException {
        try (EventStream stream = running.client.events(null, null)) {
            addModel("a");
            addModel("b");
            ServerEvent first = stream.next().orElseThrow();
            ServerEvent second = stream.next().orElseThrow();
            assertThat(first.type()).isEqualTo("model");
            assertThat(first.data().get("name").asString()).isEqualTo("a");
            assertThat(second.data().get("name").asString()).isEqualTo("b");
            assertThat(second.seq()).isEqualTo(first.seq() + 1);
        }
    }

    @Test
    void whoComesBackMissesNothing() throws IOException {
        long seen;
        try (EventStream stream = running.client.events(null, null)) {
            addModel("a");
            seen = stream.next().orElseThrow().seq();
        }
        addModel("b");
        addModel("c");
        try (EventStream stream = running.client.events(null, seen)) {
            assertThat(stream.next().orElseThrow().data().get("name").asString())
                    .isEqualTo("b");
            assertThat(stream.next().orElseThrow().data().get("name").asString())
                    .isEqualTo("c");
        }
    }

    @Test
    void whoComesBackToAServerThatWasStartedAnewMissesNothing() throws IOException {
        long seen;
        try (EventStream stream = running.client.events(null, null)) {
            addModel("a");
            seen = stream.next().orElseThrow().seq();
        }
        addModel("b");
        running.close();
        running = RunningServer.start(home);
        try (EventStream stream = running.client.events(null, seen)) {
            assertThat(stream.next().orElseThrow().data().get("name").asString())
                    .isEqualTo("b");
        }
    }

    @Test
    void aNumberThatIsNotKnownGetsAReset() throws IOException {
        addModel("a");
        try (EventStream stream = running.client.events(null, 4_000_000L)) {
            ServerEvent event = stream.next().orElseThrow();
            assertThat(event.type()).isEqualTo("reset");
            addModel("b");
            assertThat(stream.next().orElseThrow().seq()).isEqualTo(event.seq() + 1);
        }
    }

    @Test
    void aNumberThatIsNoNumberIsRefused() throws Exception {
        HttpResponse<String> answer =
                running.send(running.request("/api/events").header("Last-Event-ID", "x"));
        assertThat(answer.statusCode()).isEqualTo(422);
    }

    @Test
    void theStreamHasTheFormOfServerSentEvents() throws IOException {
        int port = running.server.address().base().getPort();
        try (Socket socket = new Socket("127.0.0.1", port)) {
            OutputStream out = socket.getOutputStream();
            out.write(("GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
                            + running.server.address().token() + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            List<String> head = until(in, "");
            assertThat(head.getFirst()).endsWith("200 OK");
            assertThat(head).anyMatch(l -> l.equalsIgnoreCase("Content-Type: text/event-stream;charset=UTF-8"));
            until(in, "retry: 1000");
            addModel("a");
            List<String> event = until(in, "event: model");
            assertThat(event).anyMatch(l -> l.matches("id: \\d+"));
            assertThat(in.readLine()).startsWith("data: {");
        }
    }

    @Test
    void theStreamsEndWithTheServer() {
        try (EventStream stream = running.client.events(null, null)) {
            running.server.close();
            Optional<ServerEvent> end;
            try {
                end = stream.next();
            } catch (studio.kiln.core.api.Unreachable e) {
                end = Optional.empty();
            }
            assertThat(end).isEmpty();
        }
    }

    private static List<String> until(BufferedReader in, String wanted) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            lines.add(line);
            if (line.equals(wanted)) {
                return lines;
            }
        }
        throw new IOException("The stream ended before '" + wanted + "': " + lines);
    }

    private void addModel(String name) throws IOException {
        Path file = home.resolve(name + ".blend");
        java.nio.file.Files.writeString(file, "BLENDER-v304" + name);
        Manifest manifest = new Manifest(
                "m.blend", List.of(new ManifestFile("m.blend", Sha256.of(file), java.nio.file.Files.size(file))));
        ModelUpload upload = running.client.announce(new ModelSubmission(null, name, null, manifest, null));
        running.client.upload(upload.versionId(), Sha256.of(file), file, sent -> {}, () -> false);
        running.client.complete(upload.versionId());
    }
}
