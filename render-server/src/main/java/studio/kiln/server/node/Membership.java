package studio.kiln.server.node;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ApiCalls;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.core.asset.Sha256;
import tools.jackson.core.JacksonException;

/**
 * That a machine is a node of a server, as the node's data folder keeps it, for its user alone.
 *
 * @param server where it joined
 * @param node its id there; null while it is not known whether it has joined
 * @param secret with which it comes
 * @param token digest of the token with which it joined
 */
public record Membership(String server, @Nullable String node, String secret, String token) {
    private static final String OWNER_ONLY = "rw-------";

    /** Never shows the secret. */
    @Override
    public String toString() {
        return node + " of " + server;
    }

    private static Path file(Path home) {
        return home.resolve("node").resolve("membership.json");
    }

    /** What the data folder says; empty when the machine has never joined. */
    public static Optional<Membership> read(Path home) throws IOException {
        Path file = file(home);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(ApiJson.STRICT.readValue(Files.readAllBytes(file), Membership.class));
        } catch (JacksonException e) {
            throw new IOException(
                    "'" + file + "' cannot be read (" + e.getOriginalMessage()
                            + "); delete it and let this machine join again.",
                    e);
        }
    }

    private Membership keep(Path home) throws IOException {
        Path file = file(home);
        Files.createDirectories(file.getParent());
        boolean posix = Files.getFileAttributeView(file.getParent(), PosixFileAttributeView.class) != null;
        Path fresh = posix
                ? Files.createTempFile(
                        file.getParent(),
                        "membership",
                        ".new",
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(OWNER_ONLY)))
                : Files.createTempFile(file.getParent(), "membership", ".new");
        Files.write(fresh, ApiJson.STRICT.writeValueAsBytes(this));
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return this;
    }

    /**
     * Joins a server. The secret is made and kept here first, so that trying again after an answer was lost gives the same node.
     *
     * @param secret a new one, for a first try
     * @param version as {@link NodeProtocol#version} gives it
     * @throws ApiException when the server does not want that
     * @throws studio.kiln.core.api.Unreachable when no server answers; try again
     */
    public static Membership join(
            Path home, URI server, String token, String secret, String name, int slots, String version)
            throws IOException {
        String shown = Sha256.of(token).hex();
        Membership begun = read(home)
                .filter(known -> known.node == null && known.token.equals(shown))
                .orElse(new Membership(server.toString(), null, secret, shown))
                .keep(home);
        try (ApiCalls calls = new ApiCalls(new ServerAddress(server, ""))) {
            NodeProtocol.Joined joined = calls.post(
                    calls.request("/api/nodes/join").header(NodeProtocol.VERSION, version),
                    new NodeProtocol.Join(token, Sha256.of(begun.secret), name, slots),
                    NodeProtocol.Joined.class);
            Files.writeString(home.resolve("node").resolve("id"), joined.node());
            return new Membership(server.toString(), joined.node(), begun.secret, shown).keep(home);
        }
    }
}
