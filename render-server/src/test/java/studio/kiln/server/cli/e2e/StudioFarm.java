package studio.kiln.server.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.ChunkView;
import studio.kiln.core.api.EnrolmentAdd;
import studio.kiln.core.api.FirstAdmin;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.NodeView;
import studio.kiln.core.api.Page;
import studio.kiln.core.api.ResultView;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.core.api.TimelineEntry;
import studio.kiln.core.api.Unreachable;
import studio.kiln.core.task.AttemptState;
import studio.kiln.core.task.ChunkState;
import studio.kiln.core.task.TaskState;
import studio.kiln.server.ops.services.Endpoint;
import studio.kiln.server.ops.services.Services;

/**
 * A whole studio as people run it: the services of {@code kiln services up}, servers and nodes as processes of their own, and
 * one address before the servers ({@link Gateway}). Whatever of it was killed can be started again at the same place.
 */
final class StudioFarm implements AutoCloseable {
    static final Duration SOON = Duration.ofSeconds(60);
    static final List<String> SERVICES = List.of("mariadb", "rabbitmq", "redis", "s3");

    private static final Pattern SETUP = Pattern.compile("--setup (\\S+)");
    private static final Pattern SERVES = Pattern.compile("http://127\\.0\\.0\\.1:(\\d+)");

    private final Map<String, String> serverVariables;
    final Services services;
    final Gateway gateway;
    final List<Machine> servers = new ArrayList<>();
    final Map<String, Machine> nodes = new TreeMap<>();
    private final Kiln person = new Kiln();
    private final HttpClient http = HttpClient.newHttpClient();
    private @Nullable KilnClient admin;

    /** A data folder, and the process that works there. */
    static final class Machine {
        final Kiln kiln;
        final Kiln.Running process;
        private final boolean docker;

        private Machine(Kiln kiln, boolean docker, List<String> command) {
            this.kiln = kiln;
            this.docker = docker;
            this.process = kiln.start(command.toArray(String[]::new));
        }

        private Machine again(List<String> command) {
            kill();
            return new Machine(kiln, docker, command);
        }

        void kill() {
            if (process.isAlive()) {
                process.signal("KILL");
                await().atMost(SOON).until(() -> !process.isAlive());
            }
        }
    }

    /**
     * @param folder for the services
     * @param serverVariables of the servers beside those of the services, such as {@code KILN_LEASE_SECONDS}
     */
    StudioFarm(Path folder, Map<String, String> serverVariables) throws IOException, InterruptedException {
        this.serverVariables = Map.copyOf(serverVariables);
        this.gateway = new Gateway();
        this.services = new Services(folder.resolve("services"), line -> {});
        services.up(SERVICES);
        Machine first = serve();
        String token = await().atMost(SOON)
                .until(() -> SETUP.matcher(first.process.errSoFar()), Matcher::find)
                .group(1);
        try (KilnClient nobody = new KilnClient(new ServerAddress(gateway.address(), ""))) {
            String session = nobody.setUp(new FirstAdmin(token, "root", null, "the root of it all"))
                    .token();
            admin = new KilnClient(new ServerAddress(gateway.address(), session));
            person.with("KILN_SERVER", gateway.address().toString())
                    .with("KILN_TOKEN", session)
                    .with("XDG_CONFIG_HOME", folder.resolve("config").toString());
        }
    }

    /** The administrator, by the address of all servers. */
    KilnClient client() {
        if (admin == null) {
            throw new IllegalStateException("There is no administrator yet");
        }
        return admin;
    }

    /** Runs a command in this process as the administrator, and expects that it does what it shall. */
    String command(String... args) {
        Kiln.Outcome outcome = person.quick(args);
        assertThat(outcome.exit()).as(outcome.toString()).isZero();
        return outcome.out().strip();
    }

    // -- servers ---------------------------------------------------------------------------------------------------

    /** Starts one more server, and returns when it answers. */
    Machine serve() {
        Kiln kiln = new Kiln();
        serverVariables.forEach(kiln::with);
        Machine server = new Machine(kiln, false, serving(0));
        servers.add(server);
        gateway.add(URI.create("http://127.0.0.1:" + port(server)));
        return server;
    }

