package studio.kiln.server.backend;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a Blender that is installed on this machine, isolated as far as the system allows ({@link #containment}). */
public final class ProcessBackend implements Backend {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessBackend.class);
    private static final String NAME = "process";
    /** Variables of Kiln's own environment that Blender gets; everything else stays unknown to it. */
    private static final Set<String> PASSED = Set.of(
            "TZ",
            "CUDA_VISIBLE_DEVICES",
            "HIP_VISIBLE_DEVICES",
            "ROCR_VISIBLE_DEVICES",
            "ONEAPI_DEVICE_SELECTOR",
            "NVIDIA_VISIBLE_DEVICES",
            "LD_LIBRARY_PATH",
            "LIBGL_ALWAYS_SOFTWARE",
            "GALLIUM_DRIVER",
            // Windows programs do not start without these
            "SystemRoot",
            "SystemDrive",
            "PATHEXT",
            "COMSPEC");
    /** What a Blender outside a sandbox also gets, so that EEVEE finds a display. */
    private static final Set<String> DISPLAY = Set.of("DISPLAY", "XAUTHORITY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR");

    private static final String STAND_IN = "KILN_STANDIN";
    private static final Duration STREAM_GRACE = Duration.ofSeconds(2);

    private final Path home;
    private final SessionScripts scripts;
    private final Map<String, String> environment;
    private final String dataFolder;
    private final BuildCache builds;
    private final Sandbox sandbox;
    private final List<Path> extraFolders;
    private final Set<String> running = ConcurrentHashMap.newKeySet();

    /**
     * All processes are started by one thread that lives as long as the backend: bubblewrap ends its child when the thread
     * that started it ends.
     */
    private final ExecutorService starter = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("kiln-starter").factory());

    /**
     * @param home Kiln's data folder
     * @param environment of Kiln: {@code KILN_BLENDER} and {@code PATH} say where to look, and {@code KILN_SANDBOX_FOLDERS}
     *     (separated as in {@code PATH}) names folders that Blender may use beside its own
     */
    public ProcessBackend(Path home, SessionScripts scripts, Map<String, String> environment) throws IOException {
        this(home, scripts, environment, Sandbox.find(Files.createDirectories(home.resolve("run"))));
    }

    ProcessBackend(Path home, SessionScripts scripts, Map<String, String> environment, Sandbox sandbox)
            throws IOException {
        this.home = Files.createDirectories(home).toRealPath();
        this.scripts = scripts;
        this.environment = Map.copyOf(environment);
        this.dataFolder = DataFolder.id(this.home);
        this.builds = new BuildCache(this.home.resolve("run").resolve("builds.json"));
        this.sandbox = sandbox;
        this.extraFolders = Stream.of(
                        environment.getOrDefault("KILN_SANDBOX_FOLDERS", "").split(java.io.File.pathSeparator))
                .filter(word -> !word.isBlank())
                .map(Path::of)
                .toList();
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String containment() {
        return sandbox.words();
    }

    @Override
    public List<EngineBuild> discover() {
        Map<Path, EngineBuild> found = new LinkedHashMap<>();
        BlenderPlaces.find(environment).forEach((place, source) -> {
            try {
                Path real = place.toRealPath();
                if (!found.containsKey(real)) {
                    found.put(real, look(place, source));
                }
            } catch (IOException e) {
                LOG.warn("{} is left out: {}", place, e.getMessage());
            }
        });
        return List.copyOf(found.values());
    }

    @Override
    public EngineBuild examine(String place) throws IOException {
        Path named = Path.of(place).toAbsolutePath().normalize();
        return look(BlenderPlaces.executable(named), "added");
    }

    private EngineBuild look(Path executable, String source) throws IOException {
        String fingerprint = BlenderProgram.fingerprint(executable.toRealPath());
        BuildCache.Known known = builds.get(fingerprint, () -> {
            BlenderProgram.Answer answer = BlenderProgram.ask(executable, plainEnvironment(Path.of("/nonexistent")));
            String hash = answer.hash().isEmpty() ? BlenderProgram.digest(executable.toRealPath()) : answer.hash();
            return new BuildCache.Known(answer.version().toString(), hash);
        });
        BlenderProgram.checkSupported(known.parsed(), executable.toString());
        return new EngineBuild(NAME, executable.toString(), known.parsed(), known.buildHash(), fingerprint, source);
    }

    @Override
    public BlenderSession start(EngineBuild engine, SessionSpec spec) throws IOException {
        Path executable = Path.of(engine.place());
        Files.createDirectories(spec.folder());
        sandbox.prepare(spec);
        Path unpacked = scripts.unpack(home);
        Sandbox.View view = sandbox.view(spec, unpacked);
        String threads = Integer.toString(Math.max(1, spec.threads()));
        List<String> command = new ArrayList<>(sandbox.prefix(executable, spec, unpacked, extraFolders));
        command.addAll(List.of(
                executable.toString(),
                "-b",
                "--factory-startup",
                "-noaudio",
                "-t",
                threads,
                "--python-exit-code",
                "7",
                "-P",
                view.scripts() + "/" + SessionScripts.entry(),
                "--",
                "--in",
                view.in(),
                "--out",
                view.out(),
                "--threads",
                threads));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(spec.folder().toFile());
        builder.environment().clear();
        builder.environment().putAll(plainEnvironment(Path.of(view.tmp())));
        builder.environment().put("TMPDIR", view.tmp());
        builder.environment().put("TEMP", view.tmp());
        builder.environment().put("TMP", view.tmp());
        builder.environment().put(ShaderCache.VARIABLE, view.tmp() + "/" + ShaderCache.FOLDER);
        String mark = dataFolder + "/" + spec.id();
        builder.environment().put(ProcessTree.MARK, mark);

        WiredSession session = new WiredSession(spec.id(), spec.folder());
        running.add(mark);
        try {
            Process process = start(builder);
            ProcessWire wire = new ProcessWire(process, mark, () -> running.remove(mark));
            session.connect(wire);
            wire.read(session);
        } catch (IOException e) {
            running.remove(mark);
            throw new IOException("Blender could not be started (" + engine.place() + "): " + e.getMessage(), e);
        }
        return session;
    }

    private Process start(ProcessBuilder builder) throws IOException {
        try {
            return starter.submit(builder::start).get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException known ? known : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while Blender was started", e);
        }
    }

    private Map<String, String> plainEnvironment(Path homeFolder) {
        Map<String, String> plain = new HashMap<>();
        environment.forEach((name, value) -> {
            if (PASSED.contains(name)
                    || name.startsWith(STAND_IN)
                    || (!sandbox.kind().bubblewrap() && DISPLAY.contains(name))) {
                plain.put(name, value);
            }
        });
        plain.put("PATH", windows() ? environment.getOrDefault("Path", "") : "/usr/local/bin:/usr/bin:/bin");
        plain.put("HOME", homeFolder.toString());
        plain.put("LANG", "C.UTF-8");
        return plain;
    }

    private static boolean windows() {
        return System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");
    }

    @Override
    public int sweepOrphans() {
        List<ProcessHandle> orphans =
                ProcessTree.marked(mark -> mark.startsWith(dataFolder + "/") && !running.contains(mark));
        orphans.forEach(orphan -> {
            LOG.info("Ending process {}, left behind by an earlier run", orphan.pid());
            ProcessTree.kill(orphan, "");
        });
        return orphans.size();
    }

    @Override
    public void close() {
        starter.shutdown();
    }

    /** One Blender process. */
    private static final class ProcessWire implements Wire {
        private final Process process;
        private final String mark;
        private final Runnable gone;
        private final OutputStream input;
        private final AtomicBoolean killed = new AtomicBoolean();
        private final long oomKillsBefore = oomKills();

        ProcessWire(Process process, String mark, Runnable gone) {
            this.process = process;
            this.mark = mark;
            this.gone = gone;
            this.input = process.getOutputStream();
        }

        void read(Receiver receiver) {
            Thread events = reader("kiln-events-", process.getInputStream(), receiver::events);
            Thread printed = reader("kiln-output-", process.getErrorStream(), receiver::output);
            Thread.ofPlatform().daemon().name("kiln-end-" + process.pid()).start(() -> {
                int code = exitCode();
                // A child that lives on may hold the streams open: what has come by then is all.
                join(events);
                join(printed);
                receiver.ended(code, code == 137 && !killed.get() && oomKills() > oomKillsBefore);
            });
        }

        private int exitCode() {
            while (true) {
                try {
                    return process.waitFor();
                } catch (InterruptedException e) {
                    LOG.debug("Nobody ends this thread", e);
                }
            }
        }

        private static void join(Thread thread) {
            try {
                thread.join(STREAM_GRACE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private Thread reader(String name, InputStream from, Piece to) {
            return Thread.ofPlatform().daemon().name(name + process.pid()).start(() -> {
                byte[] buffer = new byte[1 << 16];
                try {
                    for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
                        to.take(buffer, 0, n);
                    }
                } catch (IOException e) {
                    LOG.debug("A stream of process {} broke: {}", process.pid(), e.getMessage());
                }
            });
        }

        private interface Piece {
            void take(byte[] bytes, int offset, int length);
        }

        @Override
        public void send(byte[] bytes) throws IOException {
            input.write(bytes);
            input.flush();
        }

        @Override
        public void endInput() throws IOException {
            input.close();
        }

        @Override
        public boolean isAlive() {
            return process.isAlive();
        }

        @Override
        public Optional<Duration> cpuTime() {
            return process.isAlive() ? Optional.of(ProcessTree.cpuTime(process.toHandle())) : Optional.empty();
        }

        @Override
        public void kill() {
            killed.set(true);
            if (!ProcessTree.kill(process.toHandle(), mark)) {
                LOG.error("Process {} could not be ended", process.pid());
            }
        }

        @Override
        public void release() {
            gone.run();
        }

        // How many processes the kernel has ended for want of memory since it started.
        private static long oomKills() {
            try (Stream<String> lines = Files.lines(Path.of("/proc/vmstat"), StandardCharsets.US_ASCII)) {
                return lines.filter(line -> line.startsWith("oom_kill "))
                        .mapToLong(line -> Long.parseLong(line.substring(9).strip()))
                        .findFirst()
                        .orElse(0);
            } catch (IOException e) {
                return 0;
            }
        }
    }
}
