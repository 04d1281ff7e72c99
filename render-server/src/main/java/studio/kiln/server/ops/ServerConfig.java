package studio.kiln.server.ops;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import studio.kiln.server.persistence.DatabaseSettings;
import studio.kiln.server.storage.StoreSettings;

/**
 * How a server is to run.
 *
 * @param home the data folder; everything that is kept lies in it
 * @param port 0 lets the system give one
 * @param user owner of what is made here
 * @param slots how many chunks render at a time
 * @param idleLimit the server ends by itself when nobody has used it and no work has been open for so long; zero is never
 * @param limits of uploads
 * @param renders whether a node runs inside the server
 * @param entrance who gets in, and where it listens
 * @param environment variables; the node and its backends read theirs from it
 */
public record ServerConfig(
        Path home,
        int port,
        String user,
        int slots,
        Duration idleLimit,
        UploadLimits limits,
        boolean renders,
        Entrance entrance,
        Map<String, String> environment) {
    public ServerConfig {
        home = home.toAbsolutePath().normalize();
        environment = Map.copyOf(environment);
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("A port is a number from 0 to 65535, not " + port + ".");
        }
        if (slots < 1 || slots > 64) {
            throw new IllegalArgumentException("KILN_SLOTS is a number from 1 to 64, not " + slots + ".");
        }
    }

    /** Where the data folder is: {@code KILN_HOME}, or the platform's own place for the data of applications. */
    public static Path home(Map<String, String> environment) {
        return value(environment, "KILN_HOME")
                .map(Path::of)
                .orElseGet(() -> usualHome(environment))
                .toAbsolutePath()
                .normalize();
    }

    private static Path usualHome(Map<String, String> environment) {
        Path user = Path.of(System.getProperty("user.home"));
        String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        if (system.contains("mac")) {
            return user.resolve("Library").resolve("Application Support").resolve("Kiln");
        }
        if (system.contains("windows")) {
            return value(environment, "LOCALAPPDATA").map(Path::of).orElse(user).resolve("Kiln");
        }
        return value(environment, "XDG_DATA_HOME")
                .map(Path::of)
                .orElseGet(() -> user.resolve(".local").resolve("share"))
                .resolve("kiln");
    }

    /**
     * Reads the variables {@code KILN_HOME}, {@code KILN_PORT}, {@code KILN_SLOTS}, {@code KILN_IDLE_MINUTES}, {@code
     * KILN_RENDERS}, {@code KILN_MOST_FILE_BYTES} and {@code KILN_MOST_MODEL_BYTES}.
     *
     * @throws IllegalArgumentException with the name of one that cannot be used
     */
    public static ServerConfig of(Map<String, String> environment) {
        UploadLimits usual = UploadLimits.USUAL;
        // A mistake in them is named before anything is opened.
        SharedServices.of(environment);
        DatabaseSettings.of(environment);
        StoreSettings.of(environment);
        return new ServerConfig(
                home(environment),
                (int) number(environment, "KILN_PORT", 0),
                System.getProperty("user.name", "local"),
                (int) number(environment, "KILN_SLOTS", 1),
                Duration.ofMinutes(number(environment, "KILN_IDLE_MINUTES", 30)),
                new UploadLimits(
                        number(environment, "KILN_MOST_FILE_BYTES", usual.fileBytes()),
                        number(environment, "KILN_MOST_MODEL_BYTES", usual.modelBytes()),
                        usual.files(),
                        usual.idle()),
                renders(environment),
                Entrance.of(environment),
                environment);
    }

    /** How long a node may be silent before others get its work: {@code KILN_LEASE_SECONDS}, 2 to 3600. */
    public Duration lease() {
        long seconds = number(environment, "KILN_LEASE_SECONDS", 60);
        if (seconds < 2 || seconds > 3600) {
            throw new IllegalArgumentException("KILN_LEASE_SECONDS is a number from 2 to 3600, not " + seconds + ".");
        }
        return Duration.ofSeconds(seconds);
    }

    private static boolean renders(Map<String, String> environment) {
        String word = value(environment, "KILN_RENDERS").orElse("yes");
        if (!word.equals("yes") && !word.equals("no")) {
            throw new IllegalArgumentException("KILN_RENDERS is 'yes' or 'no', not '" + word + "'.");
        }
        return word.equals("yes");
    }

    /** Never shows the environment, which holds passwords. */
    @Override
    public String toString() {
        return "ServerConfig of " + home;
    }

    public ServerConfig withHome(Path other) {
        return new ServerConfig(other, port, user, slots, idleLimit, limits, renders, entrance, environment);
    }

    public ServerConfig withPort(int other) {
        return new ServerConfig(home, other, user, slots, idleLimit, limits, renders, entrance, environment);
    }

    public ServerConfig withIdleLimit(Duration other) {
        return new ServerConfig(home, port, user, slots, other, limits, renders, entrance, environment);
    }

    public ServerConfig withLimits(UploadLimits other) {
        return new ServerConfig(home, port, user, slots, idleLimit, other, renders, entrance, environment);
    }

    public ServerConfig withEntrance(Entrance other) {
        return new ServerConfig(home, port, user, slots, idleLimit, limits, renders, other, environment);
    }

    /** A server that renders nothing itself. */
    public ServerConfig withoutNode() {
        return new ServerConfig(home, port, user, slots, idleLimit, limits, false, entrance, environment);
    }

    private static Optional<String> value(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name)).map(String::strip).filter(v -> !v.isEmpty());
    }

    private static long number(Map<String, String> environment, String name, long absent) {
        Optional<String> text = value(environment, name);
        if (text.isEmpty()) {
            return absent;
        }
        try {
            long value = Long.parseLong(text.get());
            if (value >= 0) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + " is a whole number, not '" + text.get() + "'.", e);
        }
        throw new IllegalArgumentException(name + " cannot be less than 0, as '" + text.get() + "' is.");
    }

    /**
     * What an upload may hold.
     *
     * @param fileBytes of one file
     * @param modelBytes of all files of one version
     * @param files of one version
     * @param idle how long an upload under way is kept when nothing more comes
     */
    public record UploadLimits(long fileBytes, long modelBytes, int files, Duration idle) {
        public static final UploadLimits USUAL = new UploadLimits(64L << 30, 256L << 30, 20_000, Duration.ofHours(24));
    }
}
