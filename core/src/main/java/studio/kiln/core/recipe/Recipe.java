package studio.kiln.core.recipe;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.plan.OutputKey;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The canonical description of everything that determines the pixels of one output. Its digest is the key under which a
 * rendered output is found again: same key, same pixels, so nothing is rendered twice.
 *
 * @param manifest digest of the model version's manifest
 * @param scene name of the scene, or null for the file's active one
 * @param trusted whether scripts in the file may run
 * @param engine exact build: version and build hash
 * @param device class of device that renders ({@code cpu}, or the GPU's type)
 * @param script version of the session program
 */
public record Recipe(
        Sha256 manifest,
        @Nullable String scene,
        boolean trusted,
        RenderSettings settings,
        OutputKey output,
        String engine,
        String device,
        String script) {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .disable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

    /** JSON with the keys of every object in order, without blanks; the number of the variant is not part of it. */
    public String canonical() {
        Recipe anyVariant = new Recipe(
                manifest,
                scene,
                trusted,
                settings,
                new OutputKey(0, output.frame(), output.layer(), output.view(), output.part()),
                engine,
                device,
                script);
        return MAPPER.writeValueAsString(sorted(MAPPER.valueToTree(anyVariant)));
    }

    /** SHA-256 of {@link #canonical()}. */
    public Sha256 key() {
        return Sha256.of(canonical());
    }

    private static @Nullable Object sorted(JsonNode node) {
        if (node.isObject()) {
            Map<String, @Nullable Object> map = new TreeMap<>();
            node.properties().stream()
                    .filter(entry -> !entry.getValue().isNull())
                    .forEach(entry -> map.put(entry.getKey(), sorted(entry.getValue())));
            return map;
        }
        if (node.isArray()) {
            List<@Nullable Object> list = new java.util.ArrayList<>();
            node.forEach(item -> list.add(sorted(item)));
            return list;
        }
        return node;
    }
}
