package studio.kiln.server.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.access.Caller;
import studio.kiln.core.api.AuditEntry;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.Duties;

@Tag("contract")
class AuditSealerTest {
    private static final int WRITERS = 4;
    private static final int EACH = 50;

    @TempDir
    Path folder;

    @Test
    void several_servers_seal_one_chain_without_a_gap_while_entries_come_from_everywhere() throws Exception {
        try (Database database = Database.embedded(folder);
                AuditSealer one = new AuditSealer(database, new Duties("one"));
                AuditSealer other = new AuditSealer(database, new Duties("other"))) {
            AuditLog audit = new AuditLog(database);
            one.start();
            other.start();
            List<Thread> writers = new ArrayList<>();
            for (int w = 0; w < WRITERS; w++) {
                String who = "writer" + w;
                writers.add(Thread.ofVirtual().start(() -> {
                    for (int i = 0; i < EACH; i++) {
                        String detail = "n\u00ba " + i;
                        database.run(tx ->
                                audit.done(tx, new Caller.LocalUser(who), "::1", "test.act", "thing", "t", detail));
                    }
                }));
            }
            for (Thread writer : writers) {
                writer.join();
            }
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> audit.verify(null).unsealed() == 0);
            assertThat(audit.verify(null).breaks()).isEmpty();
            assertThat(audit.verify(null).sealed()).isEqualTo(WRITERS * EACH);
            List<Long> numbers = new ArrayList<>();
            audit.export(new AuditLog.Filter(null, null, null, null, null, null), entry -> numbers.add(number(entry)));
            assertThat(numbers).isSorted().doesNotHaveDuplicates().hasSize(WRITERS * EACH);
        }
    }

    private static long number(AuditEntry entry) {
        return entry.seq() == null ? -1 : entry.seq();
    }
}
