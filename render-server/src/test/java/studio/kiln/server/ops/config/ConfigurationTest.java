package studio.kiln.server.ops.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.server.ops.ServerConfig;
import studio.kiln.server.ops.SharedServices;
import studio.kiln.server.persistence.DatabaseSettings;

class ConfigurationTest {
    @TempDir
    Path folder;

    private Path file(String... lines) throws IOException {
        return Files.writeString(folder.resolve("studio.yaml"), String.join("\n", lines) + "\n");
    }

    private static List<String> mistakes(Path file, Map<String, String> environment) {
        BadConfiguration bad =
                catchThrowableOfType(BadConfiguration.class, () -> Configuration.server(file, environment));
        return bad.mistakes().stream().map(Mistake::toString).toList();
    }

    @Test
    void a_whole_studio_is_one_file() throws Exception {
        Files.writeString(folder.resolve("db.password"), "hush\n");
        ServerConfig config = Configuration.server(
                file(
                        "# a studio",
                        "mode: studio",
                        "home: data",
                        "port: 3100",
                        "hosts: [kiln.example.org, kiln]",
                        "tls:",
                        "  cert: a.pem",
                        "  key: b.pem",
                        "bind: 0.0.0.0",
                        "database:",
                        "  url: jdbc:mariadb://db:3306/kiln",
                        "  user: kiln",
                        "  password-file: db.password",
                        "broker:",
                        "  url: amqp://kiln:geheim@rabbit:5672",
                        "redis: { url: 'redis://:geheim@cache:6379' }",
                        "renders: false",
                        "slots:"),
                Map.of("KILN_PORT", "3200"));
        assertThat(config.home()).isEqualTo(folder.resolve("data"));
        assertThat(config.port()).isEqualTo(3200);
        assertThat(config.renders()).isFalse();
        assertThat(config.slots()).isEqualTo(1);
        assertThat(config.entrance().hosts()).containsExactly("kiln.example.org", "kiln");
        assertThat(config.entrance().tls()).hasToString(folder.resolve("a.pem").toString());
        assertThat(DatabaseSettings.of(config.environment()))
                .isEqualTo(new DatabaseSettings.Remote("jdbc:mariadb://db:3306/kiln", "kiln", "hush"));
        assertThat(SharedServices.of(config.environment()).redis()).isNotNull();
        assertThat(config.toString()).doesNotContain("hush", "geheim");
    }

    @Test
    void all_mistakes_are_told_together_each_with_its_place() throws Exception {
        Path file = file(
                "mode: farm",
                "databse:",
                "  url: jdbc:mariadb://db/kiln",
                "port: many",
                "port: 3000",
                "database:",
                "  pasword: hush",
                "  url: jdbc:mariadb://kiln:hush@db/kiln",
                "slots: [1, 2]",
                "broker: amqp://kiln:hush@rabbit");
        List<String> found = mistakes(file, Map.of("KILN_THREADS", "0", "KILN_REDIS_ULR", "redis://:hush@cache"));
        assertThat(found)
                .anyMatch(m -> m.startsWith(file + ":1:7: 'mode' is 'offline' or 'studio', not 'farm'"))
                .anyMatch(m -> m.startsWith(file + ":2:1: There is no key 'databse'; did you mean 'database"))
                .anyMatch(m -> m.startsWith(file + ":4:7: 'port' is a whole number from 0 to 65535, not 'many'"))
                .anyMatch(m -> m.startsWith(file + ":5:1: 'port' stands here a second time"))
                .anyMatch(m -> m.startsWith(file + ":7:3:") && m.contains("did you mean 'database.password'?"))
                .anyMatch(m -> m.startsWith(file + ":8:8: 'database.url' is an address like"))
                .anyMatch(m -> m.startsWith(file + ":9:8: 'slots' takes one value"))
                .anyMatch(m -> m.startsWith(file + ":10:1: 'broker' is a group of keys"))
                .anyMatch(m -> m.startsWith("KILN_THREADS: 'threads' is a whole number from 1"))
                .anyMatch(m -> m.equals("KILN_REDIS_ULR: There is no such variable; did you mean KILN_REDIS_URL?"))
                .hasSize(10);
        assertThat(found).noneMatch(m -> m.contains("hush"));
    }

    @Test
    void what_does_not_go_together_is_told_together_where_it_stands() throws Exception {
        Path file = file("bind: 0.0.0.0", "tls:", "  cert: a.pem", "database:", "  user: kiln");
        assertThat(mistakes(file, Map.of()))
                .anyMatch(m -> m.startsWith(file + ":3:9:") && m.contains("KILN_TLS_KEY"))
                .anyMatch(m -> m.startsWith(file + ":5:9:") && m.contains("KILN_DATABASE_URL"))
                .hasSize(2);
    }

    @Test
    void a_file_that_is_no_yaml_or_not_there_is_told_without_its_text() throws Exception {
        assertThat(mistakes(file("database:", "  password: 'hush"), Map.of()))
                .singleElement()
                .asString()
                .contains("studio.yaml:")
                .contains("no YAML")
                .doesNotContain("hush");
        assertThat(mistakes(file("- a", "- b"), Map.of()))
                .singleElement()
                .asString()
                .contains("keys with values");
        assertThat(mistakes(folder.resolve("absent.yaml"), Map.of()))
                .singleElement()
                .asString()
                .contains("no such file");
    }

    @Test
    void a_secret_is_given_once_and_its_file_must_be_there() throws Exception {
        Path file = file("tls:", "  password: hush", "  password-file: x");
        assertThat(mistakes(file, Map.of())).singleElement().asString().contains("keep one");
        assertThat(mistakes(file, Map.of("KILN_DATABASE_PASSWORD_FILE", "/absent")))
                .anyMatch(m -> m.startsWith("KILN_DATABASE_PASSWORD_FILE: ") && m.contains("cannot be read"));
    }

    @Test
    void the_usual_file_is_in_the_data_folder_and_none_is_needed() throws Exception {
        Map<String, String> environment = Map.of("KILN_HOME", folder.toString());
        assertThat(Configuration.server(null, environment).port()).isZero();
        Files.writeString(folder.resolve("kiln.yaml"), "port: 3111\n");
        assertThat(Configuration.server(null, environment).port()).isEqualTo(3111);
        assertThat(Configuration.server(
                                null, Map.of("KILN_CONFIG", file("port: 3112").toString()))
                        .port())
                .isEqualTo(3112);
    }

    @Test
    void every_key_has_a_variable_of_its_own_by_one_rule() {
        assertThat(Key.DATABASE_URL.variable()).isEqualTo("KILN_DATABASE_URL");
        assertThat(Key.OUTAGE_MINUTES.variable()).isEqualTo("KILN_OUTAGE_MINUTES");
        Set<String> names = new HashSet<>();
        for (String path : Key.paths()) {
            assertThat(names.add(Key.variable(path))).as(path).isTrue();
        }
    }

    @Test
    void a_name_that_is_like_none_is_not_guessed() throws Exception {
        assertThatThrownBy(() -> Configuration.server(file("wibble-wobble-of-the-day: 1"), Map.of()))
                .hasMessageContaining("docs/studio-mode.md")
                .hasMessageNotContaining("did you mean");
    }
}
