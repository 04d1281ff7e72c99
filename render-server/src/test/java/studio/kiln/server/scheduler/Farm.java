package studio.kiln.server.scheduler;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.TaskRequest;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.api.VersionState;
import studio.kiln.core.asset.Manifest;
import studio.kiln.core.asset.ManifestFile;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.BlenderVersion;
import studio.kiln.core.blender.Capabilities;
import studio.kiln.core.blender.Inspection;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.core.plan.OutputKey;
import studio.kiln.core.task.RetryPolicy;
import studio.kiln.server.backend.EngineBuild;
import studio.kiln.server.cache.CaffeineStatusCache;
import studio.kiln.server.cache.StatusCache;
import studio.kiln.server.events.EventHub;
import studio.kiln.server.events.EventOutbox;
import studio.kiln.server.events.Sequencer;
import studio.kiln.server.node.Assignment;
import studio.kiln.server.node.ServerLink.Claim;
import studio.kiln.server.node.ServerLink.EngineFacts;
import studio.kiln.server.node.ServerLink.NodeFacts;
import studio.kiln.server.node.ServerLink.NotCurrent;
import studio.kiln.server.node.ServerLink.Publication;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.Duties;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.ModelFileRow;
import studio.kiln.server.persistence.ModelRow;
import studio.kiln.server.persistence.ModelVersionRow;
import studio.kiln.server.persistence.ProjectRow;
import studio.kiln.server.queue.EmbeddedQueue;
import studio.kiln.server.queue.Job;
import studio.kiln.server.storage.LocalBlobStore;

/** A server's scheduling half on a real database in a folder, and hands that play its nodes. */
final class Farm implements AutoCloseable {
    static final SchedulerSettings SETTINGS = new SchedulerSettings(
            Duration.ofSeconds(60), new RetryPolicy(3, Duration.ofMillis(1), Duration.ofMillis(2)), false, "script-1");
    static final String NODE = "00000000000000000000000000000001";

    final Database database;
    final EventHub hub;
    final Sequencer sequencer;
    final EventOutbox events;
    final Engines engines;
    final EmbeddedQueue queue;
    final StatusCache cache = new CaffeineStatusCache();
    private final Duties duties;
    final LocalBlobStore blobs;
    final Scheduler scheduler;
    final LocalServerLink link;

    Farm(Path folder) throws IOException {
        this(folder, SETTINGS);
    }

    Farm(Path folder, SchedulerSettings settings) throws IOException {
        this(folder, settings, Database.embedded(folder.resolve("db")));
    }

    /** @param opened is closed with the farm */
    Farm(Path folder, SchedulerSettings settings, Database opened) throws IOException {
        database = opened;
        duties = new Duties(Ids.next());
        database.run(duties::takeAll);
        hub = new EventHub(database, this::view);
        sequencer = new Sequencer(database, duties, hub);
        events = new EventOutbox(hub, sequencer);
        engines = new Engines(database, events);
        queue = new EmbeddedQueue(database);
        blobs = new LocalBlobStore(folder.resolve("blobs"));
        scheduler = new Scheduler(database, engines, queue, cache, events, blobs, task -> "# " + task.name(), settings);
        hub.start();
        sequencer.start();
        queue.start();
        link = scheduler.localLink();
    }

    private @Nullable Object view(String type, String subject) {
        return switch (type) {
            case "task" -> scheduler.find(subject).orElse(null);
            case "result" -> scheduler.result(subject).orElse(null);
            default -> Map.of("id", subject);
        };
    }

    /** The way of the embedded node as a server that has just started has it, which remembers nothing. */
    LocalServerLink freshLink() {
        link.forget();
        return link;
    }

    @Override
    public void close() {
        scheduler.close();
        queue.close();
        sequencer.close();
        hub.close();
        events.close();
        database.run(duties::release);
        database.close();
    }

    // ------------------------------------------------------------------------------------------------------ the node

    /** The usual node: one slot, Blender 3.4.1 that renders with Cycles and Workbench on the CPU. */
    List<String> registerNode() {
        return registerNode(NODE, 1, engine("process", "3.4.1"));
    }

    /** As the usual node does when it was started again. */
    List<String> restartNode() {
        return registerNode(NODE, "boot-" + Ids.next(), 1, List.of(), engine("process", "3.4.1"));
    }

    List<String> registerNode(String id, int slots, EngineFacts... engines) {
        return registerNode(id, "boot-" + id, slots, List.of(), engines);
    }

    /** @param boot names the process of the node */
    List<String> registerNode(String id, String boot, int slots, List<String> tags, EngineFacts... engines) {
        return link.register(
                new NodeFacts(id, boot, "here", "node-" + id.charAt(31), "1", slots, 2, 8L << 30, tags),
                List.of(engines),
                List.of());
    }

    static EngineFacts engine(String backend, String version) {
        return engine(backend, version, List.of());
    }

    static EngineFacts engine(String backend, String version, List<Capabilities.Gpu> gpus) {
        return new EngineFacts(
                new EngineBuild(
                        backend,
                        "/usr/bin/blender-" + version,
                        BlenderVersion.parse(version),
                        "abc" + version,
                        "f1",
                        "found"),
                "bubblewrap",
                new Capabilities(
                        version,
                        "abc" + version,
                        Map.of("cycles", true, "eevee", false, "workbench", true),
                        List.of(),
                        Map.of("blend", true, "glb", true, "fbx", false),
                        Map.of(),
                        gpus,
                        true,
                        1.0,
                        List.of()),
                null);
    }

    List<Assignment> claim(int slots) {
        return claim(NODE, slots, false);
    }

