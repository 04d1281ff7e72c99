package studio.kiln.server.backend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The stand-in for Blender that fails on demand, and models that tell it how. */
public final class StandIn {
    private StandIn() {}

    public static Path program() {
        return Path.of("../blender-scripts/standin/blender").toAbsolutePath().normalize();
    }

    /** The stand-in needs no program of Kiln's in it, only a file to be named. */
    public static SessionScripts scripts() {
        return SessionScripts.of(Map.of(SessionScripts.entry(), new byte[0]));
    }

    /** @param json without braces, such as {@code "modes": "slow=1"} */
    public static byte[] model(String json) {
        return ("BLENDER-v403KILN-STANDIN{" + json + "}").getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    static void put(Path file, String json) throws IOException {
        Files.write(file, model(json));
    }
}
