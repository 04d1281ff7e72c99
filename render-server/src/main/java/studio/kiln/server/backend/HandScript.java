package studio.kiln.server.backend;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.blender.ImageFormat;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.blender.SessionCodec;
import studio.kiln.core.blender.SessionRequest;
import studio.kiln.core.plan.OutputKey;
import studio.kiln.server.scheduler.RenderScript;

/**
 * Fills the template {@code kiln_render_script.py} with a task. What a person wrote goes in as Base64 and never as code.
 * The form of the data is in {@code docs/session-protocol.md}.
 */
public final class HandScript implements RenderScript {
    private static final String TEMPLATE = "studio/kiln/blender/kiln_render_script.py";

    private final SessionScripts program;

    public HandScript(SessionScripts program) {
        this.program = program;
    }

    @Override
    public String write(Input task) {
        String text = template();
        text = fill(text, "task", SessionCodec.store(data(task)).getBytes(StandardCharsets.UTF_8));
        return fill(text, "program", program.archive());
    }

    private static Map<String, @Nullable Object> data(Input task) {
        Map<String, @Nullable Object> data = new LinkedHashMap<>();
        data.put("task", Map.of("id", Long.toString(task.number()), "name", task.name()));
        data.put("engine", task.engineVersion().isEmpty() ? null : Map.of("version", task.engineVersion()));
        data.put("root", task.manifest().root());
        data.put("format", task.manifest().format().word());
        data.put("trust", task.trusted());
        data.put("scene", task.scene());
        data.put("stage", true);
        boolean several = task.looks().size() > 1;
        List<Map<String, Object>> looks = new ArrayList<>();
        for (Look look : task.looks()) {
            looks.add(Map.of("settings", look.settings(), "outputs", outputs(look, several)));
        }
        data.put("looks", looks);
        return data;
    }

    private static List<SessionRequest.Output> outputs(Look look, boolean several) {
        String ending = ending(look.settings());
        List<SessionRequest.Output> outputs = new ArrayList<>();
        for (OutputKey key : look.outputs()) {
            StringBuilder name = new StringBuilder();
            for (String part : new String[] {several ? look.name() : "", key.layer(), key.view(), key.part()}) {
                if (!part.isEmpty()) {
                    name.append(part.replaceAll("[^\\p{L}\\p{N}._ -]", "_")).append('_');
                }
            }
            String path = name + "%04d.%s".formatted(key.frame(), ending);
            outputs.add(new SessionRequest.Output(key.toString(), key.frame(), key.layer(), key.view(), path));
        }
        return outputs;
    }

    private static String ending(RenderSettings settings) {
        ImageFormat format = settings.format();
        if (format == null) {
            // the script puts the ending of the file's own format in its place
            return "img";
        }
        return switch (format) {
            case PNG, PNG16 -> "png";
            case JPEG -> "jpg";
            case EXR, EXR_MULTILAYER -> "exr";
        };
    }

    private static String fill(String text, String mark, byte[] value) {
        String empty = "\"\"  # kiln:" + mark;
        if (!text.contains(empty)) {
            throw new IllegalStateException("The template of the render script has no place for its " + mark);
        }
        return text.replace(empty, "\"" + Base64.getEncoder().encodeToString(value) + "\"  # kiln:" + mark);
    }

    private static String template() {
        try (InputStream in = HandScript.class.getClassLoader().getResourceAsStream(TEMPLATE)) {
            if (in == null) {
                throw new IllegalStateException("Kiln was built without the template of the render script");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("The template of the render script cannot be read", e);
        }
    }
}
