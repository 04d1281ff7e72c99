package studio.kiln.server.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.asset.Disk;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.ImageFormat;
import studio.kiln.core.blender.RenderEngine;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.core.blender.SessionEvent;
import studio.kiln.core.blender.SessionRequest;
import studio.kiln.core.plan.OutputKey;
import studio.kiln.core.task.FailureKind;
import studio.kiln.server.backend.Backend;
import studio.kiln.server.backend.Folders;
import tools.jackson.databind.JsonNode;

/**
 * Renders a chunk. Each picture is checked, stored and published while Blender renders the next: Blender never waits for
 * Java. Pictures that were published stay when the attempt fails later.
 */
final class RenderRun extends Run {
    private static final Logger LOG = LoggerFactory.getLogger(RenderRun.class);

    /** Tiles make a cancel quick, and short frames slow. */
    private static final double TILES_ABOVE_SECONDS = 10;

    /** Who waits so long for a frame wants to see something before. */
    private static final double DRAFT_ABOVE_SECONDS = 30;

    private static final SessionRequest.Draft DRAFT = new SessionRequest.Draft(25, 8);

    private static final long PROGRESS_NANOS = 250_000_000;

    private final Assignment.Render task;
    private final ServerLink link;
    private final String nodeName;
    private final Map<String, OutputKey> asked = new LinkedHashMap<>();
    private final Set<String> came = ConcurrentHashMap.newKeySet();
    private final String folder;
    private volatile SessionPool.@Nullable Entry entry;
    private volatile int frame;
    private volatile boolean rendering;
    /** The newest draft that the server has. */
    private volatile @Nullable Shown draft;

    private volatile @Nullable FrameProgress latest;
    private long lastProgress = System.nanoTime() - PROGRESS_NANOS;
    private int files;

    RenderRun(Assignment.Render task, Engines.Usable engine, Delivery delivery, Tools tools) {
        super(task, engine, delivery, tools);
        this.task = task;
        this.link = tools.link();
        this.nodeName = tools.nodeName();
        this.folder = task.attempt();
        task.outputs().forEach(output -> asked.put(output.toString(), output));
    }

    @Override
    SessionPool.Wish wish() {
        return new SessionPool.Wish(
                engine().build(), task.owner(), task.trusted() ? task.task() : null, Backend.Priority.RENDER);
    }

    // Every task's open loads the file afresh.
    @Override
    String openKey() {
        return String.join(
                "\n",
                task.task(),
                task.manifest().digest().hex(),
                task.scene() == null ? "" : "=" + task.scene(),
                Boolean.toString(task.trusted()));
    }

    @Override
    boolean work(SessionPool.Entry taken) throws IOException, InterruptedException {
        entry = taken;
        if (!openKey().equals(taken.open()) && !open(taken)) {
            return true;
        }
        SessionRequest.Render request = request();
        rendering = true;
        SessionEvent.Final end = call(taken, request, false);
        if (end instanceof SessionEvent.Done done) {
            return finish(done.result());
        }
        unsuccessful(end);
        return !(end instanceof SessionEvent.Failed failed) || failed.kind() == FailureKind.PERMANENT;
    }

    private boolean open(SessionPool.Entry taken) throws IOException, InterruptedException {
        taken.open(null);
        String root = taken.inputs().provide(task.manifest());
        SessionRequest.Open request = new SessionRequest.Open(
                nextId(), root, task.manifest().format().word(), task.trusted(), task.scene(), true, task.seen());
        SessionEvent.Final end = call(taken, request, true);
        if (!(end instanceof SessionEvent.Done done)) {
            unsuccessful(end);
            return false;
        }
        String opened = done.result().path("root").asString("");
        String scene = done.result().path("scene").asString("");
        if (!opened.equals(root) || (task.scene() != null && !task.scene().equals(scene))) {
            inOrder(() -> end(new Message.Failed(
                    FailureKind.PERMANENT,
                    "WRONG_FILE_LOADED",
                    "Blender was asked to open '" + task.manifest().root() + "' and has something else open, so nothing"
                            + " was rendered.",
                    "asked for " + root + ", scene " + task.scene() + "; opened " + opened + ", scene " + scene)));
            return false;
        }
        taken.open(openKey());
        return true;
    }

