package studio.kiln.server.node;

import java.io.IOException;
import java.nio.file.Path;
import studio.kiln.core.blender.Inspection;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.core.blender.SessionCodec;
import studio.kiln.core.blender.SessionEvent;
import studio.kiln.core.blender.SessionRequest;
import studio.kiln.core.task.FailureKind;
import studio.kiln.server.backend.Backend;
import studio.kiln.server.backend.Folders;

/** Looks into a model version, or makes a small picture of it, in the node's interactive session. */
final class LookRun extends Run {
    private static final String PICTURE = "thumbnail.png";

    private final Assignment task;

    LookRun(Assignment task, Engines.Usable engine, Delivery delivery, Tools tools) {
        super(task, engine, delivery, tools);
        this.task = task;
    }

    @Override
    SessionPool.Wish wish() {
        return new SessionPool.Wish(engine().build(), task.owner(), null, Backend.Priority.INTERACTIVE);
    }

    @Override
    String openKey() {
        return "";
    }

    @Override
    boolean work(SessionPool.Entry entry) throws IOException, InterruptedException {
        entry.open(null);
        String root = entry.inputs().provide(task.manifest());
        String format = task.manifest().format().word();
        SessionRequest request = switch (task) {
            case Assignment.Inspect inspect -> new SessionRequest.Inspect(nextId(), root, format, false);
            case Assignment.Thumbnail thumbnail ->
                new SessionRequest.Thumbnail(
                        nextId(), root, format, thumbnail.width(), thumbnail.height(), task.attempt() + "/" + PICTURE);
            case Assignment.Render render -> throw new IllegalArgumentException("Rendering is another run's work");
        };
        SessionEvent.Final end = call(entry, request, true);
        if (!(end instanceof SessionEvent.Done done)) {
            unsuccessful(end);
            return !(end instanceof SessionEvent.Failed failed) || failed.kind() == FailureKind.PERMANENT;
        }
        if (task instanceof Assignment.Inspect) {
            end(new Message.Inspected(SessionCodec.result(done.result(), Inspection.class)));
        } else {
            Path to = outbox().folder(task.attempt()).resolve("1");
            OutFile.Copied copied = OutFile.copy(
                    entry.out(), task.attempt(), done.result().path("path").asString(""), to);
            PictureCheck.read(to);
            end(new Message.Thumbnail(new Message.Held("1", copied.sha256())));
        }
        return true;
    }

    @Override
    boolean complete() {
        return false;
    }

    @Override
    String where() {
        return "while it looked into the file";
    }

    @Override
    void warned(RenderWarning warning) {
        // An inspection lists them itself.
    }

    @Override
    void came(SessionEvent.OfRequest event) {
        // Only the end counts.
    }

    @Override
    void cleanUp(SessionPool.Entry used) {
        Folders.deleteQuietly(used.out().resolve(task.attempt()));
    }
}
