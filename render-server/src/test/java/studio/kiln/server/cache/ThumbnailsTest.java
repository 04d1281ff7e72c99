package studio.kiln.server.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.storage.LocalBlobStore;

@Tag("contract")
class ThumbnailsTest {
    @TempDir
    Path folder;

    private LocalBlobStore store;
    private Thumbnails thumbnails;

    @BeforeEach
    void open() throws IOException {
        store = new LocalBlobStore(folder);
        thumbnails = new Thumbnails(store, folder.resolve("cache"), 1 << 20);
    }

    @Test
    void aLargePictureIsShrunkInProportion() throws Exception {
        BufferedImage image = new BufferedImage(640, 360, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 360; y++) {
            for (int x = 0; x < 640; x++) {
                image.setRGB(x, y, (x + y) % 2 == 0 ? 0xff0000 : 0x0000ff);
            }
        }
        BufferedImage small = read(thumbnails.of(png(image), "png", 160));
        assertThat(small.getWidth()).isEqualTo(160);
        assertThat(small.getHeight()).isEqualTo(90);
        assertThat(small.getRGB(80, 45)).as("the mean of red and blue").isEqualTo(0xff800080);
    }

    @Test
    void aSmallPictureKeepsItsSize() throws Exception {
        BufferedImage small =
                read(thumbnails.of(png(new BufferedImage(33, 25, BufferedImage.TYPE_INT_RGB)), "png", 320));
        assertThat(small.getWidth()).isEqualTo(33);
        assertThat(small.getHeight()).isEqualTo(25);
    }

    @Test
    void whatIsTransparentStaysSoAndDarkensNothing() throws Exception {
        BufferedImage image = new BufferedImage(4, 2, BufferedImage.TYPE_INT_ARGB);
        image.setRGB(0, 0, 0xffffffff);
        BufferedImage small = read(thumbnails.of(png(image), "png", 2));
        assertThat(small.getRGB(1, 0) >>> 24).isZero();
        assertThat(small.getRGB(0, 0)).isEqualTo(0x40ffffff);
    }

    @Test
    void anExrOfHalvesIsShownInTheCurveOfTheScreen() throws Exception {
        BufferedImage image = read(thumbnails.of(sample("combined.exr"), "exr", 64));
        assertThat(image.getWidth()).isEqualTo(32);
        assertThat(image.getHeight()).isEqualTo(24);
        assertThat(image.getColorModel().hasAlpha()).isTrue();
        int differs = 0;
        BufferedImage plain = ImageIO.read(getClass().getResourceAsStream("combined.png"));
        for (int y = 0; y < 24; y++) {
            for (int x = 0; x < 32; x++) {
                for (int shift = 0; shift <= 24; shift += 8) {
                    int a = image.getRGB(x, y) >> shift & 0xff;
                    int b = plain.getRGB(x, y) >> shift & 0xff;
                    differs = Math.max(differs, Math.abs(a - b));
                }
            }
        }
        assertThat(differs).as("from what Blender itself wrote as PNG").isLessThanOrEqualTo(2);
    }

    @Test
    void anExrOfSeveralLayersShowsTheCombinedOne() throws Exception {
        BufferedImage image = read(thumbnails.of(sample("multilayer.exr"), "exr", 64));
        BufferedImage plain = read(thumbnails.of(sample("combined.exr"), "exr", 64));
        assertThat(image.getRGB(16, 12)).isEqualTo(plain.getRGB(16, 12));
    }

    @Test
    void aPictureIsDecodedOnce() throws Exception {
        Sha256 picture = png(new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB));
        byte[] first = thumbnails.of(picture, "png", 32);
        store.delete(picture);
        assertThat(thumbnails.of(picture, "png", 32)).isEqualTo(first);
        assertThatThrownBy(() -> thumbnails.of(picture, "png", 31)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void whatCannotBeShownIsSaidInASentence() throws Exception {
        Sha256 junk =
                store.put(new ByteArrayInputStream(new byte[] {1, 2, 3}), null).digest();
        for (String extension : new String[] {"exr", "tga", "png"}) {
            assertThatThrownBy(() -> thumbnails.of(junk, extension, 64))
                    .isInstanceOfSatisfying(
                            ApiException.class, e -> assertThat(e.status()).isEqualTo(415))
                    .hasMessageContaining("Download it");
        }
    }

    @Test
    void theKeptFilesStayBelowTheirLimit() throws Exception {
        Thumbnails few = new Thumbnails(store, folder.resolve("few"), 20_000);
        for (int i = 0; i < 200; i++) {
            BufferedImage image = new BufferedImage(20, 20, BufferedImage.TYPE_INT_RGB);
            for (int p = 0; p < 400; p++) {
                image.setRGB(p % 20, p / 20, (p * 7919 + i) * 104729);
            }
            few.of(png(image), "png", 20);
        }
        try (Stream<Path> files = Files.walk(folder.resolve("few"))) {
            long bytes = files.filter(Files::isRegularFile)
                    .mapToLong(f -> f.toFile().length())
                    .sum();
            assertThat(bytes).isPositive().isLessThanOrEqualTo(20_000);
        }
    }

    private Sha256 png(BufferedImage image) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(image, "png", bytes);
        return store.put(new ByteArrayInputStream(bytes.toByteArray()), null).digest();
    }

    private Sha256 sample(String name) throws IOException {
        try (var in = getClass().getResourceAsStream(name)) {
            return store.put(in, null).digest();
        }
    }

    private static BufferedImage read(byte[] png) throws IOException {
        return ImageIO.read(new ByteArrayInputStream(png));
    }
}
