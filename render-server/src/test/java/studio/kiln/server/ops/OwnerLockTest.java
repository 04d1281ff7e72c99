package studio.kiln.server.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class OwnerLockTest {
    @TempDir
    Path folder;

    @Test
    void one_owner_at_a_time_and_the_next_when_it_lets_go() throws IOException {
        Path home = folder.resolve("home");
        try (OwnerLock first = OwnerLock.take(home).orElseThrow()) {
            assertThat(first).isNotNull();
            assertThat(OwnerLock.take(home)).isEmpty();
        }
        try (OwnerLock second = OwnerLock.take(home).orElseThrow()) {
            assertThat(second).isNotNull();
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void a_data_folder_that_is_made_is_nobody_elses_and_one_that_is_there_keeps_its_rights() throws IOException {
        Path made = folder.resolve("a/b/home");
        OwnerLock.take(made).orElseThrow().close();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
                .isEqualTo("rwx------");
        Path there = Files.createDirectory(folder.resolve("there"));
        Files.setPosixFilePermissions(there, PosixFilePermissions.fromString("rwxr-xr-x"));
        OwnerLock.take(there).orElseThrow().close();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(there)))
                .isEqualTo("rwxr-xr-x");
    }

    @Test
    void a_folder_that_cannot_be_used_is_told_with_what_to_do() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");
        for (Path home : new Path[] {file, file.resolve("below")}) {
            assertThatThrownBy(() -> OwnerLock.takeForStart(home))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("The data folder " + home + " cannot be used")
                    .hasMessageEndingWith("name another one with KILN_HOME.");
        }
    }
}