    private List<String> serving(int port) {
        return List.of(
                "serve",
                "--no-node",
                "--config",
                services.configuration().toString(),
                "--port",
                Integer.toString(port));
    }

    private static String port(Machine server) {
        return await().atMost(SOON)
                .until(() -> SERVES.matcher(server.process.errSoFar()), Matcher::find)
                .group(1);
    }

    /** Starts a server again, where it was. */
    void serveAgain(int index) {
        Machine old = servers.get(index);
        Machine again = old.again(serving(Integer.parseInt(port(old))));
        servers.set(index, again);
        port(again);
    }

    // -- nodes -----------------------------------------------------------------------------------------------------

    /** Joins a node, and returns at once. */
    Machine join(String name, Map<String, String> variables) {
        Kiln kiln = new Kiln().with("KILN_BACKEND", "process");
        variables.forEach(kiln::with);
        String token = client().enrolNode(new EnrolmentAdd(null)).token();
        Machine node = new Machine(
                kiln,
                "docker".equals(variables.get("KILN_BACKEND")),
                List.of("node", "--name", name, "--server", gateway.address().toString(), "--enrol", token));
        nodes.put(name, node);
        return node;
    }

    /** Starts a node again from its data folder, and returns at once. */
    void joinAgain(String name) {
        nodes.put(name, nodes.get(name).again(List.of("node", "--name", name)));
    }

    /** Ends a node in good order, and forgets it. */
    void part(String name) {
        Machine node = nodes.remove(name);
        if (node.process.isAlive()) {
            node.process.signal("TERM");
            await().atMost(SOON).until(() -> !node.process.isAlive());
        }
        client().removeNode(name);
        Kiln.delete(node.kiln.work().getParent());
    }

    void awaitReady(String name) {
        await().atMost(SOON).ignoreExceptionsMatching(StudioFarm::passes).untilAsserted(() -> {
            NodeView node = client().node(name);
            assertThat(node.state()).as(node.toString()).isIn("ready", "busy");
            assertThat(node.engines()).isNotEmpty();
        });
    }

    // -- services --------------------------------------------------------------------------------------------------

    /** kill -9 of a service and of all that it started. */
    void killService(String name) {
        Endpoint at = services.endpoint(name);
        ProcessHandle process = ProcessHandle.of(at.process()).orElseThrow();
        List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        all.add(process);
        all.forEach(ProcessHandle::destroyForcibly);
        await().atMost(SOON).until(() -> all.stream().noneMatch(ProcessHandle::isAlive));
    }

    void startService(String name) throws InterruptedException {
        services.up(List.of(name));
    }

