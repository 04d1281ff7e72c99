package studio.kiln.server.cli.render;

import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.Estimate;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.api.OutputCounts;
import studio.kiln.core.api.ResultView;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.plan.BadFrames;
import studio.kiln.core.plan.FrameSet;
import studio.kiln.core.task.StateWord;
import studio.kiln.core.task.TaskState;
import studio.kiln.server.cli.StatusLine;
import studio.kiln.server.cli.Surroundings;
import studio.kiln.server.cli.Text;

/** Shows a task on the way: a bar on a terminal, else a line for each frame that is finished. */
public final class RenderProgress implements Watcher {
    private static final int BAR = 20;

    private final StatusLine status;
    private final boolean lines;
    private @Nullable TaskView task;
    private @Nullable FrameProgress now;
    private @Nullable TaskState said;
    private boolean reuseSaid;
    private boolean queueSaid;
    private boolean silenceSaid;
    private int published;
    private double furthest;
    private int generation;

    public RenderProgress(Surroundings here, StatusLine status) {
        this.status = status;
        this.lines = here.plain();
    }

    @Override
    public void task(TaskView view) {
        task = view;
        if (view.now() != null) {
            now = view.now();
        }
        sayReuse(view);
        sayState(view);
        draw();
    }

    @Override
    public void progress(FrameProgress progress) {
        now = progress;
        draw();
    }

    @Override
    public void published(ResultView result) {
        if (result.kind().equals("extra")) {
            return;
        }
        published++;
        if (lines && !result.reused()) {
            status.result("frame " + result.frame() + of(result) + " done in " + Text.seconds(result.seconds())
                    + (task == null
                            ? ""
                            : " (" + published + " of " + task.outputs().total() + ")"));
        }
        draw();
    }

    private static String of(ResultView result) {
        String what = String.join(
                " ",
                java.util.stream.Stream.of(result.variant(), result.layer(), result.view())
                        .filter(s -> !s.isEmpty())
                        .toList());
        return what.isEmpty() ? "" : " (" + what + ")";
    }

    @Override
    public void silence(Duration since, Duration patience) {
        if (!silenceSaid) {
            silenceSaid = true;
            status.warn("The server does not answer; trying again for up to " + patience.toMinutes()
                    + " minutes. The task is kept.");
        }
        status.show("The server has not answered for " + since.toSeconds() + " s; trying again\u2026");
    }

    @Override
    public void answersAgain() {
        if (silenceSaid) {
            silenceSaid = false;
            status.warn("The server answers again.");
        }
    }

    /** Whether some pictures were known already, and how many are left. */
    private void sayReuse(TaskView view) {
        OutputCounts outputs = view.outputs();
        if (reuseSaid || outputs.reused() == 0) {
            return;
        }
        reuseSaid = true;
        int left = outputs.total() - outputs.reused();
        status.say(reuse(outputs.reused(), outputs.total(), frames(view) == outputs.total(), left));
    }

    static String reuse(int reused, int total, boolean frames, int left) {
        String one = frames ? "frame" : "picture";
        boolean single = reused == 1;
        return reused + " of " + Text.count(total, one) + (single ? " was" : " were")
                + " rendered before with the same settings and " + (single ? "is" : "are") + " reused; "
                + (left == 0 ? "nothing" : left) + " to render.";
    }

    private static int frames(TaskView view) {
        try {
            return FrameSet.parse(view.frames(), FrameSet.range(1, 1, 1)).size();
        } catch (BadFrames e) {
            // not planned yet
            return 0;
        }
    }

    private void sayState(TaskView view) {
        if (view.state() == said) {
            sayQueue(view);
            return;
        }
        boolean first = said == null;
        queueSaid = false;
        said = view.state();
        switch (view.state()) {
            case PAUSED, PAUSE_REQUESTED ->
                status.say("Task #" + view.number() + " is "
                        + StateWord.of(view.state()).word() + "; it goes on with 'kiln tasks resume " + view.number()
                        + "'.");
            case WAITING -> status.say("Task #" + view.number() + " waits" + why(view));
            case QUEUED -> {
                if (!first && view.why() != null) {
                    status.say("Task #" + view.number() + " is queued" + why(view));
                }
            }
            default -> {
                // the bar shows it
            }
        }
    }

    // Seen again in the queue, it waits for longer than a moment; where no line moves, nothing else tells.
    private void sayQueue(TaskView view) {
        if (view.state() == TaskState.QUEUED && !queueSaid && !status.moves()) {
            queueSaid = true;
            status.say("Task #" + view.number() + " is queued" + why(view));
        }
    }

    private static String why(TaskView view) {
        return view.why() == null ? "." : ": " + view.why();
    }

    private void draw() {
        TaskView view = task;
        if (view != null && status.moves()) {
            // a frame begins a moment before the one before it is published: the bar stands still then
            furthest = view.generation() == generation ? Math.max(furthest, part(view, now)) : part(view, now);
            generation = view.generation();
            status.show(line(view, now, furthest));
        }
    }

    static double part(TaskView view, @Nullable FrameProgress now) {
        OutputCounts outputs = view.outputs();
        if (outputs.total() == 0) {
            return 0;
        }
        double share = now != null && now.total() > 0 ? (double) Math.min(now.done(), now.total()) / now.total() : 0;
        return Math.min(1, (outputs.done() + share) / outputs.total());
    }

    static String line(TaskView view, @Nullable FrameProgress now, double part) {
        OutputCounts outputs = view.outputs();
        StringBuilder line = new StringBuilder(bar(part))
                .append(' ')
                .append(outputs.done())
                .append('/')
                .append(outputs.total());
        if (view.state() != TaskState.RUNNING) {
            line.append(" \u00b7 ").append(StateWord.of(view.state()).screen());
        } else if (now != null) {
            line.append(" \u00b7 frame ").append(now.frame());
            if (now.unit() != null && now.total() > 0) {
                line.append(" \u00b7 ")
                        .append(now.done())
                        .append('/')
                        .append(now.total())
                        .append(' ')
                        .append(now.unit());
            } else {
                line.append(" \u00b7 ").append(now.phase());
            }
        }
        Estimate left = view.left();
        if (left != null && !view.state().isEnd()) {
            line.append(" \u00b7 ").append(left(left));
        }
        if (outputs.reused() > 0) {
            line.append(" \u00b7 ").append(outputs.reused()).append(" reused");
        }
        if (outputs.failed() > 0) {
            line.append(" \u00b7 ").append(outputs.failed()).append(" failed");
        }
        return line.toString();
    }

    static String left(Estimate left) {
        String spread =
                left.spread() < 0.5 ? "" : String.format(Locale.ROOT, " \u00b1 %s", Text.seconds(left.spread()));
        return "about " + Text.seconds(left.seconds()) + spread + " left";
    }

    static String bar(double part) {
        int full = (int) Math.clamp(Math.floor(part * BAR), 0, BAR);
        return "\u2588".repeat(full) + "\u2591".repeat(BAR - full);
    }
}
