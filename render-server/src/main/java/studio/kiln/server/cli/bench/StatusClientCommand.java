package studio.kiln.server.cli.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.ApiJson;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.core.api.TaskStatus;
import studio.kiln.core.api.TaskView;
import studio.kiln.server.cli.ExitCode;
import studio.kiln.server.cli.Json;
import studio.kiln.server.cli.Surroundings;
import tools.jackson.core.JacksonException;

/** The client of {@code kiln bench status}: asks as fast as it is answered. What it is to do comes on its input. */
@Command(
        name = "status-client",
        hidden = true,
        description = "The client of 'kiln bench status'.",
        footer = {"", "Example:", "  kiln bench status-client   # as 'kiln bench status' starts it"})
public final class StatusClientCommand implements Callable<Integer> {
    private static final long MOST_AGE_NANOS = 1_000_000_000L;

    /** So many changes are under way at most; one alone would wait for the disk most of its time. */
    private static final int CHANGERS = 8;

    private final Surroundings here;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final AtomicLong answers = new AtomicLong();
    private final AtomicLong stale = new AtomicLong();
    private final AtomicLong wrong = new AtomicLong();
    private final AtomicLong changes = new AtomicLong();
    /** By task, the revision that the server has acknowledged, and when. */
    private final Map<String, Known> known = new ConcurrentHashMap<>();

    private volatile boolean over;

    public StatusClientCommand(Surroundings here) {
        this.here = here;
    }

    /**
     * @param base of the server
     * @param changesPerSecond made all over the tasks; none when the server is one that gives a constant
     */
    record Plan(URI base, List<Person> people, int seconds, int changesPerSecond) {}

    /** @param tasks of the person */
    record Person(String token, List<String> tasks) {}

    /** @param cpuSeconds of this process, its start included */
    record Done(long answers, double seconds, double cpuSeconds, long stale, long wrong, long changes) {}

    private record Known(long revision, long at) {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        Plan plan = ApiJson.LENIENT.readValue(System.in.readAllBytes(), Plan.class);
        List<Thread> threads = new ArrayList<>();
        long began = System.nanoTime();
        for (Person person : plan.people) {
            threads.add(Thread.ofPlatform().start(() -> ask(plan, person)));
        }
        for (int i = 0; i < CHANGERS && plan.changesPerSecond > 0; i++) {
            int first = i;
            threads.add(Thread.ofPlatform().start(() -> change(plan, first)));
        }
        Thread.sleep(plan.seconds * 1000L);
        over = true;
        double seconds = (System.nanoTime() - began) / 1e9;
        double cpu =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime() / 1e9;
        Done done = new Done(answers.get(), seconds, cpu, stale.get(), wrong.get(), changes.get());
        for (Thread thread : threads) {
            thread.join();
        }
        here.out().println(Json.line(done));
        return ExitCode.DONE;
    }

    private void ask(Plan plan, Person person) {
        List<HttpRequest> requests = person.tasks.stream()
                .map(task -> HttpRequest.newBuilder(plan.base.resolve("/api/tasks/" + task + "/status"))
                        .header("Authorization", "Bearer " + person.token)
                        .build())
                .toList();
        for (int i = 0; !over; i = (i + 1) % requests.size()) {
            try {
                long sent = System.nanoTime();
                Known expected = known.get(person.tasks.get(i));
                HttpResponse<byte[]> answer = http.send(requests.get(i), HttpResponse.BodyHandlers.ofByteArray());
                TaskStatus status = ApiJson.LENIENT.readValue(answer.body(), TaskStatus.class);
                if (answer.statusCode() != 200) {
                    wrong.incrementAndGet();
                } else if (expected != null
                        && sent - expected.at > MOST_AGE_NANOS
                        && status.revision() < expected.revision) {
                    stale.incrementAndGet();
                }
                answers.incrementAndGet();
            } catch (IOException | JacksonException e) {
                wrong.incrementAndGet();
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Changes priorities, one task after the other; a change of a task comes seconds after the one before. */
    private void change(Plan plan, int first) {
        List<KilnClient> clients = plan.people.stream()
                .map(person -> new KilnClient(new ServerAddress(plan.base, person.token)))
                .toList();
        long pause = 1_000_000_000L * CHANGERS / plan.changesPerSecond;
        long next = System.nanoTime();
        for (int i = first; !over; i += CHANGERS) {
            int who = i % plan.people.size();
            List<String> tasks = plan.people.get(who).tasks;
            String task = tasks.get(i / plan.people.size() % tasks.size());
            try {
                TaskView changed = clients.get(who).priority(task, 30 + i % 41);
                known.put(task, new Known(changed.revision(), System.nanoTime()));
                changes.incrementAndGet();
            } catch (ApiException e) {
                wrong.incrementAndGet();
            }
            next += pause;
            long left = next - System.nanoTime();
            if (left > 0) {
                LockSupport.parkNanos(left);
            }
        }
        clients.forEach(KilnClient::close);
    }

    /** Runs it in a process of its own. */
    static Done run(Plan plan) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "studio.kiln.server.cli.Main",
                        "bench",
                        "status-client")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (var in = process.getOutputStream()) {
            in.write(ApiJson.LENIENT.writeValueAsBytes(plan));
        }
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int exit = process.waitFor();
        if (exit != 0 || text.isBlank()) {
            throw new IOException("The client of the measurement ended with " + exit + ".");
        }
        return ApiJson.LENIENT.readValue(text, Done.class);
    }
}
