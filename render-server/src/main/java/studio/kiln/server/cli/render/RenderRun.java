package studio.kiln.server.cli.render;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ModelVersionView;
import studio.kiln.core.api.ResultView;
import studio.kiln.core.api.TaskPreview;
import studio.kiln.core.api.TaskRequest;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.asset.ModelFiles;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.core.task.StateWord;
import studio.kiln.core.task.TaskState;
import studio.kiln.server.cli.CliFailure;
import studio.kiln.server.cli.Connection;
import studio.kiln.server.cli.EngineCheck;
import studio.kiln.server.cli.ExitCode;
import studio.kiln.server.cli.Failures;
import studio.kiln.server.cli.Interruption;
import studio.kiln.server.cli.Json;
import studio.kiln.server.cli.Patience;
import studio.kiln.server.cli.ServerOptions;
import studio.kiln.server.cli.StatusLine;
import studio.kiln.server.cli.Surroundings;
import studio.kiln.server.cli.Text;

/**
 * One run of {@code kiln render}: sends the model, submits, follows, fetches, reports. Used once.
 *
 * <p>Ctrl-C before the task exists ends the process; afterwards it cancels the task first.
 */
final class RenderRun {
    private final Surroundings here;
    private final ServerOptions server;
    private final RenderPlan plan;
    private final StatusLine status;
    private final Map<String, RenderWarning> warnings = new LinkedHashMap<>();
    private final Object lock = new Object();

    private @Nullable String model;
    private @Nullable ModelFiles files;
    private @Nullable TaskFollower follower;
    private boolean submitting;
    private boolean reported;
    private volatile int interruptedWith;

    RenderRun(Surroundings here, ServerOptions server, RenderPlan plan) {
        this.here = here;
        this.server = server;
        this.plan = plan;
        this.status = new StatusLine(here, plan.json());
    }

    /** Runs to the end and gives the exit code. */
    int run() {
        try (Interruption.Scope scope = here.interruption().during(this::interrupted)) {
            return work();
        } catch (IOException | RuntimeException e) {
            status.clear();
            CliFailure failure = Failures.of(e);
            if (!plan.json()) {
                throw failure;
            }
            report(RenderReport.refused(model, List.copyOf(warnings.values()), failure));
            here.err().println(failure.getMessage());
            return failure.exitCode();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitCode.INTERRUPTED;
        } finally {
            forgetFiles();
        }
    }

    private int work() throws IOException, InterruptedException {
        ModelFiles source = ModelFiles.read(here.resolve(plan.file()), plan.root());
        files = source;
        model = source.name();
        OutputFolder folder = folder(source.name());
        if (!plan.detach()) {
            folder.refuseUnwritable();
        }
        try (Connection connection = server.connect(here)) {
            new EngineCheck(here, connection, status).refuseWhenNothingRenders();
            ModelVersionView version = new ModelSender(connection, status).send(source, null, plan.blender());
            forgetFiles();
            model = version.modelName();
            if (!plan.trusted()) {
                // else the task says which of them still hold, with the scripts running
                // said of every empty scene; the server refuses when that is the one to be rendered
                warn(version.warnings().stream()
                        .filter(warning -> !warning.code().equals("NOTHING_TO_RENDER"))
                        .toList());
            }
            TaskRequest request = plan.request(version.id());
            if (!plan.detach()) {
                refuseBadNames(connection, version, request, folder);
            }
            TaskView task = submit(connection, request);
            warn(task.warnings());
            return plan.detach() ? detached(task) : follow(connection, version, task, folder);
        }
    }

    private OutputFolder folder(String modelName) {
        Path output = plan.output() == null ? OutputFolder.usual(modelName) : plan.output();
        return new OutputFolder(here.resolve(output), plan.names(), plan.force(), here.dataFolder());
    }

    private void refuseBadNames(
            Connection connection, ModelVersionView version, TaskRequest request, OutputFolder folder)
            throws IOException {
        TaskPreview preview =
                new Patience(connection, status).with(() -> connection.client().preview(request));
        var scene = version.inspection() == null
                ? null
                : version.inspection().scene(plan.scene()).orElse(null);
        ExpectedPictures expected = ExpectedPictures.of(preview, plan.settings(), scene, version.modelName());
        plan.names().refuseCollisions(expected.several());
        expected.pictures().forEach(picture -> plan.names().refuseOtherEnding(picture.extension()));
        folder.tellLayersApart(
                expected.pictures().stream().map(PictureName::layer).toList());
        if (!plan.names().uses(NameTemplate.Field.TASK)) {
            boolean known = preview.outputs() > 0 && preview.reused() == preview.outputs();
            folder.refuseInTheWay(expected.pictures(), version.modelId(), known);
        }
    }

    /** Submits once, whatever the line does: the key makes a second try give the task of the first. */
    private TaskView submit(Connection connection, TaskRequest request) throws IOException {
        synchronized (lock) {
            submitting = true;
        }
        UUID key = UUID.randomUUID();
        return new Patience(connection, status).with(() -> {
            if (interruptedWith != 0) {
                throw new CliFailure(
                        interruptedWith,
                        "INTERRUPTED",
                        "Interrupted while the task was submitted; 'kiln tasks list' shows whether it was.");
            }
            return connection.client().submit(request, key);
        });
    }

