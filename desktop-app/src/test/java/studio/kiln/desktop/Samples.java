package studio.kiln.desktop;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RadialGradientPaint;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Role;
import studio.kiln.core.api.AuditEntry;
import studio.kiln.core.api.ChunkView;
import studio.kiln.core.api.EngineUse;
import studio.kiln.core.api.EngineView;
import studio.kiln.core.api.Estimate;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.api.LogLine;
import studio.kiln.core.api.ModelVersionView;
import studio.kiln.core.api.ModelView;
import studio.kiln.core.api.OutputCounts;
import studio.kiln.core.api.ResultView;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.api.TimelineEntry;
import studio.kiln.core.api.TokenView;
import studio.kiln.core.api.UserView;
import studio.kiln.core.api.VersionState;
import studio.kiln.core.asset.Manifest;
import studio.kiln.core.asset.ManifestFile;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.Capabilities;
import studio.kiln.core.blender.Inspection;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.core.task.AttemptState;
import studio.kiln.core.task.ChunkCounts;
import studio.kiln.core.task.ChunkState;
import studio.kiln.core.task.StateWord;
import studio.kiln.core.task.TaskState;

/** Data for tests of the studio, such as a server sends it. */
public final class Samples {
    static final Instant NOW = Instant.now();
    static final EngineUse ENGINE = new EngineUse("e1", "4.3.2", "abc", "docker", "sealed container");

    private Samples() {}

    public static ModelView model(int n, String name, String format, boolean animated, int missing) {
        return new ModelView(
                "m" + n,
                name,
                "p1",
                "Mei",
                format,
                1 + n % 4,
                "mv" + n,
                VersionState.READY,
                null,
                format.equals("blend") ? "4.2" : null,
                3_400_000L * (n + 1),
                n + 1,
                1200L * (n + 1) * (n + 1) * (n + 3),
                animated,
                missing,
                true,
                List.of(),
                NOW.minusSeconds(3600L * n),
                NOW.minusSeconds(3600L * n));
    }

    public static List<ModelView> models() {
        List<ModelView> models = new ArrayList<>();
        String[] names = {
            "Stoneware set",
            "Shot 020 layout",
            "Roadster shell",
            "Walnut bowl",
            "Marble bust",
            "Jade vessel",
            "Decanter",
            "Cloth",
            "Tea cup",
            "Coal",
            "Kettle"
        };
        String[] formats = {"blend", "blend", "glb", "blend", "obj", "blend", "fbx", "blend", "gltf", "blend", "blend"};
        for (int i = 0; i < names.length; i++) {
            models.add(model(i, names[i], formats[i], i < 2, i == 10 ? 2 : 0));
        }
        return models;
    }

    public static ModelVersionView version(ModelView model) {
        Inspection.Scene scene = new Inspection.Scene(
                "Scene",
                true,
                List.of("shot_010", "shot_020"),
                "shot_020",
                List.of(),
                1,
                model.animated() ? 120 : 1,
                1,
                1,
                24,
                "CYCLES",
                160,
                0.01,
                0,
                true,
                "CPU",
                1920,
                1080,
                100,
                "png",
                false,
                List.of(new Inspection.ViewLayer("ViewLayer", true)),
                List.of(),
                null,
                false,
                3,
                true,
                model.animated(),
                List.of(),
                "Filmic",
                "None",
                "sRGB");
        Inspection inspection = new Inspection(
                model.format(),
                "4.2",
                false,
                "4.3.2",
                List.of(scene),
                model.objects(),
                model.objects(),
                model.triangles() / 2,
                model.triangles(),
                List.of("celadon", "tenmoku", "cobalt", "cream", "terracotta"),
                List.of(),
                List.of(),
                List.of(),
                0,
                List.of(),
                List.of(),
                model.missingFiles() == 0
                        ? List.of()
                        : List.of(
                                new Inspection.Missing("image", "wood", "//wood.png"),
                                new Inspection.Missing("image", "steel", "//steel.png")),
                null,
                model.missingFiles() == 0
                        ? List.of(new RenderWarning(
                                "DENOISE_UNAVAILABLE",
                                "Denoising is on in the file and this Blender has no denoiser; it renders without.",
                                null))
                        : List.of(new RenderWarning(
                                "MISSING_TEXTURE", "The texture wood.png is missing; it renders pink.", "//wood.png")));
        String root = model.name().toLowerCase(java.util.Locale.ROOT).replace(' ', '_') + "." + model.format();
        return new ModelVersionView(
                model.versionId(),
                model.id(),
                model.name(),
                model.version(),
                model.state(),
                new Manifest(root, List.of(new ManifestFile(root, Sha256.of(root), model.bytes()))),
                model.bytes(),
                "4.2",
                null,
                null,
                inspection,
                "4.3.2",
                List.of(),
                true,
                "Mei",
                NOW.minusSeconds(4000));
    }

