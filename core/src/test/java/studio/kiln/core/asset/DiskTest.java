package studio.kiln.core.asset;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class DiskTest {
    @Test
    void a_full_disk_is_known_however_its_exception_is_wrapped() {
        assertThat(Disk.isFull(new IOException("No space left on device"))).isTrue();
        assertThat(Disk.isFull(new FileSystemException("/a", null, "No space left on device")))
                .isTrue();
        assertThat(Disk.isFull(new UncheckedIOException(new IOException("Disk quota exceeded"))))
                .isTrue();
        assertThat(Disk.isFull(new IllegalStateException(new IOException("There is not enough space on the disk"))))
                .isTrue();
        assertThat(Disk.isFull(new IOException("Broken pipe"))).isFalse();
        assertThat(Disk.isFull(new IllegalStateException("no space left"))).isFalse();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void the_words_are_those_of_the_system() {
        assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> Files.writeString(Path.of("/dev/full"), "x")))
                .matches(Disk::isFull);
    }
}
