package studio.kiln.server.backend;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The ways in which a node can run Blender. */
public final class Backends {
    private Backends() {}

    /**
     * In order of preference; {@code KILN_BACKEND} names the only one that is to be used. Finding out how Blender can be kept
     * apart takes a while.
     *
     * @param home data folder of the node
     */
    public static List<Backend> of(Path home, SessionScripts scripts, Map<String, String> environment)
            throws IOException {
        String only = environment.getOrDefault("KILN_BACKEND", "");
        List<Backend> found = new ArrayList<>();
        if (!only.equals("process")) {
            found.add(new DockerBackend(home, scripts, environment));
        }
        if (!only.equals("docker")) {
            found.add(new ProcessBackend(home, scripts, environment));
        }
        return List.copyOf(found);
    }
}
