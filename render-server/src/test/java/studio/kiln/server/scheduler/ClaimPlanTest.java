package studio.kiln.server.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.api.TaskView;

/** What a claim costs must not depend on what waits. */
@Tag("contract")
class ClaimPlanTest {
    @TempDir
    Path folder;

    @Test
    void a_claim_uses_its_indexes_and_stays_quick_at_a_hundred_thousand_chunks() throws Exception {
        try (Farm farm = new Farm(folder)) {
            farm.registerNode();
            TaskView task = farm.submit(farm.readyModel("a"), "1-20");
            pile(farm, task.id());
            assertThat(plan(
                            farm,
                            "select id from chunk where task = '" + task.id()
                                    + "' and state = 'READY' order by task, state, ordinal fetch first 1 rows only"))
                    .contains("CHUNK_CHOICE")
                    .contains("index sorted")
                    .doesNotContain("tableScan");
            assertThat(plan(
                            farm,
                            "select id from task where pool = 'p' and state = 'QUEUED' and owner = 'ada' and ready > 0"
                                    + " order by pool, state, owner, task_rank desc, seq fetch first 32 rows only"))
                    .contains("TASK_CHOICE")
                    .contains("index sorted")
                    .doesNotContain("tableScan");
            assertThat(plan(
                            farm,
                            "select owner from task where pool = 'p' and state = 'QUEUED' and owner > 'a'"
                                    + " order by pool, state, owner fetch first 1 rows only"))
                    .contains("TASK_CHOICE")
                    .doesNotContain("tableScan");
            assertThat(plan(
                            farm,
                            "select id from chunk where state = 'RUNNING' and lease_until < current_timestamp"
                                    + " order by state, lease_until fetch first 200 rows only"))
                    .contains("CHUNK_BY_LEASE")
                    .doesNotContain("tableScan");
            assertThat(plan(
                            farm,
                            "select id from chunk where state = 'RETRY_WAIT' and not_before <= current_timestamp"
                                    + " order by state, not_before fetch first 200 rows only"))
                    .contains("CHUNK_BY_DUE")
                    .doesNotContain("tableScan");

            farm.claimOne();
            long began = System.nanoTime();
            assertThat(farm.claimOne().outputs()).hasSize(10);
            // Without the index a claim takes more than a second here; the limit leaves room for a busy machine.
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofMillis(800));
        }
    }

    // Chunks of a second task, and a thousand other tasks, as rows: planning them one by one would take minutes.
    private static void pile(Farm farm, String like) {
        farm.database.run(tx -> {
            tx.createNativeMutationQuery(
                            "insert into task (id, number, seq, name, owner, project, model, version, state,"
                                    + " pool, priority, task_rank, settings, queued_at, created_at, updated_at, planned, ready)"
                                    + " select 't' || x, 1000 + x, 1000 + x, 'n', 'ada', project, model, version, 'QUEUED', pool, 10,"
                                    + " 10, settings, queued_at, created_at, updated_at, true, 100 from task,"
                                    + " system_range(1, 1000) where id = :id")
                    .setParameter("id", like)
                    .executeUpdate();
            tx.createNativeMutationQuery("insert into chunk (id, task, ordinal, kind, state, variant, frames, outputs)"
                            + " select t.id || '-' || x, t.id, x, 'RENDER', 'READY', 0, '1', 1 from task t,"
                            + " system_range(1, 100) where t.id <> :id")
                    .setParameter("id", like)
                    .executeUpdate();
        });
        farm.database.run(tx -> tx.createNativeMutationQuery("analyze").executeUpdate());
    }

    private static String plan(Farm farm, String sql) {
        List<String> lines = farm.database.read(
                tx -> tx.createNativeQuery("explain " + sql, String.class).getResultList());
        return String.join("\n", lines)
                .replace("/* index sorted */", "index sorted")
                .concat(" ");
    }
}
