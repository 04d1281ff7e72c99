package studio.kiln.server.cli.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.VersionState;
import studio.kiln.core.asset.Manifest;
import studio.kiln.core.asset.ManifestFile;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.BlenderVersion;
import studio.kiln.core.blender.Capabilities;
import studio.kiln.core.blender.Inspection;
import studio.kiln.core.blender.SessionCodec;
import studio.kiln.server.backend.EngineBuild;
import studio.kiln.server.cache.CaffeineStatusCache;
import studio.kiln.server.cache.RedisLink;
import studio.kiln.server.cache.RedisStatusCache;
import studio.kiln.server.cache.StatusCache;
import studio.kiln.server.events.EventHub;
import studio.kiln.server.events.EventOutbox;
import studio.kiln.server.events.FanOut;
import studio.kiln.server.events.RedisFanOut;
import studio.kiln.server.events.Sequencer;
import studio.kiln.server.node.ServerLink;
import studio.kiln.server.node.ServerLink.EngineFacts;
import studio.kiln.server.node.ServerLink.NodeFacts;
import studio.kiln.server.ops.SharedServices;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.DatabaseSettings;
import studio.kiln.server.persistence.Duties;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.ModelFileRow;
import studio.kiln.server.persistence.ModelRow;
import studio.kiln.server.persistence.ModelVersionRow;
import studio.kiln.server.persistence.ProjectRow;
import studio.kiln.server.queue.EmbeddedQueue;
import studio.kiln.server.queue.JobQueue;
import studio.kiln.server.queue.RabbitQueue;
import studio.kiln.server.scheduler.Engines;
import studio.kiln.server.scheduler.Scheduler;
import studio.kiln.server.scheduler.SchedulerSettings;
import studio.kiln.server.storage.LocalBlobStore;

/** The scheduling half of a server, put together as a server does, with nobody who speaks HTTP. */
final class BenchFarm implements AutoCloseable {
    private final @Nullable RedisLink redis;
    private final FanOut others;
    private final Duties duties = new Duties(Ids.next());
    private final EventHub hub;
    private final Sequencer sequencer;
    private final EventOutbox events;
    private final JobQueue queue;
    final Database database;
    final Scheduler scheduler;
    final ServerLink link;

    BenchFarm(Path home, DatabaseSettings truth, SharedServices shared) throws IOException {
        database = truth.open(home);
        boolean alone = truth instanceof DatabaseSettings.Embedded;
        if (alone) {
            database.run(duties::takeAll);
        }
        queue = shared.broker() == null
                ? new EmbeddedQueue(database, alone)
                : new RabbitQueue(database, shared.broker());
        redis = shared.redis() == null ? null : new RedisLink(shared.redis());
        others = redis == null ? FanOut.NOBODY : new RedisFanOut(redis);
        StatusCache cache = redis == null ? new CaffeineStatusCache() : new RedisStatusCache(redis);
        hub = new EventHub(database, this::view, others);
        sequencer = new Sequencer(database, duties, hub);
        events = new EventOutbox(hub, sequencer);
        scheduler = new Scheduler(
                database,
                new Engines(database, events),
                queue,
                cache,
                events,
                new LocalBlobStore(home.resolve("blobs")),
                task -> "",
                SchedulerSettings.standard("bench"));
        link = scheduler.localLink();
        if (!(truth instanceof DatabaseSettings.Embedded)) {
            hub.onTasks(scheduler::changed);
            hub.onElsewhere(scheduler::heard);
        }
        hub.start();
        sequencer.start();
        queue.start();
        scheduler.start();
    }

    private @Nullable Object view(String type, String subject) {
        return switch (type) {
            case "task" -> scheduler.find(subject).orElse(null);
            case "result" -> scheduler.result(subject).orElse(null);
            default -> Map.of("id", subject);
        };
    }

    /** A node with an engine for each of these versions of Blender; each is a pool. */
    void node(String id, int slots, List<String> versions) {
        link.register(
                new NodeFacts(
                        id,
                        "boot",
                        "bench",
                        "node " + id.substring(id.length() - 2),
                        "1",
                        slots,
                        2,
                        8L << 30,
                        List.of()),
                versions.stream().map(BenchFarm::engine).toList(),
                List.of());
    }

    private static EngineFacts engine(String version) {
        return new EngineFacts(
                new EngineBuild(
                        "process",
                        "/opt/blender-" + version,
                        BlenderVersion.parse(version),
                        "b" + version,
                        "f",
                        "found"),
                "none",
                new Capabilities(
                        version,
                        "b" + version,
                        Map.of("cycles", true),
                        List.of(),
                        Map.of("blend", true),
                        Map.of(),
                        List.of(),
                        true,
                        1.0,
                        List.of()),
                null);
    }

    /** A .blend of Blender 4.0 with one camera that is ready to be rendered; gives its version. */
    String model(String owner, int lastFrame) {
        Manifest manifest = new Manifest(
                "scene.blend", List.of(new ManifestFile("scene.blend", Sha256.of("scene of " + owner), 1000)));
        String id = Ids.next();
        database.run(tx -> {
            Instant now = Database.now(tx);
            ProjectRow project = new ProjectRow();
            project.id = Ids.next();
            project.name = "Bench";
            project.owner = owner;
            project.createdAt = now;
            tx.insert(project);
            ModelRow model = new ModelRow();
            model.id = Ids.next();
            model.project = project.id;
            model.name = "Scene";
            model.owner = owner;
            model.newest = id;
            model.createdAt = now;
            model.updatedAt = now;
            tx.insert(model);
            ModelVersionRow version = new ModelVersionRow();
            version.id = id;
            version.model = model.id;
            version.version = 1;
            version.state = VersionState.READY;
            version.root = manifest.root();
            version.format = "blend";
            version.manifestDigest = manifest.digest().hex();
            version.bytes = manifest.size();
            version.savedBy = "4.0";
            version.inspection = SessionCodec.store(inspection(lastFrame));
            version.createdBy = owner;
            version.createdAt = now;
            version.updatedAt = now;
            tx.insert(version);
            for (ManifestFile file : manifest.files()) {
                ModelFileRow row = new ModelFileRow();
                row.version = id;
                row.path = file.path();
                row.sha256 = file.sha256().hex();
                row.size = file.size();
                tx.insert(row);
            }
        });
        return id;
    }

    private static Inspection inspection(int lastFrame) {
        Inspection.Scene scene = new Inspection.Scene(
                "Scene",
                true,
                List.of("Camera"),
                "Camera",
                List.of(),
                1,
                lastFrame,
                1,
                1,
                24,
                "cycles",
                4,
                null,
                0,
                false,
                "CPU",
                32,
                24,
                100,
                "png",
                false,
                List.of(new Inspection.ViewLayer("ViewLayer", true)),
                List.of(),
                null,
                false,
                1,
                true,
                true,
                List.of(),
                "Standard",
                "None",
                "sRGB");
        return new Inspection(
                "blend",
                "4.0",
                false,
                "4.0.2",
                List.of(scene),
                3,
                1,
                8,
                12,
                List.of("Material"),
                List.of(),
                List.of(),
                List.of(),
                0,
                List.of(),
                List.of(),
                List.of(),
                null,
                List.of());
    }

    @Override
    public void close() {
        scheduler.close();
        queue.close();
        sequencer.close();
        events.close();
        hub.close();
        others.close();
        if (redis != null) {
            redis.close();
        }
        database.run(duties::release);
        database.close();
    }
}
