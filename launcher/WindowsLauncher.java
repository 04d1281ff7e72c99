import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;

/**
 * What {@code kiln.cmd} starts, where there is no POSIX shell: builds Kiln when a source changed, then runs it. It does
 * the same as the script {@code kiln}, into the same folders, and runs on any system.
 */
final class WindowsLauncher {
    private static final List<String> MODULES = List.of("core", "blender-scripts", "render-server", "desktop-app");
    private static final Set<String> NOT_SOURCES = Set.of("target", "test", "tests", "image", "standin", "__pycache__");
    private static final Pattern JAVAFX = Pattern.compile("javafx-[a-z]+-[0-9.]+(-[a-z0-9-]+)?\\.jar");
    private static final List<String> EXPORTS = List.of(
            "javafx.base/com.sun.javafx.event",
            "javafx.controls/com.sun.javafx.scene.control",
            "javafx.controls/com.sun.javafx.scene.control.behavior",
            "javafx.controls/com.sun.javafx.scene.control.inputmap",
            "javafx.graphics/com.sun.javafx.scene",
            "javafx.graphics/com.sun.javafx.scene.traversal");

    private final Path jdk;
    private final Path root;
    private final Path work;

    private WindowsLauncher(Path jdk, Path root) {
        this.jdk = jdk;
        this.root = root;
        this.work = root.resolve("target").resolve("kiln");
    }

    public static void main(String[] args) throws Exception {
        var launcher = new WindowsLauncher(
                Path.of(args[0]).toRealPath(), Path.of(args[1]).toRealPath());
        System.exit(launcher.run(Arrays.asList(args).subList(2, args.length)));
    }

    private int run(List<String> args) throws IOException, InterruptedException {
        var command =
                args.stream().filter(word -> !word.startsWith("-")).findFirst().orElse("");
        switch (command) {
            case "format" -> {
                return maven(false, "-q", "spotless:apply", "-Denforcer.skip");
            }
            case "test" -> {
                say("on Windows this runs the unit tests only; the other tiers need a POSIX shell, as WSL has one");
                return maven(false, "test");
            }
            default -> {}
        }
        if (!build()) {
            return 3;
        }
        return command.equals("build") ? 0 : start(command, args);
    }

    private int start(String command, List<String> args) throws IOException, InterruptedException {
        var studio = command.equals("studio") || (command.equals("demo") && !args.contains("--headless"));
        var build = work.resolve(Files.readString(work.resolve("current")).strip());
        var java = new ArrayList<>(List.of(jdk.resolve("bin").resolve("java").toString()));
        if (!Set.of("serve", "studio").contains(command)) {
            java.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m"));
        }
        java.add("@" + build.resolve(studio ? "desktop.args" : "server.args"));
        java.add(studio ? "studio.kiln.desktop.Main" : "studio.kiln.server.cli.Main");
        java.addAll(args);
        var process = new ProcessBuilder(java).inheritIO();
        process.environment().put("KILN_ROOT", root.toString());
        process.environment().computeIfAbsent("KILN_HOME", _ -> dataFolder());
        return process.start().waitFor();
    }

    private static String dataFolder() {
        var local = System.getenv("LOCALAPPDATA");
        return (local != null ? Path.of(local, "Kiln") : Path.of(System.getProperty("user.home"), "Kiln")).toString();
    }

    /** Builds when a source is newer than the last build; false when that fails. One build at a time. */
    private boolean build() throws IOException, InterruptedException {
        Files.createDirectories(work);
        try (var file = FileChannel.open(
                        work.resolve("lock.file"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                var _ = file.lock()) {
            var stamp = work.resolve("stamp");
            if (Files.exists(stamp)
                    && Files.exists(work.resolve("current"))
                    && !changedSince(Files.getLastModifiedTime(stamp))) {
                return true;
            }
            say("building Kiln; the first time it also fetches its libraries, which takes a minute or two");
            for (var module : MODULES) {
                Files.createDirectories(root.resolve(module).resolve("target"));
            }
            var begun = FileTime.fromMillis(System.currentTimeMillis());
            if (maven(true, "-q", "process-classes", "-Denforcer.skip", "-Dspotless.check.skip") != 0) {
                say("the build failed:");
                showFailure(Files.readAllLines(work.resolve("build.log")));
                say("the whole log: " + work.resolve("build.log"));
                return false;
            }
            stage();
            Files.writeString(stamp, "");
            Files.setLastModifiedTime(stamp, begun);
            return true;
        }
    }

    /** The errors in a log of Maven, or its end when there are none. */
    private static void showFailure(List<String> log) {
        var errors = log.stream().filter(line -> line.startsWith("[ERROR]")).toList();
        var shown = errors.isEmpty()
                ? log.subList(Math.max(0, log.size() - 40), log.size())
                : errors.subList(0, Math.min(40, errors.size()));
        shown.forEach(System.err::println);
    }

    private boolean changedSince(FileTime stamp) throws IOException {
        var sources = new ArrayList<>(List.of("pom.xml", "launcher"));
        sources.addAll(MODULES);
        var changed = new boolean[1];
        for (var source : sources) {
            Files.walkFileTree(root.resolve(source), new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                    return NOT_SOURCES.contains(folder.getFileName().toString())
                            ? FileVisitResult.SKIP_SUBTREE
                            : visitFile(folder, attributes);
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    changed[0] |= attributes.lastModifiedTime().compareTo(stamp) > 0;
                    return changed[0] ? FileVisitResult.TERMINATE : FileVisitResult.CONTINUE;
                }
            });
        }
        return changed[0];
    }

