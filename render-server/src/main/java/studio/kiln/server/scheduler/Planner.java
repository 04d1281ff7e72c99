package studio.kiln.server.scheduler;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.TaskRequest;
import studio.kiln.core.asset.ModelFormat;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.BlenderVersion;
import studio.kiln.core.blender.Denoise;
import studio.kiln.core.blender.Device;
import studio.kiln.core.blender.EngineChoice;
import studio.kiln.core.blender.ImageFormat;
import studio.kiln.core.blender.Inspection;
import studio.kiln.core.blender.MaterialOverride;
import studio.kiln.core.blender.RenderEngine;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.blender.RenderWarning;
import studio.kiln.core.blender.SessionCodec;
import studio.kiln.core.plan.BadFrames;
import studio.kiln.core.plan.FrameSet;
import studio.kiln.core.plan.OutputKey;
import studio.kiln.core.recipe.Recipe;

/**
 * Turns a request and what Blender saw in the model into a plan, or says in one sentence why it cannot be rendered. Reads
 * and writes nothing.
 */
final class Planner {
    private static final String[] WORDS = {"cycles", "eevee", "workbench"};

    private static final Set<String> OF_SCRIPTS = Set.of("DRIVERS_BLOCKED", "SCRIPTS_BLOCKED");

    private final String scriptVersion;

    Planner(String scriptVersion) {
        this.scriptVersion = scriptVersion;
    }

    /**
     * A request with what is known of its model.
     *
     * @param warnings of the model version
     */
    record Input(
            Sha256 manifest,
            ModelFormat format,
            @Nullable String savedBy,
            Inspection inspection,
            List<RenderWarning> warnings,
            @Nullable String frames,
            @Nullable String scene,
            RenderSettings settings,
            @Nullable String blender,
            boolean strict,
            boolean trusted,
            List<TaskRequest.Variant> variants) {}

    /** @throws studio.kiln.core.api.ApiException 422 with what is wrong with the request */
    TaskPlan plan(Input in, List<Engines.Engine> engines) {
        Inspection.Scene scene = scene(in);
        checkNames(in, scene);
        FrameSet frames = frames(in, scene);
        Map<String, RenderWarning> warnings = new LinkedHashMap<>();
        // the inspection runs nothing; where scripts are trusted, they do run; and it may have had another engine
        in.warnings().stream()
                .filter(w -> !in.trusted() || !OF_SCRIPTS.contains(w.code()))
                .filter(w -> !w.code().equals(Engines.OLDER_ENGINE))
                .forEach(w -> warn(warnings, w));
        refuseEmpty(scene, warnings);
        Engines.Engine engine = engine(in, scene, engines, warnings);
        String device = device(in, engine);
        sceneWarnings(in, scene, engine, warnings);
        if (in.strict() && !warnings.isEmpty()) {
            throw Refusal.unusable(
                    "STRICT",
                    "Nothing was rendered, because warnings were to refuse it: "
                            + warnings.values().stream()
                                    .map(RenderWarning::message)
                                    .collect(Collectors.joining(" ")));
        }
        List<String> layers = layers(in, scene);
        List<String> views = scene.views().size() > 1 && !viewsInOne(in, scene) ? scene.views() : List.of("");
        List<TaskPlan.Look> looks = looks(in, scene, layers, engine, device, frames);
        List<OutputKey> outputs = new ArrayList<>();
        for (int variant = 0; variant < looks.size(); variant++) {
            for (int frame : frames) {
                for (String layer : layers) {
                    for (String view : views) {
                        outputs.add(new OutputKey(variant, frame, layer, view, ""));
                    }
                }
            }
        }
        RenderSettings s = in.settings();
        int percent = s.percent() != null ? s.percent() : s.width() != null ? 100 : scene.percent();
        int width = pixels(s.width() != null ? s.width() : scene.width(), percent);
        int height = pixels(s.height() != null ? s.height() : scene.height(), percent);
        PictureMemory.refuseTooLarge(width, height, Math.max(1, scene.views().size()), engine.pool(device), engines);
        return new TaskPlan(
                engine,
                device,
                scene.name(),
                frames,
                looks,
                outputs,
                layers.size() * views.size(),
                !scene.unbakedSimulations().isEmpty(),
                width,
                height,
                List.copyOf(warnings.values()));
    }

    private static int pixels(int full, int percent) {
        return (int) Math.max(1, (long) full * percent / 100);
    }

