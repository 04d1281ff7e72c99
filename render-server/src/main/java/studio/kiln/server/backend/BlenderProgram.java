package studio.kiln.server.backend;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.BlenderVersion;

/** What can be said of a Blender executable without opening a file in it. */
final class BlenderProgram {
    private static final Pattern VERSION = Pattern.compile("(?m)^Blender (\\d+\\.\\d+(?:\\.\\d+)?)");
    private static final Pattern HASH = Pattern.compile("(?m)^\\s*build hash: ([0-9a-zA-Z]+)");
    private static final int SECONDS = 30;

    private BlenderProgram() {}

    /** @param hash empty when the build does not know its own, as Debian's */
    record Answer(BlenderVersion version, String hash) {}

    /** Changes when another program takes the place of this one. */
    static String fingerprint(Path executable) throws IOException {
        BasicFileAttributes seen = Files.readAttributes(executable, BasicFileAttributes.class);
        return "file:" + executable + ":" + seen.size() + ":"
                + seen.lastModifiedTime().toMillis();
    }

    /**
     * Asks {@code --version}, for a bounded time and with an environment of its own.
     *
     * @throws IOException with one sentence for a person when there is no usable answer
     */
    static Answer ask(Path executable, Map<String, String> environment) throws IOException {
        Path output = Files.createTempFile("kiln-version", ".txt");
        try {
            ProcessBuilder builder = new ProcessBuilder(List.of(executable.toString(), "-b", "--version"));
            builder.environment().clear();
            builder.environment().putAll(environment);
            builder.redirectInput(ProcessBuilder.Redirect.from(nothing()));
            builder.redirectErrorStream(true).redirectOutput(output.toFile());
            Process process = builder.start();
            try {
                if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                    throw new IOException(executable + " did not say its version within " + SECONDS
                            + " s; start it by hand to see what holds it up.");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("Interrupted while " + executable + " was asked for its version.", e);
            } finally {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
            String text = Files.readString(output, StandardCharsets.ISO_8859_1);
            return parse(text)
                    .orElseThrow(() -> new IOException(
                            executable + " is no Blender that Kiln can use: asked for its " + "version it said '"
                                    + text.strip().lines().findFirst().orElse("nothing") + "'."));
        } finally {
            Files.deleteIfExists(output);
        }
    }

    private static java.io.File nothing() {
        return new java.io.File(System.getProperty("os.name").startsWith("Windows") ? "NUL" : "/dev/null");
    }

    static Optional<Answer> parse(String text) {
        Matcher version = VERSION.matcher(text);
        if (!version.find()) {
            return Optional.empty();
        }
        Matcher hash = HASH.matcher(text);
        String known = hash.find() ? hash.group(1) : "";
        return Optional.of(
                new Answer(BlenderVersion.parse(version.group(1)), known.equalsIgnoreCase("unknown") ? "" : known));
    }

    /** What tells builds apart that do not know their own hash: the digest of the program itself. */
    static String digest(Path executable) throws IOException {
        return "exe-" + Sha256.of(executable).hex().substring(0, 12);
    }

    static void checkSupported(BlenderVersion version, String place) throws IOException {
        if (version.compareTo(BlenderVersion.OLDEST) < 0) {
            throw new IOException("Blender " + version + " (" + place + ") is older than "
                    + BlenderVersion.OLDEST.series() + ", the oldest that Kiln drives; install a newer one.");
        }
    }
}
