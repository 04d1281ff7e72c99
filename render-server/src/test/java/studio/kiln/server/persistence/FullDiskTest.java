package studio.kiln.server.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The embedded database on a disk that fills up, a small one of its own; to mount it takes root. */
@Tag("fault")
class FullDiskTest {
    @TempDir
    Path folder;

    private Path disk;

    @BeforeEach
    void mount() throws Exception {
        disk = Files.createDirectory(folder.resolve("disk"));
        run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk.toString());
    }

    @AfterEach
    void unmount() throws Exception {
        run("umount", "-l", disk.toString());
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as(String.join(" ", command) + ": " + said)
                .isZero();
    }

    @Test
    void it_goes_on_by_itself_when_there_is_room_again_and_has_lost_nothing_that_was_told() throws Exception {
        List<String> told = new ArrayList<>();
        Path home = disk.resolve("home");
        try (Database database = Database.embedded(home)) {
            for (int round = 0; round < 3; round++) {
                fill();
                assertThat(writeUntilItFails(database, told)).isInstanceOf(RuntimeException.class);
                // While it is full, others ask and write too.
                for (int i = 0; i < 5; i++) {
                    try {
                        write(database, told);
                    } catch (RuntimeException e) {
                        assertThat(e).isNotNull();
                    }
                }
                Files.delete(disk.resolve("filler"));
                await().atMost(Duration.ofSeconds(20))
                        .ignoreExceptions()
                        .until(() -> write(database, told), written -> written);
                assertThat(kept(database)).containsAll(told);
            }
        }
        try (Database again = Database.embedded(home)) {
            assertThat(kept(again)).containsAll(told);
        }
        try (var files = Files.list(home)) {
            assertThat(files.map(file -> file.getFileName().toString())).noneMatch(name -> name.contains("trace"));
        }
    }

    private static List<String> kept(Database database) {
        return database.read(s -> s.createSelectionQuery("select id from ProjectRow", String.class)
                .getResultList());
    }

    private void fill() throws IOException {
        byte[] block = new byte[4096];
        try (OutputStream out = Files.newOutputStream(disk.resolve("filler"))) {
            while (true) {
                out.write(block);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
    }

    private static RuntimeException writeUntilItFails(Database database, List<String> told) {
        for (int i = 0; i < 100_000; i++) {
            try {
                write(database, told);
            } catch (RuntimeException e) {
                return e;
            }
        }
        throw new AssertionError("The disk never was full");
    }

    private static boolean write(Database database, List<String> told) {
        ProjectRow row = new ProjectRow();
        row.id = Ids.next();
        row.name = row.id;
        row.owner = "anna";
        row.createdAt = Instant.now();
        database.run(s -> s.insert(row));
        told.add(row.id);
        return true;
    }
}