    private static Inspection.Scene scene(Input in) {
        Inspection inspection = in.inspection();
        Optional<Inspection.Scene> scene = inspection.scene(in.scene());
        if (scene.isPresent()) {
            return scene.get();
        }
        List<String> names =
                inspection.scenes().stream().map(Inspection.Scene::name).toList();
        if (in.scene() != null) {
            throw Refusal.unusable(
                    "SCENE_UNKNOWN",
                    "There is no scene '" + in.scene() + "' in this model; it has: " + Text.names(names) + ".");
        }
        return inspection.scenes().stream()
                .findFirst()
                .orElseThrow(() -> Refusal.unusable("NOTHING_TO_RENDER", "This model has no scene to render."));
    }

    // Said of each scene when the model is looked into; it matters for the one that is rendered.
    private static void refuseEmpty(Inspection.Scene scene, Map<String, RenderWarning> warnings) {
        Optional<RenderWarning> empty = warnings.values().stream()
                .filter(warning -> warning.code().equals("NOTHING_TO_RENDER")
                        && scene.name().equals(warning.subject()))
                .findFirst();
        if (empty.isPresent()) {
            throw Refusal.unusable("NOTHING_TO_RENDER", empty.get().message());
        }
        warnings.values().removeIf(warning -> warning.code().equals("NOTHING_TO_RENDER"));
    }

    private static void checkNames(Input in, Inspection.Scene scene) {
        String camera = in.settings().camera();
        if (camera != null && !scene.cameras().contains(camera)) {
            throw Refusal.unusable(
                    "CAMERA_UNKNOWN",
                    "There is no camera '" + camera + "' in the scene '" + scene.name() + "'; it has: "
                            + Text.names(scene.cameras()) + ".");
        }
        List<String> known =
                scene.viewLayers().stream().map(Inspection.ViewLayer::name).toList();
        List<String> wanted = in.settings().viewLayers();
        if (wanted != null) {
            for (String layer : wanted) {
                if (!known.contains(layer)) {
                    throw Refusal.unusable(
                            "LAYER_UNKNOWN",
                            "There is no view layer '" + layer + "' in the scene '" + scene.name() + "'; it has: "
                                    + Text.names(known) + ".");
                }
            }
        }
        List<String> materials = in.inspection().materials();
        for (MaterialOverride override : allOverrides(in)) {
            if (!materials.contains(override.slot())) {
                throw Refusal.unusable(
                        "MATERIAL_UNKNOWN",
                        "There is no material '" + override.slot() + "' in this model; it has: " + Text.names(materials)
                                + ".");
            }
        }
    }

    private static List<MaterialOverride> allOverrides(Input in) {
        List<MaterialOverride> all = new ArrayList<>();
        if (in.settings().overrides() != null) {
            all.addAll(in.settings().overrides());
        }
        in.variants().forEach(variant -> all.addAll(variant.overrides()));
        return all;
    }

    private static FrameSet frames(Input in, Inspection.Scene scene) {
        if (in.frames() == null) {
            return FrameSet.of(List.of(scene.frameCurrent()));
        }
        try {
            FrameSet own = scene.frameStart() <= scene.frameEnd()
                    ? FrameSet.range(scene.frameStart(), scene.frameEnd(), Math.max(1, scene.frameStep()))
                    : FrameSet.of(List.of(scene.frameStart()));
            return FrameSet.parse(in.frames(), own);
        } catch (BadFrames e) {
            throw Refusal.unusable("BAD_FRAMES", message(e));
        }
    }

    private static String message(Throwable e) {
        return String.valueOf(e.getMessage());
    }

    // ------------------------------------------------------------------------------------------------------- engine

    private static Engines.Engine engine(
            Input in, Inspection.Scene scene, List<Engines.Engine> engines, Map<String, RenderWarning> warnings) {
        BlenderVersion wanted = wanted(in);
        BlenderVersion savedBy =
                in.format() == ModelFormat.BLEND && in.savedBy() != null ? BlenderVersion.parse(in.savedBy()) : null;
        List<Engines.Engine> fitting = capable(in, scene, engines);
        return switch (Engines.choose(in.format(), savedBy, wanted, fitting)) {
            case EngineChoice.Fits<Engines.Engine>(Engines.Engine engine) -> engine;
            case EngineChoice.Risky<Engines.Engine>(Engines.Engine engine, String warning) -> {
                warn(warnings, Engines.older(warning, savedBy));
                yield engine;
            }
            case EngineChoice.None<Engines.Engine>(String reason) ->
                throw Refusal.unusable("ENGINE_UNAVAILABLE", reason);
        };
    }

    private static @Nullable BlenderVersion wanted(Input in) {
        if (in.blender() == null) {
            return null;
        }
        try {
            return BlenderVersion.parse(in.blender());
        } catch (IllegalArgumentException e) {
            throw Refusal.unusable("BAD_REQUEST", message(e));
        }
    }

