package studio.kiln.server.cli.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Blender without Kiln: the program of this machine, or the one in the render image. */
enum PlainBlender {
    PROCESS("3.4.1", "process"),
    DOCKER("4.3.2", "docker");

    final String version;
    final String backend;

    PlainBlender(String version, String backend) {
        this.version = version;
        this.backend = backend;
    }

    /**
     * {@code blender -b FILE -o OUT -f N}.
     *
     * @param project folder that is given to Blender, with everything that the file names
     * @param file in that folder
     * @return the picture, or empty when plain Blender does not render the file
     */
    Optional<Path> render(Path project, String file, int frame, Path out) {
        try {
            Files.createDirectories(out);
            int exit = run(project, out, "-b", IN + file, "-o", OUT + "plain_####", "-f", Integer.toString(frame));
            try (Stream<Path> files = Files.list(out)) {
                List<Path> pictures = files.filter(
                                f -> f.getFileName().toString().startsWith("plain_"))
                        .filter(f -> f.toString().matches(".*\\.(png|jpg|jpeg|tif|tiff|bmp)"))
                        .toList();
                return exit == 0 && pictures.size() == 1 ? Optional.of(pictures.getFirst()) : Optional.empty();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Renders frames as {@code 0001.png} and so on. */
    void animate(Path project, String file, int from, int to, Path out) throws IOException {
        Files.createDirectories(out);
        int exit = run(
                project,
                out,
                "-b",
                IN + file,
                "-o",
                OUT + "####",
                "-s",
                Integer.toString(from),
                "-e",
                Integer.toString(to),
                "-a");
        if (exit != 0) {
            throw new IOException("Plain Blender ended with " + exit);
        }
    }

    /** Plain Blender keeps the shaders that it has compiled as well. */
    private static final Path SHADERS = temporary();

    private static Path temporary() {
        try {
            Path folder = Files.createTempDirectory("plain-shaders");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> Kiln.delete(folder)));
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a script of Python after opening the file. */
    int script(Path project, String file, Path out, String python) {
        try {
            Files.createDirectories(out);
            return run(project, out, "-b", IN + file, "--python-exit-code", "7", "--python-expr", python);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final String IN = "@in/";
    private static final String OUT = "@out/";

    private int run(Path project, Path out, String... args) throws IOException {
        List<String> command = new ArrayList<>();
        String in = project + "/";
        String to = out + "/";
        if (this == DOCKER) {
            command.addAll(List.of(
                    "docker",
                    "run",
                    "--rm",
                    "--network",
                    "none",
                    "--user",
                    "0",
                    "-v",
                    project + ":/in",
                    "-v",
                    out + ":/out",
                    "-v",
                    SHADERS + ":/shaders",
                    "-e",
                    "MESA_SHADER_CACHE_DIR=/shaders",
                    "kiln/blender:4.3"));
            in = "/in/";
            to = "/out/";
        }
        command.addAll(List.of("blender", "--factory-startup", "-t", "2"));
        for (String arg : args) {
            command.add(arg.replace(IN, in).replace(OUT, to));
        }
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(out.resolve("blender.log").toFile())
                .start();
        process.getOutputStream().close();
        try {
            if (!process.waitFor(5, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                throw new AssertionError(command + " did not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        return process.exitValue();
    }
}
