package studio.kiln.core.asset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnzipTest {
    private static final Unzip.Limits LIMITS = new Unzip.Limits(10, 1 << 20, 20, 10_000);

    @TempDir
    Path folder;

    @Test
    void namesOfEveryScriptComeOutAsTheyWentIn() throws IOException {
        unpack(zip(
                StandardCharsets.UTF_8,
                "\u00fcn\u00ef c\u00f3de \u65e5\u672c/sc\u00e8ne 01.blend",
                "\ud83d\udd25.png"));
        assertThat(out("\u00fcn\u00ef c\u00f3de \u65e5\u672c/sc\u00e8ne 01.blend"))
                .exists();
        assertThat(out("\ud83d\udd25.png")).exists();
    }

    @Test
    void namesInTheCodePageOfOldToolsAreRead() throws IOException {
        unpack(zip(Charset.forName("IBM437"), "K\u00fcche.blend"));
        assertThat(out("K\u00fcche.blend")).exists();
    }

    @ParameterizedTest
    @ValueSource(strings = {"../evil.blend", "a/../../evil.blend", "/etc/evil.blend", "C:/evil.blend", "a\\b.blend"})
    void pathsThatLeaveTheArchiveAreRefused(String path) throws IOException {
        Path zip = zip(StandardCharsets.UTF_8, "good.blend", path);
        assertThatThrownBy(() -> unpack(zip)).isInstanceOf(UnusablePath.class).hasMessageContaining(path);
        assertThat(out("good.blend")).as("nothing is written of a bad archive").doesNotExist();
    }

    @Test
    void namesThatClashAreRefused() throws IOException {
        Path cases = zip(StandardCharsets.UTF_8, "Wood.png", "wood.png");
        assertThatThrownBy(() -> unpack(cases)).isInstanceOf(UnusablePath.class).hasMessageContaining("only by case");
        Path forms = zip(StandardCharsets.UTF_8, "\u00e9.png", "e\u0301.png");
        assertThatThrownBy(() -> unpack(forms)).isInstanceOf(UnusablePath.class);
        Path both = zip(StandardCharsets.UTF_8, "a", "a/b.png");
        assertThatThrownBy(() -> unpack(both)).isInstanceOf(UnusablePath.class).hasMessageContaining("also the folder");
    }

    @ParameterizedTest
    @ValueSource(ints = {0120777, 0020666, 0060666, 0010666, 0140666})
    void linksAndDevicesAreRefused(int mode) throws IOException {
        Path zip = zip(StandardCharsets.UTF_8, "pot.blend", "tex.png");
        patch(zip, "tex.png", entry -> {
            entry.put(5, (byte) 3);
            entry.putInt(38, mode << 16);
        });
        assertThatThrownBy(() -> unpack(zip))
                .isInstanceOf(UnusablePath.class)
                .hasMessageContaining("'tex.png'")
                .hasMessageContaining("link or a device");
    }

    @Test
    void ordinaryFilesOfUnixAreTaken() throws IOException {
        Path zip = zip(StandardCharsets.UTF_8, "pot.blend");
        patch(zip, "pot.blend", entry -> {
            entry.put(5, (byte) 3);
            entry.putInt(38, 0100644 << 16);
        });
        unpack(zip);
        assertThat(out("pot.blend")).exists();
    }

    @Test
    void encryptedFilesAreRefused() throws IOException {
        Path zip = zip(StandardCharsets.UTF_8, "pot.blend");
        patch(zip, "pot.blend", entry -> entry.putShort(8, (short) (entry.getShort(8) | 1)));
        assertThatThrownBy(() -> unpack(zip)).isInstanceOf(UnusablePath.class).hasMessageContaining("encrypted");
    }

    @Test
    void tooManyFilesAreRefused() throws IOException {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 11; i++) {
            names.add(i + ".png");
        }
        Path zip = zip(StandardCharsets.UTF_8, names.toArray(String[]::new));
        assertThatThrownBy(() -> unpack(zip))
                .isInstanceOf(UnusablePath.class)
                .hasMessageContaining("more than 10 files");
    }

    @Test
    void foldersInTooManyLayersAreRefused() throws IOException {
        Path zip = zip(StandardCharsets.UTF_8, "a/".repeat(64) + "pot.blend");
        assertThatThrownBy(() -> unpack(zip)).isInstanceOf(UnusablePath.class).hasMessageContaining("layers");
    }

    @Test
    void anArchiveThatGrowsBeyondMeasureIsRefused() throws IOException {
        Path bomb = zip(StandardCharsets.UTF_8, new byte[500_000], "pot.blend");
        assertThat(Files.size(bomb)).isLessThan(25_000);
        assertThatThrownBy(() -> unpack(bomb)).isInstanceOf(UnusablePath.class).hasMessageContaining("far more");
        byte[] noise = new byte[600_000];
        new java.util.Random(1).nextBytes(noise);
        Path large = zip(StandardCharsets.UTF_8, noise, "a.blend", "b.png");
        assertThatThrownBy(() -> unpack(large)).isInstanceOf(UnusablePath.class).hasMessageContaining("far more");
    }

    @Test
    void whatIsNoZipIsSaidSo() throws IOException {
        Path junk = Files.writeString(folder.resolve("junk.zip"), "this is no zip at all, but long enough to be one");
        assertThatThrownBy(() -> unpack(junk))
                .isInstanceOf(UnusablePath.class)
                .hasMessageContaining("damaged or no zip");
        Path whole = zip(StandardCharsets.UTF_8, "pot.blend", "tex.png");
        byte[] bytes = Files.readAllBytes(whole);
        for (int cut = 0; cut < bytes.length; cut += 7) {
            Path part = folder.resolve("cut.zip");
            Files.write(part, java.util.Arrays.copyOf(bytes, cut));
            assertThatThrownBy(() -> unpack(part)).as("cut at %d", cut).isInstanceOf(UnusablePath.class);
        }
    }

    @Property(tries = 300)
    void whateverTheNamesAreNothingIsWrittenOutside(@ForAll("names") String name) throws IOException {
        Path base = Files.createTempDirectory("unzip");
        try {
            Path zip = base.resolve("x.zip");
            try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
                out.putNextEntry(new ZipEntry(name));
                out.write(1);
                out.closeEntry();
            }
            Path target = Files.createDirectories(base.resolve("deep/target"));
            try {
                Unzip.unpack(zip, target, LIMITS);
            } catch (UnusablePath e) {
                assertThat(e.getMessage()).endsWith(".");
            }
            try (Stream<Path> all = Files.walk(base)) {
                assertThat(all.filter(Files::isRegularFile).filter(f -> !f.equals(zip)))
                        .allMatch(f -> f.startsWith(target));
            }
        } finally {
            try (Stream<Path> all = Files.walk(base)) {
                all.sorted(Comparator.reverseOrder()).forEach(UnzipTest::delete);
            }
        }
    }

    @Provide
    Arbitrary<String> names() {
        return Arbitraries.of("..", ".", "/", "//", "\\", "C:", "a", "b.blend", "\u00e9", "~", " ", "*", "\u0001")
                .list()
                .ofMinSize(1)
                .ofMaxSize(8)
                .map(parts -> String.join("", parts));
    }

    private void unpack(Path zip) throws IOException {
        Unzip.unpack(zip, Files.createDirectories(folder.resolve("out")), LIMITS);
    }

    private Path out(String path) {
        return folder.resolve("out").resolve(path);
    }

    private Path zip(Charset charset, String... names) throws IOException {
        return zip(charset, new byte[] {1, 2, 3}, names);
    }

    private Path zip(Charset charset, byte[] content, String... names) throws IOException {
        Path zip = Files.createTempFile(folder, "made", ".zip");
        try (OutputStream out = Files.newOutputStream(zip);
                ZipOutputStream packed = new ZipOutputStream(out, charset)) {
            for (String name : names) {
                packed.putNextEntry(new ZipEntry(name));
                packed.write(content);
                packed.closeEntry();
            }
        }
        return zip;
    }

    /** Changes the entry of a name in the archive's directory. */
    private static void patch(Path zip, String name, java.util.function.Consumer<ByteBuffer> change)
            throws IOException {
        ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(zip)).order(ByteOrder.LITTLE_ENDIAN);
        byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
        for (int at = 0; at < all.capacity() - 46; at++) {
            if (all.getInt(at) == 0x02014b50
                    && all.slice(at + 46, wanted.length).equals(ByteBuffer.wrap(wanted))) {
                change.accept(all.slice(at, 46).order(ByteOrder.LITTLE_ENDIAN));
            }
        }
        Files.write(zip, all.array());
    }

    private static void delete(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
