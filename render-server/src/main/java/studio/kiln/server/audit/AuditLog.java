package studio.kiln.server.audit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.hibernate.StatelessSession;
import org.hibernate.query.SelectionQuery;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.AuditChain;
import studio.kiln.core.access.Caller;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.AuditEntry;
import studio.kiln.core.api.AuditReport;
import studio.kiln.core.api.Page;
import studio.kiln.core.api.Problem;
import studio.kiln.server.audit.AuditWrite.Actor;
import studio.kiln.server.persistence.AuditRow;
import studio.kiln.server.persistence.Database;

/** Writes and reads the audit log. Safe for any number of threads. */
public final class AuditLog {
    static final String COUNTER = "audit";

    private static final int BATCH = 1_000;
    /** The same refusal of the same caller again within this time is not written again: polling must not fill the disk. */
    private static final Duration SAME = Duration.ofMinutes(1);

    private final Database database;
    private final Cache<List<String>, Boolean> refusals =
            Caffeine.newBuilder().maximumSize(10_000).expireAfterWrite(SAME).build();

    public AuditLog(Database database) {
        this.database = database;
    }

    /** Which entries are wanted; null leaves a member open. Times are inclusive from, exclusive to. */
    public record Filter(
            @Nullable String actor,
            @Nullable String act,
            @Nullable String target,
            @Nullable String outcome,
            @Nullable Instant from,
            @Nullable Instant to) {}

    /** Takes entries one after the other. */
    @FunctionalInterface
    public interface Taker {
        void take(AuditEntry entry) throws IOException;
    }

    /** Somebody did something; part of its transaction. */
    public void done(
            StatelessSession tx,
            Caller caller,
            String address,
            String act,
            String targetKind,
            String target,
            String detail) {
        new AuditWrite(Actor.of(caller), address, act, targetKind, target, Outcome.DONE, detail).insert(tx);
    }

    /** As {@link #done}, of somebody who has shown a password and no credential yet. */
    public void done(
            StatelessSession tx,
            String name,
            String address,
            String act,
            String targetKind,
            String target,
            String detail) {
        new AuditWrite(Actor.named(name), address, act, targetKind, target, Outcome.DONE, detail).insert(tx);
    }

    /** Who acts on this thread is about to do something that has no transaction of its own. */
    public void note(String act, String targetKind, String target, String detail) {
        database.run(tx -> Acting.note(tx, act, targetKind, target, detail));
    }

    /** Somebody was refused something; in a transaction of its own. */
    public void refused(Caller caller, String address, String act, String targetKind, String target, String detail) {
        List<String> same = List.of(caller.name(), address, act, targetKind, target);
        if (refusals.asMap().putIfAbsent(same, true) == null) {
            write(new AuditWrite(Actor.of(caller), address, act, targetKind, target, Outcome.REFUSED, detail));
        }
    }

    /** As {@link #refused}, of somebody who tried a password; each try is written, as their number is bounded. */
    public void refused(String name, String address, String act, String targetKind, String target, String detail) {
        write(new AuditWrite(Actor.named(name), address, act, targetKind, target, Outcome.REFUSED, detail));
    }

    private void write(AuditWrite entry) {
        database.run(entry::insert);
    }

    // ---- reading

    /** Newest first. */
    public Page<AuditEntry> list(Filter filter, @Nullable String cursor, int limit) {
        long before = cursor == null ? Long.MAX_VALUE : number(cursor);
        return database.read(tx -> {
            List<AuditRow> rows = select(tx, filter, "id < :edge", before, "id desc", limit + 1);
            boolean more = rows.size() > limit;
            List<AuditEntry> entries =
                    rows.stream().limit(limit).map(AuditLog::entry).toList();
            return new Page<>(entries, more ? Long.toString(entries.getLast().id()) : null);
        });
    }

