package studio.kiln.desktop.board;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.Estimate;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.api.OutputCounts;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.task.StateWord;
import studio.kiln.core.task.TaskState;
import studio.kiln.desktop.controls.SegmentBar.Segment;
import studio.kiln.desktop.shell.Formats;
import studio.kiln.desktop.shell.Lucide;
import studio.kiln.desktop.shell.Texts;

/** What the screen says of a task. Pure functions of what the server said. */
public final class TaskTexts {
    private TaskTexts() {}

    /** Style class with the colour of a state. */
    public static String style(TaskState state) {
        return "status-" + StateWord.of(state).colour();
    }

    /** The icon of a state. */
    public static Lucide icon(TaskState state) {
        return Lucide.valueOf(
                StateWord.of(state).icon().toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    /** The bar: what was rendered, what was reused, what renders now, what failed. */
    public static List<Segment> segments(TaskView task) {
        OutputCounts outputs = task.outputs();
        if (outputs.total() <= 0) {
            return List.of();
        }
        double total = outputs.total();
        int left = Math.max(0, outputs.total() - outputs.done() - outputs.failed());
        int now = Math.min(left, task.chunks().active());
        List<Segment> parts = new ArrayList<>();
        parts.add(new Segment("status-done", (outputs.done() - outputs.reused()) / total));
        parts.add(new Segment("status-reused", outputs.reused() / total));
        switch (task.state()) {
            case RUNNING, PAUSE_REQUESTED -> parts.add(new Segment("status-rendering", now / total));
            case PAUSED -> parts.add(new Segment("status-paused", Math.min(left, 1) / total));
            case CANCEL_REQUESTED, CANCELLED ->
                parts.add(new Segment("status-cancelled", Math.min(left, Math.max(1, now)) / total));
            default -> {}
        }
        parts.add(new Segment("status-failed", outputs.failed() / total));
        return parts.stream().filter(part -> part.share() > 0).toList();
    }

    /** {@code 71 / 120}. */
    public static String frames(OutputCounts outputs) {
        return outputs.total() == 0
                ? Texts.get("none")
                : Formats.number(outputs.done()) + " / " + Formats.number(outputs.total());
    }

    /** Render time so far, or a dash. */
    public static String spent(TaskView task) {
        return task.spentSeconds() < 0.05
                ? Texts.get("none")
                : Formats.clock(Duration.ofMillis((long) (task.spentSeconds() * 1000)));
    }

    /** {@code 1:58 ± 0:08}. */
    public static String estimate(Estimate estimate) {
        String time = Formats.clock(Duration.ofMillis((long) (estimate.seconds() * 1000)));
        String spread = Formats.clock(Duration.ofMillis((long) (estimate.spread() * 1000)));
        return spread.equals("0:00") ? time : time + " \u00b1 " + spread;
    }

    /** The time left, or in words what is to be said instead of one. */
    public static String left(TaskView task, Instant now, ZoneId zone) {
        String why = task.why();
        return switch (task.state()) {
            case SUCCEEDED -> {
                Instant ended = task.endedAt();
                String text = ended == null
                        ? Texts.get("board.left.finished.sometime")
                        : Texts.get("board.left.finished", Formats.time(ended, now, zone));
                yield task.outputs().reused() > 0
                        ? text + " \u00b7 "
                                + Texts.get("board.left.reused", task.outputs().reused())
                        : text;
            }
            case FAILED ->
                why == null ? Texts.get("board.left.failed", task.outputs().failed()) : why;
            case CANCELLED, PAUSED, WAITING, PAUSE_REQUESTED, CANCEL_REQUESTED ->
                why != null
                        ? why
                        : Texts.get("board.left." + task.state().name().toLowerCase(Locale.ROOT));
            case QUEUED, RUNNING -> {
                Estimate left = task.left();
                if (left != null) {
                    yield estimate(left);
                }
                yield why != null
                        ? why
                        : Texts.get(task.state() == TaskState.QUEUED ? "board.left.queued" : "board.left.measuring");
            }
        };
    }

    /** What renders now: {@code frame 72 · sample 96 of 160}, or empty. */
    public static String now(@Nullable FrameProgress progress) {
        if (progress == null) {
            return "";
        }
        return Texts.get("task.frame", Integer.toString(progress.frame())) + " \u00b7 " + done(progress);
    }

    /** {@code sample 96 of 160}, or the phase when nothing is counted. */
    public static String done(FrameProgress progress) {
        if (progress.unit() == null || progress.total() <= 0 || !"rendering".equals(progress.phase())) {
            String key = "task.phase." + progress.phase();
            return Texts.has(key) ? Texts.get(key) : progress.phase();
        }
        return Texts.get(
                progress.unit().equals("tiles") ? "task.tile" : "task.sample",
                Formats.number(progress.done()),
                Formats.number(progress.total()));
    }

    /** Share of the frame under way that is done, 0 to 1. */
    public static double share(@Nullable FrameProgress progress) {
        return progress == null || progress.total() <= 0
                ? 0
                : Math.clamp(progress.done() / (double) progress.total(), 0, 1);
    }

    /** What is reused, in a sentence; empty when nothing is. */
    public static String reuse(TaskView task) {
        return task.outputs().reused() == 0
                ? ""
                : Texts.get("board.reuse", task.outputs().reused());
    }

    /** The initial of an owner for the little disc. */
    public static String initial(String owner) {
        return owner.isBlank()
                ? "?"
                : owner.substring(0, owner.offsetByCodePoints(0, 1)).toUpperCase(Locale.ROOT);
    }
}