    List<Assignment> claim(String node, int slots, boolean interactive) {
        try {
            return link.claim(new Claim(node, slots, interactive), Duration.ZERO);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** One chunk, which there must be. */
    Assignment.Render claimOne() {
        return claimOne(NODE);
    }

    Assignment.Render claimOne(String node) {
        List<Assignment> given = claim(node, 1, false);
        if (given.size() != 1) {
            throw new AssertionError("No chunk was given");
        }
        return (Assignment.Render) given.getFirst();
    }

    /** Renders everything there is, frame by frame; gives the outputs that were rendered. */
    List<OutputKey> renderAll() {
        List<OutputKey> rendered = new ArrayList<>();
        for (List<Assignment> given = claim(1); !given.isEmpty(); given = claim(1)) {
            rendered.addAll(render((Assignment.Render) given.getFirst()));
        }
        return rendered;
    }

    List<OutputKey> render(Assignment.Render chunk) {
        try {
            link.started(chunk.attempt());
            for (OutputKey output : chunk.outputs()) {
                link.publish(chunk.attempt(), List.of(picture(output)));
            }
            link.finished(chunk.attempt());
            return chunk.outputs();
        } catch (NotCurrent e) {
            throw new AssertionError(e);
        }
    }

    static Publication picture(OutputKey output) {
        return picture(output, 0.5);
    }

    static Publication picture(OutputKey output, double seconds) {
        return new Publication(
                output, Sha256.of(output.toString()), 1000, "png", 32, 24, seconds, "Camera", "CPU", List.of());
    }

    // -------------------------------------------------------------------------------------------------------- models

    /** A .blend of Blender 3.4 with frames 1 to 100 that is ready to be rendered. */
    String readyModel(String content) {
        return readyModel(content, scene("Scene"));
    }

    String readyModel(String content, Inspection.Scene... scenes) {
        return model(content, VersionState.READY, inspection(scenes));
    }

    /** A model that is still to be looked into; its job waits. */
    String uploadedModel(String content) {
        String version = model(content, VersionState.INSPECTING, null);
        database.run(tx -> queue.put(tx, Job.inspect(version, "ada")));
        queue.wake();
        return version;
    }

    private String model(String content, VersionState state, @Nullable Inspection inspection) {
        Sha256 digest = Sha256.of(content);
        Manifest manifest =
                new Manifest("scene.blend", List.of(new ManifestFile("scene.blend", digest, content.length())));
        String id = Ids.next();
        database.run(tx -> {
            Instant now = Database.now(tx);
            ProjectRow project = new ProjectRow();
            project.id = Ids.next();
            project.name = "p-" + id;
            project.owner = "ada";
            project.createdAt = now;
            tx.insert(project);
            ModelRow model = new ModelRow();
            model.id = Ids.next();
            model.project = project.id;
            model.name = "Model " + content;
            model.owner = "ada";
            model.newest = id;
            model.createdAt = now;
            model.updatedAt = now;
            tx.insert(model);
            ModelVersionRow version = new ModelVersionRow();
            version.id = id;
            version.model = model.id;
            version.version = 1;
            version.state = state;
            version.root = manifest.root();
            version.format = "blend";
            version.manifestDigest = manifest.digest().hex();
            version.bytes = manifest.size();
            version.savedBy = "3.4";
            version.inspection = inspection == null ? null : studio.kiln.core.blender.SessionCodec.store(inspection);
            version.createdBy = "ada";
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

    static Inspection inspection(Inspection.Scene... scenes) {
        return inspection(List.of(), scenes);
    }

    static Inspection inspection(List<RenderWarning> warnings, Inspection.Scene... scenes) {
        return new Inspection(
                "blend",
                "3.4",
                false,
                "3.4.1",
                List.of(scenes),
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
                warnings);
    }

    static Inspection.Scene scene(String name) {
        return scene(name, List.of(new Inspection.ViewLayer("ViewLayer", true)), false, List.of());
    }

    static Inspection.Scene scene(
            String name, List<Inspection.ViewLayer> layers, boolean compositing, List<String> unbaked) {
        return scene(name, layers, List.of(), null, compositing, unbaked);
    }

    static Inspection.Scene stereo(String name, @Nullable String viewsInOne) {
        return scene(
                name,
                List.of(new Inspection.ViewLayer("ViewLayer", true)),
                List.of("left", "right"),
                viewsInOne,
                false,
                List.of());
    }

    private static Inspection.Scene scene(
            String name,
            List<Inspection.ViewLayer> layers,
            List<String> views,
            @Nullable String viewsInOne,
            boolean compositing,
            List<String> unbaked) {
        return new Inspection.Scene(
                name,
                name.equals("Scene"),
                List.of("Camera"),
                "Camera",
                List.of(),
                1,
                100,
                1,
                7,
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
                layers,
                views,
                viewsInOne,
                compositing,
                1,
                true,
                true,
                unbaked,
                "Standard",
                "None",
                "sRGB");
    }

    // --------------------------------------------------------------------------------------------------------- tasks

    TaskView submit(String version, @Nullable String frames) {
        return submit(version, frames, "ada", null);
    }

    TaskView submit(String version, @Nullable String frames, String owner, @Nullable Integer priority) {
        return scheduler.submit(request(version, frames, priority), owner, null);
    }

    static TaskRequest request(String version, @Nullable String frames, @Nullable Integer priority) {
        return new TaskRequest(version, null, frames, null, null, null, priority, null, null, null, null, null);
    }

    static TaskRequest request(String version, @Nullable String frames, RenderSettings settings) {
        return new TaskRequest(version, null, frames, null, settings, null, null, null, null, null, null, null);
    }
}
