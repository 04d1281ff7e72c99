package studio.kiln.server.scheduler;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.hibernate.StatelessSession;
import studio.kiln.core.task.TaskState;
import studio.kiln.server.ops.Metrics;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.JobState;

/** Counts the farm from the counters of its tasks, so that it costs no more when more waits. */
public final class FarmCensus implements Metrics.Farm {
    private static final List<TaskState> ENDS =
            List.of(TaskState.values()).stream().filter(TaskState::isEnd).toList();

    private final Database database;

    public FarmCensus(Database database) {
        this.database = database;
    }

    @Override
    public Metrics.Census count() {
        return database.read(tx -> new Metrics.Census(chunks(tx), byState(tasks(tx)), byState(jobs(tx)), nodes(tx)));
    }

    private static List<Metrics.Count> chunks(StatelessSession tx) {
        Object[] sums = tx.createSelectionQuery(
                        "select coalesce(sum(ready), 0), coalesce(sum(leased), 0), coalesce(sum(running), 0),"
                                + " coalesce(sum(retryWait), 0) from TaskRow where state not in :ends",
                        Object[].class)
                .setParameter("ends", ENDS)
                .getSingleResult();
        List<Metrics.Count> counts = new ArrayList<>();
        String[] names = {"ready", "leased", "running", "retry_wait"};
        for (int i = 0; i < names.length; i++) {
            counts.add(new Metrics.Count(names[i], ((Number) sums[i]).longValue()));
        }
        return counts;
    }

    private static List<Object[]> tasks(StatelessSession tx) {
        return tx.createSelectionQuery(
                        "select state, count(*) from TaskRow where state not in :ends group by state", Object[].class)
                .setParameter("ends", ENDS)
                .getResultList();
    }

    private static List<Object[]> jobs(StatelessSession tx) {
        return tx.createSelectionQuery(
                        "select state, count(*) from JobRow where state <> :done group by state", Object[].class)
                .setParameter("done", JobState.DONE)
                .getResultList();
    }

    private static List<Metrics.Count> byState(List<Object[]> rows) {
        return rows.stream()
                .map(row -> new Metrics.Count(row[0].toString(), ((Number) row[1]).longValue()))
                .toList();
    }

    private static List<Metrics.NodeLoad> nodes(StatelessSession tx) {
        Map<String, Long> busy = tx
                .createSelectionQuery(
                        "select node, count(*) from ChunkRow where state in ('LEASED', 'RUNNING') group by node",
                        Object[].class)
                .getResultList()
                .stream()
                .filter(row -> row[0] != null)
                .collect(Collectors.toMap(row -> row[0].toString(), row -> ((Number) row[1]).longValue()));
        return tx
                .createSelectionQuery(
                        "select id, name, loadPercent, slots from NodeRow where removed = false", Object[].class)
                .getResultList()
                .stream()
                .map(row -> new Metrics.NodeLoad(
                        row[1].toString(),
                        ((Number) row[2]).intValue(),
                        busy.getOrDefault(row[0].toString(), 0L),
                        ((Number) row[3]).intValue()))
                .toList();
    }
}