    /** Jars and option files in a folder of this build's own, so that a Kiln that runs keeps what it was started with. */
    private void stage() throws IOException {
        var name = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").format(LocalDateTime.now()) + "-"
                + ProcessHandle.current().pid();
        var folder = Files.createDirectories(work.resolve(name));
        var jar = ToolProvider.findFirst("jar").orElseThrow();
        for (var module : MODULES) {
            var classes = root.resolve(module).resolve("target").resolve("classes");
            var file = folder.resolve(module + ".jar").toString();
            if (jar.run(System.out, System.err, "--create", "--file", file, "-C", classes.toString(), ".") != 0) {
                throw new IOException("could not write " + file);
            }
        }
        writeOptions(folder, "render-server", "server.args");
        writeOptions(folder, "desktop-app", "desktop.args");
        Files.writeString(work.resolve("jdk"), jdk + "\n");
        Files.writeString(work.resolve("current"), name + "\n");
    }

    private void writeOptions(Path folder, String module, String file) throws IOException {
        var classPath = new ArrayList<>(List.of(folder.resolve(module + ".jar").toString()));
        var modulePath = new ArrayList<String>();
        var entries = Files.readString(root.resolve(module).resolve("target").resolve("runtime.classpath"));
        for (var entry : entries.strip().split(Pattern.quote(File.pathSeparator))) {
            var path = Path.of(entry);
            var javafx = JAVAFX.matcher(path.getFileName().toString());
            if (path.startsWith(root)) {
                classPath.add(folder.resolve(root.relativize(path).getName(0) + ".jar")
                        .toString());
            } else if (!javafx.matches()) {
                classPath.add(entry);
            } else if (javafx.group(1) != null) {
                modulePath.add(entry);
            }
        }
        var options = new ArrayList<>(List.of(
                "-Xlog:disable",
                "-Xlog:all=error:stderr",
                "-Dfile.encoding=UTF-8",
                "-Dstdout.encoding=UTF-8",
                "-Dstderr.encoding=UTF-8",
                "--enable-native-access=ALL-UNNAMED"));
        if (!modulePath.isEmpty()) {
            options.addAll(List.of("--module-path", quoted(String.join(File.pathSeparator, modulePath))));
            options.addAll(List.of("--add-modules", "javafx.controls", "--enable-native-access=javafx.graphics"));
            EXPORTS.forEach(export -> options.add("--add-exports=" + export + "=ALL-UNNAMED"));
        }
        options.addAll(List.of("-cp", quoted(String.join(File.pathSeparator, classPath))));
        Files.write(folder.resolve(file), options);
    }

    /** As java wants a value in a file of options. */
    private static String quoted(String value) {
        return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private int maven(boolean logged, String... goals) throws IOException, InterruptedException {
        var windows = File.separatorChar == '\\';
        var command = new ArrayList<>(
                windows ? List.of("cmd", "/c", root.resolve("mvnw.cmd").toString()) : List.of("sh", "./mvnw"));
        command.addAll(List.of("-B", "-ntp"));
        var own = System.getenv("KILN_MAVEN_OPTS");
        if (own != null && !own.isBlank()) {
            command.addAll(List.of(own.strip().split("\\s+")));
        }
        command.addAll(List.of(goals));
        var process = new ProcessBuilder(command).directory(root.toFile()).inheritIO();
        process.environment().put("JAVA_HOME", jdk.toString());
        process.environment()
                .merge(
                        "MAVEN_OPTS",
                        "--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow",
                        (set, more) -> more + " " + set);
        if (logged) {
            process.redirectErrorStream(true)
                    .redirectOutput(work.resolve("build.log").toFile());
        }
        return process.start().waitFor();
    }

    private static void say(String sentence) {
        System.err.println("kiln: " + sentence);
    }
}
