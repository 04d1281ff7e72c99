package studio.kiln.server.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kiln image}. */
@Command(
        name = "image",
        description = "The image in which Kiln renders where there is a container engine.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = ImageCommand.Build.class,
        footer = {"", "Example:", "  kiln image build"})
public final class ImageCommand {
    private ImageCommand() {}

    @Command(
            name = "build",
            description = {
                "Builds the render image: Debian's Blender, or an official build that you have unpacked.",
                "Where no image registry can be reached it is made from Debian's packages alone, which needs root."
            },
            footer = {"", "Examples:", "  kiln image build", "  kiln image build --blender ~/blender-4.5.3-linux-x64"})
    static final class Build implements Callable<Integer> {
        private static final Path SCRIPT = Path.of("blender-scripts", "image", "build-image.sh");
        private static final Pattern TAG =
                Pattern.compile("[a-z0-9]+([._/-]+[a-z0-9]+)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?");
        private static final Pattern MADE = Pattern.compile("^(\\S+) holds Blender .*");

        private final Surroundings here;

        @Option(
                names = "--blender",
                paramLabel = "FOLDER",
                description = "An unpacked official build, which goes into the image.")
        @Nullable
        Path blender;

        @Option(
                names = "--tag",
                paramLabel = "NAME",
                description = "Name of the image. Without it kiln/blender:VERSION.")
        @Nullable
        String tag;

        @Option(
                names = "--method",
                paramLabel = "NAME",
                description = "auto, docker or debootstrap (default: ${DEFAULT-VALUE}).")
        String method = "auto";

        @Mixin
        ServerOptions server = new ServerOptions();

        Build(Surroundings here) {
            this.here = here;
        }

        @Override
        public Integer call() throws IOException, InterruptedException {
            if (!List.of("auto", "docker", "debootstrap").contains(method)) {
                throw CliFailure.unusable(
                        "BAD_USAGE", "'" + method + "' is not a method; there are auto, docker and debootstrap.");
            }
            if (tag != null && !TAG.matcher(tag).matches()) {
                throw CliFailure.unusable(
                        "BAD_USAGE",
                        "'" + tag
                                + "' is no name of an image; it is small letters, digits, dots, hyphens and slashes, and"
                                + " perhaps a colon and a version, such as kiln/blender:4.5.");
            }
            Path script = here.root().orElse(here.folder()).resolve(SCRIPT);
            if (!Files.isRegularFile(script)) {
                throw CliFailure.unusable(
                        "FILE_MISSING", "'" + script + "' is not there; start this with ./kiln in Kiln's own folder.");
            }
            if (Advice.find("docker").isEmpty()) {
                throw new CliFailure(
                        ExitCode.NOTHING_RENDERS,
                        "NO_CONTAINER_ENGINE",
                        "There is no Docker here, which the image is for. "
                                + Advice.install("docker.io")
                                        .map(c -> "Install it with: " + c + ".")
                                        .orElse("Install it from https://docs.docker.com/engine/install/."));
            }
            return build(command(script));
        }

        private List<String> command(Path script) {
            List<String> command = new ArrayList<>(List.of("sh", script.toString(), "--method", method));
            if (tag != null) {
                command.addAll(List.of("--tag", tag));
            }
            if (blender != null) {
                command.addAll(List.of("--blender", here.resolve(blender).toString()));
            }
            return command;
        }

        private int build(List<String> command) throws IOException, InterruptedException {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            Optional<String> made = Optional.empty();
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    here.out().println(line);
                    Matcher m = MADE.matcher(line);
                    if (m.matches()) {
                        made = Optional.of(m.group(1));
                    }
                }
            }
            int exit = process.waitFor();
            if (exit == 0 && made.isPresent()) {
                tellServer(made.get());
            }
            return exit == 0 || exit == ExitCode.UNUSABLE || exit == ExitCode.NOTHING_RENDERS ? exit : ExitCode.FAILED;
        }

        /** A server that runs looks for images only at its start. */
        private void tellServer(String image) {
            Optional<Connection> running = server.connectIfRunning(here);
            if (running.isPresent()) {
                try (Connection connection = running.get()) {
                    connection.client().addEngine(image);
                }
            }
        }
    }
}
