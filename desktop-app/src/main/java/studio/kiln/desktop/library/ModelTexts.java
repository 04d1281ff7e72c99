package studio.kiln.desktop.library;

import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ModelVersionView;
import studio.kiln.core.api.ModelView;
import studio.kiln.core.api.VersionState;
import studio.kiln.core.blender.Inspection;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.desktop.shell.Formats;
import studio.kiln.desktop.shell.Texts;

/** What the screen says of a model. Pure functions of what the server said. */
public final class ModelTexts {
    private ModelTexts() {}

    /** One line below the name: kind and the one fact that matters most. */
    public static String line(ModelView model) {
        List<String> parts = new ArrayList<>();
        parts.add("." + model.format());
        switch (model.state()) {
            case UPLOADING -> parts.add(Texts.get("library.uploading"));
            case INSPECTING -> parts.add(Texts.get("library.inspecting"));
            case UNUSABLE -> parts.add(Texts.get("library.unusable"));
            case READY -> {
                if (model.missingFiles() > 0) {
                    parts.add(Texts.get("library.missing", model.missingFiles()));
                } else if (model.animated()) {
                    parts.add(Texts.get("library.objects", model.objects()));
                    parts.add(Texts.get("library.animated"));
                } else if (model.triangles() > 0) {
                    parts.add(Texts.get("library.triangles", Formats.about(model.triangles())));
                } else {
                    parts.add(Texts.get("library.objects", model.objects()));
                }
            }
        }
        return String.join(" \u00b7 ", parts);
    }

    /** Whether the line tells of trouble. */
    public static boolean trouble(ModelView model) {
        return model.state() == VersionState.UNUSABLE || model.missingFiles() > 0;
    }

    /** {@code stoneware.blend · version 4 · Mei, 10:02}. */
    public static String origin(ModelVersionView version, Instant now, ZoneId zone) {
        String root = version.manifest().root();
        return root.substring(root.lastIndexOf('/') + 1)
                + " \u00b7 "
                + Texts.get("library.version", version.version())
                + " \u00b7 "
                + version.createdBy()
                + ", "
                + Formats.time(version.createdAt(), now, zone);
    }

    /** The facts of the inspector, in its order. */
    public static List<Map.Entry<String, String>> facts(ModelVersionView version) {
        Map<String, String> facts = new LinkedHashMap<>();
        Inspection inspection = version.inspection();
        if (inspection != null) {
            inspection
                    .scene(null)
                    .or(() -> inspection.scenes().stream().findFirst())
                    .ifPresent(scene -> {
                        facts.put("scene", scene(inspection, scene));
                    });
            facts.put(
                    "geometry",
                    Texts.get("library.objects", inspection.objects())
                            + ", "
                            + Texts.get("library.triangles", Formats.number(inspection.triangles())));
            if (!inspection.materials().isEmpty()) {
                facts.put("materials", some(inspection.materials(), 6));
            }
            inspection
                    .scene(null)
                    .or(() -> inspection.scenes().stream().findFirst())
                    .ifPresent(scene -> facts.put("engine", engine(scene, version.savedBy())));
        }
        facts.put("files", files(version));
        return facts.entrySet().stream()
                .map(fact -> Map.entry(Texts.get("library.fact." + fact.getKey()), fact.getValue()))
                .toList();
    }

    private static String scene(Inspection inspection, Inspection.Scene scene) {
        List<String> parts = new ArrayList<>();
        parts.add(Texts.get("library.scenes", inspection.scenes().size()));
        parts.add(Texts.get("library.cameras", scene.cameras().size()));
        parts.add(
                scene.frameStart() == scene.frameEnd()
                        ? Texts.get("library.frame", Integer.toString(scene.frameStart()))
                        : Texts.get(
                                "library.frames",
                                Integer.toString(scene.frameStart()),
                                Integer.toString(scene.frameEnd()),
                                fps(scene.fps())));
        return String.join(", ", parts);
    }

    private static String fps(double fps) {
        return Math.abs(fps - Math.round(fps)) < 0.005
                ? Long.toString(Math.round(fps))
                : String.format(Locale.ENGLISH, "%.2f", fps);
    }

    private static String engine(Inspection.Scene scene, @Nullable String savedBy) {
        List<String> parts = new ArrayList<>();
        parts.add(engineName(scene.engine()));
        if (scene.samples() != null) {
            parts.add(Texts.get("library.samples", Formats.number(scene.samples())));
        }
        if (savedBy != null) {
            parts.add(Texts.get("library.saved", savedBy));
        }
        return String.join(", ", parts);
    }

    /** Blender's own word for an engine of the file or of the settings. */
    public static String engineName(String engine) {
        String word = engine.toUpperCase(Locale.ROOT);
        if (word.contains("CYCLES")) {
            return "Cycles";
        }
        if (word.contains("EEVEE")) {
            return "EEVEE";
        }
        return word.contains("WORKBENCH") ? "Workbench" : engine;
    }

    private static String files(ModelVersionView version) {
        int count = version.manifest().files().size();
        Inspection inspection = version.inspection();
        String text = Texts.get("library.files", count) + ", " + Formats.bytes(version.bytes());
        return inspection == null || inspection.missing().isEmpty()
                ? text
                : text + ", "
                        + Texts.get("library.missing", inspection.missing().size());
    }

    private static String some(List<String> names, int most) {
        return names.size() <= most
                ? String.join(", ", names)
                : String.join(", ", names.subList(0, most)) + " " + Texts.get("library.more", names.size() - most);
    }

    /** One line of "Check before rendering". */
    public record Check(boolean fine, String text) {}

    /** What a person should know before rendering; what is fine is said too. */
    public static List<Check> checks(ModelVersionView version) {
        List<Check> checks = new ArrayList<>();
        Inspection inspection = version.inspection();
        if (version.state() == VersionState.UNUSABLE) {
            String problem = version.problem();
            checks.add(new Check(false, problem == null ? Texts.get("library.unusable") : problem));
            return checks;
        }
        if (inspection == null) {
            return checks;
        }
        List<RenderWarning> warnings = warnings(version, inspection);
        if (inspection.missing().isEmpty()) {
            checks.add(new Check(true, Texts.get("library.check.files")));
        }
        boolean staged = warnings.stream()
                .anyMatch(w -> w.code().contains("CAMERA")
                        || w.code().contains("LIGHT")
                        || w.code().contains("STAGE"));
        inspection.scene(null).ifPresent(scene -> {
            if (!staged && !scene.cameras().isEmpty()) {
                checks.add(new Check(true, Texts.get("library.check.scene")));
            }
        });
        for (RenderWarning warning : warnings) {
            checks.add(new Check(false, warning.message()));
        }
        return checks;
    }

    private static List<RenderWarning> warnings(ModelVersionView version, Inspection inspection) {
        List<RenderWarning> all = new ArrayList<>(version.warnings());
        for (RenderWarning warning : inspection.warnings()) {
            if (!all.contains(warning)) {
                all.add(warning);
            }
        }
        return all;
    }
}
