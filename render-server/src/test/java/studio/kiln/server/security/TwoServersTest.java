package studio.kiln.server.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.access.Role;
import studio.kiln.core.api.SignIn;
import studio.kiln.core.api.UserAdd;
import studio.kiln.server.audit.AuditLog;
import studio.kiln.server.persistence.Database;

/** Several servers use one database: what one of them is told about rights, the others go by within a moment. */
@Tag("contract")
class TwoServersTest {
    private static final String PASSWORD = "correct horse battery";

    @TempDir
    Path folder;

    private record Server(AccessVersion version, Credentials credentials, Accounts accounts, Sessions sessions)
            implements AutoCloseable {
        static Server of(Database database) {
            AccessVersion version = new AccessVersion(database);
            Credentials credentials = new Credentials(database, version);
            Passwords passwords = new Passwords();
            Accounts accounts = new Accounts(database, passwords, credentials, version);
            version.start();
            return new Server(
                    version,
                    credentials,
                    accounts,
                    new Sessions(
                            database,
                            accounts,
                            credentials,
                            passwords,
                            new Throttle(database),
                            new AuditLog(database),
                            version));
        }

        boolean letsIn(String secret) {
            return credentials.look(secret) instanceof Credentials.Shown.Good;
        }

        @Override
        public void close() {
            version.close();
        }
    }

    @Test
    void whoever_is_disabled_on_one_server_is_kept_out_by_the_other_within_a_second() {
        try (Database database = Database.embedded(folder);
                Server one = Server.of(database);
                Server other = Server.of(database)) {
            one.accounts.add(new UserAdd("ada", null, Role.ARTIST, PASSWORD));
            String secret =
                    one.sessions.signIn(new SignIn("ada", PASSWORD), "::1").token();
            assertThat(one.letsIn(secret)).isTrue();
            assertThat(other.letsIn(secret)).isTrue();
            Awaitility.await().until(() -> other.credentials.isRemembered(secret) || !other.letsIn(secret));
            one.accounts.disable("ada");
            assertThat(one.letsIn(secret)).isFalse();
            Awaitility.await().atMost(Duration.ofSeconds(1)).until(() -> !other.letsIn(secret));
        }
    }
}
