package studio.kiln.server.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.ops.services.Services;

/**
 * Runs the page docs/studio-mode.md as a person would who follows it: each block of commands in a terminal of its own, in the folder
 * of the clone, until it ends or has printed what the block below it shows. In what it shows, {@code …} is anything, and a word like
 * {@code SETUP-TOKEN} is read there and put in where later commands have it. Other than a person the test takes a folder and a
 * port of its own, and gives the password by a file.
 */
@Tag("studio")
@Timeout(600)
class StudioPageTest {
    private static final Path ROOT = root();
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final Pattern BLOCK =
            Pattern.compile("^```(sh|text)\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);
    private static final Pattern PLACEHOLDER = Pattern.compile("[A-Z]+-TOKEN");

    @TempDir
    Path folder;

    private final List<Terminal> terminals = new ArrayList<>();
    private final Map<String, String> read = new HashMap<>();
    private int port;

    /** A block of commands, and what shows that it did what it should; empty when it has to end. */
    private record Step(String commands, Optional<String> shown) {}

    private record Terminal(Process shell, Path output) {
        String said() {
            try {
                return Files.readString(output);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public String toString() {
            return said();
        }
    }

    private static Path root() {
        Path here = Path.of("").toAbsolutePath();
        while (!Files.exists(here.resolve("docs/studio-mode.md"))) {
            here = here.getParent();
        }
        return here;
    }

    /** The steps under the page's first heading. */
    private static List<Step> steps() throws IOException {
        String section = Files.readString(ROOT.resolve("docs/studio-mode.md")).split("(?m)^## ", -1)[1];
        List<Step> steps = new ArrayList<>();
        Matcher block = BLOCK.matcher(section);
        while (block.find()) {
            if (block.group(1).equals("sh")) {
                steps.add(new Step(block.group(2), Optional.empty()));
            } else {
                steps.set(steps.size() - 1, new Step(steps.getLast().commands(), Optional.of(block.group(2))));
            }
        }
        return steps;
    }

    @Test
    void thePageLeadsFromACloneToTwoNodesThatRender() throws Exception {
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        List<Step> steps = steps();
        assertThat(steps).hasSizeGreaterThanOrEqualTo(6);
        for (Step step : steps.subList(0, steps.size() - 1)) {
            follow(step);
        }
        String last = terminals.getLast().said();
        assertThat(last.lines().filter(line -> line.contains(" succeeded ")))
                .as(last)
                .anyMatch(line -> line.contains(" one "))
                .anyMatch(line -> line.contains(" two "));
        try (Stream<Path> pictures = Files.list(folder.resolve("studio/pictures"))) {
            assertThat(pictures.map(StudioPageTest::digest).collect(Collectors.toSet()))
                    .as("each frame shows another picture")
                    .hasSize(20);
        }
        interruptAll();
        follow(steps.getLast());
        assertThat(terminals.getLast().said()).contains("stopped mariadb").contains("stopped rabbitmq");
    }

    @AfterEach
    void leaveNothing() throws InterruptedException {
        interruptAll();
        new Services(folder.resolve("studio/services"), line -> {}).down(List.of());
    }

    private void follow(Step step) throws IOException {
        Terminal terminal = open(mine(step.commands()));
        terminals.add(terminal);
        Pattern shown = step.shown().map(this::pattern).orElse(Pattern.compile(""));
        Matcher found = await().atMost(PATIENCE)
                .until(
                        () -> {
                            boolean over = !terminal.shell().isAlive();
                            if (over) {
                                assertThat(terminal.shell().exitValue())
                                        .as(step.commands() + terminal)
                                        .isZero();
                            }
                            Matcher matcher = shown.matcher(terminal.said());
                            boolean there =
                                    matcher.find() && (over || step.shown().isPresent());
                            assertThat(there || !over)
                                    .as(step.commands() + terminal)
                                    .isTrue();
                            return Optional.of(matcher).filter(m -> there);
                        },
                        Optional::isPresent)
                .orElseThrow();
        shown.namedGroups().forEach((name, group) -> read.put(name.replace('0', '-'), found.group(group)));
    }

    /** Commands as they are in this test. */
    private String mine(String commands) {
        Path password = folder.resolve("password");
        String mine = shared(commands)
                .replace("kiln serve ", "kiln serve --port " + port + " ")
                .replace("kiln login ", "kiln login --password-file " + password + " ");
        for (Map.Entry<String, String> token : read.entrySet()) {
            mine = mine.replace(token.getKey(), token.getValue());
        }
        return mine;
    }

    private String shared(String text) {
        return text.replace("~/kiln-studio", folder.resolve("studio").toString())
                .replace(":3000", ":" + port);
    }

    /** Lines in this order, with others between them. */
    private Pattern pattern(String shown) {
        return Pattern.compile(shared(shown)
                .lines()
                .map(String::strip)
                .map(line -> Stream.of(line.split(" ", -1))
                        .map(word -> word.equals("\u2026")
                                ? ".*"
                                : PLACEHOLDER.matcher(word).matches()
                                        ? "(?<" + word.replace('-', '0') + ">\\S+)"
                                        : Pattern.quote(word))
                        .collect(Collectors.joining("\\s*")))
                .collect(Collectors.joining("[^\\n]*\\n(?:.*\\n)*?[^\\n]*")));
    }

    private Terminal open(String commands) throws IOException {
        Path output = folder.resolve("terminal-" + (terminals.size() + 1));
        Files.writeString(folder.resolve("password"), "correct horse battery\n");
        ProcessBuilder shell = new ProcessBuilder("bash", "-e", "-c", commands)
                .directory(ROOT.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        Map<String, String> environment = shell.environment();
        // What says where programs are may stay; what says how a Kiln shall run is the page's business.
        environment
                .keySet()
                .removeIf(name -> name.startsWith("KILN_")
                        && !List.of("KILN_PROOFS", "KILN_JAVA_HOME", "KILN_MAVEN_OPTS")
                                .contains(name));
        environment.put("KILN_BACKEND", "process");
        environment.put("XDG_CONFIG_HOME", folder.resolve("config").toString());
        Process process = shell.start();
        process.getOutputStream().close();
        return new Terminal(process, output);
    }

    /** Ctrl-C in each, the last one first. */
    private void interruptAll() {
        for (Terminal terminal : terminals.reversed()) {
            // a shell hands its place to its last command, which then has children that it ends by itself
            List<ProcessHandle> all = Stream.concat(
                            Stream.of(terminal.shell().toHandle()),
                            terminal.shell().children())
                    .filter(ProcessHandle::isAlive)
                    .toList();
            all.forEach(ProcessHandle::destroy);
            await().atMost(Duration.ofSeconds(60)).until(() -> all.stream().noneMatch(ProcessHandle::isAlive));
        }
    }

    private static Sha256 digest(Path file) {
        try {
            return Sha256.of(file);
        } catch (IOException e) {
            throw new AssertionError(file.toString(), e);
        }
    }
}
