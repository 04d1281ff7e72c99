package studio.kiln.server.cli.bench;

import com.sun.management.OperatingSystemMXBean;
import io.undertow.Undertow;
import io.undertow.util.Headers;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import studio.kiln.core.access.Role;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.FirstAdmin;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.ModelSubmission;
import studio.kiln.core.api.ModelUpload;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.core.api.SignIn;
import studio.kiln.core.api.TaskRequest;
import studio.kiln.core.api.UserAdd;
import studio.kiln.core.asset.Manifest;
import studio.kiln.core.asset.ManifestFile;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.KilnServer;
import studio.kiln.server.cli.CliFailure;
import studio.kiln.server.cli.ExitCode;
import studio.kiln.server.cli.StatusLine;
import studio.kiln.server.cli.bench.StatusClientCommand.Done;
import studio.kiln.server.cli.bench.StatusClientCommand.Person;
import studio.kiln.server.cli.bench.StatusClientCommand.Plan;
import studio.kiln.server.ops.Entrance;
import studio.kiln.server.ops.ServerConfig;

/** Measures the status route of a whole server beside a handler that does nothing, by the same client. */
final class StatusBench {
    private static final int PEOPLE = 8;
    private static final int TASKS_EACH = 40;
    private static final int CHANGES_PER_SECOND = 50;
    private static final String PASSWORD = "measuring needs none";

    private final StatusLine status;
    private final int seconds;
    private final int rounds;

    StatusBench(StatusLine status, int seconds, int rounds) {
        this.status = status;
        this.seconds = seconds;
        this.rounds = rounds;
    }

    /**
     * @param ratio of the medians
     * @param cpuMicrosPerStatus of server, client and the changes together, divided by the answers
     * @param stale answers that did not know a change which was acknowledged more than a second before they were asked for
     */
    record Measured(
            String name,
            double ratio,
            double statusesPerSecond,
            double constantsPerSecond,
            long answers,
            long stale,
            double changesPerSecond,
            double cpuMicrosPerStatus,
            double cpuMicrosPerConstant,
            int people,
            int tasks,
            List<Double> statusRates,
            List<Double> constantRates) {}

    Measured measure() throws IOException, InterruptedException {
        Path work = Files.createTempDirectory("kiln-bench");
        ServerConfig config = ServerConfig.of(
                        Map.of("KILN_HOME", work.resolve("home").toString()))
                .withIdleLimit(Duration.ZERO)
                .withoutNode()
                .withEntrance(new Entrance(true, "127.0.0.1", List.of(), List.of(), false, false, null));
        try (KilnServer server = KilnServer.start(config)) {
            URI base = server.address().base();
            status.say(PEOPLE + " people submit " + TASKS_EACH + " tasks each\u2026");
            List<Person> people = people(base, server.setupToken().orElseThrow(), work);
            byte[] constant = one(base, people.getFirst());
            Undertow bare = Undertow.builder()
                    .addHttpListener(0, "127.0.0.1")
                    .setIoThreads(Math.clamp(Runtime.getRuntime().availableProcessors(), 2, 8))
                    .setHandler(exchange -> {
                        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/json");
                        exchange.getResponseSender().send(ByteBuffer.wrap(constant));
                    })
                    .build();
            bare.start();
            try {
                int port =
                        ((InetSocketAddress) bare.getListenerInfo().getFirst().getAddress()).getPort();
                return measure(base, URI.create("http://127.0.0.1:" + port), people);
            } finally {
                bare.stop();
            }
        } finally {
            Folders.delete(work);
        }
    }