    // Engines that proved what the task needs; says what is missing when none did.
    private static List<Engines.Engine> capable(Input in, Inspection.Scene scene, List<Engines.Engine> engines) {
        if (engines.isEmpty()) {
            return engines;
        }
        String renderer = renderer(in, scene);
        List<Engines.Engine> left =
                engines.stream().filter(engine -> engine.rendersWith(renderer)).toList();
        if (left.isEmpty()) {
            throw Refusal.unusable(
                    "ENGINE_UNAVAILABLE",
                    "No Blender here can render with " + screen(renderer) + " (" + versions(engines)
                            + " tried and could not); choose another with --engine, or see what 'kiln doctor' says.");
        }
        if (in.settings().device() == Device.GPU) {
            List<Engines.Engine> gpu =
                    left.stream().filter(engine -> engine.gpu().isPresent()).toList();
            if (gpu.isEmpty()) {
                throw Refusal.unusable(
                        "GPU_UNAVAILABLE",
                        "A GPU was required, and no Blender here found one that it can use (" + versions(left)
                                + "); render with --device cpu or auto.");
            }
            left = gpu;
        }
        if (in.settings().denoise() == Denoise.ON) {
            List<Engines.Engine> denoising = left.stream()
                    .filter(engine -> !engine.capabilities().denoisers().isEmpty())
                    .toList();
            if (denoising.isEmpty()) {
                throw Refusal.unusable(
                        "DENOISE_UNAVAILABLE",
                        "Denoising was required, and no Blender here was built with a denoiser (" + versions(left)
                                + "); leave it to the file or switch it off with --denoise off.");
            }
            left = denoising;
        }
        return left;
    }

    private static String renderer(Input in, Inspection.Scene scene) {
        RenderEngine chosen = in.settings().engine();
        String word = chosen != null ? chosen.word() : scene.engine();
        for (String known : WORDS) {
            if (known.equals(word)) {
                return word;
            }
        }
        throw Refusal.unusable(
                "ENGINE_UNAVAILABLE",
                "The scene '" + scene.name() + "' asks for the render engine " + word
                        + ", which belongs to an add-on that is not here; choose one with --engine cycles, eevee or"
                        + " workbench.");
    }

    private static String screen(String renderer) {
        return switch (renderer) {
            case "cycles" -> "Cycles";
            case "eevee" -> "EEVEE";
            default -> "Workbench";
        };
    }

    private static String versions(List<Engines.Engine> engines) {
        return engines.stream()
                .map(engine -> engine.version().toString())
                .distinct()
                .sorted()
                .collect(Collectors.joining(", "));
    }

    private static String device(Input in, Engines.Engine engine) {
        Device device = in.settings().device();
        return device == null || device == Device.CPU ? "cpu" : engine.gpu().orElse("cpu");
    }

    // ----------------------------------------------------------------------------------------------------- warnings

    private static void sceneWarnings(
            Input in, Inspection.Scene scene, Engines.Engine engine, Map<String, RenderWarning> warnings) {
        RenderSettings s = in.settings();
        if (scene.movie() && s.format() == null) {
            warn(
                    warnings,
                    new RenderWarning(
                            "MOVIE_AS_PNG",
                            "The scene asks for a movie file; its frames are written as PNG pictures.",
                            scene.name()));
        }
        boolean asInFile = s.denoise() == null || s.denoise() == Denoise.FILE;
        if (asInFile
                && scene.denoise()
                && renderer(in, scene).equals("cycles")
                && engine.capabilities().denoisers().isEmpty()) {
            warn(
                    warnings,
                    new RenderWarning(
                            "DENOISE_UNAVAILABLE",
                            "The scene asks for denoising, and Blender " + engine.version()
                                    + " here has no denoiser; it is rendered without.",
                            scene.name()));
        }
        if (!scene.unbakedSimulations().isEmpty()) {
            warn(
                    warnings,
                    new RenderWarning(
                            "SIMULATION_UNBAKED",
                            "A simulation is not baked (" + Text.names(scene.unbakedSimulations())
                                    + "), so all frames are rendered one after the other in one piece; bake it to share"
                                    + " the work.",
                            scene.name()));
        }
        if (in.format() != ModelFormat.BLEND) {
            stageWarnings(scene, warnings);
        } else if (scene.cameras().isEmpty() && scene.activeCamera() == null) {
            warn(
                    warnings,
                    new RenderWarning(
                            "CAMERA_ADDED",
                            "The scene " + scene.name() + " has no camera; one that frames everything was added.",
                            scene.name()));
        }
    }

