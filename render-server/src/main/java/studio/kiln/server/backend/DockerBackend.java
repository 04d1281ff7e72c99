package studio.kiln.server.backend;

import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.model.AccessMode;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs Blender in containers of images that bear the label {@code studio.kiln.image=1}: no network, a read-only root, no
 * capabilities, an unprivileged user, and limits for memory, processes and CPU.
 */
public final class DockerBackend implements Backend {
    private static final Logger LOG = LoggerFactory.getLogger(DockerBackend.class);
    static final String NAME = "docker";
    static final String DATA_LABEL = "studio.kiln.data";
    static final String SESSION_LABEL = "studio.kiln.session";
    static final String BLENDER = "blender";

    private final Path home;
    private final SessionScripts scripts;
    private final String dataFolder;
    private final DockerEngine engine;
    private final Containers containers;
    private final DockerImages images;
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
        this.engine = new DockerEngine(environment);
        this.containers = new Containers(engine);
        this.images = new DockerImages(
                engine,
                containers,
                dataFolder,
                new BuildCache(this.home.resolve("run").resolve("images.json")));
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
        return images.discover();
    }

    @Override
    public EngineBuild examine(String place) throws IOException {
        return images.examine(place);
    }

    @Override
    public BlenderSession start(EngineBuild build, SessionSpec spec) throws IOException {
        Sandbox.prepare(spec, root);
        Path unpacked = scripts.unpack(home);
        String threads = Integer.toString(Math.max(1, spec.threads()));
        running.add(spec.id());
        String id = null;
        try {
            HostConfig host = containers
                    .sealed(spec)
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
            ContainerWire wire =
                    new ContainerWire(engine, containers, id, spec.id(), session, () -> running.remove(spec.id()));
            wire.start();
            session.connect(wire);
            return session;
        } catch (DockerException e) {
            abandon(spec.id(), id);
            throw new IOException("The container could not be started (" + build.place() + "): " + e.getMessage(), e);
        } catch (RuntimeException e) {
            abandon(spec.id(), id);
            throw DockerEngine.gone(e);
        } catch (IOException e) {
            abandon(spec.id(), id);
            throw e;
        }
    }

    private void abandon(String session, @Nullable String container) {
        running.remove(session);
        if (container != null) {
            containers.remove(container);
        }
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
                    containers.remove(container.getId());
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
}
