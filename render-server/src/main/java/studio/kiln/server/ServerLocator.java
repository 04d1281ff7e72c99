package studio.kiln.server;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.server.ops.Logging;
import studio.kiln.server.ops.OwnerLock;
import studio.kiln.server.ops.ServerFile;

/** Finds the server that owns a data folder, and starts one where there is none. */
public final class ServerLocator {
    private static final String MAIN = "studio.kiln.server.cli.Main";
    private static final Duration START = Duration.ofSeconds(90);
    private static final int ANSWER_MILLIS = 5_000;

    private ServerLocator() {}

    /** The server that owns the folder, if its process lives and answers to its token. */
    public static Optional<ServerAddress> find(Path home) {
        try {
            Optional<ServerFile> file = ServerFile.read(home);
            return file.filter(ServerFile::isAlive).map(ServerFile::address).filter(ServerLocator::answers);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * The server that owns the folder, or else one that is started now, as a process of its own that outlives this one.
     * Of several callers at once, in whatever process, one starts it and all get it.
     *
     * @throws IOException when none came up, with what it said and where its log is
     */
    public static ServerAddress findOrStart(Path home) throws IOException {
        Path folder = home.toAbsolutePath().normalize();
        long until = System.nanoTime() + START.toNanos();
        try {
            while (System.nanoTime() < until) {
                Optional<ServerAddress> found = find(folder);
                if (found.isPresent()) {
                    return found.get();
                }
                Optional<OwnerLock> starting = OwnerLock.takeForStart(folder);
                if (starting.isPresent()) {
                    try (OwnerLock lock = starting.get()) {
                        found = find(folder);
                        return found.isPresent() ? found.get() : start(folder, until);
                    }
                }
                Thread.sleep(50);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Interrupted while the server was starting.");
        }
        throw new IOException("Another process has been starting the server for " + START.toSeconds()
                + " s without success; see " + output(folder) + ".");
    }

    private static ServerAddress start(Path home, long until) throws IOException, InterruptedException {
        Process process = spawn(home);
        while (System.nanoTime() < until) {
            Optional<ServerAddress> found = find(home);
            if (found.isPresent()) {
                return found.get();
            }
            if (!process.isAlive() && process.exitValue() != KilnServer.EXIT_OWNED) {
                throw new IOException("The server did not start (exit code " + process.exitValue() + "): "
                        + lastLines(output(home)) + " Its log is " + Logging.file(home) + ".");
            }
            if (!process.isAlive()) {
                // the folder had an owner: one that is still starting, and is found soon, or one that was just ending
                Thread.sleep(300);
                process = find(home).isPresent() ? process : spawn(home);
            }
            Thread.sleep(30);
        }
        throw new IOException(
                "The server did not answer within " + START.toSeconds() + " s; its log is " + Logging.file(home) + ".");
    }

    private static Process spawn(Path home) throws IOException {
        Files.createDirectories(home.resolve("logs"));
        ProcessBuilder builder = new ProcessBuilder(command())
                .directory(home.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(nothing().toFile()))
                .redirectOutput(output(home).toFile())
                .redirectErrorStream(true);
        builder.environment().put("KILN_HOME", home.toString());
        return builder.start();
    }

    private static List<String> command() throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "bin", isWindows() ? "java.exe" : "java");
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(Pattern.quote(File.pathSeparator)))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>(detached());
        command.add(java.toString());
        // The quick compiler only: the full one takes the cores that Blender renders with, for seconds, and gains
        // nothing here.
        command.addAll(List.of(
                "-Xlog:disable",
                "-Xlog:all=error:stderr",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx1g",
                "-Dfile.encoding=UTF-8",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow"));
        Path first = Path.of(classPath.split(Pattern.quote(File.pathSeparator), 2)[0]);
        Path archive = first.resolveSibling("kiln.aot");
        if (Files.isRegularFile(archive)) {
            command.add("-XX:AOTCache=" + archive);
        }
        command.addAll(List.of("-cp", classPath, MAIN, "serve", "--background"));
        return command;
    }

    /** Ctrl-C in the terminal that happened to start the server must not end it. */
    private static List<String> detached() {
        for (String folder : List.of("/usr/bin", "/bin")) {
            Path setsid = Path.of(folder, "setsid");
            if (Files.isExecutable(setsid)) {
                return List.of(setsid.toString());
            }
        }
        return isWindows() ? List.of() : List.of("/bin/sh", "-c", "trap '' INT HUP; exec \"$@\"", "sh");
    }

    private static boolean answers(ServerAddress address) {
        try {
            HttpURLConnection connection = (HttpURLConnection)
                    address.base().resolve("/api/server").toURL().openConnection(java.net.Proxy.NO_PROXY);
            connection.setConnectTimeout(ANSWER_MILLIS);
            connection.setReadTimeout(ANSWER_MILLIS);
            connection.setRequestProperty("Authorization", "Bearer " + address.token());
            int status = connection.getResponseCode();
            // A server in trouble (its database is away, its disk is full) is still the one that owns the folder.
            boolean ours = status == HttpURLConnection.HTTP_OK || status >= HttpURLConnection.HTTP_INTERNAL_ERROR;
            InputStream stream =
                    status == HttpURLConnection.HTTP_OK ? connection.getInputStream() : connection.getErrorStream();
            if (stream != null) {
                try (stream) {
                    stream.readAllBytes();
                }
            }
            return ours;
        } catch (SSLException e) {
            // something is there; whoever speaks to it says that its certificate is not believed
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static String lastLines(Path output) throws IOException {
        String text = new String(Files.readAllBytes(output), StandardCharsets.UTF_8).strip();
        return text.length() <= 600 ? text : "\u2026" + text.substring(text.length() - 600);
    }

    private static Path output(Path home) {
        return home.resolve("logs").resolve("server.out");
    }

    private static Path nothing() {
        return Path.of(isWindows() ? "NUL" : "/dev/null");
    }

    private static boolean isWindows() {
        return System.getProperty("os.name", "").startsWith("Windows");
    }
}
