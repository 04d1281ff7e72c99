package studio.kiln.server.scheduler;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.EngineUse;
import studio.kiln.core.api.EngineView;
import studio.kiln.core.asset.ModelFormat;
import studio.kiln.core.blender.BlenderVersion;
import studio.kiln.core.blender.Capabilities;
import studio.kiln.core.blender.EngineChoice;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.core.blender.SessionCodec;
import studio.kiln.server.events.EventSink;
import studio.kiln.server.node.Node;
import studio.kiln.server.node.ServerLink.EngineFacts;
import studio.kiln.server.node.ServerLink.NodeFacts;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.EngineRow;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.NodeRow;

/** The engines that nodes have named, and which of them fits a file. Safe for any number of threads. */
public final class Engines {
    /** The backends in the order in which they are preferred among equal versions. */
    private static final List<String> PREFERENCE = List.of("docker", "process");

    /** Code of the warning that a file is rendered by an engine older than what wrote it. */
    static final String OLDER_ENGINE = "NEWER_MINOR_VERSION";

    private final Database database;
    private final EventSink events;
    private final long started = System.nanoTime();
    private volatile boolean settled;
    private volatile boolean awaitsFirst;
    private volatile List<Engine> known;
    /** How many engines there were, and when one changed last, when they were read. */
    private @Nullable Object[] read = new @Nullable Object[0];

    public Engines(Database database, EventSink events) {
        this.database = database;
        this.events = events;
        this.known = load();
    }

    /**
     * An engine with its proved capabilities; only such can get work.
     *
     * @param memoryBytes of its node; 0 when that is not known
     */
    public record Engine(
            String id,
            String node,
            long memoryBytes,
            BlenderVersion version,
            String buildHash,
            String backend,
            String containment,
            Capabilities capabilities,
            List<String> tags) {
        /** The exact build, as recipes and pins name it. */
        public String pin() {
            return version + "+" + buildHash;
        }

        /** The pool of those that render equally: same build, same class of device. */
        public String pool(String device) {
            return Text.cut(version + "/" + buildHash + "/" + device, 120);
        }

        /** Every pool that it serves: of each of its devices, for any task and for those that ask for one of the node's tags. */
        Set<String> pools() {
            Set<String> pools = new HashSet<>();
            for (String device : devices()) {
                pools.add(pool(device));
                tags.forEach(tag -> pools.add(tagged(pool(device), tag)));
            }
            return pools;
        }

        /** The classes of device that it has. */
        public List<String> devices() {
            List<String> devices = new ArrayList<>(List.of("cpu"));
            capabilities.gpus().stream().map(Engine::deviceOf).distinct().forEach(devices::add);
            return devices;
        }

        /** The class of its first GPU, if it has one. */
        public Optional<String> gpu() {
            return capabilities.gpus().stream().findFirst().map(Engine::deviceOf);
        }

        private static String deviceOf(Capabilities.Gpu gpu) {
            return gpu.type().toLowerCase(Locale.ROOT);
        }

        public boolean serves(String pool) {
            return pools().contains(pool);
        }

        public boolean reads(ModelFormat format) {
            return format == ModelFormat.BLEND || capabilities.importers().getOrDefault(format.word(), false);
        }

        /** Whether it proved that, or was not asked to prove it yet: EEVEE comes last, for it takes longest. */
        public boolean rendersWith(String engine) {
            return capabilities.engines().getOrDefault(engine, true);
        }

        public EngineUse use() {
            return new EngineUse(id, version.toString(), buildHash, backend, containment);
        }
    }

    /** The part of a pool whose nodes have a tag; all of it for null. */
    static String tagged(String pool, @Nullable String tag) {
        return tag == null ? pool : Text.cut(pool, 120 - 1 - tag.length()) + "#" + tag;
    }

    /**
     * Keeps what a node has said of itself. Engines that it does not name any more are gone.
     *
     * @return the ids of the engines, in the order of {@code facts}
     */
    List<String> register(NodeFacts node, List<EngineFacts> facts) {
        List<String> ids = database.tx(tx -> {
            Instant now = Database.now(tx);
            keep(tx, node, now);
            Map<String, EngineRow> old = new LinkedHashMap<>();
            tx.createSelectionQuery("from EngineRow where node = :node", EngineRow.class)
                    .setParameter("node", node.id())
                    .getResultList()
                    .forEach(row -> old.put(row.backend + ' ' + row.place, row));
            List<String> given = new ArrayList<>();
            for (EngineFacts engine : facts) {
                EngineRow row = old.remove(
                        engine.build().backend() + ' ' + engine.build().place());
                given.add(keep(tx, node, engine, row, now));
            }
            for (EngineRow gone : old.values()) {
                if (!gone.removed) {
                    gone.removed = true;
                    gone.updatedAt = now;
                    tx.update(gone);
                    events.record(tx, "engine", gone.id, null, "", null);
                }
            }
            return given;
        });
        synchronized (this) {
            known = load();
        }
        // An engine that is being tested may turn out to be the one that is asked for.
        settled |= facts.stream().noneMatch(engine -> Node.TESTING.equals(engine.problem()));
        events.committed();
        return ids;
    }

