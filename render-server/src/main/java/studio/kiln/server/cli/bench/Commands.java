package studio.kiln.server.cli.bench;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import studio.kiln.server.cli.CliFailure;
import studio.kiln.server.cli.ExitCode;
import studio.kiln.server.cli.Surroundings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Runs whole commands as a person would, against a data folder of the bench's own. */
final class Commands {
    private final Surroundings here;
    private final Path home;
    private final Path work;

    Commands(Surroundings here, Path home, Path work) {
        this.here = here;
        this.home = home;
        this.work = work;
    }

    /** What a command printed. */
    record Printed(String text) {
        JsonNode json() {
            return JsonMapper.shared().readTree(text);
        }
    }

    /** Threads of Blender in the server's one slot. */
    int threads() {
        return here.variable("KILN_THREADS")
                .map(Integer::parseInt)
                .filter(n -> n > 0)
                .orElse(Runtime.getRuntime().availableProcessors());
    }

    /** Runs {@code kiln}, by the launcher where there is one. */
    Printed kiln(String... args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        Path launcher = here.root().map(root -> root.resolve("kiln")).orElse(null);
        if (launcher != null && Files.isExecutable(launcher)) {
            command.add(launcher.toString());
        } else {
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(
                    List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED"));
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), "studio.kiln.server.cli.Main"));
        }
        command.addAll(List.of(args));
        File err = work.resolve("kiln.err").toFile();
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .redirectError(err);
        builder.environment().put("KILN_HOME", home.toString());
        builder.environment().put("KILN_BACKEND", "process");
        builder.environment().put("KILN_SLOTS", "1");
        builder.environment().remove("KILN_SERVER");
        Process process = builder.start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int exit = process.waitFor();
        if (exit != 0) {
            throw new CliFailure(
                    exit == ExitCode.NOTHING_RENDERS ? exit : ExitCode.FAILED,
                    "BENCH_FAILED",
                    "'kiln " + String.join(" ", args) + "' ended with " + exit + ": "
                            + Files.readString(err.toPath()).strip());
        }
        return new Printed(text);
    }

    void stopServer() throws IOException, InterruptedException {
        if (Files.exists(home.resolve("run"))) {
            kiln("stop");
        }
    }

    /** Runs plain Blender and gives the seconds that the whole command took. */
    double blender(String program, int threads, Path scene, Path out, String... what)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                program,
                "-b",
                scene.toString(),
                "-t",
                Integer.toString(threads),
                "-o",
                out.resolve("####").toString()));
        command.addAll(List.of(what));
        long start = System.nanoTime();
        Process process = new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .redirectErrorStream(true)
                .redirectOutput(work.resolve("blender.log").toFile())
                .start();
        int exit = process.waitFor();
        double seconds = (System.nanoTime() - start) / 1e9;
        if (exit != 0) {
            throw new CliFailure(
                    ExitCode.FAILED,
                    "BENCH_FAILED",
                    "Plain Blender ended with " + exit + ": '" + String.join(" ", command) + "'.");
        }
        return seconds;
    }
}
