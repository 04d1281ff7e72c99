package studio.kiln.server.cli.tasks;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.EngineUse;
import studio.kiln.core.api.Estimate;
import studio.kiln.core.api.OutputCounts;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.core.task.StateWord;
import studio.kiln.server.cli.Table;
import studio.kiln.server.cli.Text;

/** Tasks as lines of text. */
final class TaskText {
    private TaskText() {}

    static List<String> table(Collection<TaskView> tasks, Instant now) {
        Table table = new Table("TASK", "NAME", "STATE", "DONE", "PRIO", "FRAMES", "LEFT", "SUBMITTED");
        for (TaskView task : tasks) {
            table.row(
                    "#" + task.number(),
                    Text.fit(task.name(), 28),
                    StateWord.of(task.state()).screen(),
                    task.outputs().done() + "/" + task.outputs().total(),
                    Integer.toString(task.priority()),
                    Text.fit(task.frames().isEmpty() ? "-" : task.frames(), 18),
                    left(task),
                    Text.ago(task.createdAt(), now));
        }
        return table.lines();
    }

    private static String left(TaskView task) {
        Estimate left = task.left();
        return left == null || task.state().isEnd() ? "-" : Text.seconds(left.seconds());
    }

    /** Everything worth knowing of one task. */
    static List<String> page(TaskView task) {
        List<String> lines = new ArrayList<>();
        lines.add("Task #" + task.number() + "  " + task.name());
        field(lines, "Id", task.id());
        field(lines, "State", StateWord.of(task.state()).screen() + (task.why() == null ? "" : ": " + task.why()));
        field(lines, "Model", task.modelName() + ", version " + task.modelVersion());
        field(lines, "Owner", task.owner());
        field(lines, "Frames", task.frames().isEmpty() ? "not planned yet" : task.frames());
        field(lines, "Scene", task.scene());
        field(lines, "Settings", settings(task.settings()));
        field(lines, "Engine", engine(task.engine()));
        field(lines, "Priority", Integer.toString(task.priority()));
        field(lines, "Pictures", pictures(task.outputs()));
        Estimate left = task.left();
        field(
                lines,
                "Left",
                left == null || task.state().isEnd()
                        ? null
                        : Text.seconds(left.seconds()) + " \u00b1 " + Text.seconds(left.spread()));
        field(lines, "Rendered for", Text.seconds(task.spentSeconds()));
        field(lines, "Submitted", task.createdAt().toString());
        field(
                lines,
                "Started",
                task.startedAt() == null ? null : task.startedAt().toString());
        field(lines, "Ended", ended(task));
        field(lines, "After", task.after().isEmpty() ? null : String.join(", ", task.after()));
        field(lines, "Generation", task.generation() == 1 ? null : Integer.toString(task.generation()));
        for (RenderWarning warning : task.warnings()) {
            field(lines, "Warning", warning.code() + ": " + warning.message());
        }
        return lines;
    }

    private static @Nullable String ended(TaskView task) {
        Instant ended = task.endedAt();
        if (ended == null) {
            return null;
        }
        return ended
                + (task.startedAt() == null
                        ? ""
                        : " (after "
                                + Text.seconds(Duration.between(task.startedAt(), ended)
                                                .toMillis()
                                        / 1000.0)
                                + ")");
    }

    private static String pictures(OutputCounts counts) {
        return counts.done() + " of " + counts.total()
                + (counts.reused() > 0 ? ", " + counts.reused() + " of them reused" : "")
                + (counts.failed() > 0 ? ", " + counts.failed() + " failed" : "");
    }

    private static @Nullable String engine(@Nullable EngineUse engine) {
        return engine == null
                ? null
                : "Blender " + engine.version() + " (" + engine.backend() + ", " + engine.containment() + ")";
    }

    /** Only what departs from the file. */
    static String settings(RenderSettings settings) {
        List<String> parts = new ArrayList<>();
        part(
                parts,
                "engine",
                settings.engine() == null ? null : settings.engine().word());
        part(parts, "samples", settings.samples());
        part(parts, "noise threshold", settings.noiseThreshold());
        part(parts, "size", settings.width() == null ? null : settings.width() + "x" + settings.height());
        part(parts, "percent", settings.percent());
        part(
                parts,
                "format",
                settings.format() == null ? null : settings.format().word());
        part(parts, "camera", settings.camera());
        part(
                parts,
                "denoise",
                settings.denoise() == null ? null : settings.denoise().word());
        part(parts, "seed", settings.seed());
        part(
                parts,
                "device",
                settings.device() == null ? null : settings.device().word());
        part(parts, "layers", settings.viewLayers() == null ? null : String.join(", ", settings.viewLayers()));
        return parts.isEmpty() ? "as in the file" : String.join(", ", parts);
    }

    private static void part(List<String> parts, String name, @Nullable Object value) {
        if (value != null) {
            parts.add(name + " " + value);
        }
    }

    private static void field(List<String> lines, String name, @Nullable String value) {
        if (value != null && !value.isEmpty()) {
            lines.add(String.format("  %-13s %s", name, value));
        }
    }
}
