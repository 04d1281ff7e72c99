package studio.kiln.server.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import studio.kiln.core.blender.SessionRequest;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Runs a hostile file in a session and tells what it could do. */
final class Intruder {
    private Intruder() {}

    /** @param folder of the session */
    static JsonNode whatItCould(BlenderSession session, Path folder) throws IOException, InterruptedException {
        Path secret = Files.createTempFile("kiln-secret", ".txt");
        Files.writeString(secret, "only for the owner");
        FolderRights.set(secret, "rw-------");
        try (ServerSocket listening = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Files.writeString(
                    folder.resolve("in").resolve("probe.txt"), secret + "\n" + listening.getLocalPort() + "\n");
            String root = BlenderModels.put("probe", folder.resolve("in"));
            session.call(new SessionRequest.Open("probe", root, "blend", true, null, true, null), event -> {});
            JsonNode seen = JsonMapper.shared()
                    .readTree(folder.resolve("out").resolve("probe.json").toFile());
            assertThat(seen.get("write its output").asBoolean()).isTrue();
            return seen;
        } finally {
            Files.delete(secret);
        }
    }
}
