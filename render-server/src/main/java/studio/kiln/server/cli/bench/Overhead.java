package studio.kiln.server.cli.bench;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import studio.kiln.server.cli.CliFailure;
import studio.kiln.server.cli.ExitCode;
import studio.kiln.server.cli.StatusLine;
import studio.kiln.server.cli.Surroundings;
import studio.kiln.server.cli.Text;
import tools.jackson.databind.JsonNode;

/** Measures the three ways to the same frames, by the wall time of whole commands. */
final class Overhead {
    private final StatusLine status;
    private final Path scene;
    private final int frames;
    private final int rounds;
    private final Commands commands;
    private final Path work;
    private int runs;

    Overhead(Surroundings here, StatusLine status, Path scene, int frames, int rounds) throws IOException {
        this.status = status;
        this.scene = scene;
        this.frames = frames;
        this.rounds = rounds;
        this.work = Files.createTempDirectory("kiln-bench");
        this.commands = new Commands(here, work.resolve("home"), work);
    }

    record Engine(String version, String backend, String place) {}

    /**
     * Seconds of every run, in order.
     *
     * @param separateSeconds of each single run of Blender
     */
    record Measured(
            String name,
            double vsAnimation,
            double vsSeparate,
            int frames,
            int rounds,
            int threads,
            Engine engine,
            List<Double> kilnSeconds,
            List<Double> animationSeconds,
            List<Double> separateSeconds) {
        @JsonIgnore
        double kiln() {
            return median(kilnSeconds);
        }

        @JsonIgnore
        double animation() {
            return median(animationSeconds);
        }

        @JsonIgnore
        double separate() {
            return separateSeconds.stream().mapToDouble(Double::doubleValue).sum();
        }
    }

    Measured measure() throws IOException, InterruptedException {
        try {
            status.say("Starting a server of its own, and rendering a frame so that everything is warm\u2026");
            Engine engine = warmUp();
            int threads = commands.threads();
            List<Double> kiln = new ArrayList<>();
            List<Double> animation = new ArrayList<>();
            List<Double> separate = new ArrayList<>();
            for (int round = 0; round < rounds; round++) {
                // the order changes, so that none always comes after the same one
                for (int turn = 0; turn < 3; turn++) {
                    switch ((turn + round) % 3) {
                        case 0 -> animation.add(animation(engine, threads));
                        case 1 -> kiln.add(throughKiln(engine));
                        default -> separate.addAll(separate(engine, threads, round));
                    }
                }
            }
            double all = separate.stream().mapToDouble(Double::doubleValue).sum();
            return new Measured(
                    "overhead",
                    rounded(median(kiln) / median(animation)),
                    rounded(median(kiln) / all),
                    frames,
                    rounds,
                    threads,
                    engine,
                    kiln,
                    animation,
                    separate);
        } finally {
            commands.stopServer();
            Folders.delete(work);
        }
    }

    private Engine warmUp() throws IOException, InterruptedException {
        JsonNode report = render("1");
        String version = report.path("engine").path("version").asString();
        String backend = report.path("engine").path("backend").asString();
        for (JsonNode engine : commands.kiln("engines", "list", "--json").json()) {
            if (engine.path("version").asString().equals(version)
                    && engine.path("backend").asString().equals(backend)
                    && backend.equals("process")) {
                return new Engine(version, backend, engine.path("place").asString());
            }
        }
        throw new CliFailure(
                ExitCode.NOTHING_RENDERS,
                "NO_ENGINE",
                "The scene was rendered by Blender " + version + " in the backend '" + backend
                        + "'; this measures Blender as a process: install one, or name it in KILN_BLENDER.");
    }

    private double throughKiln(Engine engine) throws IOException, InterruptedException {
        long start = System.nanoTime();
        JsonNode report = render("1-" + frames);
        double seconds = since(start);
        if (report.path("results").size() != frames
                || !report.path("engine").path("version").asString().equals(engine.version())) {
            throw wrong("kiln render gave " + report.path("results").size() + " of " + frames + " frames");
        }
        say("kiln render", seconds);
        return seconds;
    }

    private JsonNode render(String range) throws IOException, InterruptedException {
        Path out = work.resolve("kiln-" + runs++);
        JsonNode report = commands.kiln(
                        "render", scene.toString(), "--frames", range, "--fresh", "-o", out.toString(), "--json")
                .json();
        if (!report.path("status").asString().equals("done")) {
            throw wrong("kiln render ended as " + report.path("status").asString() + ": "
                    + report.path("problem").path("message").asString());
        }
        return report;
    }

    private double animation(Engine engine, int threads) throws IOException, InterruptedException {
        Path out = work.resolve("animation-" + runs++);
        double seconds =
                commands.blender(engine.place(), threads, scene, out, "-s", "1", "-e", Integer.toString(frames), "-a");
        expect(out, frames);
        say("blender -b -a", seconds);
        return seconds;
    }

    /** This round's share of the frames, each by a Blender of its own. */
    private List<Double> separate(Engine engine, int threads, int round) throws IOException, InterruptedException {
        Path out = work.resolve("separate-" + runs++);
        List<Integer> share = IntStream.rangeClosed(1, frames)
                .filter(frame -> frame % rounds == round)
                .boxed()
                .toList();
        List<Double> seconds = new ArrayList<>();
        for (int frame : share) {
            seconds.add(commands.blender(engine.place(), threads, scene, out, "-f", Integer.toString(frame)));
            status.show("separate runs: " + seconds.size() + " of " + share.size());
        }
        expect(out, share.size());
        say(
                share.size() + " separate runs",
                seconds.stream().mapToDouble(Double::doubleValue).sum());
        return seconds;
    }

    private void expect(Path folder, int pictures) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            long found = files.count();
            if (found != pictures) {
                throw wrong("plain Blender wrote " + found + " of " + pictures + " frames");
            }
        }
    }

    private static CliFailure wrong(String what) {
        return new CliFailure(ExitCode.FAILED, "BENCH_FAILED", "The measurement failed: " + what + ".");
    }

    private void say(String what, double seconds) {
        status.say(String.format("  %-20s %s", what, Text.seconds(seconds)));
    }

    private static double since(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static double rounded(double ratio) {
        return Math.round(ratio * 1000) / 1000.0;
    }

    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().collect(Collectors.toList());
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
