package studio.kiln.server.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.asset.Sha256;

class InputCacheTest {
    @TempDir
    Path folder;

    private final AtomicInteger fetched = new AtomicInteger();

    private InputCache.Source source(String text) {
        return () -> {
            fetched.incrementAndGet();
            return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
        };
    }

    private String read(InputCache cache, String text) throws IOException {
        try (InputStream in = cache.open(Sha256.of(text), source(text))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private Path file(String text) {
        return folder.resolve(Sha256.of(text).hex());
    }

    @Test
    void what_was_fetched_once_is_not_fetched_again_also_by_another_process() throws IOException {
        assertThat(read(new InputCache(folder, 100), "one")).isEqualTo("one");
        assertThat(read(new InputCache(folder, 100), "one")).isEqualTo("one");
        assertThat(fetched).hasValue(1);
    }

    @Test
    void a_file_that_was_damaged_is_fetched_again() throws IOException {
        InputCache cache = new InputCache(folder, 100);
        read(cache, "one");
        Files.writeString(file("one"), "onE");
        assertThat(read(cache, "one")).isEqualTo("one");
        assertThat(fetched).hasValue(2);
    }

    @Test
    void what_arrives_damaged_or_broken_off_is_not_kept() throws IOException {
        InputCache cache = new InputCache(folder, 100);
        assertThatThrownBy(() -> cache.open(Sha256.of("one"), source("two"))).hasMessageContaining("damaged");
        assertThatThrownBy(() -> cache.open(Sha256.of("one"), () -> {
                    throw new IOException("The line broke");
                }))
                .hasMessage("The line broke");
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
        Files.writeString(folder.resolve("x.part"), "of a process that was killed");
        new InputCache(folder, 100);
        assertThat(folder.resolve("x.part")).doesNotExist();
    }

    @Test
    void what_was_not_used_for_the_longest_time_goes_when_there_is_too_much() throws IOException {
        InputCache cache = new InputCache(folder, 10);
        read(cache, "aaaa");
        read(cache, "bbbb");
        Files.setLastModifiedTime(file("aaaa"), FileTime.from(Instant.now().minusSeconds(10)));
        Files.setLastModifiedTime(file("bbbb"), FileTime.from(Instant.now().minusSeconds(20)));
        read(cache, "cccc");
        assertThat(file("bbbb")).doesNotExist();
        assertThat(file("aaaa")).exists();
        assertThat(read(cache, "longer than all there may be")).startsWith("longer");
        assertThat(file("longer than all there may be")).exists();
        assertThat(file("aaaa")).doesNotExist();
    }
}