    /** A task in a state, with {@code done} of {@code total} pictures. */
    public static TaskView task(
            int number,
            String name,
            TaskState state,
            int total,
            int done,
            int reused,
            int failed,
            int priority,
            @Nullable String why) {
        int left = Math.max(0, total - done - failed);
        boolean running = state == TaskState.RUNNING;
        ChunkCounts chunks = new ChunkCounts(
                running || state == TaskState.QUEUED ? Math.max(0, left / 12) : 0,
                0,
                running ? 2 : 0,
                0,
                done / 12,
                failed > 0 ? 1 : 0,
                0);
        return new TaskView(
                "t" + number,
                number,
                name,
                "m" + number % 11,
                models().get(number % 11).name(),
                "mv" + number % 11,
                1,
                number % 3 == 0 ? "Jonas" : number % 2 == 0 ? "Ada" : "Mei",
                state,
                StateWord.of(state).word(),
                10,
                1,
                priority,
                "1-" + total,
                null,
                RenderSettings.AS_IN_FILE,
                ENGINE,
                new OutputCounts(total, done, reused, failed),
                chunks,
                running ? progress("t" + number, done + 1, 96) : null,
                running || state == TaskState.QUEUED ? new Estimate(2.4 * left, 4 + left / 10.0, done) : null,
                2.3 * (done - reused),
                done > 0 ? "r" + number + "-" + done : null,
                List.of(),
                List.of(),
                why,
                NOW.minusSeconds(1800),
                NOW.minusSeconds(1700),
                state.isEnd() ? NOW.minusSeconds(60L * number) : null);
    }

    public static FrameProgress progress(String task, int frame, int done) {
        return new FrameProgress(task, frame, "rendering", done, 160, "samples", "this computer", null);
    }

    public static List<TaskView> tasks() {
        return List.of(
                task(11, "Pottery film \u00b7 shot 020", TaskState.RUNNING, 120, 71, 12, 0, 80, null),
                task(13, "Paint study \u00b7 24 looks", TaskState.RUNNING, 24, 15, 0, 0, 60, null),
                task(
                        22,
                        "Pottery film \u00b7 shot 010",
                        TaskState.FAILED,
                        120,
                        94,
                        0,
                        3,
                        50,
                        "3 frames: out of memory on 'atelier'"),
                task(14, "Walnut bowl, still 4K", TaskState.QUEUED, 16, 0, 0, 0, 50, null),
                task(16, "Jade turntable", TaskState.QUEUED, 48, 0, 0, 0, 40, null),
                task(
                        33,
                        "Pottery film \u00b7 comp",
                        TaskState.WAITING,
                        120,
                        0,
                        0,
                        0,
                        40,
                        "after shot 010 and shot 020"),
                task(8, "Head study, night light", TaskState.CANCELLED, 24, 5, 0, 0, 50, "cancelled by Ada 10:40"),
                task(18, "Velvet, sheen test", TaskState.PAUSED, 24, 8, 0, 0, 30, "paused by Ada 10:42"),
                task(9, "Gold presets", TaskState.SUCCEEDED, 24, 24, 7, 0, 50, null),
                task(7, "Glass, caustics off", TaskState.SUCCEEDED, 12, 12, 0, 0, 50, null),
                task(4, "Marble turntable", TaskState.SUCCEEDED, 48, 48, 6, 0, 50, null));
    }

    public static List<ResultView> results(TaskView task) {
        List<ResultView> results = new ArrayList<>();
        for (int i = 1; i <= task.outputs().done(); i++) {
            results.add(new ResultView(
                    "r" + task.number() + "-" + i,
                    task.id(),
                    "image",
                    "",
                    i,
                    "",
                    "",
                    "png",
                    Sha256.of("r" + i),
                    900_000,
                    960,
                    540,
                    2.2 + Math.sin(i / 6.0) + (i % 17 == 0 ? 1.6 : 0),
                    i <= task.outputs().reused(),
                    "shot_020",
                    null,
                    NOW.minusSeconds(600 - i)));
        }
        return results;
    }

