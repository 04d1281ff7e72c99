package studio.kiln.server.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.api.TaskView;
import studio.kiln.server.node.Assignment;
import studio.kiln.server.persistence.Database;

/** What a claim costs on a studio's database must not depend on what waits, nor on what others do. */
@Tag("contract")
abstract class ClaimPlanContract {
    private static final String DIGITS = IntStream.range(0, 10)
            .mapToObj(n -> "select " + n + " as n")
            .collect(Collectors.joining(" union all ", "(", ")"));

    @TempDir
    Path folder;

    abstract Database database();

    /** The words that ask for a plan as a table. */
    abstract String explain();

    @Test
    void no_query_of_a_claim_sorts_or_reads_a_whole_table_while_thousands_wait() throws Exception {
        try (Farm farm = new Farm(folder, Farm.SETTINGS, database())) {
            farm.registerNode();
            TaskView task = farm.submit(farm.readyModel("a"), "1-20");
            pile(farm, task.id());
            String id = "'" + task.id() + "'";
            assertIndexed(
                    farm,
                    "chunk_choice",
                    "select * from chunk where task = " + id
                            + " and state = 'READY' order by task, state, ordinal limit 1");
            assertIndexed(
                    farm,
                    "task_choice",
                    "select id, owner, pool, task_rank, seq from task where pool = 'p' and state = 'QUEUED' and"
                            + " owner = 'ada7' and ready > 0 order by pool, state, owner, task_rank desc, seq limit 32");
            assertIndexed(
                    farm,
                    "task_next",
                    "select id, owner, pool, task_rank, seq from task where go_next = true and pool = 'p' and"
                            + " state = 'QUEUED' and ready > 0 order by go_next, pool, state, task_rank desc, seq limit 32");
            assertIndexed(
                    farm,
                    "task_choice",
                    "select owner from task where pool = 'p' and state = 'QUEUED' and owner > 'ada7'"
                            + " order by pool, state, owner limit 1");
            assertIndexed(
                    farm,
                    "task_by_state",
                    "select owner, leased + running from task where state in"
                            + " ('RUNNING', 'PAUSE_REQUESTED', 'CANCEL_REQUESTED')");
            assertIndexed(farm, "PRIMARY", "select id from task where id = " + id + " for update skip locked");
            assertIndexed(farm, "PRIMARY", "update task set revision = revision + 1 where id = " + id);
            assertIndexed(
                    farm,
                    "chunk_by_lease",
                    "select id from chunk where state = 'RUNNING' and lease_until < now(6)"
                            + " order by state, lease_until limit 200");
            assertIndexed(
                    farm,
                    "chunk_by_due",
                    "select id from chunk where state = 'RETRY_WAIT' and not_before <= now(6)"
                            + " order by state, not_before limit 200");
        }
    }

    @Test
    void a_task_that_another_transaction_has_is_passed_over_and_the_next_one_is_given() throws Exception {
        try (Farm farm = new Farm(folder, Farm.SETTINGS, database())) {
            farm.registerNode();
            TaskView first = farm.submit(farm.readyModel("a"), "1-20");
            TaskView second = farm.submit(farm.readyModel("b"), "1-20");
            CountDownLatch locked = new CountDownLatch(1);
            CountDownLatch claimed = new CountDownLatch(1);
            Thread other = Thread.startVirtualThread(() -> farm.database.run(tx -> {
                LockedTask.lock(tx, first.id());
                locked.countDown();
                await(claimed);
            }));
            locked.await();
            Assignment.Render given = farm.claimOne();
            claimed.countDown();
            other.join();
            assertThat(given.task()).isEqualTo(second.id());
            assertThat(farm.claimOne().task()).isEqualTo(first.id());
        }
    }

    @Test
    void the_only_task_is_waited_for() throws Exception {
        try (Farm farm = new Farm(folder, Farm.SETTINGS, database())) {
            farm.registerNode();
            TaskView only = farm.submit(farm.readyModel("a"), "1-20");
            CountDownLatch locked = new CountDownLatch(1);
            AtomicBoolean waited = new AtomicBoolean();
            Thread other = Thread.startVirtualThread(() -> farm.database.run(tx -> {
                LockedTask.lock(tx, only.id());
                locked.countDown();
                // until the claim waits for this transaction
                org.awaitility.Awaitility.await().until(() -> waiting(farm) > 0);
                waited.set(true);
            }));
            locked.await();
            assertThat(farm.claimOne().task()).isEqualTo(only.id());
            other.join();
            assertThat(waited).isTrue();
        }
    }

    private static long waiting(Farm farm) throws Exception {
        return java.util.concurrent.CompletableFuture.supplyAsync(() ->
                        (Number) farm.database.<Object>read(tx -> tx.createNativeQuery(
                                        "select count(*) from information_schema.processlist where db = database() and"
                                                + " info like 'update task %revision%'",
                                        Object.class)
                                .getSingleResult()))
                .get()
                .longValue();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    // Thousands of tasks of ten owners in two pools, with chunks: as rows, for planning them would take minutes.
    private static void pile(Farm farm, String like) {
        farm.database.run(tx -> {
            tx.createNativeMutationQuery(
                            "insert into task (id, number, seq, name, owner, project, model, version, state,"
                                    + " pool, priority, task_rank, settings, queued_at, created_at, updated_at, planned, ready)"
                                    + " select concat('t', x.seq), 1000 + x.seq, 1000 + x.seq, 'n', concat('ada', x.seq % 10),"
                                    + " project, model, version, 'QUEUED', if(x.seq % 3 = 0, 'q', 'p'), 10, x.seq % 100, settings,"
                                    + " queued_at, created_at, updated_at, true, 5 from task, (select 1 + a.n + 10 * b.n + 100 * c.n"
                                    + " + 1000 * d.n as seq from " + DIGITS + " a, " + DIGITS + " b, " + DIGITS + " c, "
                                    + DIGITS + " d where d.n < 4) x where id = :id")
                    .setParameter("id", like)
                    .executeUpdate();
            tx.createNativeMutationQuery("insert into chunk (id, task, ordinal, kind, state, variant, frames, outputs)"
                            + " select concat(t.id, '-', x.seq), t.id, x.seq, 'RENDER', 'READY', 0, '1', 1 from task t,"
                            + " (select 1 + n as seq from " + DIGITS + " n where n < 5) x where t.id <> :id")
                    .setParameter("id", like)
                    .executeUpdate();
        });
        farm.database.run(tx -> tx.createNativeQuery("analyze table task, chunk", Object[].class)
                .getResultList());
    }

    /**
     * Columns of EXPLAIN: id, select_type, table, on MySQL partitions, type, possible_keys, key, key_len, ref, rows, on MySQL
     * filtered, Extra.
     */
    private void assertIndexed(Farm farm, String index, String sql) {
        List<Object[]> plan = farm.database.read(tx ->
                tx.createNativeQuery(explain() + " " + sql, Object[].class).getResultList());
        String shown = plan.stream().map(java.util.Arrays::toString).collect(Collectors.joining("\n"));
        for (Map.Entry<String, String> step : plan.stream()
                .map(row -> row.length == 12
                        ? Map.entry(String.valueOf(row[4]), row[6] + " " + row[11])
                        : Map.entry(String.valueOf(row[3]), row[5] + " " + row[9]))
                .toList()) {
            assertThat(step.getKey()).as(sql + "\n" + shown).isIn("const", "eq_ref", "ref", "range");
            assertThat(step.getValue())
                    .as(sql + "\n" + shown)
                    .startsWith(index + " ")
                    .doesNotContain("filesort")
                    .doesNotContain("temporary");
        }
    }
}