    /** What a server says of its parts, whether it is ready or not. */
    String readiness(Machine server) throws IOException, InterruptedException {
        URI ready = URI.create("http://127.0.0.1:" + port(server) + "/api/health/ready");
        return http.send(HttpRequest.newBuilder(ready).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    /** Until every server says that all of its parts are up. */
    void awaitHealthy() {
        for (Machine server : servers) {
            await().atMost(SOON)
                    .ignoreExceptions()
                    .until(() -> readiness(server).contains("\"status\":\"up\""));
        }
    }

    /** Starts again whatever does not run, wakes what sleeps, and returns when all of it works. */
    void mend() throws InterruptedException {
        gateway.cut(false);
        gateway.meddle((path, report) -> Gateway.Way.PASS);
        Stream.concat(servers.stream(), nodes.values().stream())
                .filter(machine -> machine.process.isAlive())
                .forEach(machine -> machine.process.signal("CONT"));
        services.up(SERVICES);
        for (int i = 0; i < servers.size(); i++) {
            if (!servers.get(i).process.isAlive()) {
                serveAgain(i);
            }
        }
        List.copyOf(nodes.keySet()).stream()
                .filter(name -> !nodes.get(name).process.isAlive())
                .forEach(this::joinAgain);
        awaitHealthy();
        nodes.keySet().forEach(this::awaitReady);
    }

    // -- work ------------------------------------------------------------------------------------------------------

    private static boolean passes(Throwable failure) {
        return failure instanceof ApiException || failure instanceof Unreachable;
    }

    /** Submits a task that renders every frame anew; gives its id. */
    String submit(Path model, String frames) {
        return command("render", model.toString(), "--frames", frames, "--fresh", "--detach");
    }

    List<ChunkView.Attempt> attempts(String task) {
        return client().chunks(task).stream()
                .flatMap(chunk -> chunk.attempts().stream())
                .toList();
    }

    /** Whether a node renders something of the task now. */
    boolean renders(String task, String node) {
        return attempts(task).stream()
                .anyMatch(a -> a.state() == AttemptState.RUNNING && a.node().equals(node));
    }

    List<ResultView> results(String task) {
        return all(cursor -> client().results(task, cursor, 500));
    }

    List<TimelineEntry> timeline(String task) {
        return all(cursor -> client().timeline(task, cursor, 500));
    }

    private static <T> List<T> all(Function<@Nullable String, Page<T>> pages) {
        List<T> all = new ArrayList<>();
        String cursor = null;
        do {
            Page<T> page = pages.apply(cursor);
            all.addAll(page.items());
            cursor = page.next();
        } while (cursor != null);
        return all;
    }

    void awaitEnd(String task) {
        await().atMost(Duration.ofMinutes(3))
                .ignoreExceptionsMatching(StudioFarm::passes)
                .until(() -> client().task(task).state().isEnd());
    }

    // -- what must be true afterwards ------------------------------------------------------------------------------

    /**
     * All that must be true once a task has ended, whatever happened meanwhile: exactly one picture of each of so many frames, a
     * timeline that explains it, nothing for a repair pass to mend, nothing left running. Gives the digests by frame.
     */
    Map<Integer, String> verify(String task, int frames) {
        awaitEnd(task);
        Map<Integer, String> digests = verifyResults(task, frames);
        verifyTimeline(task);
        verifyNothingWasMended(task);
        verifyNoOrphans();
        return digests;
    }

    /** Each picture has the pixels of the one in the folder, which is named as Blender names it. */
    void verifyPixels(String task, Path plain) throws IOException {
        Path scratch = Files.createTempDirectory(plain, "of-kiln");
        for (ResultView result : results(task)) {
            Path picture = scratch.resolve(result.frame() + ".png");
            client().download(result, picture);
            assertThat(Pixels.same(picture, plain.resolve("%04d.png".formatted(result.frame()))))
                    .as("frame " + result.frame())
                    .isTrue();
        }
    }

    private Map<Integer, String> verifyResults(String task, int frames) {
        assertThat(client().task(task).state())
                .as(String.valueOf(client().task(task).why()))
                .isEqualTo(TaskState.SUCCEEDED);
        List<ResultView> results = results(task);
        assertThat(results)
                .extracting(ResultView::frame)
                .doesNotHaveDuplicates()
                .hasSize(frames);
        assertThat(client().chunks(task)).allSatisfy(chunk -> {
            assertThat(chunk.state()).isEqualTo(ChunkState.SUCCEEDED);
            assertThat(chunk.done()).isEqualTo(chunk.outputs());
            assertThat(chunk.attempts())
                    .allMatch(attempt -> attempt.state().isEnd())
                    .filteredOn(attempt -> attempt.state() == AttemptState.SUCCEEDED)
                    .hasSize(1);
        });
        return results.stream()
                .collect(Collectors.toMap(
                        ResultView::frame, result -> result.sha256().hex()));
    }

    /** Each thing of the task went from state to state without a gap to its end, and what went wrong has a reason. */
    private void verifyTimeline(String task) {
        Map<String, List<TimelineEntry>> things = timeline(task).stream()
                .filter(entry -> !entry.to().equals(entry.from()))
                .collect(Collectors.groupingBy(entry -> entry.subject() + " " + entry.subjectId()));
        things.forEach((thing, entries) -> {
            String was = entries.getFirst().from();
            for (TimelineEntry entry : entries) {
                assertThat(entry.from()).as(thing + ": " + entries).isEqualTo(was);
                was = entry.to();
            }
            assertThat(was)
                    .as(thing)
                    .isIn(
                            thing.startsWith("attempt")
                                    ? List.of("SUCCEEDED", "LOST", "CANCELLED", "FAILED")
                                    : List.of("SUCCEEDED"));
        });
        Set<String> subjects =
                things.keySet().stream().map(thing -> thing.split(" ", 2)[0]).collect(Collectors.toSet());
        assertThat(subjects).containsExactlyInAnyOrder("task", "chunk", "attempt");
        assertThat(timeline(task))
                .filteredOn(entry ->
                        List.of("LOST", "FAILED", "CANCELLED", "RETRY_WAIT").contains(entry.to()))
                .allSatisfy(entry -> assertThat(entry.why()).isNotBlank());
    }

    /** Database, cache and nodes agree, and no repair pass of a server has found anything to do. */
    private void verifyNothingWasMended(String task) {
        assertThat(client().verify(task).mended()).isEmpty();
        for (Machine server : servers) {
            assertThat(log(server)).doesNotContain("was wrong and is mended");
        }
    }

    /** What a server or a node has written into its log. */
    static String log(Machine machine) {
        Path node = machine.kiln.home().resolve("render-node").resolve("logs");
        Path logs = Files.exists(node) ? node : machine.kiln.home().resolve("logs");
        try (Stream<Path> files = Files.list(logs)) {
            StringBuilder all = new StringBuilder();
            for (Path file : files.filter(f -> f.toString().endsWith(".log")).toList()) {
                all.append(Files.readString(file));
            }
            return all.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every process that works in a folder of a node belongs to a node that runs. */
    void verifyNoOrphans() {
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            Set<Long> known = new HashSet<>();
            for (Machine node : nodes.values()) {
                if (node.process.isAlive()) {
                    ProcessHandle root = ProcessHandle.of(node.process.pid()).orElseThrow();
                    known.add(root.pid());
                    root.descendants().forEach(child -> known.add(child.pid()));
                }
            }
            Map<Long, String> orphans = new TreeMap<>();
            ProcessHandle.allProcesses()
                    .map(ProcessHandle::pid)
                    .filter(pid -> !known.contains(pid)
                            && pid != ProcessHandle.current().pid())
                    .forEach(pid -> {
                        if (worksInANode(pid)) {
                            orphans.put(pid, read(pid, "cmdline").replace('\0', ' '));
                        }
                    });
            assertThat(orphans).isEmpty();
        });
    }

    /** Ids of containers that run and work in a folder of the node. */
    static List<String> containers(Machine node) throws IOException, InterruptedException {
        if (!node.docker) {
            return List.of();
        }
        Process docker =
                new ProcessBuilder("docker", "ps", "--no-trunc", "--format", "{{.ID}} {{.Labels}} {{.Mounts}}").start();
        docker.getOutputStream().close();
        String said = new String(docker.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(docker.waitFor()).isZero();
        return said.lines()
                .filter(line -> line.contains(node.kiln.home().toString()))
                .map(line -> line.split(" ", 2)[0])
                .toList();
    }

    // Arguments in a sandbox name its own folders, but what is mounted there are those of the node.
    private boolean worksInANode(long pid) {
        String seen = read(pid, "cmdline") + read(pid, "mountinfo");
        // What runs in containers is a child of the engine's.
        return nodes.values().stream()
                .anyMatch(node -> !node.docker && seen.contains(node.kiln.home().toString()));
    }

    private static String read(long pid, String file) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), file), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            // It has ended.
            return "";
        }
    }

    /** Ends everything, and removes its files but for those in the folder. */
    @Override
    public void close() throws InterruptedException {
        try {
            Stream.concat(nodes.values().stream(), servers.stream()).forEach(Machine::kill);
            gateway.close();
            if (admin != null) {
                admin.close();
            }
        } finally {
            services.down(List.of());
        }
        http.shutdownNow();
        Stream.concat(
                        Stream.concat(nodes.values().stream(), servers.stream()).map(machine -> machine.kiln),
                        Stream.of(person))
                .forEach(kiln -> Kiln.delete(kiln.work().getParent()));
    }
}
