package studio.kiln.server.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.ServerAddress;
import tools.jackson.core.JacksonException;

/**
 * Where this user is signed in: {@code logins.json} in their profile, which nobody else may read. One process at a time is expected to
 * write it.
 */
public final class SavedLogins {
    private final Path folder;
    private final Path file;

    /**
     * What the file holds.
     *
     * @param tokens by address of the server
     * @param last the server that was signed in to last, or null
     */
    record Saved(Map<String, String> tokens, @Nullable String last) {}

    public SavedLogins(Surroundings here) {
        this(here.environment());
    }

    /** @param environment variables that say where the profile is */
    public SavedLogins(Map<String, String> environment) {
        this.folder = folder(environment);
        this.file = folder.resolve("logins.json");
    }

    private static Path folder(Map<String, String> environment) {
        Path user = Path.of(System.getProperty("user.home"));
        String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        Optional<Path> config = variable(environment, "XDG_CONFIG_HOME");
        if (config.isPresent()) {
            return config.get().resolve("kiln");
        }
        if (system.contains("mac")) {
            return user.resolve("Library").resolve("Application Support").resolve("Kiln");
        }
        if (system.contains("windows")) {
            return variable(environment, "APPDATA").orElse(user).resolve("Kiln");
        }
        return user.resolve(".config").resolve("kiln");
    }

    private static Optional<Path> variable(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name))
                .filter(value -> !value.isEmpty())
                .map(Path::of);
    }

    /** The token for a server. */
    public Optional<String> token(URI base) {
        return Optional.ofNullable(read().tokens.get(base.toString()));
    }

    /** The server that was signed in to last. */
    public Optional<ServerAddress> last() {
        Saved saved = read();
        return Optional.ofNullable(saved.last)
                .flatMap(base -> Optional.ofNullable(saved.tokens.get(base))
                        .map(token -> new ServerAddress(URI.create(base), token)));
    }

    public void save(ServerAddress address) {
        Map<String, String> tokens = new TreeMap<>(read().tokens);
        tokens.put(address.base().toString(), address.token());
        write(new Saved(tokens, address.base().toString()));
    }

    public void forget(URI base) {
        Saved saved = read();
        Map<String, String> tokens = new TreeMap<>(saved.tokens);
        tokens.remove(base.toString());
        write(new Saved(tokens, base.toString().equals(saved.last) ? null : saved.last));
    }

    private Saved read() {
        try {
            return ApiJson.LENIENT.readValue(Files.readAllBytes(file), Saved.class);
        } catch (NoSuchFileException | JacksonException e) {
            return new Saved(Map.of(), null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(Saved saved) {
        try {
            Files.createDirectories(folder);
            boolean posix = Files.getFileAttributeView(folder, PosixFileAttributeView.class) != null;
            Path temporary =
                    folder.resolve("logins.json." + ProcessHandle.current().pid() + ".tmp");
            Files.deleteIfExists(temporary);
            Files.createFile(
                    temporary,
                    posix
                            ? new FileAttribute<?>[] {
                                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                            }
                            : new FileAttribute<?>[0]);
            Files.write(temporary, ApiJson.STRICT.writeValueAsBytes(saved), StandardOpenOption.WRITE);
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
