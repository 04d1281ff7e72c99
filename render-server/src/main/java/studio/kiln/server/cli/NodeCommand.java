package studio.kiln.server.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import studio.kiln.core.KilnVersion;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.NodeTag;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.core.api.Unreachable;
import studio.kiln.server.backend.Backend;
import studio.kiln.server.backend.Backends;
import studio.kiln.server.backend.SessionScripts;
import studio.kiln.server.node.HttpServerLink;
import studio.kiln.server.node.InputCache;
import studio.kiln.server.node.Membership;
import studio.kiln.server.node.Node;
import studio.kiln.server.node.NodeProtocol;
import studio.kiln.server.node.NodeSettings;
import studio.kiln.server.node.ServerLink;
import studio.kiln.server.ops.Logging;
import studio.kiln.server.ops.OwnerLock;
import studio.kiln.server.security.NodeCredentials;

/** {@code kiln node}. */
@Command(
        name = "node",
        description = {
            "Renders on this machine for a studio's server, until Ctrl-C: then what renders goes on to its end, and a",
            "second Ctrl-C ends it at once. While no server answers it renders on and delivers afterwards.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  kiln node --server https://kiln.studio.example --enrol TOKEN",
            "  kiln node",
            "  kiln node --home /srv/kiln-node --slots 2 --tags gpu,big",
            "",
            "An administrator makes the token: kiln nodes enrol. It is needed once; afterwards the machine is known.",
            "KILN_NODE_SERVER and KILN_NODE_ENROL stand for --server and --enrol; KILN_THREADS, KILN_SESSION_MEMORY,",
            "KILN_BACKEND and KILN_BLENDER say how Blender runs, KILN_OUTAGE_MINUTES how long it renders on alone (30)."
        })
public final class NodeCommand implements Callable<Integer> {
    private static final long AGAIN_MILLIS = 2_000;
    /** A copy may turn out to be the folder itself, moved to another machine: then the other one is not heard of soon. */
    private static final long COPY_NANOS = 45_000_000_000L;

    private final Surroundings here;

    @Option(
            names = "--server",
            paramLabel = "URL",
            description = "The server; without it the one that this machine joined (also KILN_NODE_SERVER).")
    @Nullable
    String server;