    /** In the order in which they were sealed, then what is not sealed yet, in bounded memory. */
    public void export(Filter filter, Taker taker) throws IOException {
        long seq = 0;
        for (List<AuditEntry> batch = after(filter, "seq > :edge", seq, "seq");
                !batch.isEmpty();
                batch = after(filter, "seq > :edge", seq, "seq")) {
            give(batch, taker);
            seq = Objects.requireNonNull(batch.getLast().seq());
        }
        // what was sealed since then has a greater number, and is not left out
        String rest = "(seq is null or seq > " + seq + ") and id > :edge";
        for (List<AuditEntry> batch = after(filter, rest, 0, "id");
                !batch.isEmpty();
                batch = after(filter, rest, batch.getLast().id(), "id")) {
            give(batch, taker);
        }
    }

    private List<AuditEntry> after(Filter filter, String condition, long edge, String order) {
        return database.read(tx -> select(tx, filter, condition, edge, order, BATCH).stream()
                .map(AuditLog::entry)
                .toList());
    }

    private static void give(List<AuditEntry> batch, Taker taker) throws IOException {
        for (AuditEntry entry : batch) {
            taker.take(entry);
        }
    }

    /**
     * Looks through all sealed entries.
     *
     * @param expected a head that was noted down earlier, as {@code NUMBER:DIGEST}, or null
     */
    public AuditReport verify(@Nullable String expected) {
        AuditChain chain = new AuditChain(expected);
        long last = database.read(AuditLog::lastSeq);
        long sealed = 0;
        while (true) {
            long after = chain.last();
            long first = sealed;
            List<AuditEntry> batch = database.read(tx -> tx
                    .createSelectionQuery(
                            "from AuditRow where seq > :after and seq <= :last order by seq", AuditRow.class)
                    .setParameter("after", first == 0 ? Long.MIN_VALUE : after)
                    .setParameter("last", last)
                    .setMaxResults(BATCH)
                    .getResultList()
                    .stream()
                    .map(AuditLog::entry)
                    .toList());
            batch.forEach(chain::next);
            sealed += batch.size();
            if (batch.size() < BATCH) {
                break;
            }
        }
        chain.end(last);
        long unsealed = database.read(
                tx -> tx.createSelectionQuery("select count(*) from AuditRow where seq is null", Long.class)
                        .getSingleResult());
        return new AuditReport(sealed, unsealed, chain.head(), chain.breaks());
    }

    static long lastSeq(StatelessSession tx) {
        return tx.createSelectionQuery("select last from CounterRow where name = :name", Long.class)
                .setParameter("name", COUNTER)
                .getSingleResult();
    }

    private static List<AuditRow> select(
            StatelessSession tx, Filter filter, String edge, long at, String order, int limit) {
        Map<String, Object> values = new LinkedHashMap<>();
        StringBuilder where = new StringBuilder(edge);
        values.put("edge", at);
        add(where, values, "actor = :actor", "actor", filter.actor);
        add(
                where,
                values,
                "act like :act escape '!'",
                "act",
                filter.act == null ? null : filter.act.replaceAll("([!%_])", "!$1") + "%");
        add(where, values, "target = :target", "target", filter.target);
        add(where, values, "outcome = :outcome", "outcome", filter.outcome);
        add(where, values, "at >= :from", "from", filter.from);
        add(where, values, "at < :to", "to", filter.to);
        SelectionQuery<AuditRow> query =
                tx.createSelectionQuery("from AuditRow where " + where + " order by " + order, AuditRow.class);
        values.forEach(query::setParameter);
        return query.setMaxResults(limit).getResultList();
    }

    private static void add(
            StringBuilder where, Map<String, Object> values, String clause, String name, @Nullable Object value) {
        if (value != null) {
            where.append(" and ").append(clause);
            values.put(name, value);
        }
    }

    static AuditEntry entry(AuditRow row) {
        return new AuditEntry(
                row.id,
                row.at,
                row.actor,
                row.actorKind,
                row.credential,
                row.address,
                row.act,
                row.targetKind,
                row.target,
                row.outcome,
                row.detail,
                row.seq,
                row.previous,
                row.digest);
    }

    private static long number(String cursor) {
        try {
            return Long.parseLong(cursor);
        } catch (NumberFormatException e) {
            throw new ApiException(Problem.of(
                    422,
                    "BAD_CURSOR",
                    "A parameter is wrong",
                    "The cursor is none that this list has given; start again without one."));
        }
    }
}
