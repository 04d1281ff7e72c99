package studio.kiln.server.node;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import studio.kiln.core.blender.Capabilities;
import tools.jackson.databind.JsonNode;

/** From the answer of a session's self-test to what an engine proved. */
final class CapabilityReader {
    private CapabilityReader() {}

    static Capabilities read(JsonNode answer, double seconds) {
        List<String> problems = new ArrayList<>();
        Map<String, Boolean> engines = new LinkedHashMap<>();
        answer.path("engines").properties().forEach(entry -> {
            boolean works = entry.getValue().path("ok").asBoolean(false);
            engines.put(entry.getKey(), works);
            String message = entry.getValue().path("message").asString("");
            if (!works) {
                problems.add(message.isEmpty() ? entry.getKey() + " rendered no picture." : message);
            }
        });
        Map<String, Boolean> importers = new LinkedHashMap<>();
        answer.path("importers")
                .properties()
                .forEach(entry -> importers.put(entry.getKey(), entry.getValue().asBoolean(false)));
        importers.forEach((format, works) -> {
            if (!works) {
                problems.add("It imports no ." + format + " files.");
            }
        });
        Map<String, Boolean> codecs = new LinkedHashMap<>();
        answer.path("codecs").forEach(codec -> codecs.put(codec.asString(), true));
        List<Capabilities.Gpu> gpus = new ArrayList<>();
        answer.path("gpus")
                .forEach(gpu -> gpus.add(new Capabilities.Gpu(
                        gpu.path("type").asString(""), gpu.path("name").asString(""))));
        boolean write = answer.path("write_probe").asBoolean(false);
        if (!write) {
            problems.add("It could not write a file.");
        }
        answer.path("warnings")
                .forEach(warning -> problems.add(warning.path("message").asString("")));
        List<String> denoisers = new ArrayList<>();
        answer.path("denoisers").forEach(denoiser -> denoisers.add(denoiser.asString()));
        return new Capabilities(
                answer.path("version").asString(""),
                answer.path("build_hash").asString(""),
                engines,
                denoisers,
                importers,
                codecs,
                gpus,
                write,
                seconds,
                List.copyOf(problems));
    }

    /** The proof of before, with what a later self-test of other render engines adds. */
    static Capabilities add(Capabilities before, Capabilities later) {
        Map<String, Boolean> engines = new LinkedHashMap<>(before.engines());
        engines.putAll(later.engines());
        List<String> problems = new ArrayList<>(before.problems());
        later.problems().stream().filter(problem -> !problems.contains(problem)).forEach(problems::add);
        Double first = before.seconds();
        Double second = later.seconds();
        return new Capabilities(
                before.version(),
                before.buildHash(),
                engines,
                before.denoisers(),
                before.importers(),
                before.codecs(),
                before.gpus(),
                before.write(),
                (first == null ? 0 : first) + (second == null ? 0 : second),
                List.copyOf(problems));
    }
}
