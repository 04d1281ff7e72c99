package studio.kiln.server.ops;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.ServerAddress;
import tools.jackson.core.JacksonException;

/**
 * What the owner of a data folder tells the other programs of its user: {@code run/server.json}, which nobody else may
 * read.
 *
 * @param port where it listens
 * @param startedAt when the process began, by the system's word where it has one: a pid alone may be another's by now
 * @param base its address where that is not the loopback's without encryption, such as {@code https://127.0.0.1:3000}
 */
public record ServerFile(
        int port,
        String token,
        long pid,
        Instant startedAt,
        String version,
        @Nullable String base) {
    public static Path folder(Path home) {
        return home.resolve("run");
    }

    static Path place(Path home) {
        return folder(home).resolve("server.json");
    }

    /** Empty when there is none, or one that was cut off. */
    public static Optional<ServerFile> read(Path home) throws IOException {
        try {
            return Optional.of(ApiJson.LENIENT.readValue(Files.readAllBytes(place(home)), ServerFile.class));
        } catch (NoSuchFileException | JacksonException e) {
            return Optional.empty();
        }
    }

    /** Puts it into place in one step. */
    public void write(Path home) throws IOException {
        Path folder = folder(home);
        Files.createDirectories(folder);
        Path temporary = folder.resolve("server.json." + pid + ".tmp");
        Files.deleteIfExists(temporary);
        Files.createFile(temporary, onlyForTheUser(folder));
        Files.write(temporary, ApiJson.STRICT.writeValueAsBytes(this), StandardOpenOption.WRITE);
        Files.move(temporary, place(home), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    public static void delete(Path home) throws IOException {
        Files.deleteIfExists(place(home));
    }

    public ServerAddress address() {
        return new ServerAddress(URI.create(base == null ? "http://127.0.0.1:" + port : base), token);
    }

    /** Whether the process that wrote this still runs. */
    public boolean isAlive() {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .filter(p -> p.info()
                        .startInstant()
                        .map(s -> Math.abs(s.toEpochMilli() - startedAt.toEpochMilli()) < 2_000)
                        .orElse(true))
                .isPresent();
    }

    /** Never shows the token. */
    @Override
    public String toString() {
        return "server on port " + port + ", process " + pid + ", since " + startedAt;
    }

    private static FileAttribute<?>[] onlyForTheUser(Path folder) throws IOException {
        return Files.getFileAttributeView(folder, PosixFileAttributeView.class) != null
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }
}