    private int detached(TaskView task) {
        if (plan.json()) {
            report(reportOf(task, List.of(), null));
        } else {
            here.out().println(task.id());
            status.say("Task #" + task.number() + " is submitted; see it with 'kiln tasks watch " + task.number()
                    + "', and fetch its pictures with 'kiln tasks download " + task.number() + "'.");
        }
        return ExitCode.DONE;
    }

    private int follow(Connection connection, ModelVersionView version, TaskView submitted, OutputFolder folder)
            throws InterruptedException {
        long start = System.nanoTime();
        try (Downloads downloads = new Downloads(
                connection,
                folder,
                version.modelId(),
                version.modelName(),
                Long.toString(submitted.number()),
                Patience.LONGEST)) {
            RenderProgress progress = new RenderProgress(here, status);
            TaskFollower following =
                    new TaskFollower(connection, submitted.id(), new Both(progress, downloads), Patience.LONGEST);
            synchronized (lock) {
                follower = following;
                if (interruptedWith != 0) {
                    following.cancel();
                }
            }
            TaskView task = following.follow();
            if (interruptedWith == 0) {
                downloads.await();
            }
            status.clear();
            warn(task.warnings());
            return end(task, downloads, folder, Duration.ofNanos(System.nanoTime() - start));
        }
    }

    private int end(TaskView task, Downloads downloads, OutputFolder folder, Duration took) {
        CliFailure failure = failure(task, downloads);
        if (plan.json()) {
            report(reportOf(task, downloads.fetched(), failure));
        } else {
            long pictures =
                    downloads.fetched().stream().filter(f -> !f.isExtra()).count();
            if (pictures > 0 || failure == null) {
                here.out()
                        .println(Text.count(pictures, "picture") + " in " + folder.path() + " ("
                                + Text.seconds(took.toMillis() / 1000.0) + ")");
            }
        }
        if (failure == null) {
            return ExitCode.DONE;
        }
        here.err().println(failure.getMessage());
        return failure.exitCode();
    }

    private @Nullable CliFailure failure(TaskView task, Downloads downloads) {
        String number = "Task #" + task.number();
        if (interruptedWith != 0) {
            String seen = task.state() == TaskState.CANCELLED
                    ? " is cancelled."
                    : task.state().isEnd()
                            ? " was " + StateWord.of(task.state()).word() + " already."
                            : " is being cancelled.";
            return new CliFailure(interruptedWith, "INTERRUPTED", "Interrupted: " + number + seen);
        }
        return switch (task.state()) {
            case SUCCEEDED -> downloads.failure();
            case CANCELLED -> new CliFailure(ExitCode.FAILED, "CANCELLED", number + " was cancelled" + why(task, "."));
            default ->
                new CliFailure(
                        ExitCode.FAILED,
                        "RENDER_FAILED",
                        number + " failed" + why(task, ".") + " See 'kiln tasks logs " + task.number() + "'.");
        };
    }

    private static String why(TaskView task, String otherwise) {
        return task.why() == null || task.why().isBlank() ? otherwise : ": " + task.why();
    }

    private RenderReport reportOf(TaskView task, List<Downloads.Fetched> fetched, @Nullable CliFailure failure) {
        return RenderReport.of(task, fetched, List.copyOf(warnings.values()), failure);
    }

    /** Says each warning once. */
    private void warn(Collection<RenderWarning> more) {
        for (RenderWarning warning : more) {
            // said of the model and again of the task, not always in the same words
            if (warnings.putIfAbsent(warning.code() + ' ' + warning.subject(), warning) == null) {
                status.warn("Warning " + warning.code() + ": " + warning.message());
            }
        }
    }

    private void report(RenderReport report) {
        synchronized (lock) {
            if (!plan.json() || reported) {
                return;
            }
            reported = true;
        }
        here.out().println(Json.line(report));
        here.out().flush();
    }

    private void interrupted(int exitCode) {
        TaskFollower following;
        synchronized (lock) {
            interruptedWith = exitCode;
            following = follower;
            if (following == null && submitting) {
                return;
            }
        }
        if (following != null) {
            status.say("Cancelling the task; once more Ctrl-C leaves at once.");
            following.cancel();
            return;
        }
        status.clear();
        String sentence = "Interrupted before anything was submitted.";
        here.err().println(sentence);
        report(RenderReport.refused(
                model, List.copyOf(warnings.values()), new CliFailure(exitCode, "INTERRUPTED", sentence)));
        forgetFiles();
        here.interruption().exit(exitCode);
    }

    /** Removes what a zip was unpacked to. */
    private void forgetFiles() {
        ModelFiles open;
        synchronized (lock) {
            open = files;
            files = null;
        }
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                status.warn("A temporary folder could not be removed: " + e.getMessage());
            }
        }
    }

    /** Shows and fetches. */
    private record Both(RenderProgress progress, Downloads downloads) implements Watcher {
        @Override
        public void task(TaskView task) {
            progress.task(task);
        }

        @Override
        public void progress(studio.kiln.core.api.FrameProgress frame) {
            progress.progress(frame);
        }

        @Override
        public void published(ResultView result) {
            downloads.fetch(result);
            progress.published(result);
        }

        @Override
        public void silence(Duration since, Duration patience) {
            progress.silence(since, patience);
        }

        @Override
        public void answersAgain() {
            progress.answersAgain();
        }
    }
}
