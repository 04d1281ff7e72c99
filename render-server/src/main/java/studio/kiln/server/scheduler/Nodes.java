package studio.kiln.server.scheduler;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.EngineUse;
import studio.kiln.core.api.NodeView;
import studio.kiln.core.api.Problem;
import studio.kiln.core.task.AttemptState;
import studio.kiln.server.audit.Acting;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.EngineRow;
import studio.kiln.server.persistence.NodeRow;
import studio.kiln.server.persistence.NodeState;

/** What people see of nodes, and want of them. Safe for any number of threads. */
public final class Nodes {
    private static final Duration CLASH_SHOWN = Duration.ofHours(1);
    private static final List<AttemptState> OPEN =
            List.of(AttemptState.LEASED, AttemptState.RUNNING, AttemptState.PUBLISHING);

    private final Database database;
    private final Engines engines;
    private final Sweeps sweeps;
    private final Notices notices;
    private final NodeDesk desk;

    Nodes(Database database, Scheduler.Parts parts, NodeDesk desk) {
        this.database = database;
        this.engines = parts.engines();
        this.sweeps = parts.sweeps();
        this.notices = parts.notices();
        this.desk = desk;
    }

    /** By name. */
    public List<NodeView> list() {
        return database.read(tx -> {
            Instant now = Database.now(tx);
            return tx.createSelectionQuery("from NodeRow where removed = false", NodeRow.class).getResultList().stream()
                    .sorted(Comparator.comparing((NodeRow row) -> row.name).thenComparing(row -> row.id))
                    .map(row -> view(row, busy(tx, row), now))
                    .toList();
        });
    }

    /** @param name id or name of a node */
    public NodeView node(String name) {
        return database.read(tx -> view(tx, known(tx, name)));
    }

    /** It gets no more work; what it has goes on to its end. */
    public NodeView drain(String name) {
        return change(name, NodeState.DRAINING, "node.drain");
    }

    /** It gets no more work, and gives back what it has. */
    public NodeView disable(String name) {
        return change(name, NodeState.DISABLED, "node.disable");
    }

    /** It gets work again, also when it was set aside. */
    public NodeView enable(String name) {
        return change(name, NodeState.ACTIVE, "node.enable");
    }

    private NodeView change(String name, NodeState state, String act) {
        NodeView view = database.tx(tx -> {
            NodeRow row = known(tx, name);
            row.state = state;
            if (state == NodeState.ACTIVE) {
                row.setAside = false;
                row.failures = 0;
                row.why = null;
                row.clash = null;
                row.clashAt = null;
            }
            tx.createMutationQuery(
                            "update NodeRow set state = :state, setAside = :aside, failures = :failures, why = :why,"
                                    + " clash = :clash, clashAt = :at where id = :id")
                    .setParameter("state", row.state)
                    .setParameter("aside", row.setAside)
                    .setParameter("failures", row.failures)
                    .setParameter("why", row.why)
                    .setParameter("clash", row.clash)
                    .setParameter("at", row.clashAt)
                    .setParameter("id", row.id)
                    .executeUpdate();
            Acting.note(tx, act, "node", row.id, row.name);
            return view(tx, row);
        });
        desk.lookForStops();
        notices.workIsThere();
        return view;
    }

