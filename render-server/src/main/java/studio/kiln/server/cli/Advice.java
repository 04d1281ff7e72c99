package studio.kiln.server.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The command that closes a gap on this system. */
public final class Advice {
    private Advice() {}

    /** How to get a Blender, of the kind that {@code KILN_BACKEND} allows. */
    public static String blender(Surroundings here) {
        if (onlyContainers(here)) {
            return "KILN_BACKEND allows only containers: start the Docker engine and make the render image with: kiln"
                    + " image build ; or leave KILN_BACKEND away and start the server anew with: kiln stop";
        }
        return install("blender")
                        .map(command -> "Install Blender with: " + command + " ; or name")
                        .orElse("Install Blender from https://www.blender.org/download/ and name")
                + " one that lies elsewhere with: kiln engines add PATH ; or, with Docker, make the render image with:"
                + " kiln image build";
    }

    static boolean onlyContainers(Surroundings here) {
        return here.variable("KILN_BACKEND").filter("docker"::equals).isPresent();
    }

    /** The command that installs packages here, or empty where there is no package manager that is known. */
    public static Optional<String> install(String... packages) {
        String names = String.join(" ", packages);
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        if (os.contains("mac")) {
            return onPath("brew") ? Optional.of("brew install --cask " + names) : Optional.empty();
        }
        if (onPath("apt-get")) {
            return Optional.of("sudo apt-get install -y " + names);
        }
        if (onPath("dnf")) {
            return Optional.of("sudo dnf install -y " + names);
        }
        if (onPath("pacman")) {
            return Optional.of("sudo pacman -S " + names);
        }
        return onPath("zypper") ? Optional.of("sudo zypper install -y " + names) : Optional.empty();
    }

    /** Where the program lies that a shell would start, if anywhere. */
    public static Optional<Path> find(String program) {
        String path = System.getenv("PATH");
        return Stream.of((path == null ? "" : path).split(java.io.File.pathSeparator))
                .filter(folder -> !folder.isEmpty())
                .flatMap(folder -> List.of(program, program + ".exe").stream().map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    static boolean onPath(String program) {
        return find(program).isPresent();
    }
}
