package studio.kiln.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.access.Access;
import studio.kiln.core.access.Caller;
import studio.kiln.core.access.Policy;
import studio.kiln.core.access.Role;
import studio.kiln.core.access.Thing;
import studio.kiln.core.api.UserAdd;
import studio.kiln.core.api.UserView;
import studio.kiln.server.audit.AuditLog;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.security.AccessVersion;
import studio.kiln.server.security.AccountGuard;
import studio.kiln.server.security.Accounts;
import studio.kiln.server.security.Credentials;
import studio.kiln.server.security.Passwords;
import studio.kiln.server.security.Subject;

/** Events ask the guard so often that it must not ask the database each time; and must when rights have changed. */
@Tag("contract")
class GuardMemoryTest {
    @TempDir
    Path folder;

    @Test
    void what_may_be_read_and_what_may_not_is_remembered_until_rights_change() {
        try (Database database = Database.embedded(folder);
                StudioRows rows = new StudioRows(folder);
                AccessVersion version = new AccessVersion(database)) {
            version.start();
            AccountGuard guard = new AccountGuard(database, new Policy(), new AuditLog(database), version);
            UserView user = new Accounts(database, new Passwords(), new Credentials(database, version), version)
                    .add(new UserAdd("eve", null, Role.ARTIST, Studio.PASSWORD));
            Caller eve = new Caller.Person(user.id(), "eve", Role.ARTIST, Set.of(), new Caller.Credential("c", true));
            String hidden = rows.add("olga").task();
            StudioRows.Set own = rows.add("eve");
            String coming = Long.toString(own.number() + 1);

            assertThat(guard.reads(eve, Subject.TASK, hidden)).isFalse();
            assertThat(guard.reads(eve, Subject.TASK, own.task())).isTrue();
            assertThat(guard.reads(eve, Subject.TASK, coming)).isFalse();

            // behind its back, so that only who asks the database can know
            rows.run(tx -> tx.createMutationQuery("update TaskRow set owner = 'eve' where id = :id")
                    .setParameter("id", hidden)
                    .executeUpdate());
            StudioRows.Set came = rows.add("eve");
            assertThat(Long.toString(came.number())).isEqualTo(coming);
            assertThat(guard.reads(eve, Subject.TASK, hidden)).isFalse();
            assertThat(guard.reads(eve, Subject.TASK, coming))
                    .as("of what was not there nothing is remembered")
                    .isTrue();

            rows.share(Thing.Kind.TASK, own.task(), "eve", Access.READ);
            Awaitility.await().until(() -> guard.reads(eve, Subject.TASK, hidden));
        }
    }
}