    private static void keep(StatelessSession tx, NodeFacts node, Instant now) {
        NodeRow row = tx.get(NodeRow.class, node.id());
        boolean fresh = row == null;
        if (row == null) {
            row = new NodeRow();
            row.id = node.id();
            row.createdAt = now;
        }
        row.name = Text.cut(node.name(), 200);
        row.slots = node.slots();
        row.cores = node.cores();
        row.memoryBytes = node.memoryBytes();
        row.version = Text.cut(node.version(), 64);
        String tags = String.join(",", node.tags());
        if (!tags.equals(row.tags)) {
            row.tags = tags;
            // other servers look at the engines
            tx.createMutationQuery("update EngineRow set updatedAt = :now where node = :node")
                    .setParameter("now", now)
                    .setParameter("node", node.id())
                    .executeUpdate();
        }
        if (!node.boot().equals(row.boot)) {
            // somebody may have put it in order
            row.setAside = false;
            row.why = null;
            row.failures = 0;
        }
        row.boot = node.boot();
        row.machine = node.machine();
        row.seenAt = now;
        if (fresh) {
            tx.insert(row);
        } else {
            tx.update(row);
        }
    }

    private String keep(
            StatelessSession tx, NodeFacts node, EngineFacts engine, @Nullable EngineRow known, Instant now) {
        EngineRow row = known == null ? new EngineRow() : known;
        String capabilities = engine.capabilities() == null ? null : SessionCodec.store(engine.capabilities());
        boolean same = known != null
                && !known.removed
                && known.fingerprint.equals(engine.build().fingerprint())
                && Objects.equals(known.capabilities, capabilities)
                && Objects.equals(known.problem, engine.problem());
        if (same) {
            return row.id;
        }
        row.node = node.id();
        row.version = engine.build().version().toString();
        row.buildHash = Text.cut(engine.build().buildHash(), 64);
        row.backend = engine.build().backend();
        row.containment = Text.cut(engine.containment(), 200);
        row.source = engine.build().source();
        row.place = engine.build().place();
        row.fingerprint = Text.cut(engine.build().fingerprint(), 200);
        row.capabilities = capabilities;
        row.provedAt = capabilities == null ? null : now;
        row.problem = Text.cutOrNull(engine.problem(), Text.LONG);
        row.removed = false;
        row.updatedAt = now;
        if (known == null) {
            row.id = Ids.next();
            row.createdAt = now;
            tx.insert(row);
        } else {
            tx.update(row);
        }
        events.record(tx, "engine", row.id, null, "", null);
        return row.id;
    }

    /**
     * Whether the nodes that are to be expected have said which engines they have. Before that, "nothing here can render"
     * is no answer yet.
     */
    public boolean settled() {
        return settled || (!awaitsFirst && System.nanoTime() - started > 180_000_000_000L);
    }

    /** Says that all nodes are elsewhere: as long as none has ever come, "nothing here can render" is no answer. */
    public void expectNodesElsewhere() {
        awaitsFirst = known.isEmpty();
    }

    /** Every engine that can get work, the preferred ones first. */
    public List<Engine> usable() {
        return known;
    }

    /** Reads again what other servers were told; cheap when that is nothing. */
    void refresh() {
        Object[] now = database.read(tx -> tx.createSelectionQuery(
                        "select count(*), max(updatedAt) from EngineRow where removed = false", Object[].class)
                .getSingleResult());
        synchronized (this) {
            if (!Arrays.equals(now, read)) {
                known = load();
                awaitsFirst &= known.isEmpty();
                read = now;
            }
        }
    }

    private List<Engine> load() {
        Map<String, NodeRow> nodes = new HashMap<>();
        List<EngineRow> rows = database.read(tx -> {
            tx.createSelectionQuery("from NodeRow where removed = false", NodeRow.class)
                    .getResultList()
                    .forEach(node -> nodes.put(node.id, node));
            return rows(tx);
        });
        return rows.stream()
                .filter(row -> row.problem == null && row.capabilities != null)
                .map(row -> engine(row, nodes.get(row.node)))
                .sorted(Comparator.comparingInt(Engines::preference))
                .toList();
    }

