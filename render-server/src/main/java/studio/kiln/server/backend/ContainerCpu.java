package studio.kiln.server.backend;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** CPU time of a container, from the control groups of Linux where they can be seen. */
final class ContainerCpu {
    private static final List<String> SECOND =
            List.of("/sys/fs/cgroup/system.slice/docker-%s.scope/cpu.stat", "/sys/fs/cgroup/docker/%s/cpu.stat");
    private static final List<String> FIRST = List.of(
            "/sys/fs/cgroup/cpuacct/docker/%s/cpuacct.usage",
            "/sys/fs/cgroup/cpu,cpuacct/docker/%s/cpuacct.usage",
            "/sys/fs/cgroup/cpuacct/system.slice/docker-%s.scope/cpuacct.usage");

    private ContainerCpu() {}

    static Optional<Duration> used(String container) {
        for (String pattern : SECOND) {
            Optional<Duration> time = read(pattern.formatted(container))
                    .flatMap(text -> text.lines()
                            .filter(line -> line.startsWith("usage_usec "))
                            .findFirst())
                    .map(line ->
                            Duration.ofNanos(Long.parseLong(line.substring(11).strip()) * 1000));
            if (time.isPresent()) {
                return time;
            }
        }
        for (String pattern : FIRST) {
            Optional<Duration> time =
                    read(pattern.formatted(container)).map(text -> Duration.ofNanos(Long.parseLong(text.strip())));
            if (time.isPresent()) {
                return time;
            }
        }
        return Optional.empty();
    }

    private static Optional<String> read(String file) {
        try {
            return Optional.of(Files.readString(Path.of(file), StandardCharsets.US_ASCII));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