    private SessionRequest.Render request() {
        String ending = ending(task.settings().format());
        List<SessionRequest.Output> outputs = new ArrayList<>();
        int number = 0;
        for (Map.Entry<String, OutputKey> output : asked.entrySet()) {
            OutputKey key = output.getValue();
            // The number keeps layers and views of one frame apart, whatever they are called.
            String path = "%04d-%d.%s".formatted(++number, key.frame(), ending);
            outputs.add(new SessionRequest.Output(output.getKey(), key.frame(), key.layer(), key.view(), path));
        }
        frame = task.outputs().isEmpty() ? 0 : task.outputs().getFirst().frame();
        boolean tiles = task.expectedSeconds() > TILES_ABOVE_SECONDS;
        SessionRequest.Draft first = task.expectedSeconds() > DRAFT_ABOVE_SECONDS ? DRAFT : null;
        return new SessionRequest.Render(nextId(), task.settings(), outputs, folder, first, tiles);
    }

    // What the file asks for is seen only when it is there.
    private static String ending(@Nullable ImageFormat format) {
        if (format == null) {
            return "img";
        }
        return switch (format) {
            case PNG, PNG16 -> "png";
            case JPEG -> "jpg";
            case EXR, EXR_MULTILAYER -> "exr";
        };
    }

    // -- what comes ------------------------------------------------------------------------------------------------

    @Override
    void warned(RenderWarning warning) {
        delivery().send(new Message.Warned(warning));
    }

    @Override
    void came(SessionEvent.OfRequest event) {
        switch (event) {
            case SessionEvent.Progress progress -> progress(progress);
            case SessionEvent.Draft drawn -> inOrder(() -> takeIn(drawn));
            case SessionEvent.Output output -> output(output);
            default -> {
                // Previews are not asked for here.
            }
        }
    }

    private void progress(SessionEvent.Progress progress) {
        frame = progress.frame();
        long now = System.nanoTime();
        if (now - lastProgress >= PROGRESS_NANOS) {
            lastProgress = now;
            Shown shown = draft;
            FrameProgress said = new FrameProgress(
                    task.task(),
                    progress.frame(),
                    progress.phase(),
                    progress.done(),
                    progress.total(),
                    progress.unit(),
                    nodeName,
                    shown != null && shown.frame == progress.frame() ? shown.digest : null);
            latest = said;
            link.progress(task.attempt(), said);
        }
    }

    private record Shown(int frame, Sha256 digest) {}

    // On the thread of the intake. Whoever looks on gets it when it can be had; the work never waits for it.
    private void takeIn(SessionEvent.Draft drawn) {
        SessionPool.Entry from = entry;
        OutputKey key = asked.get(drawn.key());
        if (from == null || key == null || delivery().isEnding()) {
            return;
        }
        try {
            Path file = outbox().folder(task.attempt()).resolve("draft-" + ++files);
            Sha256 digest = OutFile.copy(from.out(), folder, drawn.path(), file).sha256();
            PictureCheck.read(file);
            Thread.ofVirtual().name("kiln-draft").start(() -> show(key.frame(), file, digest));
        } catch (IOException e) {
            LOG.debug("The draft of frame {} was lost: {}", key.frame(), e.toString());
        }
    }

    private void show(int of, Path file, Sha256 digest) {
        try {
            link.store(task.attempt(), file, digest);
            draft = new Shown(of, digest);
            FrameProgress said = latest;
            if (said != null && said.frame() == of && frame == of) {
                link.progress(
                        task.attempt(),
                        new FrameProgress(
                                said.taskId(),
                                of,
                                said.phase(),
                                said.done(),
                                said.total(),
                                said.unit(),
                                said.node(),
                                digest));
            }
        } catch (IOException | ServerLink.NotCurrent | RuntimeException e) {
            LOG.debug("The server did not get the draft of frame {}: {}", of, e.toString());
        } finally {
            Folders.deleteQuietly(file);
        }
    }

    private void output(SessionEvent.Output output) {
        if (!asked.containsKey(output.key()) || !came.add(output.key())) {
            unexpected(output.key(), output.frame());
            return;
        }
        inOrder(() -> takeIn(output));
    }

    private void unexpected(String key, int which) {
        inOrder(() -> end(new Message.Failed(
                FailureKind.TRANSIENT,
                "OUTPUT_MISSING",
                "Blender delivered a picture that was not asked for, or twice (frame " + which + ").",
                key)));
        stop(Stop.FAULT);
    }

