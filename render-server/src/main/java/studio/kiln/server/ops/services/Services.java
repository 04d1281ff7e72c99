package studio.kiln.server.ops.services;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The services of one folder: starts them, and stops those that it started. One process at a time changes them, the
 * others wait. They outlive the process that starts them.
 */
public final class Services {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Duration FAREWELL = Duration.ofSeconds(30);
    private static final long LOOK_MS = 50;

    private final Path folder;
    private final Consumer<String> say;

    /**
     * @param folder for data, logs and {@code services.json}; made when it is missing
     * @param say gets one sentence for each thing that is done
     */
    public Services(Path folder, Consumer<String> say) {
        this.folder = folder.toAbsolutePath().normalize();
        this.say = say;
    }

    /** What is started when nothing is named, with MySQL in place of MariaDB when that is wished. */
    public static List<String> standard(boolean mySql) {
        return Service.all().stream()
                .filter(s -> mySql && s instanceof MySql || s.isStandard() && !(mySql && s instanceof MariaDb))
                .map(Service::name)
                .toList();
    }

    /** What {@code status} shows of a service. */
    public record State(String name, @Nullable Endpoint at, boolean running, boolean answers) {}

    public static List<String> names() {
        return Service.all().stream().map(Service::name).toList();
    }

    /**
     * Starts the named services, or the standard ones, and returns when each answers. One that runs is left as it is.
     *
     * @throws ServiceFailure with what is missing or went wrong
     */
    public void up(List<String> names) throws InterruptedException {
        changing(() -> {
            for (Service service : chosen(names.isEmpty() ? standard(false) : names)) {
                start(service);
            }
            StudioFile.write(folder, ServicesFile.read(folder));
            say.accept("a server with them: kiln serve --config " + StudioFile.place(folder));
        });
    }

    /** Stops the named services, or all, as far as this folder started them. Their data stay. */
    public void down(List<String> names) throws InterruptedException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        changing(() -> {
            for (Service service : chosen(names).reversed()) {
                stop(service);
            }
        });
    }

    public List<State> status(List<String> names) {
        ServicesFile known = read();
        List<State> states = new ArrayList<>();
        for (Service service : chosen(names)) {
            Endpoint at = known.services().get(service.name());
            if (names.isEmpty() && at == null && !service.isStandard()) {
                continue;
            }
            boolean running = at != null && at.running().isPresent();
            states.add(new State(service.name(), at, running, at != null && running && answers(service, at)));
        }
        return states;
    }

    /** A configuration by which a server runs with these services; there once one was started. */
    public Path configuration() {
        return StudioFile.place(folder);
    }

    /**
     * Where a service that is up answers.
     *
     * @throws ServiceFailure when it was never started
     */
    public Endpoint endpoint(String name) {
        Endpoint at = read().services().get(name);
        if (at == null) {
            throw new ServiceFailure(
                    "The service " + name + " was never started; start it with 'kiln services up " + name + "'.");
        }
        return at;
    }

    /** Where the service's output goes. */
    public Path log(String name) {
        return folder.resolve(chosen(List.of(name)).getFirst().name()).resolve("output.log");
    }

    private static List<Service> chosen(List<String> names) {
        if (names.isEmpty()) {
            return Service.all();
        }
        List<Service> chosen = new ArrayList<>();
        for (String name : names) {
            chosen.add(Service.all().stream()
                    .filter(s -> s.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new ServiceFailure(
                            "There is no service named " + name + "; there are: " + String.join(", ", names()) + ".")));
        }
        return chosen;
    }

    private ServicesFile read() {
        try {
            return ServicesFile.read(folder);
        } catch (IOException e) {
            throw new ServiceFailure(
                    "The file " + ServicesFile.place(folder) + " cannot be read (" + e.getMessage() + ").", e);
        }
    }

    private void start(Service service) throws IOException, InterruptedException {
        Path own = folder.resolve(service.name());
        ServicesFile known = ServicesFile.read(folder);
        Endpoint at = known.services().get(service.name());
        if (at != null && at.running().isPresent()) {
            awaitAnswer(service, at.running().get(), at);
            say.accept(service.name() + " runs already, at " + at.host() + ":" + at.port());
            return;
        }
        String program = service.program()
                .orElseThrow(() -> new ServiceFailure(
                        "The program of the service " + service.name() + " is not there; " + service.advice()));
        PrivateFiles.folder(own);
        if (at == null) {
            at = new Endpoint("127.0.0.1", Ports.free(), "kiln", password(), service.database(), 0, null);
            // Before its data are made, which remember the password.
            known = known.with(service.name(), at);
            known.write(folder);
        }
        List<String> command = new ArrayList<>();
        ProcessBuilder start = service.prepare(program, own, at);
        // Away from the terminal of whoever starts it: its Ctrl-C is not meant for the service.
        command.add("setsid");
        command.addAll(start.command());
        Process process = start.command(command)
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(log(service.name()).toFile()))
                .start();
        process.getOutputStream().close();
        Endpoint running = at.runsAs(process.toHandle());
        known.with(service.name(), running).write(folder);
        awaitAnswer(service, process.toHandle(), running);
        say.accept("started " + service.name() + " at " + at.host() + ":" + at.port() + " (" + program + ", process "
                + process.pid() + ")");
    }

    private void awaitAnswer(Service service, ProcessHandle process, Endpoint at) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!answers(service, at)) {
            if (!process.isAlive()) {
                throw new ServiceFailure("The service " + service.name()
                        + " ended before it answered; its own words are in " + log(service.name()) + ".");
            }
            if (System.nanoTime() > end) {
                throw new ServiceFailure("The service " + service.name() + " does not answer at " + at.host() + ":"
                        + at.port() + " after " + PATIENCE.toSeconds() + " s; its own words are in "
                        + log(service.name()) + ".");
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MS);
        }
    }

    private static boolean answers(Service service, Endpoint at) {
        try {
            return service.answers(at);
        } catch (IOException e) {
            return false;
        }
    }

    private void stop(Service service) throws IOException, InterruptedException {
        ServicesFile known = ServicesFile.read(folder);
        Endpoint at = known.services().get(service.name());
        if (at == null || at.process() == 0) {
            return;
        }
        ProcessHandle process = at.running().orElse(null);
        if (process != null) {
            // What it started itself goes with it, also when it is killed.
            List<ProcessHandle> family = process.descendants().toList();
            process.destroy();
            if (!ended(process)) {
                process.destroyForcibly();
            }
            family.forEach(ProcessHandle::destroyForcibly);
            for (ProcessHandle member : family) {
                ended(member);
            }
            say.accept("stopped " + service.name());
        }
        service.afterwards(folder.resolve(service.name()));
        known.with(service.name(), at.stopped()).write(folder);
    }

    private static boolean ended(ProcessHandle process) throws InterruptedException {
        try {
            process.onExit().get(FAREWELL.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException | ExecutionException e) {
            return false;
        }
    }

    private static String password() {
        byte[] bytes = new byte[16];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private interface Change {
        void make() throws IOException, InterruptedException;
    }

    private void changing(Change change) throws InterruptedException {
        try {
            PrivateFiles.folder(folder);
            try (FileChannel file = FileChannel.open(
                            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock _ = file.lock()) {
                change.make();
            }
        } catch (IOException e) {
            throw new ServiceFailure("The services in " + folder + " cannot be changed: " + e.getMessage() + ".", e);
        }
    }
}
