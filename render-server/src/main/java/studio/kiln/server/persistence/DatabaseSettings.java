package studio.kiln.server.persistence;

import java.nio.file.Path;
import java.util.Map;

/** Which database a server keeps its truth in. */
public sealed interface DatabaseSettings {
    /** A file of its own in the data folder. */
    record Embedded() implements DatabaseSettings {}

    /**
     * A studio's database, which several servers may share.
     *
     * @param url {@code jdbc:mariadb://HOST:PORT/NAME} or {@code jdbc:mysql://HOST:PORT/NAME}
     */
    record Remote(String url, String user, String password) implements DatabaseSettings {
        /** Never shows the password. */
        @Override
        public String toString() {
            return url;
        }
    }

    /**
     * Reads the variables {@code KILN_DATABASE_URL}, {@code KILN_DATABASE_USER} and {@code KILN_DATABASE_PASSWORD}; without
     * the first the database is embedded.
     *
     * @throws IllegalArgumentException with the name of one that cannot be used
     */
    static DatabaseSettings of(Map<String, String> environment) {
        String url = environment.getOrDefault("KILN_DATABASE_URL", "").strip();
        String user = environment.getOrDefault("KILN_DATABASE_USER", "").strip();
        String password = environment.getOrDefault("KILN_DATABASE_PASSWORD", "");
        if (url.isEmpty()) {
            if (!user.isEmpty() || !password.isEmpty()) {
                throw new IllegalArgumentException((user.isEmpty() ? "KILN_DATABASE_PASSWORD" : "KILN_DATABASE_USER")
                        + " is for a database of its own: name that in KILN_DATABASE_URL too, or leave this away.");
            }
            return new Embedded();
        }
        if (!url.startsWith("jdbc:mariadb://") && !url.startsWith("jdbc:mysql://")) {
            throw new IllegalArgumentException(
                    "KILN_DATABASE_URL is an address like jdbc:mariadb://HOST:3306/NAME or jdbc:mysql://HOST:3306/NAME.");
        }
        if (user.isEmpty()) {
            throw new IllegalArgumentException(
                    "KILN_DATABASE_URL names a database, but not the user; set KILN_DATABASE_USER, and its password in"
                            + " KILN_DATABASE_PASSWORD or KILN_DATABASE_PASSWORD_FILE.");
        }
        return new Remote(url, user, password);
    }

    /**
     * Opens it, and makes or migrates its tables.
     *
     * @param home the data folder
     * @throws DatabaseUnavailable with what is wrong and what to do
     */
    default Database open(Path home) {
        return switch (this) {
            case Embedded _ -> Database.embedded(home);
            case Remote remote -> Database.remote(remote.url, remote.user, remote.password);
        };
    }
}
