package studio.kiln.server.node;

import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a node works.
 *
 * @param home Kiln's data folder; the node uses {@code node/} and {@code run/sessions/} in it
 * @param proofs where it is kept what engines have proved; nodes of one machine may share it
 * @param name of the machine, for people
 * @param slots how many chunks it renders at the same time, 1 or more
 * @param threads of Blender in each slot
 * @param memoryBytes limit for one session, 0 for none
 * @param idle after this time without work a session ends
 * @param ready how long a Blender may take until it takes requests
 * @param hang without CPU time, output or events for so long a session counts as hung
 * @param hangAfterSave as {@code hang}, when all pictures are there
 * @param outage how long results are held for a server that does not answer, before the attempt is given up
 * @param drain how long {@link Node#close} waits for the server to take results and what is given back
 * @param inputBytes how much of earlier models one session keeps at hand
 * @param tags words that tasks may ask for
 */
public record NodeSettings(
        Path home,
        Path proofs,
        String name,
        int slots,
        int threads,
        long memoryBytes,
        Duration idle,
        Duration ready,
        Duration hang,
        Duration hangAfterSave,
        Duration outage,
        Duration drain,
        long inputBytes,
        List<String> tags) {
    private static final Logger LOG = LoggerFactory.getLogger(NodeSettings.class);
    private static final long GIB = 1L << 30;
    private static final Pattern SIZE = Pattern.compile("(\\d{1,12})\\s*([KMGT]?)I?B?");

    public NodeSettings {
        tags = List.copyOf(tags);
        if (slots < 1 || threads < 1) {
            throw new IllegalArgumentException(
                    "A node needs at least one slot and one thread, not " + slots + " and " + threads + ".");
        }
    }

    /**
     * What suits this machine, changed by {@code KILN_SLOTS}, {@code KILN_THREADS} (for each slot),
     * {@code KILN_SESSION_MEMORY} (such as {@code 8G}), {@code KILN_HANG_SECONDS}, {@code KILN_OUTAGE_MINUTES} and {@code KILN_PROOFS} (a folder). A value that cannot be understood is
     * told in the log and left out.
     */
    public static NodeSettings of(Path home, Map<String, String> environment) {
        int cores = Runtime.getRuntime().availableProcessors();
        int slots = (int) number(environment, "KILN_SLOTS", 1, 1, 256);
        int threads = (int) number(environment, "KILN_THREADS", Math.max(1, cores / slots), 1, 1024);
        long memory =
                size(environment, "KILN_SESSION_MEMORY", Math.max(2 * GIB, (memoryOfMachine() - 2 * GIB) / slots));
        return new NodeSettings(
                home,
                proofs(home, environment),
                hostName(),
                slots,
                threads,
                memory,
                Duration.ofMinutes(5),
                Duration.ofSeconds(90),
                Duration.ofSeconds(number(environment, "KILN_HANG_SECONDS", 300, 1, 86_400)),
                Duration.ofSeconds(5),
                Duration.ofMinutes(number(environment, "KILN_OUTAGE_MINUTES", 30, 1, 10_080)),
                Duration.ofSeconds(5),
                20 * GIB,
                List.of());
    }

    /** The same for another node of this machine. */
    public NodeSettings as(String otherName, List<String> otherTags) {
        return new NodeSettings(
                home,
                proofs,
                otherName,
                slots,
                threads,
                memoryBytes,
                idle,
                ready,
                hang,
                hangAfterSave,
                outage,
                drain,
                inputBytes,
                otherTags);
    }

    private static Path proofs(Path home, Map<String, String> environment) {
        String shared = environment.getOrDefault("KILN_PROOFS", "").strip();
        return shared.isEmpty()
                ? home.resolve("node").resolve("proofs")
                : Path.of(shared).toAbsolutePath();
    }

    /** Bytes of memory of this machine. */
    static long memoryOfMachine() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : 4 * GIB;
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "this machine";
        }
    }

    private static long number(Map<String, String> environment, String name, long usual, long least, long most) {
        String text = environment.getOrDefault(name, "").strip();
        if (text.isEmpty()) {
            return usual;
        }
        if (text.matches("\\d{1,9}") && Long.parseLong(text) >= least && Long.parseLong(text) <= most) {
            return Long.parseLong(text);
        }
        LOG.warn("{} is '{}', not a number from {} to {}; {} is used", name, text, least, most, usual);
        return usual;
    }

    private static long size(Map<String, String> environment, String name, long usual) {
        String text = environment.getOrDefault(name, "").strip().toUpperCase(Locale.ROOT);
        if (text.isEmpty()) {
            return usual;
        }
        Matcher parts = SIZE.matcher(text);
        if (!parts.matches()) {
            LOG.warn("{} is '{}', not a size such as 8G; {} bytes are used", name, text, usual);
            return usual;
        }
        long unit = parts.group(2).isEmpty() ? 0 : "KMGT".indexOf(parts.group(2)) + 1L;
        return Long.parseLong(parts.group(1)) << (10 * unit);
    }
}
