package studio.kiln.server.ops.services;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import studio.kiln.server.ops.Finding;
import studio.kiln.server.ops.config.Configuration;
import studio.kiln.server.ops.config.Probes;

@Tag("contract")
class ServicesContractTest {
    @TempDir
    Path folder;

    private final List<String> said = new ArrayList<>();

    private Services services() {
        return new Services(folder, said::add);
    }

    @AfterEach
    void stop() throws Exception {
        services().down(List.of());
    }

    @ParameterizedTest
    @ValueSource(strings = {"mariadb", "rabbitmq", "redis", "s3", "webdav"})
    void aServiceStartsOnceKeepsItsAddressAndEndsWithAllThatItStarted(String name) throws Exception {
        services().up(List.of(name));
        Endpoint first = services().endpoint(name);
        services().up(List.of(name));
        assertThat(services().endpoint(name)).isEqualTo(first);
        assertThat(services().status(List.of(name)).getFirst().answers()).isTrue();
        ProcessHandle process = first.running().orElseThrow();
        List<ProcessHandle> family = process.descendants().toList();

        services().down(List.of(name));
        assertThat(process.isAlive()).isFalse();
        assertThat(family).noneMatch(ProcessHandle::isAlive);
        assertThat(services().status(List.of(name)).getFirst().running()).isFalse();

        services().up(List.of(name));
        Endpoint again = services().endpoint(name);
        assertThat(again.port()).isEqualTo(first.port());
        assertThat(again.password()).isEqualTo(first.password());
    }

    @Test
    @Tag("needs-docker")
    void mySqlDoesTooAndNoContainerOfItIsLeftWhenTheEnginesClientIsKilled() throws Exception {
        aServiceStartsOnceKeepsItsAddressAndEndsWithAllThatItStarted("mysql");
        assertThat(Files.readString(services().configuration())).contains("url: jdbc:mysql://127.0.0.1:");
        String container = Files.readString(folder.resolve("mysql/container"));
        ProcessHandle client = services().endpoint("mysql").running().orElseThrow();
        client.destroyForcibly();
        client.onExit().get();
        services().down(List.of());
        Process asked = new ProcessBuilder("docker", "inspect", container)
                .redirectErrorStream(true)
                .start();
        asked.getInputStream().readAllBytes();
        assertThat(asked.waitFor()).as("there is no such container").isNotZero();
    }

    @Test
    void mySqlIsStartedOnlyWhenItIsWished() {
        assertThat(Services.standard(false)).contains("mariadb").doesNotContain("mysql");
        assertThat(Services.standard(true)).contains("mysql").doesNotContain("mariadb");
        assertThat(services().status(List.of())).noneMatch(state -> state.name().equals("mysql"));
    }

    @Test
    void onlyTheUserReadsThePasswords() throws Exception {
        services().up(List.of("redis"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(ServicesFile.place(folder))))
                .isEqualTo("rw-------");
        assertThat(services().endpoint("redis").toString())
                .doesNotContain(services().endpoint("redis").password());
        assertThat(said).noneMatch(s -> s.contains(services().endpoint("redis").password()));
    }

    @Test
    void aServerRunsByTheConfigurationThatIsWrittenAndItHoldsNoPassword() throws Exception {
        services().up(List.of("redis", "mariadb"));
        Path file = services().configuration();
        assertThat(Files.readString(file))
                .doesNotContain(services().endpoint("redis").password())
                .doesNotContain(services().endpoint("mariadb").password());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("redis/secret"))))
                .isEqualTo("rw-------");
        Configuration read = Configuration.read(file, Map.of("KILN_HOME", folder.toString()));
        assertThat(read.server().entrance().accounts()).isTrue();
        assertThat(Probes.all(read)).noneMatch(f -> f.state() == Finding.State.GAP);
        assertThat(said).last().asString().contains("kiln serve --config " + file);
    }

    @Test
    void aProcessThatOnlyHasTheNumberOfAServiceIsNotStopped() throws Exception {
        Process other = new ProcessBuilder("sleep", "60").start();
        try {
            Endpoint stale = new Endpoint(
                    "127.0.0.1", 1, "kiln", "x", null, other.pid(), java.time.Instant.parse("2020-01-01T00:00:00Z"));
            new ServicesFile(java.util.Map.of("redis", stale)).write(folder);
            services().down(List.of());
            assertThat(other.isAlive()).isTrue();
        } finally {
            other.destroyForcibly();
        }
    }

    @Test
    void anUnknownNameIsAnsweredWithThoseThatThereAre() {
        assertThatThrownBy(() -> services().up(List.of("oracle")))
                .isInstanceOf(ServiceFailure.class)
                .hasMessageContaining("mariadb, mysql, rabbitmq, redis, s3, webdav");
    }
}