    // A mesh format brings no scene; what the session gives it (stage.py) can be told beforehand.
    private static void stageWarnings(Inspection.Scene scene, Map<String, RenderWarning> warnings) {
        if (scene.cameras().isEmpty()) {
            warn(
                    warnings,
                    new RenderWarning("CAMERA_ADDED", "The model brings no camera; one that frames it was added.", ""));
        }
        warn(warnings, new RenderWarning("STAGE_ADDED", "The model stands on a neutral floor before a backdrop.", ""));
        if (scene.lights() == 0) {
            warn(
                    warnings,
                    new RenderWarning("LIGHT_ADDED", "The model brings no light; a studio light was added.", ""));
        }
    }

    // The first of a code and subject stays: the session says some of these again, in almost the same words.
    private static void warn(Map<String, RenderWarning> warnings, RenderWarning warning) {
        warnings.putIfAbsent(key(warning), warning);
    }

    static String key(RenderWarning warning) {
        return warning.code() + ' ' + warning.subject();
    }

    // ------------------------------------------------------------------------------------------------------ outputs

    /**
     * "" is the picture that plain Blender writes. A scene with several layers, no compositing and a format that holds one
     * layer would lose all but one of them, so each gets a picture of its own.
     */
    private static List<String> layers(Input in, Inspection.Scene scene) {
        List<String> wanted = in.settings().viewLayers();
        List<String> on = wanted != null
                ? wanted.stream().distinct().toList()
                : scene.viewLayers().stream()
                        .filter(Inspection.ViewLayer::use)
                        .map(Inspection.ViewLayer::name)
                        .toList();
        ImageFormat format = in.settings().format();
        boolean multilayer = format != null
                ? format == ImageFormat.EXR_MULTILAYER
                : scene.format().equals(ImageFormat.EXR_MULTILAYER.word());
        return on.size() > 1 && !scene.compositing() && !multilayer ? on : List.of("");
    }

    // As plain Blender writes it. A format that cannot hold several views gets a picture of each.
    private static boolean viewsInOne(Input in, Inspection.Scene scene) {
        ImageFormat format = in.settings().format();
        return switch (scene.viewsInOne()) {
            case null -> false;
            case "multiview" -> format == null || format == ImageFormat.EXR || format == ImageFormat.EXR_MULTILAYER;
            default -> format != ImageFormat.EXR_MULTILAYER;
        };
    }

    private List<TaskPlan.Look> looks(
            Input in,
            Inspection.Scene scene,
            List<String> layers,
            Engines.Engine engine,
            String device,
            FrameSet frames) {
        List<TaskRequest.Variant> variants =
                in.variants().isEmpty() ? List.of(new TaskRequest.Variant("", List.of())) : in.variants();
        List<TaskPlan.Look> looks = new ArrayList<>();
        for (TaskRequest.Variant variant : variants) {
            RenderSettings settings = with(in.settings(), variant.overrides());
            Recipe recipe = new Recipe(
                    in.manifest(),
                    scene.name(),
                    in.trusted(),
                    determining(settings, layers),
                    OutputKey.frame(frames.frames().getFirst()),
                    engine.pin(),
                    device,
                    scriptVersion);
            looks.add(new TaskPlan.Look(
                    variant.name(),
                    settings,
                    recipe,
                    variant.overrides().isEmpty() ? null : SessionCodec.store(variant.overrides())));
        }
        return looks;
    }

    /** Settings of a task with the overrides of a variant, which win over those that all variants share. */
    static RenderSettings with(RenderSettings s, List<MaterialOverride> overrides) {
        if (overrides.isEmpty()) {
            return s;
        }
        Map<String, MaterialOverride> bySlot = new LinkedHashMap<>();
        if (s.overrides() != null) {
            s.overrides().forEach(override -> bySlot.put(override.slot(), override));
        }
        overrides.forEach(override -> bySlot.put(override.slot(), override));
        return s.withOverrides(List.copyOf(bySlot.values()));
    }

    // Two ways of writing one thing must be one recipe, or what is known would be rendered again.
    private static RenderSettings determining(RenderSettings s, List<String> layers) {
        boolean byName = !layers.equals(List.of(""));
        List<MaterialOverride> overrides = s.overrides();
        return new RenderSettings(
                s.engine(),
                s.samples(),
                s.noiseThreshold(),
                s.width(),
                s.height(),
                s.width() != null && s.percent() == null ? Integer.valueOf(100) : s.percent(),
                s.format(),
                s.camera(),
                s.denoise() == Denoise.FILE ? null : s.denoise(),
                s.seed(),
                null,
                byName || s.viewLayers() == null ? null : s.viewLayers(),
                overrides == null || overrides.isEmpty()
                        ? null
                        : overrides.stream()
                                .sorted(java.util.Comparator.comparing(MaterialOverride::slot))
                                .toList());
    }
}
