package studio.kiln.server.ops;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.EngineView;
import studio.kiln.core.api.Problem;
import studio.kiln.core.blender.BlenderVersion;
import studio.kiln.core.blender.Capabilities;
import studio.kiln.core.blender.SessionCodec;
import studio.kiln.server.node.Node;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.EngineRow;
import studio.kiln.server.persistence.NodeRow;

/** Engines as the database knows them; changes go to the node that runs in this server. */
public final class LocalEngines implements EngineService {
    /** Below the time that clients wait for an answer. */
    private static final Duration LONGEST_ADD = Duration.ofSeconds(50);

    private static final Duration LONGEST_TEST = Duration.ofSeconds(280);
    private static final Duration FIRST_LOOK = Duration.ofSeconds(20);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

    private final Database database;
    private final Supplier<Optional<Node>> node;
    private final boolean renders;
    private final Instant since;

    /**
     * @param node the node of this server, once it is there
     * @param renders whether there will be one
     * @param since start of this server, by the database's clock
     */
    public LocalEngines(Database database, Supplier<Optional<Node>> node, boolean renders, Instant since) {
        this.database = database;
        this.node = node;
        this.renders = renders;
        this.since = since;
    }

    /** As {@link #versions()}, waits at the start of the server until the node has looked. */
    @Override
    public List<EngineView> list() {
        awaitFirstLook();
        return rows().stream()
                .map(LocalEngines::view)
                .sorted(Comparator.comparing((EngineView e) -> BlenderVersion.parse(e.version()))
                        .reversed()
                        .thenComparing(EngineView::backend))
                .toList();
    }

    @Override
    public EngineView add(String path) throws InterruptedException {
        if (path.isBlank()) {
            throw new IllegalArgumentException("Name the Blender: the path of its executable or of its folder.");
        }
        try {
            return proved(here().addEngine(path.strip()), LONGEST_ADD);
        } catch (IOException e) {
            throw new ApiException(Problem.of(
                    422, "ENGINE_UNUSABLE", "That is no Blender that can be used", String.valueOf(e.getMessage())));
        }
    }

    @Override
    public void remove(String id) {
        row(id);
        try {
            here().removeEngine(id);
        } catch (IOException e) {
            throw new ApiException(
                    Problem.of(409, "ENGINE_STAYS", "The engine cannot be removed", String.valueOf(e.getMessage())));
        }
    }

    @Override
    public EngineView test(String id) throws InterruptedException {
        row(id);
        try {
            here().testEngine(id);
        } catch (IOException e) {
            throw noSuchEngine(id);
        }
        return proved(id, LONGEST_TEST);
    }

    /**
     * Versions of the Blenders that work here or are being tested. At the start of the server it waits, for a little while,
     * until the node has looked for them.
     */
    public List<BlenderVersion> versions() {
        awaitFirstLook();
        return rows().stream()
                .filter(row -> row.problem == null || row.capabilities == null)
                .map(row -> BlenderVersion.parse(row.version))
                .toList();
    }

    private void awaitFirstLook() {
        long until = System.nanoTime() + FIRST_LOOK.toNanos();
        while (System.nanoTime() < until && !haveBeenLookedFor()) {
            try {
                Thread.sleep(LOOK_AGAIN);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
    }

    private boolean haveBeenLookedFor() {
        Optional<Node> own = node.get();
        if (own.isEmpty()) {
            return !renders;
        }
        NodeRow row = database.<@Nullable NodeRow>read(
                tx -> tx.get(NodeRow.class, own.get().id()));
        return row != null && !row.seenAt.isBefore(since);
    }

    private EngineView proved(String id, Duration limit) throws InterruptedException {
        long until = System.nanoTime() + limit.toNanos();
        EngineRow row = row(id);
        while (row.capabilities == null && System.nanoTime() < until && isBeingTested(row)) {
            Thread.sleep(LOOK_AGAIN);
            row = row(id);
        }
        return view(row);
    }

    /** The node names no reason of its own while it tests. */
    private static boolean isBeingTested(EngineRow row) {
        return row.problem == null || row.problem.equals(Node.TESTING);
    }

    private Node here() {
        return node.get()
                .orElseThrow(() -> new ApiException(Problem.of(
                        renders ? 503 : 409,
                        "NO_NODE",
                        "Nothing renders in this server",
                        renders
                                ? "The node of this server is still starting; try again in a few seconds."
                                : "This server has no node of its own, so it has no engines either; add the engine on a"
                                        + " node.")));
    }

    private List<EngineRow> rows() {
        return database.read(tx -> tx.createSelectionQuery("from EngineRow where removed = false", EngineRow.class)
                .getResultList());
    }

    private EngineRow row(String id) {
        EngineRow row = database.<@Nullable EngineRow>read(tx -> tx.get(EngineRow.class, id));
        if (row == null || row.removed) {
            throw noSuchEngine(id);
        }
        return row;
    }

    private static EngineView view(EngineRow row) {
        return new EngineView(
                row.id,
                row.version,
                row.buildHash,
                row.backend,
                row.containment,
                row.source,
                row.place,
                row.capabilities == null ? null : SessionCodec.load(row.capabilities, Capabilities.class),
                row.provedAt,
                row.problem);
    }

    private static ApiException noSuchEngine(String id) {
        return new ApiException(Problem.of(
                404,
                "NO_SUCH_ENGINE",
                "There is no such engine",
                "There is no engine '" + id + "'; see 'kiln engines list'."));
    }
}