    /**
     * Forgets a node: what it has is given to others, its engines are gone. Its secret is the caller's to void first.
     *
     * @return its id
     */
    public String remove(String name) {
        String id = database.tx(tx -> {
            NodeRow row = known(tx, name);
            if (row.credential == null && row.boot != null && !isLost(row, Database.now(tx))) {
                throw new ApiException(Problem.of(
                        409,
                        "NODE_STAYS",
                        "The node cannot be removed",
                        "'" + row.name + "' is part of the server; disable it instead: kiln nodes disable " + row.name
                                + "."));
            }
            Instant now = Database.now(tx);
            tx.createMutationQuery(
                            "update NodeRow set removed = true, state = :disabled, boot = null, credential = null where id = :id")
                    .setParameter("disabled", NodeState.DISABLED)
                    .setParameter("id", row.id)
                    .executeUpdate();
            List<EngineRow> rows = tx.createSelectionQuery(
                            "from EngineRow where node = :node and removed = false", EngineRow.class)
                    .setParameter("node", row.id)
                    .getResultList();
            for (EngineRow engine : rows) {
                engine.removed = true;
                engine.updatedAt = now;
                tx.update(engine);
                notices.changed(tx, "engine", engine.id, "");
            }
            Acting.note(tx, "node.remove", "node", row.id, row.name);
            return row.id;
        });
        engines.refresh();
        sweeps.nodeIsGone(id, List.of());
        notices.committed();
        return id;
    }

    private static NodeRow known(StatelessSession tx, String name) {
        NodeRow byId = tx.<@Nullable NodeRow>get(NodeRow.class, name);
        if (byId != null && !byId.removed) {
            return byId;
        }
        List<NodeRow> named = tx.createSelectionQuery(
                        "from NodeRow where name = :name and removed = false", NodeRow.class)
                .setParameter("name", name)
                .getResultList();
        if (named.size() == 1) {
            return named.getFirst();
        }
        throw new ApiException(
                named.isEmpty()
                        ? Problem.of(
                                404,
                                "NO_SUCH_NODE",
                                "There is no such node",
                                "There is no node '" + name + "'; see 'kiln nodes list'.")
                        : Problem.of(
                                409,
                                "NAME_NOT_UNIQUE",
                                "Several nodes have that name",
                                named.size() + " nodes are called '" + name
                                        + "'; name the one that is meant by its id, see 'kiln nodes list'."));
    }

    // ---- views

    private static int busy(StatelessSession tx, NodeRow row) {
        return tx.createSelectionQuery(
                        "select count(*) from AttemptRow where node = :node and state in :open", Long.class)
                .setParameter("node", row.id)
                .setParameter("open", OPEN)
                .getSingleResult()
                .intValue();
    }

    private NodeView view(StatelessSession tx, NodeRow row) {
        return view(row, busy(tx, row), Database.now(tx));
    }

    private NodeView view(NodeRow row, int busy, Instant now) {
        List<EngineUse> usable =
                engines.usableOf(row.id).stream().map(Engines.Engine::use).toList();
        return new NodeView(
                row.id,
                row.name,
                word(row, busy, now),
                row.credential == null,
                row.slots,
                busy,
                row.cores,
                row.memoryBytes,
                row.loadPercent,
                row.version,
                tags(row),
                usable,
                row.seenAt,
                row.createdAt,
                problem(row, usable, now));
    }

    static List<String> tags(NodeRow row) {
        return row.tags.isEmpty() ? List.of() : Arrays.asList(row.tags.split(","));
    }

    private static boolean isLost(NodeRow row, Instant now) {
        return row.boot == null || row.seenAt.isBefore(now.minus(NodeRecord.ALIVE));
    }

    private static String word(NodeRow row, int busy, Instant now) {
        if (row.state == NodeState.DISABLED) {
            return "disabled";
        }
        if (isLost(row, now)) {
            return "lost";
        }
        if (row.state == NodeState.DRAINING) {
            return busy == 0 ? "drained" : "draining";
        }
        return row.setAside ? "set-aside" : busy >= row.slots ? "busy" : "ready";
    }

    private static @Nullable String problem(NodeRow row, List<EngineUse> usable, Instant now) {
        if (row.clash != null && row.clashAt != null && row.clashAt.isAfter(now.minus(CLASH_SHOWN))) {
            return row.clash;
        }
        if (row.setAside) {
            return "It was set aside: " + row.why;
        }
        if (row.version == null) {
            return "It has joined, and was not heard of since.";
        }
        return usable.isEmpty() && !isLost(row, now) ? "It has no Blender that works; see 'kiln engines list'." : null;
    }
}