    // On the thread of the intake.
    private void takeIn(SessionEvent.Output output) {
        SessionPool.Entry from = entry;
        OutputKey key = asked.get(output.key());
        if (from == null || key == null || delivery().isEnding()) {
            return;
        }
        try {
            // What Blender printed before it reported the picture may say that it cannot be trusted.
            from.session().settle();
            if (delivery().isEnding()) {
                return;
            }
            List<Message.Held> held = new ArrayList<>();
            Message.Held picture = stage(from, output.path(), output.sha256(), output.bytes());
            held.add(picture);
            PictureCheck.Picture seen =
                    PictureCheck.read(outbox().folder(task.attempt()).resolve(picture.file()));
            if (seen.width() != 0 && (seen.width() != output.width() || seen.height() != output.height())) {
                throw new BadPicture("The picture of frame " + output.frame() + " has " + seen.width() + " x "
                        + seen.height() + " pixels, not " + output.width() + " x " + output.height() + ".");
            }
            List<ServerLink.Extra> extras = new ArrayList<>();
            for (SessionEvent.Extra extra : output.extra()) {
                held.add(stage(from, extra.path(), extra.sha256(), extra.bytes()));
                String name = extra.path().substring(extra.path().lastIndexOf('/') + 1);
                extras.add(new ServerLink.Extra(extra.node(), name, extra.sha256(), extra.bytes()));
            }
            delivery()
                    .send(new Message.Rendered(
                            new ServerLink.Publication(
                                    key,
                                    output.sha256(),
                                    output.bytes(),
                                    seen.extension(),
                                    output.width(),
                                    output.height(),
                                    output.seconds(),
                                    output.camera(),
                                    output.device(),
                                    extras),
                            held));
        } catch (BadPicture e) {
            end(new Message.Failed(
                    FailureKind.TRANSIENT,
                    "OUTPUT_MISSING",
                    "Frame " + output.frame() + " is not published: " + e.getMessage(),
                    null));
            stop(Stop.FAULT);
        } catch (IOException e) {
            end(
                    Disk.isFull(e)
                            ? new Message.Failed(
                                    FailureKind.RESOURCE,
                                    "DISK_FULL",
                                    "The disk of this node is full: free some space, and the task goes on by itself.",
                                    e.toString())
                            : new Message.Failed(
                                    FailureKind.TRANSIENT,
                                    "OUTPUT_MISSING",
                                    "Frame " + output.frame() + " could not be read: " + e.getMessage(),
                                    e.toString()));
            stop(Stop.FAULT);
        }
    }

    private Message.Held stage(SessionPool.Entry from, String path, Sha256 said, long bytes) throws IOException {
        String name = Integer.toString(++files);
        Path to = outbox().folder(task.attempt()).resolve(name);
        OutFile.Copied copied = OutFile.copy(from.out(), folder, path, to);
        if (copied.bytes() == 0) {
            throw new BadPicture("The file '" + path + "' is empty.");
        }
        if (!copied.sha256().equals(said) || copied.bytes() != bytes) {
            throw new BadPicture("The file '" + path + "' is not the one that Blender reported (its digest differs).");
        }
        return new Message.Held(name, copied.sha256());
    }

    // -- the end ---------------------------------------------------------------------------------------------------

    private boolean finish(JsonNode manifest) {
        Set<String> listed = new HashSet<>();
        int count = 0;
        for (JsonNode output : manifest.path("outputs")) {
            listed.add(output.path("key").asString(""));
            count++;
        }
        if (came.equals(asked.keySet()) && listed.equals(asked.keySet()) && count == asked.size()) {
            inOrder(() -> {
                SessionPool.Entry from = entry;
                if (from != null) {
                    from.session().settle();
                }
                end(new Message.Finished());
            });
            return true;
        }
        List<Integer> missing = asked.entrySet().stream()
                .filter(output -> !came.contains(output.getKey()) || !listed.contains(output.getKey()))
                .map(output -> output.getValue().frame())
                .distinct()
                .sorted()
                .toList();
        String which = missing.stream().limit(20).map(String::valueOf).collect(Collectors.joining(", "))
                + (missing.size() > 20 ? " and more" : "");
        inOrder(() -> end(new Message.Failed(
                FailureKind.TRANSIENT,
                "OUTPUT_MISSING",
                missing.isEmpty()
                        ? "Blender listed pictures that were not asked for."
                        : "Blender said that it was done, but did not deliver everything; missing frames: " + which
                                + ".",
                null)));
        return false;
    }

    @Override
    boolean complete() {
        return rendering && came.size() == asked.size();
    }

    @Override
    String where() {
        return rendering ? "at frame " + frame : "while it opened the file";
    }

    @Override
    String hint() {
        return task.settings().engine() == RenderEngine.EEVEE && came.isEmpty()
                ? "EEVEE may find no graphics in this place. "
                : "";
    }

    @Override
    void cleanUp(SessionPool.Entry used) {
        Path place = used.out().resolve(folder);
        if (Files.exists(place)) {
            Folders.deleteQuietly(place);
        }
    }
}
