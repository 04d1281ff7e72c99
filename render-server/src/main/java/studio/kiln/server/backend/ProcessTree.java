package studio.kiln.server.backend;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The processes that belong to a session: what was started, its children at any depth, and, on Linux, every process that
 * bears the session's mark in its environment, so that a child that left its parent is found too.
 */
final class ProcessTree {
    /** Name of the environment variable that marks every process of a session: {@code DATA-FOLDER/SESSION}. */
    static final String MARK = "KILN_SESSION";

    private static final Path PROC = Path.of("/proc");
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int STATE = 0;

    private ProcessTree() {}

    /**
     * Ends them all at once and returns when none is left.
     *
     * @param mark value of {@link #MARK}
     * @return whether they are verified dead; false only when the system did not end one within ten seconds
     */
    static boolean kill(ProcessHandle first, String mark) {
        Set<ProcessHandle> known = new HashSet<>();
        known.add(first);
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            first.descendants().forEach(known::add);
            for (ProcessHandle handle : List.copyOf(known)) {
                handle.descendants().forEach(known::add);
            }
            known.addAll(marked(mark::equals));
            known.removeIf(ProcessTree::dead);
            if (known.isEmpty()) {
                return true;
            }
            if (System.nanoTime() > end) {
                return false;
            }
            known.forEach(ProcessHandle::destroyForcibly);
            pause();
        }
    }

    /** Processes whose mark passes the test; none where there is no {@code /proc}. */
    static List<ProcessHandle> marked(Predicate<String> mark) {
        List<ProcessHandle> found = new ArrayList<>();
        if (!Files.isDirectory(PROC)) {
            return found;
        }
        long self = ProcessHandle.current().pid();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : all) {
                long pid = Long.parseLong(process.getFileName().toString());
                String value = pid == self ? "" : mark(process);
                if (!value.isEmpty() && mark.test(value)) {
                    ProcessHandle.of(pid).ifPresent(found::add);
                }
            }
        } catch (IOException | NumberFormatException e) {
            return found;
        }
        return found;
    }

    private static String mark(Path process) {
        try {
            String environment = Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1);
            for (String variable : environment.split("\0", -1)) {
                if (variable.startsWith(MARK + "=")) {
                    return variable.substring(MARK.length() + 1);
                }
            }
        } catch (IOException e) {
            // Gone meanwhile, or somebody else's.
            return "";
        }
        return "";
    }

    /** CPU time of the process and all below it that still run. */
    static Duration cpuTime(ProcessHandle first) {
        Duration sum = first.info().totalCpuDuration().orElse(Duration.ZERO);
        return first.descendants()
                .map(child -> child.info().totalCpuDuration().orElse(Duration.ZERO))
                .reduce(sum, Duration::plus);
    }

    // A dead child whose parent does not ask for its end stays as a zombie, which Java takes for alive.
    private static boolean dead(ProcessHandle handle) {
        if (!handle.isAlive()) {
            return true;
        }
        Path stat = PROC.resolve(Long.toString(handle.pid())).resolve("stat");
        if (!Files.isDirectory(PROC)) {
            return false;
        }
        try {
            String text = Files.readString(stat, StandardCharsets.ISO_8859_1);
            char state = text.substring(text.lastIndexOf(')') + 2).charAt(STATE);
            return state == 'Z' || state == 'X';
        } catch (IOException | StringIndexOutOfBoundsException e) {
            return true;
        }
    }

    private static void pause() {
        try {
            Thread.sleep(5);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            Thread.onSpinWait();
        }
    }
}
