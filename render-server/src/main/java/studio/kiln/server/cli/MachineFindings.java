package studio.kiln.server.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import studio.kiln.server.ops.Finding;

/** What can be seen of this machine without a server. */
final class MachineFindings {
    private static final long LITTLE = 5_000_000_000L;

    private MachineFindings() {}

    static List<Finding> all(Surroundings here) {
        List<Finding> findings = new ArrayList<>();
        findings.add(java());
        findings.add(cores());
        findings.add(data(here.dataFolder()));
        findings.add(containerEngine(here));
        findings.add(containment());
        findings.add(display(here));
        return findings;
    }

    private static Finding java() {
        Runtime.Version version = Runtime.version();
        String found =
                version + " (" + System.getProperty("java.vendor") + ", " + System.getProperty("java.home") + ")";
        return version.feature() >= 25
                ? Finding.good("jdk", found)
                : Finding.gap(
                        "jdk",
                        found + " is too old",
                        Advice.install("openjdk-25-jdk-headless")
                                .orElse("install JDK 25 from https://adoptium.net/temurin/releases/?version=25"));
    }

    private static Finding cores() {
        return Finding.good(
                "machine",
                Text.count(Runtime.getRuntime().availableProcessors(), "core") + ", " + System.getProperty("os.name")
                        + " " + System.getProperty("os.version") + " " + System.getProperty("os.arch"));
    }

    private static Finding data(Path folder) {
        Path existing = folder.toAbsolutePath();
        while (existing.getParent() != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        return Files.isWritable(existing)
                ? Finding.good("data folder", folder.toString())
                : Finding.gap(
                        "data folder",
                        folder + " cannot be written",
                        "export KILN_HOME=FOLDER   # with a folder that you may write to");
    }

    static Finding disk(long free, long used, @Nullable String folder) {
        String found =
                Text.bytes(free) + " free, Kiln keeps " + Text.bytes(used) + (folder == null ? "" : " in " + folder);
        return free > LITTLE
                ? Finding.good("disk", found)
                : Finding.gap(
                        "disk", found + "; that is little", "export KILN_HOME=FOLDER   # on a disk with more room");
    }

    private static Finding containerEngine(Surroundings here) {
        Optional<Path> docker = Advice.find("docker");
        if (docker.isEmpty()) {
            return missing(
                    here,
                    Advice.onlyContainers(here)
                            ? "none, and KILN_BACKEND allows nothing else"
                            : "none; Blender runs as a process",
                    Advice.install("docker.io").orElse("install Docker from https://docs.docker.com/engine/install/"));
        }
        Answer answer = ask(docker.get().toString(), "version", "--format", "{{.Server.Version}}");
        if (answer.exit() != 0) {
            return missing(
                    here,
                    "Docker is installed and no engine answers: " + answer.firstLine(),
                    answer.text().contains("permission denied")
                            ? "sudo usermod -aG docker \"$USER\"   # and sign in anew"
                            : "sudo systemctl start docker   # or, where there is no systemd: sudo dockerd");
        }
        Answer images = ask(
                docker.get().toString(),
                "images",
                "--filter",
                "label=studio.kiln.image=1",
                "--format",
                "{{.Repository}}:{{.Tag}}");
        String names = String.join(", ", images.text().lines().toList());
        return names.isBlank()
                ? Finding.note(
                        "container engine",
                        "Docker " + answer.firstLine() + ", without a render image",
                        "kiln image build")
                : Finding.good("container engine", "Docker " + answer.firstLine() + " with " + names);
    }

    private static Finding missing(Surroundings here, String found, String remedy) {
        return Advice.onlyContainers(here)
                ? Finding.gap("container engine", found, remedy)
                : Finding.note("container engine", found, remedy);
    }

    private static Finding containment() {
        if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux")) {
            return Finding.note("containment", "Blender as a process can do all that you can; containers shut it in");
        }
        return Advice.find("bwrap")
                .map(path -> Finding.good("containment", "bubblewrap (" + path + ") for Blender as a process"))
                .orElseGet(() -> Finding.note(
                        "containment",
                        "no bubblewrap, so Blender as a process can do all that you can",
                        Advice.install("bubblewrap").orElse("install bubblewrap")));
    }

    private static Finding display(Surroundings here) {
        Optional<String> display = here.variable("WAYLAND_DISPLAY").or(() -> here.variable("DISPLAY"));
        boolean other =
                !System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux");
        if (other) {
            return Finding.good("display", "the system's own");
        }
        return display.map(name -> Finding.good("display", name))
                .orElseGet(() -> Finding.note(
                        "display",
                        "none; everything but the studio works",
                        "export DISPLAY=:0   # where there is one"));
    }

    private record Answer(int exit, String text) {
        String firstLine() {
            return text.lines().findFirst().orElse("");
        }
    }

    private static Answer ask(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return new Answer(-1, "it does not answer within 10 s");
            }
            return new Answer(
                    process.exitValue(),
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip());
        } catch (IOException e) {
            return new Answer(-1, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Answer(-1, "interrupted");
        }
    }
}
