package studio.kiln.server.backend;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.InspectImageResponse;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.AccessMode;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Image;
import com.github.dockerjava.api.model.Info;
import com.github.dockerjava.api.model.LogConfig;
import com.github.dockerjava.api.model.StreamType;
import com.github.dockerjava.api.model.Ulimit;
import com.github.dockerjava.api.model.Volume;
import com.github.dockerjava.api.model.WaitResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs Blender in containers of images that bear the label {@code studio.kiln.image=1}: no network, a read-only root, no
 * capabilities, an unprivileged user, and limits for memory, processes and CPU.
 */
public final class DockerBackend implements Backend {
    private static final Logger LOG = LoggerFactory.getLogger(DockerBackend.class);
    private static final String NAME = "docker";
    private static final String IMAGE_LABEL = "studio.kiln.image";
    private static final String DATA_LABEL = "studio.kiln.data";
    private static final String SESSION_LABEL = "studio.kiln.session";
    private static final String BLENDER = "blender";
    private static final long PROCESSES = 256;
    private static final Duration ATTACH = Duration.ofSeconds(10);
    private static final Duration VERSION = Duration.ofSeconds(60);
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);
    private static final Map<String, String> TMP = Map.of("/tmp", "rw,nosuid,nodev,mode=1777,size=1g");

    private final Path home;
    private final SessionScripts scripts;
    private final String dataFolder;
    private final BuildCache builds;
    private final DockerEngine engine;
    private final String user;
    private final boolean root;
    private final Set<String> running = ConcurrentHashMap.newKeySet();

    /**
     * @param home Kiln's data folder
     * @param environment of Kiln: {@code DOCKER_HOST} names the engine's socket
     */
    public DockerBackend(Path home, SessionScripts scripts, Map<String, String> environment) throws IOException {
        this.home = Files.createDirectories(home).toRealPath();
        this.scripts = scripts;
        this.dataFolder = DataFolder.id(this.home);
        this.builds = new BuildCache(this.home.resolve("run").resolve("images.json"));
        this.engine = new DockerEngine(environment);
        this.root = Sandbox.isRoot();
        this.user = user(this.home, root);
    }

    // Files that Blender writes belong to the caller, who can then remove them; root renders as a user that owns
    // nothing.
    private static String user(Path home, boolean root) {
        if (root) {
            return Sandbox.NOBODY + ":" + Sandbox.NOBODY;
        }
        try {
            return Files.getAttribute(home, "unix:uid") + ":" + Files.getAttribute(home, "unix:gid");
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            // The image's own user, where the system has no numbers for users.
            return "";
        }
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String containment() {
        return "sealed container: an unprivileged user, no network, read-only, sees only its own folders";
    }

    @Override
    public List<EngineBuild> discover() {
        List<EngineBuild> found = new ArrayList<>();
        try {
            if (!engine.answers()) {
                return found;
            }
            for (Image image : engine.control()
                    .listImagesCmd()
                    .withLabelFilter(Map.of(IMAGE_LABEL, "1"))
                    .exec()) {
                String[] tags = image.getRepoTags();
                if (tags != null && tags.length > 0 && !tags[0].startsWith("<none>")) {
                    look(tags[0], image.getId(), "image").ifPresent(found::add);
                }
            }
        } catch (RuntimeException e) {
            LOG.info("The images of the Docker engine cannot be listed: {}", e.getMessage());
        }
        return found;
    }

    private Optional<EngineBuild> look(String tag, String imageId, String source) {
        try {
            return Optional.of(build(tag, imageId, source));
        } catch (IOException e) {
            LOG.warn("The image {} is left out: {}", tag, e.getMessage());
            return Optional.empty();
        }
    }

    private EngineBuild build(String tag, String imageId, String source) throws IOException {
        String fingerprint = "image:" + imageId;
        BuildCache.Known known = builds.get(fingerprint, () -> ask(tag, imageId));
        BlenderProgram.checkSupported(known.parsed(), tag);
        return new EngineBuild(NAME, tag, known.parsed(), known.buildHash(), fingerprint, source);
    }

    @Override
    public EngineBuild examine(String place) throws IOException {
        if (!engine.answers()) {
            throw new IOException("No Docker engine answers here, so the image " + place + " cannot be used.");
        }
        try {
            InspectImageResponse image = engine.control().inspectImageCmd(place).exec();
            return build(place, String.valueOf(image.getId()), "added");
        } catch (NotFoundException e) {
            throw new IOException(
                    "The Docker engine has no image " + place + "; make one with 'kiln image build', or pull it.", e);
        } catch (DockerException e) {
            throw new IOException("The image " + place + " cannot be looked at: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            throw gone(e);
        }
    }

    private BuildCache.Known ask(String tag, String imageId) throws IOException {
        HostConfig host = sealed(null);
        String id = null;
        try {
            CreateContainerCmd create = engine.control()
                    .createContainerCmd(imageId)
                    .withEntrypoint(BLENDER)
                    .withCmd("-b", "--version")
                    .withEnv("HOME=/tmp", "LANG=C.UTF-8")
                    .withLabels(Map.of(DATA_LABEL, dataFolder, SESSION_LABEL, "version"))
                    .withHostConfig(host);
            id = create.exec().getId();
            StringBuilder said = new StringBuilder();
            ResultCallback.Adapter<Frame> output = new ResultCallback.Adapter<>() {
                @Override
                public void onNext(Frame frame) {
                    synchronized (said) {
                        said.append(new String(frame.getPayload(), StandardCharsets.UTF_8));
                    }
                }
            };
            engine.streams()
                    .attachContainerCmd(id)
                    .withStdOut(true)
                    .withStdErr(true)
                    .withFollowStream(true)
                    .exec(output);
            try (output) {
                output.awaitStarted(ATTACH.toMillis(), TimeUnit.MILLISECONDS);
                engine.control().startContainerCmd(id).exec();
                output.awaitCompletion(VERSION.toMillis(), TimeUnit.MILLISECONDS);
            }
            String text;
            synchronized (said) {
                text = said.toString();
            }
            BlenderProgram.Answer answer = BlenderProgram.parse(text)
                    .orElseThrow(() -> new IOException("the Blender in it does not say its version, but '"
                            + text.strip().lines().findFirst().orElse("nothing") + "'."));
            String hash = answer.hash().isEmpty() ? "img-" + shortId(imageId) : answer.hash();
            return new BuildCache.Known(answer.version().toString(), hash);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while the image " + tag + " was asked for its version.", e);
        } catch (RuntimeException e) {
            throw new IOException("The image " + tag + " does not start: " + e.getMessage(), e);
        } finally {
            if (id != null) {
                remove(id);
            }
        }
    }

    private static String shortId(String imageId) {
        String hex = imageId.substring(imageId.indexOf(':') + 1);
        return hex.substring(0, Math.min(12, hex.length()));
    }

    // -- sessions --------------------------------------------------------------------------------------------------

    @Override
    public BlenderSession start(EngineBuild build, SessionSpec spec) throws IOException {
        Sandbox.prepare(spec, root);
        Path unpacked = scripts.unpack(home);
        String threads = Integer.toString(Math.max(1, spec.threads()));
        running.add(spec.id());
        String id = null;
        try {
            HostConfig host = sealed(spec)
                    .withBinds(
                            new Bind(unpacked.toString(), new Volume("/kiln/scripts"), AccessMode.ro),
                            new Bind(spec.in().toString(), new Volume("/kiln/in"), AccessMode.ro),
                            new Bind(spec.out().toString(), new Volume("/kiln/out"), AccessMode.rw),
                            new Bind(spec.tmp().toString(), new Volume("/kiln/tmp"), AccessMode.rw));
            CreateContainerCmd create = engine.control()
                    .createContainerCmd(build.place())
                    .withEntrypoint(BLENDER)
                    .withCmd(
                            "-b",
                            "--factory-startup",
                            "-noaudio",
                            "-t",
                            threads,
                            "--python-exit-code",
                            "7",
                            "-P",
                            "/kiln/scripts/" + SessionScripts.entry(),
                            "--",
                            "--in",
                            "/kiln/in",
                            "--out",
                            "/kiln/out",
                            "--threads",
                            threads)
                    .withEnv(
                            "HOME=/tmp",
                            "LANG=C.UTF-8",
                            "TMPDIR=/kiln/tmp",
                            "TEMP=/kiln/tmp",
                            "TMP=/kiln/tmp",
                            ShaderCache.VARIABLE + "=/kiln/tmp/" + ShaderCache.FOLDER,
                            ProcessTree.MARK + "=" + dataFolder + "/" + spec.id())
                    .withLabels(Map.of(DATA_LABEL, dataFolder, SESSION_LABEL, spec.id()))
                    .withAttachStdin(true)
                    .withAttachStdout(true)
                    .withAttachStderr(true)
                    .withStdinOpen(true)
                    // The end of this program is the end of its input.
                    .withStdInOnce(true)
                    .withWorkingDir("/tmp")
                    .withHostConfig(host);
            if (!user.isEmpty()) {
                create.withUser(user);
            }
            id = create.exec().getId();
            WiredSession session = new WiredSession(spec.id(), spec.folder());
            ContainerWire wire = new ContainerWire(id, spec.id(), session);
            wire.start();
            session.connect(wire);
            return session;
        } catch (DockerException e) {
            abandon(spec.id(), id);
            throw new IOException("The container could not be started (" + build.place() + "): " + e.getMessage(), e);
        } catch (RuntimeException e) {
            abandon(spec.id(), id);
            throw gone(e);
        } catch (IOException e) {
            abandon(spec.id(), id);
            throw e;
        }
    }

    private void abandon(String session, @Nullable String container) {
        running.remove(session);
        if (container != null) {
            remove(container);
        }
    }

    private static IOException gone(RuntimeException e) {
        return new IOException("The Docker engine does not answer: " + e.getMessage(), e);
    }

    // Everything that a container is denied, and the limits that this engine can hold.
    private HostConfig sealed(@Nullable SessionSpec spec) {
        HostConfig host = HostConfig.newHostConfig()
                .withNetworkMode("none")
                .withReadonlyRootfs(true)
                .withCapDrop(Capability.ALL)
                .withSecurityOpts(List.of("no-new-privileges"))
                .withInit(true)
                .withTmpFs(TMP)
                .withUlimits(List.of(new Ulimit("core", 0L, 0L)))
                .withPidsLimit(PROCESSES)
                .withLogConfig(new LogConfig(LogConfig.LoggingType.NONE));
        if (spec == null) {
            return host;
        }
        Info can = engine.info();
        if (spec.memoryBytes() > 0 && Boolean.TRUE.equals(can.getMemoryLimit())) {
            host.withMemory(spec.memoryBytes());
            if (Boolean.TRUE.equals(can.getSwapLimit())) {
                host.withMemorySwap(spec.memoryBytes());
            }
        }
        if (Boolean.TRUE.equals(can.getCpuCfsQuota())) {
            host.withNanoCPUs(1_000_000_000L
                    * Math.min(Math.max(1, spec.threads()), Runtime.getRuntime().availableProcessors()));
        }
        if (Boolean.TRUE.equals(can.getCpuShares())) {
            host.withCpuShares(
                    switch (spec.priority()) {
                        case INTERACTIVE -> 1024;
                        case RENDER -> 512;
                        case BACKGROUND -> 8;
                    });
        }
        return host;
    }

    // Whether it is gone for certain. A thread that is told to end still does this.
    private boolean remove(String container) {
        boolean interrupted = Thread.interrupted();
        try {
            return removeForCertain(container);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean removeForCertain(String container) {
        try {
            engine.control()
                    .removeContainerCmd(container)
                    .withForce(true)
                    .withRemoveVolumes(true)
                    .exec();
        } catch (NotFoundException e) {
            return true;
        } catch (RuntimeException e) {
            LOG.debug("Container {} was not removed at once: {}", container, e.getMessage());
        }
        long end = System.nanoTime() + Duration.ofSeconds(15).toNanos();
        while (System.nanoTime() - end < 0) {
            try {
                engine.control().inspectContainerCmd(container).exec();
                engine.control().removeContainerCmd(container).withForce(true).exec();
            } catch (NotFoundException e) {
                return true;
            } catch (RuntimeException e) {
                if (!engine.answers()) {
                    LOG.warn("The Docker engine is away; container {} is ended when Kiln starts again", container);
                    return false;
                }
            }
            java.util.concurrent.locks.LockSupport.parkNanos(
                    Duration.ofMillis(50).toNanos());
        }
        LOG.error("Container {} could not be ended", container);
        return false;
    }

    @Override
    public int sweepOrphans() {
        if (!engine.answers()) {
            return 0;
        }
        int swept = 0;
        try {
            for (Container container : engine.control()
                    .listContainersCmd()
                    .withShowAll(true)
                    .withLabelFilter(Map.of(DATA_LABEL, dataFolder))
                    .exec()) {
                String session = container.getLabels().getOrDefault(SESSION_LABEL, "");
                if (!running.contains(session)) {
                    LOG.info("Ending container {}, left behind by an earlier run", container.getId());
                    remove(container.getId());
                    swept++;
                }
            }
        } catch (RuntimeException e) {
            LOG.warn("Containers of an earlier run cannot be looked for: {}", e.getMessage());
        }
        return swept;
    }

    @Override
    public void close() {
        engine.close();
    }

    /** One container. */
    private final class ContainerWire implements Wire {
        private final String container;
        private final String session;
        private final Receiver receiver;
        private final QueuedInput input = new QueuedInput();
        private final CompletableFuture<Void> outputEnded = new CompletableFuture<>();
        private final CompletableFuture<Integer> exit = new CompletableFuture<>();
        private final AtomicBoolean ended = new AtomicBoolean();
        private final List<java.io.Closeable> open = new ArrayList<>();

        ContainerWire(String container, String session, Receiver receiver) {
            this.container = container;
            this.session = session;
            this.receiver = receiver;
        }

        void start() throws IOException {
            ResultCallback.Adapter<Frame> frames = new ResultCallback.Adapter<>() {
                @Override
                public void onNext(Frame frame) {
                    byte[] bytes = frame.getPayload();
                    if (frame.getStreamType() == StreamType.STDOUT) {
                        receiver.events(bytes, 0, bytes.length);
                    } else {
                        receiver.output(bytes, 0, bytes.length);
                    }
                }

                @Override
                public void onError(Throwable problem) {
                    // Not the library's own way, which writes an error into the log each time a session is ended.
                    LOG.debug("The stream of session {} broke: {}", session, problem.toString());
                    shut(this);
                }

                @Override
                public void close() throws IOException {
                    // The library calls it at the end of the stream, however that came.
                    outputEnded.complete(null);
                    super.close();
                }
            };
            ResultCallback.Adapter<WaitResponse> end = new ResultCallback.Adapter<>() {
                @Override
                public void onNext(WaitResponse response) {
                    exit.complete(response.getStatusCode());
                }

                @Override
                public void onError(Throwable problem) {
                    exit.completeExceptionally(problem);
                    shut(this);
                }

                @Override
                public void onComplete() {
                    exit.completeExceptionally(new IOException("The Docker engine stopped waiting"));
                    super.onComplete();
                }
            };
            open.add(frames);
            open.add(end);
            engine.streams()
                    .attachContainerCmd(container)
                    .withStdIn(input)
                    .withStdOut(true)
                    .withStdErr(true)
                    .withFollowStream(true)
                    .exec(frames);
            try {
                if (!frames.awaitStarted(ATTACH.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new IOException("The Docker engine did not connect to the container.");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("Interrupted while a container was started", e);
            }
            engine.control().startContainerCmd(container).exec();
            engine.streams().waitContainerCmd(container).exec(end);
            Thread.ofPlatform().daemon().name("kiln-end-" + session).start(this::awaitEnd);
        }

        // Its end counts, not that of the stream; what it said last is read then.
        private void awaitEnd() {
            int code = -1;
            try {
                code = exit.get();
            } catch (ExecutionException e) {
                code = afterBreak(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            try {
                outputEnded.get(LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS);
            } catch (ExecutionException | TimeoutException e) {
                LOG.debug("The output of session {} did not end", session);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            boolean outOfMemory = wasOutOfMemory();
            ended.set(true);
            input.end();
            receiver.ended(code, outOfMemory);
            close();
        }

        // The connection broke: the container may still run, or its engine is gone.
        private int afterBreak(ExecutionException problem) {
            try {
                InspectContainerResponse.ContainerState state =
                        engine.control().inspectContainerCmd(container).exec().getState();
                if (Boolean.FALSE.equals(state.getRunning()) && state.getExitCodeLong() != null) {
                    return state.getExitCodeLong().intValue();
                }
            } catch (RuntimeException e) {
                LOG.debug("Container {} cannot be asked", container, e);
            }
            byte[] words =
                    ("The Docker engine went away: " + problem.getCause() + "\n").getBytes(StandardCharsets.UTF_8);
            receiver.output(words, 0, words.length);
            return -1;
        }

        private boolean wasOutOfMemory() {
            try {
                return Boolean.TRUE.equals(engine.control()
                        .inspectContainerCmd(container)
                        .exec()
                        .getState()
                        .getOOMKilled());
            } catch (RuntimeException e) {
                return false;
            }
        }

        private void close() {
            open.forEach(this::shut);
        }

        private void shut(java.io.Closeable stream) {
            try {
                stream.close();
            } catch (IOException e) {
                LOG.debug("A stream of session {} did not close", session, e);
            }
        }

        @Override
        public void send(byte[] bytes) throws IOException {
            if (ended.get()) {
                throw new IOException("The container has ended");
            }
            input.add(bytes);
        }

        @Override
        public void endInput() {
            input.end();
        }

        @Override
        public boolean isAlive() {
            return !ended.get();
        }

        @Override
        public Optional<Duration> cpuTime() {
            return ContainerCpu.used(container);
        }

        @Override
        public void kill() {
            remove(container);
        }

        @Override
        public void release() {
            running.remove(session);
        }
    }
}
