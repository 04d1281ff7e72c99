package studio.kiln.server.backend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The Blender of this machine and real files for it, for tests outside this package. */
public final class RealBlender {
    private RealBlender() {}

    public static Path program() throws IOException {
        return BlenderModels.program();
    }

    /** A cube, 32 x 24, two samples. */
    public static byte[] plain() throws IOException {
        return read("plain");
    }

    /** Renders for minutes. */
    public static byte[] slow() throws IOException {
        return read("slow");
    }

    /** A frame takes some tenths of a second. */
    public static byte[] bench() throws IOException {
        return read("bench");
    }

    private static byte[] read(String name) throws IOException {
        Path folder = Files.createTempDirectory("kiln-model");
        try {
            return Files.readAllBytes(folder.resolve(BlenderModels.put(name, folder)));
        } finally {
            Folders.delete(folder);
        }
    }

    /** Renders with nothing of Kiln's, as {@code 0001.png} and so on. */
    public static void animate(byte[] file, Path out, int from, int to) throws IOException {
        Path model = Files.write(out.resolve("plain.blend"), file);
        Process blender = new ProcessBuilder(List.of(
                        program().toString(),
                        "-b",
                        model.toString(),
                        "-o",
                        out + "/####",
                        "-s",
                        Integer.toString(from),
                        "-e",
                        Integer.toString(to),
                        "-a"))
                .redirectErrorStream(true)
                .redirectOutput(out.resolve("plain.log").toFile())
                .start();
        try {
            if (!blender.waitFor(300, TimeUnit.SECONDS) || blender.exitValue() != 0) {
                throw new IOException("Plain Blender failed: " + Files.readString(out.resolve("plain.log")));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        } finally {
            blender.destroyForcibly();
        }
    }
}