    private static List<EngineRow> rows(StatelessSession tx) {
        return tx.createSelectionQuery("from EngineRow where removed = false order by createdAt, id", EngineRow.class)
                .getResultList();
    }

    private static Engine engine(EngineRow row, @Nullable NodeRow node) {
        return new Engine(
                row.id,
                row.node,
                node == null ? 0 : node.memoryBytes,
                BlenderVersion.parse(row.version),
                row.buildHash,
                row.backend,
                row.containment,
                Objects.requireNonNull(Json.capabilities(row.capabilities)),
                node == null ? List.of() : Nodes.tags(node));
    }

    private static int preference(Engine engine) {
        int at = PREFERENCE.indexOf(engine.backend());
        return at < 0 ? PREFERENCE.size() : at;
    }

    /** Those that a task with that tag can have, for a choice among them; all when no node has the tag yet. */
    public List<Engine> usable(@Nullable String tag) {
        if (tag == null) {
            return usable();
        }
        List<Engine> having =
                usable().stream().filter(engine -> engine.tags().contains(tag)).toList();
        return having.isEmpty() ? usable() : having;
    }

    /** The engines of one node that can get work. */
    public List<Engine> usableOf(String node) {
        return usable().stream().filter(engine -> engine.node().equals(node)).toList();
    }

    /** The engine of a node that serves a pool, the preferred one. */
    Optional<Engine> serving(String node, String pool) {
        return usableOf(node).stream().filter(engine -> engine.serves(pool)).findFirst();
    }

    /** The nodes that serve a pool. */
    Set<String> nodesOf(String pool) {
        Set<String> nodes = new HashSet<>();
        usable().stream().filter(engine -> engine.serves(pool)).forEach(engine -> nodes.add(engine.node()));
        return nodes;
    }

    /** The pools that a node serves. */
    Set<String> poolsOf(String node) {
        Set<String> pools = new HashSet<>();
        usableOf(node).forEach(engine -> pools.addAll(engine.pools()));
        return pools;
    }

    /**
     * Which engine opens a file.
     *
     * @param savedBy version that wrote it; null for a mesh format
     */
    public EngineChoice<Engine> choose(ModelFormat format, @Nullable BlenderVersion savedBy) {
        return choose(format, savedBy, null, usable());
    }

    /**
     * The warning of a {@link EngineChoice.Risky}.
     *
     * @param savedBy version that wrote the file: what the session names too, so that it is not said twice
     */
    static RenderWarning older(String message, @Nullable BlenderVersion savedBy) {
        return new RenderWarning(OLDER_ENGINE, message, savedBy == null ? null : savedBy.series());
    }

    static EngineChoice<Engine> choose(
            ModelFormat format,
            @Nullable BlenderVersion savedBy,
            @Nullable BlenderVersion wanted,
            Collection<Engine> among) {
        return ofReaders(format, among, readers -> EngineChoice.choose(savedBy, wanted, readers, Engine::version));
    }

    /** As {@link EngineChoice#toLook}, among the engines that read the format. */
    static EngineChoice<Engine> toLook(
            ModelFormat format,
            @Nullable BlenderVersion savedBy,
            @Nullable BlenderVersion named,
            Collection<Engine> among) {
        return ofReaders(format, among, readers -> EngineChoice.toLook(savedBy, named, readers, Engine::version));
    }

    private static EngineChoice<Engine> ofReaders(
            ModelFormat format, Collection<Engine> among, Function<List<Engine>, EngineChoice<Engine>> choice) {
        List<Engine> readers =
                among.stream().filter(engine -> engine.reads(format)).toList();
        if (readers.isEmpty() && !among.isEmpty()) {
            return new EngineChoice.None<>("No Blender here can import ." + format.word()
                    + " files; add one that can with 'kiln engines add PATH', or save the model in another format.");
        }
        return choice.apply(readers);
    }

    /** Every engine, also those that cannot be used, with what is wrong with them. */
    public List<EngineView> list() {
        return database.read(tx -> rows(tx)).stream().map(Engines::view).toList();
    }

    /** The view of one engine; empty when it is gone. */
    public Optional<EngineView> view(String id) {
        return database.read(tx -> Optional.ofNullable(tx.<@Nullable EngineRow>get(EngineRow.class, id)))
                .filter(row -> !row.removed)
                .map(Engines::view);
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
                Json.capabilities(row.capabilities),
                row.provedAt,
                row.problem);
    }
}