    @Option(
            names = "--enrol",
            paramLabel = "TOKEN",
            description = "Join with this token, if this machine has not joined yet (also KILN_NODE_ENROL).")
    @Nullable
    String enrol;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "What people call this node; without it the machine's.")
    @Nullable
    String name;

    @Option(
            names = "--slots",
            paramLabel = "N",
            converter = Slots.class,
            description = "How many chunks it renders at a time; without it 1 (also KILN_SLOTS).")
    @Nullable
    Integer slots;

    @Option(
            names = "--tags",
            paramLabel = "TAG,TAG",
            split = ",",
            description = "Words that tasks may ask for, such as big or office.")
    List<String> tags = List.of();

    @Option(
            names = "--home",
            paramLabel = "PATH",
            description = "Its data folder; without it 'render-node' in KILN_HOME. Each node needs one of its own.")
    @Nullable
    Path home;

    @Option(names = "--debug", description = "Show where in Kiln an error came from (also KILN_DEBUG=1).")
    boolean debug;

    public NodeCommand(Surroundings here) {
        this.here = here;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path folder = (home == null ? here.dataFolder().resolve("render-node") : here.resolve(home))
                .toAbsolutePath()
                .normalize();
        NodeSettings settings = settings(folder);
        Files.createDirectories(folder.resolve("logs"));
        Optional<OwnerLock> lock = OwnerLock.take(folder);
        if (lock.isEmpty()) {
            throw new CliFailure(
                    ExitCode.FAILED,
                    "ALREADY_RUNNING",
                    "Another Kiln runs in the data folder " + folder + "; end that one, or name another with --home.");
        }
        try (OwnerLock owned = lock.get()) {
            Logging.begin(folder);
            return run(folder, settings);
        } finally {
            Logging.end();
        }
    }

    private NodeSettings settings(Path folder) {
        Map<String, String> environment = new HashMap<>(here.environment());
        if (slots != null) {
            environment.put("KILN_SLOTS", Integer.toString(slots));
        }
        List<String> words = tags.stream()
                .map(String::strip)
                .filter(tag -> !tag.isEmpty())
                .distinct()
                .sorted()
                .toList();
        try {
            words.forEach(NodeTag::check);
        } catch (IllegalArgumentException e) {
            throw CliFailure.unusable("BAD_USAGE", String.valueOf(e.getMessage()));
        }
        if (words.size() > NodeTag.MOST) {
            throw CliFailure.unusable("BAD_USAGE", "A node has at most " + NodeTag.MOST + " tags.");
        }
        NodeSettings usual = NodeSettings.of(folder, environment);
        return usual.as(name == null || name.isBlank() ? usual.name() : name.strip(), words);
    }

    private int run(Path folder, NodeSettings settings) throws IOException, InterruptedException {
        SessionScripts scripts = SessionScripts.load();
        String version = NodeProtocol.version(KilnVersion.get(), scripts.version());
        Ending ending = new Ending();
        try (Interruption.Scope scope = here.interruption().during(code -> ending.drain())) {
            Optional<Membership> membership = join(folder, settings, version, ending);
            if (membership.isEmpty()) {
                return ExitCode.DONE;
            }
            ServerAddress address = new ServerAddress(
                    serverOf(membership).orElseThrow(), membership.get().secret());
            InputCache inputs = new InputCache(folder.resolve("node").resolve("inputs"), settings.inputBytes());
            List<Backend> backends = Backends.of(folder, scripts, here.environment());
            try (HttpServerLink link = new HttpServerLink(
                            address, String.valueOf(membership.get().node()), version, inputs);
                    Node node = new Node(
                            settings, scripts.version(), link, backends, new Told(address, settings.name(), ending))) {
                node.start();
                ending.await(node);
            } finally {
                backends.forEach(Backend::close);
            }
            return ExitCode.DONE;
        }
    }

    private Optional<URI> serverOf(Optional<Membership> known) {
        return Optional.ofNullable(server)
                .or(() -> here.variable("KILN_NODE_SERVER"))
                .or(() -> known.map(Membership::server))
                .map(ServerOptions::base);
    }

    /** Empty when it was to end before it had joined. */
    private Optional<Membership> join(Path folder, NodeSettings settings, String version, Ending ending)
            throws IOException, InterruptedException {
        Optional<Membership> known = Membership.read(folder);
        if (known.filter(membership -> membership.node() != null).isPresent()) {
            return known;
        }
        Optional<String> token = Optional.ofNullable(enrol).or(() -> here.variable("KILN_NODE_ENROL"));
        Optional<URI> base = serverOf(known);
        if (token.isEmpty() || base.isEmpty()) {
            throw CliFailure.unusable(
                    "NOT_ENROLLED",
                    "This machine is no node of a server yet: kiln node --server URL --enrol TOKEN, with a token that an"
                            + " administrator makes by 'kiln nodes enrol'.");
        }
        String secret = NodeCredentials.secret();
        boolean said = false;
        while (!ending.isAsked()) {
            try {
                return Optional.of(Membership.join(
                        folder, base.get(), token.get(), secret, settings.name(), settings.slots(), version));
            } catch (Unreachable e) {
                if (!said) {
                    here.err().println(e.getMessage() + " It is asked again until it does.");
                    said = true;
                }
            } catch (ApiException e) {
                if (e.status() < 500) {
                    throw new CliFailure(ExitCode.UNUSABLE, e.problem().code(), String.valueOf(e.getMessage()), e);
                }
            }
            Thread.sleep(AGAIN_MILLIS);
        }
        return Optional.empty();
    }

    /** When the command is over. */
    private static final class Ending {
        private final CompletableFuture<Void> over = new CompletableFuture<>();

        void drain() {
            over.complete(null);
        }

        void fail(CliFailure why) {
            over.completeExceptionally(why);
        }

        boolean isAsked() {
            return over.isDone();
        }

        /** Waits until the node is to end, and lets it finish what it has. */
        void await(Node node) throws InterruptedException {
            try {
                over.get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof CliFailure failure) {
                    throw failure;
                }
                throw new IllegalStateException(e.getCause());
            }
            node.drain();
        }
    }

    /** Says to a person what the node hears from its server. */
    private final class Told implements Node.Heard {
        private final ServerAddress address;
        private final String called;
        private final Ending ending;
        private final Set<String> said = new HashSet<>();
        private @Nullable Long copySince;
        private boolean joined;

        Told(ServerAddress address, String called, Ending ending) {
            this.address = address;
            this.called = called;
            this.ending = ending;
        }

        @Override
        public synchronized void joined() {
            joined = true;
            here.err()
                    .println("This machine renders for " + address + " as '" + called
                            + "'. Ctrl-C lets it finish what it renders; a second one ends it at once.");
        }

        @Override
        public synchronized void refused(ServerLink.Refused why) {
            String sentence = String.valueOf(why.getMessage());
            boolean mayPass = why.code().equals("NODE_COPIED") && !isOld()
                    || joined && !why.code().equals("UNAUTHORIZED");
            if (!mayPass) {
                ending.fail(new CliFailure(ExitCode.UNUSABLE, why.code(), sentence, why));
            } else if (said.add(sentence)) {
                here.err().println(sentence);
            }
        }

        private boolean isOld() {
            copySince = copySince == null ? Long.valueOf(System.nanoTime()) : copySince;
            return System.nanoTime() - copySince > COPY_NANOS;
        }
    }

    /** How many chunks a node renders at a time. */
    static final class Slots extends WholeNumber {
        Slots() {
            super(1, 256);
        }
    }
}
