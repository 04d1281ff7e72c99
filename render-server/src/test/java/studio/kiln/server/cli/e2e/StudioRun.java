package studio.kiln.server.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import studio.kiln.core.api.EnrolmentAdd;
import studio.kiln.core.api.FirstAdmin;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.server.ops.services.Endpoint;
import studio.kiln.server.ops.services.TestServices;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.TestDatabases;

/**
 * The second run of the end-to-end tests: the same tests, but their commands speak to a studio. It is one farm for the whole
 * run, started when it is first asked for and ended with this process: the real services, two servers on them that render
 * nothing, and two nodes with the Blender of this machine, one joined at each server. All are processes of their own.
 */
public final class StudioRun {
    private static final Duration SOON = Duration.ofSeconds(90);
    private static final Duration FAREWELL = Duration.ofSeconds(10);
    private static final Pattern SETUP = Pattern.compile("--setup (\\S+)");
    private static final Pattern ADDRESS = Pattern.compile("http://127\\.0\\.0\\.1:\\d+");

    private static StudioRun farm;

    private final List<Process> all = new CopyOnWriteArrayList<>();
    private final List<Process> servers;
    private final String token;

    /** A data folder, and what runs there. */
    private record Process(Kiln kiln, Kiln.Running running) {
        String said(Pattern words) {
            Matcher found = await().atMost(SOON)
                    .until(
                            () -> {
                                assertThat(running.isAlive())
                                        .as(running.errSoFar())
                                        .isTrue();
                                return words.matcher(running.errSoFar());
                            },
                            Matcher::find);
            return found.group(found.groupCount());
        }

        URI address() {
            return URI.create(said(ADDRESS));
        }
    }

    /** Whether this run is the one in studio mode, as {@code ./kiln test} says by {@code KILN_TEST_MODE}. */
    public static boolean isOn() {
        return "studio".equals(System.getenv("KILN_TEST_MODE"));
    }

    /** The farm; both of its nodes have been ready. */
    public static synchronized StudioRun farm() {
        if (farm == null) {
            farm = new StudioRun();
        }
        return farm;
    }

    private StudioRun() {
        Map<String, String> settings = settings();
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(this::end));
        Process first = serve(settings);
        String setup = first.said(SETUP);
        Process second = serve(settings);
        servers = List.of(first, second);
        try (KilnClient nobody = new KilnClient(new ServerAddress(first.address(), ""))) {
            token = nobody.setUp(new FirstAdmin(setup, "root", null, "the root of it all"))
                    .token();
        }
        join("one", first.address());
        join("two", second.address());
        try (KilnClient root = client(1)) {
            for (String name : List.of("one", "two")) {
                await().atMost(SOON)
                        .ignoreExceptions()
                        .until(
                                () -> root.node(name),
                                node -> node.state().equals("ready")
                                        && !node.engines().isEmpty());
            }
        }
    }

    private Process serve(Map<String, String> settings) {
        Kiln kiln = new Kiln();
        settings.forEach(kiln::with);
        return start(kiln, "serve", "--no-node", "--port", "0");
    }

    private Process start(Kiln kiln, String... args) {
        Process process = new Process(kiln, kiln.start(args));
        all.add(process);
        return process;
    }

    private void join(String name, URI server) {
        String enrolment;
        try (KilnClient root = new KilnClient(new ServerAddress(server, token))) {
            enrolment = root.enrolNode(new EnrolmentAdd(null)).token();
        }
        Kiln kiln = new Kiln().with("KILN_BACKEND", "process").with("KILN_THREADS", "1");
        start(kiln, "node", "--name", name, "--server", server.toString(), "--enrol", enrolment);
    }

    /** Where the servers answer; each knows all that the others know. */
    public List<URI> servers() {
        return servers.stream().map(Process::address).toList();
    }

    /** An administrator's session. */
    public String token() {
        return token;
    }

    /** An administrator's client at one of the servers, 0 or 1. */
    public KilnClient client(int server) {
        return new KilnClient(address(server));
    }

    /** A server, with an administrator's session for it. */
    public ServerAddress address(int server) {
        return new ServerAddress(servers().get(server), token);
    }

    /** The data folders of the servers. */
    List<Path> homes() {
        return servers.stream().map(server -> server.kiln().home()).toList();
    }

    // In the shared services a studio of its own.
    private static Map<String, String> settings() {
        Endpoint database = TestServices.mariadb();
        Endpoint broker = TestServices.rabbitmq();
        Endpoint redis = TestServices.redis();
        Endpoint store = TestServices.s3();
        String name = "studio-" + Ids.next();
        Map<String, String> all = new HashMap<>();
        all.put("KILN_MODE", "studio");
        all.put("KILN_PREFIX", name);
        all.put("KILN_DATABASE_URL", TestDatabases.newUrl(database));
        all.put("KILN_DATABASE_USER", database.user());
        all.put("KILN_DATABASE_PASSWORD", database.password());
        all.put("KILN_BROKER_URL", url("amqp", broker.user(), broker));
        all.put("KILN_REDIS_URL", url("redis", "", redis));
        all.put("KILN_STORE_KIND", "s3");
        all.put("KILN_STORE_URL", "http://" + store.host() + ":" + store.port());
        all.put("KILN_STORE_BUCKET", String.valueOf(store.database()));
        all.put("KILN_STORE_PREFIX", name);
        all.put("KILN_STORE_USER", store.user());
        all.put("KILN_STORE_PASSWORD", store.password());
        return all;
    }

    private static String url(String scheme, String user, Endpoint at) {
        return scheme + "://" + user + ":" + at.password() + "@" + at.host() + ":" + at.port();
    }

    private void end() {
        all.reversed().stream()
                .map(Process::running)
                .filter(Kiln.Running::isAlive)
                .forEach(r -> r.signal("TERM"));
        all.forEach(process -> {
            if (!process.running().isOver(FAREWELL)) {
                process.running().signal("KILL");
                process.running().end();
            }
            Kiln.delete(process.kiln().work().getParent());
        });
    }
}
