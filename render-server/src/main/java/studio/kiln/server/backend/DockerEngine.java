package studio.kiln.server.backend;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.model.Info;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Docker engine of this machine, behind two clients with connections of their own: streams that last for hours never
 * take a connection from a call that must answer. Made when first needed, for where there is no engine nothing is loaded.
 */
final class DockerEngine {
    private static final Logger LOG = LoggerFactory.getLogger(DockerEngine.class);
    private static final Duration CONNECT = Duration.ofMillis(500);
    private static final Duration PING = Duration.ofSeconds(2);
    private static final Duration ANSWER = Duration.ofSeconds(30);
    private static final int CONTROLS = 16;
    /** Two for each session, with room for hundreds of sessions. */
    private static final int STREAMS = 1000;

    private final Map<String, String> environment;
    private final Optional<URI> address;
    private @Nullable DockerClient pings;
    private @Nullable DockerClient control;
    private @Nullable DockerClient streams;
    private @Nullable Info info;

    DockerEngine(Map<String, String> environment) {
        this.environment = environment;
        this.address = address();
    }

    // Folders of this machine are mounted, so only an engine of this machine is of use.
    private Optional<URI> address() {
        String named = environment.getOrDefault("DOCKER_HOST", "");
        if (named.startsWith("unix:") || named.startsWith("npipe:")) {
            return Optional.of(URI.create(named));
        }
        if (!named.isEmpty()) {
            LOG.info("The Docker engine at {} is on another machine and is not used", named);
            return Optional.empty();
        }
        if (System.getProperty("os.name").startsWith("Windows")) {
            return Optional.of(URI.create("npipe:////./pipe/docker_engine"));
        }
        List<Path> sockets = new ArrayList<>(List.of(Path.of("/var/run/docker.sock")));
        String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        if (!runtime.isEmpty()) {
            sockets.add(Path.of(runtime, "docker.sock"));
        }
        String home = environment.getOrDefault("HOME", "");
        if (!home.isEmpty()) {
            sockets.add(Path.of(home, ".docker", "run", "docker.sock"));
        }
        Path socket = sockets.stream().filter(Files::exists).findFirst().orElse(sockets.getFirst());
        return Optional.of(URI.create("unix://" + socket));
    }

    /** Whether an engine answers; at once where there is none, and after two seconds where one hangs. */
    boolean answers() {
        if (address.isEmpty()) {
            return false;
        }
        URI place = address.get();
        if ("unix".equals(place.getScheme()) && !Files.exists(Path.of(place.getPath()))) {
            return false;
        }
        try {
            pings().pingCmd().exec();
            return true;
        } catch (RuntimeException e) {
            LOG.debug("No Docker engine answers at {}: {}", place, e.toString());
            return false;
        }
    }

    private synchronized DockerClient pings() {
        if (pings == null) {
            pings = client(2, PING);
        }
        return pings;
    }

    /** For calls that answer within seconds. */
    synchronized DockerClient control() {
        if (control == null) {
            control = client(CONTROLS, ANSWER);
        }
        return control;
    }

    /** For streams, and for waiting. */
    synchronized DockerClient streams() {
        if (streams == null) {
            streams = client(STREAMS, null);
        }
        return streams;
    }

    /** What the engine can limit; asked once. */
    synchronized Info info() {
        if (info == null) {
            info = control().infoCmd().exec();
        }
        return info;
    }

    private DockerClient client(int connections, @Nullable Duration answer) {
        URI place = address.orElseThrow(() -> new IllegalStateException("There is no Docker engine on this machine."));
        DockerClientConfig config = DefaultDockerClientConfig.createDefaultConfigBuilder()
                .withDockerHost(place.toString())
                .withDockerTlsVerify(false)
                .build();
        ZerodepDockerHttpClient.Builder http = new ZerodepDockerHttpClient.Builder()
                .dockerHost(place)
                .maxConnections(connections)
                .connectionTimeout(CONNECT);
        if (answer != null) {
            http.responseTimeout(answer);
        }
        return DockerClientImpl.getInstance(config, http.build());
    }

    synchronized void close() {
        for (DockerClient client : new DockerClient[] {pings, control, streams}) {
            if (client != null) {
                try {
                    client.close();
                } catch (IOException e) {
                    LOG.debug("A Docker client did not close", e);
                }
            }
        }
    }

    static IOException gone(RuntimeException e) {
        return new IOException("The Docker engine does not answer: " + e.getMessage(), e);
    }
}