    private Measured measure(URI real, URI bare, List<Person> people) throws IOException, InterruptedException {
        List<Double> statuses = new ArrayList<>();
        List<Double> constants = new ArrayList<>();
        long answers = 0;
        long stale = 0;
        double changes = 0;
        List<Double> cpuOfConstants = new ArrayList<>();
        List<Double> cpuOfStatuses = new ArrayList<>();
        for (int round = 0; round <= rounds; round++) {
            double start = cpuSeconds();
            Done constant = StatusClientCommand.run(new Plan(bare, people, seconds, 0));
            double between = cpuSeconds();
            Done asked = StatusClientCommand.run(new Plan(real, people, seconds, CHANGES_PER_SECOND));
            double end = cpuSeconds();
            if (asked.wrong() > 0 || constant.wrong() > 0) {
                throw new CliFailure(
                        ExitCode.FAILED,
                        "BENCH_FAILED",
                        "The measurement failed: " + asked.wrong() + " of " + asked.answers() + " answers were none.");
            }
            stale += asked.stale();
            answers += asked.answers();
            if (round == 0) {
                // both servers are warm now
                continue;
            }
            constants.add(rounded(constant.answers() / constant.seconds()));
            statuses.add(rounded(asked.answers() / asked.seconds()));
            changes += asked.changes() / asked.seconds() / rounds;
            cpuOfConstants.add((between - start + constant.cpuSeconds()) * 1e6 / constant.answers());
            cpuOfStatuses.add((end - between + asked.cpuSeconds()) * 1e6 / asked.answers());
            status.say(String.format(
                    java.util.Locale.ROOT,
                    "  %,.0f statuses/s, a constant %,.0f/s",
                    statuses.getLast(),
                    constants.getLast()));
        }
        double rate = Overhead.median(statuses);
        double most = Overhead.median(constants);
        return new Measured(
                "status",
                Math.round(rate / most * 1000) / 1000.0,
                rate,
                most,
                answers,
                stale,
                rounded(changes),
                rounded(Overhead.median(cpuOfStatuses)),
                rounded(Overhead.median(cpuOfConstants)),
                people.size(),
                people.size() * TASKS_EACH,
                statuses,
                constants);
    }

    private static List<Person> people(URI base, String setupToken, Path work) throws IOException {
        String admin;
        try (KilnClient nobody = new KilnClient(new ServerAddress(base, ""))) {
            admin = nobody.setUp(new FirstAdmin(setupToken, "root", null, PASSWORD))
                    .token();
        }
        Path model = Files.writeString(work.resolve("cube.obj"), "o Cube\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n");
        Sha256 digest = Sha256.of(Files.readString(model));
        Manifest manifest = new Manifest("cube.obj", List.of(new ManifestFile("cube.obj", digest, Files.size(model))));
        List<Person> people = new ArrayList<>();
        try (KilnClient root = new KilnClient(new ServerAddress(base, admin))) {
            for (int i = 0; i < PEOPLE; i++) {
                root.addUser(new UserAdd("artist" + i, null, Role.ARTIST, PASSWORD));
                String token;
                try (KilnClient nobody = new KilnClient(new ServerAddress(base, ""))) {
                    token = nobody.signIn(new SignIn("artist" + i, PASSWORD)).token();
                }
                people.add(new Person(token, tasks(new ServerAddress(base, token), manifest, digest, model)));
            }
        }
        return people;
    }

    private static List<String> tasks(ServerAddress address, Manifest manifest, Sha256 digest, Path model)
            throws IOException {
        try (KilnClient artist = new KilnClient(address)) {
            ModelUpload upload = artist.announce(new ModelSubmission(null, "Cube", null, manifest, null));
            artist.upload(upload.versionId(), digest, model, sent -> {}, () -> false);
            artist.complete(upload.versionId());
            List<String> tasks = new ArrayList<>();
            for (int i = 0; i < TASKS_EACH; i++) {
                tasks.add(artist.submit(TaskRequest.still(upload.versionId()), UUID.randomUUID())
                        .id());
            }
            return tasks;
        }
    }

    private static byte[] one(URI base, Person person) {
        try (KilnClient client = new KilnClient(new ServerAddress(base, person.token()))) {
            return ApiJson.STRICT.writeValueAsBytes(client.status(person.tasks().getFirst()));
        }
    }

    private static double cpuSeconds() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime() / 1e9;
    }

    private static double rounded(double value) {
        return Math.round(value * 10) / 10.0;
    }
}
