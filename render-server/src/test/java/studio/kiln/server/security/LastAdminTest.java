package studio.kiln.server.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.access.Role;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.UserAdd;
import studio.kiln.core.api.UserView;
import studio.kiln.server.persistence.Database;

@Tag("contract")
class LastAdminTest {
    private static final String PASSWORD = "correct horse battery";

    @TempDir
    Path folder;

    @Test
    void two_administrators_who_disable_each_other_at_the_same_time_leave_one() throws Exception {
        try (Database database = Database.embedded(folder);
                AccessVersion version = new AccessVersion(database)) {
            Accounts accounts = new Accounts(database, new Passwords(), new Credentials(database, version), version);
            accounts.add(new UserAdd("ada", null, Role.ADMIN, PASSWORD));
            accounts.add(new UserAdd("bob", null, Role.ADMIN, PASSWORD));
            for (int round = 0; round < 20; round++) {
                CyclicBarrier together = new CyclicBarrier(2);
                List<Thread> threads = List.of("ada", "bob").stream()
                        .map(name -> Thread.ofVirtual().start(() -> disable(accounts, name, together)))
                        .toList();
                for (Thread thread : threads) {
                    thread.join();
                }
                assertThat(accounts.list()).filteredOn(user -> !user.disabled()).hasSize(1);
                accounts.list().stream().map(UserView::name).forEach(accounts::enable);
            }
        }
    }

    private static void disable(Accounts accounts, String name, CyclicBarrier together) {
        try {
            together.await();
            accounts.disable(name);
        } catch (ApiException e) {
            assertThat(e.problem().code()).isEqualTo("LAST_ADMIN");
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
