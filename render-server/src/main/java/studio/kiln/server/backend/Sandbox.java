package studio.kiln.server.backend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a Blender process is kept from the rest of the machine: the strongest of what this system offers, found out by trying
 * it. In all of them it gets a session of the system's own (setsid) where there are such.
 */
final class Sandbox {
    private static final Logger LOG = LoggerFactory.getLogger(Sandbox.class);

    /** A user that owns nothing, from the range that systems leave free. */
    static final int NOBODY = 60_777;

    private static final String IN = "/kiln/in";
    private static final String OUT = "/kiln/out";
    private static final String TMP = "/tmp";
    private static final String SCRIPTS = "/kiln/scripts";
    private static final List<String> SYSTEM = List.of("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32");
    private static final List<String> SETTINGS = List.of(
            "/etc/ld.so.cache",
            "/etc/ld.so.conf",
            "/etc/ld.so.conf.d",
            "/etc/alternatives",
            "/etc/fonts",
            "/etc/localtime",
            "/etc/OpenCL",
            "/etc/vulkan",
            "/etc/glvnd");
    private static final List<String> GPUS = List.of(
            "/dev/dri",
            "/dev/kfd",
            "/dev/nvidia0",
            "/dev/nvidia1",
            "/dev/nvidia2",
            "/dev/nvidia3",
            "/dev/nvidiactl",
            "/dev/nvidia-uvm",
            "/dev/nvidia-uvm-tools",
            "/dev/nvidia-modeset");

    /** The ways, strongest first. */
    enum Kind {
        /** bubblewrap set up by root, and Blender in it as a user that owns nothing. */
        BUBBLEWRAP_AS_ROOT("bubblewrap: an unprivileged user, no network, sees only its own folders"),
        BUBBLEWRAP("bubblewrap: no network, sees only its own folders"),
        UNPRIVILEGED(
                "an unprivileged user without bubblewrap: it can use the network and read what everybody may read"),
        NONE("none: Blender runs with the rights of Kiln itself; install bubblewrap to isolate it");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }

        boolean bubblewrap() {
            return this == BUBBLEWRAP || this == BUBBLEWRAP_AS_ROOT;
        }

