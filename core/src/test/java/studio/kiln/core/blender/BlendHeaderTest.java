package studio.kiln.core.blender;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The beginnings of files in {@code headers/} are those of real ones, written by Blender 3.1 and 5.2. */
class BlendHeaderTest {
    @ParameterizedTest
    @CsvSource({
        "classic-301.bin, 3.1.0, NONE",
        "gzip-301.bin, 3.1.0, GZIP",
        "zstandard-301.bin, 3.1.0, ZSTANDARD",
        "large-502.bin, 5.2.0, NONE",
        "zstandard-502.bin, 5.2.0, ZSTANDARD"
    })
    void the_version_is_read_from_every_form_of_header(String name, String version, BlendHeader.Packing packing)
            throws Exception {
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("/headers/" + name))) {
            assertThat(BlendHeader.read(in)).isEqualTo(new BlendHeader(BlenderVersion.parse(version), packing));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "B",
                "BLENDER",
                "BLENDER-v3",
                "BLENDER-x304RENDH",
                "PK\u0003\u0004",
                "hello, world, this is a text",
                "BLENDER17-01v05"
            })
    void what_is_no_blend_is_refused_by_a_sentence(String start) {
        assertThatThrownBy(() -> read(start.getBytes(StandardCharsets.ISO_8859_1)))
                .isInstanceOf(NotABlend.class)
                .hasMessageEndingWith(".");
    }

    @Test
    void a_pointer_of_git_lfs_is_called_what_it_is() {
        String pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
        assertThatThrownBy(() -> read(pointer.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(NotABlend.class)
                .hasMessageContaining("git lfs pull");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip-301.bin", "zstandard-301.bin"})
    void a_packed_file_that_was_cut_off_in_its_header_is_called_damaged(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("/headers/" + name))) {
            byte[] whole = in.readAllBytes();
            assertThatThrownBy(() -> read(Arrays.copyOf(whole, 14))).isInstanceOf(NotABlend.class);
        }
    }

    private static BlendHeader read(byte[] bytes) throws IOException, NotABlend {
        return BlendHeader.read(new ByteArrayInputStream(bytes));
    }
}
