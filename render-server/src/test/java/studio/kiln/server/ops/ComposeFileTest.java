package studio.kiln.server.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.schema.CoreSchema;
import studio.kiln.server.ops.config.Key;

/** The compose file for a whole studio; no registry of images can be reached here, so it is read and not run. */
class ComposeFileTest {
    private static final Path FOLDER = Path.of("../installer/compose");
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Z_]+)(:[?-][^}]*)?}");
    private static final Set<String> OF_NODES = Set.of("KILN_NODE_SERVER", "KILN_NODE_ENROL");

    private final String text = read("compose.yaml");
    private final Map<String, Object> file = map(new Load(LoadSettings.builder()
                    .setSchema(new CoreSchema())
                    .setAllowDuplicateKeys(false)
                    .build())
            .loadFromString(text));
    private final Map<String, Object> services = map(file.get("services"));

    @Test
    void everyPartOfAStudioIsThere() {
        assertThat(services.keySet())
                .containsExactlyInAnyOrder("mysql", "rabbitmq", "redis", "minio", "bucket", "server", "node");
    }

    @Test
    void imagesArePinned() {
        services.forEach((name, service) -> assertThat((String) map(service).get("image"))
                .as(name)
                .matches("[a-z/]+:(\\d+\\.\\d+\\.\\d+|RELEASE\\..*Z)"));
        assertThat(read("Dockerfile").lines().filter(l -> l.startsWith("FROM ") && l.contains(":")))
                .allMatch(l -> l.matches("FROM [a-z/-]+:.*\\d{2}.*"));
    }

    @Test
    void everyServiceThatStaysSaysWhetherItIsHealthyAndIsWaitedFor() {
        services.forEach((name, service) -> {
            if (!name.equals("bucket")) {
                assertThat(map(service)).as(name).containsKey("healthcheck");
            }
            map(map(service).getOrDefault("depends_on", Map.of())).forEach((needed, how) -> {
                assertThat(services).as(name + " needs it").containsKey(needed);
                assertThat(map(how).get("condition"))
                        .isEqualTo(needed.equals("bucket") ? "service_completed_successfully" : "service_healthy");
            });
        });
    }

    @Test
    void volumesAreNamedAndNobodyGetsTheSocketOfTheEngine() {
        Set<String> named = map(file.get("volumes")).keySet();
        services.forEach((name, service) -> {
            for (Object volume : (List<?>) map(service).getOrDefault("volumes", List.of())) {
                assertThat(named).as(name).contains(volume.toString().split(":", 2)[0]);
            }
        });
        assertThat(text).doesNotContain("docker.sock").doesNotContain("privileged: true");
    }

    @Test
    void whatKilnIsToldItUnderstands() {
        Set<String> known = Stream.of(Key.values()).map(Key::variable).collect(Collectors.toCollection(TreeSet::new));
        for (String name : List.of("server", "node")) {
            for (String variable :
                    map(map(services.get(name)).get("environment")).keySet()) {
                assertThat(known.contains(variable) || OF_NODES.contains(variable))
                        .as(name + " is told " + variable)
                        .isTrue();
            }
        }
    }

    @Test
    void theServersConfigurationHasNoMistakes() {
        Map<String, String> environment = new HashMap<>();
        map(map(services.get("server")).get("environment"))
                .forEach((key, value) -> environment.put(key, filled(value.toString())));
        ServerConfig config = ServerConfig.of(environment);
        assertThat(config.renders()).isFalse();
        assertThat(config.entrance().accounts()).isTrue();
        assertThat(config.port()).isEqualTo(3000);
    }

    @Test
    void noPasswordIsInTheFileAndEachIsMadeByTheScript() {
        String script = read("make-env.sh");
        services.forEach((name, service) -> map(map(service).getOrDefault("environment", Map.of()))
                .forEach((key, value) -> {
                    if (key.endsWith("PASSWORD")
                            || key.endsWith("PASS")
                            || value.toString().contains("@")) {
                        assertThat(value.toString()).as(name + " " + key).containsPattern("\\$\\{[A-Z_]+:\\?");
                    }
                }));
        Matcher variables = VARIABLE.matcher(text);
        while (variables.find()) {
            String name = variables.group(1);
            assertThat(name.startsWith("KILN_") || script.contains(" " + name))
                    .as(name + " is made by make-env.sh")
                    .isTrue();
        }
    }

    private static String filled(String value) {
        return VARIABLE.matcher(value)
                .replaceAll(m -> m.group(2) != null && m.group(2).startsWith(":-")
                        ? m.group(2).substring(2)
                        : "secret");
    }

    private static String read(String name) {
        try {
            return Files.readString(FOLDER.resolve(name));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object yaml) {
        return (Map<String, Object>) yaml;
    }
}