        boolean changesUser() {
            return this == BUBBLEWRAP_AS_ROOT || this == UNPRIVILEGED;
        }
    }

    private final Kind kind;
    private final boolean setsid;
    private final boolean nice;
    private final boolean limits;

    private Sandbox(Kind kind) {
        this.kind = kind;
        this.setsid = tool("setsid").isPresent();
        this.nice = tool("nice").isPresent();
        this.limits = tool("prlimit").isPresent();
    }

    /** The strongest that works for sessions below that folder. */
    static Sandbox find(Path folder) {
        boolean linux = System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("linux");
        List<Kind> candidates;
        if (!linux) {
            candidates = List.of();
        } else if (isRoot()) {
            candidates = List.of(Kind.BUBBLEWRAP_AS_ROOT, Kind.UNPRIVILEGED);
        } else {
            candidates = List.of(Kind.BUBBLEWRAP);
        }
        return candidates.stream()
                .map(Sandbox::new)
                .filter(candidate -> candidate.works(folder))
                .findFirst()
                .orElseGet(() -> new Sandbox(Kind.NONE));
    }

    /** The one of that kind, whether it works or not. */
    static Sandbox of(Kind kind) {
        return new Sandbox(kind);
    }

    Kind kind() {
        return kind;
    }

    String words() {
        return kind.words();
    }

    /** The folders of a session as Blender sees them. */
    record View(String in, String out, String tmp, String scripts) {}

    View view(Backend.SessionSpec spec, Path scripts) {
        return kind.bubblewrap()
                ? new View(IN, OUT, TMP, SCRIPTS)
                : new View(
                        spec.in().toString(), spec.out().toString(), spec.tmp().toString(), scripts.toString());
    }

    /** Gives Blender the folders that it writes in. */
    void prepare(Backend.SessionSpec spec) throws IOException {
        prepare(spec, kind.changesUser());
    }

    /** As {@link #prepare(Backend.SessionSpec)}, for Blender as the user that owns nothing or as this user. */
    static void prepare(Backend.SessionSpec spec, boolean asNobody) throws IOException {
        for (Path folder : List.of(spec.folder(), spec.in(), spec.out(), spec.tmp())) {
            Files.createDirectories(folder);
            FolderRights.set(folder, "rwxr-xr-x");
        }
        if (asNobody) {
            FolderRights.give(spec.out(), NOBODY);
            FolderRights.give(spec.tmp(), NOBODY);
        }
        Path shaders = spec.shaders();
        if (shaders != null) {
            ShaderCache.begin(shaders, spec.tmp(), asNobody);
        }
    }

    /** What goes before the Blender command. */
    List<String> prefix(Path executable, Backend.SessionSpec spec, Path scripts, List<Path> extraFolders) {
        List<String> words = new ArrayList<>();
        if (setsid) {
            words.add("setsid");
        }
        // Only root may raise a priority; elsewhere rendering gives way instead.
        int niceness = switch (spec.priority()) {
            case INTERACTIVE -> isRoot() ? -4 : 0;
            case RENDER -> isRoot() ? 0 : 4;
            case BACKGROUND -> 19;
        };
        if (nice && niceness != 0) {
            words.addAll(List.of("nice", "-n", Integer.toString(niceness)));
        }
        if (limits && spec.memoryBytes() > 0) {
            words.addAll(List.of("prlimit", "--data=" + spec.memoryBytes()));
        }
        if (kind.bubblewrap()) {
            words.addAll(bubblewrap(executable, spec, scripts, extraFolders));
        }
        if (kind.changesUser()) {
            words.addAll(dropRights());
        }
        return words;
    }

    private List<String> bubblewrap(Path executable, Backend.SessionSpec spec, Path scripts, List<Path> extraFolders) {
        List<String> words = new ArrayList<>(List.of(
                "bwrap",
                "--unshare-pid",
                "--unshare-net",
                "--unshare-ipc",
                "--unshare-uts",
                "--die-with-parent",
                "--new-session"));
        if (kind == Kind.BUBBLEWRAP) {
            words.addAll(List.of("--unshare-user", "--cap-drop", "ALL"));
        } else {
            words.addAll(List.of(
                    "--cap-drop",
                    "ALL",
                    "--cap-add",
                    "CAP_SETUID",
                    "--cap-add",
                    "CAP_SETGID",
                    "--cap-add",
                    "CAP_SETPCAP"));
        }
        words.addAll(List.of("--perms", "0755", "--dir", "/etc"));
        for (String place : SYSTEM) {
            bindAsIs(words, Path.of(place));
        }
        for (String place : SETTINGS) {
            words.addAll(List.of("--ro-bind-try", place, place));
        }
        words.addAll(List.of("--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/dev/shm"));
        for (String place : GPUS) {
            words.addAll(List.of("--dev-bind-try", place, place));
        }
        if (GPUS.stream().anyMatch(place -> Files.exists(Path.of(place)))) {
            words.addAll(List.of("--ro-bind-try", "/sys", "/sys"));
        }
        words.addAll(List.of("--perms", "0755", "--dir", "/kiln"));
        words.addAll(List.of("--ro-bind", scripts.toString(), SCRIPTS));
        words.addAll(List.of("--ro-bind", spec.in().toString(), IN));
        words.addAll(List.of("--bind", spec.out().toString(), OUT));
        words.addAll(List.of("--bind", spec.tmp().toString(), TMP));
        Set<Path> programs = new LinkedHashSet<>();
        programs.add(executable.getParent());
        try {
            programs.add(executable.toRealPath().getParent());
        } catch (IOException e) {
            LOG.debug("{} cannot be followed", executable, e);
        }
        for (Path folder : programs) {
            if (SYSTEM.stream().noneMatch(folder::startsWith)) {
                openWay(words, folder);
                words.addAll(List.of("--ro-bind", folder.toString(), folder.toString()));
            }
        }
        for (Path folder : extraFolders) {
            openWay(words, folder);
            words.addAll(List.of("--bind", folder.toString(), folder.toString()));
        }
        words.addAll(List.of("--chdir", TMP, "--"));
        return words;
    }

    // /bin is a link into /usr on merged systems and a folder of its own on others.
    private static void bindAsIs(List<String> words, Path place) {
        try {
            if (Files.isSymbolicLink(place)) {
                words.addAll(List.of("--symlink", Files.readSymbolicLink(place).toString(), place.toString()));
            } else if (Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS)) {
                words.addAll(List.of("--ro-bind", place.toString(), place.toString()));
            }
        } catch (IOException e) {
            LOG.debug("{} is left out of the sandbox", place, e);
        }
    }

    // bubblewrap makes missing parents for its own user only.
    private static void openWay(List<String> words, Path folder) {
        Path way = folder.getRoot();
        for (Path step : folder.getParent() == null ? Path.of("") : folder.getParent()) {
            if (way != null && !step.toString().isEmpty()) {
                way = way.resolve(step);
                words.addAll(List.of("--perms", "0755", "--dir", way.toString()));
            }
        }
    }

    private static List<String> dropRights() {
        List<String> words = new ArrayList<>(
                List.of("setpriv", "--reuid", Integer.toString(NOBODY), "--regid", Integer.toString(NOBODY)));
        String groups = gpuGroups();
        words.addAll(groups.isEmpty() ? List.of("--clear-groups") : List.of("--groups", groups));
        words.addAll(List.of("--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--"));
        return words;
    }

    // The groups that may use the GPU's device files, so that Cycles finds it.
    private static String gpuGroups() {
        Set<String> groups = new LinkedHashSet<>();
        try (Stream<Path> devices =
                Files.isDirectory(Path.of("/dev/dri")) ? Files.list(Path.of("/dev/dri")) : Stream.of()) {
            for (Path device :
                    Stream.concat(devices, Stream.of(Path.of("/dev/kfd"))).toList()) {
                if (Files.exists(device) && !Files.isDirectory(device)) {
                    groups.add(Files.getAttribute(device, "unix:gid").toString());
                }
            }
        } catch (IOException e) {
            LOG.debug("The groups of the GPU cannot be read", e);
        }
        groups.remove("0");
        return String.join(",", groups);
    }

    private boolean works(Path folder) {
        Path probe = folder.resolve("sandbox-probe-" + ProcessHandle.current().pid());
        try {
            Backend.SessionSpec spec = new Backend.SessionSpec("probe", probe, 1, 0, Backend.Priority.RENDER);
            prepare(spec);
            View view = view(spec, spec.in());
            List<String> command = new ArrayList<>(prefix(Path.of("/usr/bin/test"), spec, spec.in(), List.of()));
            command.addAll(List.of(
                    "sh",
                    "-c",
                    "test -r \"$0\" && : >\"$1/probe\" && : >\"$2/probe\"",
                    view.in(),
                    view.out(),
                    view.tmp()));
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            process.getOutputStream().close();
            boolean done = process.waitFor(10, TimeUnit.SECONDS);
            process.destroyForcibly();
            return done && process.exitValue() == 0;
        } catch (IOException e) {
            LOG.debug("{} does not work here: {}", kind, e.getMessage());
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            Folders.deleteQuietly(probe);
        }
    }

    static boolean isRoot() {
        try {
            return Files.isDirectory(Path.of("/proc/self"))
                    && Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return false;
        }
    }

    private static Optional<Path> tool(String name) {
        return Stream.of("/usr/bin", "/bin", "/usr/local/bin")
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