    public static List<EngineView> engines() {
        Capabilities capabilities = new Capabilities(
                "4.3.2",
                "abc",
                java.util.Map.of("cycles", true, "eevee", true, "workbench", true),
                List.of(),
                java.util.Map.of("glb", true, "gltf", true, "obj", true, "stl", true, "ply", true, "fbx", true),
                java.util.Map.of("h264", true),
                List.of(),
                true,
                31.0,
                List.of());
        return List.of(
                new EngineView(
                        "e1",
                        "4.3.2",
                        "abc",
                        "docker",
                        "sealed container",
                        "image",
                        "kiln/blender:4.3",
                        capabilities,
                        NOW,
                        null),
                new EngineView(
                        "e2",
                        "3.4.1",
                        "def",
                        "process",
                        "bubblewrap",
                        "found",
                        "/usr/bin/blender",
                        capabilities,
                        NOW,
                        null));
    }

    public static List<LogLine> log() {
        return List.of(
                new LogLine(NOW.minusSeconds(20), "a1", "info", "session 1 opens stoneware.blend"),
                new LogLine(NOW.minusSeconds(19), "a1", "info", "5 objects, 5 materials, 3 lights"),
                new LogLine(NOW.minusSeconds(19), "a1", "warning", "no denoiser in this build"),
                new LogLine(NOW.minusSeconds(16), "a1", "info", "frame 65 done in 2.31 s"),
                new LogLine(NOW.minusSeconds(14), "a1", "info", "frame 66 done in 2.28 s"));
    }

    public static List<TimelineEntry> timeline() {
        return List.of(
                new TimelineEntry(NOW.minusSeconds(60), "Mei", "task", "t11", null, "QUEUED", "submitted"),
                new TimelineEntry(NOW.minusSeconds(58), "this computer", "chunk", "c1", "READY", "LEASED", null),
                new TimelineEntry(NOW.minusSeconds(57), "this computer", "task", "t11", "QUEUED", "RUNNING", null));
    }

    public static List<ChunkView> chunks() {
        return List.of(
                new ChunkView(
                        "c1",
                        0,
                        "render",
                        ChunkState.SUCCEEDED,
                        "13-24",
                        12,
                        12,
                        0,
                        0,
                        null,
                        List.of(new ChunkView.Attempt(
                                "a1",
                                "this computer",
                                AttemptState.SUCCEEDED,
                                NOW.minusSeconds(90),
                                NOW.minusSeconds(40),
                                null,
                                null,
                                null))),
                new ChunkView("c2", 1, "render", ChunkState.RUNNING, "25-36", 12, 4, 0, 0, null, List.of()),
                new ChunkView("c3", 2, "render", ChunkState.READY, "37-48", 12, 0, 0, 0, null, List.of()));
    }

    /** A picture of a ball on a table; the seed chooses its colour. */
    public static byte[] picture(int width, int height, int seed) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setRenderingHint(java.awt.RenderingHints.KEY_ANTIALIASING, java.awt.RenderingHints.VALUE_ANTIALIAS_ON);
        g.setPaint(new GradientPaint(0, 0, new Color(0x4a4038), 0, height, new Color(0x2a2420)));
        g.fillRect(0, 0, width, height);
        g.setPaint(new GradientPaint(0, height * 0.7f, new Color(0x7a4a22), 0, height, new Color(0x3a2210)));
        g.fillRect(0, (int) (height * 0.7), width, height);
        float radius = height * 0.34f;
        Color base = Color.getHSBColor((seed * 47 % 100) / 100f, 0.6f, 0.75f);
        g.setPaint(new RadialGradientPaint(
                width * 0.45f, height * 0.4f, radius * 1.5f, new float[] {0, 0.35f, 1}, new Color[] {
                    Color.WHITE, base, base.darker().darker().darker()
                }));
        g.fillOval((int) (width / 2f - radius), (int) (height * 0.5f - radius), (int) (radius * 2), (int) (radius * 2));
        g.dispose();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    static UserView user(String name, Role role, boolean disabled) {
        return new UserView(
                "id-" + name,
                name,
                name.substring(0, 1).toUpperCase(java.util.Locale.ROOT) + name.substring(1),
                role,
                disabled,
                List.of("lighting"),
                null,
                java.time.Instant.parse("2026-11-24T10:00:00Z"));
    }

    static AuditEntry entry(long id, String actor, String act, String outcome) {
        return new AuditEntry(
                id,
                java.time.Instant.parse("2026-11-25T10:00:00Z"),
                actor,
                "session",
                "c1",
                "10.0.0.7",
                act,
                "task",
                "t11",
                outcome,
                outcome.equals("refused") ? "It belongs to mei." : "",
                id,
                "0".repeat(64),
                "ab");
    }

    static TokenView token(String id, String name) {
        java.time.Instant at = java.time.Instant.parse("2026-11-24T10:00:00Z");
        return new TokenView(id, "token", name, at, at.plusSeconds(9_000_000), null, false);
    }
}
